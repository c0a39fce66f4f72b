"""The figures of complaints over REST, as far as their reader sees the complaints; costs only where they read costs."""

from typing import Any

from rest_framework import serializers

from accounts.models import Customer, Location
from complaints.reports.figures import PARETO, Asked, pareto, poor_quality, ppm_of, repeats_of, trend
from complaints.reports.step_times import step_times
from kam.core import clock
from kam.core.api import ScopedPrimaryKeyField

RATE: dict[str, Any] = {"max_digits": 7, "decimal_places": 2, "allow_null": True}
AMOUNT: dict[str, Any] = {"max_digits": 24, "decimal_places": 2}
PIECES: dict[str, Any] = {"max_digits": 20, "decimal_places": 3}


class FiguresAskedSerializer(serializers.Serializer):
    """Of which year, and perhaps of one customer, or of what one location sells or makes."""

    year = serializers.IntegerField(min_value=1990, max_value=2199, required=False)
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False)
    location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False)


class StepTimeSerializer(serializers.Serializer):
    """A step under a customer's document, or under our own deadlines where `profile` is empty."""

    step = serializers.CharField()
    profile = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    mean_hours = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, source="mean")
    median_hours = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, source="median")
    in_time = serializers.IntegerField()
    late_and_open = serializers.IntegerField()
    in_time_percent = serializers.DecimalField(**RATE, source="rate")


class BarSerializer(serializers.Serializer):
    """One bar of a Pareto, the largest first."""

    key = serializers.CharField(allow_null=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    count = serializers.IntegerField()
    claimed = serializers.DecimalField(**PIECES)
    share = serializers.DecimalField(**RATE)
    cumulated = serializers.DecimalField(**RATE)


class ParetoSerializer(serializers.Serializer):
    """By defect, product and customer."""

    defect = BarSerializer(many=True)
    product = BarSerializer(many=True)
    customer = BarSerializer(many=True)


class PoorQualitySerializer(serializers.Serializer):
    """External failure cost in the group's currency; `share` is gross in per cent of the revenue that you read."""

    gross = serializers.DecimalField(**AMOUNT, source="costs.gross")
    recharged = serializers.DecimalField(**AMOUNT, source="costs.recharged")
    net = serializers.DecimalField(**AMOUNT, source="costs.net")
    share = serializers.DecimalField(**RATE)


class ComplaintFiguresSerializer(serializers.Serializer):
    """The figures of a year."""

    year = serializers.IntegerField()
    complaints = serializers.IntegerField()
    delivered = serializers.DecimalField(**PIECES)
    confirmed = serializers.DecimalField(**PIECES)
    undecided = serializers.DecimalField(**PIECES)
    ppm = serializers.DecimalField(max_digits=12, decimal_places=0, allow_null=True)
    claimed_ppm = serializers.DecimalField(max_digits=12, decimal_places=0, allow_null=True)
    no_trouble_found = serializers.DecimalField(**RATE)
    repeat_rate = serializers.DecimalField(**RATE)
    effectiveness = serializers.DecimalField(**RATE)
    steps = StepTimeSerializer(many=True)
    pareto = ParetoSerializer()
    months = serializers.ListField(child=serializers.IntegerField())
    alarm_limit = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    alarms = serializers.ListField(child=serializers.IntegerField(), help_text="Months above the limit, from 1.")
    poor_quality = PoorQualitySerializer(allow_null=True)


def figures_of(reader: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """The figures of a year as they are answered."""
    question = Asked(asked.get("year") or clock.today().year, asked.get("customer"), asked.get("location"))
    pieces, repeats, found = ppm_of(reader, question), repeats_of(reader, question), trend(reader, question)
    answer = {
        "year": question.year, "complaints": repeats.complaints, "delivered": pieces.delivered, "confirmed": pieces.confirmed,
        "undecided": pieces.undecided, "ppm": pieces.ppm, "claimed_ppm": pieces.claimed_ppm, "no_trouble_found": pieces.ntf,
        "repeat_rate": repeats.rate, "effectiveness": repeats.effectiveness, "steps": step_times(reader, question),
        "pareto": {by: pareto(reader, question, by) for by in PARETO}, "months": found.months, "alarm_limit": found.limit,
        "alarms": found.alarms, "poor_quality": poor_quality(reader, question),
    }  # fmt: skip
    return dict(ComplaintFiguresSerializer(answer).data)
