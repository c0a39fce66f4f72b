"""The board of a round: who stands where, and what was asked from above beside what the budgets add up to."""

from decimal import Decimal

from django.db.models import Sum

from budgets.models import Budget, BudgetRound
from budgets.reports.thresholds import Tally


def tally_of(budget_round: BudgetRound) -> Tally | None:
    """Top-down beside bottom-up over all budgets of a round (K-B10); None while no target is set."""
    if budget_round.top_down is None:
        return None
    bottom_up = Budget.objects.filter(round=budget_round).aggregate(total=Sum("revenue"))["total"] or Decimal(0)
    return Tally(budget_round.top_down, bottom_up, budget_round.stretch)
