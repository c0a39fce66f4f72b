"""Repairs for tests, as far along as they are needed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant
from complaints.actions import (
    approve_estimate,
    authorise_repair,
    charge_piece,
    create_estimate,
    decide_warranty,
    finish_repair,
    label_piece,
    lend_unit,
    note_findings,
    receive_piece,
    record_test,
    refuse_estimate,
    request_repair,
    send_estimate,
    ship_piece,
    start_diagnosis,
    start_repair,
)
from complaints.models import Repair, RepairEstimate, RepairLoaner, RepairPiece
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from tests.factories.accounts import ContactFactory
from tests.factories.catalog import ProductFactory
from tests.factories.files import named, pdf


def requested(
    plant: Plant, selling: Location, shop: Location | None = None, *, serials: str = "SN-1", by: Any = None, **head: Any
) -> Repair:
    """A repair that says everything and waits for its authorisation."""
    contact = head.pop("contact", None) or ContactFactory(customer=plant.customer, plant=plant)
    known = {
        "selling_location": selling, "repair_location": shop or selling, "contact": contact, "contamination": "clean",
        "fault": "Leaks oil",
    }  # fmt: skip
    if "product" not in head:
        head["product"] = ProductFactory(producing_location=selling)
    return request_repair(Repair, actor=by, plant=plant, serials=serials, **known | head)


def authorised(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> Repair:
    """One that the customer may send."""
    return authorise_repair(requested(plant, selling, shop, **values), actor=None)


def arrived(
    plant: Plant, selling: Location, shop: Location | None = None, *, serial_found: str = "SN-1", **values: Any
) -> RepairPiece:
    """The only piece of a repair, which is here."""
    piece = authorised(plant, selling, shop, **values).pieces.get()
    return receive_piece(piece, actor=None, serial_found=serial_found, condition="Dusty, complete")


def labelled(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece that is here as declared, with its label."""
    return label_piece(arrived(plant, selling, shop, **values), actor=None)


#: The lines of the worked example AT-47: 733.60 in all.
LINES = [
    {"kind": "labour", "text": "Repair", "quantity": Decimal("6.5"), "price": Decimal("62")},
    {"kind": "part", "text": "Bearing and seals", "quantity": Decimal(1), "price": Decimal("148.60")},
    {"kind": "external", "text": "Grinding", "quantity": Decimal(1), "price": Decimal("85")},
    {"kind": "test", "text": "Test run", "quantity": Decimal(1), "price": Decimal("62")},
    {"kind": "freight", "text": "Freight", "quantity": Decimal(1), "price": Decimal("35")},
]


def in_diagnosis(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece of which the fault is looked for."""
    return start_diagnosis(labelled(plant, selling, shop, **values), actor=None)


def diagnosed(
    plant: Plant, selling: Location, shop: Location | None = None, *, cause: str = "material", **values: Any
) -> RepairPiece:
    """A piece of which the fault is known."""
    piece = in_diagnosis(plant, selling, shop, **values)
    return note_findings(
        piece, actor=None, fault_code="leak", cause_code=cause, findings="The seal is worn out.", hours_needed=Decimal("6.5")
    )


def out_of_warranty(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece whose repair is charged."""
    today = clock.today()
    return decide_warranty(
        diagnosed(plant, selling, shop, **values), actor=None, warranty_from=today - timedelta(days=900), notified_on=today
    )


def estimated(
    plant: Plant, selling: Location, shop: Location | None = None, *, by: Any = None, head: Any = (), **values: Any
) -> RepairEstimate:
    """A draft of the estimate of AT-47."""
    piece = out_of_warranty(plant, selling, shop, **values)
    told = {"work": "New seal and bearing.", "replacement_value": Decimal("1150"), "lead_days": 8} | dict(head)
    return create_estimate(RepairEstimate, actor=by, piece=piece, lines=LINES, **told)


def offered(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairEstimate:
    """One that the customer has."""
    return send_estimate(estimated(plant, selling, shop, **values), actor=None)


def answerable(estimate: RepairEstimate) -> RepairEstimate:
    """The same with the paper that shows the customer's answer."""
    file = named(pdf("signed"), "signed.pdf")
    attach_document(Document, actor=None, record=estimate, type=standard_type("other"), file=file)
    return estimate


def approved(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece that the customer wants repaired."""
    estimate = offered(plant, selling, shop, **values)
    file = named(pdf("signed"), "signed.pdf")
    approve_estimate(estimate, actor=None, decided_by="Ada", file=file)
    return RepairPiece.objects.get(pk=estimate.piece_id)


def refused(
    plant: Plant, selling: Location, shop: Location | None = None, *, instruction: str = "return", **values: Any
) -> RepairPiece:
    """A piece that the customer does not want repaired."""
    estimate = offered(plant, selling, shop, **values)
    file = named(pdf("no"), "no.pdf")
    refuse_estimate(estimate, actor=None, decided_by="Ada", instruction=instruction, file=file)
    return RepairPiece.objects.get(pk=estimate.piece_id)


def in_repair(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece on which the workshop works."""
    return start_repair(approved(plant, selling, shop, **values), actor=None)


def in_test(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece whose repair is finished."""
    piece = in_repair(plant, selling, shop, **values)
    return finish_repair(piece, actor=None, work_done="New seal fitted.", parts_used="Seal", hours_spent=Decimal(6))


def ready(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece that may leave."""
    return record_test(in_test(plant, selling, shop, **values), actor=None, passed=True, test_results="Tight at 6 bar")


def shipped(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece that is on its way to the customer."""
    return ship_piece(ready(plant, selling, shop, **values), actor=None, note_out="DDT 9")


def closable(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> Repair:
    """A repair whose only piece was shipped and charged."""
    piece = shipped(plant, selling, shop, **values)
    charge_piece(piece, actor=None, charge=Decimal("733.60"), invoice_out="F 1")
    return Repair.objects.get(pk=piece.repair_id)


def lent(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairLoaner:
    """A loaner that the customer of a repair has."""
    repair = authorised(plant, selling, shop, **values)
    product = ProductFactory(producing_location=selling)
    due = clock.today() + timedelta(days=30)
    return lend_unit(
        RepairLoaner, actor=None, repair=repair, product=product, serial=f"L-{repair.pk}", note_out="DDT 3", due_on=due
    )
