"""The staging table of the ledger's writer: sales as a source states them, one row a line, copied in before anything is looked up."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from psycopg import sql

STAGED = "sales_staged"
#: Column → type. Codes are those of the source system; a column that the source does not have stays empty.
COLUMNS: dict[str, str] = {
    "row": "integer",
    "system": "text",
    "document": "text",
    "document_kind": "text",
    "date": "date",
    "customer": "text",
    "plant": "text",
    "selling_location": "text",
    "total": "numeric",
    "line": "text",
    "kind": "text",
    "intercompany": "boolean",
    "producing_location": "text",
    "product": "text",
    "quantity": "numeric",
    "unit": "text",
    "net": "numeric",
    "unit_price": "numeric",
    "price_unit": "numeric",
    "discount": "numeric",
    "currency": "text",
    "rate": "numeric",
    "cost": "numeric",
    "unit_cost": "numeric",
    "transfer_price": "numeric",
    "account_manager": "text",
    "sector": "text",
}


def make_staging_table(table: str = STAGED) -> None:
    """Make the empty staging table; it goes with the transaction."""
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # type: ignore[arg-type]
        for name, kind in COLUMNS.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table)))
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(table), columns))


def stage_sales(rows: Iterable[Mapping[str, Any]], table: str = STAGED) -> str:
    """Copy sales into a staging table; a row that gives no `row` gets its place. Only inside a transaction."""
    make_staging_table(table)
    names = list(COLUMNS)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for place, row in enumerate(rows, 1):
            copy.write_row([row.get(name, place if name == "row" else None) for name in names])
    return table
