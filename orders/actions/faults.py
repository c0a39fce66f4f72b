"""Everything that is wrong with staged sales, row by row and all at once, in words that say what to write instead."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kam.core.workflow import Denied

#: How many faults are told at once; who leaves out these rows and asks again is told of the next ones.
MANY = 50_000

#: Code of a fault → what should stand there.
EXPECTED: dict[str, Any] = {
    "required": _("a value"),
    "unknown": _("a code that exists and that you may see"),
    "ambiguous": _("codes that stand for one record each"),
    "outside": _("a sale inside your area: this line belongs to somebody else"),
    "choice": _("one of the known kinds"),
    "currency": _("a currency code, as in EUR"),
    "no_rate": _("an exchange rate that is recorded for this day, or the rate in the file"),
    "above_zero": _("a number above zero"),
    "absurd": _("an amount that is likely: this one is larger than any sale may be"),
    "decimals": _("at most 6 decimals"),
    "direction": _("a quantity and an amount of the same sign"),
    "free": _("no amount on a line that is free of charge"),
    "unit": _("a unit that this product has"),
    "late": _("a day that has come"),
    "early": _("a day after 1990"),
    "before_customer": _("a day on which the customer existed"),
    "twice": _("each line only once; it stands in row %(other)s already"),
    "header": _("the same value in every line of the document, as in row %(other)s"),
    "source": _("an invoice of %(other)s, the declared source of this location"),
}

#: Column, code of the fault, when it is one (over `line`, a row as the ledger would keep it).
CHECKS = (
    ("system", "required", "line.source = ''"),
    ("document", "required", "line.document_number = ''"),
    ("document_kind", "choice", "line.header_kind <> ALL(%(header_kinds)s)"),
    ("kind", "choice", "line.kind <> ALL(%(kinds)s)"),
    ("date", "required", "line.date IS NULL"),
    ("date", "late", "line.date > %(last_day)s"),
    ("date", "early", "line.date < %(first_day)s"),
    ("date", "before_customer", "line.date < line.born"),
    ("customer", "required", "line.nobody"),
    ("customer", "unknown", "line.customer_unknown"),
    ("plant", "unknown", "line.plant_unknown"),
    ("customer", "ambiguous", "line.ambiguous"),
    ("selling_location", "required", "line.selling_id IS NULL AND NOT line.selling_unknown"),
    ("selling_location", "unknown", "line.selling_unknown"),
    ("producing_location", "unknown", "line.producing_unknown"),
    ("system", "source", "line.declared_system <> line.source"),
    ("product", "unknown", "line.product_unknown"),
    ("product", "required", "line.product_id IS NULL AND NOT line.product_unknown AND line.kind = ANY(%(costed_kinds)s)"),
    ("unit", "unit", "line.unit_unknown OR (line.product_id IS NOT NULL AND line.factor IS NULL)"),
    ("account_manager", "unknown", "line.manager_unknown"),
    ("sector", "unknown", "line.sector_unknown"),
    ("currency", "currency", "line.currency <> ALL(%(currencies)s)"),
    ("rate", "above_zero", "line.rate_used <= 0"),
    ("currency", "no_rate", "line.rate_used IS NULL AND line.date IS NOT NULL AND line.currency = ANY(%(currencies)s)"),
    ("net", "required", "line.net IS NULL"),
    ("net", "decimals", "scale(line.net) > 6 AND scale(trim_scale(line.net)) > 6"),
    ("net", "absurd", "abs(line.net * coalesce(line.rate_used, 1)) > %(largest)s"),
    ("net", "free", "line.kind = 'free_of_charge' AND line.net <> 0"),
    ("net", "direction", "line.net * line.quantity < 0 AND line.kind <> ALL(%(lowering_kinds)s)"),
    ("quantity", "absurd", "abs(line.quantity) >= 1000000000"),
    ("quantity", "decimals", "scale(line.quantity) > 6 AND scale(trim_scale(line.quantity)) > 6"),
    ("total", "absurd", "abs(line.total) >= 100000000000"),
)
OF_A_ROW = f"""
SELECT line.row, fault.field, to_jsonb(stated) ->> fault.field, fault.code, coalesce(line.declared_system, '')
FROM (SELECT * FROM {{compared}} AS line WHERE {" OR ".join(f"({found})" for _field, _code, found in CHECKS)} ORDER BY row LIMIT {MANY}) AS line
JOIN {{staged}} AS stated ON stated.row = line.row
CROSS JOIN LATERAL (VALUES {", ".join(f"('{field}', '{code}', {found})" for field, code, found in CHECKS)}) AS fault (field, code, found)
WHERE fault.found
"""
TWICE = """
SELECT row, 'line', line_number, 'twice', first::text FROM (
    SELECT row, line_number, min(row) OVER (PARTITION BY document_row, line_number) AS first FROM {compared}
    WHERE document_number <> '' AND (document_row, line_number) IN (
        SELECT document_row, line_number FROM {compared} GROUP BY document_row, line_number HAVING count(*) > 1
    )
) AS line WHERE row <> first
"""
# Only the rows of documents in which something differs are looked at value by value.
HEADERS = """
SELECT row, field, read, 'header', first::text FROM (
    SELECT line.*, first_value(row) OVER document AS first, first_value(date) OVER document AS first_date,
        first_value(customer_id) OVER document AS first_customer, first_value(selling_id) OVER document AS first_location,
        first_value(currency) OVER document AS first_currency, first_value(rate_used) OVER document AS first_rate,
        first_value(total) OVER document AS first_total, first_value(header_kind) OVER document AS first_kind
    FROM {compared} AS line WHERE document_row IN (
        SELECT document_row FROM {sums} WHERE mixed
    ) WINDOW document AS (PARTITION BY document_row ORDER BY row)
) AS line CROSS JOIN LATERAL (VALUES
    ('date', date::text, date <> first_date), ('customer', NULL, customer_id <> first_customer),
    ('selling_location', NULL, selling_id <> first_location), ('currency', currency, currency <> first_currency),
    ('rate', rate_used::text, rate_used <> first_rate AND currency = first_currency AND date = first_date),
    ('total', total::text, total IS DISTINCT FROM first_total), ('document_kind', header_kind, header_kind <> first_kind)
) AS fault (field, read, found)
WHERE found
"""
# A location that has not declared its source yet gets one from its first sales: they must agree on it.
SOURCES = """
SELECT row, 'system', source, 'source', first FROM (
    SELECT row, source, first_value(source) OVER (PARTITION BY selling_id ORDER BY row) AS first FROM {compared} AS line
    WHERE selling_id IN (
        SELECT selling_id FROM {compared} GROUP BY selling_id HAVING min(source) <> max(source)
    ) AND NOT EXISTS (SELECT FROM orders_invoicesource AS declared WHERE declared.location_id = line.selling_id)
) AS line WHERE source <> first
"""
# What lies outside the writer's rows: the new line, or any line of the document to which it would belong.
OUTSIDE = """
SELECT line.row, 'document', line.document_number, 'outside', '' FROM {compared} AS line
WHERE NOT (line.plant_id = ANY(%(plants)s::bigint[]) OR line.selling_id = ANY(%(locations)s::bigint[])) OR EXISTS (
    SELECT FROM orders_salesline AS held WHERE held.document_id = line.document_id AND held.ended_by_id IS NULL
        AND NOT (held.plant_id = ANY(%(plants)s::bigint[]) OR held.selling_location_id = ANY(%(locations)s::bigint[]))
)
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong in one row: the column, what was read there, and what should stand there."""

    row: int
    field: str
    read: str
    code: str
    other: str = ""

    @property
    def expected(self) -> str:
        """What should stand there, in the reader's language."""
        return str(EXPECTED[self.code]) % {"other": self.other}


class SalesRefused(Denied):
    """The refusal of a whole set of sales, with every fault in it; nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(
            "sales_faults",
            _("%(count)s faults were found in these sales; nothing was recorded. Correct them and send them again.")
            % {"count": len(faults)},
            status=400,
        )
        self.faults = faults


def faults_of(staged: str, compared: str, sums: str, values: dict[str, Any]) -> list[Fault]:
    """Every fault of the rows that were compared with the ledger, in their order; `values` are those that `look_up` gave."""
    found: list[Fault] = []
    with connection.cursor() as cursor:
        for statement in (OF_A_ROW, TWICE, HEADERS, SOURCES, *(() if values["everywhere"] else (OUTSIDE,))):
            cursor.execute(f"{statement.format(staged=staged, compared=compared, sums=sums)} LIMIT {MANY}", values)
            found += [Fault(row, field, read or "", code, other or "") for row, field, read, code, other in cursor.fetchall()]
    return sorted(found, key=lambda fault: (fault.row, fault.field, fault.code))
