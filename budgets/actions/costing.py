"""What the lines of a budget cost: the version of the standard cost that each holds, and the share of the revenue where there is no
quantity (docs/decisions/budgets.md)."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.reports.portfolio import reference_months, reference_sum
from kam.core.verbs import verb
from kam.core.workflow import Denied

CHOSEN = "line.budget_id = ANY(%(budgets)s) AND (%(lines)s::bigint[] IS NULL OR line.id = ANY(%(lines)s))"
# The version in force on the first day of the year, else the latest one; a line keeps the one that it has.
VERSIONS = f"""
UPDATE budgets_budgetline AS target SET standard_cost_id = standard.id
FROM budgets_budgetline AS line
CROSS JOIN LATERAL (
    SELECT id FROM catalog_standardcost AS version
    WHERE version.product_id = line.product_id AND version.location_id = line.producing_location_id
    ORDER BY version.period @> %(first_month)s::date DESC, lower(version.period) DESC LIMIT 1
) AS standard
WHERE target.id = line.id AND line.standard_cost_id IS NULL AND line.product_id IS NOT NULL AND {CHOSEN}
"""
CURRENCIES = f"""
SELECT DISTINCT standard.currency FROM budgets_budgetline AS line
JOIN catalog_standardcost AS standard ON standard.id = line.standard_cost_id WHERE {CHOSEN} ORDER BY 1
"""
# Of one unit of the line, in its currency, at the rates of the round; unknown while a rate or a conversion is.
UNIT_COSTS = f"""
UPDATE budgets_budgetline AS target SET unit_cost = found.unit_cost
FROM (
    SELECT line.id, line.unit_cost AS held, round(
        (standard.material + standard.variable_conversion + standard.fixed) / standard.price_unit
        * CASE WHEN line.unit IN ('', product.base_unit) THEN 1 ELSE measure.factor END
        * CASE WHEN standard.currency = %(currency)s THEN 1 ELSE of_cost.rate END
        / CASE WHEN line.currency = %(currency)s THEN 1 ELSE of_line.rate END, 8) AS unit_cost
    FROM budgets_budgetline AS line
    JOIN catalog_standardcost AS standard ON standard.id = line.standard_cost_id
    JOIN catalog_product AS product ON product.id = line.product_id
    LEFT JOIN catalog_productunit AS measure ON measure.product_id = line.product_id AND measure.unit = line.unit
    LEFT JOIN budgets_budgetrate AS of_cost ON of_cost.round_id = %(round)s AND of_cost.currency = standard.currency
    LEFT JOIN budgets_budgetrate AS of_line ON of_line.round_id = %(round)s AND of_line.currency = line.currency
    WHERE {CHOSEN}
) AS found
WHERE target.id = found.id AND found.held IS DISTINCT FROM found.unit_cost
"""
# A month in money only, or of something that has no standard cost, costs what the article cost of its revenue in the last twelve
# months: sold to this buyer, else to anybody at this location. Only goods of the same producing location count, so that a share
# tells whoever reads it nothing about another one.
WANTED = f"""
line.cost_share IS NULL AND {CHOSEN} AND (line.unit_cost IS NULL OR EXISTS (
    SELECT FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id AND cell.quantity IS NULL AND cell.revenue > 0))
"""
ARTICLES = """
WITH RECURSIVE tree (top, family_id) AS (
    SELECT id, id FROM catalog_productfamily
    UNION ALL
    SELECT tree.top, below.id FROM tree JOIN catalog_productfamily AS below ON below.parent_id = tree.family_id
)
"""
SHARE = """
CASE WHEN sum({costed}) > 0 AND sum({cost}) BETWEEN 0 AND 1000 * sum({costed}) THEN round(sum({cost}) / sum({costed}), 8) END
"""
COUNTED = "total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany"
OF_BUYER = f"""
{ARTICLES}
UPDATE budgets_budgetline AS target SET cost_share = found.share
FROM (
    SELECT line.id, sold.share FROM budgets_budgetline AS line JOIN budgets_budget AS budget ON budget.id = line.budget_id
    CROSS JOIN LATERAL (
        SELECT {{share}} AS share
        FROM accounts_plant AS plant
        JOIN orders_salestotal AS total ON total.plant_id = plant.id AND {COUNTED}
            AND total.selling_location_id = budget.location_id AND total.producing_location_id = line.producing_location_id
        JOIN catalog_product AS product ON product.id = total.product_id
        WHERE (plant.id = line.plant_id OR plant.customer_id = line.customer_id) AND (product.id = line.product_id
            OR product.family_id IN (SELECT family_id FROM tree WHERE top = line.family_id))
    ) AS sold
    WHERE line.market_id IS NULL AND {WANTED}
) AS found
WHERE target.id = found.id AND found.share IS NOT NULL
"""
OF_ANYBODY = f"""
{ARTICLES},
wanted AS (
    SELECT line.id, budget.location_id, line.producing_location_id, line.product_id, line.family_id
    FROM budgets_budgetline AS line JOIN budgets_budget AS budget ON budget.id = line.budget_id WHERE {WANTED}
),
found AS (
    SELECT article.*, sold.share
    FROM (SELECT DISTINCT location_id, producing_location_id, product_id, family_id FROM wanted) AS article
    CROSS JOIN LATERAL (
        SELECT {{share}} AS share
        FROM catalog_product AS product
        JOIN orders_salestotal AS total ON total.product_id = product.id AND {COUNTED}
            AND total.selling_location_id = article.location_id AND total.producing_location_id = article.producing_location_id
        WHERE product.id = article.product_id OR product.family_id IN (SELECT family_id FROM tree WHERE top = article.family_id)
    ) AS sold
)
UPDATE budgets_budgetline AS target SET cost_share = found.share
FROM wanted JOIN found ON found.location_id = wanted.location_id AND found.producing_location_id = wanted.producing_location_id
    AND found.product_id IS NOT DISTINCT FROM wanted.product_id AND found.family_id IS NOT DISTINCT FROM wanted.family_id
WHERE target.id = wanted.id AND found.share IS NOT NULL
"""


def cost_lines(one: BudgetRound, budgets: Sequence[int], lines: Sequence[int] | None = None) -> None:
    """Give lines what they have not yet of their cost: the version, the cost of a unit at the round's rates, the share.

    `lines` names those that were written; without it all of these budgets are looked at. What has a version or a share keeps it.
    """
    months = reference_months(one.first_month)
    share = SHARE.format(
        cost=reference_sum(months, "cost"), costed=f"{reference_sum(months)} - ({reference_sum(months, 'uncosted')})"
    )
    values: dict[str, Any] = {
        "budgets": list(budgets),
        "lines": None if lines is None else list(lines),
        "round": one.pk,
        "currency": one.currency,
        "first_month": one.first_month,
        "years": sorted({month.year for month in months}),
    }
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, values)
        cursor.execute(CURRENCIES, values)
        for (currency,) in cursor.fetchall():
            _rate_if_known(one, currency)
        cursor.execute(UNIT_COSTS, values)
        cursor.execute(OF_BUYER.format(share=share), values)
        cursor.execute(OF_ANYBODY.format(share=share), values)


def _rate_if_known(one: BudgetRound, currency: str) -> None:
    """A cost in a currency without a rate is not known; nobody is kept from planning by it."""
    try:
        rate_needed(one, currency)
    except Denied:
        return


@verb("budgets.renew_costs", _("Take costs anew"))
def renew_costs(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Give the lines of all budgets in preparation the costs of today: after Finance has published the year's standard costs."""
    if not one.accepts_work:
        raise Denied("round_not_open", _("This round is not in preparation."))
    budgets = list(one.budgets.exclude(status=Budget.Status.APPROVED).locked().values_list("pk", flat=True))
    BudgetLine.objects.filter(budget__in=budgets).update(standard_cost=None, unit_cost=None, cost_share=None)
    cost_lines(one, budgets)
    keep_totals(budgets, one.decimals)
    return one
