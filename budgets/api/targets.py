"""Targets over REST, and how the year of each person stands against them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.filters import TargetFilter
from budgets.models import Target
from budgets.models.targets import MEASURES, month_column
from budgets.models.years import MONTHS
from budgets.reports.my_year import PersonYear, people_to_see, year_of, years_to_see
from budgets.reports.thresholds import Colour
from kam.core import clock
from kam.core.api import RecordSerializer, RecordViewSet
from kam.core.rest.listing import check_parameters, refuse


class TargetMonthSerializer(serializers.Serializer):
    """What is asked of a month of the round's year."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    revenue = serializers.DecimalField(max_digits=18, decimal_places=2)


class TargetSerializer(RecordSerializer):
    """An approved row as a target of its person, in the round's currency at its rates."""

    months = serializers.SerializerMethodField()

    class Meta:
        model = Target
        fields = [
            "id", "created_at", "updated_at", "round", "line", "superseded", "person", "selling_location", "producing_location", "plant", "customer", "market",
            "product", "family", "currency", "unit", "months",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TargetMonthSerializer(many=True))
    def get_months(self, target: Target) -> list[dict[str, Any]]:
        """The twelve months."""
        return [
            {"month": month, **{measure: str(getattr(target, month_column(measure, month))) for measure in MEASURES}}
            for month in MONTHS
        ]


class StandingSerializer(serializers.Serializer):
    """How a year stands, in the currency of its targets; a figure that cannot be computed is null."""

    person = serializers.IntegerField()
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
    needed_a_month = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="K-B7")
    uplift_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B7")

    def to_representation(self, instance: PersonYear) -> dict[str, Any]:
        """The figures of a person's year."""
        standing = instance.standing
        row = {
            "person": instance.person.pk,
            "first_month": instance.first_month,
            "months_over": standing.months,
            "target_year": standing.year,
            "target_to_date": standing.planned,
            "actual_to_date": standing.reached,
            "gap": standing.gap,
            "colour": instance.colour,
            "attainment_percent": standing.attainment.percent,
            "of_year_percent": standing.of_year.percent,
            "linear": standing.linear,
            "seasonal": standing.seasonal,
            "base": standing.base,
            "needed_a_month": standing.needed,
            "uplift_percent": standing.uplift.percent,
        }
        rounded = {name: round(value, 2) if isinstance(value, Decimal) else value for name, value in row.items()}
        return dict(super().to_representation(rounded))


class TargetViewSet(RecordViewSet):
    """Targets of published rounds; nothing but a later published round changes what is in force."""

    queryset = Target.objects.all()
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    ordering_fields = ("id",)

    @extend_schema(
        parameters=[
            OpenApiParameter("person", int, description="Left out: everybody whose year you may see."),
            OpenApiParameter("first_month", date, description="The year; left out: the one that runs, else the last."),
        ],
        responses=StandingSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def attainment(self, request: Request) -> Response:
        """How the year of each person stands against the targets in force (K-B1 to K-B7)."""
        check_parameters(request, {"person", "first_month"})
        people = people_to_see(request.user)
        asked = request.query_params.get("person")
        if asked is not None:
            people = [one for one in people if str(one.pk) == asked]
            if not people:
                raise refuse("person", "invalid_choice", _("Choose a person whose year you may see."))
        years = years_to_see(request.user)
        text = request.query_params.get("first_month")
        if text is not None and text not in {one.isoformat() for one in years}:
            raise refuse("first_month", "invalid_choice", _("There are no targets of this year."))
        running = [one for one in years if one <= clock.today()]
        year = next((one for one in years if one.isoformat() == text), next(iter(running or years), None))
        found = [year_of(person, year) for person in people] if year else []
        return Response(StandingSerializer(found, many=True).data)
