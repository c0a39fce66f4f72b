"""What the preview of a large import has found, kept beside its file: who confirms it does not wait for all of it once more.

It is carried out from there while nothing has changed on which it stands; else the file is read again, as if nothing were kept.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any

from django.core.files import File
from django.db import OperationalError, connection, transaction
from psycopg import pq, sql

from kam.core import clock
from kam.core.import_kinds import StagedKind
from kam.core.imports.records import Import
from kam.core.parameters import parameter

LENGTH, PART = 4, 1 << 16


def keep(record: Import, kind: StagedKind) -> str:
    """Write what a kind carries out from into a file, and answer its name; to be called where it was found."""
    with tempfile.TemporaryFile() as file:
        for table, query in kind.kept.items():
            _write(file, table, query)
        for table, (_columns, query) in kind.rows.items():
            _write(file, table, query)
        record.kept.save("kept", File(file), save=False)
    return str(record.kept.name)


def forget(record: Import) -> None:
    """Remove what was kept, once this transaction has ended well; the record is saved by whoever calls."""
    if record.kept:
        storage, name = record.kept.storage, str(record.kept.name)
        transaction.on_commit(lambda: storage.delete(name))
    record.kept, record.stands_on = "", ""


@contextmanager
def brought_back(record: Import, kind: StagedKind) -> Iterator[Callable[[str], None] | None]:
    """Make the tables again as the preview left them, and give what puts the new rows of a table there; None where that is not
    any more what the import would do.
    """
    if not (record.kept and record.stands_on) or kind.stands_on(actor=record.actor) != record.stands_on:
        yield None
        return
    try:
        file = record.kept.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        for _table in kind.kept:
            _make(file)

        def put(table: str) -> None:
            kept, _columns = json.loads(file.readline())
            assert kept == table, f"{table} is put in before {kept}"
            _copy(file, table, kind.rows[table][0])

        yield put


def forget_old() -> int:
    """Remove what was kept for imports that nobody has confirmed for long; they are read again if somebody does."""
    before = clock.now() - timedelta(days=parameter("jobs.retention_days"))
    old = Import.objects.exclude(kept="").filter(updated_at__lt=before).exclude(state=Import.State.APPLYING)
    for record in old:
        with transaction.atomic():
            forget(record)
            record.save(update_fields=["kept", "stands_on"])
    return len(old)


def _write(file: IO[bytes], table: str, query: str) -> None:
    """One table: what it is called and its columns as a line, then its rows in parts of a stated length, the last one empty."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM ({}) AS kept LIMIT 0").format(sql.SQL(query)))  # type: ignore[arg-type]
        columns = [[column.name, column.type_display] for column in cursor.cursor.description or ()]
        file.write(json.dumps([table, columns]).encode() + b"\n")
        with connection.wrap_database_errors:
            for part in _sent(cursor.connection.pgconn, f"COPY ({query}) TO STDOUT (FORMAT binary)"):
                file.write(len(part).to_bytes(LENGTH, "big"))
                file.write(part)
        file.write(bytes(LENGTH))


def _sent(database: Any, statement: str) -> Iterator[bytes]:
    """The rows that the database sends one by one, many together; the driver's own loop takes longer for each than the database."""
    if database.exec_(statement.encode()).status != pq.ExecStatus.COPY_OUT:
        raise OperationalError(database.get_error_message())
    part = bytearray()
    while (sent := database.get_copy_data(0))[0] > 0:
        part += sent[1]
        if len(part) >= PART:
            yield bytes(part)
            part.clear()
    while (result := database.get_result()) is not None:
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise OperationalError(result.get_error_message())
    if part:
        yield bytes(part)


def _make(file: Any) -> None:
    """Make a temporary table of what was kept."""
    table, columns = json.loads(file.readline())
    name = sql.Identifier(table)
    fields = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)) for column, kind in columns)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(name, fields))
        _copy(file, table, [column for column, _kind in columns])
        # What is written from is read as a whole: a few of its rows say enough.
        cursor.execute("SET LOCAL default_statistics_target = 5")
        cursor.execute(sql.SQL("ANALYZE {}").format(name))


def _copy(file: Any, table: str, columns: Sequence[str]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
        for part in _parts(file):
            copy.write(part)


def _parts(file: Any) -> Iterator[bytes]:
    while length := int.from_bytes(file.read(LENGTH), "big"):
        yield file.read(length)
