"""Filling a budget: from the last twelve months of the sales ledger, or from the version in force; in sets, never row by row."""

from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.actions.costing import cost_lines
from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.reports.portfolio import PORTFOLIO, owners_of, reference_months, reference_sum
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied
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
WITH sold AS (
    SELECT portfolio.plant_id, portfolio.customer_id, total.product_id, product.family_id, total.producing_location_id,
        total.currency, total.unit, sum({revenue}) AS worth, ARRAY[{quantities}] AS quantities, ARRAY[{amounts}] AS amounts
    FROM ({owners}) AS portfolio
    JOIN orders_salestotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
        AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
    JOIN catalog_product AS product ON product.id = total.product_id
    WHERE portfolio.owner_id = %(owner)s AND portfolio.location_id = %(location)s
    GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT plant_id, NULL::bigint AS customer_id, product_id, NULL::bigint AS family_id, producing_location_id, currency, unit,
    quantities, amounts
FROM sold WHERE worth >= %(tail)s
UNION ALL
SELECT NULL, customer_id, NULL, family_id, producing_location_id, currency, '', NULL, ARRAY[{tail_amounts}]
FROM sold WHERE worth < %(tail)s
GROUP BY customer_id, family_id, producing_location_id, currency
HAVING sum(worth) > 0
"""
# As texts, so that the database can look the rows up instead of comparing each with each (NULL is no key).
KEY = (
    "ROW({row}.plant_id, {row}.customer_id, {row}.product_id, {row}.family_id, {row}.producing_location_id, {row}.currency,"
    " {row}.unit)::text"
)
SAME = f"line.budget_id = %(budget)s AND line.market_id IS NULL AND {KEY.format(row='line')} = {KEY.format(row='new')}"
LINES = """
INSERT INTO budgets_budgetline (budget_id, plant_id, customer_id, product_id, family_id, producing_location_id, currency, unit,
    chance, source, comment, quantity, revenue, version)
SELECT %(budget)s, new.plant_id, new.customer_id, new.product_id, new.family_id, new.producing_location_id, new.currency, new.unit,
    'running', 'last_year', '', 0, 0, 1
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
#: What is taken over from the lines of the version in force.
TAKEN_OVER = (
    "plant_id, customer_id, market_id, product_id, family_id, producing_location_id, currency, unit, chance, comment,"
    " quantity, revenue, standard_cost_id, unit_cost, cost_share, cost"
)
COPY_LINES = f"""
INSERT INTO budgets_budgetline (budget_id, source, version, {TAKEN_OVER})
SELECT %(budget)s, 'last_version', 1, {TAKEN_OVER} FROM budgets_budgetline WHERE budget_id = %(from)s ORDER BY id
"""
COPY_CELLS = f"""
INSERT INTO budgets_budgetcell (line_id, month, quantity, price, revenue, version)
SELECT line.id, cell.month, cell.quantity, cell.price, cell.revenue, 1
FROM budgets_budgetline AS before JOIN budgets_budgetcell AS cell ON cell.line_id = before.id
JOIN budgets_budgetline AS line ON line.budget_id = %(budget)s AND {KEY.format(row="line")} = {KEY.format(row="before")}
    AND ROW(line.market_id, line.chance)::text = ROW(before.market_id, before.chance)::text
WHERE before.budget_id = %(from)s
"""


def refuse_closed(budget: Budget) -> None:
    """A budget that was submitted or whose round is past preparation stays as it is. Raises Denied."""
    if not budget.accepts_work:
        raise Denied("budget_closed", _("This budget is submitted. The sales manager can return it to you."))


def version_in_force(budget: Budget) -> Budget | None:
    """The last published budget of the same person and location for the same year."""
    rows = Budget.objects.filter(
        contributor=budget.contributor_id,
        location=budget.location_id,
        round__first_month=budget.round.first_month,
        round__status__in=[BudgetRound.Status.PUBLISHED, BudgetRound.Status.CLOSED],
    )
    return rows.exclude(pk=budget.pk).order_by("-round__published_at", "-pk").first()


def begin_with(budget: Budget, *, actor: Any) -> None:
    """The finished proposal with which a budget opens: the version in force in a revision, else the last twelve months."""
    before = version_in_force(budget) if budget.round.kind == BudgetRound.Kind.REVISION else None
    if before is None:
        _propose(budget, Decimal(0), Decimal(0))
        return
    for currency in before.round.rates.values_list("currency", flat=True):
        rate_needed(budget.round, currency)
    values = {"budget": budget.pk, "from": before.pk}
    with connection.cursor() as cursor:
        cursor.execute(COPY_LINES, values)
        cursor.execute(COPY_CELLS, values)
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)


@verb("budgets.fill_budget", _("Fill from the last twelve months"))
def fill_budget(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    volume_percent: Decimal = Decimal(0),
    price_percent: Decimal = Decimal(0),
    anew: bool = False,
) -> Budget:
    """Add what was sold in the last twelve months and is not planned yet, more or less by these per cents.

    With `anew` the lines that were filled this way before are taken out first; those made by hand stay. Raises Denied.
    """
    refuse_closed(budget)
    for name, percent in (("volume_percent", volume_percent), ("price_percent", price_percent)):
        if not -100 <= percent <= 1000:
            raise Denied("percent_absurd", _("Choose a change between −100 and +1000 %%.") % {}, field=name, status=400)
    if anew:
        BudgetLine.objects.filter(budget=budget, source=BudgetLine.Source.LAST_YEAR).delete()
    _propose(budget, volume_percent, price_percent)
    budget.refresh_from_db()
    return budget


def _propose(budget: Budget, volume: Decimal, price: Decimal) -> None:
    months = reference_months(budget.round.first_month)
    values = owners_of(budget.round.first_month) | {
        "owner": budget.contributor_id,
        "location": budget.location_id,
        "budget": budget.pk,
        "tail": parameter("budgets.tail_revenue", [f"location:{budget.location_id}"]),
        "volume": 1 + volume / 100,
        "price": 1 + price / 100,
        "places": budget.round.decimals,
    }

    def columns(measure: str) -> list[str]:
        return [
            f"coalesce(sum(CASE WHEN total.year = {month.year} THEN total.{month_column(measure, month.month)} END), 0)"
            for month in months
        ]

    propose = PROPOSE.format(
        proposed=PROPOSED,
        owners=PORTFOLIO,
        revenue=reference_sum(months),
        quantities=", ".join(columns("quantity")),
        amounts=", ".join(columns("net")),
        tail_amounts=", ".join(f"sum(amounts[{place}])" for place in range(1, 13)),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {PROPOSED}")
        cursor.execute(propose, values)
        cursor.execute(f"SELECT DISTINCT currency FROM {PROPOSED} ORDER BY 1")
        for (currency,) in cursor.fetchall():
            rate_needed(budget.round, currency)
        cursor.execute(LINES.format(proposed=PROPOSED, same=SAME), values)
        cursor.execute(CELLS.format(proposed=PROPOSED, same=SAME), values)
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)
