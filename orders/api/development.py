"""Requests for development over REST: asked, answered with a date, taken back."""

from rest_framework import serializers

from accounts.models import Activity, Customer, Plant
from catalog.api.products import IDENTITY
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    verb_action,
)
from orders.filters import DevelopmentRequestFilter
from orders.models import DevelopmentRequest, Negotiation


class DevelopmentRequestSerializer(RecordSerializer):
    """What a customer needs; without a `customer` it is the one of the plant, the negotiation or the activity."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False)
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    negotiation = ScopedPrimaryKeyField(queryset=Negotiation.objects.all(), required=False, allow_null=True)
    activity = ScopedPrimaryKeyField(queryset=Activity.objects.all(), required=False, allow_null=True)

    class Meta:
        model = DevelopmentRequest
        fields = [
            *IDENTITY, "number", "subject", "customer", "plant", "negotiation", "activity", "location", "need", "drawing",
            "target_price", "currency", "yearly_quantity", "answer_by", "status", "answer", "answer_text", "ready_on", "asked_by",
            "answered_by", "answered_at",
        ]  # fmt: skip
        read_only_fields = [
            "number", "status", "answer", "answer_text", "ready_on", "asked_by", "answered_by", "answered_at",
        ]  # fmt: skip


class DevelopmentAnswerSerializer(VerbSerializer):
    """Whether it can be done and by when; conditions and a no need words."""

    answer = serializers.ChoiceField(choices=DevelopmentRequest.Answer.choices)
    answer_text = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    ready_on = SensibleDateField(required=False, allow_null=True)


class DevelopmentRequestViewSet(RecordViewSet):
    """Requests for development that you sell for, asked, or have to answer."""

    queryset = DevelopmentRequest.objects.all()
    serializer_class = DevelopmentRequestSerializer
    filterset_class = DevelopmentRequestFilter
    ordering_fields = {"id": "id", "number": "number", "answer_by": "answer_by", "updated_at": "updated_at"}
    create_action = "orders.ask_development"
    answer = verb_action("orders.answer_development", DevelopmentAnswerSerializer)
    withdraw = verb_action("orders.withdraw_development")
