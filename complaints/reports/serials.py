"""The whole life of a serial number, as far as its reader sees it: delivered, complained of, repaired, failed again, exchanged, lent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext, pgettext_lazy

from complaints.models import Complaint, RepairLoaner, RepairPiece
from orders.models import OrderDelivery

MOST = 200
#: What can happen to a serial number.
HAPPENINGS = {
    "delivered": pgettext_lazy("serial", "Delivered"),
    "exchange": pgettext_lazy("serial", "Delivered in exchange"),
    "complaint": pgettext_lazy("serial", "Complaint"),
    "announced": pgettext_lazy("serial", "Announced for repair"),
    "repair": pgettext_lazy("serial", "Came for repair"),
    "repeat": pgettext_lazy("serial", "Failed again"),
    "left": pgettext_lazy("serial", "Left after the repair"),
    "lent": pgettext_lazy("serial", "Lent"),
    "fetched": pgettext_lazy("serial", "Loaner returned"),
}


@dataclass(frozen=True)
class Past:
    """One thing that happened to a serial number: when, what, on which record, of which product, with whom, and what it said."""

    day: date
    kind: str
    record: Any
    product: Any
    customer: Any
    words: str
    state: Any = ""

    @property
    def label(self) -> Any:
        """What happened."""
        return HAPPENINGS[self.kind]


def history_of(serial: str, reader: Any) -> list[Past]:
    """Everything that happened to a serial number, the last first. Two products with the same number stand beside each other."""
    serial = serial.strip()
    if not serial:
        return []
    pieces = list(RepairPiece.objects.visible_to(reader).with_serial(serial).for_list().order_by("-pk")[:MOST])
    complaints = list(
        Complaint.objects.visible_to(reader)
        .filter(serial__iexact=serial)
        .select_related("plant__customer", "product", "selling_location__calendar")
        .order_by("-pk")[:MOST]
    )
    found = [
        *(past for piece in pieces for past in _repaired(piece)),
        *_exchanged(serial, reader),
        *(_complained(one) for one in complaints),
        *_lent(serial, reader),
        *_delivered(pieces, complaints, reader),
    ]
    order = list(HAPPENINGS)
    return sorted(found, key=lambda one: (one.day, order.index(one.kind), one.record.pk), reverse=True)


def serial_history(piece: RepairPiece, reader: Any) -> list[Past]:
    """What else happened to the serial number of a piece; the piece itself is left out."""
    if not piece.known_serial or piece.known_serial == piece.batch:
        return []
    return [one for one in history_of(piece.known_serial, reader) if one.record != piece]


def _at(moment: datetime, location: Any) -> date:
    """The day of a moment where it happened."""
    return moment.astimezone(location.calendar.zone).date()


def _repaired(piece: RepairPiece) -> Iterator[Past]:
    repair, place = piece.repair, piece.repair.repair_location
    customer, state = repair.plant.customer, piece.get_status_display()
    kind = "announced" if piece.received_at is None else "repair" if piece.repeat_of_id is None else "repeat"
    yield Past(_at(piece.received_at or repair.requested_at, place), kind, piece, piece.product, customer, piece.fault, state)
    if piece.left_at is not None:
        words = piece.work_done or piece.findings
        yield Past(_at(piece.left_at, place), "left", piece, piece.product, customer, words, state)


def _exchanged(serial: str, reader: Any) -> Iterator[Past]:
    rows = RepairPiece.objects.visible_to(reader).filter(new_serial__iexact=serial, left_at__isnull=False).for_list()
    for piece in rows.order_by("-pk")[:MOST]:
        words = gettext("In exchange for %(serial)s") % {"serial": piece.known_serial}
        day, customer = _at(piece.left_at, piece.repair.repair_location), piece.repair.plant.customer
        yield Past(day, "exchange", piece, piece.product, customer, words, piece.get_status_display())


def _complained(one: Complaint) -> Past:
    day = _at(one.received_at, one.selling_location)
    return Past(day, "complaint", one, one.product, one.plant.customer, one.text, one.get_status_display())


def _lent(serial: str, reader: Any) -> Iterator[Past]:
    for one in RepairLoaner.objects.visible_to(reader).filter(serial__iexact=serial).for_list().order_by("-pk")[:MOST]:
        customer = one.repair.plant.customer
        yield Past(one.given_on, "lent", one, one.product, customer, one.note_out)
        if one.returned_on is not None:
            yield Past(one.returned_on, "fetched", one, one.product, customer, one.condition)


def _delivered(pieces: list[RepairPiece], complaints: list[Complaint], reader: Any) -> Iterator[Past]:
    """By the delivery notes that repairs and complaints name: the delivery of the order where we have it, else what was declared."""
    told: list[RepairPiece | Complaint] = [*pieces, *complaints]
    named = {one.delivery_note: one.product_id for one in told if one.delivery_note and one.product_id}
    plants = {one.plant_id if isinstance(one, Complaint) else one.repair.plant_id for one in told}
    rows = (
        OrderDelivery.objects.visible_to(reader)
        .filter(note_number__in=list(named), line__product__in=set(named.values()), order__plant__customer__plants__in=plants)
        .distinct()
    )
    known = set()
    for one in rows.select_related("order__plant__customer", "line__product").order_by("-pk")[:MOST] if named else ():
        if named[one.note_number] == one.line.product_id and one.note_number not in known:
            known.add(one.note_number)
            customer, note = one.order.plant.customer, one.note_number
            yield Past(one.delivered_on, "delivered", one.order, one.line.product, customer, note, one.order.get_status_display())
    for piece in pieces:
        if piece.delivered_on is not None and piece.delivery_note not in known:
            known.add(piece.delivery_note)
            customer = piece.repair.plant.customer
            yield Past(piece.delivered_on, "delivered", piece, piece.product, customer, piece.delivery_note or piece.invoice)
