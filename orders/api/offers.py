"""Offers over REST: with their lines in one body, every step of their life, and their print."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Contact, Location, Plant
from catalog.api.products import IDENTITY
from catalog.models import Product
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
from kam.core.rest.listing import check_parameters
from orders.api.agreements import PRICE, DraftSerializer, StepSerializer
from orders.api.customer_orders import FromOfferSerializer
from orders.api.reasons import ReasonSerializer
from orders.filters import OfferFilter
from orders.models import Negotiation, Offer, OfferLine, OfferPause
from orders.models.offers import LANGUAGES
from orders.reports.limits import reasons
from orders.reports.offer_figures import BY, figures_by, together
from orders.reports.offers import reads_cost_of, reads_dossier_of, why


class OfferLineSerializer(RecordSerializer):
    """What is offered at a position; without a `price` the one that holds for the customer is taken. `why` says how it was found.

    Cost and margin are null for whoever does not read them.
    """

    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    price = serializers.DecimalField(**PRICE, required=False, allow_null=True)
    steps = StepSerializer(many=True, required=False, max_length=40)  # type: ignore[call-arg]
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True)
    contribution = serializers.DecimalField(max_digits=12, decimal_places=4, read_only=True, allow_null=True)
    why = serializers.SerializerMethodField()

    class Meta:
        model = OfferLine
        fields = [
            "id", "position", "kind", "product", "description", "customer_part", "part_revision", "quantity", "unit", "price",
            "price_unit", "steps", "annual_quantity", "minimum_quantity", "surcharge_basis", "proposed", "list_price", "variable_cost",
            "cost_version", "contribution", "amount", "why",
        ]  # fmt: skip
        read_only_fields = ["position", "proposed", "list_price", "cost_version", "amount"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The line's own fields; the reason belongs to the offer."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields

    def _reads_cost(self, line: OfferLine) -> bool:
        """Whether the reader reads the costs of the line's offer; offers of a list bring it along."""
        offer: Any = line.offer
        if not hasattr(offer, "reads_cost"):
            offer.reads_cost = reads_cost_of(offer, self.context["request"].user)
        return bool(offer.reads_cost)

    def get_why(self, line: OfferLine) -> list[str]:
        """Each step in the reader's words."""
        return why(line, with_costs=self._reads_cost(line))

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The line without what its reader may not see."""
        shown = super().to_representation(instance)
        if not self._reads_cost(instance):
            shown |= {"variable_cost": None, "contribution": None, "cost_version": ""}
        return shown


class OfferPauseSerializer(RecordSerializer):
    """From when to when the offer waited for the customer, and for what."""

    class Meta:
        model = OfferPause
        fields = ["begins", "ends", "reason"]
        read_only_fields = fields

    def get_fields(self) -> dict[str, serializers.Field]:
        """The pause's own fields."""
        fields = super().get_fields()
        fields["reason"] = serializers.CharField(read_only=True)
        return fields


class OfferHeadSerializer(RecordSerializer):
    """An offer to a plant in one revision as it stands in a list, without its lines."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all())
    selling_location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False, allow_null=True)
    negotiation = VisibleKeyField(queryset=Negotiation.objects.all(), required=False, allow_null=True)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)
    currency = serializers.CharField(max_length=3, required=False)
    wanted_on = SensibleDateField(required=False, allow_null=True)
    valid_until = SensibleDateField(required=False)

    class Meta:
        model = Offer
        fields = [
            *IDENTITY, "number", "revision", "replaces", "plant", "selling_location", "contact", "negotiation", "language",
            "currency", "subject", "enquiry", "enquiry_complete_on", "wanted_on", "valid_until", "payment_term", "incoterms", "incoterms_place",
            "incoterms_version", "delivery", "packaging", "warranty", "certificates", "assumptions", "exclusions", "deviations",
            "special_terms", "notes", "status", "consent", "net", "list_net", "base_annual_value", "level", "submitted_by", "submitted_at",
            "finance_by", "finance_at", "approved_by", "approved_at", "sent_by", "sent_at", "sent_to", "lead_days", "lead_limit", "decided_on", "lost_reason", "lost_note", "competitor",
            "competitor_price", "accepted_reference",
        ]  # fmt: skip
        read_only_fields = [
            "number", "revision", "replaces", "status", "consent", "net", "list_net", "base_annual_value", "level", "submitted_by",
            "submitted_at", "finance_by", "finance_at", "approved_by", "approved_at", "sent_by", "sent_at", "sent_to", "lead_days", "lead_limit", "decided_on", "lost_reason", "lost_note",
            "competitor", "competitor_price", "accepted_reference",
        ]  # fmt: skip


class OfferSerializer(OfferHeadSerializer):
    """An offer to a plant in one revision with its lines; what is left out of its head is the customer's."""

    lines = OfferLineSerializer(many=True, required=False, max_length=2000)  # type: ignore[call-arg]
    pauses = OfferPauseSerializer(many=True, read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta(OfferHeadSerializer.Meta):
        fields = [*OfferHeadSerializer.Meta.fields, "lines", "pauses", "reasons"]

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, offer: Any) -> Any:
        """Everything that has to be approved, or was, the highest first; a figure that its reader may not see is left out."""
        if not offer.triggers:
            return []
        reader = self.context["request"].user
        with_costs = offer.reads_cost if hasattr(offer, "reads_cost") else reads_cost_of(offer, reader)
        found = reasons(offer.triggers, with_costs=with_costs, with_dossier=reads_dossier_of(offer, reader))
        return ReasonSerializer(found, many=True).data


class MailOfferSerializer(VerbSerializer):
    """To whom it is mailed, several parted by commas (the contact where it is left out), with which words (as usual where left out)."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True)
    text = serializers.CharField(max_length=20000, required=False, allow_blank=True)


class SendOfferSerializer(MailOfferSerializer):
    """To whom it goes, whether it is mailed from here (`by_mail`), and whether the revisions before it end."""

    by_mail = serializers.BooleanField(required=False)
    supersede = serializers.BooleanField(required=False)


class AcceptOfferSerializer(VerbSerializer):
    """What the customer accepted it by, and the date of their order: the draft of the order is made by it (`orders/?offer=`).

    With `agree` its goods become instead the draft of a price agreement, valid from today unless told.
    """

    accepted_reference = serializers.CharField(max_length=60, required=False, allow_blank=True)
    customer_date = SensibleDateField(required=False, allow_null=True)
    agree = serializers.BooleanField(required=False)
    first_day = SensibleDateField(required=False, allow_null=True)
    last_day = SensibleDateField(required=False, allow_null=True)


class LoseOfferSerializer(VerbSerializer):
    """Why it was lost, to whom and at which price."""

    lost_reason = serializers.ChoiceField(choices=Offer.LossReason.choices)
    lost_note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    competitor = serializers.CharField(max_length=120, required=False, allow_blank=True)
    competitor_price = serializers.DecimalField(
        max_digits=18, decimal_places=2, min_value=Decimal("0.01"), required=False, allow_null=True
    )


class PauseOfferSerializer(VerbSerializer):
    """What the customer was asked, and since when it is waited for: today unless told."""

    reason = serializers.CharField(max_length=200)
    begins = SensibleDateField(required=False, allow_null=True)


class ResumeOfferSerializer(VerbSerializer):
    """When the customer answered: today unless told."""

    ends = SensibleDateField(required=False, allow_null=True)


class OfferFiguresQuerySerializer(StrictSerializer):
    """By what the figures are, and of which year."""

    by = serializers.ChoiceField(choices=[(name, label) for name, (label, _key, _model) in BY.items()], default="month")
    year = serializers.IntegerField(min_value=2000, max_value=2199, required=False)


RATE: dict[str, Any] = {"max_digits": 8, "decimal_places": 2, "allow_null": True}
MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 2}


class OfferFiguresSerializer(serializers.Serializer):
    """Lead times of what was sent for the first time, and what was decided in the year; money a year, in the group's currency."""

    key = serializers.CharField(allow_null=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    sent = serializers.IntegerField()
    lead_time = serializers.DecimalField(**RATE, help_text="Median of the working days, less those of waiting for the customer.")
    in_time = serializers.DecimalField(**RATE, help_text="Per cent of them within what is allowed.")
    won = serializers.IntegerField()
    lost = serializers.IntegerField()
    undecided = serializers.IntegerField()
    won_value = serializers.DecimalField(**MONEY)
    lost_value = serializers.DecimalField(**MONEY)
    hit_rate = serializers.DecimalField(**RATE)
    hit_rate_value = serializers.DecimalField(**RATE)
    realisation = serializers.DecimalField(**RATE, help_text="Accepted offers in per cent of the same quantities at list prices.")


class AllOfferFiguresSerializer(serializers.Serializer):
    """The figures by what was asked, and their total."""

    rows = OfferFiguresSerializer(many=True)
    total = OfferFiguresSerializer()


class NewOfferSerializer(VerbSerializer):
    """Until when the new one is valid."""

    valid_until = SensibleDateField(required=False, allow_null=True)


class CopyOfferSerializer(NewOfferSerializer):
    """For which plant; the same one where it is left out."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)


class WithdrawOfferSerializer(VerbSerializer):
    """Why it is withdrawn."""

    reason = serializers.CharField(max_length=2000)


class OfferViewSet(RecordViewSet):
    """Offers, every revision a record of its own. A draft is changed in place; what was sent is followed by `revise`."""

    queryset = Offer.objects.all()
    serializer_class = OfferSerializer
    filterset_class = OfferFilter
    ordering_fields = {
        "id": "id",
        "number": "number",
        "created_at": "created_at",
        "valid_until": "valid_until",
        "net": "net",
        "updated_at": "updated_at",
    }
    create_action = "orders.create_offer"
    update_action = "orders.edit_offer"
    delete_action = "orders.discard_offer"
    submit = verb_action("orders.submit_offer")
    approve = verb_action("orders.approve_offer")
    agree_terms = verb_action("orders.agree_terms")
    refuse_terms = verb_action("orders.refuse_terms")
    return_ = verb_action("orders.return_offer")
    send = verb_action("orders.send_offer", SendOfferSerializer)
    mail = verb_action("orders.mail_offer", MailOfferSerializer)
    negotiate = verb_action("orders.negotiate_offer")
    accept = verb_action("orders.accept_offer", AcceptOfferSerializer)
    lose = verb_action("orders.lose_offer", LoseOfferSerializer)
    withdraw = verb_action("orders.withdraw_offer", WithdrawOfferSerializer)
    pause = verb_action("orders.pause_offer", PauseOfferSerializer)
    resume = verb_action("orders.resume_offer", ResumeOfferSerializer)
    revise = verb_action("orders.revise_offer", NewOfferSerializer, answer=DraftSerializer)
    order = verb_action("orders.enter_from_offer", FromOfferSerializer, answer=DraftSerializer)
    copy = verb_action("orders.copy_offer", CopyOfferSerializer, answer=DraftSerializer)
    print = print_action("orders.offer", "Print the offer")

    def get_serializer_class(self) -> Any:
        """A list shows heads; one offer is read with its lines."""
        return OfferHeadSerializer if self.action == "list" else OfferSerializer

    def get_queryset(self) -> Any:
        """Offers; one of them with its lines, and with whether the reader reads costs."""
        rows = super().get_queryset().prefetch_related(Prefetch("negotiation", Negotiation.objects.visible_to(self.request.user)))
        if self.action == "list":
            return rows.select_related(None).defer("search_text")
        return rows.with_cost_rights(self.request.user).prefetch_related("lines__product", "pauses")

    @extend_schema(
        summary="Lead time, hit rates and prices against the list",
        parameters=[
            OpenApiParameter("by", enum=list(BY), description="By what the figures are; month unless told."),
            OpenApiParameter("year", int, description="The year; this one unless told."),
        ],
        responses=AllOfferFiguresSerializer,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request) -> Response:
        """The figures of the offers that you may see."""
        check_parameters(request, {"by", "year"})
        asked = OfferFiguresQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        year = asked.validated_data.get("year", clock.today().year)
        found = figures_by(Offer.objects.visible_to(request.user), asked.validated_data["by"], year)
        return Response(AllOfferFiguresSerializer({"rows": found, "total": together(found)}).data)
