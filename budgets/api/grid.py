"""What the grid of a budget reads over REST: all its cells at once, what changed since, comparisons, and the past of a cell."""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.actions.filling import version_in_force
from budgets.models import Budget, BudgetLine
from budgets.models.years import MONTHS
from budgets.reports.agreed import agreed_beside
from budgets.reports.aims import target_months
from budgets.reports.grid import cell_history, grid_lines, planned_before, remarked_cells, said_at, sold_before
from budgets.reports.presence import people_at
from budgets.reports.sought import sought_beside
from kam.core.api import VerbSerializer
from kam.core.rest.listing import ChangedSince, check_parameters, next_since, refuse

LARGEST_KEY = 2**62
#: With what the months of a budget are compared.
COMPARED = ("last_year", "previous", "agreed", "negotiations")


def _figures(count: int, text: str) -> Any:
    return serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True), min_length=count, max_length=count),
        help_text=text,
    )


class GridLineSerializer(serializers.Serializer):
    """A line of the grid in the words of its reader."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    buyer = serializers.CharField()
    article = serializers.CharField()
    customer = serializers.CharField()
    market = serializers.CharField()
    family = serializers.CharField()
    chance = serializers.ChoiceField(choices=BudgetLine.Chance.choices)
    unit = serializers.CharField()
    currency = serializers.CharField()
    producing_location = serializers.CharField()
    comment = serializers.CharField()
    review = serializers.ChoiceField(
        choices=BudgetLine.Review.choices, allow_blank=True, help_text="Of a row of the proposal: whether it was looked at."
    )
    challenge = serializers.ChoiceField(choices=BudgetLine.Challenge.choices, allow_blank=True)
    counter = serializers.FloatField(allow_null=True, help_text="The revenue of the year that whoever approves sets against it.")
    challenge_reason = serializers.CharField()
    proposal = serializers.ChoiceField(choices=BudgetLine.Proposal.choices, allow_blank=True)
    proposed = serializers.FloatField(allow_null=True, help_text="The revenue of the year that the row's counterpart proposes.")
    proposal_reason = serializers.CharField()
    reads_cost = serializers.BooleanField(help_text="Whether you read what this line costs.")
    unit_cost = serializers.FloatField(allow_null=True, help_text="What one unit costs, in the line's currency.")
    cost_share = serializers.FloatField(
        allow_null=True, help_text="Without a cost of a unit: the cost as a share of the revenue."
    )
    months = _figures(4, "Twelve months, each as quantity, price, revenue and version.")


class RemarkSerializer(serializers.Serializer):
    """How many comments stand at a month of a line; month 0 is the line as a whole."""

    line = serializers.IntegerField()
    month = serializers.IntegerField(min_value=0, max_value=12)
    count = serializers.IntegerField()


class PersonThereSerializer(serializers.Serializer):
    """Somebody else who is in the budget now, and where; month 0 is the line as a whole."""

    id = serializers.IntegerField()
    person = serializers.CharField()
    line = serializers.IntegerField()
    month = serializers.IntegerField(min_value=0, max_value=12)


class GridSerializer(serializers.Serializer):
    """A budget as a grid; `next_since` is what to send as `updated_since` the next time."""

    accepts_work = serializers.BooleanField(help_text="Whether its lines may be changed now.")
    line_count = serializers.IntegerField(help_text="How many lines the budget has, sent here or not.")
    next_since = serializers.DateTimeField()
    lines = GridLineSerializer(many=True)
    remarks = RemarkSerializer(many=True)
    people = PersonThereSerializer(many=True)
    top_down = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="The top-down target by month, in the round's currency, where it is set and all lines are read.",
    )


class ComparedLineSerializer(serializers.Serializer):
    """A line's months in what it is compared with."""

    line = serializers.IntegerField()
    months = _figures(2, "Twelve months, each as quantity and revenue; no revenue in a month for which no price is agreed.")


class ComparedSerializer(serializers.Serializer):
    """What a budget is compared with; `name` is empty where there is nothing of the kind."""

    name = serializers.CharField()
    lines = ComparedLineSerializer(many=True)


class CellEventSerializer(serializers.Serializer):
    """What a cell held from a moment on, and who wrote it."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    at = serializers.DateTimeField()
    person = serializers.CharField()
    reason = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=5, allow_null=True)
    revenue = serializers.DecimalField(max_digits=18, decimal_places=2)
    version = serializers.IntegerField()


class CellWordSerializer(serializers.Serializer):
    """What somebody said at a cell."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    at = serializers.DateTimeField()
    person = serializers.CharField()
    text = serializers.CharField()


class CellPastSerializer(serializers.Serializer):
    """What a cell held, and what was said at it, both the newest first."""

    events = CellEventSerializer(many=True)
    comments = CellWordSerializer(many=True)


class HeldCellSerializer(serializers.Serializer):
    """A cell that stays as it is."""

    line = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    month = serializers.IntegerField(min_value=1, max_value=12)


class AcceptLinesSerializer(VerbSerializer):
    """Rows of the proposal to accept as they are, by themselves; left out: all that nobody looked at, but for the exceptions."""

    lines = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY), required=False, allow_null=True, max_length=100_000
    )


class LookAgainSerializer(VerbSerializer):
    """Rows that were accepted and are to be looked at after all."""

    lines = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY), max_length=100_000)


class AdjustSerializer(VerbSerializer):
    """A change in per cent of price or quantity in some months, of some lines (left out: all); `held` cells stay."""

    measure = serializers.ChoiceField(choices=[("price", _("Net price")), ("quantity", _("Quantity"))])
    percent = serializers.DecimalField(max_digits=6, decimal_places=2)
    from_month = serializers.IntegerField(min_value=1, max_value=12, required=False)
    to_month = serializers.IntegerField(min_value=1, max_value=12, required=False)
    lines = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_KEY), required=False, allow_null=True, max_length=100_000
    )
    held = HeldCellSerializer(many=True, required=False)

    def validate_held(self, rows: list[dict[str, int]]) -> list[tuple[int, int]]:
        """The cells as the action takes them."""
        return [(row["line"], row["month"]) for row in rows]


def place_of(text: str) -> tuple[int, int] | None:
    """Line and month that a reader says to be at; None where they say nothing. Raises ValidationError."""
    if text in {"", "none"}:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,17})-([0-9]|1[0-2])", text)
    if found is None:
        raise refuse("at", "no_place", _("Say where you are as line-month, or none."))
    return int(found[1]), int(found[2])


class GridEndpoints:
    """The readings of the grid, at a budget."""

    record_at_address: Any

    @extend_schema(
        parameters=[
            OpenApiParameter("updated_since", datetime, description="Only lines changed at or after this moment."),
            OpenApiParameter(
                "at",
                str,
                description="Where you are, as line-month (month 0: the line as a whole), which others in this budget see for a few seconds; `none` takes you away.",
            ),
        ],
        responses=GridSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def cells(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All lines of the budget with their months, or those that changed since a moment; and who else is there now."""
        budget = self._read(request, {"updated_since", "at"})
        at = request.query_params.get("at", "")
        text = request.query_params.get("updated_since")
        since = None if text is None else ChangedSince.moment(text)
        following = next_since()
        return Response(
            {
                "accepts_work": budget.accepts_work,
                "line_count": budget.line_count,
                "next_since": following.isoformat(),
                "lines": grid_lines(budget, request.user, since),
                "remarks": remarked_cells(budget),
                "people": people_at(budget, request.user, place_of(at), leaves=at == "none"),
                "top_down": target_months(budget, request.user) if since is None else None,
            }
        )

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "with",
                str,
                enum=COMPARED,
                description="Sales a year earlier (also where it is left out), the version in force, the plan at agreed prices,"
                " or what negotiations and accepted offers promise, as far as you read them.",
            )
        ],
        responses=ComparedSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def compared(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the budget's months are compared with, line by line."""
        budget = self._read(request, {"with"})
        chosen = request.query_params.get("with", "last_year")
        if chosen not in COMPARED:
            raise refuse("with", "invalid_choice", _("Choose last_year, previous, agreed or negotiations."))
        if chosen == "last_year":
            return Response({"name": str(_("Sales of the year before")), "lines": sold_before(budget, request.user)})
        if chosen == "agreed":
            return Response({"name": str(_("At agreed prices")), "lines": agreed_beside(budget, request.user)})
        if chosen == "negotiations":
            return Response({"name": str(_("Negotiations")), "lines": sought_beside(budget, request.user)})
        before = version_in_force(budget)
        if before is not None and not Budget.objects.visible_to(request.user).filter(pk=before.pk).exists():
            before = None
        name = "" if before is None else f"{before.round.year} {before.round.name}"
        return Response({"name": name, "lines": [] if before is None else planned_before(budget, before)})

    def _read(self, request: Request, parameters: set[str]) -> Budget:
        """The budget of the address, if it is the reader's, and nothing asked that nobody knows."""
        check_parameters(request, parameters)
        budget: Budget = self.record_at_address()
        return budget


class PastEndpoint:
    """The reading of a cell's past, at its line."""

    record_at_address: Any

    @extend_schema(
        parameters=[OpenApiParameter("month", int, description="A month of the year, from 1; left out: every month.")],
        responses=CellPastSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def past(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the months of a line held, since when and by whom, and what was said at them."""
        check_parameters(request, {"month"})
        line: BudgetLine = self.record_at_address()
        text = request.query_params.get("month")
        if text is not None and text not in {str(month) for month in MONTHS}:
            raise refuse("month", "no_month", _("A year has twelve months."))
        months = list(MONTHS) if text is None else [int(text)]
        past = {"events": cell_history(line, months), "comments": said_at(line, months, request.user)}
        return Response(CellPastSerializer(past).data)
