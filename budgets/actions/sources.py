"""Filling a budget from what was agreed and what is sought: agreed prices by month, rows of negotiations and accepted offers; in sets."""

from typing import Any

from django.db import connection

from budgets.actions.costing import cost_lines
from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.reports.agreed import agreed_months
from budgets.reports.sought import SoughtRow, sought_rows
from kam.core.money import round_money

PRICES = """
UPDATE budgets_budgetcell AS cell SET price = new.price, revenue = new.revenue
FROM unnest(%(lines)s::bigint[], %(months)s::int[], %(prices)s::numeric[], %(revenues)s::numeric[])
    AS new (line_id, month, price, revenue)
WHERE cell.line_id = new.line_id AND cell.month = new.month
"""


def take_agreed_prices(budget: Budget, reader: Any) -> None:
    """Let each month to come of each row have the price that is agreed on its first day; a month without one keeps its own."""
    changed = [
        (one.line, one.month, one.price, round_money(one.quantity * one.price, one.currency))
        for one in agreed_months(budget, reader)
        if one.price is not None
        and one.quantity is not None
        and one.month > budget.round.months_over
        and one.price != one.planned
    ]
    if not changed:
        return
    columns = (list(column) for column in zip(*changed, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(PRICES, dict(zip(("lines", "months", "prices", "revenues"), columns, strict=True)))
    keep_totals([budget.pk], budget.round.decimals, sorted({line for line, *_rest in changed}))


def add_sought(budget: Budget, reader: Any) -> None:
    """Add the rows that negotiations and accepted offers promise and that are not planned yet.

    What was added so before, as to be won, and is won by now keeps its figures and is awarded.
    """
    held = {_key(line): line for line in BudgetLine.objects.filter(budget=budget, market=None)}
    rows, won = [], []
    for row in sought_rows(budget, reader):
        before = held.get((*row.key[:-1], BudgetLine.Chance.TO_BE_WON)) if row.chance == BudgetLine.Chance.AWARDED else None
        if row.key in held:
            continue
        if before is not None and before.source == BudgetLine.Source.NEGOTIATIONS:
            won.append(before.pk)
        else:
            rows.append(row)
    BudgetLine.objects.filter(pk__in=won).update(chance=BudgetLine.Chance.AWARDED)
    for currency in sorted({row.currency for row in rows}):
        rate_needed(budget.round, currency)
    lines = BudgetLine.objects.bulk_create(_line(budget, row) for row in rows)
    BudgetCell.objects.bulk_create(cell for line, row in zip(lines, rows, strict=True) for cell in _cells(line, row))
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)


def _key(line: BudgetLine) -> tuple[Any, ...]:
    of = (line.plant_id, line.customer_id, line.product_id, line.family_id, line.producing_location_id, line.currency, line.unit)
    return (*of, line.chance)


def _line(budget: Budget, row: SoughtRow) -> BudgetLine:
    return BudgetLine(
        budget=budget, plant_id=row.plant, customer_id=row.customer, product_id=row.product, family_id=row.family,
        producing_location_id=row.producing_location, currency=row.currency, unit=row.unit, chance=row.chance,
        source=BudgetLine.Source.NEGOTIATIONS, review=BudgetLine.Review.OPEN,
    )  # fmt: skip


def _cells(line: BudgetLine, row: SoughtRow) -> list[BudgetCell]:
    """Twelve months; a quantity has the price that makes its revenue."""
    cells = []
    for month, (quantity, revenue) in enumerate(zip(row.quantities, row.revenues, strict=True), 1):
        sold = {"quantity": quantity, "price": round(revenue / quantity, 5)} if row.product and quantity else {}
        cells.append(BudgetCell(line=line, month=month, revenue=revenue, **sold))
    return cells
