"""Loaners over REST: given for a repair, taken back."""

from typing import Any

from rest_framework import serializers

from catalog.api.products import IDENTITY
from catalog.models import Product
from complaints.filters import RepairLoanerFilter
from complaints.models import Repair, RepairLoaner
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    verb_action,
)


class RepairLoanerSerializer(RecordSerializer):
    """What a customer has of ours for the time of a repair."""

    repair = ScopedPrimaryKeyField(queryset=Repair.objects.all())
    product = ScopedPrimaryKeyField(queryset=Product.objects.all())
    due_on = SensibleDateField()

    class Meta:
        model = RepairLoaner
        fields = [
            *IDENTITY, "repair", "product", "serial", "note_out", "given_on", "given_by", "due_on", "returned_on", "returned_to",
            "condition",
        ]  # fmt: skip
        read_only_fields = ["given_on", "given_by", "returned_on", "returned_to", "condition"]


class LoanerBackSerializer(VerbSerializer):
    """In what condition it came back, and when: today where it is left out."""

    condition = serializers.CharField(max_length=2000)
    returned_on = SensibleDateField(required=False, allow_null=True)


class RepairLoanerViewSet(RecordViewSet):
    """Loaners. A repair closes when they are back."""

    queryset: Any = RepairLoaner.objects.all()
    serializer_class = RepairLoanerSerializer
    filterset_class = RepairLoanerFilter
    ordering_fields = ("id", "given_on", "due_on", "updated_at")
    create_action = "complaints.lend_unit"
    take_back = verb_action("complaints.take_back_unit", LoanerBackSerializer)
