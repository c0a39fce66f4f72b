"""The writer of the ledger: what staged sales would change, and writing exactly that, in sets and under one lock.

What the source did not say (rate, costs, manager, market) stays as it was first found while what it depends on stays: an
account manager of the day, a rate of the day. So the same file twice changes nothing.
"""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from kam.core.workflow import Denied
from orders.actions.faults import Fault, faults_of
from orders.actions.resolving import RESOLVED, look_up, stands_on
from orders.models import InvoiceSource, SalesBatch
from orders.models.upkeep import TAKE_LOCK

COMPARED, HEADS, COUNTS = "sales_compared", "sales_heads", "sales_counts"

#: While these stay the same, so does what followed from them; `held` is the version that holds, `header` its document's.
SAME_DAY = "held.plant_id = line.plant_id AND held.date = line.date"
SAME_MONEY = "header.currency = line.currency AND header.date = line.date"
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
    "rate": f"CASE WHEN NOT line.rate_stated AND {SAME_MONEY} THEN header.rate ELSE line.rate_used END",
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
KEPT = [name for name, expression in COLUMNS.items() if expression.startswith("CASE")]
#: The columns of a line as they stand in the comparison.
WRITTEN = [f"line.kept_{name}" if name in KEPT else expression for name, expression in COLUMNS.items()]
CHANGES = " OR ".join(f"held.{name} IS DISTINCT FROM ({expression})" for name, expression in COLUMNS.items())
COMPARE = f"""
CREATE TEMPORARY TABLE {COMPARED} ON COMMIT DROP AS
SELECT line.*, document.id AS document_id, held.id AS held_id, held.version AS held_version,
    CASE WHEN held.id IS NULL THEN 'new' WHEN {CHANGES} THEN 'changed' ELSE 'same' END AS outcome,
    {", ".join(f"{COLUMNS[name]} AS kept_{name}" for name in KEPT)}
FROM ({RESOLVED}) AS line
LEFT JOIN orders_salesdocument AS document ON document.system = line.source AND document.number = line.document_number
LEFT JOIN orders_salesline AS held ON held.document_id = document.id AND held.number = line.line_number AND held.ended_by_id IS NULL
LEFT JOIN orders_salesheader AS header ON header.document_id = document.id AND header.ended_by_id IS NULL
"""
# The first row of each document speaks for its header; a header that differs gets a new version.
HEADER_COLUMNS = ("kind", "date", "customer_id", "selling_location_id", "currency", "rate", "total")
COMPARE_HEADERS = f"""
CREATE TEMPORARY TABLE {HEADS} ON COMMIT DROP AS
SELECT head.*, held.id AS held_id, coalesce(held.version, 0) AS held_version FROM (
    SELECT DISTINCT ON (source, document_number) source, document_number, document_id, header_kind AS kind, date, customer_id,
        selling_id AS selling_location_id, currency, kept_rate AS rate, total
    FROM {COMPARED} ORDER BY source, document_number, row
) AS head
LEFT JOIN orders_salesheader AS held ON held.document_id = head.document_id AND held.ended_by_id IS NULL
WHERE held.id IS NULL OR ({", ".join(f"head.{name}" for name in HEADER_COLUMNS)})
    IS DISTINCT FROM ({", ".join(f"held.{name}" for name in HEADER_COLUMNS)})
"""
DOCUMENTS = f"""
INSERT INTO orders_salesdocument (system, number) SELECT DISTINCT source, document_number FROM {HEADS} ON CONFLICT DO NOTHING
"""
END_HEADERS = (
    f"UPDATE orders_salesheader SET ended_by_id = %(batch)s WHERE id IN (SELECT held_id FROM {HEADS} WHERE held_id IS NOT NULL)"
)
# A document that is new has no earlier header to look for, and none is looked for: not in a table that is just being filled.
# The lines are there already: of a new document they are those of this run, and what else there is, the trigger finds.
MAKE_HEADERS = f"""
INSERT INTO orders_salesheader (document_id, version, batch_id, lines_net, {", ".join(HEADER_COLUMNS)})
SELECT document.id, CASE WHEN head.document_id IS NULL THEN 1 ELSE (
        SELECT coalesce(max(version), 0) + 1 FROM orders_salesheader AS earlier WHERE earlier.document_id = head.document_id
    ) END, %(batch)s, coalesce(written.net, 0), {", ".join(f"head.{name}" for name in HEADER_COLUMNS)}
FROM {HEADS} AS head JOIN orders_salesdocument AS document ON document.system = head.source AND document.number = head.document_number
LEFT JOIN (
    SELECT source, document_number, sum(net) AS net FROM {COMPARED} WHERE outcome <> 'same' GROUP BY source, document_number
) AS written ON written.source = head.source AND written.document_number = head.document_number
"""
END_LINES = (
    f"UPDATE orders_salesline SET ended_by_id = %(batch)s WHERE id IN (SELECT held_id FROM {COMPARED} WHERE outcome = 'changed')"
)
# Lines that an undo has ended keep their version numbers; a document that is new has none to look for.
MAKE_LINES = f"""
INSERT INTO orders_salesline (document_id, number, version, batch_id, {", ".join(NAMES)})
SELECT document.id, line.line_number, coalesce(line.held_version, earlier.version, 0) + 1, %(batch)s, {", ".join(WRITTEN)}
FROM {COMPARED} AS line
JOIN orders_salesdocument AS document ON document.system = line.source AND document.number = line.document_number
LEFT JOIN (
    SELECT document_id, number, max(version) AS version FROM orders_salesline
    WHERE document_id IN (SELECT document_id FROM {COMPARED} WHERE held_id IS NULL AND document_id IS NOT NULL)
    GROUP BY document_id, number
) AS earlier ON earlier.document_id = line.document_id AND earlier.number = line.line_number
WHERE line.outcome <> 'same' ORDER BY line.date, line.row
"""
# What the stated totals would say beside the lines: those of the file, and those that stand and are not in it.
BESIDE_LINES = f"""
WITH stated AS (
    SELECT source, document_number, min(row) AS row, min(document_id) AS document_id, min(total) AS total, sum(net) AS net
    FROM {COMPARED} GROUP BY source, document_number
), standing AS (
    SELECT other.document_id, sum(other.net) AS net FROM orders_salesline AS other
    WHERE other.document_id IN (SELECT document_id FROM stated) AND other.ended_by_id IS NULL
        AND NOT EXISTS (SELECT FROM {COMPARED} AS same WHERE same.held_id = other.id)
    GROUP BY other.document_id
), document AS (
    SELECT row, document_number, total, stated.net + coalesce(standing.net, 0) AS lines,
        abs(total - stated.net - coalesce(standing.net, 0)) > 0.005 AS differs
    FROM stated LEFT JOIN standing USING (document_id)
)
"""
COUNT = f"""
CREATE TEMPORARY TABLE {COUNTS} ON COMMIT DROP AS {BESIDE_LINES}
SELECT new, changed, same, documents, headers, differences FROM (
    SELECT count(*) FILTER (WHERE outcome = 'new') AS new, count(*) FILTER (WHERE outcome = 'changed') AS changed,
        count(*) FILTER (WHERE outcome = 'same') AS same
    FROM {COMPARED}
) AS lines, (SELECT count(*) AS documents, count(*) FILTER (WHERE differs) AS differences FROM document) AS beside,
(SELECT count(*) AS headers FROM {HEADS}) AS heads
"""
DIFFERENT_DOCUMENTS = (
    f"{BESIDE_LINES} SELECT row, document_number, total, lines FROM document WHERE differs ORDER BY row LIMIT %(most)s"
)


#: What is written from what `prepare_sales` has found: table → query of what it needs of it.
TO_WRITE = {
    COMPARED: f"""
        SELECT row, source, document_number, line_number, document_id, held_id, held_version, outcome, selling_id, date,
            {", ".join(sorted({column.removeprefix("line.") for column in WRITTEN} - {"date", "selling_id"}))}
        FROM {COMPARED} WHERE outcome <> 'same'
    """,
    HEADS: f"TABLE {HEADS}",
    COUNTS: f"TABLE {COUNTS}",
}


def found_with(actor: Any) -> str:
    """A text that stays the same while `prepare_sales` would find the same in the same rows."""
    return stands_on(actor, COMPARE, COMPARE_HEADERS, *TO_WRITE.values())


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
    values = look_up(staged, actor=actor, system=system)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {COMPARED}")
        cursor.execute(COMPARE.format(staged=staged), values)
    run(f"ANALYZE {COMPARED} (row, source, document_number, line_number, document_id, held_id, outcome)")
    faults = faults_of(staged, COMPARED, values)
    if faults and not leave_out_faulty:
        return faults, {"faults": len(faults)}
    if faults:
        run(f"DELETE FROM {COMPARED} WHERE row = ANY(%(rows)s)", rows=[fault.row for fault in faults])
    run(f"DROP TABLE IF EXISTS {HEADS}", COMPARE_HEADERS, f"ANALYZE {HEADS}", f"DROP TABLE IF EXISTS {COUNTS}", COUNT)
    return faults, prepared_counts() | ({"faults": len(faults)} if faults else {})


def prepared_counts() -> dict[str, int]:
    """How many lines would be new, changed and the same, of what `prepare_sales` has found."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {COUNTS}")
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))


def different_documents(most: int) -> list[tuple[int, str, Decimal, Decimal]]:
    """The first documents of what `prepare_sales` has found whose lines do not add up to the stated total: row, number, total, lines."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT_DOCUMENTS, {"most": most})
        return list(cursor.fetchall())


def write_prepared(batch: SalesBatch) -> None:
    """Write what `prepare_sales` has found."""
    declare_sources()
    key = {"batch": batch.pk}
    run(DOCUMENTS)
    run(END_HEADERS, **key)
    run(END_LINES, **key)
    run(MAKE_LINES, **key)
    run(MAKE_HEADERS, **key)


def declare_sources() -> None:
    """A location that has never declared where its invoices come from declares the source of the first ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT selling_id, min(source) FROM {COMPARED}"
            " WHERE NOT EXISTS (SELECT FROM orders_invoicesource WHERE location_id = selling_id) GROUP BY selling_id"
        )
        found = cursor.fetchall()
    for location, system in found:
        InvoiceSource.objects.create(location_id=location, system=system, period=(None, None))
