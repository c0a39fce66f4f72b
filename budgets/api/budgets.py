"""Budgets over REST: filled, written cell by cell, submitted, returned, approved."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Location, Plant, User
from budgets.actions.accepting import Looked
from budgets.actions.filling import FillSource
from budgets.actions.lines import CellValue, Written
from budgets.actions.papers import start_issuing
from budgets.api.figures import IDENTITY, MONEY, QUANTITY
from budgets.api.grid import AcceptLinesSerializer, AdjustSerializer, GridEndpoints, LookAgainSerializer
from budgets.documents import letter_key
from budgets.filters import BudgetFilter
from budgets.models import Budget, BudgetRound
from budgets.models.account_costs import CostKind
from budgets.reports.changes import Kind, changes_between, changes_since, versions_of
from budgets.reports.checklist import checklist
from budgets.reports.planned_costs import costs_changed_since_submission, costs_changed_since_version
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, StrictSerializer, VerbSerializer, verb_action
from kam.core.api_prints import print_action
from kam.core.rest.listing import check_parameters, refuse


class BudgetSerializer(RecordSerializer):
    """What one person plans for one of our locations; amounts are in the round's currency at its rates.

    Readers of costs see `cost`, the revenue of which no cost is known (`uncosted`), and the `margin` of the rest.
    """

    cost_fields = ("cost", "uncosted", "margin")
    margin = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True)
    round = ScopedPrimaryKeyField(queryset=BudgetRound.objects.all())
    contributor = ScopedPrimaryKeyField(queryset=User.objects.all())
    location = ScopedPrimaryKeyField(queryset=Location.objects.all())

    class Meta:
        model = Budget
        fields = [
            *IDENTITY, "round", "contributor", "location", "status", "top_down", "revenue", "line_count", "to_look_at",
            "submitted_at", "approved_at", "approved_by", "being_filled", "cost", "uncosted", "margin",
        ]  # fmt: skip
        read_only_fields = [
            "status", "revenue", "line_count", "to_look_at", "submitted_at", "approved_at", "approved_by", "being_filled", "cost",
            "uncosted",
        ]  # fmt: skip


class BudgetEditSerializer(BudgetSerializer):
    """What an edit takes: the target from above."""

    round: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    contributor: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    location: Any = serializers.PrimaryKeyRelatedField(read_only=True)


class FillSerializer(VerbSerializer):
    """What to fill from, and how much more or less than that, in per cent; `anew` takes out first what was filled this way before."""

    source = serializers.ChoiceField(choices=FillSource.choices, required=False)  # type: ignore[assignment]
    volume_percent = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    price_percent = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    anew = serializers.BooleanField(required=False)


class PasteSerializer(VerbSerializer):
    """A list: a row each with plant (or customer), product, quantity of the year and net price, parted by tabs or semicolons."""

    text = serializers.CharField(max_length=20_000, trim_whitespace=False)


class ExplainZerosSerializer(VerbSerializer):
    """One reason for the plants that the checklist names and for which nothing is planned."""

    plants = ScopedPrimaryKeyField(queryset=Plant.objects.all(), many=True)
    why = serializers.CharField(max_length=400)


class PointSerializer(serializers.Serializer):
    """Something that stands between a budget and its submission."""

    code = serializers.CharField()
    text = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())
    plants = serializers.ListField(child=serializers.IntegerField())
    lines = serializers.ListField(child=serializers.IntegerField())
    blocks = serializers.BooleanField(help_text="Whether it is to be done before; the rest is open with others.")


def _months(decimals: int, text: str) -> Any:
    month = serializers.DecimalField(max_digits=18, decimal_places=decimals, allow_null=True)
    return serializers.ListField(child=month, min_length=12, max_length=12, allow_null=True, help_text=text)


class LineChangeSerializer(serializers.Serializer):
    """A row that is another one than before; revenue in its own currency, null where the row was not there or is gone."""

    line = serializers.IntegerField(source="line.pk", allow_null=True, help_text="Null where the row was taken out.")
    buyer = serializers.CharField(source="line.buyer")
    article = serializers.CharField(source="line.article")
    currency = serializers.CharField(source="line.currency")
    unit = serializers.CharField(source="line.unit")
    kind = serializers.ChoiceField(choices=Kind.choices)
    chance_before = serializers.CharField(help_text="The class; empty where the row was not there, and since a submission.")
    chance_now = serializers.CharField(help_text="The class now.")
    returned = serializers.BooleanField(help_text="Whether the row itself went back with a counter-figure.")
    revenue_before = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    revenue_now = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    difference = serializers.DecimalField(max_digits=18, decimal_places=2)
    quantity_before = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    quantity_now = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    revenues_before = _months(2, "Month by month, the revenue before.")
    revenues_now = _months(2, "The revenue now.")
    quantities_before = _months(3, "The quantity before; null in months that are planned in money only.")
    quantities_now = _months(3, "The quantity now.")


class CostChangeSerializer(serializers.Serializer):
    """An account cost that is another than before, in the round's currency; null where it was not there or is gone."""

    cost = serializers.ChoiceField(source="kind", choices=CostKind.choices)
    month = serializers.IntegerField(allow_null=True, help_text="Of the year of the round, from 1; null: the whole year.")
    customer = serializers.IntegerField(source="customer.pk", allow_null=True, default=None)
    before = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    now = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    difference = serializers.DecimalField(max_digits=18, decimal_places=2)


class CostChangesSerializer(serializers.Serializer):
    """The account costs that changed since the last submission, and since the version before of a revision (a budget's key)."""

    since_submission = CostChangeSerializer(many=True)
    version_before = serializers.IntegerField(allow_null=True)
    since_version = CostChangeSerializer(many=True)


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


class WrittenCellSerializer(serializers.Serializer):
    """A cell as it was written."""

    line = serializers.IntegerField()
    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=5, allow_null=True)
    revenue = serializers.DecimalField(max_digits=18, decimal_places=2)
    version = serializers.IntegerField()


class WrittenSerializer(BudgetSerializer):
    """The budget after a batch, and the cells of the batch with their new versions."""

    cells = WrittenCellSerializer(many=True, read_only=True)

    class Meta(BudgetSerializer.Meta):
        fields = [*BudgetSerializer.Meta.fields, "cells"]

    def to_representation(self, instance: Written) -> dict[str, Any]:
        """The budget and the cells beside each other."""
        budget = BudgetSerializer(instance.budget, context=self.context).data
        return {**budget, "cells": WrittenCellSerializer(instance.cells, many=True).data}


class LookedSerializer(BudgetSerializer):
    """The budget after rows were accepted or opened again, and which rows these are."""

    lines = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta(BudgetSerializer.Meta):
        fields = [*BudgetSerializer.Meta.fields, "lines"]

    def to_representation(self, instance: Looked) -> dict[str, Any]:
        """The budget and the rows beside each other."""
        return {**BudgetSerializer(instance.budget, context=self.context).data, "lines": instance.lines}


def letter_of_budget(one: Budget, actor: Any) -> str:
    """What the target letter of whoever prepared a budget is asked for by."""
    return letter_key(one.contributor, one.round.first_month, actor=actor)


class BudgetViewSet(GridEndpoints, RecordViewSet):
    """Budgets: one for each contributor and location of a round."""

    queryset = Budget.objects.all()
    serializer_class = BudgetSerializer
    filterset_class = BudgetFilter
    ordering_fields = ("id", "revenue", "status", "submitted_at", "updated_at", "created_at")
    create_action = "budgets.create_budget"
    update_action = "budgets.edit_budget_target"
    fill = verb_action("budgets.fill_budget", FillSerializer)
    paste = verb_action("budgets.paste_lines", PasteSerializer)
    explain_zeros = verb_action("budgets.explain_zeros", ExplainZerosSerializer)
    edit_cells = verb_action("budgets.edit_cells", CellsSerializer, answer=WrittenSerializer)
    adjust_cells = verb_action("budgets.adjust_cells", AdjustSerializer)
    accept_rest = verb_action("budgets.accept_rest", AcceptLinesSerializer, answer=LookedSerializer)
    look_again = verb_action("budgets.look_again", LookAgainSerializer, answer=LookedSerializer)
    submit = verb_action("budgets.submit_budget")
    return_ = verb_action("budgets.return_budget")
    approve = verb_action("budgets.approve_budget")
    print_book = print_action(
        "budgets.budget_book", "Print the budget book of a budget", lambda one, _actor: f"budget:{one.pk}", start_issuing
    )
    print_letter = print_action(
        "budgets.target_letter", "Print the target letter of who prepared a budget", letter_of_budget, start_issuing
    )

    @extend_schema(responses=PointSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def checklist(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What is still to be done before this budget can be submitted; empty when it can be, and for whom it is only shared with."""
        budget = self.get_object()
        by_role = Budget.objects.by_role(request.user).filter(pk=budget.pk).exists()
        return Response(PointSerializer(checklist(budget) if by_role else [], many=True).data)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "with", int, description="A budget of the same person and location; left out: this one as it was submitted last."
            )
        ],
        responses=LineChangeSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def changes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The rows in which a budget differs from another version, or, returned, from what was submitted; the largest difference first."""
        check_parameters(request, {"with"})
        budget, other = self.record_at_address(), request.query_params.get("with")
        if other is None:
            return Response(LineChangeSerializer(changes_since(budget), many=True).data)
        found = next((one for one in versions_of(budget, request.user) if str(one.pk) == other), None)
        if found is None:
            raise refuse("with", "no_version", _("Choose another version of this budget."))
        return Response(LineChangeSerializer(changes_between(found, budget), many=True).data)

    @extend_schema(responses=CostChangesSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[], url_path="cost-changes")
    def cost_changes(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The account costs of a budget that are others than those submitted, or than in the version before, for who reads them."""
        budget = self.get_object()
        before, since_version = costs_changed_since_version(budget, request.user)
        found = {
            "since_submission": costs_changed_since_submission(budget, request.user),
            "version_before": before and before.pk,
            "since_version": since_version,
        }
        return Response(CostChangesSerializer(found).data)

    def marks(self, record: Budget) -> str:
        """What its lines add up to changes without it."""
        return f"{record.revenue} {record.line_count} {record.to_look_at} {record.cost}"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetEditSerializer if self.action in {"update", "partial_update"} else BudgetSerializer
