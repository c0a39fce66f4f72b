"""The life of orders over REST: the verbs after the review, and what hangs on an order: confirmations, papers, changes, deliveries."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import PaymentTerm
from catalog.api.products import IDENTITY
from catalog.models import Product
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.documents import Document
from orders.filters import (
    OrderCancellationFilter,
    OrderChangeFilter,
    OrderConfirmationFilter,
    OrderDelayFilter,
    OrderDeliveryFilter,
    OrderInvoiceFilter,
    OrderPaperFilter,
)
from orders.models import (
    ConfirmedLine,
    DelayedLine,
    OrderCancellation,
    OrderChange,
    OrderConfirmation,
    OrderDelay,
    OrderDelivery,
    OrderInvoice,
    OrderLine,
    OrderPaper,
)

QUANTITY: dict[str, Any] = {"max_digits": 14, "decimal_places": 3, "required": False, "allow_null": True}
PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "required": False, "allow_null": True}
CHARGE: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "min_value": Decimal(0), "required": False}
MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 2, "read_only": True}
MANY: dict[str, Any] = {"many": True, "required": False, "max_length": 2000}


class LineKeySerializer(StrictSerializer):
    """A line of the order."""

    line = ScopedPrimaryKeyField(queryset=OrderLine.objects.all())


class LineQuantitySerializer(LineKeySerializer):
    """A line and a quantity of it; all that is open where it is left out."""

    quantity = serializers.DecimalField(**QUANTITY)


class LineDateSerializer(LineKeySerializer):
    """A line and its new date."""

    confirmed_on = SensibleDateField()


class LineContentSerializer(LineQuantitySerializer):
    """A line with what is told of it; what is left out is as it was ordered."""

    price = serializers.DecimalField(**PRICE)
    price_unit = serializers.ChoiceField(choices=[1, 100, 1000], required=False)
    part_revision = serializers.CharField(max_length=20, required=False, allow_blank=True)


class ConfirmLineSerializer(LineContentSerializer):
    """A line as it is confirmed."""

    confirmed_on = SensibleDateField(required=False, allow_null=True)


class ChangeLineSerializer(LineContentSerializer):
    """A line as it is to be from now on."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    requested_on = SensibleDateField(required=False, allow_null=True)


class SendPaperSerializer(VerbSerializer):
    """To whom a paper goes; several addresses parted by commas, the contact's where it is left out."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)


class PaperSerializer(SendPaperSerializer):
    """To whom it goes, whether it is mailed from here (`by_mail`), and with which words: as usual where they are left out."""

    by_mail = serializers.BooleanField(required=False)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True)
    text = serializers.CharField(max_length=20000, required=False, allow_blank=True)


class ConfirmSerializer(PaperSerializer):
    """What is confirmed; what is left out is as it was ordered."""

    lines = ConfirmLineSerializer(**MANY)
    payment_term = ScopedPrimaryKeyField(queryset=PaymentTerm.objects.all(), required=False, allow_null=True)
    incoterms = serializers.CharField(max_length=3, required=False, allow_blank=True)
    incoterms_place = serializers.CharField(max_length=70, required=False, allow_blank=True)
    deviations = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class ChangeSerializer(VerbSerializer):
    """What is to be different in the lines and in the header, who asked for it and when; what is left out stays."""

    lines = ChangeLineSerializer(**MANY)
    cause = serializers.ChoiceField(choices=OrderChange.Cause.choices, required=False)
    reference = serializers.CharField(max_length=35, required=False, allow_blank=True)
    received_on = SensibleDateField(required=False, allow_null=True)
    document = ScopedPrimaryKeyField(queryset=Document.objects.all(), required=False, allow_null=True)
    payment_term = ScopedPrimaryKeyField(queryset=PaymentTerm.objects.all(), required=False, allow_null=True)
    incoterms = serializers.CharField(max_length=3, required=False)
    incoterms_place = serializers.CharField(max_length=70, required=False)
    requested_on = SensibleDateField(required=False, allow_null=True)
    certificates = serializers.CharField(max_length=200, required=False, allow_blank=True)
    own_terms = serializers.BooleanField(required=False)


class CancelSerializer(SendPaperSerializer):
    """Why it is cancelled, which lines (all that nothing was shipped of where they are left out), and what is charged."""

    cause = serializers.ChoiceField(choices=OrderCancellation.Reason.choices)
    lines = ScopedPrimaryKeyField(queryset=OrderLine.objects.all(), many=True, required=False)
    work_charge = serializers.DecimalField(**CHARGE)
    material_charge = serializers.DecimalField(**CHARGE)
    by_mail = serializers.BooleanField(required=False)


class DelaySerializer(PaperSerializer):
    """Which lines move to which dates, and what it is due to; `reason` stands on the notice to the customer."""

    cause = serializers.ChoiceField(choices=OrderDelay.Cause.choices)
    lines = LineDateSerializer(many=True, max_length=2000)  # type: ignore[call-arg]


class StartSerializer(VerbSerializer):
    """Which lines are produced: all that are confirmed where they are left out."""

    lines = LineKeySerializer(**MANY)


class DeliverSerializer(VerbSerializer):
    """The delivery note, its day (today where it is left out), and the quantities of its lines."""

    note_number = serializers.CharField(max_length=40)
    delivered_on = SensibleDateField(required=False, allow_null=True)
    lines = LineQuantitySerializer(**MANY)


class InvoiceSerializer(VerbSerializer):
    """The invoice, its day (today where it is left out), and the quantities of its lines."""

    number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    invoiced_on = SensibleDateField(required=False, allow_null=True)
    lines = LineQuantitySerializer(**MANY)


class AgreeSerializer(VerbSerializer):
    """How the customer agreed, when (today where it is left out), by which document of the order or what they did."""

    agreed_how = serializers.ChoiceField(choices=OrderConfirmation.Agreed.choices)
    agreed_on = SensibleDateField(required=False, allow_null=True)
    agreed_note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    document = ScopedPrimaryKeyField(queryset=Document.objects.all(), required=False, allow_null=True)


class ApproveCancellationSerializer(SendPaperSerializer):
    """Who gets the notice, and whether it is mailed from here."""

    by_mail = serializers.BooleanField(required=False)


class ConfirmedLineSerializer(serializers.ModelSerializer):
    """A line as one revision promises it."""

    class Meta:
        model = ConfirmedLine
        fields = ["line", "quantity", "price", "price_unit", "part_revision", "confirmed_on"]
        read_only_fields = fields


class OrderConfirmationSerializer(RecordSerializer):
    """A revision of an order's confirmation; `variations` name position (null for the header), field, what was ordered and confirmed."""

    lines = ConfirmedLineSerializer(many=True, read_only=True)
    variations = serializers.ListField(child=serializers.DictField(), read_only=True)
    conditions = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = OrderConfirmation
        fields = [
            *IDENTITY, "order", "revision", "cause", "state", "law", "variations", "deviations", "conditions", "paper", "confirmed_by",
            "confirmed_at", "agreed_how", "agreed_on", "agreed_note", "accepted_document", "lines",
        ]  # fmt: skip
        read_only_fields = fields


class OrderConfirmationViewSet(RecordViewSet):
    """Confirmations of orders, every revision a record; `state=waiting` are the contracts that are not concluded."""

    queryset = OrderConfirmation.objects.all()
    serializer_class = OrderConfirmationSerializer
    filterset_class = OrderConfirmationFilter
    ordering_fields = {"id": "id", "confirmed_at": "confirmed_at", "updated_at": "updated_at"}
    accept = verb_action("orders.accept_confirmation", AgreeSerializer)
    refuse = verb_action("orders.refuse_confirmation")

    def get_queryset(self) -> Any:
        """Confirmations with their lines."""
        return super().get_queryset().select_related(None).prefetch_related("lines")


class OrderPaperSerializer(RecordSerializer):
    """A paper that went to the customer: its kept file with its hash, and what became of its mail."""

    class Meta:
        model = OrderPaper
        fields = [
            *IDENTITY, "order", "kind", "number", "language", "issued_by", "issued_at", "sent_to", "recipients", "subject", "text", "state",
            "message_id", "document", "sha256", "sent_at", "attempts", "last_error",
        ]  # fmt: skip
        read_only_fields = fields


class OrderPaperViewSet(RecordViewSet):
    """Papers about orders, as they were issued."""

    queryset = OrderPaper.objects.all()
    serializer_class = OrderPaperSerializer
    filterset_class = OrderPaperFilter
    ordering_fields = {"id": "id", "issued_at": "issued_at", "updated_at": "updated_at"}
    send = verb_action("orders.send_order_paper", SendPaperSerializer)
    print = print_action("orders.order_paper", "Print the paper as it was issued")

    def get_queryset(self) -> Any:
        """Papers without what they say, which their print shows."""
        rows = super().get_queryset()
        return rows.select_related(None).defer("contents") if self.action in {"list", "retrieve"} else rows


class OrderChangeSerializer(RecordSerializer):
    """A change; `differences` name position (null for the header), field, before and after."""

    differences = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = OrderChange
        fields = [
            *IDENTITY, "order", "number", "cause", "reference", "received_on", "note", "differences", "document", "asked_by",
            "confirmation",
        ]  # fmt: skip
        read_only_fields = fields


class OrderChangeViewSet(RecordViewSet):
    """Changes of orders; `POST /orders/{id}/change/` asks for one."""

    queryset = OrderChange.objects.all()
    serializer_class = OrderChangeSerializer
    filterset_class = OrderChangeFilter
    ordering_fields = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


class OrderCancellationSerializer(RecordSerializer):
    """A cancellation of lines, with what is charged for it."""

    charge = serializers.DecimalField(**MONEY)

    class Meta:
        model = OrderCancellation
        fields = [
            *IDENTITY, "order", "lines", "cause", "note", "work_charge", "material_charge", "charge", "state", "asked_by",
            "decided_by", "decided_at",
        ]  # fmt: skip
        read_only_fields = fields


class OrderCancellationViewSet(RecordViewSet):
    """Cancellations; what is charged for waits for the sales manager."""

    queryset = OrderCancellation.objects.all()
    serializer_class = OrderCancellationSerializer
    filterset_class = OrderCancellationFilter
    ordering_fields = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}
    approve = verb_action("orders.approve_cancellation", ApproveCancellationSerializer)
    decline = verb_action("orders.decline_cancellation")


class DelayedLineSerializer(serializers.ModelSerializer):
    """A line that moved: agreed date, date before and after, commenced weeks, liquidated damages."""

    class Meta:
        model = DelayedLine
        fields = ["line", "agreed_on", "before", "after", "weeks", "damages"]
        read_only_fields = fields


class OrderDelaySerializer(RecordSerializer):
    """A delay with its lines; `customer_driven` where the customer asked for the new dates."""

    customer_driven = serializers.BooleanField(read_only=True)
    lines = DelayedLineSerializer(many=True, read_only=True)

    class Meta:
        model = OrderDelay
        fields = [
            *IDENTITY, "order", "number", "cause", "customer_driven", "note", "noted_on", "noted_by", "confirmation", "notice", "lines",
        ]  # fmt: skip
        read_only_fields = fields


class OrderDelayViewSet(RecordViewSet):
    """Delays of confirmed dates; `POST /orders/{id}/delay/` notes one."""

    queryset = OrderDelay.objects.all()
    serializer_class = OrderDelaySerializer
    filterset_class = OrderDelayFilter
    ordering_fields = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


class OrderDeliverySerializer(RecordSerializer):
    """What was delivered of a line with a delivery note."""

    class Meta:
        model = OrderDelivery
        fields = [*IDENTITY, "order", "line", "note_number", "delivered_on", "quantity", "noted_by"]
        read_only_fields = fields


class OrderDeliveryViewSet(RecordViewSet):
    """Deliveries of orders; `POST /orders/{id}/deliver/` notes one."""

    queryset = OrderDelivery.objects.all()
    serializer_class = OrderDeliverySerializer
    filterset_class = OrderDeliveryFilter
    ordering_fields = {"id": "id", "delivered_on": "delivered_on", "updated_at": "updated_at"}


class OrderInvoiceSerializer(RecordSerializer):
    """What was invoiced of a line; `document` is the key of the sales ledger's document where the location invoices here."""

    class Meta:
        model = OrderInvoice
        fields = [*IDENTITY, "order", "line", "number", "invoiced_on", "quantity", "net", "document", "noted_by"]
        read_only_fields = fields


class OrderInvoiceViewSet(RecordViewSet):
    """Invoices of orders; `POST /orders/{id}/invoice/` makes one."""

    queryset = OrderInvoice.objects.all()
    serializer_class = OrderInvoiceSerializer
    filterset_class = OrderInvoiceFilter
    ordering_fields = {"id": "id", "invoiced_on": "invoiced_on", "updated_at": "updated_at"}


class OrderLifeVerbs:
    """The verbs of an order after its review, for the endpoint of orders."""

    acknowledge = verb_action("orders.acknowledge_order", PaperSerializer)
    pro_forma = verb_action("orders.issue_pro_forma", PaperSerializer)
    confirm = verb_action("orders.confirm_order", ConfirmSerializer)
    change = verb_action("orders.request_change", ChangeSerializer)
    cancel = verb_action("orders.cancel_order", CancelSerializer, answer=OrderCancellationSerializer)
    delay = verb_action("orders.delay_order", DelaySerializer)
    start = verb_action("orders.start_order", StartSerializer)
    deliver = verb_action("orders.deliver_order", DeliverSerializer)
    invoice = verb_action("orders.invoice_order", InvoiceSerializer)
    close = verb_action("orders.close_order")


#: Path, endpoint and name of each, for the router of the roof.
LIFE_ENDPOINTS = (
    ("order-confirmations", OrderConfirmationViewSet, "order_confirmation"),
    ("order-papers", OrderPaperViewSet, "order_paper"),
    ("order-changes", OrderChangeViewSet, "order_change"),
    ("order-cancellations", OrderCancellationViewSet, "order_cancellation"),
    ("order-delays", OrderDelayViewSet, "order_delay"),
    ("order-deliveries", OrderDeliveryViewSet, "order_delivery"),
    ("order-invoices", OrderInvoiceViewSet, "order_invoice"),
)
