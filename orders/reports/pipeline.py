"""Figures of negotiations: what is open and how likely by stage, month, person and market, and the hit rate of what was decided (K-S1, K-S2, K-S4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerGroup, Location, Market, User
from orders.models import Negotiation, Stage
from orders.models.negotiations import OPEN
from orders.reports.hit_rates import CENT, HitRates

#: What the figures can be looked at by: its label, and where its key stands.
BY: dict[str, tuple[Any, Any, Any]] = {
    "stage": (_("Stage"), F("stage"), None),
    "owner": (_("Owner"), F("owner"), User),
    "market": (_("Sector"), Coalesce("customer__sector", "plant__customer__sector"), Market),
    "of_group": (_("Group"), Coalesce("group", "customer__group", "plant__customer__group"), CustomerGroup),
    "selling_location": (_("Selling location"), F("selling_location"), Location),
}


@dataclass
class Pipeline(HitRates):
    """What is open: how many, worth how much a year, and weighted; and what was decided in a period."""

    key: Any
    label: str
    count: int = 0
    value: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    won: int = 0
    lost: int = 0
    won_value: Decimal = Decimal(0)
    lost_value: Decimal = Decimal(0)
    undecided: int = 0


@dataclass
class Month:
    """What the customers decide in a month: `first` is none for what has no day, and the first of all where the day is over."""

    first: date | None
    count: int = 0
    value: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    over: bool = field(default=False)


WEIGHTED = Sum(F("base_annual_value") * F("probability") / Decimal(100))


def pipeline_by(rows: Any, by: str, year: int) -> list[Pipeline]:
    """The figures of these negotiations by one of BY, the largest weighted value first; stages in their order.

    Money is in the company's currency. What was won and lost is what was decided in the year.
    """
    _label, key, model = BY[by]
    decided = Q(decided_on__year=year)
    is_open = Q(stage__in=OPEN)
    found = (
        rows.order_by()
        .annotate(key=key)
        .values("key")
        .annotate(
            number=Count("pk", filter=is_open),
            value=Sum("base_annual_value", filter=is_open),
            weighted=Sum(F("base_annual_value") * F("probability") / Decimal(100), filter=is_open),
            won=Count("pk", filter=decided & Q(stage=Stage.WON)),
            lost=Count("pk", filter=decided & Q(stage=Stage.LOST)),
            won_value=Sum("base_annual_value", filter=decided & Q(stage=Stage.WON)),
            lost_value=Sum("base_annual_value", filter=decided & Q(stage=Stage.LOST)),
            undecided=Count("pk", filter=decided & Q(stage__in=[Stage.NO_DECISION, Stage.WITHDRAWN])),
        )
    )
    names = _names(model, [one["key"] for one in found])
    made = [_pipeline(one, names) for one in found]
    made = [one for one in made if one.count or one.won or one.lost or one.undecided]
    if by == "stage":
        order = [stage.value for stage in Stage]
        return sorted(made, key=lambda one: order.index(one.key))
    return sorted(made, key=lambda one: (-one.weighted, -one.won_value, one.label))


def _names(model: Any, keys: list[Any]) -> dict[Any, str]:
    if model is None:
        return {stage.value: str(stage.label) for stage in Stage}
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=[key for key in keys if key])}


def _pipeline(one: dict[str, Any], names: dict[Any, str]) -> Pipeline:
    made = Pipeline(one["key"], names.get(one["key"], ""), one["number"])
    for name in ("value", "weighted", "won_value", "lost_value"):
        setattr(made, name, (one[name] or Decimal(0)).quantize(CENT, ROUND_HALF_UP))
    made.won, made.lost, made.undecided = one["won"], one["lost"], one["undecided"]
    return made


def together(parts: Iterable[Pipeline]) -> Pipeline:
    """The sum of figures."""
    total = Pipeline(None, str(_("Total")))
    for one in parts:
        for name in ("count", "value", "weighted", "won", "lost", "won_value", "lost_value", "undecided"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total


def by_month(rows: Any, today: date, months: int = 12) -> list[Month]:
    """What is open by the month of the customer's decision, this month first; before it what is overdue, after it what has no day.

    What is decided later than the last month stands with it: nothing open is left out.
    """
    found = (
        rows.order_by()
        .filter(stage__in=OPEN)
        .annotate(month=TruncMonth("decision_on"))
        .values("month")
        .annotate(number=Count("pk"), value=Sum("base_annual_value"), weighted=WEIGHTED)
    )
    first = today.replace(day=1)
    days = [_after(first, place) for place in range(months)]
    made = {day: Month(day) for day in days}
    overdue, without = Month(_after(first, -1), over=True), Month(None)
    for one in found:
        month = one["month"]
        target = without if month is None else overdue if month < first else made[min(month, days[-1])]
        target.count += one["number"]
        target.value += one["value"] or 0
        target.weighted += (one["weighted"] or Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    return [*([overdue] if overdue.count else []), *made.values(), *([without] if without.count else [])]


def _after(month: date, count: int) -> date:
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def weighted_value(rows: Any) -> Decimal:
    """What is open times its probability (K-S4)."""
    found = rows.order_by().filter(stage__in=OPEN).aggregate(weighted=WEIGHTED)["weighted"]
    return (found or Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def lost_by_reason(rows: Any, year: int) -> list[tuple[str, str, int, Decimal]]:
    """Why negotiations of a year were lost: the reason, its words, how many, worth how much."""
    found = (
        rows.order_by()
        .filter(stage=Stage.LOST, decided_on__year=year)
        .values("loss_reason")
        .annotate(number=Count("pk"), value=Sum("base_annual_value"))
        .order_by("-value", "loss_reason")
    )
    words = dict(Negotiation.LossReason.choices)
    return [(one["loss_reason"], str(words[one["loss_reason"]]), one["number"], one["value"]) for one in found]
