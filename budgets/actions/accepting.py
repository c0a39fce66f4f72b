"""The rest of a finished proposal accepted as it stands, so that its contributor sees and handles only the exceptions; and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from budgets.actions.filling import refuse_closed
from budgets.models import Budget, BudgetLine
from budgets.reports.looks import Look, looked_at
from kam.core.verbs import verb
from kam.core.workflow import Denied

Review = BudgetLine.Review
#: Ready filters whose rows speak for themselves: nobody accepts them without having looked.
EXCEPTIONS = (Look.GROWTH, Look.PRICE, Look.QUARTER, Look.FALLING)


@dataclass(frozen=True)
class Looked:
    """A budget after some of its rows were accepted or opened again, and these rows."""

    budget: Budget
    lines: list[int]


@verb("budgets.accept_rest", _("Accept the rest"))
def accept_rest(budget: Budget, *, actor: Any, reason: str = "", lines: Sequence[int] | None = None) -> Looked:
    """Accept the rows of the proposal that nobody has looked at yet as they were proposed.

    Left out are the exceptions: what a ready filter finds, and rows that wait for an answer. `lines` names rows to be accepted by
    themselves, exceptions too. Raises Denied.
    """
    refuse_closed(budget)
    rows = _rows(budget, lines).filter(review=Review.OPEN)
    if lines is None:
        waiting = Q(challenge=BudgetLine.Challenge.RETURNED) | Q(
            proposal__in=[BudgetLine.Proposal.PROPOSED, BudgetLine.Proposal.OPEN]
        )
        found = set(rows.filter(waiting).values_list("pk", flat=True))
        for look in EXCEPTIONS:
            found |= set(looked_at(rows, look, actor).values_list("pk", flat=True))
        rows = rows.exclude(pk__in=found)
    return _looked(budget, rows, Review.ACCEPTED)


@verb("budgets.look_again", _("Look again"))
def look_again(budget: Budget, *, actor: Any, reason: str = "", lines: Sequence[int]) -> Looked:
    """Take the acceptance of these rows back: they are still to be looked at. Raises Denied."""
    refuse_closed(budget)
    return _looked(budget, _rows(budget, lines).filter(review=Review.ACCEPTED), Review.OPEN)


def _rows(budget: Budget, lines: Sequence[int] | None) -> Any:
    """The rows of the budget, or those that are named. Raises Denied where one is another budget's."""
    rows = BudgetLine.objects.filter(budget=budget)
    if lines is None:
        return rows
    rows = rows.filter(pk__among=set(lines))
    if rows.count() != len(set(lines)):
        raise Denied("foreign_line", _("This line belongs to another budget."), field="lines", status=400)
    return rows


def _looked(budget: Budget, rows: Any, review: str) -> Looked:
    """These rows stand so from now on; the budget keeps how many are left."""
    changed = sorted(rows.values_list("pk", flat=True))
    BudgetLine.objects.filter(pk__among=changed).update(review=review)
    left = BudgetLine.objects.filter(budget=budget, review=Review.OPEN).count()
    Budget.objects.filter(pk=budget.pk).update(to_look_at=left, updated_at=Now())
    budget.refresh_from_db()
    return Looked(budget, changed)
