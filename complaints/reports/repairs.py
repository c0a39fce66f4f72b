"""What is read of repairs: everything that ever happened to a serial number, and which open repairs use a document."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from accounts.models import Customer, Plant
from catalog.models import CustomerItem, Product, ProductRevision
from complaints.models import Complaint, RepairPiece
from kam.core.documents import Document

MOST = 50


@dataclass(frozen=True)
class Past:
    """One thing that happened to a serial number: when, which record, and what it said."""

    day: date
    record: Any
    words: str
    state: Any


def serial_history(piece: RepairPiece, reader: Any) -> list[Past]:
    """The reader's repairs and complaints of the same serial number, the last first; this piece itself is left out."""
    serial = piece.known_serial
    if not serial or serial == piece.batch:
        return []
    pieces = RepairPiece.objects.visible_to(reader).with_serial(serial).exclude(pk=piece.pk).select_related("repair")
    found = [
        Past((one.received_at or one.repair.requested_at).date(), one, one.fault, one.get_status_display())
        for one in pieces.order_by("-pk")[:MOST]
    ]
    complaints = Complaint.objects.visible_to(reader).filter(serial__iexact=serial).order_by("-received_at", "-pk")
    found += [Past(one.received_at.date(), one, one.text, one.get_status_display()) for one in complaints[:MOST]]
    return sorted(found, key=lambda one: (one.day, one.record.pk), reverse=True)


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
