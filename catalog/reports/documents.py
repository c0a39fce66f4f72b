"""How complete, current and compliant the register of documents is, in all and customer by customer (domain 12.2 and 13, K-D)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from catalog.models import IN_FORCE, CustomerItem, DocumentEntry, EntryStatus, Product
from kam.core.charts import ChartData, Series
from kam.core.documents import Document, Validity
from kam.core.ports import ports

#: Where nothing is in hand that can be relied on.
LACKING = [status for status in EntryStatus if status not in IN_FORCE]
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Compliance:
    """How many documents are required, there, and in force; a rate without a denominator is None."""

    key: int | None
    label: str
    required: int
    present: int
    valid: int

    @staticmethod
    def _rate(part: int, whole: int) -> Decimal | None:
        return (Decimal(part) * 100 / whole).quantize(CENT, ROUND_HALF_UP) if whole else None

    @property
    def completeness(self) -> Decimal | None:
        """Present of those required, in per cent."""
        return self._rate(self.present, self.required)

    @property
    def currency(self) -> Decimal | None:
        """In force of those present, in per cent."""
        return self._rate(self.valid, self.present)

    @property
    def compliance(self) -> Decimal | None:
        """In force of those required, in per cent."""
        return self._rate(self.valid, self.required)


COUNTS = {
    "required": Count("pk"),
    "present": Count("pk", filter=Q(document__isnull=False)),
    "valid": Count("pk", filter=Q(stands__in=IN_FORCE)),
}  # fmt: skip


def compliance(entries: Any, key: int | None = None, label: str = "") -> Compliance:
    """The metrics over these entries; what is declared not required does not count."""
    found = entries.order_by().counting().with_status().aggregate(**COUNTS)
    return Compliance(key, label, found["required"], found["present"], found["valid"])


def compliance_by_customer(entries: Any) -> list[Compliance]:
    """The metrics customer by customer, the least compliant first; documents of products belong to none."""
    rows = entries.order_by().counting().with_status().filter(customer__isnull=False)
    found = list(rows.values("customer").annotate(**COUNTS))
    names = dict(Customer.objects.filter(pk__in=[row["customer"] for row in found]).values_list("pk", "name"))
    made = [Compliance(row["customer"], names[row["customer"]], row["required"], row["present"], row["valid"]) for row in found]
    return sorted(made, key=lambda one: (one.compliance or Decimal(0), one.label))


def by_status(entries: Any) -> dict[str, int]:
    """How many required entries stand where."""
    rows = entries.order_by().counting().with_status().values("stands").annotate(count=Count("pk"))
    found = {row["stands"]: row["count"] for row in rows}
    return {status: found.get(status, 0) for status in EntryStatus.values if status != EntryStatus.NOT_REQUIRED}


def status_chart(entries: Any, address: str) -> ChartData:
    """Required documents by status; each bar leads to its rows below `address`."""
    counted = by_status(entries)
    return ChartData(
        "documents",
        _("Required documents by status"),
        [EntryStatus(status).label for status in counted],
        [Series(_("Documents"), list(counted.values()), addresses=[f"{address}&status={status}" for status in counted])],
        note=_("What is declared not required does not count."),
    )


def uses_of_old(entry: DocumentEntry, reader: Any) -> list[Any]:
    """Every open record of the floors above that uses an older revision of the document (port `document_uses`), each once."""
    record: Any = entry.record
    old = Document.objects.about(record).visible_to(reader).filter(type=entry.type_id).in_state(Validity.SUPERSEDED)
    found: dict[tuple[str, int], Any] = {}
    for document in old.select_related("superseded_by").order_by("-pk")[:10]:
        for look in ports("document_uses"):
            found |= {(one._meta.label, one.pk): one for one in look(document, reader)}
    return list(found.values())


@dataclass(frozen=True)
class MissingDocument:
    """A required document that cannot be relied on: of which record, which type, where it stands, and whether the order waits for it."""

    entry: DocumentEntry
    record: Any
    type: Any
    status: EntryStatus
    blocks: bool


def records_of_lines(
    *, plant: Plant, products: Iterable[Product], customer: Customer | None = None, order: models.Model | None = None
) -> list[models.Model]:
    """What the documents of an order belong to: itself, who orders, the products, and the products as this customer knows them."""
    customer, products = customer or plant.customer, list(products)
    here = Q(plant__isnull=True) | Q(plant=plant)
    own = [order] if order is not None else []
    return [*own, customer, plant, *products, *CustomerItem.objects.filter(here, customer=customer, product__in=products)]


def missing_for_order_lines(
    *,
    plant: Plant,
    products: Iterable[Product],
    customer: Customer | None = None,
    order: models.Model | None = None,
    process: str = "series",
) -> list[MissingDocument]:
    """Which required documents an order of these products by this plant lacks, those that block it first (domain 12.2).

    `process` is the phase that the order belongs to: series, or development for samples and tooling. The register is read
    as it stands. A constant number of queries, whatever the number of products.
    """
    wanted = Q(pk__in=[])
    kinds: dict[type[models.Model], list[int]] = {}
    for record in records_of_lines(plant=plant, products=products, customer=customer, order=order):
        kinds.setdefault(type(record), []).append(record.pk)
    for kind, keys in kinds.items():
        wanted |= Q(content_type=ContentType.objects.get_for_model(kind), object_id__in=keys)
    entries = DocumentEntry.objects.filter(wanted).counting().in_status(*LACKING)
    missing = [
        MissingDocument(entry, entry.record, entry.type, entry.status, bool({"", process} & set(entry.blocks_in)))
        for entry in entries.for_list().order_by("type__code", "pk")
    ]
    return sorted(missing, key=lambda one: not one.blocks)


def count_due(record: Any, reader: Any) -> int:
    """How many documents of a record the reader has to see to."""
    return DocumentEntry.objects.about(record).visible_to(reader).due().count()
