"""The table of rights of repairs: who serves the customer authorises, the workshop and logistics receive (domain 7.1)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from kam.core import clock
from kam.core.documents import Document
from tests.permission_rows import Row, form, lists, many, one, posts, reads

OFFICE = "arsb"
WRITING, RECEIVING = OFFICE + "qe", "le"

REPAIRS: dict[str, Row] = {
    "complaints:repair_list": lists(),
    "complaints:repair_create": form("", WRITING),
    "complaints:repair_unannounced": form("", RECEIVING),
    "complaints:repair_detail": reads("repair"),
    "complaints:repair_edit": form("repair", WRITING),
    "complaints:repair_authorise": form("repair", "rs"),
    "complaints:repair_dispatch": form("authorised_repair", OFFICE + "le"),
    "complaints:repair_withdraw": form("repair", "ars"),
    "complaints:repair_receipt_note": form("received_repair", OFFICE + "le"),
    "complaints:repair_letter_send": form("repair_letter", OFFICE + "e"),
    "complaints:repair_letter_print": posts("repair_letter", "*"),
    "complaints:customer_repairs": reads("customer"),
    "complaints:plant_repairs": reads("plant"),
    "complaints:repair_piece_list": lists(),
    "complaints:repair_figures": reads(),
    "api:repair_piece-figures": reads(),
    "complaints:serial_history": reads(),
    "api:repair_piece-serial-history": reads(),
    "complaints:repair_piece_add": form("", WRITING),
    "complaints:repair_piece_detail": reads("repair_piece"),
    "complaints:repair_piece_edit": form("repair_piece", WRITING),
    "complaints:repair_piece_receive": form("repair_piece", RECEIVING),
    "complaints:repair_piece_settle": form("differing_piece", OFFICE + "e"),
    "complaints:repair_piece_label": posts("received_piece", RECEIVING),
    "complaints:repair_piece_diagnose": form("labelled_piece", "e"),
    "complaints:repair_piece_strike": form("repair_piece", OFFICE + "e"),
    "complaints:repair_piece_findings": form("piece_in_diagnosis", "qe"),
    "complaints:repair_piece_warranty": form("diagnosed_piece", "rsq"),
    "complaints:repair_piece_unrepairable": form("diagnosed_piece", "rse"),
    "complaints:repair_estimate_list": lists(),
    "complaints:repair_estimate_create": form("", "rse"),
    "complaints:repair_estimate_detail": reads("repair_estimate"),
    "complaints:repair_estimate_edit": form("repair_estimate", "rse"),
    "complaints:repair_estimate_send": form("repair_estimate", "rs"),
    "complaints:repair_estimate_approve": form("sent_estimate", "rs"),
    "complaints:repair_estimate_refuse": form("sent_estimate", "rs"),
    "complaints:repair_estimate_revise": form("sent_estimate", "rs"),
    "api:repair-list": many(WRITING),
    "api:repair-detail": one("repair", WRITING),
    "api:repair-take-in-unannounced": posts("", RECEIVING),
    "api:repair-authorise": posts("repair", "rs"),
    "api:repair-note-dispatch": posts("authorised_repair", OFFICE + "le"),
    "api:repair-withdraw": posts("repair", "ars"),
    "api:repair-issue-receipt-note": posts("received_repair", OFFICE + "le"),
    "api:repair_piece-list": many(WRITING),
    "api:repair_piece-detail": one("repair_piece", WRITING),
    "api:repair_piece-receive": posts("repair_piece", RECEIVING),
    "api:repair_piece-settle": posts("differing_piece", OFFICE + "e"),
    "api:repair_piece-label": posts("received_piece", RECEIVING),
    "api:repair_piece-start-diagnosis": posts("labelled_piece", "e"),
    "api:repair_piece-strike": posts("repair_piece", OFFICE + "e"),
    "api:repair_piece-print-label": posts("labelled_piece", "*"),
    "api:repair_piece-note-findings": posts("piece_in_diagnosis", "qe"),
    "api:repair_piece-decide-warranty": posts("diagnosed_piece", "rsq"),
    "api:repair_piece-declare-unrepairable": posts("diagnosed_piece", "rse"),
    "api:repair_estimate-list": many("rse"),
    "api:repair_estimate-detail": one("repair_estimate", "rse"),
    "api:repair_estimate-send": posts("repair_estimate", "rs"),
    "api:repair_estimate-approve": posts("sent_estimate", "rs"),
    "api:repair_estimate-refuse": posts("sent_estimate", "rs"),
    "api:repair_estimate-revise": posts("sent_estimate", "rs"),
    "complaints:repair_piece_start": form("approved_piece", "e"),
    "api:repair_piece-start-repair": posts("approved_piece", "e"),
    "complaints:repair_piece_expected": form("piece_in_repair", "e"),
    "api:repair_piece-note-expected": posts("piece_in_repair", "e"),
    "complaints:repair_piece_delay": form("piece_in_repair", OFFICE + "e"),
    "api:repair_piece-announce-delay": posts("piece_in_repair", OFFICE + "e"),
    "complaints:repair_piece_finish": form("piece_in_repair", "e"),
    "api:repair_piece-finish-repair": posts("piece_in_repair", "e"),
    "complaints:repair_piece_test": form("piece_in_test", "q"),
    "api:repair_piece-record-test": posts("piece_in_test", "q"),
    "complaints:repair_piece_ship": form("ready_piece", "l"),
    "api:repair_piece-ship": posts("ready_piece", "l"),
    "complaints:repair_piece_unrepaired": form("refused_piece", "rsl"),
    "api:repair_piece-return-unrepaired": posts("refused_piece", "rsl"),
    "complaints:repair_piece_scrap": form("scrap_piece", "rs"),
    "api:repair_piece-scrap": posts("scrap_piece", "rs"),
    "complaints:repair_piece_exchange": form("exchange_piece", "rs"),
    "api:repair_piece-exchange": posts("exchange_piece", "rs"),
    "complaints:repair_piece_costs": form("shipped_piece", "arsf"),
    "api:repair_piece-note-costs": posts("shipped_piece", "arsf"),
    "complaints:repair_piece_charge": form("shipped_piece", "f"),
    "api:repair_piece-charge": posts("shipped_piece", "f"),
    "complaints:repair_piece_free": form("shipped_piece", "rsfm", comes_to="250.00"),
    "api:repair_piece-free": posts("shipped_piece", "rsfm", comes_to="250.00"),
    "complaints:repair_close": form("closable_repair", "rsf"),
    "api:repair-close": posts("closable_repair", "rsf"),
    "complaints:repair_loaner_list": lists(),
    "complaints:repair_loaner_create": form("", "rsle"),
    "complaints:repair_loaner_back": form("repair_loaner", "rsle"),
    "api:repair_loaner-list": many("rsle"),
    "api:repair_loaner-detail": reads("repair_loaner"),
    "api:repair_loaner-take-back": posts("repair_loaner", "rsle"),
    "api:repair_letter-list": reads(),
    "api:repair_letter-detail": reads("repair_letter"),
    "api:repair_letter-send": posts("repair_letter", OFFICE + "e"),
    "api:repair_letter-print": posts("repair_letter", "*"),
}


def _answer(world: Any) -> dict[str, Any]:
    """Who answered, and the paper that shows it."""
    estimate = world.own["sent_estimate"]["a"]
    return {"decided_by": "Ada", "document": Document.objects.about(estimate).get().pk}


def _later() -> str:
    return (clock.today() + timedelta(days=60)).isoformat()


#: What a POST carries where its shape alone does not do.
REPAIR_BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "api:repair-list": lambda world: {"plant": world.built.acme_us_plant.pk, "selling_location": world.built.usa.pk, "repair_location": world.built.italy.pk},
    "api:repair-take-in-unannounced": lambda world: {
        "plant": world.built.acme_us_plant.pk, "selling_location": world.built.usa.pk, "repair_location": world.built.italy.pk,
        "serials": "SN-5", "condition": "Torn box",
    },
    "api:repair-authorise": lambda _world: {},
    "api:repair-issue-receipt-note": lambda _world: {"by_mail": False},
    "api:repair_piece-list": lambda world: {"repair": world.own["repair"]["a"].pk, "serial": "SN-7"},
    "api:repair_piece-settle": lambda _world: {"settlement": "accepted", "informed_on": clock.today().isoformat()},
    "api:repair_piece-note-findings": lambda _world: {"fault_code": "leak", "cause_code": "wear", "findings": "Worn"},
    "api:repair_piece-decide-warranty": lambda _world: {"warranty_from": "2020-01-01", "notified_on": "2026-01-05"},
    "api:repair_estimate-list": lambda world: {
        "piece": world.own["charged_piece"]["a"].pk, "work": "New seal",
        "lines": [{"kind": "labour", "text": "Repair", "quantity": "2.00", "price": "62.00"}],
    },
    "api:repair_estimate-send": lambda _world: {"sent_to": "Ada", "by_mail": False},
    "api:repair_estimate-approve": _answer,
    "api:repair_estimate-refuse": lambda world: _answer(world) | {"instruction": "return"},
    "api:repair_piece-note-expected": lambda _world: {"comes_to": "700.00"},
    "api:repair_piece-announce-delay": lambda _world: {"expected_on": _later(), "reason": "Part not in stock"},
    "api:repair_piece-finish-repair": lambda _world: {"work_done": "New seal", "hours_spent": "2.00"},
    "api:repair_piece-record-test": lambda _world: {"passed": True, "test_results": "Tight"},
    "api:repair_piece-ship": lambda _world: {"note_out": "DDT 1"},
    "api:repair_piece-return-unrepaired": lambda _world: {"note_out": "DDT 2"},
    "api:repair_piece-scrap": lambda _world: {},
    "api:repair_piece-exchange": lambda _world: {"new_serial": "N1", "note_out": "DDT 3"},
    "api:repair_piece-note-costs": lambda _world: {"cost_parts": "120.00"},
    "api:repair_piece-charge": lambda _world: {"charge": "700.00", "invoice_out": "F 2"},
    "api:repair_piece-free": lambda _world: {"reason": "Goodwill"},
    "api:repair_loaner-list": lambda world: {
        "repair": world.own["repair"]["a"].pk, "product": world.own["repair_piece"]["a"].product_id, "serial": "L-77",
        "note_out": "DDT 8", "due_on": _later(),
    },
    "api:repair_loaner-take-back": lambda _world: {"condition": "Clean"},
    "api:repair_letter-send": lambda _world: {"sent_to": "ada@acme.example"},
}  # fmt: skip
