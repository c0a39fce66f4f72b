"""Keeping the totals of lines and budgets equal to their cells, in the transaction that changes a cell."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

LINES = """
UPDATE budgets_budgetline AS line SET quantity = total.quantity, revenue = total.revenue, updated_at = statement_timestamp(),
    version = line.version + (%(lines)s::bigint[] IS NOT NULL)::int
FROM (
    SELECT cell.line_id, coalesce(sum(cell.quantity), 0) AS quantity, sum(cell.revenue) AS revenue
    FROM budgets_budgetcell AS cell JOIN budgets_budgetline AS owner ON owner.id = cell.line_id
    WHERE owner.budget_id = ANY(%(budgets)s) AND (%(lines)s::bigint[] IS NULL OR cell.line_id = ANY(%(lines)s))
    GROUP BY cell.line_id
) AS total
WHERE line.id = total.line_id
    AND (%(lines)s::bigint[] IS NOT NULL OR (line.quantity, line.revenue) IS DISTINCT FROM (total.quantity, total.revenue))
"""
# Every cell is rounded by itself, as it is in the targets, so that they add up to the same.
BUDGETS = """
UPDATE budgets_budget AS budget SET revenue = total.revenue, line_count = total.lines, updated_at = statement_timestamp()
FROM (
    SELECT owner.id, count(DISTINCT line.id) AS lines,
        coalesce(sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s)), 0) AS revenue
    FROM budgets_budget AS owner
    LEFT JOIN budgets_budgetline AS line ON line.budget_id = owner.id
    LEFT JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
    LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = owner.round_id AND rate.currency = line.currency
    WHERE owner.id = ANY(%(budgets)s)
    GROUP BY owner.id
) AS total
WHERE budget.id = total.id
"""


def keep_totals(budgets: Sequence[int], places: int, lines: Sequence[int] | None = None) -> None:
    """Add up anew what these budgets hold, and note that they changed; `places` are the decimals of the round's currency.

    `lines` names those whose cells were written, where they are known: for whoever looks at such a line it is another version.
    """
    values: dict[str, Any] = {"budgets": list(budgets), "lines": None if lines is None else list(lines), "places": places}
    with connection.cursor() as cursor:
        cursor.execute(LINES, values)
        cursor.execute(BUDGETS, values)
