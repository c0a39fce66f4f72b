"""Where the old revision of a document is still in use: every open offer and order of its product or customer (domain 12.2)."""

from typing import Any

from django.db.models import Q

from accounts.models import Customer, Plant
from catalog.models import CustomerItem, Product, ProductRevision
from kam.core.documents import Document
from orders.models import Offer, Order

#: Orders on which nothing is to be made or delivered any more.
OVER = ("closed", "cancelled", "rejected", "invoiced", "delivered")


def sales_using(document: Document, reader: Any) -> list[Any]:
    """The open offers and orders that use a document, as far as the reader sees them (port `document_uses`).

    Of a product's or item's document those with a line of the product that states its revision, or none; of a customer's
    or plant's document all of them, of an order's document that order. Only what is older than the revision that replaced it. Two queries.
    """
    record = document.record
    if isinstance(record, Order):
        return list(Order.objects.visible_to(reader).filter(pk=record.pk).exclude(status__in=OVER))
    here = _of(record)
    if here is None:
        return []
    offers = Offer.objects.visible_to(reader).filter(here, status__in=Offer.ALIVE)
    orders = Order.objects.visible_to(reader).filter(here).exclude(status__in=OVER)
    if not isinstance(record, Customer | Plant):
        stated = Q(lines__part_revision__in=["", document.revision])
        offers, orders = offers.filter(stated, _line(record)), orders.filter(stated, _line(record))
    if document.superseded_by is not None:
        before = document.superseded_by.created_at
        offers, orders = offers.filter(created_at__lte=before), orders.filter(created_at__lte=before)
    return [*offers.distinct().order_by("pk"), *orders.distinct().order_by("pk")]


def _of(record: Any) -> Q | None:
    """The condition that an offer or an order is of the plant or customer of a record; of every one for a product."""
    if isinstance(record, Customer):
        return Q(plant__customer=record)
    if isinstance(record, Plant):
        return Q(plant=record)
    if isinstance(record, CustomerItem):
        return Q(plant=record.plant_id) if record.plant_id else Q(plant__customer=record.customer_id)
    return Q() if isinstance(record, Product | ProductRevision) else None


def _line(record: Any) -> Q:
    """The condition that a line is of the product of a record."""
    return Q(lines__product=record.pk if isinstance(record, Product) else record.product_id)
