"""Orders over REST: with their lines and instalments in one body, the steps until their review, their call-offs and blocks."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from rest_framework import serializers

from accounts.models import Contact, Customer, Location, Plant
from catalog.api.products import IDENTITY
from catalog.models import Product, Unit
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    SensibleDateTimeField,
    StrictSerializer,
    VerbSerializer,
    VisibleKeyField,
    verb_action,
)
from kam.core.api_samples import SampleVerb
from orders.api.agreements import QUANTITY, DraftSerializer
from orders.api.order_evidence import OrderEvidenceVerbs
from orders.api.order_lives import OrderLifeVerbs
from orders.filters import OrderBlockFilter, OrderFilter
from orders.models import AgreementLine, Offer, OfferLine, Order, OrderBlock, OrderLine, PriceAgreement
from orders.models.offers import LANGUAGES
from orders.reports.order_evidence import REGISTERED

SHARE: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "min_value": Decimal(0), "max_value": Decimal(100)}


class ScheduleLineSerializer(StrictSerializer):
    """How much on which day; firm unless told, else planned."""

    date = SensibleDateField()
    quantity = serializers.DecimalField(**QUANTITY)
    firm = serializers.BooleanField(required=False, default=True)


class OrderLineSerializer(RecordSerializer):
    """What is ordered at a position. A line is told by its `position`, a new one without; without a `price` it gets the one that holds.

    `product` may be left out where `customer_part` is known.
    """

    position = serializers.IntegerField(min_value=1, max_value=32000, required=False)
    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    unit = serializers.ChoiceField(choices=Unit.choices, required=False)
    offer_line = VisibleKeyField(queryset=OfferLine.objects.all(), required=False, allow_null=True)
    agreement_line = VisibleKeyField(queryset=AgreementLine.objects.all(), required=False, allow_null=True)
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True)
    schedule = ScheduleLineSerializer(many=True, required=False, max_length=500)  # type: ignore[call-arg]

    class Meta:
        model = OrderLine
        fields = [
            "id", "position", "product", "description", "customer_part", "part_revision", "agreed_revision", "quantity", "unit", "price",
            "price_unit", "surcharge", "discount", "amount", "requested_on", "first_confirmed_on", "confirmed_on", "offer_line",
            "agreement_line", "customer_cumulative", "status", "delivered_quantity", "delivered_on", "invoiced_quantity",
            "lot_required", "notes", "schedule",
        ]  # fmt: skip
        read_only_fields = [
            "agreed_revision", "amount", "first_confirmed_on", "confirmed_on", "status", "delivered_quantity", "delivered_on",
            "invoiced_quantity", "customer_cumulative",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, serializers.Field]:
        """The line's own fields; the reason belongs to the order."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class OrderHeadSerializer(RecordSerializer):
    """An order as it stands in a list, without its lines."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all())
    selling_location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    ship_to = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    bill_to = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    producing_location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False, allow_null=True)
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False, allow_null=True)
    offer = VisibleKeyField(queryset=Offer.objects.all(), required=False, allow_null=True)
    agreement = VisibleKeyField(queryset=PriceAgreement.objects.all(), required=False, allow_null=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    received_at = SensibleDateTimeField(required=False)
    incomplete = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Order
        fields = [
            *IDENTITY, "number", "system", "kind", "status", "customer", "plant", "ship_to", "bill_to", "selling_location", "producing_location",
            "contact", "frame", "customer_reference", "customer_date", "received_at", "channel", "language", "currency", "payment_term",
            "incoterms", "incoterms_place", "incoterms_version", "offer", "agreement", "requested_on", "requested_type",
            "partial_allowed", "penalty_rate", "penalty_cap", "tolerance", "certificates", "packaging", "transport", "vat_treatment",
            "declaration_of_intent", "own_terms", "notes", "net", "base_net", "entered_by", "registered_at", "reviewed",
            "confirmed_at", "confirmation", "waiting_customer", "ended_reason", "incomplete",
        ]  # fmt: skip
        read_only_fields = [
            "number", "system", "status", "customer", "frame", "net", "base_net", "entered_by", "registered_at", "reviewed", "confirmed_at",
            "confirmation", "waiting_customer", "ended_reason",
        ]  # fmt: skip


class OrderSerializer(OrderHeadSerializer):
    """An order with its lines; what is left out of its head is the offer's, the agreement's or the customer's."""

    lines = OrderLineSerializer(many=True, required=False, max_length=2000)  # type: ignore[call-arg]

    class Meta(OrderHeadSerializer.Meta):
        fields = [*OrderHeadSerializer.Meta.fields, "lines"]


class CopyOrderSerializer(VerbSerializer):
    """What the customer calls the new order."""

    customer_reference = serializers.CharField(max_length=35, required=False, allow_blank=True)
    customer_date = SensibleDateField(required=False, allow_null=True)


class FromOfferSerializer(CopyOrderSerializer):
    """What the customer calls the order, when the goods are wanted, and which positions of the offer were ordered: all unless told."""

    requested_on = SensibleDateField(required=False, allow_null=True)
    positions = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=32000), required=False, allow_null=True, max_length=2000
    )


class AgreedQuantitySerializer(StrictSerializer):
    """How much of a product of the agreement is ordered, told by its line there."""

    agreement_line = VisibleKeyField(queryset=AgreementLine.objects.all())
    quantity = serializers.DecimalField(**QUANTITY)


class FromAgreementSerializer(CopyOrderSerializer):
    """Which plant orders at the prices of an agreement, and what: each product at its minimum quantity unless told.

    Without `selling_location` it is that of the agreement, which has to have one then.
    """

    agreement = VisibleKeyField(queryset=PriceAgreement.objects.all())
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all())
    selling_location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False)
    requested_on = SensibleDateField(required=False, allow_null=True)
    lines = AgreedQuantitySerializer(many=True, required=False, max_length=2000)  # type: ignore[call-arg]

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The quantities by the key of their line."""
        lines = data.pop("lines", None)
        return data if lines is None else data | {"quantities": {one["agreement_line"].pk: one["quantity"] for one in lines}}


class WhySerializer(VerbSerializer):
    """Why."""

    reason = serializers.CharField(max_length=2000)


class CalledOffSerializer(StrictSerializer):
    """What is called off of one line of the frame order, and how much of it the customer counts as received so far."""

    frame_line = ScopedPrimaryKeyField(queryset=OrderLine.objects.all())
    schedule = ScheduleLineSerializer(many=True, max_length=500)  # type: ignore[call-arg]
    customer_cumulative = serializers.DecimalField(
        max_digits=14, decimal_places=3, min_value=Decimal(0), required=False, allow_null=True
    )


class CallOffSerializer(VerbSerializer):
    """The number and date of the call-off, until when it is firm, and what is called off."""

    customer_reference = serializers.CharField(max_length=35)
    customer_date = SensibleDateField(required=False, allow_null=True)
    firm_until = SensibleDateField(required=False, allow_null=True)
    lines = CalledOffSerializer(many=True, max_length=500)  # type: ignore[call-arg]


class CreditReleaseSerializer(WhySerializer):
    """Until when an order may go on beyond the credit limit, and why."""

    until = SensibleDateField()


class SetBlockSerializer(VerbSerializer):
    """What it is blocked for, why, and until when; for one line where it is named."""

    kind = serializers.ChoiceField(choices=OrderBlock.Kind.choices)
    reason = serializers.CharField(max_length=400)
    until = SensibleDateField(required=False, allow_null=True)
    line = ScopedPrimaryKeyField(queryset=OrderLine.objects.all(), required=False, allow_null=True)


class OrderViewSet(OrderLifeVerbs, OrderEvidenceVerbs, SampleVerb, RecordViewSet):
    """Orders. Until its review an order is changed in place; several can be created at once, each with its lines."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    ordering_fields = {
        "id": "id",
        "number": "number",
        "received_at": "received_at",
        "requested_on": "requested_on",
        "customer_reference": "customer_reference",
        "net": "net",
        "updated_at": "updated_at",
    }
    sampled = REGISTERED
    create_action = "orders.create_order"
    update_action = "orders.edit_order"
    delete_action = "orders.discard_order"
    register = verb_action("orders.register_order")
    hold = verb_action("orders.hold_order", WhySerializer)
    resume = verb_action("orders.resume_order")
    reject = verb_action("orders.reject_order", WhySerializer)
    copy = verb_action("orders.copy_order", CopyOrderSerializer, answer=DraftSerializer)
    from_agreement = verb_action("orders.enter_from_agreement", FromAgreementSerializer, answer=DraftSerializer, detail=False)
    call_off = verb_action("orders.enter_call_off", CallOffSerializer, answer=DraftSerializer)
    block = verb_action("orders.set_block", SetBlockSerializer, answer=DraftSerializer)

    def get_serializer_class(self) -> Any:
        """A list shows heads; one order is read with its lines."""
        return OrderHeadSerializer if self.action == "list" else OrderSerializer

    def get_queryset(self) -> Any:
        """Orders with the offer and agreement behind them, as far as the reader sees those; one of them with its lines."""
        reader = self.request.user
        rows = super().get_queryset().prefetch_related(
            Prefetch("offer", Offer.objects.visible_to(reader)), Prefetch("agreement", PriceAgreement.objects.visible_to(reader))
        )  # fmt: skip
        if self.action == "list":
            return rows.select_related(None).defer("search_text")
        return rows.prefetch_related(
            "lines__schedule",
            Prefetch("lines__offer_line", OfferLine.objects.visible_to(reader)),
            Prefetch("lines__agreement_line", AgreementLine.objects.visible_to(reader)),
        )


class OrderBlockSerializer(RecordSerializer):
    """A block of an order: what for, why, by whom, until when, and how it was lifted."""

    class Meta:
        model = OrderBlock
        fields = [
            *IDENTITY, "order", "line", "kind", "reason", "until", "set_at", "set_by", "lifted_at", "lifted_by", "lift_reason", "is_active",
        ]  # fmt: skip
        read_only_fields = fields

    is_active = serializers.BooleanField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """The block's own fields: its reasons are why it was set and why it was lifted, those of a check in the reader's language."""
        fields = super().get_fields()
        fields["reason"] = serializers.CharField(source="why", read_only=True)
        fields["lift_reason"] = serializers.CharField(source="why_lifted", read_only=True)
        return fields


class OrderBlockViewSet(RecordViewSet):
    """Blocks of the orders that you see; who may lift one depends on its kind. One for credit is released until a day."""

    queryset = OrderBlock.objects.all()
    serializer_class = OrderBlockSerializer
    filterset_class = OrderBlockFilter
    http_method_names = ["get", "post", "head", "options"]
    ordering_fields = {"id": "id", "updated_at": "updated_at"}
    lift = verb_action("orders.lift_block", WhySerializer)
    release = verb_action("orders.release_credit", CreditReleaseSerializer)
