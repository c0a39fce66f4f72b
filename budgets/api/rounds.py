"""Budget rounds over REST: asked for, opened, rated, tallied, approved, published."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from budgets.actions.papers import start_issuing
from budgets.api.figures import IDENTITY, MONEY
from budgets.filters import BudgetRoundFilter
from budgets.models import BudgetRate, BudgetRound
from budgets.reports.board import RoundStanding, standing_of
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action


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
            *IDENTITY, "kind", "closed_months", "first_month", "number", "name", "status", "guidelines", "deadline", "currency", "top_down", "stretch",
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
    closed_months = serializers.CharField(read_only=True)


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


class DistributeSerializer(VerbSerializer):
    """What is shared out to the budgets that are not approved; left out: the round's target."""

    amount = serializers.DecimalField(**MONEY, required=False, allow_null=True)


class RoundStandingSerializer(serializers.Serializer):
    """How far a round is, over the budgets that you see; a figure that cannot be computed is null."""

    budgets = serializers.IntegerField()
    submitted = serializers.IntegerField(help_text="Handed in, approved ones included.")
    approved = serializers.IntegerField()
    revenue = serializers.DecimalField(max_digits=20, decimal_places=2, help_text="Bottom-up, in the round's currency.")
    asked = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True, help_text="Of these budgets, from above.")
    whole = serializers.BooleanField(help_text="Whether these are all budgets of the round; the gap is of the whole only.")
    gap = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    gap_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B10")
    within_tolerance = serializers.BooleanField()
    due = serializers.IntegerField(help_text="Budgets whose deadline is over.")
    on_time = serializers.IntegerField(
        help_text="Of those that are due, handed in by the deadline, the first time that they were."
    )
    on_time_percent = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True, help_text="K-B9")

    def to_representation(self, instance: RoundStanding) -> dict[str, Any]:
        """The figures of the board."""
        tally, in_time = instance.tally, instance.on_time
        return dict(
            super().to_representation(
                {
                    **{
                        name: getattr(instance, name)
                        for name in ("budgets", "submitted", "approved", "revenue", "asked", "whole")
                    },
                    "gap": tally and tally.gap,
                    "gap_percent": tally and tally.share.percent,
                    "within_tolerance": instance.within,
                    "due": in_time.denominator,
                    "on_time": in_time.numerator,
                    "on_time_percent": in_time.percent,
                }
            )
        )


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
    renew_costs = verb_action("budgets.renew_costs")
    distribute_top_down = verb_action("budgets.distribute_top_down", DistributeSerializer)
    own_stretch = verb_action("budgets.own_stretch", StretchSerializer)
    consolidate = verb_action("budgets.consolidate_round")
    share = verb_action("budgets.share_round")
    approve = verb_action("budgets.approve_round")
    publish = verb_action("budgets.publish_round")
    close = verb_action("budgets.close_round")
    cancel = verb_action("budgets.cancel_round")
    print_book = print_action(
        "budgets.budget_book", "Print the budget book of a round", lambda one, _actor: f"round:{one.pk}", start_issuing
    )

    @extend_schema(responses=RoundStandingSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def standing(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How far a round is: who has handed in, in time or not (K-B9), and the gap to what was asked (K-B10)."""
        return Response(RoundStandingSerializer(standing_of(self.get_object(), request.user)).data)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetRoundEditSerializer if self.action in {"update", "partial_update"} else BudgetRoundSerializer
