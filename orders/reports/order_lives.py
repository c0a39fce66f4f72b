"""Figures of the life of orders: order intake by month, contracts that are not concluded, damages that are at stake."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractMonth

from orders.models import DelayedLine, Order, OrderChange, OrderIntake, OrderLine

MONTHS = range(1, 13)


def intake_by_month(rows: QuerySet[OrderIntake], year: int) -> list[dict[str, Any]]:
    """Order intake of each month of a year in the group's currency: registered, changed, cancelled, together, and how many orders (K-S6)."""
    found: dict[int, Any] = {
        row["month"]: row
        for row in rows.filter(day__year=year)
        .order_by()
        .annotate(month=ExtractMonth("day"))
        .values("month")
        .annotate(
            orders=Count("order", distinct=True, filter=Q(kind="registered")),
            net=Sum("base_net"),
            **{kind: Sum("base_net", filter=Q(kind=kind)) for kind in OrderIntake.Kind.values},
        )
    }
    names = ("orders", *OrderIntake.Kind.values, "net")
    return [{"month": month} | {name: found.get(month, {}).get(name) or Decimal(0) for name in names} for month in MONTHS]


def damages_at_stake(order: Any) -> Decimal:
    """What is owed for the delays of an order as they stand: of each line the last one, where the line was not delivered in time since."""
    last: dict[int, DelayedLine] = {}
    for row in DelayedLine.objects.filter(delay__order=order).select_related("line").order_by("delay__number"):
        last[row.line_id] = row
    return sum((row.damages for row in last.values() if row.line.status != "cancelled"), Decimal(0))


def told_of(change: OrderChange) -> list[dict[str, Any]]:
    """The differences of a change with what each field is called."""
    told = []
    for row in change.differences:
        field: Any = (OrderLine if row["position"] else Order)._meta.get_field(row["field"])
        told.append(row | {"label": field.verbose_name})
    return told
