"""Lines of budgets over REST, with their months."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Customer, Location, Market, Plant
from budgets.actions import add_line
from budgets.api.figures import IDENTITY, MONEY, QUANTITY
from budgets.api.grid import PastEndpoint
from budgets.filters import BudgetLineFilter
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.models.lines import ANSWERS, COSTS, ROW_ANSWERS, ROW_FIGURES
from catalog.models import Product, ProductFamily
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, VerbSerializer, verb_action
from kam.core.workflow import Denied

#: What the counterpart of a row proposed, and what came of it.
PROPOSAL = ("proposal", "proposed", "proposed_by", "proposed_at", "proposal_reason", "proposal_answer", "settled")


class BudgetCellSerializer(serializers.Serializer):
    """One month of a line as it is."""

    month = serializers.IntegerField(min_value=1, max_value=12, help_text="Of the year of the round, from 1.")
    quantity = serializers.DecimalField(**QUANTITY, allow_null=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=5, allow_null=True)
    revenue = serializers.DecimalField(**MONEY)
    version = serializers.IntegerField()


class BudgetLineSerializer(RecordSerializer):
    """A line of a budget: to a plant, or the rest of a customer or market, a product or a family; its twelve months stand in it.

    `quantity` and `revenue` are the year's; when a line is made they are spread equally over its months. Readers of costs see the
    version of the standard cost that it holds, what one unit costs in its currency, the share of the revenue that a month without
    a quantity costs, and `cost` and `margin` of the year, null where the cost of any month is not known. `challenge` says whether
    whoever approves sets another revenue of the year against it (`counter`), and what its contributor answered; `proposal` whether
    the row's counterpart, its account or area manager, would plan another one (`proposed`), and `settled` what was agreed or decided.
    """

    cost_fields = ("standard_cost", "unit_cost", "cost_share", "cost", "margin")

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
    margin = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True)
    cells = BudgetCellSerializer(many=True, read_only=True)
    awarded = serializers.BooleanField(
        read_only=True, help_text="Whether it is awarded: by its class, or by an offer that was accepted since it was planned."
    )

    class Meta:
        model = BudgetLine
        fields = [
            *IDENTITY, "budget", "plant", "customer", "market", "product", "family", "producing_location", "currency", "unit", "chance",
            "awarded", "source", "review", "comment", "challenge", "counter", "challenge_reason", "challenge_answer", *PROPOSAL, "quantity",
            "revenue", *COSTS, "margin", "cells",
        ]  # fmt: skip
        read_only_fields = ["source", "review", "challenge", "counter", "challenge_reason", "challenge_answer", *PROPOSAL, *COSTS]


class BudgetLineEditSerializer(RecordSerializer):
    """What an edit takes: class and comment; what the line is about stays."""

    margin = serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True)
    cells = BudgetCellSerializer(many=True, read_only=True)
    awarded = serializers.BooleanField(read_only=True)

    class Meta(BudgetLineSerializer.Meta):
        read_only_fields = [
            name
            for name in BudgetLineSerializer.Meta.fields
            if name not in {*IDENTITY, "chance", "awarded", "comment", "margin", "cells"}
        ]


class PhaseSerializer(VerbSerializer):
    """A year's revenue or quantity over the months, by twelve weights, by a seasonality profile or by the line's own shape."""

    by_profile = serializers.BooleanField(required=False)

    revenue = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    quantity = serializers.DecimalField(**QUANTITY, required=False, allow_null=True)
    weights = serializers.ListField(
        child=serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0),
        min_length=12,
        max_length=12,
        required=False,
        allow_null=True,
    )


class ChallengeSerializer(VerbSerializer):
    """Why a row goes back, and the revenue of the year to set against it, in the line's currency; left out: what was sold in the
    last twelve months."""

    counter = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    why = serializers.CharField(max_length=400)


class ChallengeAnswerSerializer(VerbSerializer):
    """The answer to a returned row: the counter-figure taken over, or the figure kept with a comment."""

    answer = serializers.ChoiceField(choices=[(one.value, one.label) for one in ANSWERS])
    comment = serializers.CharField(max_length=400, required=False, allow_blank=True)


class RowProposalSerializer(VerbSerializer):
    """What the counterpart of a row would plan: the revenue of the year in the line's currency, and why."""

    proposed = serializers.DecimalField(**MONEY)
    why = serializers.CharField(max_length=400)


class RowAnswerSerializer(VerbSerializer):
    """The owner's answer: `agreed` takes the proposed figure over, `open` keeps the own one with a comment."""

    answer = serializers.ChoiceField(choices=[(one.value, one.label) for one in ROW_ANSWERS])
    comment = serializers.CharField(max_length=400, required=False, allow_blank=True)


class RowDecisionSerializer(VerbSerializer):
    """Which of both figures of an open row holds, and why."""

    figure = serializers.ChoiceField(choices=ROW_FIGURES)
    why = serializers.CharField(max_length=400)


def create_line(model: type[BudgetLine], *, actor: Any, budget: Budget, **values: Any) -> BudgetLine:
    """Add a line to the budget that the body names, one's own."""
    if not Budget.objects.permitted(actor, "budgets.add_line").filter(pk=budget.pk).exists():
        raise Denied("outside_your_area", _("Only its contributor writes in a budget."), field="budget", status=403)
    return add_line(budget, actor=actor, **values)  # type: ignore[no-any-return]


create_line.code = add_line.code  # type: ignore[attr-defined]


class BudgetLineViewSet(PastEndpoint, RecordViewSet):
    """Lines of budgets with their months; cells are written in batches at the budget."""

    queryset = BudgetLine.objects.prefetch_related(Prefetch("cells", BudgetCell.objects.order_by("month")))
    serializer_class = BudgetLineSerializer
    filterset_class = BudgetLineFilter
    ordering_fields = ("id", "revenue", "updated_at", "created_at")
    create_action = staticmethod(create_line)
    update_action = "budgets.edit_line"
    delete_action = "budgets.remove_line"
    phase = verb_action("budgets.phase_line", PhaseSerializer)
    challenge = verb_action("budgets.challenge_line", ChallengeSerializer)
    withdraw_challenge = verb_action("budgets.withdraw_challenge")
    answer = verb_action("budgets.answer_challenge", ChallengeAnswerSerializer)
    propose = verb_action("budgets.propose_row", RowProposalSerializer)
    answer_row = verb_action("budgets.answer_row", RowAnswerSerializer)
    decide = verb_action("budgets.decide_row", RowDecisionSerializer)

    def marks(self, record: BudgetLine) -> str:
        """What it costs changes without it."""
        return str(record.cost)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return BudgetLineEditSerializer if self.action in {"update", "partial_update"} else BudgetLineSerializer
