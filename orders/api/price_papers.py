"""Agreements and price lists that went to customers, over REST: sent, mailed again, signed; with the file that was kept."""

from typing import Any

from rest_framework import serializers

from accounts.models import Customer
from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, VerbSerializer, verb_action
from orders.api.order_lives import PaperSerializer, SendPaperSerializer
from orders.filters import PricePaperFilter
from orders.models import PricePaper


class PricePaperSerializer(RecordSerializer):
    """What went to the customer: `agreements` stand in it; `document` is the kept print, null while it is being made, `sha256` its hash."""

    class Meta:
        model = PricePaper
        fields = [
            *IDENTITY, "kind", "customer", "agreement", "agreements", "day", "addressee", "language", "issued_by", "issued_at", "sent_to",
            "recipients", "subject", "text", "state", "message_id", "document", "sha256", "sent_at", "attempts", "last_error",
            "signed_on", "signed_by",
        ]  # fmt: skip
        read_only_fields = fields


class PriceListPaperSerializer(PaperSerializer):
    """Whose price list is sent, of which day (today where it is left out), to whom and how."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    day = SensibleDateField(required=False)


class SignatureSerializer(VerbSerializer):
    """Who signed, and when: today where it is left out. The paper itself is attached as a document."""

    signed_by = serializers.CharField(max_length=120)
    signed_on = SensibleDateField(required=False)


class PricePaperViewSet(RecordViewSet):
    """Agreements and price lists as they were sent. A POST sends a price list; `POST /price-agreements/{id}/send/` an agreement."""

    queryset = PricePaper.objects.all()
    serializer_class = PricePaperSerializer
    filterset_class = PricePaperFilter
    ordering_fields = {"id": "id", "issued_at": "issued_at", "updated_at": "updated_at"}
    ordering = ("-issued_at", "-id")
    create_action = "orders.send_price_list"
    create_body = PriceListPaperSerializer
    send = verb_action("orders.send_price_paper", SendPaperSerializer)
    sign = verb_action("orders.note_signature", SignatureSerializer)

    def get_queryset(self) -> Any:
        """Papers with the agreements that stand in them."""
        return super().get_queryset().prefetch_related("agreements")
