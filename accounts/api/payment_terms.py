"""Payment terms over REST, with when an invoice is due."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.dated import IDENTITY
from accounts.filters.payment_term import PaymentTermFilter
from accounts.models import PaymentTerm
from kam.core import clock
from kam.core.api import RecordSerializer, RecordViewSet, SensibleDateField
from kam.core.money import base_currency, round_money
from kam.core.rest.listing import check_parameters


class PaymentTermSerializer(RecordSerializer):
    """What the code of a payment term means; several `days` are instalments of the same amount."""

    class Meta:
        model = PaymentTerm
        fields = [*IDENTITY, "code", "name_it", "name_en", "name_de", "days", "month_end", "extra_days", "commercial"]


class InvoiceSerializer(serializers.Serializer):
    """An invoice of a day, today unless told, over an amount."""

    day = SensibleDateField(required=False)
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=Decimal(0), required=False)


class InstalmentSerializer(serializers.Serializer):
    """When what is due; without an amount none is said."""

    day = serializers.DateField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)


class DueSerializer(serializers.Serializer):
    """The instalments of an invoice."""

    instalments = InstalmentSerializer(many=True)


class PaymentTermViewSet(RecordViewSet):
    """Payment terms by their codes, as customers and price agreements carry them."""

    queryset = PaymentTerm.objects.all()
    serializer_class = PaymentTermSerializer
    filterset_class = PaymentTermFilter
    ordering_fields = ("id", "code", "updated_at")
    create_action = "accounts.create_payment_term"
    update_action = "accounts.edit_payment_term"

    @extend_schema(summary="When an invoice is due", parameters=[InvoiceSerializer], responses=DueSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def due(self, request: Request, pk: str | None = None) -> Response:
        """The days on which an invoice by this term is due, and how much of its amount on each."""
        check_parameters(request, {"day", "amount"})
        term: Any = self.record_at_address()
        asked = InvoiceSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day, amount = asked.validated_data.get("day") or clock.today(), asked.validated_data.get("amount")
        if amount is None:
            parts: list[tuple[Any, Any]] = [(due, None) for due in term.due_days(day)]
        else:
            parts = term.due(day, round_money(amount, base_currency()), base_currency())
        return Response(DueSerializer({"instalments": [{"day": due, "amount": part} for due, part in parts]}).data)
