"""Where whoever approves looks first: ready filters over the lines of a budget, by what was sold and what was planned before.

They look at rows of a customer plant; what the reader may not see of the sales counts as not sold.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
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


# The lines that are asked for, each beside what it sold: one look at the totals, whether of one budget or of all.
ASKED = """
WITH asked AS MATERIALIZED (
    SELECT line.id, line.plant_id, line.product_id, line.family_id, line.currency, line.unit, line.revenue, line.quantity,
        plan.location_id, site.customer_id
    FROM budgets_budgetline AS line JOIN budgets_budget AS plan ON plan.id = line.budget_id
    JOIN accounts_plant AS site ON site.id = line.plant_id
    WHERE line.id IN ({lines})
)"""
# Added up before they are joined, or the database would look each line up by itself.
SOLD = f"""{ASKED}, bought AS MATERIALIZED (
    SELECT total.plant_id, total.selling_location_id AS location_id, total.currency, total.unit, total.product_id, article.family_id,
        sum({{net}}) AS net, sum({{quantity}}) AS quantity
    FROM orders_salestotal AS total JOIN catalog_product AS article ON article.id = total.product_id
    WHERE total.plant_id IN (SELECT plant_id FROM asked) AND total.year = ANY(%s) AND total.kind = 'goods'
        AND NOT total.is_intercompany AND {{read}}
    GROUP BY 1, 2, 3, 4, 5, 6
), beside AS (
    SELECT asked.id, bought.net, bought.quantity, bought.unit = asked.unit AS of_unit
    FROM asked JOIN bought USING (plant_id, location_id, currency, product_id)
    UNION ALL
    SELECT asked.id, bought.net, bought.quantity, bought.unit = asked.unit
    FROM asked JOIN bought USING (plant_id, location_id, currency, family_id)
), sold AS (
    SELECT id, sum(net) AS net, sum(net) FILTER (WHERE of_unit) AS net_of_unit, sum(quantity) FILTER (WHERE of_unit) AS quantity
    FROM beside GROUP BY id
)
SELECT {{wanted}} FROM asked LEFT JOIN sold ON sold.id = asked.id"""
GROWN = "WHERE asked.revenue > coalesce(sold.net, 0) * (1 + %s::numeric / 100)"
DEARER = """WHERE asked.revenue / nullif(asked.quantity, 0)
    > sold.net_of_unit / nullif(sold.quantity, 0) * (1 + %s::numeric / 100)"""
FALLS = f"""{ASKED}, fallen AS MATERIALIZED (
    SELECT site.customer_id, total.selling_location_id
    FROM orders_accounttotal AS total JOIN accounts_plant AS site ON site.id = total.plant_id
    WHERE site.customer_id IN (SELECT customer_id FROM asked) AND total.year = ANY(%s) AND total.kind = 'goods'
        AND NOT total.is_intercompany AND {{read}}
    GROUP BY 1, 2 HAVING sum({{last}}) < sum({{before}}) * (1 - %s::numeric / 100)
)
SELECT asked.id FROM asked JOIN fallen ON fallen.customer_id = asked.customer_id AND fallen.selling_location_id = asked.location_id"""
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
        return _among(rows.filter(quantity__gt=0), _sold("asked.id", reader, DEARER), parameter(PRICE.key))
    if look == Look.GROWTH:
        return _among(rows.filter(chance=BudgetLine.Chance.RUNNING), _sold("asked.id", reader, GROWN), parameter(GROWTH.key))
    return _among(_among(rows, _sold("asked.id", reader, GROWN), Decimal(0)), _fallen(reader), parameter(FALLING.key))


def sold_of(line: BudgetLine, reader: Any) -> Decimal:
    """What this line sold in the last twelve months, in its currency, as far as the reader reads it; of a plant's row only."""
    words, parameters = _sold("coalesce(sold.net, 0)", reader)
    with connection.cursor() as cursor:
        cursor.execute(words.format(lines="%s"), [line.pk, *parameters])
        found = cursor.fetchone()
    return found[0] if found else Decimal(0)


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


#: A statement that waits for the lines it is asked about (`lines`), and its parameters after theirs.
Asked = tuple[str, list[Any]]


def _sold(wanted: str, reader: Any, condition: str = "") -> Asked:
    """What lines sold in the last twelve months, as far as the reader reads it."""
    months, (read, led) = _last_months(), _read(reader)
    net, quantity = (reference_sum(months, measure) for measure in ("net", "quantity"))
    words = SOLD.format(lines="{lines}", read=read, net=net, quantity=quantity, wanted=wanted)
    return f"{words} {condition}", [_years(months), *led]


def _fallen(reader: Any) -> Asked:
    """The lines of customers that bought less in the last twelve months than in those before."""
    months, (read, led) = _last_months(), _read(reader)
    before = [month_after(month, -12) for month in months]
    words = FALLS.format(lines="{lines}", last=reference_sum(months), before=reference_sum(before), read=read)
    return words, [_years([*months, *before]), *led]


def _among(rows: Any, asked: Asked, *more: Any) -> Any:
    """Of these lines those that a statement answers with, asked about them alone."""
    words, parameters = asked
    try:
        lines, of_lines = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return rows.none()
    statement = words.format(lines=lines).replace("{", "{{").replace("}", "}}")
    return rows.filter(_holds(f"{{0}} IN ({statement})", "pk", parameters=[*of_lines, *parameters, *more]))
