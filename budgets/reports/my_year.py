"""A person's year: the targets in force beside what their customers bought, by month, customer, family and location.

Whose sale it is follows the rule of the budgets (reports.portfolio), as the assignments are today: every sale counts for one
person, so that people add up to the company (AT-16). Actuals are in the company's currency at the rate of each document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, User, access_of
from budgets.models import Target, months_of
from budgets.models.scopes import BUDGET_READERS, CONTRIBUTORS, people_of
from budgets.models.targets import month_column as target_column
from budgets.models.years import month_after
from budgets.reports.attainment import Standing
from budgets.reports.portfolio import OWNERS
from budgets.reports.thresholds import Colour, Limits
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.parameters import define, parameter
from orders.models.totals import month_column

AMBER = define(
    "budgets.amber_percent", default=Decimal(5), unit="%", label=_("Shortfall against the plan beyond which a figure is amber")
)
RED = define(
    "budgets.red_percent", default=Decimal(10), unit="%", label=_("Shortfall against the plan beyond which a figure may be red")
)
RED_AMOUNT = define(
    "budgets.red_amount",
    default=Decimal(10_000),
    label=_("Shortfall in the company's currency that a red figure must exceed, too"),
)

#: What a year is broken down by: the key in the portfolio's sales, the key of a target, and the records.
DIMENSIONS: dict[str, tuple[str, str, Any]] = {
    "customer": ("portfolio.customer_id", "customer", Customer),
    "family": ("product.family_id", "family", ProductFamily),
    "location": ("portfolio.location_id", "selling_location", Location),
}
# Products stand in the finest totals only; everything else is read from the coarser ones.
ACTUALS = """
SELECT {key}, {months}
FROM ({owners}) AS portfolio
JOIN {totals} AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
    AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
{products}
WHERE portfolio.owner_id = %(owner)s
GROUP BY 1
"""
FINEST = ("orders_salestotal", "JOIN catalog_product AS product ON product.id = total.product_id")
COARSER = ("orders_accounttotal", "")


@dataclass(frozen=True)
class Part:
    """A part of somebody's year: what it is, how it stands, and its colour; `key` is None for what has no such record."""

    key: int | None
    label: str
    standing: Standing
    colour: Colour


@dataclass(frozen=True)
class PersonYear:
    """A person's year as a whole, and by each dimension, the furthest behind first."""

    person: User
    first_month: date
    standing: Standing
    colour: Colour
    parts: dict[str, list[Part]]


def people_to_see(reader: Any) -> list[User]:
    """Whose years this person may look at: everybody's who prepares budgets, for those who oversee all; else one's own."""
    access = access_of(reader)
    if access.scope_of(BUDGET_READERS).everything:
        asked = User.objects.filter(grants__role__in=CONTRIBUTORS, grants__period__contains=clock.today(), is_active=True)
        return list(asked.distinct().order_by("last_name", "first_name", "pk"))
    return list(User.objects.filter(pk__in=people_of(reader)).order_by("last_name", "first_name", "pk"))


def years_to_see(reader: Any) -> list[date]:
    """The years for which there are targets that this person sees, the latest first."""
    rows = Target.objects.visible_to(reader).in_force().order_by("-round__first_month")
    return list(rows.values_list("round__first_month", flat=True).distinct())


def months_over(first_month: date) -> int:
    """How many months of a year are over; the running one is not."""
    return sum(month_after(month, 1) <= clock.today() for month in months_of(first_month))


def limits() -> Limits:
    """The thresholds of today."""
    return Limits(parameter(AMBER.key) / 100, parameter(RED.key) / 100, parameter(RED_AMOUNT.key))


def standing_of(person: User, first_month: date) -> Standing:
    """How a person's year stands as a whole."""
    whole = _standings(person, first_month, "NULL::bigint", "", COARSER)
    return whole.get(None) or Standing([Decimal(0)] * 12, [Decimal(0)] * months_over(first_month))


def year_of(person: User, first_month: date) -> PersonYear:
    """How a person's year stands; whoever asks must be one who may see it (`people_to_see`)."""
    bounds = limits()
    standing = standing_of(person, first_month)
    parts = {}
    for name, (key, of_target, model) in DIMENSIONS.items():
        found = _standings(person, first_month, key, of_target, FINEST if name == "family" else COARSER)
        labels = {record.pk: str(record) for record in model.objects.filter(pk__in=[one for one in found if one])}
        rows = [
            Part(one, labels.get(one, ""), stands, bounds.colour(stands.planned, stands.gap))
            for one, stands in found.items()
            if stands.year or stands.reached
        ]
        parts[name] = sorted(rows, key=lambda part: (part.standing.gap, part.label))
    return PersonYear(person, first_month, standing, bounds.colour(standing.planned, standing.gap), parts)


def _standings(person: User, first_month: date, key: str, of_target: str, source: tuple[str, str]) -> dict[int | None, Standing]:
    """Plan and actuals by a key; two queries, whatever the length."""
    months = months_of(first_month)
    over = months[: months_over(first_month)]
    plans = _plans(person, first_month, of_target)
    actuals = _actuals(person, over, key, source)
    nothing, none_yet = [Decimal(0)] * 12, [Decimal(0)] * len(over)
    return {one: Standing(plans.get(one, nothing), actuals.get(one, none_yet)) for one in [*plans, *(set(actuals) - set(plans))]}


def _plans(person: User, first_month: date, of_target: str) -> dict[int | None, list[Decimal]]:
    columns = [target_column("revenue", month) for month in range(1, 13)]
    rows = Target.objects.in_force().filter(person=person, round__first_month=first_month).order_by()
    sums = {f"sum_{column}": Sum(column) for column in columns}
    if not of_target:
        found = rows.aggregate(**sums)
        return {None: [found[f"sum_{column}"] or Decimal(0) for column in columns]}
    grouped = rows.values_list(f"{of_target}_id").annotate(**sums)
    return {one: list(amounts) for one, *amounts in grouped}


def _actuals(person: User, over: Sequence[date], key: str, source: tuple[str, str]) -> dict[int | None, list[Decimal]]:
    if not over:
        return {}
    totals, products = source
    sums = ", ".join(
        f"coalesce(sum(CASE WHEN total.year = {month.year} THEN total.{month_column('revenue', month.month)} END), 0)"
        for month in over
    )
    statement = ACTUALS.format(key=key, months=sums, owners=OWNERS, totals=totals, products=products)
    values: dict[str, Any] = {"owner": person.pk, "today": clock.today(), "years": sorted({month.year for month in over})}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {one: list(amounts) for one, *amounts in cursor.fetchall()}
