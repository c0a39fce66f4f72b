"""What was asked from above of parts of a round, each beside what the budgets plan for it (K-B10): families, markets, what is new."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetRound, TopDownTarget
from budgets.reports.portfolio import reference_months, reference_sum
from budgets.reports.thresholds import Tally
from catalog.models import ProductFamily
from kam.core.parameters import define, parameter

NEW = define(
    "budgets.new_below_revenue",
    default=Decimal(0),
    label=_("Revenue of the last twelve months up to which a product or customer counts as new in a budget"),
)
# Each line at the round's rates, with what tells it apart; a line of a whole family is of no single product.
PLANNED = r"""
SELECT coalesce(sum(amount), 0)
FROM (
    SELECT line.product_id, line.market_id, coalesce(line.family_id, product.family_id) AS family_id, company.id AS customer_id,
        company.sector_id, area.id AS area_id, line.revenue * coalesce(rate.rate, 1) AS amount
    FROM budgets_budget AS budget
    JOIN budgets_budgetline AS line ON line.budget_id = budget.id
    LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
    LEFT JOIN catalog_product AS product ON product.id = line.product_id
    LEFT JOIN accounts_plant AS plant ON plant.id = line.plant_id
    LEFT JOIN accounts_customer AS company ON company.id = coalesce(line.customer_id, plant.customer_id)
    LEFT JOIN accounts_market AS area ON area.id = %(market)s AND area.dimension = 'area'
        AND coalesce(plant.country, company.country) = ANY(regexp_split_to_array(area.countries, '\s+'))
    WHERE budget.id = ANY(%(budgets)s)
) AS planned
WHERE {of_the_part}
"""
PRODUCTS = """
SELECT total.product_id AS key, sum({revenue}) AS amount FROM orders_producttotal AS total
WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany GROUP BY 1
"""
CUSTOMERS = """
SELECT plant.customer_id AS key, sum({revenue}) AS amount
FROM orders_accounttotal AS total JOIN accounts_plant AS plant ON plant.id = total.plant_id
WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany GROUP BY 1
"""
#: Which of the planned lines count for a part.
OF_THE_PART = {
    TopDownTarget.Of.FAMILY: "family_id = ANY(%(families)s)",
    TopDownTarget.Of.MARKET: "%(market)s IN (sector_id, area_id, market_id)",
    TopDownTarget.Of.NEW_PRODUCTS: f"product_id IS NOT NULL AND NOT EXISTS (SELECT FROM ({PRODUCTS}) AS sold"
    " WHERE sold.key = planned.product_id AND sold.amount > %(new)s)",
    TopDownTarget.Of.NEW_CUSTOMERS: f"customer_id IS NOT NULL AND NOT EXISTS (SELECT FROM ({CUSTOMERS}) AS sold"
    " WHERE sold.key = planned.customer_id AND sold.amount > %(new)s)",
}


@dataclass(frozen=True)
class PartStanding:
    """A part of a round: what was asked of it beside what is planned for it."""

    target: TopDownTarget
    tally: Tally


def parts_of_round(one: BudgetRound, reader: Any) -> list[PartStanding]:
    """The parts with a top-down target, each beside what is planned in the budgets that this reader sees."""
    targets = list(TopDownTarget.objects.visible_to(reader).filter(round=one).for_list())
    if not targets:
        return []
    budgets = list(Budget.objects.visible_to(reader).filter(round=one).values_list("pk", flat=True))
    return [PartStanding(target, Tally(target.amount, _planned(one, target, budgets))) for target in targets]


def _planned(one: BudgetRound, target: TopDownTarget, budgets: list[int]) -> Decimal:
    months = reference_months(one.first_month)
    part = OF_THE_PART[TopDownTarget.Of(target.of)].format(revenue=reference_sum(months))
    families = list(ProductFamily.objects.with_descendants([target.family_id])) if target.family_id else []
    values = {
        "budgets": budgets,
        "families": families,
        "market": target.market_id,
        "years": sorted({month.year for month in months}),
        "new": parameter(NEW.key),
    }
    with connection.cursor() as cursor:
        cursor.execute(PLANNED.format(of_the_part=part), values)
        return Decimal(round((cursor.fetchone() or (Decimal(0),))[0], one.decimals))
