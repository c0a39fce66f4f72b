"""Taking over what an ERP lists of a location that imports: its open orders with their schedule lines, and its deliveries.

They are written in sets; every rule that a row can break is checked by the kinds of import (excel/open_orders, excel/deliveries).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Location
from kam.core import clock
from kam.core.import_kinds import Change, Plan, write_plan
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.order_progress import in_base, least_of
from orders.models import InvoiceSource, Order, OrderDelivery, OrderLine, OrderList, OrderSchedule
from orders.models.sources import KAM

Line = OrderLine.Status


class Instalments(tuple[tuple[date, Decimal], ...]):
    """The schedule lines of a position: how much on which day."""

    __slots__ = ()

    def __str__(self) -> str:
        return " · ".join(f"{day.isoformat()}: {quantity.normalize():f}" for day, quantity in self)


@dataclass
class ListedOrders:
    """What a list changes: new orders and lines (a line names its order by `number`), and fields of those that are known."""

    new_orders: list[Change] = field(default_factory=list)
    orders: list[Change] = field(default_factory=list)
    new_lines: list[Change] = field(default_factory=list)
    lines: list[Change] = field(default_factory=list)


def source_fault(location: Location, system: str, day: date) -> Denied | None:
    """Why orders of this system are not those of a location: it invoices here, or another system does (never both).

    A location of which nobody said so is declared by the first list that it imports.
    """
    source = InvoiceSource.objects.of(location, day)
    if system != KAM and (source.system == system if source else not location.invoice_sources.exists()):
        return None
    text = _("the system that is declared as the location's source of invoices: %(system)s")
    return Denied("other_source", text % {"system": source.system if source else "–"}, field="system")


def order_list_fault(held: OrderList | None, as_of: date) -> Denied | None:
    """Why a list of this day cannot be taken over."""
    if as_of > clock.today():
        return Denied("future_list", gettext_lazy("A list cannot be of a day to come."), field="as_of")
    if held is not None and as_of < held.as_of:
        text = _("KAM has the list of %(day)s already, which is later.")
        return Denied("older_list", text % {"day": held.as_of.isoformat()}, field="as_of")
    return None


def stand_of_listed(line: OrderLine, *, over: bool) -> str:
    """Where a line of an ERP stands: by what was delivered; one that is over is shipped, or cancelled where nothing was."""
    if over:
        return Line.SHIPPED if line.delivered_quantity else Line.CANCELLED
    if line.delivered_quantity:
        return Line.SHIPPED if line.delivered_quantity >= least_of(line) else Line.SHIPPED_PART
    return Line.CONFIRMED


@verb("orders.record_open_orders", gettext_lazy("Record open orders"))
def record_open_orders(
    model: type[OrderList],
    *,
    actor: Any,
    reason: str = "",
    location: Location,
    system: str,
    as_of: date,
    listed: ListedOrders,
) -> OrderList:
    """Record the list of a location: orders that are new, that changed, and that are over there. Raises Denied."""
    held = model.objects.select_for_update().filter(location=location).first()
    fault = order_list_fault(held, as_of) or source_fault(location, system, as_of)
    if fault is not None:
        raise fault
    if not location.invoice_sources.exists():
        InvoiceSource.objects.create(location=location, system=system, period=(None, None))
    if held is None:
        held = model.objects.create(location=location, system=system, as_of=as_of)
    elif (held.system, held.as_of) != (system, as_of):
        held.system, held.as_of = system, as_of
        held.save()
    # `net` and what stands on the header are in the plan already; `number` and `schedule` lead from a line to its order and instalments.
    made = write_plan(Order, Plan(create=listed.new_orders, update=listed.orders), defaults={"entered_by": actor})
    orders = {order.number: order for order in made}
    _write_lines(listed, orders)
    return held


def _write_lines(listed: ListedOrders, orders: Mapping[str, Order]) -> None:
    new, schedules = [], []
    for change in listed.new_lines:
        values = dict(change.values)
        order, schedule = orders.get(values.pop("number")) or values["order"], values.pop("schedule")
        new.append(OrderLine(**values | {"order": order}))
        schedules.append((new[-1], schedule))
    OrderLine.objects.bulk_create(new, batch_size=1000)
    plain = []
    for change in listed.lines:
        values = {name: value for name, value in change.values.items() if name != "schedule"}
        before = {name: value for name, value in change.before.items() if name != "schedule"}
        plain.append(Change(change.number, change.label, values, change.record, before))
        if "schedule" in change.changed():
            schedules.append((change.record, change.values["schedule"]))
    write_plan(OrderLine, Plan(update=plain))
    _write_schedules(schedules)


def _write_schedules(schedules: Sequence[tuple[OrderLine, Instalments]]) -> None:
    """Let each line have these instalments; one of a day that is named again is changed."""
    held = {
        (one.line_id, one.date): one for one in OrderSchedule.objects.filter(line__in=[line for line, _schedule in schedules])
    }
    new, changed = [], []
    for line, schedule in schedules:
        for day, quantity in schedule:
            one = held.pop((line.pk, day), None)
            if one is None:
                new.append(OrderSchedule(line=line, date=day, quantity=quantity))
            elif one.quantity != quantity:
                one.quantity = quantity
                changed.append(one)
    OrderSchedule.objects.filter(pk__in=[one.pk for one in held.values()]).delete()
    OrderSchedule.objects.bulk_update(changed, ["quantity"], batch_size=1000)
    OrderSchedule.objects.bulk_create(new, batch_size=1000)


@verb("orders.record_deliveries", gettext_lazy("Record deliveries"))
def record_deliveries(
    order_list: OrderList,
    *,
    actor: Any,
    reason: str = "",
    new: Sequence[Change] = (),
    changed: Sequence[Change] = (),
    gone: Sequence[OrderDelivery] = (),
) -> OrderList:
    """Record deliveries of the orders that a location's ERP keeps; lines and orders stand where they lead. Raises Denied."""
    OrderDelivery.objects.filter(pk__in=[one.pk for one in gone]).delete()
    write_plan(OrderDelivery, Plan(create=list(new), update=list(changed)), defaults={"noted_by": actor})
    lines = {change.values["line"].pk for change in new} | {change.record.line_id for change in changed}
    note_deliveries(lines | {one.line_id for one in gone})
    return order_list


def note_deliveries(keys: Iterable[int]) -> None:
    """Let lines of an ERP's orders, and these orders, stand where the deliveries of the lines lead."""
    sums = (
        OrderDelivery.objects.filter(line__in=keys)
        .order_by()
        .values("line")
        .annotate(of=Sum("quantity"), last=Max("delivered_on"))
    )
    delivered = {row["line"]: row for row in sums}
    lines = list(OrderLine.objects.filter(pk__in=keys).select_related("order").order_by("pk").select_for_update(of=("self",)))
    changed = []
    for line in lines:
        before = (line.delivered_quantity, line.delivered_on, line.status)
        found = delivered.get(line.pk)
        line.delivered_quantity = found["of"] if found else Decimal(0)
        line.delivered_on = found["last"] if found else None
        line.status = stand_of_listed(line, over=line.order.status in Order.OVER or line.status == Line.CANCELLED)
        if before != (line.delivered_quantity, line.delivered_on, line.status):
            changed.append(line)
    OrderLine.objects.bulk_update(changed, ["delivered_quantity", "delivered_on", "status"], batch_size=1000)
    orders = list(Order.objects.filter(pk__in={line.order_id for line in changed}).order_by("pk").select_for_update(of=("self",)))
    derive_listed(orders)


def derive_listed(orders: Sequence[Order]) -> None:
    """Let orders of an ERP stand where their lines stand; those that are over there stay so, closed once anything was delivered."""
    stands: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(order__in=orders):
        stands.setdefault(line.order_id, []).append(line)
    changed = []
    for order in orders:
        before = (order.status, order.ended_reason, order.net, order.base_net)
        lines = stands.get(order.pk, [])
        head_of_lines(order, lines, over=order.status in Order.OVER)
        net = sum((line.amount or Decimal(0) for line in lines if line.status != Line.CANCELLED), Decimal(0))
        if net != order.net:
            order.net, order.base_net = net, in_base(order, net)
        if before != (order.status, order.ended_reason, order.net, order.base_net):
            changed.append(order)
    Order.objects.bulk_update(changed, ["status", "ended_reason", "net", "base_net"], batch_size=1000)


def head_of_lines(order: Order, lines: Sequence[OrderLine], *, over: bool) -> None:
    """Set what an order of an ERP says by its lines: where it stands, why it ended."""
    live = {line.status for line in lines if line.status != Line.CANCELLED}
    if not live:
        order.status = Order.Status.CANCELLED
    elif over:
        order.status = Order.Status.CLOSED
    elif live == {Line.SHIPPED}:
        order.status = Order.Status.DELIVERED
    elif live & {Line.SHIPPED, Line.SHIPPED_PART}:
        order.status = Order.Status.PARTIALLY_DELIVERED
    else:
        order.status = Order.Status.CONFIRMED
    ended = order.status == Order.Status.CANCELLED
    order.ended_reason = _("The list of %(system)s does not name it any more.") % {"system": order.system} if ended else ""
