"""The figures of repairs over REST, as far as their reader sees the pieces; margins only where they read costs."""

from typing import Any

from rest_framework import serializers

from complaints.api.figures import AMOUNT, RATE
from complaints.reports.figures import Asked
from complaints.reports.repair_figures import PARETO, backlog, margins, months, pareto, quality_of, turnarounds
from kam.core import clock

DAYS: dict[str, Any] = {"max_digits": 9, "decimal_places": 1, "allow_null": True}


class TurnaroundSerializer(serializers.Serializer):
    """Days of calendar or worked, gross or without waiting for the customer (net)."""

    net = serializers.BooleanField()
    working_days = serializers.BooleanField(source="working")
    mean = serializers.DecimalField(**DAYS)
    median = serializers.DecimalField(**DAYS)
    percentile_90 = serializers.DecimalField(**DAYS, source="ninety")


class RepairStateSerializer(serializers.Serializer):
    """How many open pieces stand in a state."""

    status = serializers.CharField()
    pieces = serializers.IntegerField()


class RepairMonthSerializer(serializers.Serializer):
    """What left repaired in a month, and its net calendar days."""

    shipped = serializers.IntegerField()
    median = serializers.DecimalField(**DAYS)
    percentile_90 = serializers.DecimalField(**DAYS)


class RepairBarSerializer(serializers.Serializer):
    """One row of a Pareto of what came, the largest first."""

    key = serializers.CharField(allow_null=True, allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    pieces = serializers.IntegerField(source="count")
    share = serializers.DecimalField(**RATE)
    cumulated = serializers.DecimalField(**RATE)
    no_fault_rate = serializers.DecimalField(**RATE, source="no_fault")


class RepairParetoSerializer(serializers.Serializer):
    """By fault found, product and customer."""

    fault_code = RepairBarSerializer(many=True)
    product = RepairBarSerializer(many=True)
    customer = RepairBarSerializer(many=True)


class RepairMarginSerializer(serializers.Serializer):
    """Charge, own cost and margin of one selling location in its currency; `share` is in per cent of the charge."""

    location = serializers.IntegerField()
    currency = serializers.CharField()
    charged = serializers.IntegerField()
    charge = serializers.DecimalField(**AMOUNT)
    cost = serializers.DecimalField(**AMOUNT)
    margin = serializers.DecimalField(**AMOUNT)
    share = serializers.DecimalField(**RATE)
    free = serializers.IntegerField()
    free_cost = serializers.DecimalField(**AMOUNT)


class RepairFiguresSerializer(serializers.Serializer):
    """The backlog of today, and the figures of what came and what left repaired in a year."""

    year = serializers.IntegerField()
    open = serializers.IntegerField()
    late = serializers.IntegerField()
    late_percent = serializers.DecimalField(**RATE)
    backlog = RepairStateSerializer(many=True)
    shipped = serializers.IntegerField()
    turnaround = TurnaroundSerializer(many=True)
    months = RepairMonthSerializer(many=True)
    in_time_percent = serializers.DecimalField(**RATE)
    test_yield = serializers.DecimalField(**RATE)
    first_pass_yield = serializers.DecimalField(**RATE)
    return_rate = serializers.DecimalField(**RATE)
    analysed = serializers.IntegerField()
    no_fault_found = serializers.DecimalField(**RATE)
    pareto = RepairParetoSerializer()
    margins = RepairMarginSerializer(many=True, allow_null=True)


def repair_figures_of(reader: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The figures of a year as they are answered."""
    question = Asked(asked.get("year") or clock.today().year, asked.get("customer"), asked.get("location"))
    here, quality = backlog(reader, question), quality_of(reader, question)
    answer = {
        "year": question.year, "open": here.open, "late": here.late, "late_percent": here.share,
        "backlog": [{"status": value, "pieces": count} for value, _label, count in here.states], "shipped": quality.shipped,
        "turnaround": turnarounds(reader, question),
        "months": [dict(zip(RepairMonthSerializer().fields, month, strict=True)) for month in months(reader, question)],
        "in_time_percent": quality.punctual, "test_yield": quality.test_yield, "first_pass_yield": quality.first_pass,
        "return_rate": quality.return_rate, "analysed": quality.analysed, "no_fault_found": quality.no_fault_rate,
        "pareto": {by: pareto(reader, question, by) for by in PARETO}, "margins": margins(reader, question),
    }  # fmt: skip
    return dict(RepairFiguresSerializer(answer).data)
