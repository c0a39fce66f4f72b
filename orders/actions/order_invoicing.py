"""Invoicing orders: what was delivered becomes lines of the sales ledger where the location invoices here, and only a note where an ERP does."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.faults import SalesRefused
from orders.actions.order_progress import Rows, derive, live_lines, refuse_blocked, rows_by_line, stand_of
from orders.actions.sales import record_sales
from orders.actions.staging import stage_sales
from orders.models import (
    BlockKind,
    InvoiceSource,
    LineKind,
    Order,
    OrderInvoice,
    OrderLine,
    SalesBatch,
    SalesDocument,
    kept_elsewhere,
)
from orders.models.sources import KAM

#: Kind of order → what its lines are in the ledger; goods unless told.
KINDS: dict[str, LineKind] = {
    Order.Kind.TOOLING: LineKind.TOOLING,
    Order.Kind.REPAIR: LineKind.REPAIR,
    Order.Kind.FREE_OF_CHARGE: LineKind.FREE_OF_CHARGE,
}


def why_not_invoiced(order: Order) -> Denied | None:
    """Why nothing of an order can be invoiced, or None: only what was delivered is."""
    elsewhere = kept_elsewhere(order)
    if elsewhere is not None:
        return elsewhere
    if not any(line.delivered_quantity > line.invoiced_quantity for line in live_lines(order)):
        return Denied("nothing_delivered", _("Nothing was delivered that is not invoiced."))
    return None


@verb("orders.invoice_order", _("Invoice"))
def invoice_order(
    order: Order, *, actor: Any, reason: str = "", number: str = "", invoiced_on: date | None = None, lines: Rows = ()
) -> Order:
    """Invoice what was delivered, of each line all that is not invoiced or the quantities that are named.

    Where the location invoices here it becomes a document of the sales ledger, with the next number unless one is given; where an
    ERP does, its number is noted and its import brings the ledger's lines. The same number again changes nothing. Raises Denied.
    """
    number, day = number.strip()[:40], invoiced_on or clock.today()
    if day > clock.today():
        raise Denied("future_date", _("This day has not come yet."), field="invoiced_on", status=400)
    told = rows_by_line(order, lines, {"quantity"})
    noted = list(order.invoices.filter(number=number)) if number else []
    if noted:
        said = {line.pk: values.get("quantity") for line, values in told.items()}
        if {one.invoiced_on for one in noted} == {day} and (not said or said == {one.line_id: one.quantity for one in noted}):
            return order
        text = _("This invoice was noted with other quantities already. Give another number.")
        raise Denied("invoice_again", text, field="number")
    denied = why_not_invoiced(order)
    if denied is not None:
        raise denied
    refuse_blocked(order, (BlockKind.BILLING,))
    source = InvoiceSource.objects.of(order.selling_location, day)
    here = source is None or source.system == KAM
    if source is not None and not here and not number:
        text = _("%(system)s invoices for this location. Give the number of its invoice.")
        raise Denied("no_invoice_number", text % {"system": source.system}, field="number", status=400)
    rows = _rows(order, told)
    for row in rows:
        row.invoiced_on, row.noted_by, row.order = day, actor, order
        _note_on(row.line, row.quantity)
    number = number or next_number("INV", location=order.selling_location.code, year=day.year)
    document = _record(order, rows, number, day, actor=actor) if here else None
    for row in rows:
        row.number, row.document = number, document
        row.save(force_insert=True)
    if order.status in (*Order.RUNNING, Order.Status.DELIVERED):
        derive(order)
        order.save()
    return order


def _rows(order: Order, told: dict[OrderLine, dict[str, Any]]) -> list[OrderInvoice]:
    """The lines of an invoice, not yet written. Raises Denied at their fields."""
    chosen = told or {line: {} for line in live_lines(order) if line.delivered_quantity > line.invoiced_quantity}
    rows = []
    for place, (line, values) in enumerate(chosen.items()):
        open_quantity = line.delivered_quantity - line.invoiced_quantity
        quantity: Decimal = values.get("quantity") or open_quantity
        if not 0 < quantity <= open_quantity:
            text = _("Of position %(position)s only what was delivered and not invoiced yet is invoiced.")
            field = f"lines.{place}.quantity"
            raise Denied("too_much", text % {"position": line.position}, field=field, status=400)
        rows.append(OrderInvoice(line=line, quantity=quantity, net=_net(line, quantity)))
    return rows


def _net(line: OrderLine, quantity: Decimal) -> Decimal:
    """What a quantity of a line costs: in proportion, and the last part what is left, so that all parts add up to the cent."""
    amount = line.amount or Decimal(0)

    def upto(part: Decimal) -> Decimal:
        return (amount * part / line.quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)

    return upto(line.invoiced_quantity + quantity) - upto(line.invoiced_quantity)


def _note_on(line: OrderLine, quantity: Decimal) -> None:
    line.invoiced_quantity += quantity
    line.status = stand_of(line)
    line.save()


def _record(order: Order, rows: list[OrderInvoice], number: str, day: date, *, actor: Any) -> SalesDocument:
    """Write an invoice into the sales ledger. Raises Denied with the first fault that the ledger finds."""
    kind = KINDS.get(order.kind, LineKind.GOODS)
    plant = order.destination if order.destination.customer_id == order.customer_id else order.plant
    stated = {
        "system": KAM, "document": number, "document_kind": "invoice", "date": day, "customer": order.customer.code, "plant": plant.code,
        "selling_location": order.selling_location.code, "producing_location": order.producer.code, "currency": order.currency,
        "total": sum((row.net for row in rows), Decimal(0)), "intercompany": order.kind == Order.Kind.INTERCOMPANY,
    }  # fmt: skip
    staged = stage_sales(
        stated
        | {
            "line": str(row.line.position),
            "kind": kind if row.line.product or kind != LineKind.GOODS else LineKind.TOOLING,
            "product": row.line.product.code if row.line.product else None,
            "quantity": row.quantity,
            "unit": row.line.unit,
            "net": row.net,
        }
        for row in rows
    )
    try:
        record_sales(SalesBatch, actor=None, staged=staged, kind=SalesBatch.Kind.ENTRY, origin=f"{order.number} · {number}")
    except SalesRefused as refused:
        fault = refused.faults[0]
        text = _("The ledger does not take this invoice: %(expected)s (%(read)s).")
        raise Denied("ledger_refused", text % {"expected": fault.expected, "read": fault.read}) from refused
    return SalesDocument.objects.get(system=KAM, number=number)
