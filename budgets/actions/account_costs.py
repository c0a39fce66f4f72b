"""Budgeting account costs while the budget accepts work, and taking in what was spent."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from budgets.actions.filling import refuse_closed
from budgets.models import AccountCost, AccountExpense, Budget, BudgetRound, SubmittedCost
from kam.core.import_kinds import Plan, write_plan
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _refuse_over(budget: Budget, month: int | None) -> None:
    """Nothing is planned in an estimate, nor in a month that is over. Raises Denied."""
    if budget.round.kind == BudgetRound.Kind.ESTIMATE:
        raise Denied("estimate_without_costs", _("An estimate has no account costs. They are planned in the budget."))
    if month and month <= budget.round.months_over:
        raise Denied("month_over", _("This month is over and stays as it is."), field="month")


def _open(cost: AccountCost) -> None:
    """The budget of a cost is locked and takes work, and its month is to come. Raises Denied."""
    budget = Budget.objects.locked().select_related("round").get(pk=cost.budget_id)
    refuse_closed(budget)
    _refuse_over(budget, cost.month)


@verb("budgets.plan_account_cost", _("Add account cost"))
def plan_account_cost(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    kind: str,
    amount: Decimal,
    month: int | None = None,
    customer: Customer | None = None,
) -> AccountCost:
    """Set an amount aside for a kind of cost, in a month or over the year, perhaps for one customer. Raises Denied."""
    refuse_closed(budget)
    _refuse_over(budget, month)
    cost = AccountCost(budget=budget, customer=customer)
    change(cost, {"kind": kind, "month": month, "amount": amount}, allowed=("kind", "month", "amount"))
    try:
        with transaction.atomic():
            cost.save(force_insert=True)
    except IntegrityError:
        raise Denied("cost_twice", _("This cost is in the budget already. Change its amount."), field="kind") from None
    return cost


@verb("budgets.edit_account_cost", _("Change account cost"))
def edit_account_cost(cost: AccountCost, *, actor: Any, reason: str = "", amount: Decimal | None = None) -> AccountCost:
    """Set another amount aside while the budget accepts work. Raises Denied."""
    _open(cost)
    if amount is not None and change(cost, {"amount": amount}, allowed=("amount",)):
        cost.save()
    return cost


@verb("budgets.remove_account_cost", _("Remove account cost"), leaves=True)
def remove_account_cost(cost: AccountCost, *, actor: Any, reason: str = "") -> None:
    """Take a cost out while the budget accepts work. Raises Denied."""
    _open(cost)
    cost.delete()


@verb("budgets.record_account_costs", _("Record actual account costs"))
def record_account_costs(model: type[AccountExpense], *, actor: Any, reason: str = "", plan: Plan) -> None:
    """Write the new and the corrected documents of a plan that was checked, in sets."""
    write_plan(model, plan)


def keep_submitted_costs(budget: Budget) -> None:
    """Keep the costs of a budget that is returned as they were submitted, in the place of those of the return before."""
    SubmittedCost.objects.filter(budget=budget).delete()
    names = ("kind", "month", "customer_id", "amount")
    costs = AccountCost.objects.filter(budget=budget).order_by("pk").values(*names)
    SubmittedCost.objects.bulk_create(SubmittedCost(budget=budget, **values) for values in costs)
