"""Pages that share a budget and withdraw it."""

from budgets.forms.budgets import ShareForm
from budgets.models import Budget, BudgetShare
from kam.core.views import VerbView


class BudgetShareWith(VerbView):
    """Share a budget with a person or a role."""

    model = Budget
    verb = "budgets.share_budget"
    form_class = ShareForm


class ShareWithdraw(VerbView):
    """Withdraw a share."""

    model = BudgetShare
    verb = "budgets.withdraw_share"
