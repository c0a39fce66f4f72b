"""Account costs over REST: what budgets set aside, and the documents of what was spent."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Customer
from budgets.actions import plan_account_cost
from budgets.api.figures import IDENTITY, MONEY
from budgets.filters import AccountCostFilter, AccountExpenseFilter
from budgets.models import AccountCost, AccountExpense, Budget
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField
from kam.core.workflow import Denied


class AccountCostSerializer(RecordSerializer):
    """What a budget sets aside for a kind of cost, in the round's currency."""

    budget = ScopedPrimaryKeyField(queryset=Budget.objects.all())
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    month = serializers.IntegerField(
        min_value=1,
        max_value=12,
        required=False,
        allow_null=True,
        help_text="Of the year of the round, from 1; null: the whole year.",
    )
    amount = serializers.DecimalField(**MONEY)

    class Meta:
        model = AccountCost
        fields = [*IDENTITY, "budget", "kind", "month", "customer", "amount"]


class AccountCostEditSerializer(AccountCostSerializer):
    """What an edit takes: the amount."""

    budget: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    customer: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    month: Any = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta(AccountCostSerializer.Meta):
        read_only_fields = ["kind"]


def create_account_cost(model: type[AccountCost], *, actor: Any, budget: Budget, **values: Any) -> AccountCost:
    """Add a cost to the budget that the body names, one's own."""
    if not Budget.objects.permitted(actor, "budgets.plan_account_cost").filter(pk=budget.pk).exists():
        raise Denied("outside_your_area", _("Only its contributor writes in a budget."), field="budget", status=403)
    return plan_account_cost(budget, actor=actor, **values)  # type: ignore[no-any-return]


create_account_cost.code = plan_account_cost.code  # type: ignore[attr-defined]


class AccountCostViewSet(RecordViewSet):
    """Budgeted account costs."""

    queryset = AccountCost.objects.all()
    serializer_class = AccountCostSerializer
    filterset_class = AccountCostFilter
    ordering_fields = ("id", "updated_at", "created_at")
    create_action = staticmethod(create_account_cost)
    update_action = "budgets.edit_account_cost"
    delete_action = "budgets.remove_account_cost"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return AccountCostEditSerializer if self.action in {"update", "partial_update"} else AccountCostSerializer


class AccountExpenseSerializer(RecordSerializer):
    """What one document cost; it comes in by import (kind `budgets.account_costs`)."""

    class Meta:
        model = AccountExpense
        fields = [
            *IDENTITY, "source", "document", "date", "kind", "location", "person", "customer", "amount", "currency", "base_amount",
        ]  # fmt: skip
        read_only_fields = fields


class AccountExpenseViewSet(RecordViewSet):
    """Actual account costs."""

    queryset = AccountExpense.objects.all()
    serializer_class = AccountExpenseSerializer
    filterset_class = AccountExpenseFilter
    ordering_fields = ("id", "date", "updated_at", "created_at")
