"""Settlements of complaints and their costs over REST; costs exist only for who reads costs there."""

from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from catalog.api.products import IDENTITY
from complaints.actions.settling import credit_key
from complaints.filters import ComplaintCostFilter, SettlementFilter
from complaints.models import Complaint, ComplaintCost, Repair, Settlement
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, VerbSerializer, VisibleKeyField, verb_action
from kam.core.api_prints import print_action
from orders.models import Order


class ComplaintSettleSerializer(VerbSerializer):
    """How the customer is compensated; all settlements of a complaint count together towards the limit."""

    remedy = serializers.ChoiceField(choices=Settlement.Remedy.choices)
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0)
    currency = serializers.CharField(min_length=3, max_length=3, required=False)
    unverified = serializers.BooleanField(required=False)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class CarriedOutSerializer(VerbSerializer):
    """The document by which it was carried out; for a replacement an `order` of the customer, for a repair nothing."""

    reference = serializers.CharField(max_length=60, required=False, allow_blank=True)
    order = ScopedPrimaryKeyField(queryset=Order.objects.all(), required=False, allow_null=True)


class DeclineSettlementSerializer(VerbSerializer):
    """Why not."""

    reason = serializers.CharField(max_length=2000)


class SettlementSerializer(RecordSerializer):
    """A settlement, from its proposal to the document by which it was carried out."""

    order = VisibleKeyField(read_only=True, allow_null=True)
    repair = VisibleKeyField(read_only=True, allow_null=True)

    class Meta:
        model = Settlement
        fields = [
            *IDENTITY, "complaint", "remedy", "amount", "currency", "base_amount", "unverified", "note", "status", "level",
            "proposed_by", "decided_by", "decided_at", "done_at", "reference", "order", "repair",
        ]  # fmt: skip
        read_only_fields = fields


class SettlementViewSet(RecordViewSet):
    """Settlements; `POST /complaints/{id}/settle/` proposes one."""

    queryset: Any = Settlement.objects.all()
    serializer_class = SettlementSerializer
    filterset_class = SettlementFilter
    ordering_fields = ("id", "created_at", "updated_at")
    approve = verb_action("complaints.approve_settlement")
    decline = verb_action("complaints.decline_settlement", DeclineSettlementSerializer)
    carry_out = verb_action("complaints.carry_out_settlement", CarriedOutSerializer)
    withdraw = verb_action("complaints.withdraw_settlement", DeclineSettlementSerializer)
    print_credit = print_action("complaints.credit_request", "Print the request of a credit note", key=credit_key)

    def get_queryset(self) -> Any:
        """With what of the order and the repair that carried it out the reader may see."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        reader = self.request.user
        return rows.select_related(None).prefetch_related(
            Prefetch("order", Order.objects.visible_to(reader)), Prefetch("repair", Repair.objects.visible_to(reader))
        )


class ComplaintCostSerializer(RecordSerializer):
    """A cost in the group's currency; `hours` and `rate` make the `amount`."""

    complaint = ScopedPrimaryKeyField(queryset=Complaint.objects.all())
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, required=False)

    class Meta:
        model = ComplaintCost
        fields = [*IDENTITY, "complaint", "kind", "incurred_on", "hours", "rate", "amount", "note", "settlement"]
        read_only_fields = ["settlement"]


class ComplaintCostViewSet(RecordViewSet):
    """Costs of complaints, and what suppliers pay back of them."""

    queryset: Any = ComplaintCost.objects.all()
    serializer_class = ComplaintCostSerializer
    filterset_class = ComplaintCostFilter
    ordering_fields = ("id", "incurred_on", "updated_at")
    create_action = "complaints.add_cost"
    update_action = "complaints.edit_cost"
    delete_action = "complaints.remove_cost"
