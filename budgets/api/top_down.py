"""Top-down targets of parts of a round over REST."""

from typing import Any

from rest_framework import serializers

from accounts.models import Market
from budgets.api.figures import IDENTITY, MONEY
from budgets.filters import TopDownTargetFilter
from budgets.models import BudgetRound, TopDownTarget
from catalog.models import ProductFamily
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField


class TopDownTargetSerializer(RecordSerializer):
    """An amount that a round is to reach in a family, in a market, with new products or with new customers."""

    round = ScopedPrimaryKeyField(queryset=BudgetRound.objects.all())
    family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    market = ScopedPrimaryKeyField(queryset=Market.objects.all(), required=False, allow_null=True)
    amount = serializers.DecimalField(**MONEY)

    class Meta:
        model = TopDownTarget
        fields = [*IDENTITY, "round", "of", "family", "market", "amount"]


class TopDownTargetEditSerializer(TopDownTargetSerializer):
    """What an edit takes: the amount."""

    round: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    family: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    market: Any = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta(TopDownTargetSerializer.Meta):
        read_only_fields = ["of"]


class TopDownTargetViewSet(RecordViewSet):
    """Top-down targets of parts of rounds."""

    queryset = TopDownTarget.objects.all()
    serializer_class = TopDownTargetSerializer
    filterset_class = TopDownTargetFilter
    ordering_fields = ("id", "updated_at", "created_at")
    create_action = "budgets.create_top_down"
    update_action = "budgets.edit_top_down"
    delete_action = "budgets.remove_top_down"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return TopDownTargetEditSerializer if self.action in {"update", "partial_update"} else TopDownTargetSerializer
