"""The temporary table into which the rows of a large import are copied, and what is done with it as a whole."""

import hashlib
from collections.abc import Iterable
from itertools import islice

from django.db import connection
from psycopg import sql

from kam.core.excel import Column, SheetRow

STAGED = "import_staged"
AT_ONCE = 500
TYPES = {
    "text": "text",
    "choice": "text",
    "reference": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "date": "date",
    "boolean": "boolean",
}


def stage(columns: Iterable[Column], rows: Iterable[SheetRow], table: str = STAGED) -> int:
    """Copy rows into a new temporary table and answer how many; it goes with the transaction. Empty cells are NULL."""
    typed = [(column.key, TYPES[column.kind]) for column in columns]
    fields = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # type: ignore[arg-type]
        for name, kind in [("row", "integer"), *typed]
    ]
    keys = [key for key, _kind in typed]
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table)))
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(table), sql.SQL(", ").join(fields))
        )
        source = iter(rows)
        # Who gives the rows may ask the database between them, which it cannot while they are on their way there.
        while read := list(islice(source, AT_ONCE)):
            count += len(read)
            there = set().union(*(row.values for row in read))
            given = [key for key in keys if key in there]  # most files have a few of the many columns
            names = sql.SQL(", ").join(map(sql.Identifier, ["row", *given]))
            statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
            with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
                for row in read:
                    found = row.values.get
                    copy.write_row([row.number, *(None if (value := found(key)) == "" else value for key in given)])
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    return count


def leave_out(rows: Iterable[int], table: str = STAGED) -> int:
    """Take the rows of these numbers out of the table; answers how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE import_refused (row integer) ON COMMIT DROP")
        with cursor.cursor.copy("COPY import_refused FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row])
        name = sql.Identifier(table)
        cursor.execute(sql.SQL("DELETE FROM {} WHERE row IN (SELECT row FROM import_refused)").format(name))
        gone = int(cursor.rowcount)
        cursor.execute("DROP TABLE import_refused")
        cursor.execute(sql.SQL("ANALYZE {}").format(name))
    return gone


def digest_of(query: str) -> str:
    """A short text that changes with any row of this query, whatever their order: what a person has confirmed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(sum(hashtextextended(one::text, 0)), 0) FROM ({query}) AS one")  # noqa: S608
        return hashlib.sha256(repr(cursor.fetchone()).encode()).hexdigest()
