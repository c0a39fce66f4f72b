"""What a budget book says: the plan of some budgets of a round by person, place, market, family and customer, with the year before.

The plan is added up cell by cell at the round's rates, as budgets and targets are. A sale of the year before counts for the budget
that plans its plant, or the rest of its customer, else for the one that would: every euro once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.models.lines import CELL_COST
from budgets.models.scopes import people_of
from budgets.models.years import MONTHS
from budgets.reports.grid import months_before
from budgets.reports.portfolio import OWNERS, owners_on
from budgets.reports.ratio import Ratio
from kam.core import clock
from kam.core.scoping import Way
from orders.models.scopes import reach_of
from orders.models.totals import month_column

NOTHING = Decimal(0)
#: By what a plan is added up, the first one as the most significant bit of what the database says of a row.
BY = ("person", "location", "sector", "area", "family", "customer")
SETS = f"grouping({', '.join(BY)}), coalesce({', '.join(BY)})"
GROUPS = f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in BY)})"
AREAS = r"""
area AS (
    SELECT DISTINCT ON (country) country, market.id FROM accounts_market AS market, regexp_split_to_table(market.countries, '\s+') AS country
    WHERE market.dimension = 'area' AND country <> '' ORDER BY country, market.code
)"""
LINES = f"""
WITH {AREAS}, planned AS (
    SELECT line.id, budget.contributor_id AS person, budget.location_id AS location,
        coalesce(line.customer_id, plant.customer_id) AS customer, coalesce(line.family_id, product.family_id) AS family,
        coalesce(company.sector_id, CASE WHEN market.dimension = 'sector' THEN market.id END) AS sector,
        coalesce(area.id, CASE WHEN market.dimension = 'area' THEN market.id END) AS area, month.*
    FROM budgets_budget AS budget
    JOIN budgets_budgetline AS line ON line.budget_id = budget.id
    LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
    LEFT JOIN accounts_plant AS plant ON plant.id = line.plant_id
    LEFT JOIN catalog_product AS product ON product.id = line.product_id
    LEFT JOIN accounts_customer AS company ON company.id = coalesce(line.customer_id, plant.customer_id)
    LEFT JOIN accounts_market AS market ON market.id = line.market_id
    LEFT JOIN area ON area.country = coalesce(plant.country, company.country)
    CROSS JOIN LATERAL (
        SELECT {", ".join(f"coalesce(sum(worth.revenue) FILTER (WHERE worth.month = {month}), 0) AS revenue_{month:02d}" for month in MONTHS)},
            coalesce(sum(worth.revenue), 0) AS revenue, coalesce(sum(worth.cost), 0) AS cost,
            coalesce(sum(worth.revenue) FILTER (WHERE worth.cost IS NULL), 0) AS uncosted
        FROM (
            SELECT cell.month, round(cell.revenue * coalesce(rate.rate, 1), %(places)s) AS revenue,
                round({CELL_COST} * coalesce(rate.rate, 1), %(places)s) AS cost
            FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id
        ) AS worth
        OFFSET 0
    ) AS month
    WHERE budget.id = ANY(%(budgets)s)
)
"""
COLUMNS = [*(f"revenue_{month:02d}" for month in MONTHS), "revenue", "cost", "uncosted"]
PARTS = f"{LINES} SELECT {SETS}, {', '.join(f'sum({name})' for name in COLUMNS)} FROM planned {GROUPS}"
LARGEST = f"""
{LINES} SELECT id, customer, {", ".join(COLUMNS)} FROM planned ORDER BY revenue DESC, id LIMIT %(most)s
"""
BEFORE = f"""
WITH {AREAS}, placed AS MATERIALIZED (
    SELECT DISTINCT ON (plant_id, location_id) plant_id, location_id, budget_id, person
    FROM (
        SELECT line.plant_id, budget.location_id, budget.id AS budget_id, budget.contributor_id AS person, 1 AS place
        FROM budgets_budget AS budget JOIN budgets_budgetline AS line ON line.budget_id = budget.id
        WHERE budget.round_id = %(round)s AND line.plant_id IS NOT NULL
        UNION ALL
        SELECT plant.id, budget.location_id, budget.id, budget.contributor_id, 2
        FROM budgets_budget AS budget JOIN budgets_budgetline AS line ON line.budget_id = budget.id
        JOIN accounts_plant AS plant ON plant.customer_id = line.customer_id
        WHERE budget.round_id = %(round)s
        UNION ALL
        SELECT own.plant_id, own.location_id, budget.id, budget.contributor_id, 3
        FROM ({OWNERS}) AS own
        JOIN budgets_budget AS budget ON budget.round_id = %(round)s AND budget.contributor_id = own.owner_id
            AND budget.location_id = own.location_id
    ) AS found
    ORDER BY plant_id, location_id, place, budget_id
), sold AS (
    SELECT placed.person, placed.location_id AS location, plant.customer_id AS customer, product.family_id AS family,
        company.sector_id AS sector, area.id AS area, {{revenue}} AS revenue
    FROM placed
    JOIN orders_salestotal AS total ON total.plant_id = placed.plant_id AND total.selling_location_id = placed.location_id
        AND total.year = ANY(%(sold_in)s) AND total.kind = 'goods' AND NOT total.is_intercompany
    JOIN accounts_plant AS plant ON plant.id = placed.plant_id
    JOIN accounts_customer AS company ON company.id = plant.customer_id
    JOIN catalog_product AS product ON product.id = total.product_id
    LEFT JOIN area ON area.country = coalesce(plant.country, company.country)
    WHERE placed.budget_id = ANY(%(budgets)s) AND {{read}}
)
SELECT {SETS}, sum(revenue) FROM sold {GROUPS}
"""


@dataclass
class Part:
    """What is planned for a part: its months, its cost and the revenue whose cost is not known, and what it bought the year before."""

    months: Sequence[Decimal] = (NOTHING,) * 12
    revenue: Decimal = NOTHING
    cost: Decimal = NOTHING
    uncosted: Decimal = NOTHING
    before: Decimal = NOTHING

    @property
    def growth(self) -> Ratio:
        """How much more is planned than was sold the year before."""
        return Ratio(self.revenue - self.before, self.before)

    @property
    def margin(self) -> Ratio:
        """Margin over the revenue whose cost is known."""
        return Ratio(self.revenue - self.uncosted - self.cost, self.revenue - self.uncosted)

    def plus(self, other: "Part", sign: int = 1) -> "Part":
        """Both together; with a sign of -1 what is left without the other."""
        return Part(
            [one + sign * more for one, more in zip(self.months, other.months, strict=True)],
            *(getattr(self, name) + sign * getattr(other, name) for name in ("revenue", "cost", "uncosted", "before")),
        )


@dataclass
class Book:
    """Some budgets of a round: the whole, its parts by each dimension (key None: of no such record), and the largest lines.

    `compared` says whether the reader reads what was sold to the customers of all these budgets.
    """

    whole: Part
    compared: bool
    by: dict[str, dict[int | None, Part]] = field(default_factory=dict)
    lines: list[tuple[BudgetLine, int | None, Part]] = field(default_factory=list)


def book_of(one: BudgetRound, budgets: Sequence[Budget], reader: Any, most: int) -> Book:
    """The book of these budgets of a round, which the reader sees, with so many lines of them, the largest."""
    values: dict[str, Any] = {"budgets": [budget.pk for budget in budgets], "places": one.decimals, "round": one.pk, "most": most}
    by: dict[str, dict[int | None, Part]] = {name: {} for name in BY}
    with connection.cursor() as cursor:
        cursor.execute(PARTS, values)
        for bits, key, *sums in cursor.fetchall():
            by[_named(bits)][key] = _part(sums)
        cursor.execute(LARGEST, values)
        largest = {key: (customer, _part(sums)) for key, customer, *sums in cursor.fetchall()}
        statement, more = _before(one, reader)
        cursor.execute(statement, values | more)
        for bits, key, amount in cursor.fetchall():
            by[_named(bits)].setdefault(key, Part()).before = round(amount or NOTHING, one.decimals)
    rows = BudgetLine.objects.visible_to(reader).filter(pk__in=largest).for_list().in_bulk()
    lines = [(rows[key], customer, part) for key, (customer, part) in largest.items() if key in rows]
    whole = Part()
    for part in by["location"].values():
        whole = whole.plus(part)
    return Book(whole, _compared(budgets, reader), by, lines)


def _compared(budgets: Sequence[Budget], reader: Any) -> bool:
    """Whether the year before is the reader's to read for all of these: a budget that is only shown to them comes without its sales."""
    reach, own = reach_of(reader), people_of(reader)
    return reach.everything or all(one.location_id in reach.location_ids or one.contributor_id in own for one in budgets)


def _named(bits: int) -> str:
    """The dimension of a row: the one bit that is not set."""
    return BY[len(BY) - (2 ** len(BY) - 1 - bits).bit_length()]


def _part(sums: Sequence[Decimal]) -> Part:
    return Part(sums[:12], *sums[12:])


def _before(one: BudgetRound, reader: Any) -> tuple[str, dict[str, Any]]:
    """The statement of what was sold the year before, as far as it is theirs to read, with its parameters."""
    months = months_before(one.first_month)
    years = sorted({month.year for month in months})
    revenue = " + ".join(
        f"CASE WHEN total.year = {month.year} THEN coalesce(total.{month_column('revenue', month.month)}, 0) ELSE 0 END"
        for month in months
    )
    reach = reach_of(reader)
    read = "true"
    values: dict[str, Any] = {"sold_in": years}
    if not reach.everything:
        read = "total.selling_location_id = ANY(%(read_at)s)"
        values["read_at"] = list(reach.location_ids)
        if reach.accounts.statement:
            led, more = reach.accounts.in_sql("total.plant_id", "led", Way.EITHER)
            read, values = f"({read} OR {led})", values | more
    return BEFORE.format(revenue=revenue, read=read), values | owners_on([clock.today()], years=years)
