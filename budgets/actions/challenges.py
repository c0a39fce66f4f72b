"""The challenge of single rows: marked with a reason and a counter-figure, returned with their budget, answered by its contributor."""

from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from budgets.actions.filling import refuse_closed
from budgets.actions.lines import CellValue, edit_cells, rounded
from budgets.models import Budget, BudgetLine, SubmittedLine
from budgets.models.lines import ANSWERS
from budgets.reports.looks import sold_of
from budgets.reports.phasing import spread
from kam.core.money import minor_unit
from kam.core.verbs import verb
from kam.core.workflow import Denied

Challenge = BudgetLine.Challenge
LONGEST = 400
KEEP = """
INSERT INTO budgets_submittedline (budget_id, line, returned, quantities, revenues)
SELECT line.budget_id, line.id, line.challenge = 'returned', array_agg(cell.quantity ORDER BY cell.month),
    array_agg(cell.revenue ORDER BY cell.month)
FROM budgets_budgetline AS line JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
WHERE line.budget_id = %(budget)s GROUP BY line.id
"""


def _in_review(line: BudgetLine) -> Budget:
    """The budget of a line, locked, while it is submitted and not decided on yet. Raises Denied."""
    budget: Budget = Budget.objects.locked().select_related("round").get(pk=line.budget_id)
    if budget.status != Budget.Status.SUBMITTED or not budget.round.accepts_work:
        raise Denied("not_in_review", _("Rows are marked while their budget is submitted and not approved yet."))
    return budget


@verb("budgets.challenge_line", _("Mark for return"))
def challenge_line(line: BudgetLine, *, actor: Any, reason: str = "", why: str, counter: Decimal | None = None) -> BudgetLine:
    """Mark a row of a submitted budget with a reason and the year's revenue to set against it; it goes back when the budget does.

    Without a counter-figure it is what the row sold in the last twelve months. Marked again, reason and counter-figure are the new ones. Raises Denied.
    """
    budget = _in_review(line)
    why = said(why, "why")
    if not why:
        raise Denied("reason_needed", _("Say what has to change."), field="why", status=400)
    counter = rounded(sold_of(line, actor) if counter is None else counter, line)
    held = held_over(line, budget)
    if counter < held or (budget.round.months_over >= 12 and counter != held):
        raise Denied("less_than_over", _("The months that are over stay as they are."), field="counter", status=400)
    line.challenge, line.counter, line.challenge_reason, line.challenge_answer = Challenge.MARKED, counter, why, ""
    line.save()
    return line


@verb("budgets.withdraw_challenge", _("Take the mark off"))
def withdraw_challenge(line: BudgetLine, *, actor: Any, reason: str = "") -> BudgetLine:
    """Take the mark off a row before its budget goes back. Raises Denied."""
    _in_review(line)
    if line.challenge != Challenge.MARKED:
        raise Denied("not_marked", _("This row is not marked."))
    line.challenge, line.counter, line.challenge_reason, line.challenge_answer = "", None, "", ""
    line.save()
    return line


def return_marked(budget: Budget) -> None:
    """The rows that were marked go back with their budget, which is kept as it was submitted."""
    BudgetLine.objects.filter(budget=budget, challenge=Challenge.MARKED).update(challenge=Challenge.RETURNED)
    SubmittedLine.objects.filter(budget=budget).delete()
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"budget": budget.pk})


def refuse_marked(budget: Budget) -> None:
    """Who marked rows wants them back: such a budget is not approved. Raises Denied."""
    if BudgetLine.objects.filter(budget=budget, challenge=Challenge.MARKED).exists():
        raise Denied("rows_marked", _("Rows are marked for return. Return the budget, or take the marks off."))


@verb("budgets.answer_challenge", _("Answer"))
def answer_challenge(line: BudgetLine, *, actor: Any, reason: str = "", answer: str, comment: str = "") -> BudgetLine:
    """Answer a returned row: take the counter-figure over, in proportion to its months, or keep the figure and say why.

    The quantities follow at the prices that they have. An answer may be given anew until the budget is submitted. Raises Denied.
    """
    budget: Budget = Budget.objects.locked().select_related("round").get(pk=line.budget_id)
    refuse_closed(budget)
    if line.counter is None:
        raise Denied("not_returned", _("This row was not returned."))
    comment = said(comment, "comment")
    if answer not in ANSWERS:
        raise Denied("no_such_answer", _("Take the counter-figure over, or keep the figure."), field="answer", status=400)
    if answer == Challenge.KEPT and not comment:
        raise Denied("reason_needed", _("Say why the figure stays."), field="comment", status=400)
    line.challenge, line.challenge_answer = answer, comment
    line.save()
    if answer == Challenge.TAKEN and line.revenue != line.counter:
        edit_cells(budget, actor=actor, cells=scaled(line, budget, line.counter))
    line.refresh_from_db()
    return line


def said(text: str, field: str) -> str:
    """A reason or an answer on one line. Raises Denied."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise Denied("too_long", _("At most %(count)d characters.") % {"count": LONGEST}, field=field, status=400)
    return text


def held_over(line: BudgetLine, budget: Budget) -> Decimal:
    """What the months that are over hold."""
    held = line.cells.filter(month__lte=budget.round.months_over).aggregate(revenue=Sum("revenue"))["revenue"]
    return held or Decimal(0)


def scaled(line: BudgetLine, budget: Budget, revenue: Decimal) -> list[CellValue]:
    """The months to come, so that the year is this revenue: each in proportion, pieces whole where they are, prices as they are
    but for what the rounding of the pieces moves."""
    cells = [cell for cell in line.cells.order_by("month") if cell.month > budget.round.months_over]
    shape = [cell.revenue for cell in cells]
    parts = spread(revenue - held_over(line, budget), shape, step=minor_unit(line.currency))
    whole = all((cell.quantity or 0) % 1 == 0 for cell in cells)
    changed = []
    for cell, part in zip(cells, parts, strict=True):
        if part == cell.revenue:
            continue
        quantity = None
        if cell.quantity and cell.price:
            quantity = round(part / cell.price, 0 if whole else 3) or round(part / cell.price, 3) or None
        changed.append(CellValue(line.pk, cell.month, quantity=quantity, revenue=part))
    return changed
