"""Issued prints over REST: what was sent, when, by whom, for which version, and the document that holds the same bytes."""

from typing import Any

from rest_framework import serializers

from budgets.filters import IssuedPaperFilter
from budgets.models import IssuedPaper
from kam.core.api import RecordSerializer, RecordViewSet


class IssuedPaperSerializer(RecordSerializer):
    """A print as it was issued; `document` is its file, under the documents."""

    document = serializers.IntegerField(source="document.pk", read_only=True, allow_null=True, default=None)
    sha256 = serializers.CharField(source="document.sha256", read_only=True, default="")

    class Meta:
        model = IssuedPaper
        fields = [
            "id", "version", "created_at", "updated_at", "kind", "title", "versions", "first_month", "round", "budget", "plan",
            "meeting", "person", "with_costs", "issued_at", "issued_by", "document", "sha256",
        ]  # fmt: skip
        read_only_fields = fields


class IssuedPaperViewSet(RecordViewSet):
    """Issued prints; a print action with `issue` makes one."""

    queryset: Any = IssuedPaper.objects.all()
    serializer_class = IssuedPaperSerializer
    filterset_class = IssuedPaperFilter
    ordering_fields = ("id", "issued_at", "updated_at", "created_at")
