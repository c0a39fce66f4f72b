"""The demonstration's register of documents: what is required of whom, what is there, what ends, what the customer was asked for."""

from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Department
from catalog.actions import (
    change_requirement,
    check_document,
    distribute_document,
    remind_of_document,
    request_document,
    require_document,
    waive_document,
)
from catalog.models import DocumentEntry, DocumentRequirement, Product, ProductFamily
from catalog.models.document_subjects import document_subjects
from kam.core import clock
from kam.core.documents import Document, DocumentType, attach_document, revise_document
from kam.core.work import complete_work
from kam.core.work_items import WorkItem
from kam.demo import stage
from kam.demo.documents_files import sheet
from kam.demo.organisation import person
from kam.demo.prices import author_of
from kam.demo.trade import share
from orders.models import Order

#: Type, of which kind of record, tier, phase, product line (its code), whether orders wait for it.
REQUIRED = (
    ("nda", "customer", "A", "", "", False),
    ("frame_contract", "customer", "A", "series", "", False),
    ("quality_agreement", "customer", "A", "series", "", False),
    ("terms_signed", "customer", "A", "series", "", False),
    ("insurance", "customer", "A", "series", "", False),
    ("supply_chain_questionnaire", "customer", "A", "series", "", False),
    ("quality_agreement", "customer", "B", "series", "", False),
    ("terms_signed", "customer", "B", "series", "", False),
    ("packaging_specification", "plant", "A", "series", "", False),
    ("ppap", "item", "A", "series", "GE", True),
    ("customer_requirements", "item", "A", "", "RE", False),
    ("reach", "product", "", "series", "LC", False),
    ("supplier_declaration", "product", "", "series", "CL", False),
    ("carbon_footprint", "product", "", "development", "", False),
    ("inspection_certificate", "order", "A", "series", "GE", False),
)  # fmt: skip
BEGAN, RECORDED = -300, -120
#: How many documents of which hundred are there: the rest is missing, some of it requested.
PRESENT = 78
WAIVED = "Il cliente opera con il proprio imballo, riutilizzabile."
SHIPPED = ("partially_delivered", "delivered", "invoiced")
ISSUED, SIGNED = "Emesso da KAM Trasmissioni S.p.A.", "Firmato dalle parti."
COMMON = "Vale per tutti i codici forniti."


def make() -> None:
    """Say what is required, keep what came, ask for what did not, and let some of it end."""
    types = {one.code: one for one in DocumentType.objects.all()}
    lines = {one.code: one for one in ProductFamily.objects.filter(parent=None)}
    with stage.at(BEGAN):
        for code, subject, tier, process, line, blocks in REQUIRED:
            require_document(
                DocumentRequirement, actor=person("quality"), type=types[code], subject=subject, tier=tier, process=process,
                product_line=lines.get(line), blocks=blocks,
            )  # fmt: skip
    with stage.at(RECORDED):
        for entry in _entries(content_type__in=_standing()):
            if share("present", *_named(entry)) * 100 < PRESENT:
                _kept(entry)
    with stage.at(-40):
        rule = DocumentRequirement.objects.get(type=types["insurance"], subject="customer")
        change_requirement(rule, actor=person("sales.manager"), blocks=False, notes="Massimale da 5 M€ (delibera di direzione).")
    _checked()
    _certified()
    _asked()
    _handed_out(types)
    _superseded(types)


def _entries(**condition: Any) -> list[DocumentEntry]:
    """The register in an order that does not depend on the day."""
    return list(DocumentEntry.objects.filter(**condition).for_list().order_by("content_type__model", "object_id", "type__code"))


def _standing() -> list[Any]:
    """The kinds of records that were there when the documents were recorded; orders came later."""
    return [subject.content_type for slug, subject in document_subjects().items() if slug != "order"]


def _certified() -> None:
    """What was shipped has its inspection certificate; quality has looked at most of them, the rest waits for its shipment."""
    with stage.at(-2):
        for entry in _entries(content_type=document_subjects()["order"].content_type):
            if entry.record.status in SHIPPED:  # type: ignore[union-attr]
                _kept(entry)
    with stage.at(-1):
        for place, entry in enumerate(_entries(content_type=document_subjects()["order"].content_type, document__isnull=False)):
            if place % 4:
                check_document(entry, actor=person("quality"))


def _named(entry: DocumentEntry) -> tuple[str, str]:
    """What an entry is called whatever its key: type and record."""
    record: Any = entry.record
    return entry.type.code, str(
        getattr(record, "code", "") or getattr(record, "part_number", "") or getattr(record, "number", "")
    )


def _leading(entry: DocumentEntry) -> Any:
    """Who leads the account of an entry."""
    return author_of(entry.customer) if entry.customer else person("sales.manager")


def _file(entry: DocumentEntry, title: str, *said: str) -> ContentFile:
    """The file of an entry: the same words make the same file."""
    code, name = _named(entry)
    return sheet(f"{code}-{name}.pdf", title, said, f"{clock.today():%d.%m.%Y}")


def _kept(entry: DocumentEntry) -> None:
    """Attach the document of an entry: some of them end soon, some have ended."""
    code, name = _named(entry)
    stated: dict[str, Any] = {"title": f"{entry.type.name_it} {name}", "issued_on": clock.today(), "language": "it"}
    if entry.type.must_expire:
        place = share("ends", code, name)
        ends = -35 + int(place * 150) if place < 0.15 else 5 + int(place * 150) if place < 0.35 else 120 + int(place * 500)
        stated |= {"valid_from": clock.today(), "valid_to": stage.day(ends)}
    if entry.type.must_have_revision:
        stated["revision"] = "A"
    said = (str(entry.record), ISSUED if isinstance(entry.record, (Product, Order)) else SIGNED)
    attach_document(
        Document, actor=None, record=entry.record, type=entry.type,
        file=_file(entry, stated["title"], *said), **stated,
    )  # fmt: skip


def _checked() -> None:
    """Most of what is there was looked at; a few came in yesterday."""
    with stage.at(RECORDED + 3):
        for entry in _entries(document__isnull=False, checked_at__isnull=True, document__obsolete_since__isnull=True):
            if share("looked at", *_named(entry)) < 0.93:
                check_document(entry, actor=person("sales.manager"))


def _asked() -> None:
    """What customers were asked for: lately, once more after the day had passed, or for too long; what one need not have."""
    missing = _entries(document__isnull=True, required=True, customer__isnull=False, content_type__in=_standing())
    for place, entry in enumerate(missing):
        match place % 4:
            case 0:
                with stage.at(-10):
                    request_document(entry, actor=_leading(entry))
            case 1:
                with stage.at(-32):
                    request_document(entry, actor=_leading(entry))
                with stage.at(-16):
                    again = DocumentEntry.objects.get(pk=entry.pk)
                    remind_of_document(again, actor=_leading(entry), due_on=stage.day(-4 + place % 9))
            case 2 if entry.type.code == "packaging_specification":
                with stage.at(-20):
                    waive_document(entry, actor=person("sales.manager"), reason=WAIVED)


def _handed_out(types: dict[str, DocumentType]) -> None:
    """Who looks after a document and who must hold it: departments of the location, most of which have confirmed."""
    departments = list(Department.objects.filter(location__code="IT", function__in=["quality", "production"]).order_by("pk"))
    for place, entry in enumerate(_entries(type=types["quality_agreement"], document__isnull=False)[:8]):
        with stage.at(-90 if place % 3 else -2):
            distribute_document(entry, actor=person("sales.manager"), owner=person("quality"), departments=departments)
        if place % 3:
            with stage.at(-88):
                _confirmed(entry)


def _confirmed(entry: DocumentEntry) -> None:
    """The holders confirm that they have the current revision."""
    record: Any = entry.record
    for item in WorkItem.objects.on(record).open().filter(kind="confirm_document").order_by("pk"):
        department = next(one for one in Department.objects.all() if one.audience == item.addressed_to)
        complete_work(item, actor=person(str(department.function)))


def _superseded(types: dict[str, DocumentType]) -> None:
    """A customer's requirements in a new revision: on the other items of the company the old file lies on and counts no more."""
    kind = types["customer_requirements"]
    for entry in _entries(type=kind, document__isnull=False):
        document, others = entry.document, _entries(type=kind, document__isnull=True, customer=entry.customer)
        if document is None or not others:
            continue
        with stage.at(-30):
            file = _file(entry, document.title, COMMON)
            document = revise_document(document, actor=person("sales.manager"), file=file, revision="B")
            for other in others[:2]:
                copy, title = _file(entry, document.title, COMMON), document.title
                attach_document(
                    Document, actor=person("sales.manager"), record=other.record, type=kind, file=copy, title=title, revision="B"
                )
        with stage.at(-12):
            file = _file(entry, document.title, COMMON, "Rev. C: tracciabilità del lotto di fusione.")
            revise_document(document, actor=person("sales.manager"), file=file, revision="C")
        return
