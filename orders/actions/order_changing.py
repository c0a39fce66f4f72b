"""What sends an order back to its review: a change of any guarded field, with its difference kept, and a confirmation refused (domain 4.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.assignments import account_manager_of
from catalog.actions.rows import refuse
from kam.core import clock
from kam.core.documents import Document
from kam.core.notifications import define_notification, notify
from kam.core.shape import refuse_misshapen
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals
from orders.actions.order_intake import book_intake
from orders.actions.order_papers import day_of, plain
from orders.actions.order_progress import Rows, keep_value, live_lines, rows_by_line
from orders.actions.order_review import reopen_review
from orders.models import Order, OrderChange, OrderConfirmation, OrderIntake, OrderLine

REFUSED = define_notification("confirmation_refused", _("A customer did not agree to a confirmation"))

#: What of a line and of the header may be asked to be different; each opens the review again.
OF_A_LINE = ("product", "quantity", "price", "price_unit", "requested_on", "part_revision")
OF_THE_HEAD = ("payment_term", "incoterms", "incoterms_place", "requested_on", "certificates", "own_terms")


@verb("orders.request_change", _("Request a change"))
def request_change(
    order: Order,
    *,
    actor: Any,
    reason: str = "",
    received_on: date | None = None,
    reference: str = "",
    cause: str = OrderChange.Cause.CUSTOMER,
    document: Document | None = None,
    lines: Rows = (),
    **head: Any,
) -> Order:
    """Write down what is to be different in an order that was reviewed; the review of the touched lines begins anew.

    The confirmation that stands stays readable; the next one is its following revision. A quantity below what was delivered,
    and a change that changes nothing, are refused. Raises Denied.
    """
    Order.workflow.move(order, "orders.request_change")
    received_on = received_on or clock.today()
    _check_stated(order, received_on, cause, document)
    told = rows_by_line(order, lines, OF_A_LINE)
    differences = _changed_head(order, head)
    touched = []
    for place, (line, values) in enumerate(told.items()):
        found = _changed_line(line, values, f"lines.{place}.")
        if found:
            touched.append(line)
            differences += found
    if not differences:
        raise Denied("no_change", _("This is what the order says already. Say what is to be different."), status=400)
    order.changes.create(
        number=order.changes.count() + 1,
        cause=cause,
        reference=reference.strip()[:35],
        received_on=received_on,
        note=reason.strip()[:400],
        differences=differences,
        document=document,
        asked_by=actor,
    )
    everything = any(row["position"] is None for row in differences)
    for line in touched:
        line.save()
    keep_value(order)
    order.save()
    book_intake(order, OrderIntake.Kind.CHANGED)
    reopen_review(order, list(order.lines.live()) if everything else touched, differences, actor=actor)
    return order


def _check_stated(order: Order, received_on: date, cause: str, document: Document | None) -> None:
    """What is said about the change itself. Raises Denied."""
    if cause not in OrderChange.Cause.values:
        raise Denied("cause", _("Say who asked for the change."), field="cause", status=400)
    if received_on > clock.today():
        raise Denied("future_date", _("This day has not come yet."), field="received_on", status=400)
    if document is not None and not Document.objects.about(order).filter(pk=document.pk).exists():
        raise Denied("document_of_another", _("Choose a document of this order."), field="document", status=400)


def _changed_head(order: Order, head: dict[str, Any]) -> list[dict[str, Any]]:
    """Set what differs in the header; answers the differences. Raises Denied."""
    for name in head:
        if name not in OF_THE_HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    found = []
    for name, value in head.items():
        before = getattr(order, name)
        if value is not None and said(value) != said(before):
            setattr(order, name, value)
            found.append({"position": None, "field": name, "before": said(before), "after": said(value)})
    if found:
        _check_shape(order, list(head))
    return found


def _changed_line(line: OrderLine, values: dict[str, Any], at: str) -> list[dict[str, Any]]:
    """Set what differs in a line; answers the differences. Raises Denied at the fields."""
    if line.status in {OrderLine.Status.CANCELLED, OrderLine.Status.SHIPPED, OrderLine.Status.INVOICED}:
        text = _("Position %(position)s is delivered or cancelled and stays as it is.") % {"position": line.position}
        raise Denied("line_over", text, field=f"{at}line", status=400)
    found = []
    for name, value in values.items():
        before = getattr(line, name)
        if said(value) != said(before):
            setattr(line, name, value)
            found.append({"position": line.position, "field": name, "before": said(before), "after": said(value)})
    if line.quantity is not None and line.quantity < line.delivered_quantity:
        text = _("More of position %(position)s was delivered already.") % {"position": line.position}
        raise Denied("quantity", text, field=f"{at}quantity", status=400)
    if found:
        _check_shape(line, list(values), at)
    return found


def _check_shape(row: Any, names: list[str], at: str = "") -> None:
    """Refuse what does not fit the fields of a row, each fault at its field."""
    try:
        refuse_misshapen(row, names)
    except Refusals as found:
        refuse([Denied(one.code, one.message, field=at + one.field, status=one.status) for one in found.refusals])


def said(value: Any) -> str:
    """A value as it is kept and told in a difference: figures plain, days as such, records by their name."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return plain(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return day_of(value)
    return str(value) if value is not None else ""


@verb("orders.refuse_confirmation", pgettext_lazy("confirmation", "The customer does not agree"))
def refuse_confirmation(confirmation: OrderConfirmation, *, actor: Any, reason: str = "") -> OrderConfirmation:
    """Note that the customer did not agree to a confirmation with variations, and why; there is no contract, and the order is reviewed again."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say what the customer answered."), field="reason", status=400)
    OrderConfirmation.workflow.move(confirmation, "orders.refuse_confirmation")
    confirmation.agreed_note = reason.strip()[:400]
    confirmation.save()
    order = Order.objects.locked().get(pk=confirmation.order_id)
    order.waiting_customer, order.status = False, Order.Status.CHANGE_REQUESTED
    reopen_review(order, live_lines(order), [], actor=actor)
    leader = account_manager_of(order.customer, clock.today())
    people = {one.pk: one for one in (confirmation.confirmed_by, leader) if one is not None}
    notify(REFUSED, order, to=people.values(), occasion=f"revision {confirmation.revision}", actor=actor)
    return confirmation
