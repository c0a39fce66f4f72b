"""A change in per cent of many cells at once: three per cent on the price from April, for what is filtered; in sets."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.actions.filling import refuse_closed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetLine
from kam.core.money import minor_unit
from kam.core.verbs import verb
from kam.core.workflow import Denied

MEASURES = ("price", "quantity")
PRICE = "CASE WHEN %(measure)s = 'price' THEN round(cell.price * %(factor)s, 5) ELSE cell.price END"
QUANTITY = "CASE WHEN %(measure)s = 'price' THEN cell.quantity ELSE round(cell.quantity * %(factor)s, line.decimals) END"
# A month that is planned in money only follows either. Whole pieces stay whole where the line has nothing but whole pieces.
ADJUST = f"""
UPDATE budgets_budgetcell AS cell SET quantity = {QUANTITY}, price = {PRICE},
    revenue = CASE WHEN cell.quantity IS NULL THEN round(cell.revenue * %(factor)s, %(places)s)
        ELSE round({QUANTITY} * {PRICE}, %(places)s) END
FROM (
    SELECT part.line_id, CASE WHEN bool_and(coalesce(part.quantity, 0) = trunc(coalesce(part.quantity, 0))) THEN 0 ELSE 3 END AS decimals
    FROM budgets_budgetcell AS part WHERE part.line_id = ANY(%(lines)s) GROUP BY part.line_id
) AS line
WHERE cell.line_id = line.line_id AND cell.month BETWEEN %(first)s AND %(last)s AND (cell.quantity > 0 OR cell.revenue > 0)
    AND NOT EXISTS (SELECT FROM unnest(%(held_lines)s::bigint[], %(held_months)s::int[]) AS held (line_id, month)
        WHERE held.line_id = cell.line_id AND held.month = cell.month)
RETURNING cell.line_id
"""


@verb("budgets.adjust_cells", _("Change in per cent"))
def adjust_cells(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    measure: str,
    percent: Decimal,
    from_month: int = 1,
    to_month: int = 12,
    lines: Sequence[int] | None = None,
    held: Sequence[tuple[int, int]] = (),
) -> Budget:
    """Raise or lower the price or the quantity of these lines (all of them by default) in these months; revenue follows.

    `held` are cells (line and month) that stay as they are. Raises Denied.
    """
    refuse_closed(budget)
    if measure not in MEASURES:
        raise Denied("no_such_measure", _("Choose price or quantity."), field="measure", status=400)
    if not -100 <= percent <= 1000:
        raise Denied("percent_absurd", _("Choose a change between −100 and +1000 %%.") % {}, field="percent", status=400)
    if not 1 <= from_month <= to_month <= 12:
        raise Denied("no_month", _("A year has twelve months."), field="from_month", status=400)
    rows = BudgetLine.objects.filter(budget=budget)
    if lines is not None:
        rows = rows.filter(pk__in=lines)
        if rows.count() != len(set(lines)):
            raise Denied("foreign_line", _("This line belongs to another budget."), field="lines", status=400)
    by_currency: dict[str, list[int]] = {}
    for key, currency in rows.values_list("pk", "currency"):
        by_currency.setdefault(currency, []).append(key)
    values: dict[str, Any] = {
        "measure": measure,
        "factor": 1 + percent / 100,
        "first": max(from_month, budget.round.months_over + 1),
        "last": to_month,
        "held_lines": [line for line, _month in held],
        "held_months": [month for _line, month in held],
    }
    changed: set[int] = set()
    with connection.cursor() as cursor:
        for currency, keys in sorted(by_currency.items()):
            places = -int(minor_unit(currency).as_tuple().exponent)
            cursor.execute(ADJUST, values | {"lines": keys, "places": places})
            changed.update(line for (line,) in cursor.fetchall())
    keep_totals([budget.pk], budget.round.decimals, sorted(changed))
    budget.refresh_from_db()
    return budget
