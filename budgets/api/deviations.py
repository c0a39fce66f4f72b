"""Deviations over REST: what they are, why, what came of them, and every verb of their life."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.actions.deviations import Cause
from budgets.actions.papers import start_issuing
from budgets.api.figures import IDENTITY
from budgets.filters import DeviationFilter
from budgets.models import Deviation, DeviationCause
from budgets.reports.effect import ActionFigures, Effect, action_figures, effect_of
from budgets.reports.my_year import people_to_see, years_to_see
from budgets.reports.nodes import bridge_of, months_of_node
from kam.core.api import RecordSerializer, RecordViewSet, StrictSerializer, VerbSerializer, verb_action
from kam.core.api_prints import IssueSerializer
from kam.core.api_process import JobSerializer
from kam.core.printing import start_print
from kam.core.rest.listing import check_parameters, refuse

SIGNED: dict[str, Any] = {"max_digits": 18, "decimal_places": 2}
PERCENT: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "allow_null": True}


class CauseSerializer(StrictSerializer):
    """A cause and the money that it explains, below zero where it is missing."""

    code = serializers.ChoiceField(choices=DeviationCause.Code.choices)
    amount = serializers.DecimalField(**SIGNED)
    comment = serializers.CharField(max_length=400, required=False, allow_blank=True)


class DeviationSerializer(RecordSerializer):
    """A node far below its plan; amounts of `revenue` in the company's currency, of `quantity` in its unit, `money_gap` in money."""

    node = serializers.CharField(read_only=True, help_text="What it is, in words.")
    gap = serializers.DecimalField(read_only=True, max_digits=20, decimal_places=3, help_text="Actual less plan.")
    percent = serializers.DecimalField(read_only=True, help_text="The gap in per cent of the plan.", **PERCENT)
    money_gap = serializers.DecimalField(read_only=True, **SIGNED)
    explained = serializers.DecimalField(read_only=True, help_text="What the causes add up to.", **SIGNED)
    causes = CauseSerializer(many=True, read_only=True)
    explained_by = serializers.IntegerField(
        source="behind", read_only=True, allow_null=True, help_text="The case to which this one only points, if you see it."
    )

    class Meta:
        model = Deviation
        fields = [
            *IDENTITY, "first_month", "kind", "key", "node", "measure", "unit", "person", "location", "responsible", "status", "state",
            "explained_by", "months", "planned", "actual", "gap", "percent", "money_gap", "worth", "found_at", "found_months",
            "found_planned", "found_actual", *Deviation.EFFECTS, "causes", "explained", "comment", "expected_effect",
            "measured_effect", "decision", "done_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class ExplainSerializer(VerbSerializer):
    """The causes, all of them; they replace those that were given before."""

    causes = CauseSerializer(many=True)
    comment = serializers.CharField(max_length=4000, required=False, allow_blank=True)

    def validate_causes(self, rows: list[dict[str, Any]]) -> list[Cause]:
        """The causes as the action takes them."""
        return [Cause(**row) for row in rows]


class BridgeSerializer(serializers.Serializer):
    """From plan to actuals of the node's revenue, by one convention (K-V0 to K-V5): the six parts add up to the difference."""

    planned = serializers.DecimalField(**SIGNED)
    actual = serializers.DecimalField(**SIGNED)
    difference = serializers.DecimalField(**SIGNED)
    volume = serializers.DecimalField(**SIGNED)
    mix = serializers.DecimalField(**SIGNED)
    price = serializers.DecimalField(**SIGNED)
    exchange = serializers.DecimalField(**SIGNED)
    new = serializers.DecimalField(**SIGNED)
    ceased = serializers.DecimalField(**SIGNED)
    realisation_percent = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, source="realisation.percent", help_text="K-S8, price realisation."
    )


class EffectMonthSerializer(serializers.Serializer):
    """What a month was to bring and what came; null while it is not over."""

    month = serializers.DateField()
    expected = serializers.DecimalField(**SIGNED)
    measured = serializers.DecimalField(**SIGNED, allow_null=True)


class EffectSerializer(serializers.Serializer):
    """The effect of the actions, against the pace at which the deviation was found."""

    months = EffectMonthSerializer(many=True)
    expected = serializers.DecimalField(**SIGNED)
    measured = serializers.DecimalField(**SIGNED)
    reached_percent = serializers.DecimalField(**PERCENT)

    def to_representation(self, instance: Effect) -> dict[str, Any]:
        """The figures of an effect."""
        row = {
            "months": instance.months,
            "expected": instance.expected,
            "measured": instance.measured,
            "reached_percent": instance.reached.percent,
        }
        return dict(super().to_representation(row))


class ActionFiguresSerializer(serializers.Serializer):
    """K-A1 over the deviations that you see; null where there is nothing to divide by."""

    on_time_percent = serializers.DecimalField(**PERCENT)
    effective_percent = serializers.DecimalField(**PERCENT)
    recovered_percent = serializers.DecimalField(**PERCENT)
    recovered = serializers.DecimalField(**SIGNED)
    expected = serializers.DecimalField(**SIGNED)
    with_action_percent = serializers.DecimalField(**PERCENT)

    def to_representation(self, instance: ActionFigures) -> dict[str, Any]:
        """The figures."""
        row = {
            "on_time_percent": instance.on_time.percent,
            "effective_percent": instance.effective.percent,
            "recovered_percent": instance.recovered.percent,
            "recovered": Decimal(instance.recovered.numerator),
            "expected": Decimal(instance.recovered.denominator),
            "with_action_percent": instance.with_action.percent,
        }
        return dict(super().to_representation(row))


NOBODY = _("There is nobody of this number whose year you see.")


class ReportSerializer(IssueSerializer):
    """Which deviation report: of a year, of one person or of everybody whose year the reader sees."""

    first_month = serializers.DateField(help_text="The year, by its first month.")
    person = serializers.IntegerField(min_value=1, required=False, allow_null=True, help_text="Left out: everybody.")

    def validate_first_month(self, value: date) -> date:
        """A year that has targets."""
        if value not in years_to_see(self.context["request"].user):
            raise serializers.ValidationError(_("There are no targets of this year."), "invalid_choice")
        return value

    def validate_person(self, value: int | None) -> int | None:
        """Nobody, or somebody whose year the reader sees."""
        if value is not None and value not in {one.pk for one in people_to_see(self.context["request"].user)}:
            raise serializers.ValidationError(NOBODY, "invalid_choice")
        return value


class DeviationViewSet(RecordViewSet):
    """Deviations: opened by the sweep, never by hand; one that has `explained_by` only points to the case where causes stand."""

    queryset = Deviation.objects.prefetch_related(Prefetch("causes", DeviationCause.objects.order_by("pk")))
    serializer_class = DeviationSerializer
    filterset_class = DeviationFilter
    ordering_fields = ("id", "gap", "status", "found_at", "updated_at", "created_at")
    analyse = verb_action("budgets.analyse_deviation")
    explain = verb_action("budgets.explain_deviation", ExplainSerializer)
    plan = verb_action("budgets.plan_deviation")
    start = verb_action("budgets.start_deviation")
    finish = verb_action("budgets.finish_deviation")
    judge = verb_action("budgets.judge_deviation")
    close = verb_action("budgets.close_deviation")
    accept = verb_action("budgets.accept_deviation")
    revise = verb_action("budgets.revise_deviation")

    def get_queryset(self) -> Any:
        """With the case behind each, as far as the reader sees it."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        behind = Deviation.objects.visible_to(self.request.user).filter(pk=OuterRef("explained_by")).order_by()
        return rows.annotate(behind=Subquery(behind.values("pk")))

    def marks(self, record: Deviation) -> str:
        """Its causes change without it."""
        return " ".join(f"{cause.pk}:{cause.version}" for cause in record.causes.all())

    @extend_schema(responses=BridgeSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def bridge(self, request: Request, **kwargs: Any) -> Response:
        """From plan to actuals of the months that are over, as of now; what was kept at the analysis stands in the deviation."""
        return Response(BridgeSerializer(bridge_of(self.get_object())).data)

    @extend_schema(responses=EffectSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def effect(self, request: Request, **kwargs: Any) -> Response:
        """What its actions brought, month by month."""
        record = self.get_object()
        return Response(EffectSerializer(effect_of(record, months_of_node(record))).data)

    @extend_schema(request=ReportSerializer, responses={201: JobSerializer}, filters=False)
    @action(
        detail=False,
        methods=["post"],
        pagination_class=None,
        filter_backends=[],
        url_path="print-report",
        body_class=ReportSerializer,
    )
    def print_report(self, request: Request) -> Response:
        """Print the deviation report of a year, or issue it."""
        body = ReportSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        year, person = body.validated_data["first_month"], body.validated_data.get("person")
        if not people_to_see(request.user):
            raise refuse("person", "invalid_choice", NOBODY)
        asked, title = f"{year.isoformat()}:{person or ''}", str(_("Deviation report"))
        if body.validated_data.get("issue"):
            job = start_issuing([("budgets.deviation_report", asked)], actor=request.user, title=title)
        else:
            job = start_print("budgets.deviation_report", asked, actor=request.user, title=title)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)

    @extend_schema(
        parameters=[OpenApiParameter("first_month", date, description="The year; left out: all of them.")],
        responses=ActionFiguresSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[], url_path="action-figures")
    def action_figures(self, request: Request) -> Response:
        """K-A1: actions on time, effective ones, recovered over expected money, red nodes with an action."""
        check_parameters(request, {"first_month"})
        text = request.query_params.get("first_month")
        years = {one.isoformat(): one for one in years_to_see(request.user)}
        if text is not None and text not in years:
            raise refuse("first_month", "invalid_choice", _("There are no targets of this year."))
        return Response(ActionFiguresSerializer(action_figures(request.user, years[text] if text else None)).data)
