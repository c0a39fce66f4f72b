"""Whether corrective actions worked: judged by what their node brought in the months after, never by opinion (domain 9)."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.models import CorrectiveAction, Deviation
from budgets.models.years import month_after
from budgets.reports.effect import effect_of, expected_of, last_judged_together
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, define_work
from kam.core.workflow import Denied

ACT_AGAIN = define_work("act_again", _("The actions did not work: plan a new one for %(record)s"), on_record=True)
EFFECTIVE = define_notification("deviation_effective", _("Your corrective actions worked"), way=Way.APP)
ENOUGH = define(
    "budgets.effective_percent",
    default=Decimal(70),
    unit="%",
    label=_("Share of the expected effect from which on corrective actions are effective"),
)


@verb("budgets.judge_deviation", _("Measure effect"))
def judge_deviation(deviation: Deviation, *, actor: Any, reason: str = "") -> Deviation:
    """Measure what the actions brought in the months that are over since; below the share a new action is asked for (AT-91)."""
    Deviation.workflow.move(deviation, "budgets.judge_deviation")
    effect = effect_of(deviation)
    if not effect.over:
        raise Denied("too_early", _("No month in which an effect is expected is over yet."))
    deviation.expected_effect, deviation.measured_effect = effect.expected, effect.measured
    worked = effect.measured * 100 >= parameter(ENOUGH.key) * effect.expected
    deviation.status = Deviation.Status.EFFECTIVE if worked else Deviation.Status.NOT_EFFECTIVE
    deviation.save()
    judged = [action.pk for action in last_judged_together(deviation)]
    CorrectiveAction.objects.filter(pk__in=judged).update(judged_at=clock.now())
    occasion = f"{effect.over[-1].month:%Y-%m} {deviation.version}"
    if worked:
        if deviation.responsible is not None:
            notify(EFFECTIVE, deviation, to=[deviation.responsible], occasion=occasion, actor=actor)
    else:
        assign_work(deviation, ACT_AGAIN, to=deviation.analyst, actor=actor, occasion=occasion)
    return deviation


def judge_due() -> int:
    """Judge what can be judged for good: all months in which something was expected are over, in whatever year."""
    judged = 0
    for deviation in Deviation.objects.filter(status=Deviation.Status.DONE).prefetch_related("actions").order_by("pk"):
        last = max(expected_of(deviation), default=None)
        if last is None or month_after(last, 1) > clock.today() or not effect_of(deviation).whole:
            continue
        # Somebody may have judged it since it was read: that is no reason to lose what the sweep has found.
        with suppress(Denied):
            judge_deviation(deviation, actor=None)
            judged += 1
    return judged
