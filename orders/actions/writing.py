"""The writer of the ledger: what staged sales would change, and writing exactly that, in sets and under one lock.

What the source did not say (rate, costs, manager, market) stays as it was first found while what it depends on stays: an
account manager of the day, a rate of the day. So the same file twice changes nothing.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from kam.core.imports.staging import insert
from kam.core.workflow import Denied
from orders.actions.faults import Fault, faults_of
from orders.actions.resolving import HEADER_COLUMNS, HELD, NAMED, RESOLVED, look_up, stands_on
from orders.models import InvoiceSource, SalesBatch
from orders.models.upkeep import TAKE_LOCK

COMPARED, SUMS, HEADS, COUNTS = "sales_compared", "sales_sums", "sales_heads", "sales_counts"
ENDED_LINES, ENDED_HEADERS, SOURCES = "sales_ended_lines", "sales_ended_headers", "sales_sources"

#: While these stay the same, so does what followed from them; `held` is the version that holds.
SAME_DAY = "held.plant_id = line.plant_id AND held.date = line.date"
SAME_MONEY = "line.header_currency = line.currency AND line.header_date = line.date"
SAME_GOODS = (
    "held.product_id IS NOT DISTINCT FROM line.product_id AND held.producing_location_id = line.producing_id"
    " AND held.selling_location_id = line.selling_id AND held.quantity = line.quantity AND held.unit = line.unit_code"
    " AND held.kind = line.kind AND held.date = line.date"
)
#: Line column → what the ledger would keep there.
COLUMNS = {
    "date": "line.date",
    "plant_id": "line.plant_id",
    "selling_location_id": "line.selling_id",
    "producing_location_id": "line.producing_id",
    "product_id": "line.product_id",
    "kind": "line.kind",
    "is_intercompany": "line.is_intercompany",
    "quantity": "line.quantity",
    "unit": "line.unit_code",
    "net": "line.net",
    "currency": "line.currency",
    "rate": f"CASE WHEN NOT line.rate_stated AND {SAME_MONEY} THEN line.header_rate ELSE line.rate_used END",
    "cost": f"CASE WHEN NOT line.cost_stated AND {SAME_GOODS} THEN coalesce(held.cost, line.group_cost) ELSE line.group_cost END",
    "local_cost": f"CASE WHEN NOT (line.cost_stated OR line.transfer_stated) AND {SAME_GOODS}"
    " THEN coalesce(held.local_cost, line.group_local_cost) ELSE line.group_local_cost END",
    "account_manager_id": f"CASE WHEN NOT line.manager_stated AND {SAME_DAY}"
    " THEN coalesce(held.account_manager_id, line.account_manager_id) ELSE line.account_manager_id END",
    "manager_stated": "line.manager_stated",
    "sector_id": f"CASE WHEN NOT line.sector_stated AND {SAME_DAY} THEN coalesce(held.sector_id, line.sector_id) ELSE line.sector_id END",
    "area_id": f"CASE WHEN {SAME_DAY} THEN coalesce(held.area_id, line.area_id) ELSE line.area_id END",
}
NAMES = list(COLUMNS)
#: Columns in which an earlier version may have its say.
LOOKS_BACK = [name for name, expression in COLUMNS.items() if expression.startswith("CASE")]
#: The columns of a line as they stand in the comparison.
WRITTEN = [f"line.kept_{name}" if name in LOOKS_BACK else expression for name, expression in COLUMNS.items()]
CHANGES = " OR ".join(f"held.{name} IS DISTINCT FROM ({expression})" for name, expression in COLUMNS.items())
# What the statements below ask of every line stands first: reading a column of a row passes by all that stand before it.
COMPARE = f"""
CREATE TEMPORARY TABLE {COMPARED} ON COMMIT DROP AS
SELECT CASE WHEN held.id IS NULL THEN 'new' WHEN {CHANGES} THEN 'changed' ELSE 'same' END AS outcome, held.id AS held_id,
    held.version AS held_version, line.*, {", ".join(f"{COLUMNS[name]} AS kept_{name}" for name in LOOKS_BACK)}
FROM ({RESOLVED}) AS line
LEFT JOIN {HELD} AS held ON held.document_id = line.document_id AND held.number = line.line_number
"""
# What the rows of each document say together, its first row first; `mixed` where they do not say the same about it.
MAKE_SUMS = f"""
CREATE TEMPORARY TABLE {SUMS} ON COMMIT DROP AS
SELECT document_row, min(row) AS row, min(total) AS total, sum(net) AS net, sum(net) FILTER (WHERE outcome <> 'same') AS written,
    sum(hash_record_extended(ROW(row, line_number, outcome, held_id, {", ".join(WRITTEN)}), 0)) FILTER (WHERE outcome <> 'same') AS print,
    min(date) <> max(date) OR min(customer_id) <> max(customer_id) OR min(selling_id) <> max(selling_id)
        OR min(currency) <> max(currency) OR min(rate_used) <> max(rate_used) OR min(header_kind) <> max(header_kind)
        OR min(total) <> max(total) OR count(total) NOT IN (0, count(*)) AS mixed
FROM {COMPARED} AS line GROUP BY document_row
"""
# The first row of each document speaks for its header; a header that differs gets a new version.
MAKE_HEADS = f"""
CREATE TEMPORARY TABLE {HEADS} ON COMMIT DROP AS
SELECT head.*, named.header_id AS held_id, coalesce(named.header_version, 0) AS held_version FROM (
    SELECT line.document_row, line.document_key, line.source, line.document_number, line.document_id, header_kind AS kind, date, customer_id,
        selling_id AS selling_location_id, currency, kept_rate AS rate, line.total, sums.written
    FROM {SUMS} AS sums JOIN {COMPARED} AS line ON line.row = sums.row
) AS head JOIN {NAMED} AS named USING (document_row)
WHERE named.header_id IS NULL OR ({", ".join(f"head.{name}" for name in HEADER_COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"named.header_{name}" for name in HEADER_COLUMNS)})
"""
MAKE_ENDED_LINES = f"""
CREATE TEMPORARY TABLE {ENDED_LINES} ON COMMIT DROP AS SELECT held_id AS id FROM {COMPARED} WHERE outcome = 'changed'
"""
MAKE_ENDED_HEADERS = f"""
CREATE TEMPORARY TABLE {ENDED_HEADERS} ON COMMIT DROP AS SELECT held_id AS id FROM {HEADS} WHERE held_id IS NOT NULL
"""
# A location that has never declared where its invoices come from declares the source of the first ones.
MAKE_SOURCES = f"""
CREATE TEMPORARY TABLE {SOURCES} ON COMMIT DROP AS
SELECT selling_id, min(source) AS source FROM {COMPARED}
WHERE outcome <> 'same' AND selling_id NOT IN (SELECT location_id FROM orders_invoicesource) GROUP BY selling_id
"""
END_LINES = f"UPDATE orders_salesline SET ended_by_id = %(batch)s WHERE id IN (SELECT id FROM {ENDED_LINES})"
END_HEADERS = f"UPDATE orders_salesheader SET ended_by_id = %(batch)s WHERE id IN (SELECT id FROM {ENDED_HEADERS})"
# Lines that an undo has ended keep their version numbers; a document that is new has none to look for. They are sorted by day and
# row as one number: of two, the second would be looked for in the row again at each comparison.
LINES = f"""
SELECT line.document_key, line.line_number, 1 + CASE WHEN line.held_id IS NOT NULL THEN line.held_version
    WHEN line.document_id IS NULL THEN 0 ELSE (
        SELECT coalesce(max(version), 0) FROM orders_salesline AS earlier
        WHERE earlier.document_id = line.document_id AND earlier.number = line.line_number
    ) END, (SELECT batch FROM {COUNTS}), {", ".join(WRITTEN)}
FROM {COMPARED} AS line WHERE line.outcome <> 'same' ORDER BY (line.date - date '2000-01-01') * 4294967296 + line.row
"""
# A document that is new has no earlier header to look for, and none is looked for: not in a table that is just being filled.
# The lines are there before: of a new document they are those of this run, and what else there is, the trigger finds.
HEADERS = f"""
SELECT head.document_key, CASE WHEN head.document_id IS NULL THEN 1 ELSE (
        SELECT coalesce(max(version), 0) + 1 FROM orders_salesheader AS earlier WHERE earlier.document_id = head.document_id
    ) END, (SELECT batch FROM {COUNTS}), coalesce(head.written, 0), {", ".join(f"head.{name}" for name in HEADER_COLUMNS)}
FROM {HEADS} AS head
"""
# What the stated totals would say beside the lines: those of the file, and those that stand and are not in it.
BESIDE_LINES = f"""
WITH standing AS (
    SELECT other.document_id, sum(other.net) AS net FROM {HELD} AS other
    WHERE NOT EXISTS (SELECT FROM {COMPARED} AS same WHERE same.held_id = other.id) GROUP BY other.document_id
), document AS (
    SELECT sums.row, named.document_number, sums.total, sums.net + coalesce(standing.net, 0) AS lines,
        abs(sums.total - sums.net - coalesce(standing.net, 0)) > 0.005 AS differs
    FROM {SUMS} AS sums JOIN {NAMED} AS named USING (document_row) LEFT JOIN standing USING (document_id)
)
"""
COUNT = f"""
CREATE TEMPORARY TABLE {COUNTS} ON COMMIT DROP AS {BESIDE_LINES}
SELECT nextval(pg_get_serial_sequence('orders_salesbatch', 'id')) AS batch, new, changed, same, documents, headers, differences FROM (
    SELECT count(*) FILTER (WHERE outcome = 'new') AS new, count(*) FILTER (WHERE outcome = 'changed') AS changed,
        count(*) FILTER (WHERE outcome = 'same') AS same
    FROM {COMPARED}
) AS lines, (SELECT count(*) AS documents, count(*) FILTER (WHERE differs) AS differences FROM document) AS beside,
(SELECT count(*) AS headers FROM {HEADS}) AS heads
"""
DIFFERENT_DOCUMENTS = (
    f"{BESIDE_LINES} SELECT row, document_number, total, lines FROM document WHERE differs ORDER BY row LIMIT %(most)s"
)


#: What is made from the comparison, one after the other.
MAKE = {
    HEADS: MAKE_HEADS,
    COUNTS: COUNT,
    ENDED_LINES: MAKE_ENDED_LINES,
    ENDED_HEADERS: MAKE_ENDED_HEADERS,
    SOURCES: MAKE_SOURCES,
}
#: What is written besides new rows, and what is written as it is: table → columns and the query of their rows.
KEPT = {table: f"TABLE {table}" for table in (COUNTS, ENDED_LINES, ENDED_HEADERS, SOURCES)}
ROWS = {
    "orders_salesdocument": (
        ("id", "system", "number"),
        f"SELECT document_key, source, document_number FROM {HEADS} WHERE document_id IS NULL",
    ),
    "orders_salesline": (("document_id", "number", "version", "batch_id", *NAMES), LINES),
    "orders_salesheader": (("document_id", "version", "batch_id", "lines_net", *HEADER_COLUMNS), HEADERS),
}


def found_with(actor: Any) -> str:
    """A text that stays the same while `prepare_sales` would find the same in the same rows."""
    return stands_on(actor, COMPARE, MAKE_SUMS, *MAKE.values(), LINES, HEADERS)


def lock_ledger() -> None:
    """Wait until no other writer is at work; held until the transaction ends. Sets of rows are sorted and joined in memory."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_LOCK)
        cursor.execute("SET LOCAL work_mem = '64MB'")


def run(*statements: str, **values: Any) -> int:
    """Execute statements and answer how many rows the last one touched."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
        return int(cursor.rowcount)


def refuse_other_currency() -> None:
    """The currency of the group is fixed once a sale is recorded. Raises Denied."""
    kept = SalesBatch.objects.exclude(currency=settings.BASE_CURRENCY).values_list("currency", flat=True).first()
    if kept is not None:
        raise Denied(
            "currency_fixed",
            _("This ledger is kept in %(kept)s; KAM runs with KAM_CURRENCY=%(set)s. Set it back.")
            % {"kept": kept, "set": settings.BASE_CURRENCY},
        )


def prepare_sales(
    staged: str, *, actor: Any, system: str = "", leave_out_faulty: bool = False
) -> tuple[list[Fault], dict[str, int]]:
    """What staged sales would do: every fault, and how many lines would be new, changed and the same; nothing is written.

    With `leave_out_faulty` the rows that have a fault are left out of what would be written.
    """
    refuse_other_currency()
    lock_ledger()
    values, words = look_up(staged, actor=actor, system=system)
    run(f"DROP TABLE IF EXISTS {COMPARED}")
    run(COMPARE.format(**words), **values)
    run(f"ANALYZE {COMPARED} (row, document_row, line_number, document_id, held_id, outcome)")
    _make(SUMS, MAKE_SUMS)
    faults = faults_of(staged, COMPARED, SUMS, values)
    if faults and not leave_out_faulty:
        return faults, {"faults": len(faults)}
    if faults:
        run(f"DELETE FROM {COMPARED} WHERE row = ANY(%(rows)s)", rows=[fault.row for fault in faults])
        _make(SUMS, MAKE_SUMS)
    for table, statement in MAKE.items():
        _make(table, statement)
    return faults, prepared_counts() | ({"faults": len(faults)} if faults else {})


def _make(table: str, statement: str) -> None:
    run(f"DROP TABLE IF EXISTS {table}", statement, f"ANALYZE {table}")


def prepared_counts() -> dict[str, int]:
    """The key of the run, and how many lines would be new, changed and the same, of what `prepare_sales` has found."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {COUNTS}")
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))


def different_documents(most: int) -> list[tuple[int, str, Decimal, Decimal]]:
    """The first documents of what `prepare_sales` has found whose lines do not add up to the stated total: row, number, total, lines."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT_DOCUMENTS, {"most": most})
        return list(cursor.fetchall())


def insert_found(table: str) -> None:
    """Write the new rows of a table that `prepare_sales` has found."""
    insert(table, *ROWS[table])


def write_prepared(batch: SalesBatch, put: Callable[[str], None]) -> None:
    """Write what `prepare_sales` has found; `put` writes the new rows of a table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT selling_id, source FROM {SOURCES} ORDER BY selling_id")
        for location, system in cursor.fetchall():
            InvoiceSource.objects.create(location_id=location, system=system, period=(None, None))
    put("orders_salesdocument")
    run(END_HEADERS, END_LINES, batch=batch.pk)
    put("orders_salesline")
    # Taken for empty (a first import that was rolled back leaves it so), the tables would be read once for every header.
    run("SET LOCAL enable_seqscan = off")
    put("orders_salesheader")
    run("SET LOCAL enable_seqscan = on")
