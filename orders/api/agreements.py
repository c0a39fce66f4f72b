"""Price agreements over REST: with their lines in one body, and every step of their life."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, CustomerGroup, Plant
from catalog.api.products import IDENTITY
from catalog.models import Product, ProductFamily, reads_prices
from kam.core import clock
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    VisibleKeyField,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.api_process import JobSerializer
from kam.core.printing import start_print
from kam.core.workflow import Denied
from orders.api.order_lives import PaperSerializer
from orders.api.prices import QuestionsSerializer, ShownSerializer
from orders.api.reasons import ReasonSerializer
from orders.filters import PriceAgreementFilter
from orders.models import AgreementLine, AgreementOpinion, Offer, PriceAgreement, PriceClause, PriceIndex, Standing
from orders.reports.agreement_limits import reasons_of_agreement
from orders.reports.prices import refuse_price_list, simulate
from orders.reports.rebates import accrual_of

PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "min_value": Decimal("0.00001")}
QUANTITY: dict[str, Any] = {"max_digits": 14, "decimal_places": 3, "min_value": Decimal("0.001")}


class StepSerializer(StrictSerializer):
    """A step of a scale."""

    quantity = serializers.DecimalField(**QUANTITY)
    price = serializers.DecimalField(**PRICE)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The pair by its names."""
        return super().to_representation({"quantity": instance[0], "price": instance[1]})

    def to_internal_value(self, data: Any) -> Any:
        """The step as a pair."""
        values = super().to_internal_value(data)
        return values["quantity"], values["price"]


class ReductionSerializer(StrictSerializer):
    """A long-term reduction: from a day on so many per cent less than before."""

    first_day = SensibleDateField()
    rate = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal("99.99"))

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The pair by its names."""
        return super().to_representation({"first_day": instance[0], "rate": instance[1]})

    def to_internal_value(self, data: Any) -> Any:
        """The reduction as a pair."""
        values = super().to_internal_value(data)
        return values["first_day"], values["rate"]


class TierSerializer(StrictSerializer):
    """A tier of a rebate: above a turnover so many per cent."""

    turnover = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0)
    rate = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal("0.01"), max_value=Decimal("99.99"))

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The pair by its names."""
        return super().to_representation({"turnover": instance[0], "rate": instance[1]})

    def to_internal_value(self, data: Any) -> Any:
        """The tier as a pair."""
        values = super().to_internal_value(data)
        return values["turnover"], values["rate"]


class AccrualSerializer(serializers.Serializer):
    """What a rebate came to in its running year; no amounts where some of its sales are not the reader's to see."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    turnover = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    rate = serializers.DecimalField(max_digits=5, decimal_places=2)
    accrued = serializers.DecimalField(max_digits=20, decimal_places=2)
    next_from = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    next_rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    missing = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)


class AgreementLineSerializer(RecordSerializer):
    """What a product or family costs: `price`, `discount` on the list in per cent, or `steps` of a scale, one of the three."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    steps = StepSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]
    reductions = ReductionSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]

    class Meta:
        model = AgreementLine
        fields = [
            "id", "product", "family", "price", "discount", "scale", "steps", "price_unit", "decimals", "minimum_quantity",
            "committed_quantity", "reductions", "unreduced", "tooling_cost", "tooling_quantity", "tooling_since", "period",
        ]  # fmt: skip
        read_only_fields = ["period"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The line's own fields; the reason belongs to the agreement."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class ClauseSerializer(RecordSerializer):
    """How prices follow an index: a `share` of the price in per cent, or a surcharge by `weight`; for every line or one `product`."""

    index = ScopedPrimaryKeyField(queryset=PriceIndex.objects.all())
    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    fallback = ScopedPrimaryKeyField(queryset=PriceIndex.objects.all(), required=False, allow_null=True)

    class Meta:
        model = PriceClause
        fields = [
            "id", "kind", "product", "index", "reference", "share", "threshold", "weight", "symmetric", "averaging", "lag",
            "closing_day", "floor", "cap", "missing", "fallback", "fallback_addition",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, serializers.Field]:
        """The clause's own fields; the reason belongs to the agreement."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class AgreementOpinionSerializer(serializers.ModelSerializer):
    """What the area manager of a location says to prices that hold at all of them."""

    class Meta:
        model = AgreementOpinion
        fields = ["location", "person", "verdict", "note", "due_at", "given_by", "given_at"]
        read_only_fields = fields


class PriceAgreementSerializer(RecordSerializer):
    """An agreement with one group, customer or plant, or for a programme of a customer; `standing` is where it stands today."""

    group = ScopedPrimaryKeyField(queryset=CustomerGroup.objects.all(), required=False, allow_null=True)
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    offer = VisibleKeyField(read_only=True)
    standing = serializers.ChoiceField(choices=Standing.choices, read_only=True)
    first_day = SensibleDateField(write_only=True)
    last_day = SensibleDateField(write_only=True, required=False, allow_null=True)
    tiers = TierSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]
    lines = AgreementLineSerializer(many=True, required=False, max_length=2000)  # type: ignore[call-arg]
    clauses = ClauseSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]
    opinions = AgreementOpinionSerializer(many=True, read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = PriceAgreement
        fields = [
            *IDENTITY, "number", "group", "customer", "plant", "programme", "location", "currency", "status", "consent", "standing",
            "ending", "offer", "period", "first_day", "last_day", "pricing_date", "payment_terms", "incoterms", "incoterms_place", "incoterms_version",
            "notice_days", "rebate", "tiers", "reference", "reopening", "notes", "replaces", "level", "reasons", "submitted_by", "submitted_at",
            "finance_by", "finance_at", "approved_by", "approved_at", "lines", "clauses", "opinions",
        ]  # fmt: skip
        read_only_fields = [
            "number", "status", "consent", "ending", "period", "replaces", "level", "submitted_by", "submitted_at", "finance_by",
            "finance_at", "approved_by", "approved_at",
        ]  # fmt: skip

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, agreement: Any) -> Any:
        """Everything that has to be approved, or was, the highest first; a figure that its reader may not see is left out."""
        if not agreement.triggers:
            return []
        reader = self.context["request"].user
        return ReasonSerializer(reasons_of_agreement(agreement, reader), many=True).data


class GivenConsentSerializer(VerbSerializer):
    """Yes, or no and why."""

    consents = serializers.BooleanField()
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class ReviseSerializer(VerbSerializer):
    """From when on other prices hold, and by how many per cent they change."""

    first_day = SensibleDateField()
    last_day = SensibleDateField(required=False, allow_null=True)
    change = serializers.DecimalField(
        max_digits=6, decimal_places=2, min_value=Decimal("-99.99"), max_value=1000, required=False, default=Decimal(0)
    )


class TerminateSerializer(VerbSerializer):
    """The last day, today unless told; with the reason."""

    last_day = SensibleDateField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)


class DraftSerializer(serializers.Serializer):
    """What was made: the draft, or the paper."""

    id = serializers.IntegerField(source="pk")


class PriceListSerializer(StrictSerializer):
    """Whose prices, on which day; without one today's."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    day = SensibleDateField(required=False, allow_null=True)


class PriceAgreementViewSet(RecordViewSet):
    """Price agreements, those to come included. A draft is changed in place; what was agreed is followed by a new one (`revise`)."""

    queryset = PriceAgreement.objects.all()
    serializer_class = PriceAgreementSerializer
    filterset_class = PriceAgreementFilter
    ordering_fields = {
        "id": "id",
        "number": "number",
        "period": "period",
        "currency": "currency",
        "updated_at": "updated_at",
    }
    create_action = "orders.create_agreement"
    update_action = "orders.edit_agreement"
    delete_action = "orders.discard_agreement"
    submit = verb_action("orders.submit_agreement")
    approve = verb_action("orders.approve_agreement")
    opinion = verb_action("orders.give_opinion", GivenConsentSerializer)
    agree_terms = verb_action("orders.agree_agreement_terms")
    refuse_terms = verb_action("orders.refuse_agreement_terms")
    return_ = verb_action("orders.return_agreement")
    terminate = verb_action("orders.terminate_agreement", TerminateSerializer)
    revise = verb_action("orders.revise_agreement", ReviseSerializer, answer=DraftSerializer)
    send = verb_action("orders.send_agreement", PaperSerializer, answer=DraftSerializer)
    print = print_action("orders.price_agreement", "Print the agreement in the customer's language")

    @extend_schema(summary="The rebate that accrued", responses=AccrualSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def accrual(self, request: Request, pk: str | None = None) -> Response:
        """The turnover of the agreement's running year, the tier reached, what it comes to, and what the next one needs."""
        return Response(AccrualSerializer(accrual_of(self.get_object(), request.user)).data)

    @extend_schema(summary="Print a customer's price list", request=PriceListSerializer, responses={201: JobSerializer})
    @action(detail=False, methods=["post"], url_path="price-list", filter_backends=[], pagination_class=None)
    def price_list(self, request: Request) -> Response:
        """The agreed prices of a customer on a day and those to come, in the customer's language; answers the job that prints them."""
        if not reads_prices(request.user):
            raise Denied("prices_hidden", _("Prices are not for you to see."), status=403)
        body = PriceListSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        customer, day = body.validated_data["customer"], body.validated_data.get("day") or clock.today()
        refuse_price_list(customer, request.user)
        key = f"{customer.pk}:{day.isoformat()}"
        job = start_print("orders.price_list", key, actor=request.user, title=str(customer), about=customer)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)

    @extend_schema(summary="Price questions, each with its why", request=QuestionsSerializer, responses=ShownSerializer)
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def price(self, request: Request) -> Response:
        """What products cost plants, in a quantity on a day, with who won, who lost and why, and every step; nothing is written."""
        if not reads_prices(request.user):
            raise Denied("prices_hidden", _("Prices are not for you to see."), status=403)
        body = QuestionsSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        shown = simulate(body.validated_data["questions"], request.user)
        return Response(ShownSerializer({"results": shown}).data)

    def get_queryset(self) -> Any:
        """Agreements with their lines."""
        offers = Prefetch("offer", Offer.objects.visible_to(self.request.user))
        rows = super().get_queryset().with_cost_rights(self.request.user)
        return rows.prefetch_related("lines", "clauses", "opinions", offers)
