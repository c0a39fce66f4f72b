"""What the codes in the rows of a list stand for, in a fixed number of queries whatever its length.

The same rules as for sales (orders.actions.codes): a code of the source system goes before a code of KAM, and both are dated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from orders.actions.codes import CODES, KINDS, NAMED, make_codes

STATED = "list_codes"
READ = f"SELECT kind, system, code, id, lower(period), upper(period) FROM {CODES}"


@dataclass(frozen=True)
class Stated:
    """The codes of one row: its source system, its day, and a code a column."""

    system: str
    day: date
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedRecords:
    """The records that codes stand for, in the person's area; a code that is not here is unknown or stands for several."""

    keys: dict[tuple[str, str, str], list[tuple[int, date | None, date | None]]]
    records: dict[str, dict[int, Any]]

    def of(self, column: str, row: Stated) -> Any:
        """The record that a column of a row names on the row's day; None where there is none, or more than one."""
        kind = NAMED[column]
        found = {
            key
            for key, first, end in self.keys.get((kind, row.system, plain(row.codes[column])), ())
            if (first is None or first <= row.day) and (end is None or row.day < end)
        }
        return self.records[kind].get(found.pop()) if len(found) == 1 else None


def plain(code: str) -> str:
    """A code in the form in which two are compared: digits without leading zeros, letters in capitals."""
    code = code.strip()
    return (code.lstrip("0") or "0") if code.isascii() and code.isdigit() else code.upper()


def named(rows: Iterable[Stated], columns: Sequence[str], *, actor: Any) -> NamedRecords:
    """Look up what the codes of these columns stand for. Only inside a transaction."""
    stated = sorted({(row.system, *(row.codes.get(column, "") for column in columns)) for row in rows})
    names = ", ".join(("source", *columns))
    values = ", ".join(["%s::text[]"] * (len(columns) + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {STATED}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {STATED} ON COMMIT DROP AS SELECT * FROM unnest({values}) AS stated ({names})",
            [list(part) for part in zip(*stated, strict=True)] if stated else [[] for _one in range(len(columns) + 1)],
        )
    make_codes(dict.fromkeys(columns, STATED), actor=actor)
    with connection.cursor() as cursor:
        cursor.execute(READ)
        found = cursor.fetchall()
    keys: dict[tuple[str, str, str], list[tuple[int, date | None, date | None]]] = {}
    for kind, system, code, key, first, end in found:
        keys.setdefault((kind, system, code), []).append((key, first, end))
    records = {
        kind: KINDS[kind][0]._default_manager.in_bulk({row[3] for row in found if row[0] == kind})
        for kind in {NAMED[column] for column in columns}
    }
    return NamedRecords(keys, records)
