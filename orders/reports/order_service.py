"""How well orders are kept: the lines that were due, on time and in full, on three bases (K-O1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.calendars import add_working_days
from kam.core.parameters import define, parameter
from orders.models import Order, OrderLine

ZERO, CENT = Decimal(0), Decimal("0.01")
define(
    "orders.otif_early_days",
    default=3,
    unit="wd",
    label=_("By how many working days a delivery may be early and still counts as on time"),
)
#: The bases on which a delivery is on time: the day that was asked for, first promised, and promised last.
BASES: dict[str, Any] = {
    "requested": _("Requested date"),
    "first_confirmed": _("First confirmed date"),
    "confirmed": _("Last confirmed date"),
}
#: Whose lines are delivered against nothing: a frame order's call-offs are; and what stays inside the group.
APART = (Order.Kind.FRAME, Order.Kind.INTERCOMPANY)
DUE = """
SELECT basis.name, date_trunc('month', coalesce(basis.due, line.requested))::date AS month, count(*),
    count(*) FILTER (WHERE on_time.yes), count(*) FILTER (WHERE in_full.yes), count(*) FILTER (WHERE on_time.yes AND in_full.yes)
FROM ({lines}) AS line (id, quantity, delivered, delivered_on, first_confirmed, confirmed, requested, tolerance, place)
CROSS JOIN LATERAL (VALUES ('requested', line.requested), ('first_confirmed', line.first_confirmed), ('confirmed', line.confirmed))
    AS basis (name, due)
LEFT JOIN unnest(%s::bigint[], %s::date[], %s::date[]) AS early (place, due, since) ON early.place = line.place AND early.due = basis.due
CROSS JOIN LATERAL (SELECT coalesce(line.delivered > 0 AND line.delivered_on BETWEEN early.since AND basis.due, false) AS yes) AS on_time
CROSS JOIN LATERAL (SELECT line.delivered BETWEEN line.quantity * (1 - line.tolerance / 100) AND line.quantity * (1 + line.tolerance / 100)
    AS yes) AS in_full
WHERE coalesce(basis.due, line.requested) BETWEEN %s AND %s
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass
class Kept:
    """Of the lines that were due: how many came on time, in full, and both; in percent where any was due."""

    due: int = 0
    on_time: int = 0
    in_full: int = 0
    both: int = 0

    def percent(self, name: str) -> Decimal | None:
        """One of the three as a percentage, to two decimals."""
        return None if not self.due else (Decimal(100) * getattr(self, name) / self.due).quantize(CENT)

    def add(self, other: "Kept") -> None:
        """Count another month in."""
        self.due += other.due
        self.on_time += other.on_time
        self.in_full += other.in_full
        self.both += other.both


def otif(orders: QuerySet, first: date, last: date) -> dict[str, dict[date, Kept]]:
    """Lines due from a day to a day, by basis and month, whether they were delivered or not (AT-25).

    On time is from a few working days before the day to that day, by the calendar of the location that delivers. In full is the
    quantity ordered, within the order's tolerance; more is not in full. What was never promised fails where promises count.
    """
    found: dict[str, dict[date, Kept]] = {name: {} for name in BASES}
    lines = OrderLine.objects.live().filter(order__in=orders.exclude(kind__in=APART).order_by().values("pk"))
    due = (
        lines.order_by()
        .annotate(
            requested=Coalesce("requested_on", "order__requested_on"),
            place=Coalesce("order__producing_location_id", "order__selling_location_id"),
        )
        .filter(
            Q(requested__range=(first, last)) | Q(first_confirmed_on__range=(first, last)) | Q(confirmed_on__range=(first, last))
        )
        .values_list(
            "pk", "quantity", "delivered_quantity", "delivered_on", "first_confirmed_on", "confirmed_on", "requested",
            "order__tolerance", "place",
        )
    )  # fmt: skip
    try:
        words, parameters = due.query.sql_with_params()
    except EmptyResultSet:  # whoever sees no order at all
        return found
    windows = list(_windows(first, last))
    columns = [[window[column] for window in windows] for column in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(lines=words), [*parameters, *columns, first, last])
        for name, month, *counts in cursor.fetchall():
            found[name][month] = Kept(*counts)
    return found


def _windows(first: date, last: date) -> Iterable[tuple[int, date, date]]:
    """For each location and day, from which day on a delivery that is due then may come."""
    for location in Location.objects.select_related("calendar"):
        early = int(parameter("orders.otif_early_days", [f"location:{location.pk}"]))
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            yield location.pk, day, add_working_days(day, -early, location.calendar)


def whole(months: dict[date, Kept]) -> Kept:
    """The months of a basis together."""
    found = Kept()
    for one in months.values():
        found.add(one)
    return found
