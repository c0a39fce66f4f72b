"""The lines behind a bar of the cockpit: what is promised and late or due in a month, and what was booked as intake in one."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from orders.models import Order, OrderIntake, OrderLine

CENT = Decimal("0.01")
#: The bars that lead to lines, with the words above these.
BARS: dict[str, Any] = {"late": _("Past due"), "backlog": _("Backlog"), "intake": _("Order intake")}


@dataclass(frozen=True)
class Behind:
    """One line: the order, its position and article, the day that counts, and by how much it makes the bar longer."""

    order: Order
    position: int
    product: Any
    day: date
    worth: Decimal


def lines_behind(reader: Any, bar: str, month: date | None, start: int, count: int) -> list[Behind]:
    """So many of the lines behind a bar from a place on; all together they are worth what the bar says."""
    last = month and month.replace(day=monthrange(month.year, month.month)[1])
    if bar == "intake":
        booked = OrderIntake.objects.visible_to(reader).for_list().filter(day__range=(month, last)).order_by("-day", "-pk")
        return [Behind(one.order, one.position, one.product, one.day, one.base_net) for one in booked[start : start + count]]
    left = OrderLine.objects.visible_to(reader).filter(status__in=OrderLine.BACKLOG, delivered_quantity__lt=F("quantity"))
    today = clock.today()
    rows = left.filter(confirmed_on__lt=today) if month is None else left.filter(confirmed_on__range=(max(month, today), last))
    rows = rows.select_related("order__plant__customer", "product").order_by("confirmed_on", "pk")
    return [Behind(one.order, one.position, one.product, one.confirmed_on, _open(one)) for one in rows[start : start + count]]


def _open(line: OrderLine) -> Decimal:
    """What is still to be delivered of a line, in the group's currency, rounded as the totals are."""
    order = line.order
    rate = order.base_net / order.net if order.net > 0 else Decimal(0)
    worth: Decimal = (line.quantity - line.delivered_quantity) * (line.amount or 0) / line.quantity * rate
    return worth.quantize(CENT, ROUND_HALF_UP)
