"""The evidence of an order, and what an auditor asks of all: what was confirmed before its review, entered late, or drawn by chance."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.core import formats
from kam.core.documents import Document
from kam.core.parameters import define, parameter
from kam.core.samples import drawn
from orders.models import (
    ContractReview,
    Offer,
    Order,
    OrderBlock,
    OrderChange,
    OrderConfirmation,
    OrderDelivery,
    OrderInvoice,
    OrderPaper,
    PriceAgreement,
    ReviewSignature,
)
from orders.reports.order_differences import written

define(
    "orders.late_entry_days",
    default=2,
    unit="cd",
    label=gettext_lazy("After how many days an entry about something that happened before is listed as back-dated"),
)


@dataclass(frozen=True)
class Evidence:
    """One piece: what it is, what it says, who did it and when, and where it can be looked at."""

    kind: Any
    text: str
    when: Any = None
    who: Any = ""
    address: str = ""
    document: Document | None = None
    review: ContractReview | None = None


def trail(order: Order, reader: Any) -> list[Evidence]:
    """Everything that this person may see of what led to an order and what became of it, in its order."""
    return [
        *_basis(order, reader),
        *_papers(order, reader),
        *_review(order, reader),
        *_word(order, reader),
        *_carried_out(order, reader),
    ]


def _basis(order: Order, reader: Any) -> Iterator[Evidence]:
    """What was offered and agreed."""
    offer = Offer.objects.visible_to(reader).filter(orders=order).select_related("plant__customer", "sent_by").first()
    if offer is not None:
        yield Evidence(_("Offer"), offer.name, offer.sent_at, offer.sent_by or "", offer.get_absolute_url())
        yield from _files(Document.objects.about(offer).filter(type__code="print"), reader)
    agreement = PriceAgreement.objects.visible_to(reader).filter(orders=order).for_list().first()
    if agreement is not None:
        approved = agreement.approved_by or ""
        yield Evidence(_("Price agreement"), agreement.number, agreement.approved_at, approved, agreement.get_absolute_url())


def _files(rows: Any, reader: Any) -> Iterator[Evidence]:
    """Documents, as far as this person may see them."""
    for one in rows.visible_to(reader).select_related("type", "uploaded_by").order_by("created_at", "pk"):
        yield Evidence(_("Document"), str(one), one.created_at, one.uploaded_by or "", one.get_absolute_url(), document=one)


def _papers(order: Order, reader: Any) -> Iterator[Evidence]:
    """The customer's order as it came, and when it was entered."""
    said = f"{order.customer_reference} · {order.get_channel_display()}"
    yield Evidence(_("Received"), said, order.received_at, order.entered_by or "")
    yield from _files(Document.objects.about(order), reader)
    if order.registered_at:
        yield Evidence(_("Registered"), order.number, order.registered_at)


def _review(order: Order, reader: Any) -> Iterator[Evidence]:
    """Who looked at it, what they signed and what was decided."""
    for review in ContractReview.objects.visible_to(reader).filter(order=order):
        said = f"{_('Class')} {review.klass} · {review.get_state_display()}"
        yield Evidence(_("Contract review"), said, review.opened_at, "", review.get_absolute_url(), review=review)
        yield from _files(Document.objects.about(review), reader)
        for one in review.signatures.select_related("signed_by").filter(signed_at__isnull=False).order_by("signed_at", "pk"):
            yield Evidence(
                _("Opinion"), f"{one.get_function_display()} {one.comment}".strip(), one.signed_at, one.signed_by or ""
            )
        for gap in review.differences.filter(gone_at__isnull=True).select_related("decided_by").order_by("position", "field"):
            said = f"{gap.name}: {written(gap.field, gap.expected)} → {written(gap.field, gap.found)}"
            yield Evidence(_("Difference"), said, gap.decided_at, gap.decided_by or "")
        if review.closed_at:
            yield Evidence(_("Review closed"), review.get_result_display(), review.closed_at)
    for block in OrderBlock.objects.visible_to(reader).filter(order=order).for_list().order_by("set_at", "pk"):
        yield Evidence(_("Blocked"), f"{block.get_kind_display()}: {block.why}", block.set_at, block.set_by or "")
        if block.lifted_at:
            yield Evidence(_("Block lifted"), block.why_lifted, block.lifted_at, block.lifted_by or "")


def _word(order: Order, reader: Any) -> Iterator[Evidence]:
    """What we confirmed, and what was changed since."""
    found: list[Evidence] = []
    for one in OrderConfirmation.objects.visible_to(reader).filter(order=order).select_related("confirmed_by"):
        said = str(_("Revision %(number)d") % {"number": one.revision})
        said = f"{said} · {one.get_state_display()}"
        found.append(Evidence(_("Confirmation"), said, one.confirmed_at, one.confirmed_by or ""))
    for change in OrderChange.objects.visible_to(reader).filter(order=order).select_related("asked_by"):
        said = f"{change.number} · {change.get_cause_display()} {change.note}".strip()
        found.append(Evidence(_("Change"), said, change.created_at, change.asked_by or ""))
    about = ContentType.objects.get_for_model(OrderPaper)
    papers = OrderPaper.objects.visible_to(reader).filter(order=order)
    found += _files(Document.objects.filter(content_type=about, object_id__in=papers.values("pk")), reader)
    yield from sorted(found, key=lambda one: one.when)


def _carried_out(order: Order, reader: Any) -> Iterator[Evidence]:
    """What was delivered and invoiced."""
    for one in OrderDelivery.objects.visible_to(reader).filter(order=order).for_list().order_by("delivered_on", "pk"):
        said = f"{one.note_number} · {one.line.position} · {formats.number(one.quantity, None)}"
        yield Evidence(_("Delivery"), said, one.delivered_on, one.noted_by or "")
    for invoice in OrderInvoice.objects.visible_to(reader).filter(order=order).for_list().order_by("invoiced_on", "pk"):
        said = f"{invoice.number} · {invoice.line.position}"
        yield Evidence(_("Invoice"), said, invoice.invoiced_on, invoice.noted_by or "")


def confirmed_unreviewed(reader: Any) -> QuerySet:
    """First confirmations that went out before a review of the order was closed; there must be none (K-C1)."""
    # What a call-off holds within the review of its frame order needs none of its own.
    reviewed = Q(order=OuterRef("order")) | Q(order=OuterRef("order__frame"))
    closed = ContractReview.objects.filter(reviewed, closed_at__lte=OuterRef("confirmed_at"))
    # A review that was opened again says when it was closed last only; what was signed in an earlier round tells of that one.
    before = ReviewSignature.objects.filter(
        review__order=OuterRef("order"), round__lt=F("review__round"), signed_at__lte=OuterRef("confirmed_at")
    )
    rows = OrderConfirmation.objects.visible_to(reader).filter(revision=1).filter(~Exists(closed), ~Exists(before))
    return rows.select_related("order__plant__customer").order_by("-confirmed_at", "-pk")


def back_dated(reader: Any, shown: int) -> list[tuple[Any, Any, datetime]]:
    """Orders and deliveries that were entered days after they came or left: the record, when it happened, when it was entered.

    What an ERP lists was entered there; here it only says when the list was taken over.
    """
    days = timedelta(days=int(parameter("orders.late_entry_days")))
    orders = Order.objects.visible_to(reader).filter(system="", created_at__gt=F("received_at") + days).select_related("customer")
    left = Cast(F("delivered_on"), DateTimeField())
    deliveries = (
        OrderDelivery.objects.visible_to(reader)
        .for_list()
        .filter(order__system="", created_at__gt=left + days + timedelta(days=1))
    )
    found: list[tuple[Any, Any, datetime]] = [
        *((one, one.received_at, one.created_at) for one in orders.order_by("-created_at", "-pk")[:shown]),
        *((one, one.delivered_on, one.created_at) for one in deliveries.order_by("-created_at", "-pk")[:shown]),
    ]
    return sorted(found, key=lambda one: one[2], reverse=True)[:shown]


#: What can be drawn by chance: orders that count as such, and reviews that were closed.
REGISTERED, CLOSED = ~Q(number=""), Q(closed_at__isnull=False)


def drawn_orders(reader: Any, word: str, count: int) -> QuerySet:
    """Registered orders drawn by chance."""
    return drawn(Order.objects.visible_to(reader).filter(REGISTERED).select_related("plant__customer"), word, count)


def drawn_reviews(reader: Any, word: str, count: int) -> QuerySet:
    """Contract reviews that were closed, drawn by chance."""
    return drawn(ContractReview.objects.visible_to(reader).filter(CLOSED).for_list(), word, count)
