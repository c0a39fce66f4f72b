"""What of orders and price agreements passes with a plant or a product to another of our locations (port `transfer_touches`)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.models.transfers import Moving, Outcome, Stage, Transfer
from kam.core import clock, formats
from orders.actions.agreed import end_elsewhere
from orders.actions.agreements import draft_elsewhere, edit_agreement
from orders.actions.order_progress import live_lines
from orders.actions.order_review import reopen_review
from orders.models import ContractReview, Order, OrderChange, OrderLine, PriceAgreement

#: Nothing was made or sent of these yet.
MOVABLE = frozenset({*Order.BEFORE, Order.Status.CONFIRMED, Order.Status.CHANGE_REQUESTED})
OPEN = [*Order.BEFORE, *Order.RUNNING, Order.Status.CHANGE_REQUESTED, Order.Status.ON_HOLD]


def move_orders(transfer: Transfer, *, stage: str) -> Iterator[Moving]:
    """The open orders, line by line: an order that was not begun moves as a whole and is reviewed at the new location again."""
    if stage == Stage.PREPARE:
        return
    lines = OrderLine.objects.live().filter(status__in=["open", "in_review", *OrderLine.BACKLOG]).select_related("product")
    orders = _orders(transfer).select_related("plant__customer", "customer", "selling_location", "producing_location")
    lacking = {one.pk for one in transfer.lacks_approval(Customer.objects.filter(orders__in=_orders(transfer)).distinct())}
    for order in orders.prefetch_related(Prefetch("lines", lines, to_attr="open_lines")).order_by("pk"):
        if not order.open_lines:
            continue
        why = _stays(order, transfer)
        outcome = Outcome.STAYS if why else Outcome.MOVES
        if not why and order.customer_id in lacking:
            outcome, why = Outcome.BLOCKED, _("the customer's approval is not filed")
        for line in order.open_lines:
            yield Moving("order_lines", _words(order, line), outcome, why, order)
        if stage == Stage.MOVE and outcome == Outcome.MOVES:
            _move(Order.objects.locked().get(pk=order.pk), transfer)


def _orders(transfer: Transfer) -> Any:
    """The orders that are open where it is now."""
    rows = Order.objects.filter(status__in=OPEN)
    if transfer.plant_id:
        return rows.filter(plant=transfer.plant_id, selling_location=transfer.source_id)
    here = Q(producing_location=transfer.source_id) | Q(producing_location=None, selling_location=transfer.source_id)
    ordered = OrderLine.objects.live().filter(product=transfer.product_id).values("order")
    return rows.filter(here, pk__in=ordered)


def _words(order: Order, line: OrderLine) -> str:
    what = line.product or line.description
    return f"{order.name} · {line.position} · {what} · {formats.number(line.open_quantity, None)} {line.unit_words}"


def _stays(order: Any, transfer: Transfer) -> Any:
    """Why an order stays where it is, or nothing."""
    if order.system:
        return _("is kept in %(system)s and follows its lists") % {"system": order.system}
    if order.waiting_customer:
        return _("waits for the customer's answer to a confirmation")
    if order.status == Order.Status.ON_HOLD:
        return _("is on hold; resume it and change it there")
    if order.status not in MOVABLE or any(line.delivered_quantity or line.status == "produced" for line in order.open_lines):
        return _("was begun and is finished where it is")
    early = [line.position for line in order.open_lines if line.confirmed_on and line.confirmed_on < transfer.day]
    if early:
        return _("position %(position)s is promised before the day of the transfer") % {"position": early[0]}
    if transfer.product_id and any(line.product_id != transfer.product_id for line in order.open_lines):
        return _("has other products, too, which are made where it is")
    return ""


def _move(order: Order, transfer: Transfer) -> None:
    """Give an order its new location; what was reviewed is reviewed there again, what was confirmed is confirmed anew."""
    field = "selling_location" if transfer.plant_id else "producing_location"
    before = str(getattr(order, field) or order.producer)
    if transfer.plant_id:
        order.selling_location = transfer.target
        if order.producing_location_id in (transfer.source_id, transfer.target_id):
            order.producing_location = None
    else:
        order.producing_location = transfer.target if order.selling_location_id != transfer.target_id else None
    difference = {"position": None, "field": field, "before": before, "after": str(transfer.target)}
    asked = order.status in {Order.Status.ACCEPTED, Order.Status.CONFIRMED}
    if asked:
        Order.workflow.move(order, "orders.request_change")
        order.changes.create(
            number=order.changes.count() + 1,
            cause=OrderChange.Cause.OWN,
            received_on=clock.today(),
            note=str(_("Transfer %(number)s") % {"number": transfer.number}),
            differences=[difference],
            asked_by=transfer.planned_by,
        )
    if order.status == Order.Status.DISCREPANCY:
        Order.workflow.move(order, "orders.resume_review")
    order.save()
    ContractReview.objects.filter(order=order).update(
        selling_location=order.selling_location, producing_location=order.producing_location
    )
    if order.status != Order.Status.RECEIVED:
        reopen_review(order, live_lines(order), [difference], actor=None, occasion=transfer.number)


def move_agreements(transfer: Transfer, *, stage: str) -> Iterator[Moving]:
    """The price agreements of a plant at the location: each ends the day before, once its successor at the new one is approved.

    What was handed in never changes its location (docs/decisions/transfers.md), so the successors are drafted beforehand.
    """
    if transfer.plant_id is None:
        return
    rows = PriceAgreement.objects.filter(location=transfer.source_id, called_off=False)
    rows = rows.filter(Q(period__endswith=None) | Q(period__endswith__gt=transfer.day)).for_list().order_by("pk")
    for agreement in rows.filter(plant=transfer.plant_id):
        if stage == Stage.PREPARE:
            _prepare(agreement, transfer)
            continue
        outcome, note = _standing(agreement, transfer)
        yield Moving("agreements", agreement, outcome, note, agreement)
        if stage == Stage.MOVE and outcome == Outcome.MOVES:
            _follow(agreement, transfer)
    if stage != Stage.PREPARE:
        customer = transfer.plant.customer  # type: ignore[union-attr]
        wide = Q(customer=customer) | Q(group__isnull=False, group=customer.group_id)
        for agreement in rows.filter(wide):
            text = _("holds for the whole company or group at this location; agree it anew where it should follow")
            yield Moving("agreements", agreement, Outcome.STAYS, text, agreement)


def _prepare(agreement: PriceAgreement, transfer: Transfer) -> None:
    """Draft the successor at the new location of what holds there on the day."""
    if (
        agreement.status == PriceAgreement.Status.ACTIVE
        and agreement.period.lower < transfer.day
        and not _heirs(agreement, transfer)
    ):
        draft_elsewhere(agreement, transfer.target, transfer.day)


def _heirs(agreement: PriceAgreement, transfer: Transfer) -> list[PriceAgreement]:
    """The agreements at the new location that follow one."""
    return list(agreement.followers.filter(location=transfer.target_id, called_off=False).order_by("-status", "pk"))


def _standing(agreement: PriceAgreement, transfer: Transfer) -> tuple[Outcome, Any]:
    """What becomes of an agreement, and why."""
    there = {"location": transfer.target.name}
    if agreement.status == PriceAgreement.Status.DRAFT:
        return Outcome.MOVES, _("a draft: its location becomes %(location)s") % there
    if agreement.status == PriceAgreement.Status.IN_APPROVAL:
        return Outcome.BLOCKED, _("is in approval: approve it or send it back first")
    heirs = _heirs(agreement, transfer)
    if any(one.status == PriceAgreement.Status.ACTIVE for one in heirs):
        return Outcome.MOVES, _("ends the day before; the prices at %(location)s are approved") % there
    if heirs:
        return Outcome.BLOCKED, _("its successor at %(location)s is not approved yet") % there
    return Outcome.BLOCKED, _("has no successor: change its prices from the day on, with %(location)s as its location") % there


def _follow(agreement: PriceAgreement, transfer: Transfer) -> None:
    if agreement.status == PriceAgreement.Status.DRAFT:
        edit_agreement(agreement, actor=None, location=transfer.target)
    else:
        end_elsewhere(agreement, clock.today())
