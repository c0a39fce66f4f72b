"""Complaints over REST: taken in once per Idempotency-Key, completed, confirmed, and the proof of who was told what."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Contact, Location, Plant
from catalog.api.products import IDENTITY
from catalog.models import Product
from complaints.actions.receiving import label_key
from complaints.api.eight_d import (
    ContainmentSerializer,
    EightDSerializer,
    FirstAnswerSerializer,
    PreventionSerializer,
    ProblemSerializer,
    TeamSerializer,
)
from complaints.api.figures import ComplaintFiguresSerializer, FiguresAskedSerializer, figures_of
from complaints.api.process import (
    AssessSerializer,
    ComplaintReasonSerializer,
    DueStepSerializer,
    EvidenceSerializer,
    FinalAnswerSerializer,
    GroundsSerializer,
    NoticeSerializer,
    RejectionSerializer,
    ReplySerializer,
)
from complaints.api.settlements import ComplaintSettleSerializer, SettlementSerializer
from complaints.filters import ComplaintFilter
from complaints.models import Complaint
from complaints.models.exchange import EXCHANGED
from complaints.models.process import PROCESS_FIELDS
from complaints.reports import notice_of, proof_of, steps_of
from complaints.reports.report_8d import report_8d
from complaints.reports.samples import REGISTERED
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateTimeField,
    VerbSerializer,
    VisibleKeyField,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.api_samples import SampleVerb
from kam.core.rest.listing import check_parameters
from orders.models import Order


class ComplaintSerializer(RecordSerializer):
    """A complaint; its photos are documents on it (`POST /documents/`). The four quantities do not follow from each other."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.select_related("customer"))
    selling_location = ScopedPrimaryKeyField(queryset=Location.objects.select_related("calendar"), required=False)
    producing_location = ScopedPrimaryKeyField(queryset=Location.objects.select_related("calendar"), required=False)
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False, allow_null=True)
    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    order = VisibleKeyField(queryset=Order.objects.all(), required=False, allow_null=True)
    repeats = VisibleKeyField(read_only=True, allow_null=True)
    duplicate_of = VisibleKeyField(read_only=True, allow_null=True)
    received_at = SensibleDateTimeField(required=False, help_text="When it came; now unless told.")
    asked = serializers.IntegerField(read_only=True, help_text="How many departments were alerted.")
    answered = serializers.IntegerField(read_only=True, help_text="How many of them have acknowledged.")

    class Meta:
        model = Complaint
        fields = [
            *IDENTITY, "number", "kind", "simple", "status", "severity", "line_stop", "safety", "plant", "selling_location",
            "producing_location", "contact", "product", "order", "customer_reference", "customer_part", "delivery_note", "invoice",
            "batch", "serial", "text", "defect", "detected_at", "remedy", "unit", "delivered", "claimed", "returned", "confirmed",
            "unjustified", "channel", "received_at", "discovered_on", "notified_on", "reported_by", "registered_at", "receipt_at",
            "receipt_way", "repeats", "duplicate_of", "asked", "answered", *EXCHANGED, *PROCESS_FIELDS,
        ]  # fmt: skip
        read_only_fields = [
            "number", "status", "severity", "reported_by", "registered_at", "receipt_at", "receipt_way", *PROCESS_FIELDS,
        ]  # fmt: skip


class ReceiptSerializer(VerbSerializer):
    """How it is confirmed: a mail from here unless told, to the contact unless `sent_to` names others, parted by commas."""

    way = serializers.ChoiceField(choices=Complaint.ReceiptWay.choices, required=False)
    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)


class DuplicateSerializer(VerbSerializer):
    """Which complaint it is the same as."""

    of = ScopedPrimaryKeyField(queryset=Complaint.objects.all())


class ReportFileSerializer(VerbSerializer):
    """A customer's Catena-X Report8D 1.0.0, and which of their plants complains."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all())
    report = serializers.JSONField(help_text="The report as the customer's system wrote it, `header` and steps.")


class ToldSerializer(serializers.Serializer):
    """Who was told, of what, when and how, when they read it and when their department answered."""

    person = serializers.CharField()
    about = serializers.CharField()
    told_at = serializers.DateTimeField()
    mailed_at = serializers.DateTimeField(allow_null=True)
    mail_state = serializers.CharField(allow_blank=True)
    device_at = serializers.DateTimeField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField(allow_null=True)


class ComplaintViewSet(SampleVerb, RecordViewSet):
    """Complaints. A plant and a `text` are enough; what is complete is registered at once, and departments are alerted with it."""

    queryset = Complaint.objects.all()
    serializer_class = ComplaintSerializer
    sampled = REGISTERED
    filterset_class = ComplaintFilter
    ordering_fields = ("id", "number", "received_at", "severity", "status", "updated_at", "created_at")
    create_action = "complaints.receive_complaint"
    update_action = "complaints.edit_complaint"
    import_report = verb_action("complaints.import_report", ReportFileSerializer, detail=False)
    register = verb_action("complaints.register_complaint")
    confirm_receipt = verb_action("complaints.send_receipt", ReceiptSerializer)
    mark_duplicate = verb_action("complaints.mark_duplicate", DuplicateSerializer)
    withdraw = verb_action("complaints.withdraw_complaint", ComplaintReasonSerializer)
    assess = verb_action("complaints.assess_complaint", AssessSerializer)
    write_team = verb_action("complaints.write_team", TeamSerializer)
    write_problem = verb_action("complaints.write_problem", ProblemSerializer)
    write_containment = verb_action("complaints.write_containment", ContainmentSerializer)
    finish_containment = verb_action("complaints.finish_containment", FirstAnswerSerializer)
    define_actions = verb_action("complaints.define_actions")
    implement_actions = verb_action("complaints.implement_actions")
    write_prevention = verb_action("complaints.write_prevention", PreventionSerializer)
    send_answer = verb_action("complaints.send_answer", FinalAnswerSerializer)
    remind = verb_action("complaints.remind_customer")
    note_reply = verb_action("complaints.note_reply", ReplySerializer)
    close = verb_action("complaints.close_complaint")
    confirm_effectiveness = verb_action("complaints.confirm_effectiveness", EvidenceSerializer)
    reopen = verb_action("complaints.reopen_complaint", ComplaintReasonSerializer)
    ask_parts = verb_action("complaints.ask_parts")
    note_parts = verb_action("complaints.note_parts")
    propose_rejection = verb_action("complaints.propose_rejection", GroundsSerializer)
    reject = verb_action("complaints.reject_complaint", RejectionSerializer)
    decline_rejection = verb_action("complaints.decline_rejection", ComplaintReasonSerializer)
    settle = verb_action("complaints.propose_settlement", ComplaintSettleSerializer, answer=SettlementSerializer)
    print_receipt = print_action(
        "complaints.report", "Print the confirmation of receipt as it stands", key=lambda one, _actor: f"{one.pk}:receipt"
    )
    print_label = print_action("complaints.label", "Print the label of the complained goods", key=label_key)
    print_3d = print_action("complaints.report", "Print the 3D report as it stands", key=lambda one, _actor: f"{one.pk}:3d")
    print_8d = print_action(
        "complaints.report",
        "Print the final answer as it stands, a report or a rejection",
        key=lambda one, _actor: f"{one.pk}:8d",
    )
    recognise_defect = verb_action("complaints.recognise_defect", ComplaintReasonSerializer)

    def get_queryset(self) -> Any:
        """With how many departments have acknowledged, and what else of it the reader may see."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        reader = self.request.user
        seen = Complaint.objects.visible_to(reader)
        return rows.select_related(None).with_answers().prefetch_related(
            Prefetch("order", Order.objects.visible_to(reader)), Prefetch("repeats", seen), Prefetch("duplicate_of", seen)
        )  # fmt: skip

    def marks(self, record: Complaint) -> str:
        """Departments acknowledge without it."""
        return f"{record.asked}:{record.answered}"  # type: ignore[attr-defined]

    @extend_schema(summary="Who was told what, when, and when they answered", responses=ToldSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def proof(self, request: Request, **kwargs: Any) -> Response:
        """The proof of the alert, in the order in which people were told."""
        return Response(ToldSerializer(proof_of(self.get_object()), many=True).data)

    @extend_schema(
        summary="By when each step is due, and whether it was kept", responses=DueStepSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def steps(self, request: Request, **kwargs: Any) -> Response:
        """The deadlines of its steps: the customer's where they have their own, else ours by severity."""
        return Response(DueStepSerializer(steps_of(self.get_object()), many=True).data)

    @extend_schema(
        summary="Whether the notice of the defect came in time; for information only", responses=NoticeSerializer, filters=False
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def notice(self, request: Request, **kwargs: Any) -> Response:
        """How the notice stands to the term of the contract or of its law; nothing follows from it by itself."""
        return Response(NoticeSerializer(notice_of(self.get_object())).data)

    @extend_schema(summary="Team, problem and containment", responses=EightDSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path="eight-d", url_name="eight-d", pagination_class=None, filter_backends=[])
    def eight_d(self, request: Request, **kwargs: Any) -> Response:
        """What its 8D says besides causes and actions."""
        return Response(EightDSerializer(self.get_object(), context=self.get_serializer_context()).data)

    @extend_schema(
        summary="The 8D as Catena-X Report8D 1.0.0, as far as it is written",
        responses={200: OpenApiTypes.OBJECT, 409: OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(detail=True, methods=["get"], url_path="report-8d", url_name="report-8d", pagination_class=None, filter_backends=[])
    def report_8d(self, request: Request, **kwargs: Any) -> Response:
        """From the containment (D3) on, with the customer's own identifiers; 409 with what is missing before."""
        return Response(report_8d(self.get_object()))

    @extend_schema(
        summary="PPM, response times, repeats, Pareto, trend and costs of a year",
        parameters=[OpenApiParameter("year", int), OpenApiParameter("customer", int), OpenApiParameter("location", int)],
        responses=ComplaintFiguresSerializer,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request, **kwargs: Any) -> Response:
        """As far as you see the complaints and orders; `poor_quality` is null for who reads no costs."""
        check_parameters(request, {"year", "customer", "location"})
        asked = FiguresAskedSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return Response(figures_of(request.user, asked.validated_data))
