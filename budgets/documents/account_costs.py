"""Budgeted account costs as parts of a paper: over the months of a landscape sheet, or a line a kind in a letter."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.dates import MONTHS_3
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from budgets.documents.forms import Block
from budgets.models import BudgetRound, months_of
from budgets.reports.planned_costs import CostRow
from kam.core.formats import number

#: So many rows are printed; the rest stands in one, so that the table adds up.
MOST_COSTS = 60


def cost_table(one: BudgetRound, rows: Sequence[CostRow]) -> list[Block]:
    """The costs of a book by kind and customer, over the year as a whole and month by month."""
    if not rows:
        return []
    columns = [
        {"label": _("Kind of cost")}, {"label": one.year, "width": 20, "number": True},
        {"label": _("Not by month"), "width": 20, "number": True},
        *({"label": capfirst(str(MONTHS_3[month.month])), "width": 13.2, "number": True} for month in months_of(one.first_month)),
    ]  # fmt: skip
    shown = [_cells(name_of(row), row.whole, row.months) for row in rows[:MOST_COSTS]]
    if rows[MOST_COSTS:]:
        shown.append(_cells(_("Others"), *_added(rows[MOST_COSTS:])))
    total = _cells(_("Total"), *_added(rows))
    text = _("In %(currency)s, beside the goods.") % {"currency": one.currency}
    return [
        {"kind": "heading", "text": _("Account costs")},
        {"kind": "table", "columns": columns, "rows": shown, "totals": [total], "compact": True},
        {"kind": "text", "text": text},
    ]


def cost_lines(rows: Sequence[CostRow], currency: str) -> list[Block]:
    """The costs of a letter, a line a kind and customer."""
    if not rows:
        return []
    columns = [{"label": _("Kind of cost")}, {"label": f"{_('Year')} {currency}", "width": 40, "number": True}]
    shown = [[name_of(row), number(row.year, 2)] for row in rows[:MOST_COSTS]]
    if rows[MOST_COSTS:]:
        shown.append([_("Others"), number(sum((row.year for row in rows[MOST_COSTS:]), Decimal(0)), 2)])
    total = [_("Total"), number(sum((row.year for row in rows), Decimal(0)), 2)]
    return [
        {"kind": "heading", "text": _("Account costs that your budget sets aside")},
        {"kind": "table", "columns": columns, "rows": shown, "totals": [total]},
    ]


def name_of(row: CostRow) -> str:
    """The kind, and the customer that it is for."""
    return f"{row.kind.label} · {row.customer}" if row.customer else str(row.kind.label)


def _added(rows: Sequence[CostRow]) -> tuple[Decimal, list[Decimal]]:
    months = [sum(parts, Decimal(0)) for parts in zip(*(row.months for row in rows), strict=True)]
    return sum((row.whole for row in rows), Decimal(0)), months


def _cells(name: str, whole: Decimal, months: Sequence[Decimal]) -> list[str]:
    year = sum(months, whole)
    return [name, number(year, 2), number(whole, 2) if whole else "", *(number(amount) if amount else "" for amount in months)]
