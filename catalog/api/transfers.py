"""Transfers between our locations over REST: planned, shown with all that they touch, carried out, called off."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.products import IDENTITY
from catalog.filters import TransferFilter
from catalog.models import Transfer
from catalog.reports.transfers import sections
from kam.core.api import RecordSerializer, RecordViewSet, SensibleDateField, verb_action
from kam.core.rest.listing import check_parameters


class TransferSerializer(RecordSerializer):
    """A plant or a product, from where to where and when; `source` is where it is now unless told."""

    day = SensibleDateField()
    moved = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Transfer
        fields = [
            *IDENTITY, "number", "plant", "product", "source", "target", "day", "manager", "status", "planned_by", "done_at", "moved",
        ]  # fmt: skip
        read_only_fields = ["number", "status", "planned_by", "done_at", "moved"]
        extra_kwargs = {"source": {"required": False}}


class MovingSerializer(serializers.Serializer[Any]):
    """One thing that a transfer touches."""

    words = serializers.CharField()
    outcome = serializers.CharField()
    note = serializers.CharField()
    address = serializers.CharField(source="record.get_absolute_url")


class TransferSectionSerializer(serializers.Serializer[Any]):
    """One sort of things with how many move, stay and block; of many the first are listed."""

    sort = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    rows = MovingSerializer(many=True)


class TransferViewSet(RecordViewSet):
    """Plants and products that pass from one of our locations to another."""

    queryset = Transfer.objects.all()
    serializer_class = TransferSerializer
    filterset_class = TransferFilter
    ordering_fields = ("id", "day", "number", "status", "updated_at")
    create_action = "catalog.plan_transfer"
    carry_out = verb_action("catalog.carry_out_transfer")
    cancel = verb_action("catalog.cancel_transfer")

    @extend_schema(responses=TransferSectionSerializer(many=True), filters=False, parameters=[])
    @action(detail=True, pagination_class=None)
    def preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What it would move now, what stays and what blocks it; nothing once it is over."""
        check_parameters(request, set())
        transfer = self.get_object()
        found = sections(transfer, request.user) if transfer.status == Transfer.Status.PLANNED else []
        return Response(TransferSectionSerializer(found, many=True).data)
