"""The credit check of orders: what a customer's credit does not cover is blocked, and released by finance alone until a day (AT-52)."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.order_blocks import block_by_check
from orders.models import BlockKind, CreditRelease, Order, OrderBlock
from orders.reports.credit import APART, Exposure, exposure, payer_of

define(
    "orders.release_days", default=30, unit="cd", label=_("For how many days an order may be released beyond the credit limit")
)


def check_credit(order: Order, *, actor: Any = None) -> OrderBlock | None:
    """Block an order that the credit of the company that pays does not cover; None where it may go on.

    Called by a check, whoever acts: of two orders at once the second one sees the first, since the company's row is locked.
    A release holds until its last day, and as long as no more is exceeded or overdue than was released. Raises Denied.
    """
    if order.status in Order.OVER or order.kind in APART:
        return None
    payer = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=payer_of(order).pk)
    found = exposure(payer, order=order)
    if not found.is_blocking or _released(order, found):
        return None
    return block_by_check(order, BlockKind.CREDIT, found)


def _released(order: Order, found: Exposure) -> bool:
    rows = order.credit_releases.valid().filter(currency=found.currency)
    return bool(rows.filter(exceeded__gte=found.exceeded, overdue__gte=found.overdue).exists())


@verb("orders.release_credit", _("Release credit"))
def release_credit(block: OrderBlock, *, actor: Any, reason: str = "", until: date) -> CreditRelease:
    """Let an order go on although the credit does not cover it, with the reason and until a day. Raises Denied."""
    if block.kind != BlockKind.CREDIT:
        raise Denied("no_credit_block", _("Only a block for credit is released; lift this one."))
    if not block.is_active:
        raise Denied("block_over", _("This block does not hold any more."))
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    today = clock.today()
    longest = int(parameter("orders.release_days", [f"location:{block.order.selling_location_id}"]))
    if until < today:
        raise Denied("in_the_past", _("This day is over."), field="until", status=400)
    if until > today + timedelta(days=longest):
        text = _("An order is released for at most %(days)s days.") % {"days": str(longest)}
        raise Denied("released_too_long", text, field="until", status=400)
    found = exposure(payer_of(block.order), order=block.order)
    block.lifted_at, block.lifted_by, block.lift_reason = clock.now(), actor, reason.strip()[:400]
    block.save()
    release: CreditRelease = CreditRelease.objects.create(
        order=block.order,
        block=block,
        currency=found.currency,
        exceeded=found.exceeded,
        overdue=found.overdue,
        until=until,
        reason=block.lift_reason,
        released_by=actor,
        released_at=block.lifted_at,
    )
    return release


def check_ended_releases() -> int:
    """Check the orders anew whose release has ended and that are not confirmed yet; how many are blocked again."""
    ended = CreditRelease.objects.filter(until__lt=clock.today(), order__status__in=Order.BEFORE)
    orders = Order.objects.filter(pk__in=ended.values("order")).exclude(
        blocks__in=OrderBlock.objects.active().filter(kind="credit")
    )
    return sum(check_credit_again(order, actor=None) is not None for order in orders.order_by("pk"))


@verb("orders.check_credit", _("Check credit"))
def check_credit_again(order: Order, *, actor: Any, reason: str = "") -> OrderBlock | None:
    """Hold an order against the credit of its customer once more. Raises Denied."""
    return check_credit(order, actor=actor)
