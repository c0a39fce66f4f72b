"""The temporary table into which the rows of a large import are copied, and what is done with it as a whole."""

import hashlib
from collections.abc import Iterable, Sequence

from django.db import connection
from psycopg import sql

from kam.core.excel import Column
from kam.core.imports.reading import Source

STAGED = "import_staged"
TYPES = {
    "text": "text",
    "choice": "text",
    "reference": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "date": "date",
    "boolean": "boolean",
}


def stage(columns: Iterable[Column], source: Source, table: str = STAGED) -> None:
    """Copy the rows of a source into a new temporary table; it goes with the transaction. Empty cells are NULL."""
    fields = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))  # type: ignore[arg-type]
        for name, kind in [("row", "integer"), *((column.key, TYPES[column.kind]) for column in columns)]
    ]
    name = sql.Identifier(table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(name, sql.SQL(", ").join(fields)))
        given = sql.SQL(", ").join(map(sql.Identifier, ["row", *source.keys]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(name, given)
        # Who reads may ask the database between the blocks, which it cannot while one is on its way there.
        for lines in source.blocks():
            with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
                copy.write("\n".join([*lines, ""]))
        cursor.execute("SET LOCAL default_statistics_target = 10")  # the sets of an import are looked through as a whole
        cursor.execute(sql.SQL("ANALYZE {}").format(name))


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


def insert(table: str, columns: Sequence[str], query: str) -> None:
    """Put the rows of a query into these columns of a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("INSERT INTO {} ({}) {}").format(sql.Identifier(table), names, sql.SQL(query)))  # type: ignore[arg-type]


def digest_of(query: str) -> str:
    """A short text that changes with any row of this query, whatever their order: what a person has confirmed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(sum(hash_record_extended(one, 0)), 0) FROM ({query}) AS one")  # noqa: S608
        return hashlib.sha256(repr(cursor.fetchone()).encode()).hexdigest()
