"""What the lines of an order say about its header, which lines an action is about, and the value that is kept with them (domain 4.2)."""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.money import convert
from kam.core.workflow import Denied
from orders.models import Order, OrderLine

Rows = Sequence[dict[str, Any]]
Line = OrderLine.Status
#: Lines of which everything has left the house.
GONE = (Line.SHIPPED, Line.INVOICED)


def rows_by_line(order: Order, rows: Rows, names: Collection[str]) -> dict[OrderLine, dict[str, Any]]:
    """What is told about lines of this order, by line; each once, and only with these names. Raises Denied at the row."""
    mine = {line.pk: line for line in order.lines.select_related("product").order_by("position")}
    found: dict[OrderLine, dict[str, Any]] = {}
    for place, row in enumerate(rows):
        named = row.get("line")
        line = mine.get(int(getattr(named, "pk", named) or 0))
        if line is None:
            raise Denied("line_of_another", _("Choose a line of this order."), field=f"lines.{place}.line", status=400)
        line.order = order
        if line in found:
            raise Denied("line_twice", _("Name each line once."), field=f"lines.{place}.line", status=400)
        found[line] = {name: value for name, value in row.items() if name in names and value is not None}
    return found


def live_lines(order: Order) -> list[OrderLine]:
    """The lines that were not cancelled, by position."""
    lines = list(order.lines.live().select_related("product").order_by("position"))
    for line in lines:
        line.order = order
    return lines


def limit_of(line: OrderLine) -> Decimal:
    """The most that may be delivered of a line: what was ordered and the order's tolerance."""
    return Decimal(line.quantity * (100 + line.order.tolerance) / 100)


def least_of(line: OrderLine) -> Decimal:
    """From which quantity on a line is delivered in full: what was ordered less the order's tolerance."""
    return Decimal(line.quantity * (100 - line.order.tolerance) / 100)


def stand_of(line: OrderLine) -> str:
    """Where a confirmed line stands by its quantities."""
    full = line.delivered_quantity >= least_of(line)
    if full and line.invoiced_quantity >= line.delivered_quantity:
        return Line.INVOICED
    if line.delivered_quantity:
        return Line.SHIPPED if full else Line.SHIPPED_PART
    return Line.PRODUCED if line.status == Line.PRODUCED else Line.CONFIRMED


def derive(order: Order) -> None:
    """Set the header where its lines stand, from confirmed to invoiced; what is held, closed or over stays. The caller saves."""
    stands = set(order.lines.live().values_list("status", flat=True))
    if not stands:
        order.status = Order.Status.CANCELLED
    elif stands <= {Line.INVOICED}:
        order.status = Order.Status.INVOICED
    elif stands <= set(GONE):
        order.status = Order.Status.DELIVERED
    elif stands & {*GONE, Line.SHIPPED_PART}:
        order.status = Order.Status.PARTIALLY_DELIVERED
    elif Line.PRODUCED in stands:
        order.status = Order.Status.IN_PROGRESS
    else:
        order.status = Order.Status.CONFIRMED


def keep_value(order: Order) -> None:
    """Keep what the lines that are not cancelled are worth, in the order's currency and the group's; the caller saves.

    It keeps the rate of the day on which the customer ordered.
    """
    order.net = sum((line.amount or Decimal(0) for line in order.lines.live()), Decimal(0))
    order.base_net = in_base(order, order.net)


def in_base(order: Order, amount: Decimal) -> Decimal:
    """An amount of an order in the group's currency, by the rate of the day on which the customer ordered."""
    on = min(order.customer_date or clock.today(), clock.today())
    return convert(amount, order.currency, settings.BASE_CURRENCY, on=on).amount


def refuse_blocked(order: Order, kinds: Collection[str], but: Callable[[Any], bool] = lambda _block: False) -> None:
    """Refuse what a block of these kinds stops. Raises Denied."""
    block = next((one for one in order.blocks.active().filter(kind__in=kinds).order_by("pk") if not but(one)), None)
    if block is not None:
        text = _("The order is blocked (%(kind)s). Whoever may lift the block has to lift it first.")
        raise Denied("blocked", text % {"kind": block.get_kind_display()})
