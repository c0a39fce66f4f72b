"""Price campaigns over REST: the campaign with its filter, its customers with their answers, every price, the money, and every step."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, CustomerGroup, Location, Market
from catalog.api.products import IDENTITY
from catalog.models import ProductFamily
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action
from orders.api.agreements import GivenConsentSerializer
from orders.api.reasons import ReasonSerializer
from orders.filters import CampaignCustomerFilter, PriceCampaignFilter
from orders.models import CampaignConsent, CampaignCustomer, PriceCampaign, PriceIndex
from orders.models.campaigns import HIGHEST, LOWEST
from orders.reports.agreement_limits import reasons_of_campaign
from orders.reports.campaigns import changes_of, money_of

RATE: dict[str, Any] = {"max_digits": 6, "decimal_places": 2, "min_value": LOWEST, "max_value": HIGHEST}
AMOUNT: dict[str, Any] = {"max_digits": 20, "decimal_places": 2, "allow_null": True}
PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "allow_null": True}


class PriceCampaignSerializer(RecordSerializer):
    """A change of agreed prices; `percentage`, or with `basis` index what follows from `share` of what the index did.

    The prices are those of the agreements that fit the filter (`of_…`) and that you may change.
    """

    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    percentage = serializers.DecimalField(**RATE, required=False, allow_null=True)
    index = ScopedPrimaryKeyField(queryset=PriceIndex.objects.all(), required=False, allow_null=True)
    index_from = SensibleDateField(required=False, allow_null=True)
    index_to = SensibleDateField(required=False, allow_null=True)
    effective_on = SensibleDateField()
    last_day_to_send = serializers.DateField(read_only=True)
    reasons = serializers.SerializerMethodField()
    of_group = ScopedPrimaryKeyField(queryset=CustomerGroup.objects.all(), required=False, allow_null=True)
    of_customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    of_sector = ScopedPrimaryKeyField(queryset=Market.objects.all(), required=False, allow_null=True)
    of_family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    of_location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False, allow_null=True)

    class Meta:
        model = PriceCampaign
        fields = [
            *IDENTITY, "number", "title", "why", "location", "basis", "percentage", "index", "index_from", "index_to", "share",
            "value_from", "value_to", "effective_on", "notice_days", "last_day_to_send", "open_orders", "discounts", "of_group", "of_customer",
            "of_sector", "of_family", "of_location", "measured_until", "status", "level", "reasons", "submitted_by", "submitted_at",
            "approved_by", "approved_at",
        ]  # fmt: skip
        read_only_fields = [
            "number", "value_from", "value_to", "measured_until", "status", "level", "submitted_by", "submitted_at", "approved_by",
            "approved_at",
        ]  # fmt: skip

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, campaign: Any) -> Any:
        """Everything that has to be approved, or was, the highest first; figures are told to who reads every customer in it."""
        if not campaign.triggers:
            return []
        return ReasonSerializer(reasons_of_campaign(campaign, self.context["request"].user), many=True).data


class WithReasonSerializer(VerbSerializer):
    """Why it is done."""

    reason = serializers.CharField(max_length=2000)


class ReachedMonthSerializer(serializers.Serializer):
    """What reached the invoices in a month, in the group's currency; `uncompared` was not sold in the twelve months before."""

    first = serializers.DateField()
    revenue = serializers.DecimalField(max_digits=20, decimal_places=2)
    effect = serializers.DecimalField(max_digits=20, decimal_places=2)
    uncompared = serializers.DecimalField(max_digits=20, decimal_places=2)


class CampaignMoneySerializer(serializers.Serializer):
    """What a customer's change is worth a year, in the group's currency; null where you do not read every sale behind it."""

    customer = serializers.IntegerField()
    base = serializers.DecimalField(**AMOUNT)
    asked = serializers.DecimalField(**AMOUNT)
    agreed = serializers.DecimalField(**AMOUNT)
    budgeted = serializers.DecimalField(
        **AMOUNT, help_text="What the budget in force counts on from the new prices in the months of its year."
    )
    why_not_budgeted = serializers.CharField(allow_blank=True, help_text="Why `budgeted` is null, in the reader's words.")
    budget_year = serializers.CharField(allow_blank=True)
    budget_uncompared = serializers.DecimalField(
        **AMOUNT, help_text="Revenue planned without a price, or of what was not sold in the twelve months before."
    )
    reached = serializers.DecimalField(**AMOUNT)
    expected = serializers.DecimalField(**AMOUNT)
    months = ReachedMonthSerializer(many=True)


class CampaignMoneyAnswerSerializer(serializers.Serializer):
    """The money of each customer that you may see."""

    results = CampaignMoneySerializer(many=True)


class PriceCampaignViewSet(RecordViewSet):
    """Price campaigns with a customer whom you may see. Prices change only where a customer agrees."""

    queryset = PriceCampaign.objects.all()
    serializer_class = PriceCampaignSerializer
    filterset_class = PriceCampaignFilter
    ordering_fields = {
        "id": "id",
        "number": "number",
        "effective_on": "effective_on",
        "status": "status",
        "updated_at": "updated_at",
    }
    create_action = "orders.create_campaign"
    update_action = "orders.edit_campaign"
    delete_action = "orders.discard_campaign"
    submit = verb_action("orders.submit_campaign")
    approve = verb_action("orders.approve_campaign")
    consent = verb_action("orders.consent_to_whole_campaign", GivenConsentSerializer)
    return_ = verb_action("orders.return_campaign")
    withdraw = verb_action("orders.withdraw_campaign", WithReasonSerializer)

    def get_queryset(self) -> Any:
        """Campaigns with what the reader may see of their figures."""
        return super().get_queryset().with_figure_rights(self.request.user)

    @extend_schema(summary="The money of a campaign, customer by customer", responses=CampaignMoneyAnswerSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def money(self, request: Request, pk: str | None = None) -> Response:
        """What was asked and agreed a year, budgeted, and what reached the invoices month by month."""
        rows = CampaignCustomer.objects.visible_to(request.user).filter(campaign=self.get_object())
        found = list(rows.select_related("campaign").with_money_rights(request.user).order_by("pk"))
        money = money_of(found, request.user)
        results = [{"customer": row.pk, **vars(money[row.pk])} for row in found]
        return Response(CampaignMoneyAnswerSerializer({"results": results}).data)


class CampaignConsentSerializer(serializers.ModelSerializer):
    """What the area manager of a location says."""

    class Meta:
        model = CampaignConsent
        fields = ["location", "person", "verdict", "note", "due_at", "given_by", "given_at"]
        read_only_fields = fields


class CampaignCustomerSerializer(RecordSerializer):
    """A customer of a campaign; what it is worth is told by the campaign's `money`."""

    holder = serializers.CharField(read_only=True)
    standing = serializers.CharField(read_only=True)
    last_day_to_send = serializers.DateField(read_only=True)
    consents = CampaignConsentSerializer(many=True, read_only=True)

    class Meta:
        model = CampaignCustomer
        fields = [
            *IDENTITY, "campaign", "holder", "group", "customer", "plant", "location", "status", "standing", "asked",
            "effective_on", "notice_days", "last_day_to_send", "responsible", "sent_to", "sent_at", "sent_by", "answered", "answered_on", "answer",
            "agreed", "decided_on", "reference", "refusal", "consents",
        ]  # fmt: skip
        read_only_fields = [
            "campaign", "group", "customer", "plant", "location", "status", "effective_on", "notice_days", "responsible", "sent_to",
            "sent_at", "sent_by", "answered", "answered_on", "answer", "agreed", "decided_on", "reference", "refusal",
        ]  # fmt: skip


class CampaignAskSerializer(VerbSerializer):
    """To whom the letter goes, and a later day where the notice period has begun."""

    sent_to = serializers.CharField(max_length=254)
    effective_on = SensibleDateField(required=False, allow_null=True)


class CampaignAnswerSerializer(VerbSerializer):
    """What the customer answered: a percentage, words, or both."""

    answered = serializers.DecimalField(**RATE, required=False, allow_null=True)
    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    answered_on = SensibleDateField(required=False, allow_null=True)


class CampaignAgreeSerializer(VerbSerializer):
    """What was agreed, as asked where it is left out."""

    agreed = serializers.DecimalField(**RATE, required=False, allow_null=True)
    effective_on = SensibleDateField(required=False, allow_null=True)
    decided_on = SensibleDateField(required=False, allow_null=True)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True)


class CampaignRefuseSerializer(VerbSerializer):
    """Why the customer refused."""

    refusal = serializers.CharField(max_length=1000)
    decided_on = SensibleDateField(required=False, allow_null=True)


class ChangedStepSerializer(serializers.Serializer):
    """A step of a scale before and after."""

    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    before = serializers.DecimalField(max_digits=14, decimal_places=5)
    after = serializers.DecimalField(max_digits=14, decimal_places=5)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The three by their names."""
        return super().to_representation(dict(zip(("quantity", "before", "after"), instance, strict=True)))


class ChangedPriceSerializer(serializers.Serializer):
    """An agreed price before and after: one price, or the steps of a scale, per price unit."""

    agreement = serializers.IntegerField(source="line.agreement_id")
    line = serializers.IntegerField(source="line.pk")
    product = serializers.IntegerField(source="line.product_id", allow_null=True)
    family = serializers.IntegerField(source="line.family_id", allow_null=True)
    currency = serializers.CharField(source="line.currency")
    price_unit = serializers.IntegerField(source="line.price_unit")
    before = serializers.DecimalField(**PRICE)
    after = serializers.DecimalField(**PRICE)
    discount_before = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    discount_after = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    steps = ChangedStepSerializer(many=True)
    also_in = serializers.CharField()


class ChangedPricesSerializer(serializers.Serializer):
    """Every price of a customer."""

    results = ChangedPriceSerializer(many=True)


class CampaignCustomerViewSet(RecordViewSet):
    """The customers of price campaigns: made with the campaign, then asked, answered, agreed or refused."""

    queryset = CampaignCustomer.objects.all()
    serializer_class = CampaignCustomerSerializer
    filterset_class = CampaignCustomerFilter
    ordering_fields = {"id": "id", "effective_on": "effective_on", "status": "status", "updated_at": "updated_at"}
    update_action = "orders.edit_campaign_customer"
    ask = verb_action("orders.ask_campaign_customer", CampaignAskSerializer)
    answer = verb_action("orders.note_campaign_answer", CampaignAnswerSerializer)
    agree = verb_action("orders.agree_campaign_customer", CampaignAgreeSerializer)
    refuse = verb_action("orders.refuse_campaign_customer", CampaignRefuseSerializer)
    leave_out = verb_action("orders.leave_out_campaign_customer", WithReasonSerializer)
    consent = verb_action("orders.consent_to_campaign", GivenConsentSerializer)
    letter = print_action("orders.campaign_letter", "Print the letter")

    @extend_schema(summary="Every price before and after", responses=ChangedPricesSerializer)
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def prices(self, request: Request, pk: str | None = None) -> Response:
        """What is asked, or was agreed, makes of every price; nothing is written."""
        row = self.get_object()
        changes = changes_of(row, row.lines.for_list().order_by("pk"))
        return Response(ChangedPricesSerializer({"results": changes}).data)

    def get_queryset(self) -> Any:
        """Customers of campaigns with their consents."""
        return super().get_queryset().prefetch_related("consents")
