"""What is estimated of a year: the last estimate beside the targets, and how well those before met what came (K-B8)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from budgets.models import BudgetCell, BudgetRound
from budgets.reports.attainment import Accuracy, accuracy
from budgets.reports.standings import Question


@dataclass(frozen=True)
class Estimate:
    """A year as it was last estimated, month by month, in the currency of the targets."""

    round: BudgetRound
    months: list[Decimal]

    @property
    def year(self) -> Decimal:
        """What the year will bring."""
        return sum(self.months, Decimal(0))


def _cells(asked: Question, one: BudgetRound) -> QuerySet[BudgetCell]:
    rows = BudgetCell.objects.filter(line__budget__round=one)
    if asked.person is not None:
        return rows.filter(line__budget__contributor=asked.person)
    return rows.filter(line__budget__location=asked.location) if asked.location else rows


def estimates_of(asked: Question) -> list[BudgetRound]:
    """The estimates of a year that were opened and not called off, the last first."""
    status = BudgetRound.Status
    rows = BudgetRound.objects.filter(first_month=asked.first_month, kind=BudgetRound.Kind.ESTIMATE)
    return list(rows.filter(status__in=[status.OPEN, status.CLOSED]).order_by("-number"))


def last_estimate(asked: Question) -> Estimate | None:
    """The last estimate of whomever a question is about; whoever asks must be one who may."""
    for one in estimates_of(asked):
        found: dict[int, Any] = dict(_cells(asked, one).order_by().values_list("month").annotate(Sum("revenue")))
        if found:
            return Estimate(one, [found.get(month, Decimal(0)) for month in range(1, 13)])
    return None


def estimate_accuracy(asked: Question) -> tuple[BudgetRound, Accuracy] | None:
    """How the estimate before the last met what the last has as actuals, by customer and family over the months between (K-B8)."""
    rounds = estimates_of(asked)
    if len(rounds) < 2:
        return None
    later, earlier = rounds[0], rounds[1]
    between = range(earlier.months_over + 1, later.months_over + 1)
    said, came = (dict(_by_row(asked, one, between)) for one in (earlier, later))
    keys = sorted({*said, *came}, key=str)
    nothing = Decimal(0)
    met = accuracy([said.get(key, nothing) for key in keys], [came.get(key, nothing) for key in keys])
    return (earlier, met) if met.accuracy is not None else None


def _by_row(asked: Question, one: BudgetRound, months: range) -> list[tuple[Any, Decimal]]:
    """What stands in an estimate by customer (or market), family and month."""
    rows = _cells(asked, one).filter(month__in=months).order_by()
    keys = ("line__customer_id", "line__market_id", "line__family_id", "month")
    return [(tuple(key), amount) for *key, amount in rows.values_list(*keys).annotate(Sum("revenue"))]
