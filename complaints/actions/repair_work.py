"""The repair itself: begun with the customer's consent only, stopped when it comes dearer than they approved, finished, tested (AT-47)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from catalog.actions.rows import refuse
from complaints.actions.repair_costs import labour_of
from complaints.actions.repair_estimates import overrun_limit
from complaints.actions.repair_findings import REPAIR, to_decide, to_repair
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import shop_of
from complaints.actions.repair_promises import TELL
from complaints.models import RepairEstimate, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.formats import money
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work
from kam.core.workflow import Denied

TEST = define_work("test_piece", _("Test %(record)s of %(customer)s"), on_record=True)
SHIP = define_work("ship_piece", _("Send %(record)s back to %(customer)s"), on_record=True)
DAYS_TO_SHIP = define(
    "complaints.repair_ship_days", default=2, unit="wd", label=_("Working days within which a ready piece leaves")
)


def approved_estimate(piece: RepairPiece) -> RepairEstimate | None:
    """What the customer has approved last for a piece."""
    rows = piece.estimates.filter(status=RepairEstimate.Status.APPROVED).select_related("piece__repair")
    return rows.order_by("-revision").first()


def most_of(piece: RepairPiece) -> Decimal | None:
    """Up to what a piece's repair may cost the customer; None under warranty, where it costs them nothing."""
    estimate = approved_estimate(piece)
    return overrun_limit(estimate) if estimate is not None else None


def over_estimate(piece: RepairPiece, amount: Decimal | None, field: str) -> Denied | None:
    """Whether an amount goes beyond what the customer approved and its tolerance."""
    most = most_of(piece)
    if amount is None or most is None or amount <= most:
        return None
    words = _("The customer has approved up to %(most)s. Get a further approval first.")
    currency = piece.repair.selling_location.currency
    return Denied("over_estimate", words % {"most": money(most, currency)}, field=field)


@verb("complaints.start_repair", _("Begin the repair"))
def start_repair(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Begin to repair a piece that the customer approved or that is within warranty. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.start_repair")
    piece.started_at = clock.now()
    piece.save()
    return piece


@verb("complaints.note_expected", _("It comes to another amount"))
def note_expected(piece: RepairPiece, *, actor: Any, reason: str = "", comes_to: Decimal | None = None) -> RepairPiece:
    """Note what a repair is going to cost; beyond the approved estimate and its tolerance it stops for a further approval.

    Raises Denied.
    """
    RepairPiece.workflow.move(piece, "complaints.note_expected")
    if comes_to is None or comes_to < 0:
        raise Denied("required", _("Say what the repair comes to."), field="comes_to", status=400)
    piece.comes_to = comes_to
    if over_estimate(piece, comes_to, "comes_to") is not None:
        piece.status = RepairPiece.Status.FURTHER
        to_decide(piece, actor)
    piece.save()
    return piece


@verb("complaints.finish_repair", _("Repair finished"))
def finish_repair(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    work_done: str = "",
    parts_used: str = "",
    hours_spent: Decimal | None = None,
    comes_to: Decimal | None = None,
) -> RepairPiece:
    """Note what was done with which parts in how many hours, and what it comes to: never beyond what was approved. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.finish_repair")
    wrong = []
    if not work_done.strip():
        wrong.append(Denied("required", _("Say what was done, in words that the customer reads."), field="work_done", status=400))
    if hours_spent is None or hours_spent < 0:
        wrong.append(Denied("required", _("Say how many hours it took."), field="hours_spent", status=400))
    if comes_to is not None and comes_to < 0:
        wrong.append(Denied("out_of_range", _("An amount is not negative."), field="comes_to", status=400))
    refuse(wrong)
    estimate = approved_estimate(piece)
    if comes_to is None:
        comes_to = piece.comes_to if piece.comes_to is not None else estimate.total if estimate is not None else None
    denied = over_estimate(piece, comes_to, "comes_to")
    if denied is not None:
        raise denied
    piece.work_done, piece.parts_used = work_done.strip()[:4000], parts_used.strip()[:2000]
    assert hours_spent is not None
    piece.hours_spent, piece.comes_to, piece.finished_at = hours_spent, comes_to, clock.now()
    piece.cost_labour = labour_of(piece, hours_spent)
    piece.save()
    close_work(piece, REPAIR, actor=actor)
    repair = piece.repair
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    due = clock.due(clock.now(), 1, clock.Unit.WORKING_DAYS, repair.repair_location.calendar)
    to = shop_of(repair, Role.QUALITY)
    assign_work(piece, TEST, to=to, actor=actor, due=due.at, payload=payload, occasion=str(piece.tests))
    return piece


@verb("complaints.record_test", _("Record the test"))
def record_test(piece: RepairPiece, *, actor: Any, reason: str = "", passed: bool = False, test_results: str = "") -> RepairPiece:
    """Record a test: passed, the piece is ready and the customer gets the report; failed, it is repaired on. Raises Denied."""
    RepairPiece.workflow.move(piece, "complaints.record_test")
    if not test_results.strip():
        raise Denied("required", _("Say what was measured."), field="test_results", status=400)
    piece.tests += 1
    piece.test_results, piece.tested_by = test_results.strip()[:4000], actor
    close_work(piece, TEST, actor=actor)
    if not passed:
        piece.status = RepairPiece.Status.IN_REPAIR
        piece.save()
        to_repair(piece, actor)
        return piece
    piece.ready_at = clock.now()
    piece.save()
    close_work(piece, TELL, actor=actor)
    repair = piece.repair
    days = parameter(DAYS_TO_SHIP.key, repair.scopes)
    due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, repair.repair_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(piece, SHIP, to=shop_of(repair, Role.LOGISTICS), actor=actor, due=due.at, payload=payload)
    tell_customer(repair, RepairLetter.Kind.REPORT, actor=actor, piece=piece)
    return piece
