"""The proposal from the sales ledger: what was sold in twelve months as lines of a budget, the tail in one row; in sets."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.actions.costing import cost_lines
from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget
from budgets.models.profiles import weight_column
from budgets.models.years import month_after, months_of
from budgets.reports.portfolio import PORTFOLIO, owners_of, reference_sum
from kam.core import clock
from kam.core.parameters import define, parameter
from orders.models.totals import month_column

define(
    "budgets.tail_revenue",
    default=Decimal(1_000),
    unit="",
    label=_("Revenue of the last twelve months below which a product is planned in the row “rest of the customer”"),
)

PROPOSED = "budget_proposed"
# One row of the ledger's totals a plant, product and currency, with the twelve months of the reference side by side; what is small
# goes into one row a customer and family, in money only.
PROPOSE = """
CREATE TEMPORARY TABLE {proposed} ON COMMIT DROP AS
WITH booked AS (
    SELECT portfolio.plant_id, portfolio.customer_id, total.product_id, product.family_id, total.producing_location_id,
        total.currency, total.unit, sum({revenue}) AS worth, ARRAY[{quantities}] AS quantities, ARRAY[{amounts}] AS amounts
    FROM ({owners}) AS portfolio
    JOIN orders_salestotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
        AND total.year = ANY(%(sold_years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
    JOIN catalog_product AS product ON product.id = total.product_id
    WHERE portfolio.owner_id = %(owner)s AND portfolio.location_id = %(location)s
    GROUP BY 1, 2, 3, 4, 5, 6, 7
),
sold AS ({sold})
SELECT plant_id, NULL::bigint AS customer_id, product_id, NULL::bigint AS family_id, producing_location_id, currency, unit,
    quantities, amounts
FROM sold WHERE {own_row}
UNION ALL
SELECT NULL, customer_id, NULL, family_id, producing_location_id, currency, '', NULL, ARRAY[{tail_amounts}]
FROM sold WHERE NOT ({own_row})
GROUP BY customer_id, family_id, producing_location_id, currency
HAVING sum(worth) > 0
"""
# What is sold for little has a row of its own only where the budget has one already.
OWN_ROW = """
worth >= %(tail)s OR EXISTS (SELECT FROM budgets_budgetline AS line WHERE line.budget_id = %(budget)s
    AND line.plant_id = sold.plant_id AND line.product_id = sold.product_id
    AND line.producing_location_id = sold.producing_location_id AND line.currency = sold.currency AND line.unit = sold.unit)
"""
# The months that are not over go on as the others went, by the profile of the customer or of the nearest family, else evenly (K-B4).
TO_GO = """
SELECT booked.plant_id, customer_id, product_id, family_id, producing_location_id, currency, unit, worth,
    ARRAY(SELECT CASE WHEN place = ANY(%(over)s) THEN booked.quantities[place]
        ELSE round(coalesce(greatest(reached.quantity, 0) / reached.weight * shape.weights[place], 0), reached.places) END
        FROM generate_series(1, 12) AS place ORDER BY place) AS quantities,
    ARRAY(SELECT CASE WHEN place = ANY(%(over)s) THEN booked.amounts[place]
        ELSE coalesce(greatest(reached.amount, 0) / reached.weight * shape.weights[place], 0) END
        FROM generate_series(1, 12) AS place ORDER BY place) AS amounts
FROM booked
CROSS JOIN LATERAL (
    SELECT coalesce((
        WITH RECURSIVE above (id, parent_id, far) AS (
            SELECT id, parent_id, 0 FROM catalog_productfamily WHERE id = booked.family_id
            UNION ALL SELECT family.id, family.parent_id, far + 1 FROM above JOIN catalog_productfamily AS family ON family.id = above.parent_id
        )
        SELECT ARRAY[{weights}] FROM budgets_seasonalityprofile AS profile LEFT JOIN above ON above.id = profile.family_id
        WHERE profile.customer_id = booked.customer_id OR above.id IS NOT NULL
        ORDER BY profile.customer_id IS NULL, above.far LIMIT 1), array_fill(1::numeric, ARRAY[12])) AS weights
) AS shape
CROSS JOIN LATERAL (
    SELECT sum(booked.quantities[place]) AS quantity, sum(booked.amounts[place]) AS amount,
        nullif(sum(shape.weights[place]), 0) AS weight,
        CASE WHEN bool_and(booked.quantities[place] = trunc(booked.quantities[place])) THEN 0 ELSE 3 END AS places
    FROM unnest(%(over)s::int[]) AS place
) AS reached
"""
# As texts, so that the database can look the rows up instead of comparing each with each (NULL is no key).
KEY = (
    "ROW({row}.plant_id, {row}.customer_id, {row}.product_id, {row}.family_id, {row}.producing_location_id, {row}.currency,"
    " {row}.unit)::text"
)
SAME = f"line.budget_id = %(budget)s AND line.market_id IS NULL AND {KEY.format(row='line')} = {KEY.format(row='new')}"
LINES = """
INSERT INTO budgets_budgetline (budget_id, plant_id, customer_id, product_id, family_id, producing_location_id, currency, unit,
    chance, source, review, comment, quantity, revenue, version)
SELECT %(budget)s, new.plant_id, new.customer_id, new.product_id, new.family_id, new.producing_location_id, new.currency, new.unit,
    'running', 'last_year', 'open', '', 0, 0, 1
FROM {proposed} AS new
WHERE NOT EXISTS (SELECT FROM budgets_budgetline AS line WHERE {same})
ORDER BY new.plant_id, new.product_id, new.customer_id, new.family_id, new.producing_location_id, new.currency, new.unit
"""
# A month in which more came back than went out is planned as zero. Whole pieces stay whole: the months are rounded as they add up,
# so that the year grows by what was asked.
CELLS = """
INSERT INTO budgets_budgetcell (line_id, month, quantity, price, revenue, version)
SELECT grown.id, grown.month,
    CASE WHEN grown.quantity > 0 THEN grown.quantity END,
    CASE WHEN grown.quantity > 0 THEN round(grown.price, 5) END,
    CASE WHEN grown.price IS NULL THEN round(grown.amount, %(places)s) ELSE round(grown.quantity * grown.price, %(places)s) END, 1
FROM (
    SELECT sold.id, sold.month, sold.sold_for * %(volume)s * %(price)s AS amount,
        sold.sold_for / nullif(sold.sold, 0) * %(price)s AS price,
        round(sum(sold.sold) OVER months * %(volume)s, sold.places)
            - round((sum(sold.sold) OVER months - sold.sold) * %(volume)s, sold.places) AS quantity
    FROM (
        SELECT line.id, month,
            CASE WHEN new.amounts[month] > 0 AND new.quantities[month] > 0 THEN new.quantities[month] ELSE 0 END AS sold,
            greatest(new.amounts[month], 0) AS sold_for,
            CASE WHEN (SELECT bool_and(part = trunc(part)) FROM unnest(new.quantities) AS part) THEN 0 ELSE 3 END AS places
        FROM {proposed} AS new JOIN budgets_budgetline AS line ON {same}
        CROSS JOIN generate_series(1, 12) AS month
        WHERE line.source = 'last_year' AND NOT EXISTS (SELECT FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id)
    ) AS sold
    WINDOW months AS (PARTITION BY sold.id ORDER BY sold.month)
) AS grown
"""


# The months that are over, in every line: what was sold goes into one line of each, and the others have none.
ACTUALS = """
UPDATE budgets_budgetcell AS cell SET
    quantity = CASE WHEN sold.quantity > 0 AND sold.amount > 0 THEN sold.quantity END,
    price = CASE WHEN sold.quantity > 0 AND sold.amount > 0 THEN round(sold.amount / sold.quantity, 5) END,
    revenue = round(greatest(coalesce(sold.amount, 0), 0), %(places)s)
FROM budgets_budgetline AS line
LEFT JOIN LATERAL (
    SELECT new.quantities, new.amounts FROM {proposed} AS new
    WHERE {same} AND NOT EXISTS (
        SELECT FROM budgets_budgetline AS other WHERE other.budget_id = line.budget_id AND {key} = {other_key}
            AND other.market_id IS NULL AND (other.chance <> 'running', other.id) < (line.chance <> 'running', line.id))
) AS found ON true
CROSS JOIN LATERAL unnest(%(over)s::int[]) AS closed (month)
CROSS JOIN LATERAL (SELECT found.quantities[closed.month] AS quantity, found.amounts[closed.month] AS amount) AS sold
WHERE line.budget_id = %(budget)s AND cell.line_id = line.id AND cell.month = closed.month
"""


def take_actuals(budget: Budget) -> None:
    """Let the months that are over hold what was sold in them; what no line is about gets its line, zero in the months to come.

    A month in which more came back than went out is zero.
    """
    months = months_of(budget.round.first_month)
    values = _propose(budget, months, Decimal(0), Decimal(0), to_go=False)
    with connection.cursor() as cursor:
        key, other = KEY.format(row="line"), KEY.format(row="other")
        cursor.execute(ACTUALS.format(proposed=PROPOSED, same=SAME, key=key, other_key=other), values)
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)


def propose(budget: Budget, months: Sequence[date], volume: Decimal, price: Decimal, *, to_go: bool = False) -> None:
    """Add what was sold in these months, one for each of the plan, and is not planned yet, more or less by these per cents.

    With `to_go` the months that are not over are estimated from those that are.
    """
    _propose(budget, months, volume, price, to_go=to_go)
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)


def _propose(budget: Budget, months: Sequence[date], volume: Decimal, price: Decimal, *, to_go: bool) -> dict[str, Any]:
    """The lines and cells of a proposal; the table of what was sold stays until the transaction ends."""
    over = [place for place, month in enumerate(months, 1) if month_after(month, 1) <= clock.today()]
    weights = ", ".join(f"profile.{weight_column(month.month)}" for month in months)
    values: dict[str, Any] = owners_of(budget.round.first_month) | {
        "owner": budget.contributor_id,
        "location": budget.location_id,
        "budget": budget.pk,
        "tail": parameter("budgets.tail_revenue", [f"location:{budget.location_id}"]),
        "volume": 1 + volume / 100,
        "price": 1 + price / 100,
        "places": budget.round.decimals,
        "sold_years": sorted({month.year for month in months}),
        "over": over,
    }

    def column(measure: str, month: date) -> str:
        """What was sold in a month; the running one is not over and counts as none."""
        if month_after(month, 1) > clock.today():
            return "0::numeric"
        return f"coalesce(sum(CASE WHEN total.year = {month.year} THEN total.{month_column(measure, month.month)} END), 0)"

    sold_in = [month for month in months if month_after(month, 1) <= clock.today()]

    statement = PROPOSE.format(
        own_row=OWN_ROW,
        proposed=PROPOSED,
        owners=PORTFOLIO,
        revenue=reference_sum(sold_in) or "0::numeric",
        sold=TO_GO.format(weights=weights) if to_go else "SELECT * FROM booked",
        quantities=", ".join(column("quantity", month) for month in months),
        amounts=", ".join(column("net", month) for month in months),
        tail_amounts=", ".join(f"sum(amounts[{place}])" for place in range(1, 13)),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {PROPOSED}")
        cursor.execute(statement, values)
        cursor.execute(f"SELECT DISTINCT currency FROM {PROPOSED} ORDER BY 1")
        for (currency,) in cursor.fetchall():
            rate_needed(budget.round, currency)
        cursor.execute(LINES.format(proposed=PROPOSED, same=SAME), values)
        cursor.execute(CELLS.format(proposed=PROPOSED, same=SAME), values)
    return values
