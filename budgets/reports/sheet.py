"""The sheet of a budget: its lines with their twelve months, and what each month adds up to in the round's currency."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.models import Budget, BudgetLine

#: Each cell counts as it does in the targets: at the round's rate, rounded by itself.
MONTHS = """
SELECT cell.month, sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s))
FROM budgets_budgetline AS line
JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = %(round)s AND rate.currency = line.currency
WHERE line.budget_id = %(budget)s
GROUP BY cell.month
"""


@dataclass(frozen=True)
class SheetLine:
    """A line with its months in its own currency."""

    line: BudgetLine
    months: list[Decimal]


def months_total(budget: Budget) -> list[Decimal]:
    """What each month of a budget adds up to, in the round's currency."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"budget": budget.pk, "round": budget.round_id, "places": budget.round.decimals})
        found = dict(cursor.fetchall())
    return [found.get(month, Decimal(0)) for month in range(1, 13)]


def sheet_lines(rows: Any) -> list[SheetLine]:
    """Lines with their months, in the order given; two queries."""
    lines = rows.for_list().prefetch_related("cells")
    found = []
    for line in lines:
        by_month = {cell.month: cell.revenue for cell in line.cells.all()}
        found.append(SheetLine(line, [by_month.get(month, Decimal(0)) for month in range(1, 13)]))
    return found
