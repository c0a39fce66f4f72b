"""What is done to a deviation: analysed, explained, given actions, carried out, closed; accepted or passed to the budget (domain 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions.corrective_actions import call_off
from budgets.actions.following import ANALYSE
from budgets.actions.judging import ACT_AGAIN
from budgets.models import CorrectiveAction, Deviation, DeviationCause
from budgets.reports.nodes import bridge_of
from kam.core import clock
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import close_work, withdraw_work
from kam.core.workflow import Denied, Refusals

DECIDED = define_notification("deviation_decided", _("It was decided about a deviation of yours"))


@dataclass(frozen=True)
class Cause:
    """A cause as it is given: its code, the money that it explains, a comment."""

    code: str
    amount: Decimal
    comment: str = ""


def _refuse_pointer(deviation: Deviation) -> None:
    """Causes and actions are written once, at the case."""
    if deviation.explained_by_id is not None:
        raise Denied("explained_elsewhere", _("Another deviation explains this one; causes and actions are written there."))


def _keep_bridge(deviation: Deviation) -> None:
    """Keep the proposal of price, volume, mix, exchange, new and ceased with the case, so that nobody argues about it by hand."""
    found = bridge_of(deviation)
    for name in Deviation.EFFECTS:
        setattr(deviation, name, getattr(found, name))


@verb("budgets.analyse_deviation", _("Analyse"))
def analyse_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """Take a deviation up; the bridge from plan to actuals is kept with it as a proposal of the causes."""
    _refuse_pointer(deviation)
    Deviation.workflow.move(deviation, "budgets.analyse_deviation")
    _keep_bridge(deviation)
    deviation.save()
    return deviation


@verb("budgets.explain_deviation", _("Explain"))
def explain_deviation(
    deviation: Deviation, *, actor: Any, reason: str = "", causes: Sequence[Cause], comment: str | None = None
) -> Deviation:
    """Say what caused it, with the money of each cause (below zero where it is missing); what was said before is replaced."""
    _refuse_pointer(deviation)
    wrong = []
    for place, cause in enumerate(causes):
        if cause.code not in DeviationCause.Code.values:
            wrong.append(Denied("unknown_cause", _("Choose one of the causes."), field=f"causes.{place}.code", status=400))
        elif not cause.amount:
            wrong.append(
                Denied("amount_needed", _("Say how much money this cause explains."), field=f"causes.{place}.amount", status=400)
            )
    codes = [cause.code for cause in causes]
    if len(set(codes)) < len(codes):
        wrong.append(Denied("cause_twice", _("Name each cause once."), field="causes", status=400))
    if wrong:
        raise Refusals(wrong)
    Deviation.workflow.move(deviation, "budgets.explain_deviation")
    if deviation.volume is None:
        _keep_bridge(deviation)
    if comment is not None:
        deviation.comment = comment
    deviation.save()
    held = {cause.code: cause for cause in deviation.causes.all()}
    for cause in causes:
        row = held.pop(cause.code, None) or DeviationCause(deviation=deviation, code=cause.code)
        if (row.pk, row.amount, row.comment) != (row.pk or 0, cause.amount, cause.comment):
            row.amount, row.comment = cause.amount, cause.comment
            row.save()
    for row in held.values():
        row.delete()
    return deviation


@verb("budgets.plan_deviation", _("Plan is complete"))
def plan_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """Say that the plan stands: the causes explain most of the gap and there is an action. Raises Denied."""
    _refuse_pointer(deviation)
    Deviation.workflow.move(deviation, "budgets.plan_deviation")
    deviation.done_at = None
    deviation.save()
    close_work(deviation, ANALYSE, actor=actor)
    close_work(deviation, ACT_AGAIN, actor=actor)
    return deviation


@verb("budgets.start_deviation", _("Start actions"))
def start_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """The actions are being carried out."""
    Deviation.workflow.move(deviation, "budgets.start_deviation")
    deviation.save()
    return deviation


@verb("budgets.finish_deviation", _("Actions are done"))
def finish_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """All actions are done; from now on their effect is measured."""
    Deviation.workflow.move(deviation, "budgets.finish_deviation")
    deviation.done_at = clock.now()
    deviation.save()
    return deviation


@verb("budgets.close_deviation", _("Close"))
def close_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """Put an effective case away."""
    Deviation.workflow.move(deviation, "budgets.close_deviation")
    _end(deviation)
    return deviation


def _end(deviation: Deviation) -> None:
    """A case comes to its end, and with it what only points to it: a node that turns red again later is a new case."""
    deviation.ended_at = clock.now()
    deviation.save()
    same = {"status": deviation.status, "decision": deviation.decision, "ended_at": deviation.ended_at}
    deviation.explains.running().update(**same)


@verb("budgets.accept_deviation", _("Accept without action"))
def accept_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """Live with it, for a reason; nothing more is asked of anybody."""
    return _decide(deviation, "budgets.accept_deviation", actor, reason)


@verb("budgets.revise_deviation", _("Hand over to a budget revision"))
def revise_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """The plan was wrong, not the year: the next revision of the budget takes it up."""
    return _decide(deviation, "budgets.revise_deviation", actor, reason)


def _decide(deviation: Deviation, code: str, actor: Any, reason: str) -> Deviation:
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    Deviation.workflow.move(deviation, code)
    deviation.decision = reason.strip()[:400]
    _end(deviation)
    for action in deviation.actions.filter(status=CorrectiveAction.Status.OPEN):
        call_off(action, actor, deviation.decision)
    for kind in (ANALYSE, ACT_AGAIN):
        withdraw_work(deviation, actor=actor, kind=kind, reason=reason)
    if deviation.responsible is not None:
        notify(DECIDED, deviation, to=[deviation.responsible], occasion=deviation.status, actor=actor)
    return deviation
