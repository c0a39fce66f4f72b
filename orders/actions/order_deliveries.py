"""Carrying orders out: lines produced, delivered with their delivery notes, in part where that is agreed, and orders closed (domain 4.2)."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.order_confirming import waits_for_nobody
from orders.actions.order_progress import Rows, derive, limit_of, live_lines, refuse_blocked, rows_by_line, stand_of
from orders.models import BlockKind, Order, OrderDelivery, OrderLine, kept_elsewhere

#: What stops goods on their way out, and what stops an order from being closed.
STOPS_DELIVERY = (BlockKind.CREDIT, BlockKind.DELIVERY, BlockKind.TECHNICAL, BlockKind.COMPLIANCE, BlockKind.REVIEW)
STOPS_CLOSING = (BlockKind.COMPLAINT, BlockKind.PRICE, BlockKind.BILLING)


def why_not_carried_out(order: Order) -> Denied | None:
    """Why nothing of an order is produced or delivered now, or None."""
    elsewhere = kept_elsewhere(order)
    if elsewhere is not None:
        return elsewhere
    if order.status not in Order.RUNNING:
        return Denied("not_confirmed", _("Only an order that is confirmed is produced and delivered."))
    if order.kind == Order.Kind.FRAME:
        return Denied("frame_order", _("A frame order is delivered by its call-offs."))
    return waits_for_nobody(order)


@verb("orders.start_order", _("Produced"))
def start_order(order: Order, *, actor: Any, reason: str = "", lines: Rows = ()) -> Order:
    """Note that lines are produced, all that are confirmed unless some are named; twice changes nothing. Raises Denied."""
    denied = why_not_carried_out(order)
    if denied is not None:
        raise denied
    told = list(rows_by_line(order, lines, ())) or live_lines(order)
    for line in told:
        if line.status == OrderLine.Status.CONFIRMED:
            line.status = OrderLine.Status.PRODUCED
            line.save()
    derive(order)
    order.save()
    return order


@verb("orders.deliver_order", _("Deliver"))
def deliver_order(
    order: Order, *, actor: Any, reason: str = "", note_number: str = "", delivered_on: date | None = None, lines: Rows = ()
) -> Order:
    """Note what was delivered with one delivery note: of each line what is still open, or the quantities that are named.

    The same note again changes nothing. Raises Denied for more than was ordered and tolerated, for a part where no partial
    delivery was agreed, while a block stops it, and while the customer has not agreed to the confirmation.
    """
    number, day = note_number.strip()[:40], delivered_on or clock.today()
    if not number:
        raise Denied("no_note", _("Give the number of the delivery note."), field="note_number", status=400)
    if day > clock.today():
        raise Denied("future_date", _("This day has not come yet."), field="delivered_on", status=400)
    told = rows_by_line(order, lines, {"quantity"})
    noted = {one.line_id: one for one in order.deliveries.filter(note_number=number)}
    if noted and _same(noted, told, day):
        return order
    denied = why_not_carried_out(order)
    if denied is not None:
        raise denied
    refuse_blocked(order, STOPS_DELIVERY)
    if noted:
        text = _("This delivery note was noted with other quantities already. Give another number.")
        raise Denied("note_again", text, field="note_number")
    open_lines = [line for line in live_lines(order) if line.confirmed_on and line.open_quantity > 0]
    chosen = told or {line: {} for line in open_lines}
    if not chosen:
        raise Denied("nothing_open", _("Everything that was confirmed is delivered."))
    rows = [_delivery(order, line, values, place) for place, (line, values) in enumerate(chosen.items())]
    for row in rows:
        row.note_number, row.delivered_on, row.noted_by = number, day, actor
        row.save(force_insert=True)
        _note_on(row.line, day)
    if not order.partial_allowed and not all(line.status in (Line.SHIPPED, Line.INVOICED) for line in live_lines(order)):
        raise Denied("no_partial", _("No partial delivery was agreed. Deliver everything with one note."), field="lines")
    derive(order)
    order.save()
    return order


Line = OrderLine.Status


def _same(noted: dict[int, OrderDelivery], told: dict[OrderLine, dict[str, Any]], day: date) -> bool:
    """Whether a delivery note says again what was noted of it."""
    if any(one.delivered_on != day for one in noted.values()):
        return False
    said = {line.pk: values.get("quantity") for line, values in told.items()}
    return not said or said == {key: one.quantity for key, one in noted.items()}


def _delivery(order: Order, line: OrderLine, values: dict[str, Any], place: int) -> OrderDelivery:
    """One line of a delivery, not yet written. Raises Denied at its field."""
    at = f"lines.{place}."
    if line.status not in (*OrderLine.BACKLOG, Line.SHIPPED):
        text = _("Position %(position)s is not confirmed, or everything of it is done.") % {"position": line.position}
        raise Denied("line_not_confirmed", text, field=f"{at}line", status=400)
    quantity: Decimal = values.get("quantity") or line.open_quantity
    if quantity <= 0:
        raise Denied("above_zero", _("A quantity lies above zero."), field=f"{at}quantity", status=400)
    if line.delivered_quantity + quantity > limit_of(line):
        text = _("This is more than was ordered of position %(position)s.") % {"position": line.position}
        raise Denied("too_much", text, field=f"{at}quantity", status=400)
    return OrderDelivery(order=order, line=line, quantity=quantity)


def _note_on(line: OrderLine, day: date) -> None:
    """Note a delivery on its line."""
    line.delivered_quantity = sum((one.quantity for one in line.deliveries.all()), Decimal(0))
    line.delivered_on = max(day, line.delivered_on or day)
    line.status = stand_of(line)
    line.save()


def why_not_closed(order: Order) -> Denied | None:
    """Why an order cannot be closed, or None: everything invoiced, no open complaint about quantity or price."""
    denied = Order.workflow.why_not(order, "orders.close_order")
    if denied is not None:
        return denied
    try:
        refuse_blocked(order, STOPS_CLOSING)
    except Denied as blocked:
        return blocked
    return None


@verb("orders.close_order", _("Close"))
def close_order(order: Order, *, actor: Any, reason: str = "") -> Order:
    """Close an order of which every line is invoiced or cancelled, and that no block keeps open. Raises Denied."""
    denied = why_not_closed(order)
    if denied is not None:
        raise denied
    Order.workflow.move(order, "orders.close_order")
    order.save()
    return order


def close_orders() -> int:
    """Close every order that is invoiced and kept open by nothing; answers how many. Twice without harm."""
    closed = 0
    for order in Order.objects.filter(status=Order.Status.INVOICED).order_by("pk"):
        with suppress(Denied):  # a block keeps it open, or somebody was faster
            close_order(order, actor=None)
            closed += 1
    return closed
