"""Cancelling orders and lines of them: with the reason, and with what is charged for, which the sales manager decides (domain 4.2)."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role
from kam.core import clock
from kam.core.money import minor_unit
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, hands_of, withdraw_work
from kam.core.workflow import Denied
from orders.actions.order_intake import book_intake
from orders.actions.order_papers import contents_of, issue_paper, line_contents, plain
from orders.actions.order_progress import derive, keep_value, live_lines
from orders.models import Order, OrderCancellation, OrderIntake, OrderLine, OrderPaper, kept_elsewhere

DECIDE = define_work("decide_cancellation", _("Decide on %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
DECIDED = define_notification("cancellation_decided", _("A cancellation that you asked for is decided"))
#: From receipt until everything is delivered; of what was shipped in part the rest can be cancelled.
CANCELLABLE = (*Order.BEFORE, *Order.RUNNING, Order.Status.CHANGE_REQUESTED, Order.Status.ON_HOLD)


def why_not_cancelled(order: Order) -> Denied | None:
    """Why nothing of an order can be cancelled, or None."""
    elsewhere = kept_elsewhere(order)
    if elsewhere is not None:
        return elsewhere
    if order.status not in CANCELLABLE:
        return Denied("not_to_be_cancelled", _("Only an order that is not delivered yet is cancelled."))
    if order.cancellations.filter(state=OrderCancellation.State.ASKED).exists():
        return Denied("cancellation_asked", _("A cancellation of this order waits for the sales manager already."))
    return None


@verb("orders.cancel_order", pgettext_lazy("order", "Cancel"))
def cancel_order(
    order: Order,
    *,
    actor: Any,
    reason: str = "",
    cause: str = "",
    lines: Sequence[OrderLine] = (),
    work_charge: Decimal = Decimal(0),
    material_charge: Decimal = Decimal(0),
    sent_to: str = "",
    by_mail: bool = False,
) -> OrderCancellation:
    """Cancel an order, or these lines of it, with the reason; what is charged for work and material goes to the sales manager first.

    The customer gets a notice when it is done, if somebody is named to whom it goes. Raises Denied for what was shipped.
    """
    denied = why_not_cancelled(order)
    if denied is not None:
        raise denied
    if cause not in OrderCancellation.Reason.values:
        raise Denied("cause", _("Say why it is cancelled."), field="cause", status=400)
    charges = {"work_charge": work_charge or Decimal(0), "material_charge": material_charge or Decimal(0)}
    for name, value in charges.items():
        if value < 0 or value != value.quantize(minor_unit(order.currency)):
            raise Denied("charge", _("A charge is an amount of money, not below zero."), field=name, status=400)
    chosen = _chosen(order, lines)
    cancellation: OrderCancellation = order.cancellations.create(
        cause=cause, note=reason.strip()[:400], asked_by=actor, **charges
    )
    cancellation.lines.set(chosen)
    cancellation.refresh_from_db()
    if cancellation.charge:
        due = clock.now() + timedelta(days=3)
        to, people = f"role:{Role.SALES_MANAGER}", [actor] if actor is not None else []
        assign_work(cancellation, DECIDE, to=to, actor=actor, due=due, excluded=people)
    else:
        _carry_out(cancellation, actor=actor, sent_to=sent_to, by_mail=by_mail)
    return cancellation


def _chosen(order: Order, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """The lines that are cancelled: those named, else all that nothing was shipped of. Raises Denied."""
    mine = {line.pk: line for line in live_lines(order)}
    if any(line.pk not in mine for line in lines):
        raise Denied("line_of_another", _("Choose a line of this order."), field="lines", status=400)
    chosen = [mine[line.pk] for line in lines] or [line for line in mine.values() if not line.delivered_quantity]
    if any(line.delivered_quantity for line in chosen):
        raise Denied("line_shipped", _("Something of this line was shipped. Ask for a smaller quantity instead."), field="lines")
    if not chosen and mine:
        raise Denied("line_shipped", _("Something of every line was shipped. Ask for smaller quantities instead."), field="lines")
    return chosen


def _carry_out(cancellation: OrderCancellation, *, actor: Any, sent_to: str = "", by_mail: bool = False) -> None:
    """Cancel the lines, and the order with its last line; the intake goes down by what they were worth."""
    order, chosen = cancellation.order, list(cancellation.lines.all())
    rest = [line_contents(line) for line in chosen]
    for line in chosen:
        line.status = OrderLine.Status.CANCELLED
        line.save()
    whole = not order.lines.live().exists()
    if whole:
        order.status, order.held_from, order.waiting_customer = Order.Status.CANCELLED, "", False
        order.ended_reason = str(cancellation.note or cancellation.get_cause_display())[:400]
    elif order.status in Order.RUNNING:
        derive(order)
    keep_value(order)
    order.save()
    cancellation.state, cancellation.decided_by, cancellation.decided_at = (
        OrderCancellation.State.DONE, actor if cancellation.charge else None, clock.now(),
    )  # fmt: skip
    cancellation.save()
    book_intake(order, OrderIntake.Kind.CANCELLED)
    if whole:
        withdraw_work(order, actor=actor, reason=order.ended_reason)
    if sent_to.strip() and order.number:
        contents = contents_of(order, rest, charge=plain(cancellation.charge), cause=cancellation.cause)
        issue_paper(
            order, OrderPaper.Kind.CANCELLATION, actor=actor, contents=contents, sent_to=sent_to, by_mail=by_mail
        )  # fmt: skip


@verb("orders.approve_cancellation", pgettext_lazy("cancellation", "Approve"))
def approve_cancellation(
    cancellation: OrderCancellation, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False
) -> OrderCancellation:
    """Approve a cancellation that is charged for, and carry it out. Nobody approves their own; what was shipped since is refused."""
    _decidable(cancellation, actor, "orders.approve_cancellation")
    order = Order.objects.locked().get(pk=cancellation.order_id)
    if order.status not in CANCELLABLE or any(line.delivered_quantity for line in cancellation.lines.all()):
        raise Denied("line_shipped", _("Something of it was shipped meanwhile. Decline it and ask anew."))
    cancellation.order = order
    _carry_out(cancellation, actor=actor, sent_to=sent_to, by_mail=by_mail)
    _close(cancellation, actor, "approved")
    return cancellation


@verb("orders.decline_cancellation", pgettext_lazy("cancellation", "Decline"))
def decline_cancellation(cancellation: OrderCancellation, *, actor: Any, reason: str = "") -> OrderCancellation:
    """Decline a cancellation, and say why; the order goes on."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is declined."), field="reason", status=400)
    _decidable(cancellation, actor, "orders.decline_cancellation")
    cancellation.state = OrderCancellation.State.DECLINED
    cancellation.decided_by, cancellation.decided_at = actor, clock.now()
    cancellation.save()
    _close(cancellation, actor, "declined")
    return cancellation


def _decidable(cancellation: OrderCancellation, actor: Any, code: str) -> None:
    denied = OrderCancellation.workflow.why_not(cancellation, code)
    if denied is not None:
        raise denied
    if cancellation.asked_by_id in hands_of(actor).people:
        raise Denied("own_cancellation", _("Whoever asked for it does not decide it. Another person does."), status=403)


def _close(cancellation: OrderCancellation, actor: Any, said: str) -> None:
    close_work(cancellation, DECIDE, actor=actor)
    person = cancellation.asked_by
    notify(DECIDED, cancellation, to=[person] if person else [], occasion=said, actor=actor)
