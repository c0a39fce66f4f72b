"""Requirements of documents and documents in hand, for tests."""

from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from catalog.actions import check_document, refresh_register
from catalog.models import DocumentEntry, DocumentRequirement
from kam.core.documents import Document, DocumentType, attach_document
from tests.factories.files import named, pdf


def document_type(code: str, **values: Any) -> DocumentType:
    """A type of this code."""
    return DocumentType.objects.get_or_create(code=code, defaults={"name_en": code.replace("_", " ").capitalize()} | values)[0]


def required(code: str, subject: str = "customer", **values: Any) -> DocumentRequirement:
    """A requirement since 2020, without bringing the register up to date."""
    since = values.pop("period", DateRange(date(2020, 1, 1), None))
    return DocumentRequirement.objects.create(type=document_type(code), subject=subject, period=since, **values)


def in_hand(record: Any, code: str, *, by: Any = None, text: str = "", checked: bool = False, **stated: Any) -> Document:
    """A document on a record, checked if told so; files differ by their text."""
    file = named(pdf(text or f"{code} {record.pk}"), f"{code}.pdf")
    document = attach_document(Document, actor=by, record=record, type=document_type(code), file=file, **stated)
    if checked:
        check_document(entry_of(record, code), actor=None)
    return document


def entry_of(record: Any, code: str) -> DocumentEntry:
    """The entry of a record for a type, as it stands now."""
    refresh_register([record])
    return DocumentEntry.objects.about(record).for_list().get(type__code=code)
