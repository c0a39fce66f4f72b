"""How fast the steps of complaints are answered: hours, mean and median, and how many in time, by step and by whose deadline it was (K-Q3, AT-23)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, TruncDate
from django.utils.translation import pgettext_lazy

from complaints.models import Complaint, CustomerDeadline, Step
from complaints.models.deadlines import kind_of
from complaints.reports.figures import Asked, counted, percent
from kam.core import clock
from kam.core.clock import Clock

#: A clock says what was promised; a customer's document in force on its first day that wants the same is whose promise it was.
TIMES = """
SELECT clock.kind, coalesce(wanted.profile, ''), count(clock.met_at),
    avg(extract(epoch FROM clock.met_at - clock.started_at) / 3600),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM clock.met_at - clock.started_at) / 3600),
    count(*) FILTER (WHERE clock.met_at <= clock.due_at), count(*) FILTER (WHERE clock.met_at IS NULL AND clock.due_at < %s)
FROM core_clock AS clock JOIN ({complaints}) AS complaint (id, customer_id) ON complaint.id = clock.object_id
LEFT JOIN LATERAL (
    SELECT profile FROM complaints_customerdeadline AS wanted
    WHERE wanted.customer_id = complaint.customer_id AND 'complaint_' || wanted.step = clock.kind AND wanted.amount = clock.amount
        AND wanted.unit = clock.unit AND wanted.period @> (clock.started_at AT TIME ZONE 'UTC')::date
    ORDER BY wanted.id LIMIT 1
) AS wanted ON true
WHERE clock.content_type_id = %s AND clock.kind = ANY(%s) AND clock.stopped_at IS NULL GROUP BY 1, 2
"""

#: How a step stands to its deadline, in words.
KEEPING: dict[str, Any] = {
    "done": pgettext_lazy("step", "done"),
    "missed": pgettext_lazy("step", "deadline missed"),
    "late": pgettext_lazy("step", "late and not done"),
}
#: In place of a customer's document: our own deadlines.
OURS = "-"


def step_clocks(step: str, kept: str, profile: str) -> QuerySet[Clock]:
    """The clocks of a complaint (`OuterRef`) behind one figure: of a step, kept so, by one customer's document; empty is any."""
    now = clock.now()
    ways = {
        "done": Q(met_at__isnull=False),
        "late": Q(met_at=None, due_at__lt=now),
        "missed": Q(met_at__gt=F("due_at")) | Q(met_at=None, due_at__lt=now),
    }
    kinds = [kind_of(step)] if step else [kind_of(one) for one in Step.values]
    kind = ContentType.objects.get_for_model(Complaint)
    rows = Clock.objects.filter(ways.get(kept, Q()), content_type=kind, object_id=OuterRef("pk"), kind__in=kinds, stopped_at=None)
    if not profile:
        return rows
    started = ExpressionWrapper(OuterRef("started_at"), DateTimeField())
    wanted = CustomerDeadline.objects.filter(
        customer=OuterRef(OuterRef("plant__customer")),
        amount=OuterRef("amount"),
        unit=OuterRef("unit"),
        period__contains=TruncDate(started, tzinfo=UTC),
    ).annotate(named=Concat(Value("complaint_"), "step")).filter(named=OuterRef("kind")).order_by("pk")  # fmt: skip
    return rows.annotate(whose=Coalesce(Subquery(wanted.values("profile")[:1]), Value(OURS))).filter(whose=profile)


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
    rows = counted(reader, asked).values_list("pk", "plant__customer")
    try:
        words, values = rows.query.sql_with_params()
    except EmptyResultSet:  # whoever sees no complaint at all
        return []
    kinds = {kind_of(step): step for step in Step.values}
    kind = ContentType.objects.get_for_model(Complaint).pk
    with connection.cursor() as cursor:
        cursor.execute(TIMES.format(complaints=words), [clock.now(), *values, kind, list(kinds)])
        found = list(_rows(cursor.fetchall(), kinds))
    order = list(Step.values)
    return sorted(found, key=lambda one: (order.index(one.step), one.profile))


def _rows(fetched: Iterable[Any], kinds: dict[str, str]) -> Iterable[StepTime]:
    for kind, profile, done, mean, median, in_time, late in fetched:
        if done or late:
            yield StepTime(kinds[kind], profile, done, _hours(mean), _hours(median), in_time, late)
