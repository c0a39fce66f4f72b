"""How fast the steps of complaints are answered: hours, mean and median, and how many in time, by step and by whose deadline it was (K-Q3, AT-23)."""

from dataclasses import dataclass
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Avg,
    Count,
    DateTimeField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Concat, TruncDate
from django.utils.translation import pgettext_lazy

from complaints.models import Complaint, CustomerDeadline, Step
from complaints.models.deadlines import kind_of
from complaints.reports.figures import Asked, Percentile, counted, percent
from kam.core import clock
from kam.core.clock import Clock

#: How long a step took, in hours.
SPENT = Func(F("met_at") - F("started_at"), template="EXTRACT(epoch FROM %(expressions)s) / 3600", output_field=FloatField())

#: How a step stands to its deadline, in words.
KEEPING: dict[str, Any] = {
    "done": pgettext_lazy("step", "done"),
    "missed": pgettext_lazy("step", "deadline missed"),
    "late": pgettext_lazy("step", "late and not done"),
}
#: In place of a customer's document: our own deadlines.
OURS = "-"


def _clocks() -> Any:
    """The clocks of the steps of complaints, each with whose promise it is (`whose`; empty: ours).

    A clock says what was promised; it was a customer's document that was in force on its first day and wants the same.
    """
    complaint = Complaint.objects.filter(pk=OuterRef(OuterRef("object_id")))
    started = ExpressionWrapper(OuterRef("started_at"), DateTimeField())
    wanted = CustomerDeadline.objects.alias(clock_kind=Concat(Value(kind_of("")), "step")).filter(
        customer__in=complaint.values("plant__customer"),
        clock_kind=OuterRef("kind"),
        amount=OuterRef("amount"),
        unit=OuterRef("unit"),
        period__contains=TruncDate(started, tzinfo=UTC),
    )
    rows = Clock.objects.filter(
        content_type=ContentType.objects.get_for_model(Complaint), kind__in=map(kind_of, Step.values), stopped_at=None
    )
    return rows.annotate(whose=Coalesce(Subquery(wanted.order_by("pk").values("profile")[:1]), Value("")))


def _kept() -> dict[str, Q]:
    """The conditions of the figures of a step, now."""
    late = Q(met_at=None, due_at__lt=clock.now())
    return {
        "done": Q(met_at__isnull=False),
        "in_time": Q(met_at__lte=F("due_at")),
        "late": late,
        "missed": Q(met_at__gt=F("due_at")) | late,
    }


def step_clocks(step: str, kept: str, profile: str) -> Any:
    """The clocks of a complaint (`OuterRef`) behind one figure: of a step, kept so, by one customer's document; empty is any."""
    rows = _clocks().filter(object_id=OuterRef("pk"))
    if step:
        rows = rows.filter(_kept()[kept], kind=kind_of(step))
    return rows.filter(whose="" if profile == OURS else profile) if profile else rows


@dataclass(frozen=True)
class StepTime:
    """One step under one document (empty: our own deadlines): hours until it was done, and how many of those due were in time."""

    step: str
    profile: str
    done: int
    mean: Decimal | None
    median: Decimal | None
    in_time: int
    late_and_open: int

    @property
    def label(self) -> Any:
        """The step in words."""
        return Step(self.step).label

    @property
    def rate(self) -> Decimal | None:
        """In per cent of what was done, and of what is late and not done."""
        return percent(self.in_time, self.done + self.late_and_open)


def _hours(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)


def step_times(reader: Any, asked: Asked) -> list[StepTime]:
    """The steps of the year's complaints that were done or are late, in the order of the steps, ours first."""
    kept, steps = _kept(), {kind_of(step): step for step in Step.values}
    rows = _clocks().filter(object_id__in=counted(reader, asked).values("pk")).values("kind", "whose").annotate(
        done=Count("pk", filter=kept["done"]), mean=Avg(SPENT), median=Percentile(SPENT, 0.5),
        in_time=Count("pk", filter=kept["in_time"]), late=Count("pk", filter=kept["late"]),
    )  # fmt: skip
    found = [
        StepTime(
            steps[row["kind"]], row["whose"], row["done"], _hours(row["mean"]), _hours(row["median"]), row["in_time"], row["late"]
        )
        for row in rows.order_by()
        if row["done"] or row["late"]
    ]
    order = list(Step.values)
    return sorted(found, key=lambda one: (order.index(one.step), one.profile))
