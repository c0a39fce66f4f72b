"""Assignments and hand-overs over REST."""

from typing import Any

from rest_framework import serializers

from accounts.api.dated import IDENTITY, DatedSerializer, EndSerializer
from accounts.filters.assignment import AssignmentFilter, HandOverFilter
from accounts.models import Assignment, HandOver
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, verb_action


class AssignmentSerializer(DatedSerializer):
    """An account manager of a group or a customer, or an area manager of a plant at a location."""

    class Meta:
        model = Assignment
        fields = [*IDENTITY, "kind", "user", "group", "customer", "plant", "location", "first_day", "last_day", "hand_over"]
        read_only_fields = ["hand_over"]


class AssignmentViewSet(RecordViewSet):
    """Who leads which account, and who serves which plant."""

    queryset = Assignment.objects.all()
    serializer_class = AssignmentSerializer
    filterset_class = AssignmentFilter
    ordering_fields = {
        "id": "id",
        "user": "user__last_name",
        "kind": "kind",
        "first_day": "period__startswith",
        "updated_at": "updated_at",
    }
    create_action = "accounts.assign"
    end = verb_action("accounts.end_assignment", EndSerializer)


class HandOverSerializer(RecordSerializer):
    """From whom to whom on which day; `assignments` chooses what passes, all of them where it is left out."""

    assignments = ScopedPrimaryKeyField(
        queryset=Assignment.objects.all(), many=True, required=False, help_text="What passes; in an answer: what passed."
    )
    moved = serializers.JSONField(read_only=True)

    class Meta:
        model = HandOver
        fields = [*IDENTITY, "source", "target", "day", "assignments", "status", "done_at", "moved"]
        read_only_fields = ["status", "done_at", "moved"]


class HandOverViewSet(RecordViewSet):
    """What passes from one person to another, with the open work."""

    queryset = HandOver.objects.all()
    serializer_class = HandOverSerializer
    filterset_class = HandOverFilter
    ordering_fields = ("id", "day", "status", "updated_at")
    create_action = "accounts.hand_over"
    cancel = verb_action("accounts.cancel_hand_over")

    def get_queryset(self) -> Any:
        """With what passed, in one query for all."""
        return super().get_queryset().prefetch_related("assignments")
