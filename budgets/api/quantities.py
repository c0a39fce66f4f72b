"""Quantity plans over REST: what is to be made, without prices, and Production's answers."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budgets.actions.papers import start_issuing
from budgets.actions.quantities import Said
from budgets.api.figures import IDENTITY, QUANTITY
from budgets.filters import QuantityPlanFilter
from budgets.models import PlanAnswer, QuantityPlan
from budgets.reports.quantities import QuantityRow, quantity_rows
from catalog.models import Product
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


class QuantityPlanSerializer(RecordSerializer):
    """What a round asks one of our locations to make; the products stand under `rows`."""

    class Meta:
        model = QuantityPlan
        fields = [*IDENTITY, "round", "location", "confirmed_at", "confirmed_by"]
        read_only_fields = fields


class AnswerSerializer(StrictSerializer):
    """Production's answer to a product, in one month or in all that ask for something."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all())
    month = serializers.IntegerField(min_value=1, max_value=12, required=False, allow_null=True)
    answer = serializers.ChoiceField(choices=PlanAnswer.Answer.choices)
    quantity = serializers.DecimalField(**QUANTITY, required=False, allow_null=True)
    day = SensibleDateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class AnswersSerializer(VerbSerializer):
    """A batch of answers, all or none."""

    answers = AnswerSerializer(many=True)

    def validate_answers(self, rows: list[dict[str, Any]]) -> list[Said]:
        """The answers as the action takes them."""
        return [Said(**row) for row in rows]


class QuantityMonthSerializer(serializers.Serializer):
    """A month of a product."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    before = serializers.DecimalField(max_digits=18, decimal_places=3, help_text="In the plan that was in force before.")
    answer = serializers.CharField(source="answer.answer", allow_null=True, default=None)


class QuantityRowSerializer(serializers.Serializer):
    """A product that is to be made, in its base unit."""

    product = serializers.IntegerField(source="product.pk")
    unit = serializers.CharField(source="product.base_unit")
    months = QuantityMonthSerializer(many=True, source="cells")


class QuantityPlanViewSet(RecordViewSet):
    """Quantity plans of our producing locations."""

    queryset = QuantityPlan.objects.all()
    serializer_class = QuantityPlanSerializer
    filterset_class = QuantityPlanFilter
    ordering_fields = ("id", "updated_at", "created_at")
    answer = verb_action("budgets.answer_quantities", AnswersSerializer)
    confirm = verb_action("budgets.confirm_quantities")
    print_plan = print_action("budgets.quantity_sheet", "Print a quantity plan", issuing=start_issuing)

    @extend_schema(responses=QuantityRowSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def rows(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What is asked of each product by month, what was asked before, and the answers."""
        found: list[QuantityRow] = quantity_rows(self.get_object())
        return Response(QuantityRowSerializer(found, many=True).data)
