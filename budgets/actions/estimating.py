"""The estimate of the months to come: customer by family, the months that are over as they were, the others as targeted; in sets."""

from typing import Any

from django.db import connection

from budgets.actions.costing import cost_lines
from budgets.actions.totals import keep_totals
from budgets.models import Budget
from budgets.models.targets import month_column as target_column
from budgets.models.years import MONTHS, months_of
from budgets.reports.portfolio import PORTFOLIO, owners_on
from kam.core import clock
from orders.models.totals import month_column

ESTIMATED = "budget_estimated"
# Amounts in the round's currency: targets at the budget rates, actuals at the rate of each document.
ESTIMATE = """
CREATE TEMPORARY TABLE {estimated} ON COMMIT DROP AS
WITH figure AS (
    SELECT target.customer_id, CASE WHEN target.customer_id IS NULL THEN target.market_id END AS market_id, target.family_id,
        {targets}
    FROM budgets_target AS target JOIN budgets_budgetround AS round ON round.id = target.round_id
    WHERE round.first_month = %(first_month)s AND NOT target.superseded AND target.person_id = %(owner)s
        AND target.selling_location_id = %(location)s
    UNION ALL
    SELECT portfolio.customer_id, NULL, product.family_id, {actuals}
    FROM ({owners}) AS portfolio
    JOIN orders_salestotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
        AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
    JOIN catalog_product AS product ON product.id = total.product_id
    WHERE portfolio.owner_id = %(owner)s AND portfolio.location_id = %(location)s
)
SELECT customer_id, market_id, family_id, ARRAY[{sums}] AS months FROM figure GROUP BY 1, 2, 3 HAVING {any}
"""
LINES = """
INSERT INTO budgets_budgetline (budget_id, customer_id, market_id, family_id, producing_location_id, currency, unit, chance, source,
    review, comment, quantity, revenue, version)
SELECT %(budget)s, customer_id, market_id, family_id, %(location)s, %(currency)s, '', 'running', 'last_version', 'open', '', 0, 0, 1
FROM {estimated} ORDER BY customer_id, market_id, family_id
"""
# A month in which more came back than went out counts as none.
CELLS = """
INSERT INTO budgets_budgetcell (line_id, month, revenue, version)
SELECT line.id, month, greatest(round(new.months[month], %(places)s), 0), 1
FROM {estimated} AS new
JOIN budgets_budgetline AS line ON line.budget_id = %(budget)s AND line.family_id = new.family_id
    AND line.customer_id IS NOT DISTINCT FROM new.customer_id AND line.market_id IS NOT DISTINCT FROM new.market_id
CROSS JOIN generate_series(1, 12) AS month
"""


def begin_estimate(budget: Budget) -> None:
    """Give the budget of an estimate its lines: what was sold until now, and what is targeted from now on."""
    one = budget.round
    months = months_of(one.first_month)
    over = one.months_over
    values: dict[str, Any] = owners_on([clock.today()], years={month.year for month in months}) | {
        "budget": budget.pk,
        "first_month": one.first_month,
        "owner": budget.contributor_id,
        "location": budget.location_id,
        "currency": one.currency,
        "places": one.decimals,
    }
    targets = [f"target.{target_column('revenue', month)}" if month > over else "0" for month in MONTHS]
    actuals = [
        f"CASE WHEN total.year = {month.year} THEN total.{month_column('revenue', month.month)} ELSE 0 END"
        if place < over
        else "0"
        for place, month in enumerate(months)
    ]
    estimate = ESTIMATE.format(
        estimated=ESTIMATED,
        owners=PORTFOLIO,
        targets=", ".join(f"{column} AS month_{place}" for place, column in enumerate(targets, 1)),
        actuals=", ".join(actuals),
        sums=", ".join(f"sum(month_{month})" for month in MONTHS),
        any=" OR ".join(f"sum(month_{month}) > 0" for month in MONTHS),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {ESTIMATED}")
        cursor.execute(estimate, values)
        cursor.execute(LINES.format(estimated=ESTIMATED), values)
        cursor.execute(CELLS.format(estimated=ESTIMATED), values)
    cost_lines(one, [budget.pk])
    keep_totals([budget.pk], one.decimals)
