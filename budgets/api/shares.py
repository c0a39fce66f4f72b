"""Shares of budgets over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Location, User
from budgets.actions import share_budget
from budgets.api.figures import IDENTITY
from budgets.filters import BudgetShareFilter
from budgets.models import Budget, BudgetShare
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, verb_action
from kam.core.workflow import Denied


class BudgetShareSerializer(RecordSerializer):
    """A budget that is shown to a person (`user`), or to a `role` at a `location`, without costs that they may not read otherwise."""

    budget = ScopedPrimaryKeyField(queryset=Budget.objects.all())
    user = ScopedPrimaryKeyField(queryset=User.objects.all(), required=False, allow_null=True)
    location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False, allow_null=True)
    until = SensibleDateField(required=False, allow_null=True, help_text="The last day; left out: until it is withdrawn.")

    class Meta:
        model = BudgetShare
        fields = [*IDENTITY, "budget", "user", "role", "location", "may_comment", "until", "withdrawn_at"]
        read_only_fields = ["withdrawn_at"]


def create_share(model: type[BudgetShare], *, actor: Any, budget: Budget, **values: Any) -> BudgetShare:
    """Share the budget that the body names, one's own."""
    if not Budget.objects.permitted(actor, "budgets.share_budget").filter(pk=budget.pk).exists():
        raise Denied(
            "outside_your_area", _("Only its contributor and the sales manager share a budget."), field="budget", status=403
        )
    return share_budget(budget, actor=actor, **values)  # type: ignore[no-any-return]


create_share.code = share_budget.code  # type: ignore[attr-defined]


class BudgetShareViewSet(RecordViewSet):
    """Shares of budgets."""

    queryset = BudgetShare.objects.all()
    serializer_class = BudgetShareSerializer
    filterset_class = BudgetShareFilter
    ordering_fields = ("id", "created_at", "updated_at")
    create_action = staticmethod(create_share)
    withdraw = verb_action("budgets.withdraw_share")
