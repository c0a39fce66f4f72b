"""How well orders are kept: the lines that were due, on time and in full, on three bases (K-O1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.calendars import add_working_days, is_working_day
from kam.core.parameters import define, parameter
from orders.models import OrderTotal

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
DUE = """
SELECT substr(cell.figure, 5), date_trunc('month', cell.day)::date AS month, sum(cell.count), sum(cell.count) FILTER (WHERE on_time.yes),
    sum(cell.count) FILTER (WHERE cell.in_full), sum(cell.count) FILTER (WHERE on_time.yes AND cell.in_full)
FROM ({cells}) AS cell (figure, day, early, in_full, place, count)
JOIN unnest(%s::bigint[], %s::date[], %s::date[]) AS window_of (place, day, since) ON window_of.place = cell.place AND window_of.day = cell.day
CROSS JOIN LATERAL (SELECT coalesce(cell.early >= 0 AND cell.day - cell.early >= window_of.since, false) AS yes) AS on_time
GROUP BY 1, 2 HAVING sum(cell.count) <> 0 ORDER BY 1, 2
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


def otif(reader: Any, first: date, last: date) -> dict[str, dict[date, Kept]]:
    """Lines due from a day to a day, by basis and month, whether they were delivered or not (AT-25); as far as one sees the orders.

    On time is from a few working days before the day to that day, by the calendar of the location that delivers. In full is the
    quantity ordered, within the order's tolerance; more is not in full. What was never promised fails where promises count.
    Left out are frame orders, whose call-offs are delivered, and what stays inside the group.
    """
    found: dict[str, dict[date, Kept]] = {name: {} for name in BASES}
    cells = OrderTotal.objects.visible_to(reader).filter(figure__in=[f"due:{name}" for name in BASES], day__range=(first, last))
    columns = cells.order_by().values_list("figure", "day", "early", "in_full", "producing_location_id", "count")
    try:
        words, parameters = columns.query.sql_with_params()
    except EmptyResultSet:  # whoever sees no order at all
        return found
    windows = list(_windows(first, last))
    asked = [[window[column] for window in windows] for column in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(DUE.format(cells=words), [*parameters, *asked])
        for name, month, *counts in cursor.fetchall():
            found[name][month] = Kept(*(int(count or 0) for count in counts))
    return found


def _windows(first: date, last: date) -> Iterable[tuple[int, date, date]]:
    """For each location and day, from which day on a delivery that is due then may come."""
    for location in Location.objects.select_related("calendar"):
        early = max(int(parameter("orders.otif_early_days", [f"location:{location.pk}"])), 0)
        day, worked = add_working_days(first, -early, location.calendar), list[date]()
        while day <= last:  # each day is looked up once, not again from every day that follows it
            if day >= first:
                yield location.pk, day, worked[-early] if early else day
            if is_working_day(day, location.calendar):
                worked.append(day)
            day += timedelta(days=1)


def whole(months: dict[date, Kept]) -> Kept:
    """The months of a basis together."""
    found = Kept()
    for one in months.values():
        found.add(one)
    return found
