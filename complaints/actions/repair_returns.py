"""How pieces leave: shipped repaired, returned as they are, scrapped or exchanged with the customer's word; then the repair is closed (AT-82)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.actions.repair_estimate_words import LABOUR_MONTHS
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_work import SHIP
from complaints.models import Repair, RepairEstimate, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.parameters import define, parameter
from kam.core.periods import months_later
from kam.core.verbs import verb
from kam.core.work import close_work, withdraw_work
from kam.core.workflow import Denied

FREE_STORAGE = define(
    "complaints.storage_free_days",
    default=15,
    unit="cd",
    label=_("Days after the notice for which a ready piece is kept for nothing"),
)
STORAGE_A_DAY = define("complaints.storage_a_day", default=Decimal("0.50"), label=_("Storage fee for a day"))
Instruction = RepairEstimate.Instruction


@verb("complaints.ship_piece", _("Shipped"))
def ship_piece(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    note_out: str = "",
    carrier: str = "",
    packages: int | None = None,
    weight: Decimal | None = None,
) -> RepairPiece:
    """Note that a repaired piece has left, with our delivery note; its repair's warranty runs from today. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.ship_piece")
    _leave(piece, actor, note_out, carrier, packages, weight)
    piece.repair_warranty_until = months_later(clock.today(), parameter(LABOUR_MONTHS.key, piece.repair.scopes))
    piece.save()
    tell_customer(piece.repair, RepairLetter.Kind.RETURN, actor=actor, piece=piece)
    return piece


@verb("complaints.return_unrepaired", _("Returned unrepaired"))
def return_unrepaired(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    note_out: str = "",
    carrier: str = "",
    packages: int | None = None,
    weight: Decimal | None = None,
    file: Any = None,
    document: Document | None = None,
) -> RepairPiece:
    """Note that a piece goes back as it came. Where the customer has not said so with their refusal, a paper shows it. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.return_unrepaired")
    if piece.no_fault:
        _keep(piece, actor, file, document)
    else:
        _instructed(piece, actor, Instruction.BACK, file, document)
    _leave(piece, actor, note_out, carrier, packages, weight)
    piece.save()
    tell_customer(piece.repair, RepairLetter.Kind.RETURN, actor=actor, piece=piece)
    return piece


@verb("complaints.scrap_piece", _("Scrapped"))
def scrap_piece(
    piece: RepairPiece, *, actor: Any, reason: str = "", file: Any = None, document: Document | None = None
) -> RepairPiece:
    """Scrap the customer's property: never without their word in writing (ISO 9001, 8.5.3). Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.scrap_piece")
    _instructed(piece, actor, Instruction.SCRAP, file, document)
    _gone(piece, actor)
    piece.save()
    return piece


@verb("complaints.exchange_piece", _("Exchanged"))
def exchange_piece(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    new_serial: str = "",
    note_out: str = "",
    file: Any = None,
    document: Document | None = None,
) -> RepairPiece:
    """Note that the customer has got a new piece for theirs, with its serial number and their word in writing. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.exchange_piece")
    if not new_serial.strip():
        raise Denied("required", _("Give the serial number of the new one."), field="new_serial", status=400)
    _instructed(piece, actor, Instruction.EXCHANGE, file, document)
    _leave(piece, actor, note_out)
    piece.new_serial = new_serial.strip()[:60]
    piece.save()
    return piece


@verb("complaints.close_repair", _("Close repair"))
def close_repair(repair: Repair, *, actor: Any, reason: str = "") -> Repair:
    """Close a repair whose pieces are all accounted for and charged or free (AT-82). Raises Denied."""
    Repair.workflow.move(repair, "complaints.close_repair")
    repair.closed_at = clock.now()
    repair.save()
    withdraw_work(repair, actor=actor)
    return repair


def storage_fee(piece: RepairPiece, on: date | None = None) -> Decimal:
    """What keeping a ready piece costs the customer by a day: from the sixteenth day after the notice on."""
    if piece.ready_at is None:
        return Decimal(0)
    zone = piece.repair.repair_location.calendar.zone
    last = piece.left_at.astimezone(zone).date() if piece.left_at is not None else on or clock.today()
    scopes = piece.repair.scopes
    days = (last - piece.ready_at.astimezone(zone).date()).days - parameter(FREE_STORAGE.key, scopes)
    return max(days, 0) * parameter(STORAGE_A_DAY.key, scopes)


def _leave(
    piece: RepairPiece,
    actor: Any,
    note_out: str,
    carrier: str = "",
    packages: int | None = None,
    weight: Decimal | None = None,
) -> None:
    """With which note, by whom, how many packages of what weight it leaves."""
    wrong = []
    if not note_out.strip():
        wrong.append(Denied("required", _("Give the number of our delivery note."), field="note_out", status=400))
    if packages is not None and not 0 < packages <= 9999:
        wrong.append(Denied("out_of_range", _("Give a number of packages from 1 to 9999."), field="packages", status=400))
    if weight is not None and not 0 <= weight < 10_000_000:
        wrong.append(Denied("out_of_range", _("A weight is not negative."), field="weight", status=400))
    refuse(wrong)
    piece.note_out, piece.carrier, piece.packages, piece.weight = note_out.strip()[:40], carrier.strip()[:120], packages, weight
    _gone(piece, actor)


def _gone(piece: RepairPiece, actor: Any) -> None:
    """It is with us no longer: how long it took, and how much of that the customer took to answer (AT-45)."""
    assert piece.received_at is not None
    piece.left_at = clock.now()
    calendar = piece.repair.repair_location.calendar
    came, left = (moment.astimezone(calendar.zone).date() for moment in (piece.received_at, piece.left_at))
    answered = piece.estimates.filter(status__in=["approved", "refused", "expired"]).exclude(sent_at=None)
    asked = [(one.sent_at.astimezone(calendar.zone).date(), one.decided_on or one.valid_until) for one in answered]
    waits = [(sent, max(sent, answer)) for sent, answer in asked]  # where the day begins earlier, an answer is of the day before
    piece.gross_days, piece.gross_working_days = _days([(came, left)], calendar)
    piece.waited_days, piece.waited_working_days = _days(waits, calendar)
    close_work(piece, SHIP, actor=actor)
    withdraw_work(piece, actor=actor)


def _days(spans: Any, calendar: Any) -> tuple[int, int]:
    """The length of all spans together in calendar and in working days."""
    whole = sum((end - start).days for start, end in spans)
    return whole, sum(clock.working_days_between(start, end, calendar) for start, end in spans)


def _instructed(piece: RepairPiece, actor: Any, wanted: str, file: Any, document: Document | None) -> None:
    """The customer said so with their refusal, or a paper shows it."""
    refusal = piece.estimates.filter(status=RepairEstimate.Status.REFUSED).order_by("-revision").first()
    if file is None and document is None and (refusal is None or refusal.instruction != wanted):
        raise Denied("instruction_needed", _("Attach what the customer wrote about it."), field="file", status=400)
    _keep(piece, actor, file, document)


def _keep(piece: RepairPiece, actor: Any, file: Any, document: Document | None) -> None:
    if document is not None and document.record != piece:
        text = _("Choose a document that is attached to this piece.")
        raise Denied("document_of_another", text, field="document", status=400)
    if file is not None and document is None:
        document = attach_document(Document, actor=actor, record=piece, type=standard_type("other"), file=file)
    piece.consent = document
