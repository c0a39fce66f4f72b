"""Customers' open items over REST: read only; a location's list comes in as an import."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet
from orders.filters import OpenItemFilter
from orders.models import OpenItem
from orders.reports.open_items import InterestRates, owed

AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 2}


class OpenItemSerializer(RecordSerializer):
    """An item of a customer's account that is not paid, as the last list of the location says."""

    as_of = serializers.DateField(read_only=True, help_text="The day of the list.")
    days_overdue = serializers.IntegerField(read_only=True)
    late_interest = serializers.SerializerMethodField()

    class Meta:
        model = OpenItem
        fields = [
            *IDENTITY, "customer", "selling_location", "document_number", "instalment", "kind", "date", "due_on", "currency",
            "amount", "open_amount", "base_open", "dunning_level", "as_of", "settled_on", "days_overdue", "late_interest",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DecimalField(**AMOUNT))
    def get_late_interest(self, item: OpenItem) -> str:
        """What the delay has cost in interest until today, in the item's currency."""
        return f"{self.context['interest_rates'].of_item(item):.2f}"


class OwedSerializer(serializers.Serializer):
    """What is open in a currency; `ages` are the parts of the overdue that are up to 30, 60, 90 days old and older."""

    currency = serializers.CharField()
    open = serializers.DecimalField(**AMOUNT)
    overdue = serializers.DecimalField(**AMOUNT)
    ages = serializers.ListField(child=serializers.DecimalField(**AMOUNT))
    dunning_level = serializers.IntegerField()


class OpenItemViewSet(RecordViewSet):
    """Customers' open items, settled ones too."""

    queryset = OpenItem.objects.all()
    serializer_class = OpenItemSerializer
    filterset_class = OpenItemFilter
    ordering_fields = {
        "id": "id",
        "due_on": "due_on",
        "date": "date",
        "base_open": "base_open",
        "dunning_level": "dunning_level",
        "updated_at": "updated_at",
    }
    ordering = ("due_on", "id")

    def get_serializer_context(self) -> dict[str, Any]:
        """With the rates of late payment, which are read once."""
        return {**super().get_serializer_context(), "interest_rates": InterestRates()}

    @extend_schema(summary="What is open and overdue by currency, with the age", responses=OwedSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def owed(self, request: Request) -> Response:
        """What is open of the items that the filters choose, as far as you see them."""
        rows = self.filter_queryset(self.get_queryset())
        return Response(OwedSerializer(owed(rows), many=True).data)
