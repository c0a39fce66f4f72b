"""The table of rights of repairs: who serves the customer authorises, the workshop and logistics receive (domain 7.1)."""

from collections.abc import Callable
from typing import Any

from kam.core import clock
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
    "complaints:repair_piece_add": form("", WRITING),
    "complaints:repair_piece_detail": reads("repair_piece"),
    "complaints:repair_piece_edit": form("repair_piece", WRITING),
    "complaints:repair_piece_receive": form("repair_piece", RECEIVING),
    "complaints:repair_piece_settle": form("differing_piece", OFFICE + "e"),
    "complaints:repair_piece_label": posts("received_piece", RECEIVING),
    "complaints:repair_piece_diagnose": form("labelled_piece", "e"),
    "complaints:repair_piece_strike": form("repair_piece", OFFICE + "e"),
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
    "api:repair_letter-list": reads(),
    "api:repair_letter-detail": reads("repair_letter"),
    "api:repair_letter-send": posts("repair_letter", OFFICE + "e"),
    "api:repair_letter-print": posts("repair_letter", "*"),
}

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
    "api:repair_letter-send": lambda _world: {"sent_to": "ada@acme.example"},
}  # fmt: skip
