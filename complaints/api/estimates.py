"""Estimates of repairs over REST: written with their lines in one body, sent, answered, issued again."""

from typing import Any

from rest_framework import serializers

from catalog.api.products import IDENTITY
from complaints.api.repairs import LetterBodySerializer
from complaints.filters import RepairEstimateFilter
from complaints.models import RepairEstimate, RepairEstimateLine, RepairPiece
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    VisibleKeyField,
    verb_action,
)
from kam.core.documents import Document


class EstimateLineSerializer(StrictSerializer, serializers.ModelSerializer):
    """A line of an estimate."""

    class Meta:
        model = RepairEstimateLine
        fields = ["position", "kind", "text", "quantity", "price", "amount"]
        read_only_fields = ["position", "amount"]


class RepairEstimateSerializer(RecordSerializer):
    """An estimate with its lines; lines are given all together."""

    piece = ScopedPrimaryKeyField(queryset=RepairPiece.objects.all())
    lines = EstimateLineSerializer(many=True, required=False, max_length=60)  # type: ignore[call-arg]

    class Meta:
        model = RepairEstimate
        fields = [
            *IDENTITY, "piece", "revision", "status", "currency", "work", "lines", "discount", "total", "replacement_value",
            "exchange_price", "diagnosis_fee", "lead_days", "uneconomic", "further", "written_by", "sent_at", "sent_by",
            "valid_until", "reminded_at", "decided_at", "decided_on", "decided_by", "channel", "purchase_order", "instruction",
            "answer", "recorded_by", "evidence",
        ]  # fmt: skip
        read_only_fields = [
            "revision", "status", "currency", "total", "uneconomic", "further", "written_by", "sent_at", "sent_by", "valid_until",
            "reminded_at", "decided_at", "decided_on", "decided_by", "channel", "purchase_order", "instruction", "answer",
            "recorded_by", "evidence",
        ]  # fmt: skip

    def get_fields(self) -> Any:
        """An estimate stays with its piece."""
        fields = super().get_fields()
        if isinstance(self.instance, RepairEstimate):
            fields["piece"].read_only = True
        return fields


class AnswerSerializer(VerbSerializer):
    """Who of the customer answered, on which day, and the document on the estimate that shows it."""

    decided_by = serializers.CharField(max_length=120)
    decided_on = SensibleDateField(required=False, allow_null=True)
    document = VisibleKeyField(queryset=Document.objects.all())


class ApprovalSerializer(AnswerSerializer):
    """That, and under which order."""

    purchase_order = serializers.CharField(max_length=35, required=False, allow_blank=True)


class RefusalSerializer(AnswerSerializer):
    """That, and what is to become of the piece."""

    instruction = serializers.ChoiceField(choices=RepairEstimate.Instruction.choices)


class RepairEstimateViewSet(RecordViewSet):
    """Estimates of repairs. Without the customer's consent nothing is repaired."""

    queryset: Any = RepairEstimate.objects.prefetch_related("lines")
    serializer_class = RepairEstimateSerializer
    filterset_class = RepairEstimateFilter
    ordering_fields = ("id", "sent_at", "valid_until", "status", "updated_at", "created_at")
    create_action = "complaints.create_estimate"
    update_action = "complaints.edit_estimate"
    send = verb_action("complaints.send_estimate", LetterBodySerializer)
    approve = verb_action("complaints.approve_estimate", ApprovalSerializer)
    refuse = verb_action("complaints.refuse_estimate", RefusalSerializer)
    revise = verb_action("complaints.revise_estimate")
