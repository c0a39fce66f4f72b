"""What is wrong with a piece, and whether it is within warranty: by the day of the notice, not of the arrival (AT-46, domain 7.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.actions.repair_arrivals import DIAGNOSE
from complaints.actions.repair_estimate_words import LABOUR_MONTHS
from complaints.actions.repair_people import people_of, shop_of
from complaints.actions.repair_repeats import complain_of_repeat
from complaints.models import RepairPiece
from complaints.models.repairs import Repair
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.periods import months_later
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work
from kam.core.workflow import Denied

DECIDE = define_work(
    "decide_piece", _("Decide on %(record)s of %(customer)s: warranty, estimate or not repairable"), on_record=True
)
REPAIR = define_work("repair_piece", _("Repair %(record)s of %(customer)s"), on_record=True)
MONTHS = define("complaints.warranty_months", default=12, unit="", label=_("Months of warranty of a new product"))
DAYS_TO_DECIDE = define(
    "complaints.repair_decide_days",
    default=2,
    unit="wd",
    label=_("Working days within which the outcome of a diagnosis is decided"),
)
DAYS_TO_REPAIR = define(
    "complaints.repair_days", default=10, unit="wd", label=_("Working days within which an approved repair is done")
)
DAYS_IF_URGENT = define(
    "complaints.repair_urgent_days", default=3, unit="wd", label=_("Working days within which an urgent repair is done")
)
MOST_MONTHS = 240
#: What was found on a piece, as the diagnosis is told.
FOUND = ("fault_code", "cause_code", "responsible", "findings", "hours_needed", "parts_needed")


@verb("complaints.note_findings", _("Note the diagnosis"))
def note_findings(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    fault_code: str = "",
    cause_code: str = "",
    responsible: str = "",
    findings: str = "",
    hours_needed: Decimal | None = None,
    parts_needed: str = "",
) -> RepairPiece:
    """Note what was found, why, and what a repair needs; a piece without fault is not repaired. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.note_findings")
    piece.fault_code, piece.cause_code, piece.responsible = fault_code, cause_code, responsible
    piece.findings, piece.parts_needed, piece.hours_needed = findings.strip(), parts_needed.strip(), hours_needed
    wrong = faults(piece, exclude=tuple({field.name for field in RepairPiece._meta.concrete_fields} - set(FOUND)))
    if not fault_code:
        wrong.append(Denied("required", _("Say what was found."), field="fault_code", status=400))
    if not piece.findings:
        wrong.append(Denied("required", _("Say what was found, in words that the customer reads."), field="findings", status=400))
    if fault_code and not piece.no_fault and not cause_code:
        wrong.append(Denied("required", _("Say why it failed, or that it is not known."), field="cause_code", status=400))
    refuse(wrong)
    if piece.no_fault:
        piece.status = RepairPiece.Status.NO_FAULT
    piece.diagnosed_at, piece.diagnosed_by = clock.now(), actor
    piece.save()
    close_work(piece, DIAGNOSE, actor=actor)
    if not piece.no_fault:
        to_decide(piece, actor)
        complain_of_repeat(piece)
    return piece


@verb("complaints.decide_warranty", _("Decide on the warranty"))
def decide_warranty(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    warranty_from: date | None = None,
    warranty_months: int | None = None,
    notified_on: date | None = None,
    excluded: bool = False,
) -> RepairPiece:
    """Decide whether the repair is free under warranty: the fault was notified on its last day or before, and nothing excludes it.

    `warranty_from` is the delivery, or the start-up where the contract says so; of what we have just repaired the day on which it
    left, where that warranty is the longer one. A cause that lies with the customer (misuse,
    tampering, wear) excludes it in any case. Raises Denied.
    """
    denied = RepairPiece.workflow.why_not(piece, "complaints.decide_warranty") or why_decided(piece)
    if denied is not None:
        raise denied
    start, months = _term(piece, warranty_from, warranty_months)
    notified = notified_on or piece.notified_on
    wrong = []
    if start is None:
        wrong.append(Denied("required", _("Say from which day the warranty runs."), field="warranty_from", status=400))
    if notified is None:
        wrong.append(Denied("required", _("Say when the customer notified the fault."), field="notified_on", status=400))
    elif notified > clock.today():
        wrong.append(Denied("not_yet", _("This lies in the future."), field="notified_on", status=400))
    if not 0 <= months <= MOST_MONTHS:
        wrong.append(Denied("out_of_range", _("A warranty has from 0 to 240 months."), field="warranty_months", status=400))
    ruled_out = excluded or piece.cause_code in EXCLUDING
    if excluded and not reason.strip():
        wrong.append(Denied("reason_needed", _("Say why."), field="reason", status=400))
    refuse(wrong)
    assert start is not None and notified is not None
    piece.warranty_from, piece.warranty_months, piece.notified_on = start, months, notified
    piece.warranty_until = months_later(start, months)
    piece.warranty_decided_at, piece.warranty_decided_by = clock.now(), actor
    if ruled_out:
        piece.warranty = RepairPiece.Warranty.EXCLUDED
    elif notified > piece.warranty_until:
        piece.warranty = RepairPiece.Warranty.LATE
    else:
        piece.warranty = RepairPiece.Warranty.WITHIN
        RepairPiece.workflow.move(piece, "complaints.decide_warranty")
    piece.save()
    if piece.warranty == RepairPiece.Warranty.WITHIN:
        close_work(piece, DECIDE, actor=actor)
        piece.promised_on = promised_day(piece)
        piece.save()
        to_repair(piece, actor)
    return piece


def _term(piece: RepairPiece, start: date | None, months: int | None) -> tuple[date | None, int]:
    """From when and for how many months a warranty runs: as told, else of the delivery or of the repair before, what lasts longer."""
    scopes = piece.repair.scopes
    told = months if months is not None else parameter(MONTHS.key, scopes)
    if start is not None:
        return start, told
    terms = [(piece.delivered_on, told)] if piece.delivered_on is not None else []
    before = piece.repeat_of
    if before is not None and before.left_at is not None:
        left = before.left_at.astimezone(piece.repair.repair_location.calendar.zone).date()
        terms.append((left, months if months is not None else parameter(LABOUR_MONTHS.key, scopes)))
    return max(terms, key=lambda term: months_later(*term), default=(None, told))


def promised_day(piece: RepairPiece, days: int | None = None) -> date:
    """The day by which a repair is ready that begins now, after so many working days or the usual ones."""
    calendar = piece.repair.repair_location.calendar
    usual = DAYS_IF_URGENT if piece.repair.urgent else DAYS_TO_REPAIR
    wanted = days if days is not None else parameter(usual.key, piece.repair.scopes)
    return clock.due(clock.now(), wanted, clock.Unit.WORKING_DAYS, calendar).at.astimezone(calendar.zone).date()


def why_decided(piece: RepairPiece) -> Denied | None:
    """The warranty is decided once."""
    if piece.warranty == RepairPiece.Warranty.OPEN:
        return None
    return Denied("warranty_decided", _("The warranty was decided already."))


@verb("complaints.declare_unrepairable", _("Not repairable"))
def declare_unrepairable(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Note that a piece cannot be repaired, with the reason; what becomes of it the customer says. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    RepairPiece.workflow.move(piece, "complaints.declare_unrepairable")
    piece.save()
    close_work(piece, DECIDE, actor=actor)
    return piece


def to_decide(piece: RepairPiece, actor: Any) -> None:
    """Have who serves the customer decide what follows."""
    _assign(piece, DECIDE, (people_of(piece.repair) or ["role:sales_manager"])[-1], DAYS_TO_DECIDE.key, actor)


def to_repair(piece: RepairPiece, actor: Any) -> None:
    """Have the workshop repair a piece, in time; once more after each test that failed."""
    key = DAYS_IF_URGENT.key if piece.repair.urgent else DAYS_TO_REPAIR.key
    _assign(piece, REPAIR, shop_of(piece.repair), key, actor)


def _assign(piece: RepairPiece, kind: str, to: Any, days: str, actor: Any) -> None:
    repair: Repair = piece.repair
    due = clock.due(clock.now(), parameter(days, repair.scopes), clock.Unit.WORKING_DAYS, repair.repair_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    occasion = f"{piece.estimates.count()} {piece.tests}"  # each further estimate and each failed test asks anew
    assign_work(piece, kind, to=to, actor=actor, due=due.at, payload=payload, urgent=repair.urgent, occasion=occasion)


#: Causes that no warranty covers.
EXCLUDING = frozenset({RepairPiece.Cause.MISUSE, RepairPiece.Cause.TAMPERING, RepairPiece.Cause.WEAR})
