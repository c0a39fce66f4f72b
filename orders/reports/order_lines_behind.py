"""The lines behind a figure of the cockpit: what is promised and late or due in a month, what was booked as intake, what was kept and what not."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.calendars import add_working_days
from kam.core.parameters import parameter
from kam.core.periods import end_of_month, months_later
from orders.models import Order, OrderIntake, OrderLine
from orders.reports.order_service import BASES

CENT = Decimal("0.01")
#: The bars that lead to lines, with the words above these.
BARS: dict[str, Any] = {"late": _("Past due"), "backlog": _("Backlog"), "intake": _("Order intake")}
#: The figures of service, which lead to the lines that were due: of a month, or of the last twelve.
DUE: dict[str, Any] = {f"due_{name}": label for name, label in BASES.items()}


@dataclass(frozen=True)
class Behind:
    """One line: the order, its position and article, the day that counts, and by how much it makes the bar longer."""

    order: Order
    position: int
    product: Any
    day: date
    worth: Decimal
    on_time: bool = False
    in_full: bool = False


def lines_behind(reader: Any, bar: str, month: date | None, start: int, count: int) -> list[Behind]:
    """So many of the lines behind a bar from a place on; all together they are worth what the bar says."""
    if bar in DUE:
        return _lines_due(reader, bar.removeprefix("due_"), month, start, count)
    last = month and month.replace(day=monthrange(month.year, month.month)[1])
    if bar == "intake":
        booked = OrderIntake.objects.visible_to(reader).for_list().filter(day__range=(month, last)).order_by("-day", "-pk")
        return [Behind(one.order, one.position, one.product, one.day, one.base_net) for one in booked[start : start + count]]
    left = OrderLine.objects.visible_to(reader).filter(status__in=OrderLine.BACKLOG, delivered_quantity__lt=F("quantity"))
    today = clock.today()
    rows = left.filter(confirmed_on__lt=today) if month is None else left.filter(confirmed_on__range=(max(month, today), last))
    rows = rows.select_related("order__plant__customer", "product").order_by("confirmed_on", "pk")
    return [Behind(one.order, one.position, one.product, one.confirmed_on, _open(one)) for one in rows[start : start + count]]


def _lines_due(reader: Any, basis: str, month: date | None, start: int, count: int) -> list[Behind]:
    """The lines that were due by a basis, with whether each came on time and in full, as `order_service.otif` counts them."""
    this = clock.today().replace(day=1)
    first, last = (month, end_of_month(month)) if month else (months_later(this, -11), end_of_month(this))
    wanted = Coalesce("requested_on", "order__requested_on")
    rows = OrderLine.objects.visible_to(reader).live().exclude(order__kind__in=[Order.Kind.FRAME, Order.Kind.INTERCOMPANY])
    rows = rows.annotate(due=wanted if basis == "requested" else Coalesce(F(f"{basis}_on"), wanted)).filter(
        due__range=(first, last)
    )
    rows = rows.select_related(
        "order__plant__customer", "order__selling_location__calendar", "order__producing_location__calendar", "product"
    ).order_by("due", "pk")
    return [_due(one) for one in rows[start : start + count]]


def _due(line: Any) -> Behind:
    order = line.order
    early = int(parameter("orders.otif_early_days", [f"location:{order.producer.pk}"]))
    since = add_working_days(line.due, -early, order.producer.calendar)
    came = line.delivered_on if line.delivered_quantity > 0 else None
    most, least = (line.quantity * (100 + sign * order.tolerance) / 100 for sign in (1, -1))
    return Behind(
        order,
        line.position,
        line.product,
        line.due,
        ((line.amount or 0) * _rate(order)).quantize(CENT, ROUND_HALF_UP),
        on_time=came is not None and since <= came <= line.due,
        in_full=least <= line.delivered_quantity <= most,
    )


def _rate(order: Order) -> Decimal:
    return order.base_net / order.net if order.net > 0 else Decimal(0)


def _open(line: OrderLine) -> Decimal:
    """What is still to be delivered of a line, in the group's currency, rounded as the totals are."""
    worth: Decimal = (line.quantity - line.delivered_quantity) * (line.amount or 0) / line.quantity * _rate(line.order)
    return worth.quantize(CENT, ROUND_HALF_UP)
