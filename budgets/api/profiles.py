"""Seasonality profiles over REST."""

from typing import Any

from rest_framework import serializers

from accounts.models import Customer
from budgets.api.figures import IDENTITY
from budgets.filters import SeasonalityProfileFilter
from budgets.models import SeasonalityProfile
from catalog.models import ProductFamily
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField


class SeasonalityProfileSerializer(RecordSerializer):
    """How the year of a family, or of a customer, falls on the months: January to December in per cent, together 100.

    A write gives `weights`, or `years`: then they are those of the sales of so many last complete years.
    """

    family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    weights = serializers.ListField(
        child=serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0),
        min_length=12,
        max_length=12,
        required=False,
        allow_null=True,
    )
    years = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, write_only=True)

    class Meta:
        model = SeasonalityProfile
        fields = [*IDENTITY, "family", "customer", "weights", "years"]


class SeasonalityProfileEditSerializer(SeasonalityProfileSerializer):
    """What an edit takes; what the profile is of stays."""

    family: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    customer: Any = serializers.PrimaryKeyRelatedField(read_only=True)


class SeasonalityProfileViewSet(RecordViewSet):
    """Seasonality profiles of families and customers."""

    queryset = SeasonalityProfile.objects.all()
    serializer_class = SeasonalityProfileSerializer
    filterset_class = SeasonalityProfileFilter
    ordering_fields = ("id", "updated_at", "created_at")
    create_action = "budgets.create_profile"
    update_action = "budgets.edit_profile"
    delete_action = "budgets.remove_profile"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return SeasonalityProfileEditSerializer if self.action in {"update", "partial_update"} else SeasonalityProfileSerializer
