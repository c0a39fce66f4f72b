"""What the fuzz of the API needs of repairs: one as far along as each verb needs it, and what a client knows beyond the shape of a body."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import Contact, Location, Plant, User
from complaints.models import Repair, RepairEstimate
from kam.core import clock
from kam.core.documents import Document
from tests import fuzz_documents
from tests.factories.accounts import ContactFactory
from tests.factories.repairs import (
    answerable,
    approved,
    arrived,
    authorised,
    closable,
    diagnosed,
    estimated,
    in_diagnosis,
    in_repair,
    in_test,
    labelled,
    lent,
    offered,
    out_of_warranty,
    ready,
    refused,
    requested,
    shipped,
)

number = itertools.count(1)


def _plant() -> Plant:
    return Plant.objects.filter(customer__code="C-ACME-DE").order_by("pk")[0]


class Subjects(fuzz_documents.Subjects):
    """Repairs of ACME's German plant at the German location."""

    @property
    def shop(self) -> tuple[Any, Any, Any]:
        """Whose, and who sells and repairs."""
        return self.built.acme_de_plant, self.built.germany, self.built.germany

    def repair(self, verb: str, person: User) -> Any:
        """A repair as far along as a verb needs it."""
        if verb == "close":
            return closable(*self.shop)
        if verb == "note_dispatch":
            return authorised(*self.shop)
        return arrived(*self.shop).repair if verb == "issue_receipt_note" else requested(*self.shop)

    def repairpiece(self, verb: str, person: User) -> Any:
        """Its piece."""
        if verb == "settle":
            return arrived(*self.shop, serial_found="SN-9")
        if verb == "label":
            return arrived(*self.shop)
        if verb in {"start_diagnosis", "print_label"}:
            return labelled(*self.shop)
        later = {
            "start_repair": approved, "note_expected": in_repair, "announce_delay": in_repair, "finish_repair": in_repair, "record_test": in_test, "ship": ready,
            "return_unrepaired": refused, "note_costs": shipped, "charge": shipped, "free": shipped,
        }  # fmt: skip
        if verb in later:
            return later[verb](*self.shop)
        if verb in {"scrap", "exchange"}:
            return refused(*self.shop, instruction=verb)
        if verb == "note_findings":
            return in_diagnosis(*self.shop)
        if verb in {"decide_warranty", "declare_unrepairable"}:
            return diagnosed(*self.shop)
        return authorised(*self.shop).pieces.get()

    def repairestimate(self, verb: str, person: User) -> Any:
        """An estimate as far along as a verb needs it; the customer's answer lies beside it."""
        if verb in {"approve", "refuse", "revise"}:
            return answerable(offered(*self.shop))
        return estimated(*self.shop)

    def repairletter(self, verb: str, person: User) -> Any:
        """An authorisation that was given out by hand."""
        contact = ContactFactory(customer=self.built.acme_de, email="")
        return authorised(*self.shop, contact=contact).letters.get()

    def repairloaner(self, verb: str, person: User) -> Any:
        """A loaner that the customer has."""
        return lent(*self.shop)


def _loan(_key: int | None) -> dict[str, Any]:
    """A loaner for a repair of that plant."""
    repair = requested(_plant(), Location.objects.get(code="DE"))
    due = (clock.today() + timedelta(days=30)).isoformat()
    product = repair.pieces.get().product_id
    return {"repair": repair.pk, "product": product, "serial": f"L-{next(number)}", "note_out": "DDT 8", "due_on": due}


def _repair(key: int | None) -> dict[str, Any]:
    """A repair where it stands, a new one at the German plant."""
    repair = Repair.objects.filter(pk=key).select_related("plant").first()
    plant, germany = repair.plant if repair else _plant(), Location.objects.get(code="DE")
    contact = Contact.objects.filter(customer=plant.customer_id).order_by("pk").first()
    return {
        "plant": plant.pk, "selling_location": repair.selling_location_id if repair else germany.pk,
        "repair_location": repair.repair_location_id if repair else germany.pk, "complaint": repair.complaint_id if repair else None,
        "contact": contact.pk if contact else None, "contamination": "clean", "return_address": f"Gate {next(number)}",
        "origin": "request",
    }  # fmt: skip


def _requested(key: int | None) -> dict[str, Any]:
    """A new repair with the serial number of its first piece."""
    return _repair(key) | {"product": None, "serials": "SN-3"}


def _unannounced(key: int | None) -> dict[str, Any]:
    """Goods that came by themselves, and their condition."""
    return _requested(key) | {"condition": "Dusty"}


def _told(_key: int | None) -> dict[str, Any]:
    """What is said of a piece."""
    return {"serial": f"SN-{next(number)}", "fault": "Leaks", "delivered_on": None, "notified_on": None, "hours_run": 5}


def _piece(key: int | None) -> dict[str, Any]:
    """A further piece of a repair of that plant."""
    repair = requested(_plant(), Location.objects.get(code="DE"))
    return _told(key) | {"repair": repair.pk, "product": repair.pieces.get().product_id}


def _said(_key: int | None) -> dict[str, Any]:
    """What an estimate says."""
    line = {"kind": "labour", "text": "Repair", "quantity": "2.00", "price": "62.00"}
    return {
        "work": "New seal", "lines": [line], "discount": "0.00", "replacement_value": None, "exchange_price": None,
        "diagnosis_fee": None, "lead_days": 5,
    }  # fmt: skip


def _estimate(key: int | None) -> dict[str, Any]:
    """A new one of a piece whose repair is charged."""
    germany = Location.objects.get(code="DE")
    return _said(key) | {"piece": out_of_warranty(_plant(), germany, germany).pk}


def _answer(key: int | None) -> dict[str, Any]:
    """Who answered, today, and the paper that shows it."""
    paper = Document.objects.about(RepairEstimate.objects.get(pk=key)).first() if key else None
    return {"decided_by": "Ada", "decided_on": None, "document": paper.pk if paper else None}


REPAIRING: dict[tuple[str, str], Callable[[int | None], dict[str, Any]]] = {
    ("repair", "POST"): _requested,
    ("repair", "PUT"): _repair,
    ("repair", "PATCH"): _repair,
    ("repair", "take_in_unannounced"): _unannounced,
    ("repair", "authorise"): lambda _key: {"by_mail": False},
    ("repair", "note_dispatch"): lambda _key: {"note_in": "DDT 1", "note_in_on": None},
    ("repair", "issue_receipt_note"): lambda _key: {"by_mail": False},
    ("repairpiece", "POST"): _piece,
    ("repairpiece", "PUT"): _told,
    ("repairpiece", "PATCH"): _told,
    ("repairpiece", "receive"): lambda _key: {"serial_found": "SN-1", "condition": "Dusty"},
    ("repairpiece", "settle"): lambda _key: {"settlement": "accepted", "informed_on": clock.today().isoformat()},
    ("repairpiece", "note_findings"): lambda _key: {
        "fault_code": "leak",
        "cause_code": "wear",
        "findings": "Worn",
        "hours_needed": None,
    },
    ("repairpiece", "decide_warranty"): lambda _key: {
        "warranty_from": "2020-01-01",
        "warranty_months": 12,
        "notified_on": "2026-01-05",
    },
    ("repairpiece", "note_expected"): lambda _key: {"comes_to": "700.00"},
    ("repairpiece", "finish_repair"): lambda _key: {"work_done": "Seal", "hours_spent": "2.00", "comes_to": None},
    ("repairpiece", "announce_delay"): lambda _key: {
        "expected_on": (clock.today() + timedelta(days=60)).isoformat(),
        "reason": "Part not in stock",
    },
    ("repairpiece", "record_test"): lambda _key: {"passed": True, "test_results": "Tight"},
    ("repairpiece", "ship"): lambda _key: {"note_out": "DDT 1", "packages": None, "weight": None},
    ("repairpiece", "return_unrepaired"): lambda _key: {"note_out": "DDT 1", "packages": None, "weight": None, "document": None},
    ("repairpiece", "scrap"): lambda _key: {"document": None},
    ("repairpiece", "exchange"): lambda _key: {"new_serial": "N-1", "note_out": "DDT 1", "document": None},
    ("repairpiece", "note_costs"): lambda _key: {"cost_labour": None, "cost_parts": "120.00", "cost_other": None},
    ("repairpiece", "charge"): lambda _key: {"charge": "700.00", "invoice_out": "F 1"},
    ("repairpiece", "free"): lambda _key: {"reason": "Goodwill"},
    ("repairestimate", "POST"): _estimate,
    ("repairestimate", "PUT"): _said,
    ("repairestimate", "PATCH"): _said,
    ("repairestimate", "send"): lambda _key: {"sent_to": "Ada", "by_mail": False},
    ("repairestimate", "approve"): _answer,
    ("repairestimate", "refuse"): lambda key: _answer(key) | {"instruction": "return"},
    ("repairloaner", "POST"): _loan,
    ("repairloaner", "take_back"): lambda _key: {"condition": "Clean", "returned_on": None},
    ("repairletter", "send"): lambda _key: {"sent_to": "ada@acme.example"},
}
