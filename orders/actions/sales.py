"""Recording sales in the ledger and taking a recording back; every correction is a new version."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.faults import SalesRefused
from orders.actions.staging import STAGED
from orders.actions.writing import insert_found, lock_ledger, prepare_sales, run, write_prepared
from orders.actions.wrong_prices import check_batch
from orders.models import SalesBatch
from orders.models.lines import SalesLine

#: What a new version takes over from an earlier one.
TAKEN_OVER = ", ".join(
    str(field.column)
    for field in SalesLine._meta.concrete_fields
    if not field.generated and field.name not in {"id", "version", "batch", "ended_by"}
)
HEADER_TAKEN_OVER = "document_id, kind, date, customer_id, selling_location_id, currency, rate, total"
CHANGED_SINCE = """
SELECT EXISTS (SELECT FROM orders_salesline WHERE batch_id = %(undone)s AND ended_by_id IS NOT NULL)
    OR EXISTS (SELECT FROM orders_salesheader WHERE batch_id = %(undone)s AND ended_by_id IS NOT NULL)
"""
END_LINES = "UPDATE orders_salesline SET ended_by_id = %(batch)s WHERE batch_id = %(undone)s"
END_HEADERS = "UPDATE orders_salesheader SET ended_by_id = %(batch)s WHERE batch_id = %(undone)s"
REVIVE_HEADERS = f"""
INSERT INTO orders_salesheader (version, batch_id, lines_net, {HEADER_TAKEN_OVER})
SELECT (SELECT max(version) FROM orders_salesheader AS all_of_it WHERE all_of_it.document_id = held.document_id) + 1,
    %(batch)s, 0, {HEADER_TAKEN_OVER}
FROM orders_salesheader AS held WHERE ended_by_id = %(undone)s
"""
REVIVE_LINES = f"""
INSERT INTO orders_salesline (version, batch_id, {TAKEN_OVER})
SELECT (SELECT max(version) FROM orders_salesline AS all_of_it
        WHERE all_of_it.document_id = held.document_id AND all_of_it.number = held.number) + 1, %(batch)s, {TAKEN_OVER}
FROM orders_salesline AS held WHERE ended_by_id = %(undone)s
"""


@verb("orders.record_sales", _("Record sales"))
def record_sales(
    model: type[SalesBatch],
    *,
    actor: Any,
    reason: str = "",
    staged: str = STAGED,
    system: str = "",
    origin: str = "",
    kind: str = SalesBatch.Kind.IMPORT,
    leave_out_faulty: bool = False,
    prepared: dict[str, int] | None = None,
    put: Callable[[str], None] = insert_found,
) -> SalesBatch | None:
    """Record the sales of a staging table: new lines, new versions of those that differ, nothing for the others.

    `system` is the source of rows that name none; `prepared` are the counts that `prepare_sales` gave for these rows in this
    transaction already, or kept, and `put` then writes the new rows of a table. Answers with the run, or None when everything was recorded already.
    Raises SalesRefused with every fault of every row (unless `leave_out_faulty`), Denied when the currency does not fit.
    """
    counts = prepared
    if counts is None:
        faults, counts = prepare_sales(staged, actor=actor, system=system, leave_out_faulty=leave_out_faulty)
        if faults and not leave_out_faulty:
            raise SalesRefused(faults)
    if not (counts["new"] or counts["changed"] or counts["headers"]):
        return None
    batch = model(
        pk=counts.pop("batch"), kind=kind, origin=origin[:200], actor=actor, currency=settings.BASE_CURRENCY, counts=counts
    )
    batch.save(force_insert=True)
    write_prepared(batch, put)
    check_batch(batch)
    return batch


@verb("orders.undo_sales", _("Undo"))
def undo_sales(batch: SalesBatch, *, actor: Any, reason: str = "") -> SalesBatch:
    """Take back what one run recorded: its lines end, those that it ended hold again as new versions.

    Raises Denied for a run that was taken back already, and when a later one has changed its lines.
    """
    lock_ledger()
    if SalesBatch.objects.filter(undoes=batch).exists():
        raise Denied("undone_already", _("This was taken back already."))
    values = {"undone": batch.pk}
    with connection.cursor() as cursor:
        cursor.execute(CHANGED_SINCE, values)
        if cursor.fetchone()[0]:
            raise Denied("changed_since", _("Some of these lines were changed by a later recording. Take that one back first."))
    undo = SalesBatch(kind=SalesBatch.Kind.UNDO, origin=batch.origin, actor=actor, currency=batch.currency, undoes=batch)
    undo.save()
    values["batch"] = undo.pk
    run(END_HEADERS, **values)
    ended = run(END_LINES, **values)
    run(REVIVE_HEADERS, **values)
    revived = run(REVIVE_LINES, **values)
    undo.counts = {"ended": ended, "restored": revived}
    undo.save(update_fields=["counts"])
    check_batch(undo)
    return undo
