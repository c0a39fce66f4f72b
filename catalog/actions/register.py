"""The register of documents kept up to date, set by set: what is required, what is in hand, and what of it is new (domain 12.2)."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Q

from accounts.models import Customer, Plant
from catalog.actions.document_work import end_reminders, hand_out
from catalog.models import DocumentEntry, Product
from catalog.models.document_subjects import LINES, DocumentSubject, document_subjects
from catalog.reports import records_of_lines
from kam.core import clock, history
from kam.core.documents import Document

REFRESHED = "catalog.refresh_register"
LOCK = "SELECT pg_advisory_xact_lock(7206)"
# What is wanted of each record, beside the best document in hand of each type that is ever asked of such records.
FOUND = f"""
WITH RECURSIVE {LINES},
subject AS (SELECT * FROM (%(statement)s) every WHERE %%(everything)s OR every.object_id = ANY(%%(keys)s::bigint[])),
wanted AS (
    SELECT subject.object_id, rule.type_id, array_agg(DISTINCT rule.process) FILTER (WHERE rule.blocks) AS blocks_in
    FROM subject JOIN catalog_documentrequirement rule ON rule.subject = %%(subject)s AND rule.period @> %%(today)s::date
        AND rule.tier IN ('', subject.tier) AND rule.process IN ('', subject.process)
        AND (rule.product_line_id IS NULL OR rule.product_line_id = ANY(subject.lines))
    GROUP BY subject.object_id, rule.type_id),
held AS (
    SELECT DISTINCT ON (document.object_id, document.type_id) document.object_id, document.type_id, document.id
    FROM core_document document JOIN subject ON subject.object_id = document.object_id
    WHERE document.content_type_id = %%(kind)s AND document.superseded_by_id IS NULL AND document.retired_at IS NULL
        AND document.private_to = '{{}}'
        AND document.type_id IN (SELECT type_id FROM catalog_documentrequirement WHERE subject = %%(subject)s)
    ORDER BY document.object_id, document.type_id, (document.obsolete_since IS NULL) DESC,
        (document.valid_from IS NULL OR document.valid_from <= %%(today)s::date) DESC, document.valid_to DESC NULLS FIRST,
        document.id DESC),
found AS (
    SELECT object_id, type_id, wanted.type_id IS NOT NULL AS required, COALESCE(wanted.blocks_in, '{{}}') AS blocks_in, held.id AS document_id
    FROM (SELECT object_id, type_id FROM wanted UNION SELECT object_id, type_id FROM held) pair
    LEFT JOIN wanted USING (object_id, type_id) LEFT JOIN held USING (object_id, type_id))
"""  # noqa: S608 - our own words
# The pairs that the register does not hold as they are.
NEW = """FROM found JOIN subject USING (object_id) LEFT JOIN catalog_documententry entry
    ON entry.content_type_id = %(kind)s AND entry.object_id = found.object_id AND entry.type_id = found.type_id
WHERE entry.id IS NULL OR (entry.customer_id, entry.plant_id, entry.required, entry.blocks_in, entry.document_id)
    IS DISTINCT FROM (subject.customer_id, subject.plant_id, found.required, found.blocks_in::varchar[], found.document_id)"""
SAME = "catalog_documententry.document_id = EXCLUDED.document_id"
WRITE = f"""
INSERT INTO catalog_documententry (content_type_id, object_id, type_id, customer_id, plant_id, required, blocks_in, document_id,
    holders, reminders, waiver, version)
SELECT %(kind)s, found.object_id, found.type_id, subject.customer_id, subject.plant_id, found.required, found.blocks_in,
    found.document_id, '{{}}', 0, '', 1
{NEW} ORDER BY found.object_id, found.type_id
ON CONFLICT (content_type_id, object_id, type_id) DO UPDATE SET customer_id = EXCLUDED.customer_id, plant_id = EXCLUDED.plant_id,
    required = EXCLUDED.required, blocks_in = EXCLUDED.blocks_in, document_id = EXCLUDED.document_id,
    checked_at = CASE WHEN {SAME} THEN catalog_documententry.checked_at END,
    checked_by_id = CASE WHEN {SAME} THEN catalog_documententry.checked_by_id END,
    requested_on = CASE WHEN EXCLUDED.document_id IS NULL OR {SAME} THEN catalog_documententry.requested_on END,
    requested_by_id = CASE WHEN EXCLUDED.document_id IS NULL OR {SAME} THEN catalog_documententry.requested_by_id END,
    due_on = CASE WHEN EXCLUDED.document_id IS NULL OR {SAME} THEN catalog_documententry.due_on END
RETURNING id, (xmax <> 0) AND document_id IS NOT NULL
"""
# What is neither required nor in hand any more; what somebody has said about it stays.
OLD = """content_type_id = %(kind)s AND (%(everything)s OR object_id = ANY(%(keys)s::bigint[]))
    AND (required OR document_id IS NOT NULL) AND NOT EXISTS (
        SELECT FROM found WHERE found.object_id = catalog_documententry.object_id AND found.type_id = catalog_documententry.type_id)"""
CLEAR = f"""
UPDATE catalog_documententry SET required = false, blocks_in = '{{}}', document_id = NULL, checked_at = NULL, checked_by_id = NULL
WHERE {OLD} RETURNING id, false
"""  # noqa: S608 - our own words
ASKED = ((f"SELECT EXISTS (SELECT {NEW})", WRITE), (f"SELECT EXISTS (SELECT FROM catalog_documententry WHERE {OLD})", CLEAR))  # noqa: S608 - our own words


def refresh_register(records: Iterable[models.Model] | None = None) -> int:
    """Bring the register up to date, of these records or of all: a fixed number of statements a kind of record.

    A document that is new in an entry is to be checked, and whoever must hold the current revision is asked to confirm it.
    Answers how many entries changed; twice without harm.
    """
    keys: dict[str, list[int]] = {}
    for record in records or ():
        keys.setdefault(record._meta.label, []).append(record.pk)
    changed = 0
    with transaction.atomic(), history.bound(actor=None, verb=REFRESHED):
        for slug, subject in document_subjects().items():
            if records is None or subject.label in keys:
                changed += _refresh(slug, subject, keys.get(subject.label) if records is not None else None)
    return changed


def _refresh(slug: str, subject: DocumentSubject, keys: list[int] | None) -> int:
    parameters: dict[str, Any] = {
        "kind": subject.content_type.pk, "subject": slug, "today": clock.today(), "everything": keys is None, "keys": keys or [],
    }  # fmt: skip
    found = FOUND % {"statement": subject.statement}
    written: list[tuple[int, bool]] = []
    with connection.cursor() as cursor:
        for question, statement in ASKED:
            # Asked before it is written: a statement leaves its mark in the history even where it finds no row, and nobody
            # has to wait for another where nothing is to be written. Asked again once it is alone.
            if _has(cursor, found + question, parameters):
                cursor.execute(LOCK)
                if _has(cursor, found + question, parameters):
                    cursor.execute(found + statement, parameters)
                    written += cursor.fetchall()
    renewed = [key for key, held in written if held]
    for entry in DocumentEntry.objects.filter(pk__in=renewed).for_list():
        end_reminders(entry, actor=None)
        hand_out(entry, actor=None)
    return len(written)


def _has(cursor: Any, question: str, parameters: dict[str, Any]) -> bool:
    cursor.execute(question, parameters)
    return bool(cursor.fetchone() == (True,))


def follow_document(document: Document) -> None:
    """A document came, changed or was replaced (port `document_touches`): its record's entries are brought up to date.

    So are those of the records that hold a copy of the file that is replaced.
    """
    touched = Q(content_type=document.content_type_id, object_id=document.object_id)
    replaced = Document.objects.filter(superseded_by=document).first()
    if replaced is not None:
        touched |= Q(sha256=replaced.sha256, type=replaced.type_id)
    labels = {subject.content_type.pk: subject for subject in document_subjects().values()}
    rows = Document.objects.filter(touched, content_type__in=labels).values_list("content_type", "object_id").distinct()
    records: list[models.Model] = []
    for kind, key in rows:
        records += labels[kind].model._base_manager.filter(pk=key)
    if records:
        refresh_register(records)


def refresh_for_order_lines(
    *, plant: Plant, products: Iterable[Product], customer: Customer | None = None, order: models.Model | None = None
) -> int:
    """Bring the register of everything up to date whose documents an order of these products by this plant needs."""
    return refresh_register(records_of_lines(plant=plant, products=products, customer=customer, order=order))
