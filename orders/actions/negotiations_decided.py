"""How negotiations end: won, lost with reason, competitor and price, undecided, withdrawn; opened again; and who is reminded of open ones."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.assignments import account_manager_of
from catalog.actions.rows import faults, refuse
from kam.core import clock
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import close_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.negotiations import CONCLUDE, OURS, STEP, enter, refuse_without_evidence
from orders.models import Negotiation, Stage

ENDED = define_notification("negotiation_decided", _("A negotiation of yours is decided"))
STALE_TOLD = define_notification("negotiation_stale", _("Nobody has worked on a negotiation of yours for long"))
OVERDUE_TOLD = define_notification("negotiation_overdue", _("The customer was to decide on a negotiation of yours"))


def _end(one: Negotiation, code: str, actor: Any, decided_on: date | None, said: str) -> None:
    """Move to where a verb leads, with the day and the words; nothing is left to do and everybody concerned is told."""
    Negotiation.workflow.move(one, code)
    day = decided_on or clock.today()
    if day > clock.today():
        raise Denied("day_to_come", _("Choose a day up to today."), field="decided_on", status=400)
    enter(one, one.stage, said)
    one.evidence = one.evidence if one.stage == Stage.WON else ""
    one.decided_on, one.outcome = day, said.strip()
    one.next_step, one.next_step_on, one.next_step_by = "", None, None
    refuse(faults(one, exclude=tuple(name for name in OURS if name not in {"loss_reason", "lost_to", "lost_price", "outcome"})))
    one.save()
    withdraw_work(one, actor=actor, kind=STEP)
    close_work(one, CONCLUDE, actor=actor)
    notify(ENDED, one, to=people_concerned(one), occasion=f"{one.stage} {one.version}", actor=actor)


def people_concerned(one: Negotiation) -> list[User]:
    """The owner, the team and whoever leads the account today."""
    company = one.company
    leader = account_manager_of(company, clock.today()) if company else None
    people = {person.pk: person for person in (one.owner, *one.team.all(), leader) if person is not None}
    return list(people.values())


@verb("orders.win_negotiation", _("Won"))
def win_negotiation(
    one: Negotiation, *, actor: Any, reason: str = "", evidence: str = "", decided_on: date | None = None
) -> Negotiation:
    """Say that it is won, and what shows it: the order, the contract. Raises Denied without what the stage asks for."""
    refuse_without_evidence(one, [Stage.WON], evidence or reason)
    _end(one, "orders.win_negotiation", actor, decided_on, evidence or reason)
    return one


@verb("orders.lose_negotiation", _("Lost"))
def lose_negotiation(
    one: Negotiation,
    *,
    actor: Any,
    reason: str = "",
    loss_reason: str = "",
    lost_to: str = "",
    lost_price: Decimal | None = None,
    outcome: str = "",
    decided_on: date | None = None,
) -> Negotiation:
    """Say that it is lost: why, to whom, at which price; all three are needed (AT-92)."""
    wrong = []
    if not loss_reason:
        wrong.append(Denied("loss_reason_needed", _("Say why it was lost."), field="loss_reason", status=400))
    if not lost_to.strip():
        wrong.append(Denied("competitor_needed", _("Say to whom it was lost."), field="lost_to", status=400))
    if lost_price is None or lost_price <= 0:
        text = _("Give the competitor's price, estimated where it is not known.")
        wrong.append(Denied("competitor_price_needed", text, field="lost_price", status=400))
    refuse(wrong)
    one.loss_reason, one.lost_to, one.lost_price = loss_reason, " ".join(lost_to.split()), lost_price
    _end(one, "orders.lose_negotiation", actor, decided_on, outcome or reason)
    return one


def _why(reason: str) -> None:
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)


@verb("orders.leave_negotiation", _("No decision"))
def leave_negotiation(one: Negotiation, *, actor: Any, reason: str = "", decided_on: date | None = None) -> Negotiation:
    """Say that the customer decided nothing; it counts neither as won nor as lost (K-S1)."""
    _why(reason)
    _end(one, "orders.leave_negotiation", actor, decided_on, reason)
    return one


@verb("orders.withdraw_negotiation", _("Withdraw"))
def withdraw_negotiation(one: Negotiation, *, actor: Any, reason: str = "", decided_on: date | None = None) -> Negotiation:
    """Say that we do not go on with it."""
    _why(reason)
    _end(one, "orders.withdraw_negotiation", actor, decided_on, reason)
    return one


@verb("orders.reopen_negotiation", _("Reopen"))
def reopen_negotiation(one: Negotiation, *, actor: Any, reason: str = "") -> Negotiation:
    """Take up again what was decided, with a reason; how it ended stays in the history."""
    _why(reason)
    Negotiation.workflow.move(one, "orders.reopen_negotiation")
    enter(one, one.stage, reason)
    one.decided_on, one.lost_price = None, None
    one.loss_reason = one.lost_to = one.outcome = ""
    one.save()
    return one


def remind() -> int:
    """Tell the owners of stale negotiations, and of those on which the customer should have decided; once for each state."""
    told = 0
    for one in Negotiation.objects.stale().for_list().order_by("pk"):
        told += len(notify(STALE_TOLD, one, to=[one.owner], occasion=f"{one.touched_at:%Y-%m-%d}"))
    late = Negotiation.objects.open().filter(decision_on__lt=clock.today())
    for one in late.for_list().order_by("pk"):
        told += len(notify(OVERDUE_TOLD, one, to=[one.owner], occasion=f"{one.decision_on}"))
    return told
