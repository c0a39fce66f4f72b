"""What customers owe: open and overdue by age, and the interest that late payment costs them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.money import round_money
from kam.core.parameters import DEFINITIONS, GENERAL, ParameterValue, define, typed
from orders.models import OpenItem

define(
    "orders.reference_rate",
    default=Decimal("2.15"),
    unit="%",
    label=_("Reference rate of the central bank for late payment, as in force on 1 January and 1 July"),
)
define(
    "orders.late_interest_points",
    default=Decimal(8),
    unit="%",
    label=_("What late payment costs above the reference rate, in points a year"),
)
#: Up to how many days overdue an amount belongs to each class of age; the last class has no end.
AGES = (30, 60, 90)
DAYS_OF_A_YEAR = 365
ZERO = Decimal(0)


class InterestRates:
    """The interest of late payment a year, as a share: the reference rate at the beginning of each half-year, and the points on top.

    The rates of every day and location are read once, in one query (Directive 2011/7/EU, articles 2 and 3; D.Lgs. 231/2002).
    """

    KEYS = ("orders.reference_rate", "orders.late_interest_points")

    @cached_property
    def _values(self) -> list[ParameterValue]:
        return list(ParameterValue.objects.filter(key__in=self.KEYS))

    def _value(self, key: str, location_id: int, day: date) -> Decimal:
        for scope in (f"location:{location_id}", GENERAL):
            for one in self._values:
                first, end = one.period.lower, one.period.upper
                if (one.key, one.scope) == (key, scope) and (first is None or first <= day) and (end is None or day < end):
                    return Decimal(typed(DEFINITIONS[key], one.value))
        return Decimal(DEFINITIONS[key].default)

    def of(self, location_id: int, day: date) -> Decimal:
        """The rate that holds on a day."""
        half = date(day.year, 1 if day.month < 7 else 7, 1)
        return sum((self._value(key, location_id, half) for key in self.KEYS), ZERO) / 100

    def interest(self, amount: Decimal, currency: str, location_id: int, due_on: date, until: date) -> Decimal:
        """Simple interest from the day after the amount was due up to a day (AT-40)."""
        found, begin = ZERO, due_on
        while amount > 0 and begin < until:
            # Days of one half-year have one rate; the day on which it begins to run is the one after `begin`.
            day = begin + timedelta(days=1)
            half_ends = date(day.year, 6, 30) if day.month < 7 else date(day.year, 12, 31)
            end = min(half_ends, until)
            found += amount * self.of(location_id, day) * (end - begin).days / DAYS_OF_A_YEAR
            begin = end
        return round_money(found, currency)

    def of_item(self, item: OpenItem, until: date | None = None) -> Decimal:
        """What an item has cost the customer in interest until today."""
        if not item.days_overdue:
            return ZERO
        until = until or clock.today()
        return self.interest(item.open_amount, item.currency, item.selling_location_id, item.due_on, until)


@dataclass
class Owed:
    """What is open in one currency, how much of it is overdue and since when; `ages` are the parts of the overdue by age."""

    currency: str
    open: Decimal = ZERO
    overdue: Decimal = ZERO
    items: int = 0
    ages: list[Decimal] = field(default_factory=list)
    dunning_level: int = 0
    interest: Decimal = ZERO


def classes() -> list[tuple[str, Callable[[date], Q]]]:
    """The classes of age as words and as a condition on the day on which an item is due."""
    found: list[tuple[str, Callable[[date], Q]]] = []
    before = 0
    for limit in AGES:
        found.append((f"{before + 1}–{limit}", _between(before, limit)))
        before = limit
    return [*found, (f"> {before}", _between(before, None))]


def _between(after: int, until: int | None) -> Callable[[date], Q]:
    def condition(day: date) -> Q:
        since = Q(due_on__lt=day - timedelta(days=after))
        return since if until is None else since & Q(due_on__gte=day - timedelta(days=until))

    return condition


def _sum(name: str, condition: Q) -> Any:
    return Coalesce(Sum(name, filter=condition), ZERO)


def owed(rows: QuerySet, day: date | None = None) -> list[Owed]:
    """What is open of these rows by currency, in one query; credits lower what is open and are never overdue."""
    day = day or clock.today()
    late = Q(due_on__lt=day, open_amount__gt=0)
    ages = {f"age_{number}": _sum("open_amount", late & of(day)) for number, (_name, of) in enumerate(classes())}
    found = (
        rows.filter(settled_on__isnull=True)
        .order_by()
        .values("currency")
        .annotate(open=Sum("open_amount"), late=_sum("open_amount", late), level=Max("dunning_level"), **ages)
        .order_by("currency")
    )
    return [Owed(one["currency"], one["open"], one["late"], 0, [one[name] for name in ages], one["level"]) for one in found]


def with_interest(found: list[Owed], overdue: Iterable[OpenItem]) -> list[Owed]:
    """The same with the number of overdue items and the interest that they have cost until today."""
    rates = InterestRates()
    by_currency = {one.currency: one for one in found}
    for item in overdue:
        by_currency[item.currency].items += 1
        by_currency[item.currency].interest += rates.of_item(item)
    return found
