"""Order intake over REST, and the figures of orders that one sees: what is wrong, on time and in full, backlog."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kam.core import clock
from kam.core.api import RecordSerializer, RecordViewSet, SensibleDateField
from kam.core.periods import months_later
from kam.core.rest.listing import check_parameters
from orders.models import OrderIntake
from orders.reports.order_cockpit import backlog, stakes
from orders.reports.order_service import otif, whole
from orders.reports.order_times import times_by

AMOUNT: dict[str, Any] = {"max_digits": 24, "decimal_places": 2}
RATE: dict[str, Any] = {"max_digits": 5, "decimal_places": 2, "allow_null": True}
YEAR = 366


class OrderIntakeSerializer(RecordSerializer):
    """By how much a position made the intake of a day larger or smaller."""

    class Meta:
        model = OrderIntake
        fields = ["id", "order", "position", "product", "kind", "day", "plant", "selling_location", "currency", "net", "base_net"]
        read_only_fields = fields


class PeriodSerializer(serializers.Serializer):
    """From which day to which lines were due; without them the last year."""

    first = SensibleDateField(required=False)
    last = SensibleDateField(required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """At most a year."""
        last = values.get("last") or clock.today()
        first = values.get("first") or last - timedelta(days=YEAR - 1)
        if not timedelta(0) <= last - first < timedelta(days=YEAR):
            raise serializers.ValidationError({"first": "At most a year, and not after the last day."})
        return {"first": first, "last": last}


class StakeSerializer(serializers.Serializer):
    """How many orders have a flaw, and what they are worth in the group's currency."""

    flaw = serializers.CharField()
    count = serializers.IntegerField()
    worth = serializers.DecimalField(**AMOUNT)


class KeptSerializer(serializers.Serializer):
    """Lines due on one basis: requested, first_confirmed or confirmed; rates in percent, nothing where none was due."""

    basis = serializers.CharField()
    due = serializers.IntegerField()
    on_time = serializers.DecimalField(**RATE)
    in_full = serializers.DecimalField(**RATE)
    otif = serializers.DecimalField(**RATE)


class TimesSerializer(serializers.Serializer):
    """Of a selling location in the last twelve months: orders confirmed, working hours until then, and lines changed of a hundred confirmed."""

    location = serializers.CharField(source="label")
    confirmed = serializers.IntegerField()
    mean_hours = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    in_time_percent = serializers.DecimalField(**RATE)
    waiting = serializers.IntegerField()
    waiting_worth = serializers.DecimalField(**AMOUNT)
    customer_changes = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    own_changes = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)


class OrderFiguresSerializer(serializers.Serializer):
    """The figures of the orders that you see."""

    flaws = StakeSerializer(many=True)
    service = KeptSerializer(many=True)
    times = TimesSerializer(many=True)
    past_due = serializers.DecimalField(**AMOUNT)
    backlog = serializers.DecimalField(**AMOUNT)


class OrderIntakeViewSet(RecordViewSet):
    """Order intake: what was registered, and what changes and cancellations made of it."""

    queryset = OrderIntake.objects.all()
    serializer_class = OrderIntakeSerializer
    ordering_fields = {"id": "id", "day": "day"}
    ordering = ("-day", "-id")

    @extend_schema(
        summary="What is wrong with orders, lines on time and in full, and the backlog",
        parameters=[OpenApiParameter("first", str), OpenApiParameter("last", str)],
        responses=OrderFiguresSerializer,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def figures(self, request: Request) -> Response:
        """As far as you see the orders; lines that were due in the period, delivered or not."""
        check_parameters(request, {"first", "last"})
        period = PeriodSerializer(data=request.query_params)
        period.is_valid(raise_exception=True)
        late, coming = backlog(request.user)
        found = {
            "flaws": [{"flaw": code, "count": one.count, "worth": one.worth} for code, one in stakes(request.user)[0].items()],
            "service": [
                {"basis": name, "due": kept.due, "on_time": kept.percent("on_time"), "in_full": kept.percent("in_full"),
                 "otif": kept.percent("both")}
                for name, months in otif(request.user, **period.validated_data).items()
                for kept in [whole(months)]
            ],
            "times": times_by(request.user, "location", months_later(clock.today().replace(day=1), -11)),
            "past_due": late,
            "backlog": late + sum(coming.values()),
        }  # fmt: skip
        return Response(OrderFiguresSerializer(found).data)
