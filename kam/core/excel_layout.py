"""The layout of a table: which row is its header, which column stands where, how its cells are written; then row after row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core.excel import Column, RawSheet, Reading, Rules, SheetError, SheetRow, Skipped, header_names, plain_header
from kam.core.excel_cells import EMPTY, Reader, Wrong, date_order, decimal_mark, legible, unescaped

MAX_ROWS = 100_000
HEADER_WITHIN = 20
HEAD = 1_000
SAMPLE = 5
#: How a row of totals begins, in our languages and in lists of SAP.
TOTAL = re.compile(
    r"^\W*((sub|grand|zwischen|end|gesamt)[ -]?)?(total[ei]?|summen?|subtotal[ei]?|totali?)\b|^\W*(sum|somma|gesamt|riporto|übertrag)\b|^\*{1,4}$",
    re.IGNORECASE,
)
#: The column that KAM adds to rows that it gives back to be mended; it is never read.
FAULTS_HEADER = "KAM: "


def texts_above(rows: Sequence[Sequence[Any]], at: int, merged: Sequence[Sequence[int]]) -> list[str]:
    """The header of each column when it stands in this row: a merged cell says its word to each column under it.

    Words from above come first, parted by a stroke. A cell that is as wide as the table is a title, no header.
    """
    width = max((len(row) for row in rows), default=0)
    origin = {
        (row, column): (top, left)
        for top, left, bottom, right in merged
        if right - left + 1 < width
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    found = []
    for column in range(width):
        parts: list[str] = []
        for row in range(max(0, at - 2), at + 1):
            if row != at and (row, column) not in origin:
                parts = []
                continue
            top, left = origin.get((row, column), (row, column))
            text = legible(rows[top][left]).strip() if left < len(rows[top]) else ""
            if text and text not in parts:
                parts.append(text)
        found.append(" / ".join(parts))
    return found


def told_apart(texts: Iterable[str]) -> list[str]:
    """Headers that occur twice, numbered from the second one on."""
    seen: dict[str, int] = {}
    found = []
    for text in texts:
        key = plain_header(text)
        seen[key] = seen.get(key, 0) + 1
        found.append(f"{text} ({seen[key]})" if text and seen[key] > 1 else text)
    return found


def _by_name(texts: Sequence[str], names: dict[str, Column]) -> list[Column | None]:
    """Which of our columns each header names, as a whole, else by its last word under a merged one if only one does."""
    whole = [names.get(plain_header(text)) for text in texts]
    taken = {column.key for column in whole if column is not None}
    last = [names.get(plain_header(text.rpartition(" / ")[2])) if " / " in text else None for text in texts]
    once = [column.key for column in last if column is not None]
    return [
        column or (other if other is not None and other.key not in taken and once.count(other.key) == 1 else None)
        for column, other in zip(whole, last, strict=True)
    ]


class Layout:
    """Where the columns of ours stand in a table, and how its cells are written; reads the rows under its header."""

    def __init__(self, sheet: RawSheet, at: int, columns: Sequence[Column], rules: Rules, language: str) -> None:
        self.name, self.at, self.language, self.rules = sheet.name, at, language, rules
        self.number = sheet.first_row + at
        self.delimiter, self.columns = sheet.delimiter, columns
        self.headers = told_apart(texts_above(sheet.rows, at, sheet.merged))
        self.errors: list[SheetError] = []
        self.ignored: list[str] = []
        self.places: dict[str, int] = {}
        self._place(columns, rules)
        for column in columns:
            if column.required and column.key not in self.places and not rules.constants.get(column.key):
                self.errors.append(SheetError(self.name, self.number, str(column.label), "", _("a column with this header")))
        body = sheet.rows[at + 1 : at + 1 + HEAD]
        self.decimal = rules.decimal or decimal_mark(self._cells(body, "integer", "decimal"), sheet.delimiter, language)
        self.dates = rules.dates or date_order(self._cells(body, "date"), language)
        self.sample = [[legible(cell)[:60] for cell in row] for row in body[:SAMPLE]]
        self.cells = [(self.places[column.key], self._reader(column)) for column in columns if column.key in self.places]
        self.readers = [(reader.column, place, reader.read) for place, reader in self.cells]
        self.fixed = self._constants(columns, rules)
        self.required = [place for column, place, _read in self.readers if column.required]
        self.words = [place for column, place, _read in self.readers if column.kind in EMPTY or column.kind == "date"]
        self.raw_header = list(sheet.rows[at])
        self.mark = next((place for place, cell in enumerate(self.raw_header) if not blank(cell)), 0)
        self.width = len(sheet.rows[at]) if sheet.delimiter else 0
        #: Columns that make several rows one record, and the values there of the rows that could not be read.
        self.together: Sequence[str] = ()
        self.broken: list[tuple[Any, ...] | None] = []

    def _place(self, columns: Sequence[Column], rules: Rules) -> None:
        by_key = {column.key: column for column in columns}
        if rules.columns:
            said = {plain_header(header): by_key.get(key) for header, key in rules.columns.items()}
            found = [said.get(plain_header(header)) for header in self.headers]
        else:
            # Twice the same header is a fault that names it, so the numbers that tell them apart are left out here.
            found = _by_name([re.sub(r" \(\d+\)$", "", header) for header in self.headers], header_names(columns))
        for place, (header, column) in enumerate(zip(self.headers, found, strict=True)):
            if column is None:
                if header and not header.startswith(FAULTS_HEADER):
                    self.ignored.append(header)
            elif column.key in self.places:
                self.errors.append(SheetError(self.name, self.number, str(column.label), header, _("each header only once")))
            else:
                self.places[column.key] = place

    @property
    def settled(self) -> bool:
        """Whether everything is known that must be known to read the rows: nobody has to say which column is which."""
        return not self.errors and bool(self.dates)

    @property
    def columns_read(self) -> dict[str, str]:
        """Which column of ours each header holds."""
        return {self.headers[place]: key for key, place in self.places.items()}

    def _cells(self, rows: Sequence[Sequence[Any]], *kinds: str) -> Iterable[Any]:
        places = [self.places[column.key] for column in self.columns if column.kind in kinds and column.key in self.places]
        return (row[place] for row in rows for place in places if place < len(row))

    def _reader(self, column: Column) -> Reader:
        meant = self.rules.values.get(column.key)
        return Reader(column, mark=self.decimal, language=self.language, csv=bool(self.delimiter), dates=self.dates, meant=meant)

    def _constants(self, columns: Sequence[Column], rules: Rules) -> dict[str, Any]:
        fixed = {}
        for column in columns:
            text = rules.constants.get(column.key)
            if text and column.key not in self.places:
                try:
                    fixed[column.key] = Reader(column, mark=self.decimal, language=self.language, csv=False).read(text)
                except Wrong as wrong:
                    self.errors.append(SheetError(self.name, 0, str(column.label), text, wrong.expected))
        return fixed

    def skips(self, number: int, cells: Sequence[Any]) -> Skipped | None:
        """Why this row is no row of data: a total of others, or the header once more."""
        if self.mark < len(cells) and cells[self.mark] == self.raw_header[self.mark] and list(cells) == self.raw_header:
            return Skipped(number, self._shown(cells), _("the header once more"))
        # Few rows have that many empty cells: only those are looked at for the word that makes them a total.
        if 2 * cells.count("") >= len(cells) or any(where >= len(cells) or cells[where] == "" for where in self.required):
            for place, cell in enumerate(cells):
                if isinstance(cell, str) and TOTAL.match(cell) and self._bare(cells, place):
                    return Skipped(number, self._shown(cells), _("a total of other rows"))
        return None

    def _bare(self, cells: Sequence[Any], place: int) -> bool:
        """Whether, the word for a total apart, too little stands in this row for a row of data."""
        empty = [where for where in self.required if where == place or where >= len(cells) or blank(cells[where])]
        filled = [where for where in self.words if where != place and where < len(cells) and not blank(cells[where])]
        return bool(empty) or 2 * len(filled) < len(self.words)

    @staticmethod
    def _shown(cells: Sequence[Any]) -> str:
        return " · ".join(legible(cell) for cell in cells if not blank(cell))[:200]

    def read(self, number: int, cells: Sequence[Any], errors: Any, skipped: Any) -> SheetRow | None:
        """Read one row; an empty one and a total are passed over, a faulty one tells all its faults and gives no values."""
        if all(map(blank, cells)):
            return None
        passed = self.skips(number, cells)
        if passed:
            skipped.append(passed)
            return None
        if self.width and (len(cells) < self.width or any(not blank(cell) for cell in cells[self.width :])):
            told = ngettext("%(n)d cell, as the header has", "%(n)d cells, as the header has", self.width) % {"n": self.width}
            errors.append(SheetError(self.name, number, "", self._shown(cells), told))
            return None
        values: dict[str, Any] = {}
        width = len(cells)
        sound = True
        for column, place, read in self.readers:
            cell = cells[place] if place < width else None
            try:
                values[column.key] = read(cell)
            except Wrong as wrong:
                sound = False
                errors.append(SheetError(self.name, number, str(column.label), legible(cell), wrong.expected))
        values.update(self.fixed)
        if sound:
            return SheetRow(number, values)
        if self.together:
            whole = all(name in values for name in self.together)
            self.broken.append(tuple(values[name] for name in self.together) if whole else None)
        return None

    def typed(self, cells: Sequence[Any]) -> list[Any]:
        """The cells of a row with its numbers and days as such, however they are written; what is none stays as it is."""
        found = [unescaped(cell) if self.delimiter and isinstance(cell, str) else cell for cell in cells]
        for column, place, read in self.readers:
            if column.kind in {"integer", "decimal", "date"} and place < len(cells):
                with suppress(Wrong):
                    found[place] = read(cells[place])
        return found


def blank(cell: Any) -> bool:
    """Whether nothing stands in a cell but spaces."""
    return cell is None or cell == "" or (isinstance(cell, str) and cell.isspace())


def header_at(sheet: RawSheet, columns: Sequence[Column], rules: Rules) -> int | None:
    """The index of the row that holds the header: the one that was said, else the one among the first that names most columns."""
    if rules.header_row:
        at = rules.header_row - sheet.first_row
        return at if 0 <= at < len(sheet.rows) else None
    names: dict[str, Any] = {plain_header(header): key for header, key in rules.columns.items() if key} or {
        name: column.key for name, column in header_names(columns).items()
    }
    best, found = 0, None
    for index in range(min(HEADER_WITHIN, len(sheet.rows))):
        texts = told_apart(texts_above(sheet.rows, index, sheet.merged))
        keys = {plain_header(text) for text in texts} | {plain_header(text.rpartition(" / ")[2]) for text in texts}
        known = len({names[key] for key in keys if key in names})
        if known > best:
            best, found = known, index
    return found


def proposed(headers: Sequence[str], columns: Sequence[Column], known: Mapping[str, str]) -> dict[str, str]:
    """Which column of ours each header of a foreign file most likely holds: those known, and those whose words name just one.

    CustomerID, customer_id and Customer No. all speak of the customer; of OrderDate the last word decides.
    """
    names = {_words(name): column.key for name, column in header_names(columns).items()}
    taken = set(known.values())
    found: dict[str, str] = {}
    for header in headers:
        words = _words(header)
        key = names.get(words) or names.get(words[-1:])
        if header and header not in known and key:
            found[header] = key
    given = [*found.values()]
    return dict(known) | {header: key for header, key in found.items() if key not in taken and given.count(key) == 1}


def _words(header: str) -> tuple[str, ...]:
    """The words of a header, in small letters, without those that only say that it is a key."""
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])|[_.()/-]+", " ", header)
    return tuple(word for word in parted.casefold().split() if word not in {"id", "no", "nr", "code", "number", "key"}) or ("",)


def likely_header(sheet: RawSheet) -> int:
    """Where the header stands in a table that knows none of our columns: the first row with as many words as nearly any."""
    rows = sheet.rows[:HEADER_WITHIN]
    words = [sum(isinstance(cell, str) and not blank(cell) for cell in row) for row in rows]
    enough = max(words, default=0) * 0.8
    return next((index for index, count in enumerate(words) if count and count >= enough), 0)


def layout_of(sheet: RawSheet, columns: Sequence[Column], rules: Rules, language: str) -> Layout | None:
    """The layout of a table of which the first rows are known; None where no row among them is its header."""
    at = header_at(sheet, columns, rules)
    return None if at is None else Layout(sheet, at, columns, rules, language)


def no_header(sheets: Sequence[RawSheet], columns: Sequence[Column]) -> SheetError:
    """The fault of a file in which no sheet has a header of ours."""
    expected = _("a row with the headers: %(headers)s") % {"headers": ", ".join(str(column.label) for column in columns)}
    first = sheets[0] if sheets else RawSheet("", 1, [])
    shown = [legible(cell) for cell in (first.rows[0] if first.rows else []) if cell not in (None, "")]
    return SheetError(first.name, first.first_row, "", ", ".join(shown)[:200], expected)


def interpret(sheets: Sequence[RawSheet], columns: Sequence[Column], *, language: str, rules: Rules | None = None) -> Reading:
    """Read the first sheet whose header names our columns; texts of the faults are in the language of the reader."""
    rules = rules or Rules()
    with translation.override(language):
        for sheet in sheets:
            layout = layout_of(sheet, columns, rules, language)
            if layout is not None:
                return _read(sheet, layout)
        return Reading(sheets[0].name if sheets else "", errors=[no_header(sheets, columns)])


def _read(sheet: RawSheet, layout: Layout) -> Reading:
    reading = Reading(sheet.name, errors=layout.errors, ignored=layout.ignored)
    body = sheet.rows[layout.at + 1 :]
    if len(body) > MAX_ROWS:
        reading.errors.append(too_many(sheet.name, layout.number, len(body)))
        return reading
    for number, cells in enumerate(body, layout.number + 1):
        row = layout.read(number, cells, reading.errors, reading.skipped)
        if row is not None:
            reading.rows.append(row)
    return reading


def too_many(name: str, number: int, count: int) -> SheetError:
    """The fault of a table with more rows than a kind takes whose rows are looked at together."""
    return SheetError(name, number, "", str(count), _("at most %(count)d rows; divide the file") % {"count": MAX_ROWS})
