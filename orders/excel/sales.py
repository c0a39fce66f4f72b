"""What can be imported into the ledger: sales documents and their lines, as one table of lines."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kam.core.excel import Column
from kam.core.formats import number
from kam.core.import_kinds import Change, Fault, Outcome, Remark, StagedKind
from kam.core.imports.staging import digest_of
from orders.actions import record_sales, undo_sales
from orders.actions.resolving import HEADER_COLUMNS, HELD
from orders.actions.writing import (
    COMPARED,
    HEADS,
    KEPT,
    ROWS,
    SUMS,
    different_documents,
    found_with,
    lock_ledger,
    prepare_sales,
    prepared_counts,
)
from orders.models import LineKind, SalesBatch, SalesHeader

SHOWN, SHOWN_DIFFERENCES = 100, 1_000
SAID = ("held_id", "held_version", "written", *HEADER_COLUMNS)
WRITTEN = f"""
SELECT document_row, print, 0 FROM {SUMS} WHERE print IS NOT NULL
UNION ALL SELECT document_row, hash_record_extended(ROW(source, document_number, {", ".join(SAID)}), 0), 1 FROM {HEADS}
"""
FIRST_CHANGES = f"""
SELECT line.row, line.document_number || ' / ' || line.line_number, held.id, line.date, line.quantity, line.net, line.currency,
    held.date, held.quantity, held.net, held.currency
FROM {COMPARED} AS line JOIN (
    SELECT row FROM {COMPARED} WHERE outcome <> 'same' ORDER BY row LIMIT {SHOWN}
) AS first USING (row)
LEFT JOIN {HELD} AS held ON held.id = line.held_id ORDER BY line.row
"""
HEADERS_ALONE = f"""
SELECT count(*) FROM {HEADS} WHERE held_id IS NOT NULL AND written IS NULL
"""
FIELDS = ("date", "quantity", "net", "currency")


class Sales(StagedKind):
    """Invoices and credit notes of a source system, a row a line; what belongs to the document is repeated in its rows."""

    code, label, verb = "orders.sales", _("Sales: invoices and credit notes"), "orders.record_sales"
    help = _(
        "A row a line of an invoice or credit note, with the codes of the source system. Costs, exchange rate and account "
        "manager of the day are found where the file does not state them."
    )
    columns = (
        Column("system", _("source system"), required=True, max_length=40, help=_("For example SAP-IT; the same in every row")),
        Column("document", _("document number"), required=True, max_length=40),
        Column("document_kind", _("kind of document"), "choice", values=SalesHeader.Kind.choices),
        Column("date", _("date"), "date", required=True),
        Column("customer", _("customer"), max_length=80, help=_("The sold-to party; empty where the plant says it")),
        Column("plant", _("plant"), max_length=80),
        Column("selling_location", _("selling location"), max_length=80),
        Column("total", _("total of the document"), "decimal"),
        Column("line", _("line"), max_length=20),
        Column("kind", _("kind of line"), "choice", values=LineKind.choices),
        Column("intercompany", _("intercompany"), "boolean"),
        Column("producing_location", _("producing location"), max_length=80),
        Column("product", _("product"), max_length=80),
        Column("quantity", _("quantity"), "decimal"),
        Column("unit", _("unit"), max_length=8),
        Column("net", _("net amount"), "decimal", help=_("As it counts: what lowers revenue with a minus")),
        Column("unit_price", _("price"), "decimal", help=_("Only where there is no net amount")),
        Column("price_unit", _("price unit"), "decimal"),
        Column("discount", _("discount as a share of 1"), "decimal"),
        Column("currency", _("currency"), max_length=3),
        Column("rate", _("rate to the currency of the group"), "decimal", decimals=8),
        Column("cost", _("cost of the line"), "decimal"),
        Column("unit_cost", _("cost of one unit"), "decimal"),
        Column("transfer_price", _("transfer price of the line"), "decimal"),
        Column("account_manager", _("account manager"), max_length=80),
        Column("sector", _("sector"), max_length=20),
    )

    kept, rows = KEPT, ROWS

    def stands_on(self, *, actor: Any) -> str:
        """The lines, headers, codes, rates, costs, rights and parameters that are there now."""
        lock_ledger()
        return found_with(actor)

    def prepare_staged(self, table: str, *, actor: Any) -> Outcome:
        """What these sales would do: looked up and compared with the ledger, in SQL."""
        faults, counts = prepare_sales(table, actor=actor)
        if faults:
            return Outcome(faults=[Fault(fault.row, fault.field, fault.read, fault.expected) for fault in faults])
        changed = counts["changed"] + _headers_alone()
        more = {name: counts[name] for name in ("documents", "differences")}
        differences = _differences() if counts["differences"] else []
        return Outcome(counts["new"], changed, counts["same"], (), digest_of(WRITTEN), _first_changes(), more, differences)

    def write_staged(self, table: str, *, actor: Any, reason: str, put: Callable[[str], None]) -> dict[str, Any]:
        """Write what was just prepared, as one run of the ledger."""
        batch = record_sales(SalesBatch, actor=actor, reason=reason, prepared=prepared_counts(), put=put)
        return {"batch": batch.pk if batch else None}

    def undo_staged(self, written: dict[str, Any], *, actor: Any, reason: str) -> None:
        """Take the run back."""
        if written.get("batch"):
            undo_sales(SalesBatch.objects.get(pk=written["batch"]), actor=actor, reason=reason)


def _headers_alone() -> int:
    """How many documents would get a new header while their lines stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(HEADERS_ALONE)
        return int(cursor.fetchone()[0])


def _differences() -> list[Remark]:
    """The documents whose lines do not add up to what they state; they are recorded as they are."""
    text = _("its lines add up to %(lines)s, it states %(total)s: a difference of %(difference)s")
    return [
        Remark(
            row,
            document,
            str(
                text
                % {
                    "lines": number(lines, 2, most=6),
                    "total": number(total, 2, most=6),
                    "difference": number(total - lines, 2, most=6, signed=True),
                }
            ),
        )
        for row, document, total, lines in different_documents(SHOWN_DIFFERENCES)
    ]


def _first_changes() -> list[Change]:
    """The first lines that would be new or changed, as the preview shows them."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST_CHANGES)
        return [
            Change(row, label, dict(zip(FIELDS, now, strict=True)), held, dict(zip(FIELDS, before, strict=True)) if held else {})
            for row, label, held, *values in cursor.fetchall()
            for now, before in [(values[:4], values[4:])]
        ]
