"""Two files as one table: each line with what its document says in the other file, found by the number that both state."""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _

from kam.core.excel import RawSheet, Rules, SheetError, plain_header
from kam.core.excel_cells import legible, plain_text
from kam.core.excel_layout import likely_header, told_apart
from kam.core.imports.faults import Faults

REPEATED = 50
WHOLE = re.compile(r"^(\d+)\.0+$")


def key_of(cell: Any) -> str:
    """The number of a document as two files write it: 292 and 292.0, as programs write a column with empty cells, are the same."""
    return WHOLE.sub(r"\1", plain_text(cell).strip())


def headers_of(sheet: RawSheet, at: int) -> list[str]:
    """The headers of a table in this row, each told from the others."""
    return told_apart(legible(cell).strip() for cell in (sheet.rows[at] if at < len(sheet.rows) else []))


class Heads:
    """The rows of the second file by their number, on disk: memory does not grow with them."""

    def __init__(self, store: sqlite3.Connection, headers: list[str], key: str, faults: Faults) -> None:
        self.store, self.headers, self.key, self.faults = store, headers, key, faults
        self.empty: list[Any] = [""] * len(headers)
        self._last: tuple[str, list[Any] | None] = ("", None)

    def of(self, number: Any) -> list[Any] | None:
        """The cells of the head of this number, or None."""
        text = key_of(number)
        if text != self._last[0]:
            found = self.store.execute("SELECT cells FROM head WHERE number = ?", [text]).fetchone()
            self._last = (text, json.loads(found[0]) if found else None)
        return self._last[1]


@contextmanager
def gathered(sheet: RawSheet, rows: Iterable[list[Any]], rules: Rules, faults: Faults) -> Iterator[Heads]:
    """Take in the second file; a number that it states twice, or not at all, is a fault."""
    at = likely_header(sheet)
    headers = headers_of(sheet, at)
    with tempfile.NamedTemporaryFile(prefix="kam-", suffix=".heads") as file:
        store = sqlite3.connect(file.name)
        try:
            store.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE head (number TEXT PRIMARY KEY, cells TEXT)"
            )
            heads = Heads(store, headers, rules.heads_key, faults)
            place = _place(headers, rules.heads_key)
            if place is None:
                faults.append(SheetError(sheet.name, 0, rules.heads_key, "", _("a column with this header in the second file")))
            else:
                _take_in(heads, sheet, at, rows, place)
            yield heads
        finally:
            store.close()


def _take_in(heads: Heads, sheet: RawSheet, at: int, rows: Iterable[list[Any]], place: int) -> None:
    twice = 0
    width = len(heads.headers)
    for index, cells in enumerate(rows):
        number = key_of(cells[place]) if index > at and place < len(cells) else ""
        if not number:
            continue
        whole = [cell if isinstance(cell, str | float | int | bool) else legible(cell) for cell in [*cells, *heads.empty][:width]]
        made = heads.store.execute("INSERT OR IGNORE INTO head VALUES (?, ?)", [number, json.dumps(whole)])
        if not made.rowcount and (twice := twice + 1) <= REPEATED:
            expected = _("each number only once in the second file; it stands there in row %(row)d too") % {
                "row": sheet.first_row + index
            }
            heads.faults.append(SheetError(sheet.name, 0, heads.key, number[:80], expected))


def _place(headers: list[str], wanted: str) -> int | None:
    found = [place for place, header in enumerate(headers) if plain_header(header) == plain_header(wanted)]
    return found[0] if found else None


def joined(
    sheet: RawSheet, rows: Iterable[list[Any]], heads: Heads, rules: Rules, at: int
) -> tuple[RawSheet, Iterator[list[Any]]]:
    """The lines with the cells of their heads beside them: the first rows as a sheet, and all of them."""
    names = sheet.rows[at] if sheet.rows else []
    key = _place(headers_of(sheet, at), rules.lines_key)
    width = len(names) if sheet.delimiter else max((len(row) for row in sheet.rows), default=0)
    if key is None:
        heads.faults.append(SheetError(sheet.name, 0, rules.lines_key, "", _("a column with this header in the file of lines")))

    def beside(index: int, cells: list[Any], tell: bool) -> list[Any]:
        if sheet.delimiter and index > at and (len(cells) < width or any(cells[width:])):
            return cells[: width - 1]  # too short for a head beside it, so that its width is told
        padded = [*cells[:width], *[""] * (width - len(cells))]
        if index <= at:
            return [*padded, *(heads.headers if index == at else heads.empty)]
        number = padded[key] if key is not None else ""
        found = heads.of(number)
        if found is None and tell and key_of(number):
            expected = _("a number that the second file has")
            heads.faults.append(SheetError(sheet.name, sheet.first_row + index, rules.lines_key, legible(number), expected))
        return [*padded, *(found or heads.empty)]

    head = [beside(index, row, False) for index, row in enumerate(sheet.rows)]
    return sheet._replace(rows=head), (beside(index, row, True) for index, row in enumerate(rows))


def shared_key(lines: Iterable[str], heads: Iterable[str]) -> tuple[str, str]:
    """The header that both files have, by which lines most likely find their heads; empty where there is none."""
    there = {plain_header(header): header for header in heads if header}
    return next(((header, there[plain_header(header)]) for header in lines if plain_header(header) in there), ("", ""))
