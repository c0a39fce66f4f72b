"""What corrective actions brought: month by month against the pace at which the deviation was found, and K-A1 over many of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from budgets.models import CorrectiveAction, Deviation
from budgets.models.corrective_actions import MEASURED_UNTIL
from budgets.models.years import month_after, months_between
from budgets.reports.attainment import Standing
from budgets.reports.nodes import months_of_node
from budgets.reports.ratio import Ratio

#: Effect is measured in so many months from the first one in which something was expected.
MEASURED_MONTHS = 3
NOTHING = Decimal(0)


@dataclass(frozen=True)
class MonthOfEffect:
    """A month: what the actions were to bring, and what came; None while it is not over."""

    month: date
    expected: Decimal
    measured: Decimal | None


@dataclass(frozen=True)
class Effect:
    """The months in which the effect of a deviation's actions is measured, in the company's currency."""

    months: Sequence[MonthOfEffect]

    @property
    def over(self) -> list[MonthOfEffect]:
        """Those that are over."""
        return [one for one in self.months if one.measured is not None]

    @property
    def whole(self) -> bool:
        """Whether all of them are over."""
        return bool(self.months) and len(self.over) == len(self.months)

    @property
    def expected(self) -> Decimal:
        """What was expected of the months that are over."""
        return sum((one.expected for one in self.over), NOTHING)

    @property
    def measured(self) -> Decimal:
        """What came in them."""
        return sum((one.measured or NOTHING for one in self.over), NOTHING)

    @property
    def reached(self) -> Ratio:
        """What came over what was expected."""
        return Ratio(self.measured, self.expected)


def last_judged_together(deviation: Deviation) -> list[CorrectiveAction]:
    """The actions whose effect is asked for: those that were not judged yet, else those that were judged last."""
    actions = [one for one in deviation.actions.all() if one.status != CorrectiveAction.Status.CANCELLED]
    waiting = [one for one in actions if one.judged_at is None]
    last = max((one.judged_at for one in actions if one.judged_at is not None), default=None)
    return waiting or [one for one in actions if one.judged_at == last]


def expected_of(deviation: Deviation) -> dict[date, Decimal]:
    """What a deviation's actions are to bring in the months in which it is measured: those from the first in which any is expected."""
    expected: dict[date, Decimal] = defaultdict(Decimal)
    for action in last_judged_together(deviation):
        for place, amount in enumerate(action.expected):
            month = month_after(action.first_month, place)
            if amount and 0 <= months_between(deviation.first_month, month) < MEASURED_UNTIL:
                expected[month] += amount
    first = min(expected, default=deviation.first_month)
    asked = [month_after(first, place) for place in range(MEASURED_MONTHS)]
    return {month: expected[month] for month in asked if month in expected}


def effect_of(deviation: Deviation, standing: Standing | None = None) -> Effect:
    """The effect of a deviation's actions, measured on its node.

    Without an action the node would have gone on at the pace at which it was found (actual over plan): what is above that pace in a
    month is the effect of the month. In the year after it is the plan of the same month that the pace is taken of: the next plan may
    know of the shortfall already. Of a quantity it counts at the plan's average price. Actions that were judged before count no more
    once there is a new one.
    """
    expected = expected_of(deviation)
    if not expected:
        return Effect(())
    asked = list(expected)
    following = month_after(deviation.first_month, 12)
    standing = standing or months_of_node(deviation)
    actual = list(standing.actual)
    if asked[-1] >= following and len(actual) == 12:
        actual += months_of_node(deviation, following).actual
    pace = deviation.found_actual / deviation.found_planned if deviation.found_planned else NOTHING
    price = deviation.worth / deviation.planned if deviation.planned else NOTHING

    def measured(month: date) -> Decimal | None:
        place = months_between(deviation.first_month, month)
        return None if place >= len(actual) else round((actual[place] - standing.plan[place % 12] * pace) * price, 2)

    return Effect([MonthOfEffect(month, expected[month], measured(month)) for month in asked])


@dataclass(frozen=True)
class ActionFigures:
    """K-A1: actions done in time, cases whose actions worked, money recovered over money expected; and the red nodes with an action."""

    on_time: Ratio
    effective: Ratio
    recovered: Ratio
    with_action: Ratio


def action_figures(reader: Any, first_month: date | None = None) -> ActionFigures:
    """K-A1 over the deviations that this person sees."""
    cases = Deviation.objects.visible_to(reader).cases()
    if first_month is not None:
        cases = cases.filter(first_month=first_month)
    actions = CorrectiveAction.objects.visible_to(reader).filter(deviation__in=cases.order_by().values("pk"))
    done = Q(status=CorrectiveAction.Status.DONE)
    found = actions.order_by().aggregate(
        done=Count("pk", filter=done), on_time=Count("pk", filter=done & Q(done_on__lte=F("due_on")))
    )
    judged = cases.order_by().filter(measured_effect__isnull=False)
    status = Deviation.Status
    worked = Q(status__in=[status.EFFECTIVE, status.CLOSED])
    effects = judged.aggregate(
        judged=Count("pk"),
        worked=Count("pk", filter=worked),
        expected=Sum("expected_effect", default=NOTHING),
        measured=Sum("measured_effect", default=NOTHING),
    )
    running = (
        cases.order_by()
        .running()
        .aggregate(
            all=Count("pk", distinct=True),
            acted=Count("pk", distinct=True, filter=Q(actions__status__in=["open", "done"])),
        )
    )
    return ActionFigures(
        on_time=Ratio(Decimal(found["on_time"]), Decimal(found["done"])),
        effective=Ratio(Decimal(effects["worked"]), Decimal(effects["judged"])),
        recovered=Ratio(effects["measured"], effects["expected"]),
        with_action=Ratio(Decimal(running["acted"]), Decimal(running["all"])),
    )
