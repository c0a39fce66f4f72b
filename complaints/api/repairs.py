"""Repairs over REST: opened, authorised, received piece by piece, and the letters that went to the customer."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Contact, Location, Plant
from catalog.api.products import IDENTITY
from catalog.models import Product
from complaints.api.figures import FiguresAskedSerializer
from complaints.api.repair_figures import RepairFiguresSerializer, repair_figures_of
from complaints.api.repair_work import (
    ChargeSerializer,
    DisposalSerializer,
    ExchangeSerializer,
    ExpectedSerializer,
    FinishSerializer,
    RepairCostsSerializer,
    RepairDelaySerializer,
    ShippingSerializer,
    TestSerializer,
    UnrepairedSerializer,
)
from complaints.api.serials import PastSerializer, SerialAskedSerializer
from complaints.filters import RepairFilter, RepairLetterFilter, RepairPieceFilter
from complaints.models import Complaint, Repair, RepairLetter, RepairPiece
from complaints.models.repair_costs import COST_COLUMNS, COSTS
from complaints.models.repair_findings import FINDINGS
from complaints.models.repair_work import WORK
from complaints.reports import history_of
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    VisibleKeyField,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.rest.listing import check_parameters


class RepairSerializer(RecordSerializer):
    """A repair; its pieces are at `/repair-pieces/?repair=`, photos are documents on it."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all())
    selling_location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False)
    repair_location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False)
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False, allow_null=True)
    complaint = VisibleKeyField(queryset=Complaint.objects.all(), required=False, allow_null=True)

    class Meta:
        model = Repair
        fields = [
            *IDENTITY, "number", "status", "plant", "selling_location", "repair_location", "contact", "complaint", "origin", "urgent",
            "unannounced", "customer_reference", "return_address", "contamination", "customs", "contract", "instructions", "note_in",
            "note_in_on", "requested_at", "requested_by", "authorised_at", "authorised_by", "closed_at",
        ]  # fmt: skip
        read_only_fields = [
            "number", "status", "unannounced", "note_in", "note_in_on", "requested_at", "requested_by", "authorised_at", "authorised_by", "closed_at",
        ]  # fmt: skip


class RepairRequestSerializer(RepairSerializer):
    """A new repair with its first pieces: one for each line of `serials`, all of `product` with `fault`."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True, write_only=True)
    serials = serializers.CharField(max_length=13000, required=False, allow_blank=True, write_only=True)
    fault = serializers.CharField(max_length=2000, required=False, allow_blank=True, write_only=True)

    class Meta(RepairSerializer.Meta):
        fields = [*RepairSerializer.Meta.fields, "product", "serials", "fault"]


class UnannouncedSerializer(RepairRequestSerializer):
    """Goods that came by themselves: which serial numbers, in what condition, where they lie."""

    serials = serializers.CharField(max_length=13000, write_only=True)
    condition = serializers.CharField(max_length=2000, write_only=True)
    storage_place = serializers.CharField(max_length=60, required=False, allow_blank=True, write_only=True)
    note_in = serializers.CharField(max_length=40, required=False, allow_blank=True)

    class Meta(RepairRequestSerializer.Meta):
        fields = [*RepairRequestSerializer.Meta.fields, "condition", "storage_place"]
        read_only_fields = [name for name in RepairSerializer.Meta.read_only_fields if name != "note_in"]


class LetterBodySerializer(VerbSerializer):
    """To whom the letter goes; the contact's address where it is left out. `by_mail` mails it from here."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)
    by_mail = serializers.BooleanField(required=False)


class DispatchSerializer(VerbSerializer):
    """The customer's delivery note; today unless told."""

    note_in = serializers.CharField(max_length=40)
    note_in_on = SensibleDateField(required=False, allow_null=True)


class WithdrawRepairSerializer(VerbSerializer):
    """Why it ends."""

    reason = serializers.CharField(max_length=2000)


class RepairViewSet(RecordViewSet):
    """Repairs. A plant is enough to open one; it is authorised when it says everything."""

    queryset: Any = Repair.objects.all()
    serializer_class = RepairSerializer
    create_body = RepairRequestSerializer
    filterset_class = RepairFilter
    ordering_fields = ("id", "number", "requested_at", "status", "updated_at", "created_at")
    create_action = "complaints.request_repair"
    update_action = "complaints.edit_repair"
    take_in_unannounced = verb_action("complaints.take_in_unannounced", UnannouncedSerializer, detail=False)
    authorise = verb_action("complaints.authorise_repair", LetterBodySerializer)
    note_dispatch = verb_action("complaints.note_dispatch", DispatchSerializer)
    withdraw = verb_action("complaints.withdraw_repair", WithdrawRepairSerializer)
    close = verb_action("complaints.close_repair")
    issue_receipt_note = verb_action("complaints.issue_receipt_note", LetterBodySerializer)


class RepairPieceSerializer(RecordSerializer):
    """A piece: what was declared of it, and how it came."""

    repair = ScopedPrimaryKeyField(queryset=Repair.objects.all())
    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    cost_fields = COSTS
    cost = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, allow_null=True)
    margin = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, allow_null=True)
    margin_share = serializers.DecimalField(
        max_digits=9, decimal_places=2, read_only=True, allow_null=True, help_text="In per cent of what is charged."
    )
    net_days = serializers.IntegerField(read_only=True, allow_null=True, help_text="Turnaround without waiting for the customer.")
    net_working_days = serializers.IntegerField(read_only=True, allow_null=True)
    delivered_on = SensibleDateField(required=False, allow_null=True)
    notified_on = SensibleDateField(required=False, allow_null=True)

    class Meta:
        model = RepairPiece
        fields = [
            *IDENTITY, "repair", "position", "status", "product", "revision", "serial", "batch", "fault", "machine", "hours_run",
            "delivered_on", "delivery_note", "invoice", "notified_on", "received_at", "received_by", "serial_found", "condition",
            "accessories", "storage_place", "damaged", "mismatch", "informed_on", "settlement", "settled_at", "labelled_at",
            "diagnosis_at", "repeat_of", "net_days", "net_working_days", *FINDINGS, *WORK, *COSTS,
        ]  # fmt: skip
        read_only_fields = [
            "position", "status", "received_at", "received_by", "serial_found", "condition", "accessories", "storage_place", "damaged",
            "mismatch", "informed_on", "settlement", "settled_at", "labelled_at", "diagnosis_at", "repeat_of", *FINDINGS, *WORK, *COST_COLUMNS,
        ]  # fmt: skip

    def get_fields(self) -> Any:
        """A piece stays with its repair."""
        fields = super().get_fields()
        if isinstance(self.instance, RepairPiece):
            fields["repair"].read_only = True
        return fields


class ReceivePieceSerializer(VerbSerializer):
    """How the piece came; photos are attached as documents."""

    serial_found = serializers.CharField(max_length=60, required=False, allow_blank=True)
    condition = serializers.CharField(max_length=2000)
    accessories = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    storage_place = serializers.CharField(max_length=60, required=False, allow_blank=True)
    damaged = serializers.BooleanField(required=False)


class SettleMismatchSerializer(VerbSerializer):
    """How the customer settled what differs, and when they were told."""

    settlement = serializers.ChoiceField(choices=RepairPiece.Settlement.choices)
    informed_on = SensibleDateField()


class FindingsSerializer(VerbSerializer):
    """What was found on the piece; `findings` is what the customer reads."""

    fault_code = serializers.ChoiceField(choices=RepairPiece.Fault.choices)
    cause_code = serializers.ChoiceField(choices=RepairPiece.Cause.choices, required=False, allow_blank=True)
    responsible = serializers.ChoiceField(choices=RepairPiece.Responsible.choices, required=False, allow_blank=True)
    findings = serializers.CharField(max_length=4000)
    hours_needed = serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0, required=False, allow_null=True)
    parts_needed = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class WarrantySerializer(VerbSerializer):
    """From when, for how long, when it was notified; what is left out is as declared and as the parameters say."""

    warranty_from = SensibleDateField(required=False, allow_null=True)
    warranty_months = serializers.IntegerField(min_value=0, max_value=240, required=False, allow_null=True)
    notified_on = SensibleDateField(required=False, allow_null=True)
    excluded = serializers.BooleanField(required=False)


class RepairPieceViewSet(RecordViewSet):
    """Pieces in repair, each with its serial number."""

    queryset: Any = RepairPiece.objects.all()
    serializer_class = RepairPieceSerializer
    filterset_class = RepairPieceFilter
    ordering_fields = ("id", "received_at", "promised_on", "status", "updated_at", "created_at")
    create_action = "complaints.add_piece"
    update_action = "complaints.edit_piece"
    receive = verb_action("complaints.receive_piece", ReceivePieceSerializer)
    settle = verb_action("complaints.settle_mismatch", SettleMismatchSerializer)
    label = verb_action("complaints.label_piece")
    start_diagnosis = verb_action("complaints.start_diagnosis")
    note_findings = verb_action("complaints.note_findings", FindingsSerializer)
    decide_warranty = verb_action("complaints.decide_warranty", WarrantySerializer)
    declare_unrepairable = verb_action("complaints.declare_unrepairable", WithdrawRepairSerializer)
    start_repair = verb_action("complaints.start_repair")
    note_expected = verb_action("complaints.note_expected", ExpectedSerializer)
    announce_delay = verb_action("complaints.announce_delay", RepairDelaySerializer)
    finish_repair = verb_action("complaints.finish_repair", FinishSerializer)
    record_test = verb_action("complaints.record_test", TestSerializer)
    ship = verb_action("complaints.ship_piece", ShippingSerializer)
    return_unrepaired = verb_action("complaints.return_unrepaired", UnrepairedSerializer)
    scrap = verb_action("complaints.scrap_piece", DisposalSerializer)
    exchange = verb_action("complaints.exchange_piece", ExchangeSerializer)
    note_costs = verb_action("complaints.note_costs", RepairCostsSerializer)
    charge = verb_action("complaints.charge_piece", ChargeSerializer)
    free = verb_action("complaints.free_piece", WithdrawRepairSerializer)
    strike = verb_action("complaints.strike_piece", WithdrawRepairSerializer)
    print_label = print_action("complaints.repair_label", "Print the label of the customer's property")

    @extend_schema(
        summary="Backlog, turnaround, yield, no fault found, returns and margin of a year",
        parameters=[OpenApiParameter("year", int), OpenApiParameter("customer", int), OpenApiParameter("location", int)],
        responses=RepairFiguresSerializer,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request, **kwargs: Any) -> Response:
        """As far as you see the pieces; `location` is where they are repaired; `margins` is null for who reads no costs."""
        check_parameters(request, {"year", "customer", "location"})
        asked = FiguresAskedSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return Response(repair_figures_of(request.user, asked.validated_data))

    @extend_schema(
        summary="The whole history of a serial number",
        parameters=[OpenApiParameter("serial", str, required=True)],
        responses=PastSerializer(many=True),
    )
    @action(
        detail=False,
        methods=["get"],
        filter_backends=[],
        pagination_class=None,
        url_path="serial-history",
        url_name="serial-history",
    )
    def serial_history(self, request: Request, **kwargs: Any) -> Response:
        """Deliveries, complaints, repairs, failures after a repair, exchanges and loans, as far as you see them, the last first."""
        check_parameters(request, {"serial"})
        asked = SerialAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(PastSerializer(history_of(asked.validated_data["serial"], request.user), many=True).data)


class RepairLetterSerializer(RecordSerializer):
    """A letter as it was written; its print is a document on it."""

    class Meta:
        model = RepairLetter
        fields = [
            *IDENTITY, "repair", "piece", "estimate", "kind", "number", "language", "written_by", "written_at", "sent_to", "subject", "state",
            "sent_at", "last_error", "sha256",
        ]  # fmt: skip
        read_only_fields = fields


class LetterAddressSerializer(VerbSerializer):
    """To whom the letter goes; as before, or to the contact, where it is left out."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)


class RepairLetterViewSet(RecordViewSet):
    """Letters about repairs, as they were written."""

    queryset: Any = RepairLetter.objects.all()
    serializer_class = RepairLetterSerializer
    filterset_class = RepairLetterFilter
    ordering_fields = ("id", "written_at", "updated_at")
    send = verb_action("complaints.send_repair_letter", LetterAddressSerializer)
    print = print_action("complaints.repair_letter", "Print the letter as it was written")
