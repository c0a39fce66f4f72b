"""Keeping the totals of lines and budgets equal to their cells, in the transaction that changes a cell."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# Line by line through the index of the cells: how many there are of a new budget, the database does not know yet.
LINES = """
UPDATE budgets_budgetline AS line SET quantity = total.quantity, revenue = total.revenue, updated_at = statement_timestamp(),
    version = line.version + (%(lines)s::bigint[] IS NOT NULL)::int
FROM budgets_budgetline AS one
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cell.quantity), 0) AS quantity, coalesce(sum(cell.revenue), 0) AS revenue
    FROM budgets_budgetcell AS cell WHERE cell.line_id = one.id
    OFFSET 0
) AS total
WHERE line.id = one.id AND one.budget_id = ANY(%(budgets)s) AND (%(lines)s::bigint[] IS NULL OR one.id = ANY(%(lines)s))
    AND (%(lines)s::bigint[] IS NOT NULL OR (one.quantity, one.revenue) IS DISTINCT FROM (total.quantity, total.revenue))
"""
# Every cell is rounded by itself, as it is in the targets, so that they add up to the same.
BUDGETS = """
UPDATE budgets_budget AS budget SET
    line_count = (SELECT count(*) FROM budgets_budgetline AS line WHERE line.budget_id = budget.id),
    revenue = (
        SELECT coalesce(sum(month.revenue), 0)
        FROM budgets_budgetline AS line
        LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
        CROSS JOIN LATERAL (
            SELECT sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s)) AS revenue
            FROM budgets_budgetcell AS cell WHERE cell.line_id = line.id
            OFFSET 0
        ) AS month
        WHERE line.budget_id = budget.id
    ),
    updated_at = statement_timestamp()
WHERE budget.id = ANY(%(budgets)s)
"""


def keep_totals(budgets: Sequence[int], places: int, lines: Sequence[int] | None = None) -> None:
    """Add up anew what these budgets hold, and note that they changed; `places` are the decimals of the round's currency.

    `lines` names those whose cells were written, where they are known: for whoever looks at such a line it is another version.
    """
    values: dict[str, Any] = {"budgets": list(budgets), "lines": None if lines is None else list(lines), "places": places}
    with connection.cursor() as cursor:
        cursor.execute(LINES, values)
        cursor.execute(BUDGETS, values)
