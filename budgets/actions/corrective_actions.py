"""What is done to a corrective action: planned with an owner and an expected effect, changed, done, called off."""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.models import CorrectiveAction, Deviation
from budgets.models.corrective_actions import CARRY_OUT, MEASURED_UNTIL, MOST_MONTHS
from budgets.models.years import months_between
from kam.core import clock
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, withdraw_work
from kam.core.workflow import Denied, Refusals

FIELDS = ("what", "owner", "due_on", "first_month", "expected")
#: While a deviation is in one of these, actions may be added to it and changed.
OPEN_FOR_ACTIONS = (
    Deviation.Status.DETECTED,
    Deviation.Status.ANALYSING,
    Deviation.Status.PLANNED,
    Deviation.Status.RUNNING,
    Deviation.Status.NOT_EFFECTIVE,
)


def _check(action: CorrectiveAction) -> None:
    wrong = []
    if action.first_month.day != 1:
        wrong.append(Denied("not_a_month", _("Name a month by its first day."), field="first_month", status=400))
    if not action.owner.is_active:
        wrong.append(Denied("owner_gone", _("Choose somebody who works here."), field="owner", status=400))
    if not 1 <= len(action.expected) <= MOST_MONTHS or sum(action.expected) <= 0 or min(action.expected, default=0) < 0:
        wrong.append(
            Denied(
                "effect_needed",
                _("Say what it is to bring in each month, from one to %(most)s months.") % {"most": MOST_MONTHS},
                field="expected",
                status=400,
            )
        )
    elif not wrong and not _within_reach(action):
        text = _("Its effect lies outside the year of the deviation and the one after it.")
        wrong.append(Denied("effect_outside_year", text, field="first_month", status=400))
    if wrong:
        raise Refusals(wrong)


def _within_reach(action: CorrectiveAction) -> bool:
    """Whether anything of its effect can be measured: from the year of the deviation on, until a year later."""
    first = months_between(action.deviation.first_month, action.first_month)
    return any(amount and 0 <= first + place < MEASURED_UNTIL for place, amount in enumerate(action.expected))


@verb("budgets.add_action", _("Add corrective action"))
def add_action(
    deviation: Deviation,
    *,
    actor: Any,
    reason: str = "",
    what: str,
    owner: User,
    due_on: date,
    first_month: date,
    expected: Sequence[Decimal],
) -> CorrectiveAction:
    """Plan something against a deviation: what, who, until when, and what it brings by month from its first one on. Raises Denied."""
    if deviation.explained_by_id is not None:
        raise Denied("explained_elsewhere", _("Another deviation explains this one; causes and actions are written there."))
    if deviation.status not in OPEN_FOR_ACTIONS:
        raise Denied("not_now", _("Actions are planned while a deviation is looked into or being corrected."))
    if due_on < clock.today():
        raise Denied("due_past", _("Choose a day to come."), field="due_on", status=400)
    action = CorrectiveAction(deviation=deviation, owner=owner, due_on=due_on, first_month=first_month, expected=[*expected])
    change(action, {"what": what}, allowed=FIELDS)
    _check(action)
    action.save(force_insert=True)
    _assign(action, actor)
    return action


def _assign(action: CorrectiveAction, actor: Any) -> None:
    """Its owner has it to do until the evening of its day."""
    due = datetime.combine(action.due_on, time(18), ZoneInfo(action.owner.time_zone))
    assign_work(
        action, CARRY_OUT, to=action.owner, actor=actor, due=due, occasion=f"{action.owner_id} {action.due_on} {action.version}"
    )


@verb("budgets.edit_action", _("Edit corrective action"))
def edit_action(action: CorrectiveAction, *, actor: Any, reason: str = "", **values: Any) -> CorrectiveAction:
    """Change an open action; a later day needs a reason, which the history keeps."""
    if action.status != CorrectiveAction.Status.OPEN or action.deviation.ended:
        raise Denied("settled", _("This action is settled and stays as it was."))
    if "due_on" in values and values["due_on"] > action.due_on and not reason.strip():
        raise Denied("reason_needed", _("Say why the day moves."), field="reason", status=400)
    before = action.owner_id, action.due_on
    if "expected" in values:
        values["expected"] = [*values["expected"]]
    if change(action, values, allowed=FIELDS):
        _check(action)
        action.save()
        if (action.owner_id, action.due_on) != before:
            withdraw_work(action, actor=actor, kind=CARRY_OUT, reason=reason)
            _assign(action, actor)
    return action


@verb("budgets.complete_action", _("Done"))
def complete_action(
    action: CorrectiveAction, *, actor: Any, reason: str = "", outcome: str = "", done_on: date | None = None
) -> CorrectiveAction:
    """Say that it was done, when and with what outcome; its effect is measured, not told."""
    CorrectiveAction.workflow.move(action, "budgets.complete_action")
    day = done_on or clock.today()
    if day > clock.today() or day < action.deviation.found_at.date():
        raise Denied("day_impossible", _("Choose a day since the deviation was found, up to today."), field="done_on", status=400)
    action.done_on = day
    change(action, {"outcome": outcome or reason}, allowed=("outcome",))
    action.save()
    close_work(action, CARRY_OUT, actor=actor)
    return action


@verb("budgets.cancel_action", _("Call off"))
def cancel_action(action: CorrectiveAction, *, actor: Any, reason: str = "") -> CorrectiveAction:
    """Call an action off, with a reason; its owner is told."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is called off."), field="reason", status=400)
    return call_off(action, actor, reason)


def call_off(action: CorrectiveAction, actor: Any, reason: str) -> CorrectiveAction:
    """An action that is no longer wanted, by itself or with its case: nobody has it to do any more."""
    CorrectiveAction.workflow.move(action, "budgets.cancel_action")
    change(action, {"outcome": reason}, allowed=("outcome",))
    action.save()
    withdraw_work(action, actor=actor, kind=CARRY_OUT, reason=reason)
    return action
