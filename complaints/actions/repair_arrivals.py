"""Goods for repair arrive: identified, looked at, photographed, labelled; what differs from what was declared is settled first (AT-80, ISO 9001 8.5.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import people_of, shop_of
from complaints.actions.repair_repeats import note_repeat
from complaints.actions.repair_requests import AUTHORISE, make_pieces, open_repair, serials_of, tell_of_goods
from complaints.models import Repair, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work
from kam.core.workflow import Denied

DIAGNOSE = define_work("diagnose_piece", _("Diagnose %(record)s of %(customer)s"), on_record=True)
SETTLE = define_work("settle_mismatch", _("Settle with %(customer)s what differs in %(record)s"), on_record=True)
DIFFERS = define_notification("repair_differs", _("Goods for repair differ from what was declared"), way=Way.MAIL)
DAYS_TO_DIAGNOSE = define(
    "complaints.repair_diagnosis_days", default=5, unit="wd", label=_("Working days within which a received piece is diagnosed")
)
DAYS_TO_SETTLE = define(
    "complaints.repair_settle_days", default=1, unit="wd", label=_("Working days within which a difference on arrival is settled")
)
MOST_PHOTOS = 10


@verb("complaints.take_in_unannounced", _("Goods without authorisation"))
def take_in_unannounced(
    model: type[Repair],
    *,
    actor: Any,
    reason: str = "",
    product: Any = None,
    serials: str = "",
    fault: str = "",
    condition: str = "",
    storage_place: str = "",
    note_in: str = "",
    photos: Sequence[Any] = (),
    **head: Any,
) -> Repair:
    """Take in goods that came without an authorisation: into quarantine, and who leads and serves the customer is told. Raises Denied."""
    numbers = serials_of(serials)
    wrong = _photo_faults(photos)
    if not numbers:
        wrong.append(Denied("required", _("Give the serial numbers, one a line."), field="serials", status=400))
    if not condition.strip():
        wrong.append(Denied("required", _("Say in what condition it came."), field="condition", status=400))
    refuse(wrong)
    repair = open_repair(actor, head, unannounced=True, status=Repair.Status.RECEIVED, note_in=note_in.strip()[:40])
    for piece in make_pieces(repair, numbers, product=product, fault=fault):
        piece.status, piece.received_at, piece.received_by = RepairPiece.Status.RECEIVED, clock.now(), actor
        piece.serial_found, piece.condition = piece.serial, condition.strip()
        piece.storage_place = storage_place.strip()[:60] or str(_("Quarantine"))
        piece.save()
        note_repeat(piece, actor=actor)
        _to_diagnose(piece, actor)
    for photo in photos:
        attach_document(Document, actor=actor, record=repair, type=standard_type("photo"), file=photo)
    assign_work(
        repair, AUTHORISE, to=(people_of(repair) or ["role:sales_manager"])[-1], actor=actor,
        payload={"customer": repair.plant.customer.name, "scopes": repair.scopes}, urgent=True,
    )  # fmt: skip
    tell_of_goods(repair, actor=actor)
    return repair


@verb("complaints.receive_piece", _("Receive"))
def receive_piece(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    serial_found: str = "",
    condition: str = "",
    accessories: str = "",
    storage_place: str = "",
    damaged: bool = False,
    photos: Sequence[Any] = (),
) -> RepairPiece:
    """Note that a piece came: the serial number on it, its condition, what came with it, where it lies, and photos.

    Another serial number than declared, or damage, is a difference: whoever leads and serves the customer is told at once.
    Raises Denied.
    """
    piece.repair = repair = Repair.objects.locked().get(pk=piece.repair_id)
    if repair.authorised_at is None:
        raise Denied("not_authorised", _("This came without authorisation. Have the repair authorised first."))
    denied = RepairPiece.workflow.why_not(piece, "complaints.receive_piece")
    if denied is not None:
        raise denied
    wrong = _photo_faults(photos)
    found = serial_found.strip()
    if piece.serial and not found:
        wrong.append(Denied("required", _("Read the serial number from the piece."), field="serial_found", status=400))
    if not condition.strip():
        wrong.append(Denied("required", _("Say in what condition it came."), field="condition", status=400))
    if len(found) > 60:
        wrong.append(Denied("too_long", _("A serial number has at most 60 characters."), field="serial_found", status=400))
    refuse(wrong)
    RepairPiece.workflow.move(piece, "complaints.receive_piece")
    piece.received_at, piece.received_by, piece.serial_found = clock.now(), actor, found
    piece.condition, piece.accessories = condition.strip()[:2000], accessories.strip()[:1000]
    piece.storage_place, piece.damaged = storage_place.strip()[:60], damaged
    piece.mismatch = damaged or (bool(piece.serial) and found.casefold() != piece.serial.casefold())
    piece.save()
    note_repeat(piece, actor=actor)
    for photo in photos:
        attach_document(Document, actor=actor, record=piece, type=standard_type("photo"), file=photo)
    if repair.status != Repair.Status.RECEIVED:
        repair.status = Repair.Status.RECEIVED
        repair.save()
    _to_diagnose(piece, actor)
    if piece.mismatch:
        _to_settle(piece, actor)
    if not repair.pieces.filter(status=RepairPiece.Status.EXPECTED).exists():
        tell_customer(repair, RepairLetter.Kind.RECEIPT, actor=actor)
    return piece


@verb("complaints.settle_mismatch", _("Settle the difference"))
def settle_mismatch(
    piece: RepairPiece, *, actor: Any, reason: str = "", settlement: str = "", informed_on: date | None = None
) -> RepairPiece:
    """Settle what differed on arrival: when the customer was told, and whether they corrected their declaration or accepted it so.

    Raises Denied.
    """
    denied = why_not_settled(piece)
    if denied is not None:
        raise denied
    wrong = []
    if settlement not in RepairPiece.Settlement.values:
        wrong.append(Denied("required", _("Say how the customer settled it."), field="settlement", status=400))
    if informed_on is None:
        wrong.append(Denied("required", _("Say on which day the customer was told."), field="informed_on", status=400))
    elif piece.received_at is None or not piece.received_at.date() <= informed_on <= clock.today():
        text = _("The customer is told after the arrival and not later than today.")
        wrong.append(Denied("impossible_day", text, field="informed_on", status=400))
    refuse(wrong)
    piece.settlement, piece.informed_on, piece.settled_at = settlement, informed_on, clock.now()
    if settlement == RepairPiece.Settlement.CORRECTED and piece.serial_found:
        piece.serial = piece.serial_found
    piece.save()
    close_work(piece, SETTLE, actor=actor)
    return piece


def why_not_settled(piece: RepairPiece) -> Denied | None:
    """Why there is nothing to settle, or None."""
    if piece.mismatch and piece.settled_at is None:
        return None
    return Denied("nothing_to_settle", _("Nothing differs, or it is settled already."))


@verb("complaints.label_piece", _("Label of the customer's property"))
def label_piece(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Note that the label with the QR code is printed for a piece that is here: it says whose it is from now on. Raises Denied."""
    denied = why_not_labelled(piece)
    if denied is not None:
        raise denied
    if piece.labelled_at is None:
        piece.labelled_at = clock.now()
        piece.save()
    return piece


def why_not_labelled(piece: RepairPiece) -> Denied | None:
    """Why no label is printed, or None: only what is here is labelled."""
    if piece.received_at is not None and not piece.is_over:
        return None
    return Denied("not_here", _("Only a piece that is here is labelled."))


@verb("complaints.start_diagnosis", _("Begin diagnosis"))
def start_diagnosis(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Begin to look for the fault: the piece is authorised, labelled, and what it declared is settled (AT-80). Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.start_diagnosis")
    piece.diagnosis_at = clock.now()
    piece.save()
    return piece


@verb("complaints.issue_receipt_note", _("Receipt note"))
def issue_receipt_note(repair: Repair, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False) -> Repair:
    """Tell the customer what came, with which serial numbers and in what condition. Raises Denied."""
    denied = why_no_receipt_note(repair)
    if denied is not None:
        raise denied
    tell_customer(repair, RepairLetter.Kind.RECEIPT, actor=actor, sent_to=sent_to, by_mail=by_mail)
    return repair


def why_no_receipt_note(repair: Repair) -> Denied | None:
    """Why there is no receipt to confirm, or None."""
    if repair.status == Repair.Status.RECEIVED:
        return None
    return Denied("nothing_here", _("Nothing of this repair has come yet."))


def _to_diagnose(piece: RepairPiece, actor: Any) -> None:
    repair = piece.repair
    days = parameter(DAYS_TO_DIAGNOSE.key, repair.scopes)
    due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, repair.repair_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(piece, DIAGNOSE, to=shop_of(repair), actor=actor, due=due.at, payload=payload, urgent=repair.urgent)


def _to_settle(piece: RepairPiece, actor: Any) -> None:
    repair = piece.repair
    people = people_of(repair)
    days = parameter(DAYS_TO_SETTLE.key, repair.scopes)
    due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, repair.selling_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(piece, SETTLE, to=(people or ["role:sales_manager"])[-1], actor=actor, due=due.at, payload=payload)
    notify(DIFFERS, piece, to=people, actor=actor, urgent=True)


def _photo_faults(photos: Sequence[Any]) -> list[Denied]:
    if len(photos) > MOST_PHOTOS:
        text = _("At most %(most)d photos at once; the others can be attached afterwards.") % {"most": MOST_PHOTOS}
        return [Denied("too_many_photos", text, field="photos", status=400)]
    return []
