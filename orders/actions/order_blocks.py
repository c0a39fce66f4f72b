"""Blocks of orders: set by a person or a check, with the reason and until when; lifted by who may, with the reason."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.verbs import verb
from kam.core.words import in_every_language
from kam.core.workflow import Denied
from orders.models import ENDING, BlockKind, Order, OrderBlock, OrderLine


@verb("orders.set_block", _("Block"))
def set_block(
    order: Order, *, actor: Any, kind: str, reason: str = "", until: date | None = None, line: OrderLine | None = None
) -> OrderBlock:
    """Block an order, or one of its lines, for a reason and where its kind allows it until a day.

    A block of the same kind that stands already takes the new reason and day. Raises Denied.
    """
    if order.status in Order.OVER:
        raise Denied("order_over", _("Nothing more is done on this order."))
    if kind not in OrderBlock.Kind.values:
        raise Denied("unknown_block", _("Choose what it is blocked for."), field="kind", status=400)
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    if until is not None and kind not in ENDING:
        text = _("A block of this kind ends only when it is lifted. Leave the day empty.")
        raise Denied("block_without_end", text, field="until", status=400)
    if until is not None and until < clock.today():
        raise Denied("in_the_past", _("This day is over."), field="until", status=400)
    if line is not None and line.order_id != order.pk:
        raise Denied("line_of_another", _("Choose a line of this order."), field="line", status=400)
    return _stand(order, line, kind, reason=reason.strip()[:400], until=until, set_by=actor)


def block_by_check(order: Order, kind: str, finding: Any) -> OrderBlock:
    """Block an order for what a check found, whatever is said in each language; one of this kind that stands takes it."""
    return _stand(order, None, kind, finding=in_every_language(finding))


def _stand(order: Order, line: OrderLine | None, kind: str, **said: Any) -> OrderBlock:
    """A block that says this and nothing else: the one of its kind that stands, or a new one."""
    standing: OrderBlock | None = order.blocks.active().filter(kind=kind, line=line).first()
    said = {"reason": "", "finding": "", "until": None, "set_by": None} | said
    if standing is None:
        made: OrderBlock = OrderBlock.objects.create(order=order, line=line, kind=kind, set_at=clock.now(), **said)
        return made
    if any(getattr(standing, name) != said[name] for name in ("reason", "finding", "until")):
        for name, value in (said | {"set_at": clock.now()}).items():
            setattr(standing, name, value)
        standing.save()
    return standing


@verb("orders.lift_block", _("Lift block"))
def lift_block(block: OrderBlock, *, actor: Any, reason: str = "") -> OrderBlock:
    """Lift a block, with the reason; only the roles of its kind may (docs/decisions/orders.md). Raises Denied.

    A block for credit is not lifted for good: finance releases it until a day (orders.actions.credit).
    """
    if block.kind == BlockKind.CREDIT:
        raise Denied("release_needed", _("A block for credit is released until a day. Use Release credit."))
    if not block.is_active:
        raise Denied("block_over", _("This block does not hold any more."))
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    block.lifted_at, block.lifted_by, block.lift_reason = clock.now(), actor, reason.strip()[:400]
    block.save()
    return block
