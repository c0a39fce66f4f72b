"""What is read of repairs: which open ones use a document."""

from typing import Any

from django.db.models import Q

from accounts.models import Customer, Plant
from catalog.models import CustomerItem, Product, ProductRevision
from complaints.models import RepairPiece
from kam.core.documents import Document


def pieces_using(document: Document, reader: Any) -> list[Any]:
    """The open pieces in repair that use a document, as far as the reader sees them (port `document_uses`).

    Of a product's or item's document those of the product that state its revision, or none; of a customer's or plant's
    document all of them. Only what is older than the revision that replaced it. One query.
    """
    record: Any = document.record
    here = _of(record)
    if here is None:
        return []
    rows = RepairPiece.objects.visible_to(reader).open().filter(here).select_related("repair")
    if not isinstance(record, Customer | Plant):
        product = record.pk if isinstance(record, Product) else record.product_id
        rows = rows.filter(product=product, revision__in=["", document.revision])
    if document.superseded_by is not None:
        rows = rows.filter(created_at__lte=document.superseded_by.created_at)
    return list(rows.order_by("pk"))


def _of(record: Any) -> Q | None:
    """The condition that a piece is of the plant or customer of a record; of every one for a product."""
    if isinstance(record, Customer):
        return Q(repair__plant__customer=record)
    if isinstance(record, Plant):
        return Q(repair__plant=record)
    if isinstance(record, CustomerItem):
        return Q(repair__plant=record.plant_id) if record.plant_id else Q(repair__plant__customer=record.customer_id)
    return Q() if isinstance(record, Product | ProductRevision) else None
