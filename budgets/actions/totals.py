"""Keeping the totals of lines and budgets equal to their cells, in the transaction that changes a cell."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from budgets.models.lines import CELL_COST

# Line by line through the index of the cells: how many there are of a new budget, the database does not know yet.
LINES = f"""
UPDATE budgets_budgetline AS target SET quantity = total.quantity, revenue = total.revenue, cost = total.cost,
    updated_at = statement_timestamp(), version = target.version + (%(lines)s::bigint[] IS NOT NULL)::int,
    review = CASE WHEN %(lines)s::bigint[] IS NOT NULL AND target.review <> '' THEN 'changed' ELSE target.review END
FROM budgets_budgetline AS line
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cell.quantity), 0) AS quantity, coalesce(sum(cell.revenue), 0) AS revenue,
        CASE WHEN bool_and({CELL_COST} IS NOT NULL) THEN sum(round({CELL_COST}, 2)) END AS cost
    FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id
    OFFSET 0
) AS total
WHERE target.id = line.id AND line.budget_id = ANY(%(budgets)s) AND (%(lines)s::bigint[] IS NULL OR line.id = ANY(%(lines)s))
    AND (%(lines)s::bigint[] IS NOT NULL
        OR (line.quantity, line.revenue, line.cost) IS DISTINCT FROM (total.quantity, total.revenue, total.cost))
"""
# Every cell is rounded by itself, as it is in the targets, so that they add up to the same.
BUDGETS = f"""
UPDATE budgets_budget AS target SET line_count = total.lines, to_look_at = total.to_look_at, revenue = total.revenue, cost = total.cost,
    uncosted = total.uncosted, updated_at = statement_timestamp()
FROM budgets_budget AS budget
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(*) FILTER (WHERE line.review = 'open') AS to_look_at, coalesce(sum(month.revenue), 0) AS revenue,
        coalesce(sum(month.cost), 0) AS cost, coalesce(sum(month.uncosted), 0) AS uncosted
    FROM budgets_budgetline AS line
    LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
    CROSS JOIN LATERAL (
        SELECT sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s)) AS revenue,
            sum(round({CELL_COST} * coalesce(rate.rate, 1), %(places)s)) AS cost,
            sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s)) FILTER (WHERE {CELL_COST} IS NULL) AS uncosted
        FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id
        OFFSET 0
    ) AS month
    WHERE line.budget_id = budget.id
) AS total
WHERE target.id = budget.id AND budget.id = ANY(%(budgets)s)
"""


def keep_totals(budgets: Sequence[int], places: int, lines: Sequence[int] | None = None) -> None:
    """Add up anew what these budgets hold, and note that they changed; `places` are the decimals of the round's currency.

    `lines` names those whose cells were written, where they are known: for whoever looks at such a line it is another version, and
    its contributor has looked at it.
    """
    values: dict[str, Any] = {"budgets": list(budgets), "lines": None if lines is None else list(lines), "places": places}
    with connection.cursor() as cursor:
        cursor.execute(LINES, values)
        cursor.execute(BUDGETS, values)
