"""Entering orders: by hand, from an offer, an agreement or a past order; changed until their review, registered once complete."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actions.received_mails import give_back
from kam.core import clock
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.work import close_work, define_work, withdraw_work
from kam.core.workflow import Denied, not_permitted
from orders.actions.call_offs import replace_previous
from orders.actions.credit import check_credit
from orders.actions.order_intake import book_intake
from orders.actions.order_review import open_review
from orders.actions.order_writing import Lines, Written, duplicate_of, fill_in, head_of, keep_paper, missing_of
from orders.models import Offer, Order, OrderIntake, OrderLine, PriceAgreement

ENTER = define_work("enter_mailed_order", _("Enter the order that %(customer)s sent by e-mail"), on_record=True)
#: What a new order takes over from a past one; the customer's own number, dates and channel are those of the new one.
COPIED = (
    "plant", "ship_to", "bill_to", "selling_location", "producing_location", "contact", "language", "currency", "payment_term",
    "incoterms", "incoterms_place", "incoterms_version", "requested_type", "partial_allowed", "penalty_rate", "penalty_cap",
    "tolerance", "certificates", "packaging", "transport", "vat_treatment", "own_terms",
)  # fmt: skip


@verb("orders.create_order", _("New order"))
def create_order(
    model: type[Order], *, actor: Any, reason: str = "", lines: Lines = (), paper: File | None = None, **head: Any
) -> Order:
    """Enter what a customer ordered; what the head leaves out is the offer's, the agreement's or the customer's.

    A line names a product, the customer's part number or a text, and a quantity; without a price it gets the one that holds.
    `paper` is what the customer sent. What is missing is kept as its incompletion list. Raises Denied, every fault at its place.
    """
    return _enter(head, lines, paper, actor)


def _enter(head: dict[str, Any], lines: Lines, paper: File | None, actor: Any) -> Order:
    order = Order(**head_of(head))
    order.entered_by = actor
    fill_in(order)
    _refuse_twice(order, actor)
    Written(order, lines).save()
    keep_paper(order, paper, actor)
    return order


@verb("orders.edit_order", _("Edit order"))
def edit_order(
    order: Order, *, actor: Any, reason: str = "", lines: Lines | None = None, paper: File | None = None, **head: Any
) -> Order:
    """Change an order whose review has not begun; what is not given stays, lines are given all together. Raises Denied."""
    if not order.is_editable:
        raise Denied("order_kept", _("This order is under review or confirmed. Request a change of it."))
    before = {name: getattr(order, name) for name in head_of(head)}
    for name, value in head_of(head).items():
        setattr(order, name, value)
    if order.plant_id is not None:
        order.customer = order.plant.customer
    written = Written(order, lines)
    if before == {name: getattr(order, name) for name in before} and lines is None and paper is None:
        return order
    _refuse_twice(order, actor)
    order.entered_by = order.entered_by or actor
    written.save()
    keep_paper(order, paper, actor)
    if actor is not None and not Order.objects.permitted(actor, "orders.edit_order").filter(pk=order.pk).exists():
        raise not_permitted()
    return order


@verb("orders.discard_order", _("Discard draft"), leaves=True)
def discard_order(order: Order, *, actor: Any, reason: str = "") -> None:
    """Take away what was entered and never registered."""
    if order.number or order.status != Order.Status.RECEIVED:
        raise Denied("order_kept", _("This order was registered and stays. Reject or cancel it."))
    withdraw_work(order, actor=actor, kind=ENTER)
    give_back(order, gettext("The draft that was made of it was discarded."))
    order.delete()


@verb("orders.register_order", _("Register"))
def register_order(order: Order, *, actor: Any, reason: str = "") -> Order:
    """Give a complete order its number and begin its contract review; a call-off then takes the place of the one before it.

    Raises Denied while something is missing, and for a purchase order that stands already.
    """
    lines = list(order.lines.prefetch_related("schedule"))
    order.incomplete = missing_of(order, lines)
    Order.workflow.move(order, "orders.register_order")
    _refuse_twice(order, actor)
    order.registered_at = clock.now()
    if order.kind == Order.Kind.CALL_OFF:
        replace_previous(order, lines, actor)
    order.number = next_number("SO", location=order.selling_location.code, year=clock.today().year)
    order.save()
    close_work(order, ENTER, actor=actor)
    book_intake(order, OrderIntake.Kind.REGISTERED)
    check_credit(order, actor=actor)
    open_review(order, actor=actor)
    return order


@verb("orders.enter_from_offer", _("Enter the order"))
def enter_from_offer(
    offer: Offer,
    *,
    actor: Any,
    reason: str = "",
    customer_reference: str = "",
    customer_date: date | None = None,
    requested_on: date | None = None,
    positions: Sequence[int] | None = None,
) -> Order:
    """Enter the order that an accepted offer became: its counted lines, or those at `positions`, at the offered prices."""
    if offer.status != Offer.Status.ACCEPTED:
        raise Denied("not_accepted", _("Note first that the customer has accepted this offer."))
    chosen = [
        line
        for line in offer.lines.select_related("product")
        if (line.counts if positions is None else line.position in positions)
    ]
    said = {"customer_reference": customer_reference, "customer_date": customer_date, "requested_on": requested_on}
    order: Order = create_order(Order, actor=actor, lines=[_offered(line) for line in chosen], **_head_of_offer(offer), **said)
    return order


def enter_accepted(offer: Offer, *, actor: Any, customer_date: date | None = None, paper: File | None = None) -> Order | None:
    """The order that an offer becomes by its acceptance: a draft of its counted lines, by what the customer calls its acceptance.

    Whoever notes the acceptance needs no right to enter orders. None where the customer's order stands already. Raises Denied.
    """
    if offer.orders.exclude(status__in=[Order.Status.CANCELLED, Order.Status.REJECTED]).exists():
        return None
    head = _head_of_offer(offer) | {"customer_reference": offer.accepted_reference, "customer_date": customer_date}
    lines = [_offered(line) for line in offer.lines.select_related("product") if line.counts]
    try:
        return _enter(head, lines, paper, actor)
    except Denied as denied:
        for one in (denied, *getattr(denied, "refusals", ())):
            if one.field == "customer_reference":
                one.field = "accepted_reference"
        raise


def _head_of_offer(offer: Offer) -> dict[str, Any]:
    """What an order takes over of the offer that it was made by."""
    return {
        "plant": offer.plant, "selling_location": offer.selling_location, "contact": offer.contact, "offer": offer,
        "channel": Order.Channel.OFFER,
    }  # fmt: skip


def _offered(line: Any) -> dict[str, Any]:
    """What an offered line says, as it is ordered."""
    same = ("product", "description", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit")
    return {name: getattr(line, name) for name in same} | {"offer_line": line}


@verb("orders.enter_from_agreement", _("Enter an order"))
def enter_from_agreement(
    model: type[Order],
    *,
    actor: Any,
    agreement: PriceAgreement,
    reason: str = "",
    quantities: dict[int, Decimal] | None = None,
    **head: Any,
) -> Order:
    """Enter an order at the prices of an agreement: its products, each at the quantity given by the key of its line.

    Without quantities each product is taken at its minimum quantity, or one. Raises Denied where the agreement is not the
    reader's, is not agreed, or has no product that was chosen.
    """
    if actor is not None and not PriceAgreement.objects.visible_to(actor).filter(pk=agreement.pk).exists():
        raise not_permitted()
    if agreement.status != PriceAgreement.Status.ACTIVE:
        raise Denied("not_agreed", _("These prices are not agreed yet."))
    lines = agreement.lines.filter(product__isnull=False).select_related("product")
    if quantities is not None:
        lines = lines.filter(pk__in=quantities)
    told = [
        {
            "product": line.product,
            "quantity": (quantities or {}).get(line.pk) or line.minimum_quantity or Decimal(1),
            "agreement_line": line,
        }
        for line in lines
    ]
    if not told:
        raise Denied("nothing_agreed", _("No product of this agreement was chosen. Enter the order by hand."))
    order: Order = create_order(
        Order, actor=actor, agreement=agreement, lines=told, **{"selling_location": agreement.location} | head
    )
    return order


@verb("orders.copy_order", _("Copy order"))
def copy_order(
    order: Order, *, actor: Any, reason: str = "", customer_reference: str = "", customer_date: date | None = None
) -> Order:
    """Enter a new order with the content of a past one: same lines and quantities, today's prices, dates still to be told."""
    if order.kind == Order.Kind.CALL_OFF:
        raise Denied("call_off_kept", _("A call-off is entered from its frame order."))
    again = ("product", "description", "customer_part", "quantity", "unit", "lot_required", "notes")
    lines = [
        {name: getattr(line, name) for name in again}
        | ({} if line.product_id else {"price": line.price, "price_unit": line.price_unit})
        for line in order.lines.select_related("product").exclude(status=OrderLine.Status.CANCELLED)
    ]
    made: Order = create_order(
        Order,
        actor=actor,
        kind=order.kind,
        customer_reference=customer_reference,
        customer_date=customer_date,
        lines=lines,
        **{name: getattr(order, name) for name in COPIED},
    )
    return made


@verb("orders.hold_order", _("Put on hold"))
def hold_order(order: Order, *, actor: Any, reason: str = "") -> Order:
    """Let an order rest, with the reason; resumed, it goes on from where it stands now."""
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    before = order.status
    Order.workflow.move(order, "orders.hold_order")
    order.held_from = before
    order.save()
    return order


@verb("orders.resume_order", _("Resume"))
def resume_order(order: Order, *, actor: Any, reason: str = "") -> Order:
    """Go on with an order that was held, from where it stood."""
    Order.workflow.move(order, "orders.resume_order")
    order.status, order.held_from = order.held_from, ""
    order.save()
    return order


@verb("orders.reject_order", _("Reject"))
def reject_order(order: Order, *, actor: Any, reason: str = "") -> Order:
    """Decline what a customer ordered, with the reason; its number is free for a corrected one."""
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    Order.workflow.move(order, "orders.reject_order")
    order.ended_reason = reason.strip()[:400]
    order.save()
    book_intake(order, OrderIntake.Kind.CANCELLED)
    return order


def _refuse_twice(order: Order, actor: Any) -> None:
    """Refuse a purchase order that stands already, and name the other one where it may be seen."""
    denied = duplicate_of(order, actor) if order.customer_id else None
    if denied is not None:
        raise denied
