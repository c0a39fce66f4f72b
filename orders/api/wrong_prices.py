"""Wrong prices over REST: the lines, what is done about each, the letter, and the sums by customer and month."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, VerbSerializer, verb_action
from kam.core.api_prints import print_action
from kam.core.rest.listing import check_parameters
from orders.filters import PriceFindingFilter, PriceLetterFilter
from orders.models import PriceFinding, PriceLetter
from orders.reports.wrong_prices import by_customer, by_month

BASE: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "read_only": True, "help_text": "In the group's currency."}


class PriceFindingSerializer(RecordSerializer):
    """A line that was not invoiced at the agreed price: prices per price unit, amounts in the line's currency."""

    document = serializers.CharField(source="document.number", read_only=True)
    system = serializers.CharField(source="document.system", read_only=True)
    customer = serializers.IntegerField(source="plant.customer_id", read_only=True, help_text="The plant's company of today.")
    difference = serializers.DecimalField(
        max_digits=20, decimal_places=6, read_only=True, help_text="Invoiced less agreed: above zero it is to be credited."
    )
    base_to_recover = serializers.DecimalField(**BASE)
    base_to_credit = serializers.DecimalField(**BASE)

    class Meta:
        model = PriceFinding
        fields = [
            *IDENTITY, "system", "document", "number", "line", "date", "plant", "customer", "selling_location", "product", "quantity",
            "unit", "currency", "rate", "price_unit", "charged_price", "agreed_price", "charged", "agreed", "difference",
            "base_to_recover", "base_to_credit", "agreement", "status", "reason", "decided_by", "decided_at",
        ]  # fmt: skip
        read_only_fields = fields


class PriceReasonSerializer(VerbSerializer):
    """Why; of a correction, by which credit note or invoice."""

    reason = serializers.CharField(max_length=400)


class ClaimSerializer(VerbSerializer):
    """To whom the letter goes."""

    sent_to = serializers.CharField(max_length=254)


class FindingSumsSerializer(serializers.Serializer):
    """What is not settled of a customer (its key) or of a month (its first day), in the group's currency."""

    key = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    count = serializers.IntegerField()
    to_recover = serializers.DecimalField(max_digits=20, decimal_places=2)
    to_credit = serializers.DecimalField(max_digits=20, decimal_places=2)


class FindingFiguresSerializer(serializers.Serializer):
    """The sums by customer and by month."""

    customers = FindingSumsSerializer(many=True)
    months = FindingSumsSerializer(many=True)


class PriceFindingViewSet(RecordViewSet):
    """Lines of the ledger at a wrong price; they are found by the import of sales and every night, never sent."""

    queryset = PriceFinding.objects.all()
    serializer_class = PriceFindingSerializer
    filterset_class = PriceFindingFilter
    ordering_fields = {
        "id": "id",
        "date": "date",
        "base_to_recover": "base_to_recover",
        "base_to_credit": "base_to_credit",
        "updated_at": "updated_at",
    }
    ordering = ("-date", "-id")
    claim = verb_action("orders.claim_price", ClaimSerializer)
    explain = verb_action("orders.explain_price", PriceReasonSerializer)
    settle = verb_action("orders.settle_price", PriceReasonSerializer)
    reopen = verb_action("orders.reopen_price", PriceReasonSerializer)
    letter = print_action("orders.price_letter", "Print the letter")

    @extend_schema(summary="What is to be recovered and credited, by customer and month", responses=FindingFiguresSerializer)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request) -> Response:
        """The sums of what is not settled, as far as you see it."""
        check_parameters(request, set())
        rows = PriceFinding.objects.visible_to(request.user).unsettled()
        found = {"customers": by_customer(rows), "months": by_month(rows)}
        return Response(FindingFiguresSerializer(found).data)


class ToldLineSerializer(serializers.Serializer):
    """A line of a letter as it was told."""

    line = serializers.CharField()
    date = serializers.DateField()
    product = serializers.CharField()
    name = serializers.CharField()
    agreement = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField()
    price_unit = serializers.IntegerField()
    agreed_price = serializers.DecimalField(max_digits=20, decimal_places=5)
    charged_price = serializers.DecimalField(max_digits=20, decimal_places=5)
    difference = serializers.DecimalField(max_digits=20, decimal_places=6)


class PriceLetterSerializer(RecordSerializer):
    """A letter as it was sent; `document` is the print that was kept, null while it is being made, `sha256` its hash."""

    lines = ToldLineSerializer(many=True, read_only=True)
    document = serializers.IntegerField(source="paper.pk", read_only=True, default=None, allow_null=True)
    sha256 = serializers.CharField(source="paper.sha256", read_only=True, default="")

    class Meta:
        model = PriceLetter
        fields = [
            *IDENTITY, "addressee", "selling_location", "currency", "language", "to_recover", "to_credit", "lines", "sent_to",
            "sent_by", "sent_at", "document", "sha256",
        ]  # fmt: skip
        read_only_fields = fields


class PriceLetterViewSet(RecordViewSet):
    """Letters about wrong prices as they went out; `POST /price-findings/{id}/claim/` sends one."""

    queryset = PriceLetter.objects.all()
    serializer_class = PriceLetterSerializer
    filterset_class = PriceLetterFilter
    ordering_fields = {"id": "id", "sent_at": "sent_at", "updated_at": "updated_at"}
    ordering = ("-sent_at", "-id")
