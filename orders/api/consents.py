"""Requests for consent to local prices over REST: read, answered, escalated, decided; they come about when prices are handed in."""

from typing import Any

from rest_framework import serializers

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, VerbSerializer, verb_action
from orders.filters import PriceConsentFilter
from orders.models import PriceConsent

PRICE: dict[str, Any] = {"max_digits": 19, "decimal_places": 5, "allow_null": True}


class OutsideSerializer(serializers.Serializer):
    """A line whose price lies outside the corridor: by how many per cent of the list price, and where the corridor ends."""

    position = serializers.IntegerField()
    product = serializers.CharField()
    price = serializers.DecimalField(**PRICE)
    price_unit = serializers.IntegerField()
    list_price = serializers.DecimalField(**PRICE)
    deviation = serializers.DecimalField(**PRICE)
    floor = serializers.DecimalField(max_digits=12, decimal_places=5)
    ceiling = serializers.DecimalField(max_digits=12, decimal_places=5)


class PriceConsentSerializer(RecordSerializer):
    """What an area manager asked about, in an agreement or an offer, and what became of it."""

    outside = OutsideSerializer(many=True, read_only=True)

    class Meta:
        model = PriceConsent
        fields = [
            *IDENTITY, "name", "agreement", "offer", "plant", "selling_location", "status", "outside", "asked_by", "asked_at", "why", "due_at",
            "answered_by", "answered_at", "answer", "escalated_at", "escalation", "decided_by", "decided_at", "decision",
        ]  # fmt: skip
        read_only_fields = fields


class ReasonedSerializer(VerbSerializer):
    """With the reason."""

    reason = serializers.CharField(max_length=2000)


class DecideConsentSerializer(ReasonedSerializer):
    """Whether the prices may hold, and why."""

    allow = serializers.BooleanField()


class PriceConsentViewSet(RecordViewSet):
    """Requests for consent to local prices outside the corridor of a location. Handing in an agreement or offer makes them."""

    queryset = PriceConsent.objects.all()
    serializer_class = PriceConsentSerializer
    filterset_class = PriceConsentFilter
    ordering_fields = {"id": "id", "asked_at": "asked_at", "due_at": "due_at", "updated_at": "updated_at"}
    give = verb_action("orders.give_consent")
    refuse = verb_action("orders.refuse_consent", ReasonedSerializer)
    escalate = verb_action("orders.escalate_consent", ReasonedSerializer)
    decide = verb_action("orders.decide_consent", DecideConsentSerializer)
    take_back = verb_action("orders.take_back_consent")
