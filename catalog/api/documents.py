"""The register of documents over REST: what is required, what is in hand, what is done about it, and its rates."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Department, User
from catalog.api.products import IDENTITY
from catalog.filters import DocumentEntryFilter, DocumentRequirementFilter
from catalog.models import DocumentEntry, DocumentRequirement, EntryStatus, ProductFamily
from catalog.reports.documents import compliance, compliance_by_customer, uses_of_old
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, VerbSerializer, verb_action
from kam.core.api_process import RecordReference
from kam.core.documents import DocumentType
from kam.core.rest.listing import check_parameters


class DocumentRequirementSerializer(RecordSerializer):
    """A type of document that is required of records of a kind from `first_day` on; empty is every tier, phase, line."""

    type = ScopedPrimaryKeyField(queryset=DocumentType.objects.filter(is_active=True))
    product_line = ScopedPrimaryKeyField(queryset=ProductFamily.objects.filter(parent=None), required=False, allow_null=True)
    first_day = SensibleDateField(write_only=True, required=False)

    class Meta:
        model = DocumentRequirement
        fields = [*IDENTITY, "type", "subject", "tier", "process", "product_line", "blocks", "notes", "period", "first_day"]
        read_only_fields = ["period"]


class RequirementChangeBody(VerbSerializer):
    """Whether it blocks orders, from a day on; the version before ends the day before."""

    blocks = serializers.BooleanField()
    notes = serializers.CharField(max_length=400, required=False, allow_blank=True)
    first_day = SensibleDateField(required=False)


class RequirementEndBody(VerbSerializer):
    """The last day; without one it is required no more from today on."""

    last_day = SensibleDateField(required=False)


class DocumentRequirementViewSet(RecordViewSet):
    """Which documents are required of whom, in versions: one that was wrong is changed or ended from a day on."""

    queryset = DocumentRequirement.objects.all()
    serializer_class = DocumentRequirementSerializer
    filterset_class = DocumentRequirementFilter
    ordering_fields = {"id": "id", "type": "type__code", "subject": "subject", "period": "period", "updated_at": "updated_at"}
    create_action = "catalog.require_document"
    change = verb_action("catalog.change_requirement", RequirementChangeBody)
    end = verb_action("catalog.end_requirement", RequirementEndBody)


class DocumentEntrySerializer(RecordSerializer):
    """One type of document of one record."""

    record = RecordReference(source="*", read_only=True)
    status = serializers.ChoiceField(choices=EntryStatus.choices, read_only=True, help_text="Where it stands today.")
    blocks = serializers.BooleanField(read_only=True, help_text="Whether orders wait for it.")
    revision = serializers.CharField(source="document.revision", read_only=True, default="")
    valid_to = SensibleDateField(source="document.valid_to", read_only=True, default=None, allow_null=True)

    class Meta:
        model = DocumentEntry
        fields = [
            *IDENTITY, "record", "type", "customer", "plant", "required", "blocks", "blocks_in", "status", "document", "revision",
            "valid_to", "owner", "holders", "checked_at", "checked_by", "requested_on", "requested_by", "due_on", "reminders",
            "waived_at", "waived_by", "waiver",
        ]  # fmt: skip
        read_only_fields = fields


class DueBody(VerbSerializer):
    """By when; without a day, the usual number of days."""

    due_on = SensibleDateField(required=False)


class WaiveBody(VerbSerializer):
    """Why it is not required here."""

    reason = serializers.CharField(max_length=400)


class HoldersBody(VerbSerializer):
    """Who looks after it, and who must hold the current revision; they replace those before."""

    owner = ScopedPrimaryKeyField(queryset=User.objects.all(), required=False, allow_null=True)
    people = ScopedPrimaryKeyField(queryset=User.objects.all(), many=True, required=False)
    departments = ScopedPrimaryKeyField(queryset=Department.objects.all(), many=True, required=False)


class ComplianceSerializer(serializers.Serializer):
    """How many are required, there and valid; rates in per cent, null where there is nothing to divide by."""

    customer = serializers.IntegerField(source="key", allow_null=True)
    name = serializers.CharField(source="label", allow_blank=True)
    required = serializers.IntegerField()  # type: ignore[assignment]
    present = serializers.IntegerField()
    valid = serializers.IntegerField()
    completeness = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    currency = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    compliance = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class DocumentFiguresSerializer(serializers.Serializer):
    """The rates in all, and customer by customer."""

    total = ComplianceSerializer()
    customers = ComplianceSerializer(many=True)


class UseSerializer(serializers.Serializer):
    """A record that uses an older revision."""

    type = serializers.CharField(source="_meta.label_lower")
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="__str__")
    url = serializers.CharField(source="get_absolute_url")


class DocumentEntryViewSet(RecordViewSet):
    """The register: it fills by itself from what is required and from the documents on records, and is never sent."""

    queryset = DocumentEntry.objects.select_related("content_type")
    serializer_class = DocumentEntrySerializer
    filterset_class = DocumentEntryFilter
    ordering_fields = {
        "id": "id",
        "type": "type__code",
        "due_on": "due_on",
        "valid_to": "document__valid_to",
        "updated_at": "updated_at",
    }
    check = verb_action("catalog.check_document")
    ask = verb_action("catalog.request_document", DueBody)
    remind = verb_action("catalog.remind_of_document", DueBody)
    waive = verb_action("catalog.waive_document", WaiveBody)
    require_again = verb_action("catalog.require_again")
    distribute = verb_action("catalog.distribute_document", HoldersBody)

    @extend_schema(summary="Open offers and orders with an older revision", responses=UseSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def uses(self, request: Request, pk: str) -> Response:
        """Every open offer and order that uses an older revision of the document, as far as you see them."""
        check_parameters(request, set())
        found = uses_of_old(self.record_at_address(), request.user)
        return Response(UseSerializer(found, many=True).data)

    @extend_schema(summary="Completeness, currency and compliance", responses=DocumentFiguresSerializer)
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request) -> Response:
        """The rates of what you see, in all and customer by customer."""
        check_parameters(request, set())
        entries: Any = DocumentEntry.objects.visible_to(request.user)
        found = {"total": compliance(entries), "customers": compliance_by_customer(entries)}
        return Response(DocumentFiguresSerializer(found).data)
