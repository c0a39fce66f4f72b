"""Rounds, budgets, their lines and the targets over REST; every verb of the screens, so that a client can run a whole round."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, Location, Market, Plant, User
from budgets.actions import add_line
from budgets.actions.lines import CellValue
from budgets.filters import BudgetFilter, BudgetLineFilter, BudgetRoundFilter, TargetFilter
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRate, BudgetRound, Target
from budgets.models.targets import MEASURES, month_column
from budgets.models.years import MONTHS
from budgets.reports.my_year import PersonYear, people_to_see, year_of, years_to_see
from budgets.reports.thresholds import Colour
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
from kam.core.rest.listing import check_parameters, refuse
from kam.core.workflow import Denied

IDENTITY = ["id", "version", "created_at", "updated_at"]
MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "min_value": 0}
QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "min_value": 0}


class RateSerializer(StrictSerializer):
    """What one unit of a currency is worth in the round's currency."""

    currency = serializers.CharField(max_length=3)
    rate = serializers.DecimalField(max_digits=18, decimal_places=8)


class BudgetRoundSerializer(RecordSerializer):
    """A version of the year: what is asked for, until when, at which rates, and how far it is."""

    first_month = SensibleDateField(help_text="The first day of the year's first month.")
    deadline = SensibleDateField()
    name = serializers.CharField(read_only=True, help_text="The version within its year: V1, R2.")
    rates = RateSerializer(many=True, read_only=True)

    class Meta:
        model = BudgetRound
        fields = [
            *IDENTITY, "kind", "first_month", "number", "name", "status", "guidelines", "deadline", "currency", "top_down", "stretch",
            "stretch_reason", "rates", "requested_by", "opened_at", "approved_at", "approved_by", "published_at",
        ]  # fmt: skip
        read_only_fields = [
            "number", "status", "currency", "stretch", "stretch_reason", "requested_by", "opened_at", "approved_at", "approved_by",
            "published_at",
        ]  # fmt: skip


class BudgetRoundEditSerializer(BudgetRoundSerializer):
    """What an edit takes; year and kind stay."""

    first_month: Any = serializers.DateField(read_only=True)
    kind = serializers.CharField(read_only=True)


class OpenSerializer(VerbSerializer):
    """Who is asked: these people, or everyone who has something to plan."""

    participants = ScopedPrimaryKeyField(queryset=User.objects.all(), many=True, required=False)
    top_down = serializers.DecimalField(**MONEY, required=False, allow_null=True)


class SetRateSerializer(VerbSerializer, RateSerializer):
    """A budget rate of the round."""


class StretchSerializer(VerbSerializer):
    """What the sales manager takes on, and where it is to come from."""

    amount = serializers.DecimalField(**MONEY)
    why = serializers.CharField(max_length=400, required=False, allow_blank=True)


class BudgetRoundViewSet(RecordViewSet):
    """Budget rounds: annual budgets and revisions."""

    queryset = BudgetRound.objects.prefetch_related(Prefetch("rates", BudgetRate.objects.order_by("currency")))
    serializer_class = BudgetRoundSerializer
    filterset_class = BudgetRoundFilter
    ordering_fields = ("id", "first_month", "deadline", "status", "updated_at", "created_at")
    create_action = "budgets.request_round"
    update_action = "budgets.edit_round"
    open = verb_action("budgets.open_round", OpenSerializer)
    set_rate = verb_action("budgets.set_rate", SetRateSerializer)
    own_stretch = verb_action("budgets.own_stretch", StretchSerializer)
    consolidate = verb_action("budgets.consolidate_round")
    share = verb_action("budgets.share_round")
    approve = verb_action("budgets.approve_round")
    publish = verb_action("budgets.publish_round")
    close = verb_action("budgets.close_round")
    cancel = verb_action("budgets.cancel_round")

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetRoundEditSerializer if self.action in {"update", "partial_update"} else BudgetRoundSerializer


class BudgetSerializer(RecordSerializer):
    """What one person plans for one of our locations; `revenue` is in the round's currency at its rates."""

    round = ScopedPrimaryKeyField(queryset=BudgetRound.objects.all())
    contributor = ScopedPrimaryKeyField(queryset=User.objects.all())
    location = ScopedPrimaryKeyField(queryset=Location.objects.all())

    class Meta:
        model = Budget
        fields = [
            *IDENTITY, "round", "contributor", "location", "status", "top_down", "revenue", "line_count", "submitted_at",
            "approved_at", "approved_by",
        ]  # fmt: skip
        read_only_fields = ["status", "revenue", "line_count", "submitted_at", "approved_at", "approved_by"]


class BudgetEditSerializer(BudgetSerializer):
    """What an edit takes: the target from above."""

    round: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    contributor: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    location: Any = serializers.PrimaryKeyRelatedField(read_only=True)


class FillSerializer(VerbSerializer):
    """How much more or less than in the last twelve months, in per cent; `anew` takes out first what was filled before."""

    volume_percent = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    price_percent = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    anew = serializers.BooleanField(required=False)


class CellSerializer(StrictSerializer):
    """One month of a line; `version` is the one that was read, left out it is written whatever is there."""

    line = serializers.IntegerField(min_value=1)
    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(**QUANTITY, required=False, allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=0, required=False, allow_null=True)
    revenue = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    version = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class CellsSerializer(VerbSerializer):
    """A batch of cells, all or none."""

    cells = CellSerializer(many=True)

    def validate_cells(self, rows: list[dict[str, Any]]) -> list[CellValue]:
        """The cells as the action takes them."""
        return [CellValue(**row) for row in rows]


class BudgetViewSet(RecordViewSet):
    """Budgets: one for each contributor and location of a round."""

    queryset = Budget.objects.all()
    serializer_class = BudgetSerializer
    filterset_class = BudgetFilter
    ordering_fields = ("id", "revenue", "status", "submitted_at", "updated_at", "created_at")
    create_action = "budgets.create_budget"
    update_action = "budgets.edit_budget_target"
    fill = verb_action("budgets.fill_budget", FillSerializer)
    edit_cells = verb_action("budgets.edit_cells", CellsSerializer)
    submit = verb_action("budgets.submit_budget")
    return_ = verb_action("budgets.return_budget")
    approve = verb_action("budgets.approve_budget")

    def marks(self, record: Budget) -> str:
        """What its lines add up to changes without it."""
        return f"{record.revenue} {record.line_count}"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetEditSerializer if self.action in {"update", "partial_update"} else BudgetSerializer


class BudgetCellSerializer(serializers.Serializer):
    """One month of a line as it is."""

    month = serializers.IntegerField(min_value=1, max_value=12, help_text="Of the year of the round, from 1.")
    quantity = serializers.DecimalField(**QUANTITY, allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=5, allow_null=True)
    revenue = serializers.DecimalField(**MONEY)
    version = serializers.IntegerField()


class BudgetLineSerializer(RecordSerializer):
    """A line of a budget: to a plant, or the rest of a customer or market, a product or a family; its twelve months stand in it.

    `quantity` and `revenue` are the year's; when a line is made they are spread equally over its months.
    """

    budget = ScopedPrimaryKeyField(queryset=Budget.objects.all())
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    market = ScopedPrimaryKeyField(queryset=Market.objects.all(), required=False, allow_null=True)
    product = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)
    family = ScopedPrimaryKeyField(queryset=ProductFamily.objects.all(), required=False, allow_null=True)
    producing_location = ScopedPrimaryKeyField(
        queryset=Location.objects.all(), required=False, help_text="Left out: the selling one."
    )
    currency = serializers.CharField(max_length=3, required=False, help_text="Left out: the location's.")
    quantity = serializers.DecimalField(**QUANTITY, required=False)
    revenue = serializers.DecimalField(**MONEY, required=False)
    cells = BudgetCellSerializer(many=True, read_only=True)

    class Meta:
        model = BudgetLine
        fields = [
            *IDENTITY, "budget", "plant", "customer", "market", "product", "family", "producing_location", "currency", "unit", "chance",
            "source", "comment", "quantity", "revenue", "cells",
        ]  # fmt: skip
        read_only_fields = ["source"]


class BudgetLineEditSerializer(RecordSerializer):
    """What an edit takes: class and comment; what the line is about stays."""

    cells = BudgetCellSerializer(many=True, read_only=True)

    class Meta(BudgetLineSerializer.Meta):
        read_only_fields = [
            name for name in BudgetLineSerializer.Meta.fields if name not in {*IDENTITY, "chance", "comment", "cells"}
        ]


class PhaseSerializer(VerbSerializer):
    """A year's revenue or quantity over the months, by twelve weights or by the line's own shape."""

    revenue = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    quantity = serializers.DecimalField(**QUANTITY, required=False, allow_null=True)
    weights = serializers.ListField(
        child=serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0),
        min_length=12,
        max_length=12,
        required=False,
        allow_null=True,
    )


def create_line(model: type[BudgetLine], *, actor: Any, budget: Budget, **values: Any) -> BudgetLine:
    """Add a line to the budget that the body names, one's own."""
    if not Budget.objects.permitted(actor, "budgets.add_line").filter(pk=budget.pk).exists():
        raise Denied("outside_your_area", _("Only its contributor writes in a budget."), field="budget", status=403)
    return add_line(budget, actor=actor, **values)  # type: ignore[no-any-return]


create_line.code = add_line.code  # type: ignore[attr-defined]


class BudgetLineViewSet(RecordViewSet):
    """Lines of budgets with their months; cells are written in batches at the budget."""

    queryset = BudgetLine.objects.prefetch_related(Prefetch("cells", BudgetCell.objects.order_by("month")))
    serializer_class = BudgetLineSerializer
    filterset_class = BudgetLineFilter
    ordering_fields = ("id", "revenue", "updated_at", "created_at")
    create_action = staticmethod(create_line)
    update_action = "budgets.edit_line"
    delete_action = "budgets.remove_line"
    phase = verb_action("budgets.phase_line", PhaseSerializer)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetLineEditSerializer if self.action in {"update", "partial_update"} else BudgetLineSerializer


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


#: Path, endpoint and name of each, for the router of the roof.
ENDPOINTS = (
    ("budget-rounds", BudgetRoundViewSet, "budget_round"),
    ("budgets", BudgetViewSet, "budget"),
    ("budget-lines", BudgetLineViewSet, "budget_line"),
    ("targets", TargetViewSet, "target"),
)
