"""Where whoever approves looks first: ready filters over the lines of a budget, by what was sold and what was planned before.

They look at rows of a customer plant; what the reader may not see of the sales counts as not sold.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.models import BudgetLine
from budgets.models.years import month_after
from budgets.reports.my_year import running_year, sees_the_company, years_to_see
from budgets.reports.portfolio import reference_months, reference_sum
from budgets.reports.ratio import Ratio
from budgets.reports.standings import Owner, Question, standings
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.sql import Sql
from orders.models.scopes import reach_of

GROWTH = define(
    "budgets.growth_percent", default=Decimal(10), unit="%", label=_("Growth from which on running business needs a project")
)
PRICE = define(
    "budgets.price_percent", default=Decimal(3), unit="%", label=_("Rise in price from which on a row of a budget is looked at")
)
QUARTER = define(
    "budgets.last_quarter_percent",
    default=Decimal(35),
    unit="%",
    label=_("Weight of the last quarter from which on a row of a budget is looked at"),
)
FALLING = define(
    "budgets.falling_percent", default=Decimal(10), unit="%", label=_("Fall in sales from which on a customer counts as falling")
)
BIAS = define(
    "budgets.bias_percent", default=Decimal(10), unit="%", label=_("Past bias from which on a person's rows are looked at")
)


class Look(models.TextChoices):
    """What is looked for."""

    GROWTH = "growth", _("Growth without a named project")
    PRICE = "price", _("Price above that of the last twelve months")
    QUARTER = "quarter", _("Much in the last quarter")
    FALLING = "falling", _("Falling customer, planned above the last twelve months")
    BIAS = "bias", _("Contributor far off the last plan")


# Plant, product, family, budget and currency of the line are {0} to {4}; what follows are parameters.
SOLD = """(
    SELECT {figure} FROM orders_salestotal AS total
    JOIN catalog_product AS article ON article.id = total.product_id
    JOIN budgets_budget AS plan ON plan.id = {{3}} AND plan.location_id = total.selling_location_id
    WHERE total.plant_id = {{0}} AND (article.id = {{1}} OR article.family_id = {{2}}) AND total.currency = {{4}}
        AND total.year = ANY(%s) AND total.kind = 'goods' AND NOT total.is_intercompany AND {read}
)"""
LINE = ("plant_id", "product_id", "family_id", "budget_id", "currency")
FALLS = """EXISTS (
    SELECT FROM orders_accounttotal AS total
    JOIN accounts_plant AS site ON site.id = total.plant_id
    JOIN budgets_budget AS plan ON plan.id = {{1}} AND plan.location_id = total.selling_location_id
    WHERE site.customer_id = {{0}} AND total.year = ANY(%s) AND total.kind = 'goods' AND NOT total.is_intercompany AND {read}
    HAVING sum({last}) < sum({before}) * (1 - %s::numeric / 100)
)"""
LAST_QUARTER = """(SELECT sum(cell.revenue) FROM budgets_budgetcell AS cell
    WHERE cell.line_id = {0} AND cell.month >= 10) > {1} * %s::numeric / 100"""


def looked_at(rows: Any, look: str, reader: Any) -> Any:
    """Of these lines those to look at."""
    if look == Look.QUARTER:
        return rows.filter(_holds(LAST_QUARTER, "pk", "revenue", parameters=[parameter(QUARTER.key)]), revenue__gt=0)
    if look == Look.BIAS:
        off = [person for person, bias in bias_of_people(reader).items() if abs(bias.percent or 0) >= parameter(BIAS.key)]
        return rows.filter(budget__contributor__in=off)
    rows = rows.filter(plant__isnull=False, revenue__gt=0)
    if look == Look.PRICE:
        return rows.filter(_dearer(reader), quantity__gt=0)
    if look == Look.GROWTH:
        return rows.filter(_grown(reader, parameter(GROWTH.key)), chance=BudgetLine.Chance.RUNNING)
    return rows.filter(_grown(reader, Decimal(0)), _falls(reader))


def sold_of(line: BudgetLine, reader: Any) -> Decimal:
    """What this line sold in the last twelve months, in its currency, as far as the reader reads it; of a plant's row only."""
    months, (read, led) = _last_months(), _read(reader)
    words = SOLD.format(figure=f"coalesce(sum({reference_sum(months, 'net')}), 0)", read=read)
    amount = Sql(words, *LINE, parameters=[_years(months), *led], output_field=models.DecimalField())
    return BudgetLine.objects.filter(pk=line.pk).values_list(amount, flat=True).get() or Decimal(0)


def bias_of_people(reader: Any) -> dict[int, Ratio]:
    """By how much each person was above (or below) their last plan, as far as its year is over; for who reads every plan."""
    first = running_year(years_to_see(reader)) if sees_the_company(reader) else None
    if first is None:
        return {}
    found = standings(Question(first, owner=Owner.AS_WAS), "person")
    return {person: standing.deviation for person, standing in found.items() if standing.planned}


def bias_of(person: User, reader: Any) -> Ratio | None:
    """That of one person, where the reader may know it."""
    return bias_of_people(reader).get(person.pk)


def _holds(words: str, *keys: str, parameters: Sequence[Any]) -> Q:
    return Q(Sql(words, *keys, parameters=parameters, output_field=models.BooleanField()))


def _last_months() -> list[date]:
    return reference_months(clock.today().replace(day=1))


def _read(reader: Any) -> tuple[str, list[Any]]:
    """The sales that this person reads, as a condition with its parameters."""
    reach = reach_of(reader)
    if reach.everything:
        return "true", []
    led = f"total.plant_id IN ({reach.accounts.statement})" if reach.accounts.statement else "false"
    return f"(total.selling_location_id = ANY(%s) OR {led})", [list(reach.location_ids), *reach.accounts.parameters]


def _years(months: Sequence[date]) -> list[int]:
    return sorted({month.year for month in months})


def _grown(reader: Any, percent: Decimal) -> Q:
    months, (read, led) = _last_months(), _read(reader)
    sold = SOLD.format(figure=f"sum({reference_sum(months, 'net')})", read=read)
    words = f"{{5}} > coalesce({sold}, 0) * (1 + %s::numeric / 100)"
    return _holds(words, *LINE, "revenue", parameters=[_years(months), *led, percent])


def _dearer(reader: Any) -> Q:
    months, (read, led) = _last_months(), _read(reader)
    price = f"sum({reference_sum(months, 'net')}) / nullif(sum({reference_sum(months, 'quantity')}), 0)"
    sold = SOLD.format(figure=price, read=f"total.unit = {{5}} AND {read}")
    words = f"{{6}} / nullif({{7}}, 0) > {sold} * (1 + %s::numeric / 100)"
    return _holds(words, *LINE, "unit", "revenue", "quantity", parameters=[_years(months), *led, parameter(PRICE.key)])


def _falls(reader: Any) -> Q:
    months, (read, led) = _last_months(), _read(reader)
    before = [month_after(month, -12) for month in months]
    words = FALLS.format(last=reference_sum(months), before=reference_sum(before), read=read)
    keys = ("plant__customer_id", "budget_id")
    return _holds(words, *keys, parameters=[_years([*months, *before]), *led, parameter(FALLING.key)])
