"""Call-offs of frame orders: each replaces every instalment that is still open; cumulative quantities are compared (AT-95)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Role
from kam.core import clock, formats
from kam.core.verbs import verb
from kam.core.work import assign_work, define_work
from kam.core.workflow import Denied
from orders.actions.order_intake import book_intake
from orders.actions.order_progress import keep_value
from orders.actions.order_writing import Written, duplicate_of, fill_in, head_of, keep_paper
from orders.models import Order, OrderIntake, OrderLine

COMPARE = define_work(
    "compare_cumulative",
    _(
        "%(record)s: the customer counts %(theirs)s received of position %(position)s, we delivered %(ours)s. Find out which is right"
    ),
    on_record=True,
)
TAKEN_OVER = (
    "plant", "ship_to", "bill_to", "selling_location", "producing_location", "contact", "language", "currency", "payment_term",
    "incoterms", "incoterms_place", "incoterms_version", "offer", "agreement", "requested_type", "partial_allowed", "penalty_rate",
    "penalty_cap", "tolerance", "certificates", "packaging", "transport", "vat_treatment", "declaration_of_intent", "own_terms",
)  # fmt: skip
FROM_THE_FRAME = ("product", "description", "customer_part", "part_revision", "unit", "price", "price_unit", "surcharge", "discount")  # fmt: skip
#: Days that the customer has for finding out, before it is late.
DAYS_TO_COMPARE = 3


@verb("orders.enter_call_off", _("Enter a call-off"))
def enter_call_off(
    frame: Order,
    *,
    actor: Any,
    lines: Sequence[dict[str, Any]],
    reason: str = "",
    firm_until: date | None = None,
    paper: File | None = None,
    **head: Any,
) -> Order:
    """Enter what a customer calls off from a frame order: by line its instalments, and what they have received as they count.

    A line is told by the key or position of the frame's (`frame_line`), its `schedule`, and `customer_cumulative`. Instalments
    until `firm_until` are firm, later ones are planning. Raises Denied, every fault at its place.
    """
    if frame.kind != Order.Kind.FRAME or frame.status in (*Order.OVER, Order.Status.ON_HOLD):
        raise Denied("no_frame", _("Only a frame order that is not over is called off."))
    if not frame.number:
        raise Denied("frame_not_registered", _("Register the frame order first."))
    order = Order(**{name: getattr(frame, name) for name in TAKEN_OVER} | head_of(head))
    order.kind, order.frame, order.customer, order.entered_by = Order.Kind.CALL_OFF, frame, frame.customer, actor
    fill_in(order)
    denied = duplicate_of(order, actor)
    if denied is not None:
        raise denied
    known = {line.pk: line for line in frame.lines.select_related("product").exclude(status=OrderLine.Status.CANCELLED)}
    told = []
    for number, one in enumerate(lines):
        wanted = one["frame_line"]
        line = known.get(getattr(wanted, "pk", wanted))
        if line is None:
            raise Denied("line_of_another", _("Choose a line of this order."), field=f"lines.{number}.frame_line", status=400)
        schedule = [
            instalment | {"firm": instalment["date"] <= firm_until if firm_until else instalment.get("firm", True)}
            for instalment in one.get("schedule") or []
        ]
        if not schedule:
            text = _("Say how much is wanted on which day.")
            raise Denied("no_schedule", text, field=f"lines.{number}.schedule", status=400)
        told.append(
            {name: getattr(line, name) for name in FROM_THE_FRAME}
            | {
                "frame_line": line,
                "quantity": sum((instalment["quantity"] for instalment in schedule), Decimal(0)),
                "requested_on": min(instalment["date"] for instalment in schedule),
                "customer_cumulative": one.get("customer_cumulative"),
                "schedule": schedule,
            }
        )
    Written(order, told).save()
    keep_paper(order, paper, actor)
    return order


def replace_previous(order: Order, lines: Sequence[OrderLine], actor: Any) -> None:
    """Take away every instalment of earlier call-offs of the frame that is still open, and compare the cumulative quantities.

    What was delivered of them stays; a call-off of which nothing was delivered is cancelled, with what replaced it.
    """
    _compare(order, lines, actor)
    earlier = Order.objects.filter(frame=order.frame_id, kind=Order.Kind.CALL_OFF).exclude(pk=order.pk)
    earlier = earlier.exclude(status__in=[*Order.OVER, Order.Status.RECEIVED, Order.Status.DELIVERED, Order.Status.INVOICED])
    for one in earlier.locked():
        _end(one, order)


def _end(earlier: Order, order: Order) -> None:
    """What is left of an earlier call-off: what was delivered of it."""
    for line in earlier.lines.exclude(
        status__in=[OrderLine.Status.CANCELLED, OrderLine.Status.SHIPPED, OrderLine.Status.INVOICED]
    ):
        line.schedule.filter(date__gt=line.delivered_on or date.min).delete()
        if line.delivered_quantity > 0:
            line.quantity, line.status = line.delivered_quantity, OrderLine.Status.SHIPPED
        else:
            line.status = OrderLine.Status.CANCELLED
        line.save()
    left = list(earlier.lines.exclude(status=OrderLine.Status.CANCELLED))
    earlier.held_from = ""
    if left:
        earlier.status = Order.Status.DELIVERED
    else:
        earlier.status = Order.Status.CANCELLED
        earlier.ended_reason = str(_("Replaced by call-off %(reference)s") % {"reference": order.customer_reference})[:400]
    keep_value(earlier)
    earlier.save()
    book_intake(earlier, OrderIntake.Kind.CHANGED)


def delivered_of(frame_line: OrderLine) -> Decimal:
    """What we have delivered of a line of a frame order, over all of its call-offs."""
    found = OrderLine.objects.filter(frame_line=frame_line).aggregate(total=Sum("delivered_quantity"))["total"]
    return found or Decimal(0)


def _compare(order: Order, lines: Sequence[OrderLine], actor: Any) -> None:
    """Where the customer counts another quantity received than we delivered, somebody has to find out (AT-95)."""
    for line in lines:
        if line.customer_cumulative is None or line.frame_line is None:
            continue
        ours = delivered_of(line.frame_line)
        if ours == line.customer_cumulative:
            continue
        department = Department.objects.filter(location=order.selling_location, function=Role.BACK_OFFICE).first()
        assign_work(
            order,
            COMPARE,
            to=department.audience if department else f"role:{Role.BACK_OFFICE}",
            actor=actor,
            occasion=str(line.position),
            due=clock.now() + timedelta(days=DAYS_TO_COMPARE),
            payload={
                "position": line.position,
                "theirs": formats.number(line.customer_cumulative, None),
                "ours": formats.number(ours, None),
            },
        )
