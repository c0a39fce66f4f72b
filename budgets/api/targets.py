"""Targets over REST, and how the year of each person stands against them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.filters import TargetFilter
from budgets.models import Measure, Target
from budgets.models.account_costs import CostKind
from budgets.models.targets import COST, MEASURES, month_column
from budgets.models.years import MONTHS
from budgets.reports.account_costs import account_costs, total_of
from budgets.reports.coverage import coverage
from budgets.reports.my_year import (
    Part,
    locations_to_see,
    parts_of,
    people_to_see,
    plan_accuracy,
    reads_measure,
    running_year,
    sees_the_company,
    years_to_see,
)
from budgets.reports.outlook import outlook
from budgets.reports.standings import DIMENSIONS, Owner, Plan, Question, Rates
from budgets.reports.thresholds import Colour
from kam.core.api import RecordSerializer, RecordViewSet
from kam.core.rest.listing import check_parameters, refuse


class TargetMonthSerializer(serializers.Serializer):
    """What is asked of a month of the round's year."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    revenue = serializers.DecimalField(max_digits=18, decimal_places=2)


class TargetCostSerializer(serializers.Serializer):
    """What a month is to cost; null where it is not known."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)


class TargetSerializer(RecordSerializer):
    """An approved row as a target of its person, in the round's currency at its rates; `costs` for readers of costs."""

    cost_fields = ("costs",)
    months = serializers.SerializerMethodField()
    costs = serializers.SerializerMethodField()

    class Meta:
        model = Target
        fields = [
            "id", "created_at", "updated_at", "round", "line", "superseded", "original", "person", "selling_location", "producing_location", "plant", "customer", "market",
            "product", "family", "sector", "area", "currency", "unit", "months", "costs",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TargetMonthSerializer(many=True))
    def get_months(self, target: Target) -> list[dict[str, Any]]:
        """The twelve months."""
        return [
            {"month": month, **{measure: str(getattr(target, month_column(measure, month))) for measure in MEASURES}}
            for month in MONTHS
        ]

    @extend_schema_field(TargetCostSerializer(many=True))
    def get_costs(self, target: Target) -> list[dict[str, Any]]:
        """The cost of the twelve months."""
        amounts = {month: getattr(target, month_column(COST, month)) for month in MONTHS}
        return [{"month": month, "amount": None if amount is None else str(amount)} for month, amount in amounts.items()]


class StandingSerializer(serializers.Serializer):
    """How a year stands, in the currency of its targets; a figure that cannot be computed is null."""

    person = serializers.IntegerField(allow_null=True)
    location = serializers.IntegerField(allow_null=True)
    key = serializers.IntegerField(allow_null=True, help_text="What the row is of, with `by`; null is what has no such record.")
    name = serializers.CharField(allow_blank=True, help_text="Its name; empty for a whole year.")
    first_month = serializers.DateField()
    months_over = serializers.IntegerField(help_text="Months that are over; the running one is not.")
    target_year = serializers.DecimalField(max_digits=20, decimal_places=2)
    target_to_date = serializers.DecimalField(max_digits=20, decimal_places=2)
    actual_to_date = serializers.DecimalField(max_digits=20, decimal_places=2)
    gap = serializers.DecimalField(max_digits=20, decimal_places=2)
    colour = serializers.ChoiceField(choices=Colour.choices)
    attainment_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B1")
    of_year_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B2")
    linear = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="K-B3")
    seasonal = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="K-B4")
    base = serializers.DecimalField(max_digits=20, decimal_places=2, help_text="K-B5")
    operational = serializers.DecimalField(
        max_digits=20, decimal_places=2, allow_null=True, help_text="K-B6, of whole years that have begun; of revenue."
    )
    needed_a_month = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="K-B7")
    uplift_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B7")
    accuracy_percent = serializers.DecimalField(
        max_digits=12, decimal_places=2, allow_null=True, help_text="K-B8 of the plan, by family and month; of whole years only."
    )
    bias_percent = serializers.DecimalField(
        max_digits=12, decimal_places=2, allow_null=True, help_text="K-B8; above zero: planned too high."
    )

    def to_representation(self, instance: tuple[Question, Part]) -> dict[str, Any]:
        """The figures of a row."""
        asked, part = instance
        standing = part.standing
        met = plan_accuracy(asked) if not part.by else None
        accuracy = met.accuracy if met else None
        ahead = None if part.by else outlook(asked, self.context["request"].user)
        row = {
            "person": asked.person.pk if asked.person else part.key if part.by == "person" else None,
            "location": asked.location and asked.location.pk,
            "key": part.key,
            "name": part.label,
            "first_month": asked.first_month,
            "months_over": standing.months,
            "target_year": standing.year,
            "target_to_date": standing.planned,
            "actual_to_date": standing.reached,
            "gap": standing.gap,
            "colour": part.colour,
            "attainment_percent": standing.attainment.percent,
            "of_year_percent": standing.of_year.percent,
            "linear": standing.linear,
            "seasonal": standing.seasonal,
            "base": standing.base,
            "operational": ahead and ahead.year,
            "needed_a_month": standing.needed,
            "uplift_percent": standing.uplift.percent,
            "accuracy_percent": None if accuracy is None else 100 * accuracy,
            "bias_percent": met and met.bias.percent,
        }
        rounded = {name: round(value, 2) if isinstance(value, Decimal) else value for name, value in row.items()}
        return dict(super().to_representation(rounded))


class CostStandingSerializer(serializers.Serializer):
    """What a year's budget sets aside for a kind of account cost beside what was spent, in the currency of the targets."""

    person = serializers.IntegerField(allow_null=True)
    location = serializers.IntegerField(allow_null=True)
    first_month = serializers.DateField()
    cost = serializers.ChoiceField(choices=CostKind.choices, allow_null=True, help_text="Null: all of them.")
    budgeted = serializers.DecimalField(max_digits=20, decimal_places=2)
    actual = serializers.DecimalField(max_digits=20, decimal_places=2)
    difference = serializers.DecimalField(max_digits=20, decimal_places=2, help_text="Actual less budgeted.")


class CoverageSerializer(serializers.Serializer):
    """What is missing to the target of a year, and what is offered and negotiated; values of a year, in the company's currency."""

    person = serializers.IntegerField(allow_null=True)
    location = serializers.IntegerField(allow_null=True)
    first_month = serializers.DateField()
    missing = serializers.DecimalField(max_digits=20, decimal_places=2)
    pipeline = serializers.DecimalField(max_digits=20, decimal_places=2)
    weighted = serializers.DecimalField(max_digits=20, decimal_places=2)
    offers = serializers.DecimalField(max_digits=20, decimal_places=2, help_text="Those that are with customers.")
    covered_percent = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, help_text="K-S5")
    likely_percent = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, help_text="Weighted negotiations and offers over what is missing."
    )


CHOICES: dict[str, type[TextChoices]] = {"plan": Plan, "owner": Owner, "rates": Rates, "measure": Measure}


class TargetViewSet(RecordViewSet):
    """Targets of published rounds; nothing but a later published round changes what is in force."""

    queryset = Target.objects.all()
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    ordering_fields = ("id",)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "person", int, description="Whose year; left out with the others: a row for each of those whose year you may see."
            ),
            OpenApiParameter("location", int, description="The year of one of our locations."),
            OpenApiParameter("company", bool, description="The year of the company."),
            OpenApiParameter("first_month", date, description="The year; left out: the one that runs, else the last."),
            OpenApiParameter("by", str, enum=list(DIMENSIONS), description="A row for each of these, the furthest behind first."),
            *[OpenApiParameter(name, str, enum=choices.values) for name, choices in CHOICES.items()],
        ],
        responses=StandingSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def attainment(self, request: Request) -> Response:
        """How years stand against their targets (K-B1 to K-B8): of persons, of a location, of the company, and by what they sell."""
        given = request.query_params
        check_parameters(request, {"person", "location", "company", "first_month", "by", *CHOICES})
        by = given.get("by", "")
        if by and by not in DIMENSIONS:
            raise refuse("by", "invalid_choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(DIMENSIONS)})
        whose, chosen = _whose(request.user, given), _chosen(given)
        year = _year(request.user, given.get("first_month"))
        if year is None:
            return Response([])
        if whose is None:
            whose, by = [{}], by or "person"
        questions = [Question(year, **one, **chosen) for one in whose]
        if not all(reads_measure(asked, request.user) for asked in questions):
            raise refuse("measure", "costs_hidden", _("Costs and margins are not for you to see here."))
        rows = [(asked, part) for asked in questions for part in parts_of(asked, by)]
        return Response(StandingSerializer(rows, many=True, context={"request": request}).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("person", int, description="Whose year; left out with the others: the company's, or your own."),
            OpenApiParameter("location", int, description="The year of one of our locations."),
            OpenApiParameter("company", bool, description="The year of the company."),
            OpenApiParameter("first_month", date, description="The year; left out: the one that runs, else the last."),
            OpenApiParameter("plan", str, enum=Plan.values),
        ],
        responses=CostStandingSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[], url_path="account-costs")
    def account_costs(self, request: Request) -> Response:
        """Account costs of years, budgeted and actual by kind and in all, at budget rates."""
        given = request.query_params
        check_parameters(request, {"person", "location", "company", "first_month", "plan"})
        whose, chosen = _whose(request.user, given), _chosen(given)
        year = _year(request.user, given.get("first_month"))
        found = []
        for one in [] if year is None else [{}] if whose is None else whose:
            asked = Question(year, **one, **chosen)  # type: ignore[arg-type]
            rows = account_costs(asked, request.user)
            whole = {"person": asked.person and asked.person.pk, "location": asked.location and asked.location.pk}
            found += [
                {
                    **whole,
                    "first_month": year,
                    "cost": row.kind,
                    "budgeted": row.budgeted,
                    "actual": row.actual,
                    "difference": row.difference,
                }
                for row in ([*rows, total_of(rows)] if rows else [])
            ]
        return Response(CostStandingSerializer(found, many=True).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("person", int, description="Whose year; left out with the others: the company's, or your own."),
            OpenApiParameter("location", int, description="The year of one of our locations."),
            OpenApiParameter("company", bool, description="The year of the company."),
            OpenApiParameter("first_month", date, description="The year; left out: the one that runs, else the last."),
        ],
        responses=CoverageSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def coverage(self, request: Request) -> Response:
        """Whether what is offered and negotiated covers what is missing to the target of revenue (K-S5)."""
        given = request.query_params
        check_parameters(request, {"person", "location", "company", "first_month"})
        whose, year = _whose(request.user, given), _year(request.user, given.get("first_month"))
        found = []
        for one in [] if year is None else [{}] if whose is None else whose:
            asked = Question(year, **one)  # type: ignore[arg-type]
            made = coverage(asked, parts_of(asked, "")[0].standing, request.user)
            if made is not None:
                found.append(
                    {
                        "person": asked.person and asked.person.pk,
                        "location": asked.location and asked.location.pk,
                        "first_month": year,
                        "missing": round(made.missing, 2),
                        "pipeline": made.pipeline,
                        "weighted": made.weighted,
                        "offers": made.offers,
                        "covered_percent": made.covered.percent,
                        "likely_percent": made.likely.percent,
                    }
                )
        return Response(CoverageSerializer(found, many=True).data)


def _year(reader: Any, text: str | None) -> date | None:
    years = years_to_see(reader)
    if text is not None and text not in {one.isoformat() for one in years}:
        raise refuse("first_month", "invalid_choice", _("There are no targets of this year."))
    return next((one for one in years if one.isoformat() == text), running_year(years))


def _chosen(given: Any) -> dict[str, Any]:
    found = {name: given.get(name) for name in CHOICES if name in given}
    for name, value in found.items():
        if value not in CHOICES[name].values:
            choices = ", ".join(CHOICES[name].values)
            raise refuse(name, "invalid_choice", _("Choose one of: %(choices)s.") % {"choices": choices})
    return {name: CHOICES[name](value) for name, value in found.items()}


def _whose(reader: Any, given: Any) -> list[dict[str, Any]] | None:
    """Whose years are asked for, each of them one that the reader may see; None for everybody's."""
    for name, offered in (("person", people_to_see), ("location", locations_to_see)):
        if name in given:
            found = [{name: one} for one in offered(reader) if str(one.pk) == given[name]]
            if not found:
                raise refuse(name, "invalid_choice", _("Choose a year that you may see."))
            return found
    if given.get("company", "false") not in {"false", "0"}:
        if not sees_the_company(reader):
            raise refuse("company", "invalid_choice", _("Choose a year that you may see."))
        return [{}]
    return None if sees_the_company(reader) else [{"person": one} for one in people_to_see(reader)]
