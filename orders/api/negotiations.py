"""Negotiations over REST: with what they are about in one body, and every step of their life."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, CustomerGroup, Plant, User
from catalog.api.products import IDENTITY
from catalog.models import Product, ProductFamily
from kam.core import clock
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.rest.listing import check_parameters
from orders.filters import NegotiationFilter
from orders.models import Negotiation, NegotiationLine
from orders.models.negotiations import OPEN
from orders.reports.pipeline import BY, by_month, pipeline_by, together


class VolumeSerializer(StrictSerializer):
    """How many in a year."""

    year = serializers.IntegerField(min_value=2000, max_value=2199)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    amount = "quantity"

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The pair by its names."""
        return super().to_representation({"year": instance[0], self.amount: instance[1]})

    def to_internal_value(self, data: Any) -> Any:
        """The two as a pair."""
        values = super().to_internal_value(data)
        return values["year"], values[self.amount]


class LaterPriceSerializer(VolumeSerializer):
    """The price from a year on."""

    price = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=Decimal("0.00001"))
    quantity = None  # type: ignore[assignment]
    amount = "price"


class YearValueSerializer(serializers.Serializer):
    """What a year is worth, in the negotiation's currency."""

    year = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=18, decimal_places=2)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The pair by its names."""
        return super().to_representation({"year": instance[0], "value": instance[1]})


class NegotiationLineSerializer(RecordSerializer):
    """A product, a family or a `description`, how many in each year, and at which price; `later_prices` from later years on."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    volumes = VolumeSerializer(many=True, required=False, max_length=25)  # type: ignore[call-arg]
    later_prices = LaterPriceSerializer(many=True, required=False, max_length=25)  # type: ignore[call-arg]

    class Meta:
        model = NegotiationLine
        fields = ["id", "product", "family", "description", "volumes", "price", "price_unit", "later_prices", "target_price"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The line's own fields; the reason belongs to the negotiation."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class NegotiationSerializer(RecordSerializer):
    """A negotiation with one group, customer or plant; without a `probability` the stage's holds, another one needs its reason."""

    group = ScopedPrimaryKeyField(queryset=CustomerGroup.objects.all(), required=False, allow_null=True)
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    owner = ScopedPrimaryKeyField(queryset=User.objects.all(), required=False)
    team = ScopedPrimaryKeyField(queryset=User.objects.all(), many=True, required=False)
    probability = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    value_by_year = YearValueSerializer(source="by_year", many=True, read_only=True)
    weighted_value = serializers.DecimalField(max_digits=20, decimal_places=2, read_only=True)
    stale = serializers.BooleanField(read_only=True)
    lines = NegotiationLineSerializer(many=True, required=False, max_length=200)  # type: ignore[call-arg]

    class Meta:
        model = Negotiation
        fields = [
            *IDENTITY, "number", "subject", "group", "customer", "plant", "selling_location", "producing_location", "stage",
            "stage_since", "evidence", "probability", "probability_reason", "currency", "start_of_production", "end_of_production",
            "annual_value", "lifetime_value", "rate", "rate_on", "base_annual_value", "weighted_value", "value_by_year",
            "decision_on", "decision_criteria", "competitors", "incumbent", "next_step", "next_step_on", "next_step_by", "owner",
            "team", "notes", "decided_on", "loss_reason", "lost_to", "lost_price", "outcome", "touched_at", "stale", "lines",
        ]  # fmt: skip
        read_only_fields = [
            "number", "stage", "stage_since", "evidence", "annual_value", "lifetime_value", "rate", "rate_on", "base_annual_value",
            "decided_on", "loss_reason", "lost_to", "lost_price", "outcome", "touched_at",
        ]  # fmt: skip


class NegotiationMoveSerializer(VerbSerializer):
    """The open stage that it has reached, and what shows it."""

    stage = serializers.ChoiceField(choices=[(stage.value, stage.label) for stage in OPEN])
    evidence = serializers.CharField(max_length=400, required=False, allow_blank=True)


class NegotiationStepSerializer(VerbSerializer):
    """What came of the next step, and the one after it."""

    result = serializers.CharField(max_length=2000)
    next_step = serializers.CharField(max_length=200, required=False, allow_blank=True)
    next_step_on = SensibleDateField(required=False, allow_null=True)
    next_step_by = ScopedPrimaryKeyField(queryset=User.objects.all(), required=False, allow_null=True)


class NegotiationWonSerializer(VerbSerializer):
    """What shows that it is won; on which day, today unless told."""

    evidence = serializers.CharField(max_length=400, required=False, allow_blank=True)
    decided_on = SensibleDateField(required=False, allow_null=True)


class NegotiationLostSerializer(VerbSerializer):
    """Why, to whom and at which price it is lost; all three are needed."""

    loss_reason = serializers.ChoiceField(choices=Negotiation.LossReason.choices)
    lost_to = serializers.CharField(max_length=120)
    lost_price = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=Decimal("0.00001"))
    outcome = serializers.CharField(max_length=400, required=False, allow_blank=True)
    decided_on = SensibleDateField(required=False, allow_null=True)


class NegotiationEndSerializer(VerbSerializer):
    """Why it ends without a winner, and on which day."""

    reason = serializers.CharField(max_length=400)
    decided_on = SensibleDateField(required=False, allow_null=True)


class PipelineQuerySerializer(StrictSerializer):
    """By what the figures are, and of which year what was decided counts."""

    by = serializers.ChoiceField(choices=[(name, label) for name, (label, _key, _model) in BY.items()], default="stage")
    year = serializers.IntegerField(min_value=2000, max_value=2199, required=False)


class PipelineRowSerializer(serializers.Serializer):
    """What is open, and what was won and lost in the year; money a year, in the company's currency."""

    key = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=2)
    weighted = serializers.DecimalField(max_digits=20, decimal_places=2)
    won = serializers.IntegerField()
    lost = serializers.IntegerField()
    undecided = serializers.IntegerField()
    won_value = serializers.DecimalField(max_digits=20, decimal_places=2)
    lost_value = serializers.DecimalField(max_digits=20, decimal_places=2)
    hit_rate = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)
    hit_rate_value = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)


class PipelineMonthSerializer(serializers.Serializer):
    """What the customers decide in a month; without a day `first` is empty, before this month it is `over`."""

    first = serializers.DateField(allow_null=True)
    over = serializers.BooleanField()
    count = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=2)
    weighted = serializers.DecimalField(max_digits=20, decimal_places=2)


class PipelineSerializer(serializers.Serializer):
    """The figures by what was asked, their total, and the forecast by month."""

    rows = PipelineRowSerializer(many=True)
    total = PipelineRowSerializer()
    months = PipelineMonthSerializer(many=True)


class NegotiationViewSet(RecordViewSet):
    """Negotiations that you may see. Their value follows from the lines; the stage is moved by verbs."""

    queryset = Negotiation.objects.all()
    serializer_class = NegotiationSerializer
    filterset_class = NegotiationFilter
    ordering_fields = {
        "id": "id",
        "number": "number",
        "stage": "stage",
        "decision_on": "decision_on",
        "decided_on": "decided_on",
        "base_annual_value": "base_annual_value",
        "updated_at": "updated_at",
    }
    create_action = "orders.create_negotiation"
    update_action = "orders.edit_negotiation"
    move = verb_action("orders.move_negotiation", NegotiationMoveSerializer)
    step = verb_action("orders.take_step", NegotiationStepSerializer)
    win = verb_action("orders.win_negotiation", NegotiationWonSerializer)
    lose = verb_action("orders.lose_negotiation", NegotiationLostSerializer)
    leave = verb_action("orders.leave_negotiation", NegotiationEndSerializer)
    withdraw = verb_action("orders.withdraw_negotiation", NegotiationEndSerializer)
    reopen = verb_action("orders.reopen_negotiation")

    @extend_schema(
        summary="Pipeline, forecast by month and hit rates",
        parameters=[
            OpenApiParameter("by", enum=list(BY), description="By what the figures are; stage unless told."),
            OpenApiParameter("year", int, description="Of which year what was decided counts; this year unless told."),
        ],
        responses=PipelineSerializer,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def pipeline(self, request: Request) -> Response:
        """The figures of the negotiations that you may see."""
        check_parameters(request, {"by", "year"})
        asked = PipelineQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        rows = Negotiation.objects.visible_to(request.user)
        today = clock.today()
        lines = pipeline_by(rows, asked.validated_data["by"], asked.validated_data.get("year", today.year))
        found = {"rows": lines, "total": together(lines), "months": by_month(rows, today)}
        return Response(PipelineSerializer(found).data)

    def get_queryset(self) -> Any:
        """Negotiations with their lines and team."""
        return super().get_queryset().prefetch_related("lines", "team")
