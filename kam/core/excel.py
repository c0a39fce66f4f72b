"""Columns of sheets and what is read from them: header matching, every error of a sheet at once; no file is opened here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from kam.core.excel_cells import KINDS, Reader, Wrong, decimal_mark, legible
from kam.core.words import LANGUAGES

MAX_ROWS = 100_000
HEADER_WITHIN = 20


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its key in the code, its translated label in the header, and what a cell may hold.

    `kind` is text, integer, decimal, date, boolean, choice (one of `values`, by value or by label in any language) or
    reference (a code that the import looks up). `source` says where an export takes the value: a dotted path of
    attributes or a function of the record; without it the key. `minimum` and `maximum` bound numbers and dates.
    """

    key: str
    label: Any
    kind: str = "text"
    required: bool = False
    max_length: int = 10_000
    help: Any = ""
    values: Iterable[tuple[str, Any]] = ()
    minimum: Decimal | int | date | None = None
    maximum: Decimal | int | date | None = None
    decimals: int = 6
    source: str | Callable[[Any], Any] | None = None
    width: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of column: {self.kind}")

    def value_of(self, record: Any) -> Any:
        """What this column shows of a record."""
        if callable(self.source):
            return self.source(record)
        value = record
        for name in (self.source or self.key).split("."):
            value = getattr(value, name, None)
        return value


@dataclass(frozen=True)
class SheetError:
    """One fault of a sheet, in its reader's language: where it stands, what was read, what was expected there."""

    sheet: str
    row: int
    column: str
    read: str
    expected: str

    def as_row(self) -> list[Any]:
        """The fault as the row of a list of faults."""
        return [self.sheet, self.row, self.column, self.read, self.expected]


@dataclass(slots=True)
class SheetRow:
    """One row of a sheet: its number as the person sees it, and a value a column key."""

    number: int
    values: dict[str, Any]


@dataclass
class Reading:
    """What a sheet holds: the rows without a fault, every fault, and the headers that no column knows."""

    sheet: str = ""
    rows: list[SheetRow] = field(default_factory=list)
    errors: list[SheetError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


Readers = list[tuple[Column, int, Callable[[Any], Any]]]


class RawSheet(NamedTuple):
    """A sheet as the file holds it: name, number of its first row, cells; `delimiter` only for a CSV file."""

    name: str
    first_row: int
    rows: list[list[Any]]
    delimiter: str = ""


def plain_header(text: Any) -> str:
    """A header as it is compared: without case, stars and repeated spaces."""
    return " ".join(str(text).replace("*", " ").split()).casefold()


def header_names(columns: Sequence[Column]) -> dict[str, Column]:
    """Every way to write each column's header: its key and its label in Italian, English and German."""
    names: dict[str, Column] = {}
    for language in LANGUAGES:
        with translation.override(language):
            for column in columns:
                names.setdefault(plain_header(column.label), column)
    for column in columns:
        names[plain_header(column.key)] = column
    return names


def _header(sheet: RawSheet, names: dict[str, Column]) -> int | None:
    """The index of the row that holds the header: the one among the first that names most columns."""
    best, found = 0, None
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        known = len({names[plain_header(cell)].key for cell in row if plain_header(cell) in names})
        if known > best:
            best, found = known, index
    return found


def interpret(sheets: Sequence[RawSheet], columns: Sequence[Column], *, language: str) -> Reading:
    """Read the first sheet whose header names our columns; texts of the faults are in the language of the reader."""
    with translation.override(language):
        names = header_names(columns)
        for sheet in sheets:
            at = _header(sheet, names)
            if at is not None:
                return _read(sheet, at, names, columns, language)
        expected = _("a row with the headers: %(headers)s") % {"headers": ", ".join(str(column.label) for column in columns)}
        first = sheets[0] if sheets else RawSheet("", 1, [])
        shown = [legible(cell) for cell in (first.rows[0] if first.rows else []) if cell not in (None, "")]
        return Reading(first.name, errors=[SheetError(first.name, first.first_row, "", ", ".join(shown)[:200], expected)])


def _read(sheet: RawSheet, at: int, names: dict[str, Column], columns: Sequence[Column], language: str) -> Reading:
    reading = Reading(sheet.name)
    number = sheet.first_row + at
    places: dict[str, int] = {}
    for index, cell in enumerate(sheet.rows[at]):
        column = names.get(plain_header(cell))
        if column is None:
            if cell not in (None, ""):
                reading.ignored.append(legible(cell))
        elif column.key in places:
            reading.errors.append(SheetError(sheet.name, number, str(column.label), legible(cell), _("each header only once")))
        else:
            places[column.key] = index
    for column in columns:
        if column.required and column.key not in places:
            reading.errors.append(SheetError(sheet.name, number, str(column.label), "", _("a column with this header")))
    if len(sheet.rows) - at - 1 > MAX_ROWS:
        expected = _("at most %(count)d rows; divide the file") % {"count": MAX_ROWS}
        reading.errors.append(SheetError(sheet.name, number, "", str(len(sheet.rows) - at - 1), expected))
        return reading
    used = [column for column in columns if column.key in places]
    numeric = [places[column.key] for column in used if column.kind in ("integer", "decimal")]
    mark = decimal_mark(
        (row[place] for row in sheet.rows[at + 1 :] for place in numeric if place < len(row)), sheet.delimiter, language
    )
    readers: Readers = [
        (column, places[column.key], Reader(column, mark=mark, language=language, csv=bool(sheet.delimiter)).read)
        for column in used
    ]
    for offset, cells in enumerate(sheet.rows[at + 1 :], start=1):
        _read_row(reading, number + offset, cells, readers)
    return reading


def _blank(cell: Any) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and cell.isspace())


def _read_row(reading: Reading, number: int, cells: list[Any], readers: Readers) -> None:
    """Read one row; an empty one is passed over, a faulty one leaves all its faults and no values."""
    if all(map(_blank, cells)):
        return
    values: dict[str, Any] = {}
    width = len(cells)
    sound = True
    for column, place, read in readers:
        cell = cells[place] if place < width else None
        try:
            values[column.key] = read(cell)
        except Wrong as wrong:
            sound = False
            reading.errors.append(SheetError(reading.sheet, number, str(column.label), legible(cell), wrong.expected))
    if sound:
        reading.rows.append(SheetRow(number, values))
