"""Reads and writes Excel and CSV files in the worker; web processes do not import it, columns and faults are in excel."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kam.core import sandbox
from kam.core.characters import HIDDEN
from kam.core.excel import Column, RawSheet, Reading, SheetError, SheetRow, largest, refusal
from kam.core.excel_cells import YES_NO, escaped
from kam.core.excel_layout import interpret
from kam.core.file_types import SHEETS, type_of

HEAD = 1_000
DAY_FORMATS = {"it": "dd/mm/yyyy", "de": "dd.mm.yyyy", "en": "yyyy-mm-dd"}
EXACT_DIGITS = 15
LONGEST_CELL = 32_767
WIDTHS = {"integer": 12, "decimal": 14, "date": 12, "boolean": 9, "choice": 18, "reference": 16, "text": 28}


@dataclass
class Sheet:
    """A sheet to write: its name, its columns, and rows that are mappings by column key or records."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Any] = ()


@contextmanager
def _on_disk(file: Any) -> Iterator[Path]:
    """The path of a file; one that lives in memory is written out for as long as it is read."""
    if isinstance(file, (str, Path)):
        yield Path(file)
        return
    with tempfile.NamedTemporaryFile(prefix="kam-") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield Path(copy.name)


@dataclass
class Table:
    """A sheet or CSV file as it is read: what it is like, its first rows, and all of its rows, which can be asked for once."""

    name: str
    sheets: list[str]
    first_row: int
    delimiter: str
    encoding: str
    lines: int
    merged: list[list[int]]
    head: list[list[Any]] = field(default_factory=list)
    rest: Iterator[list[Any]] = iter(())

    def rows(self) -> Iterator[list[Any]]:
        """Every row, the first ones included."""
        yield from self.head
        yield from self.rest


@contextmanager
def open_tables(file: Any, *, name: str = "", **order: Any) -> Iterator[Iterator[Table]]:
    """The tables of a file, one after the other while it is read; who has the one they want leaves the rest unread.

    `sheet`, `encoding` and `delimiter` say how to read it, `head` how many rows are enough. Raises Denied, also later on
    the way, where it is no table, too large, damaged or cut off.
    """
    with _on_disk(file) as path:
        name = name or getattr(file, "name", "") or path.name
        size = path.stat().st_size
        if size == 0:
            raise refusal("empty")
        with path.open("rb") as opened:
            found = type_of(opened, name)
        if size > largest(found):
            raise refusal("size")
        if found not in SHEETS:
            raise refusal("kind")
        order |= {"path": str(path.resolve()), "type": SHEETS[found], "name": Path(name).stem}
        seconds = 60 + size // (1 << 20)
        with sandbox.stream("sheet", order, seconds=seconds, megabytes=1536) as lines:
            yield _tables(lines)


def _tables(lines: Iterator[bytes]) -> Iterator[Table]:
    items = _items(lines)
    facts = next(items, None)
    while isinstance(facts, dict):
        following: list[Any] = []
        rows = _rows(items, following)
        facts["first_row"] = facts.pop("first")
        table = Table(name=facts.pop("sheet"), **facts)
        table.head, table.rest = list(islice(rows, HEAD)), rows
        yield table
        for _row in rows:
            pass
        facts = following[0] if following else None


def _items(lines: Iterator[bytes]) -> Iterator[Any]:
    try:
        for line in lines:
            yield json.loads(line, object_hook=_restore)
    except sandbox.SandboxError as fault:
        raise refusal(fault.code, fault.row) from fault


def _rows(items: Iterator[Any], following: list[Any]) -> Iterator[list[Any]]:
    """The rows of one table; what begins the next one is put aside."""
    for item in items:
        if isinstance(item, dict):
            following.append(item)
            return
        yield from item


def _restore(item: dict[str, Any]) -> Any:
    return datetime.fromisoformat(item["t"]) if "t" in item else item


def read_raw(file: Any, *, name: str = "") -> list[RawSheet]:
    """The sheets of a file as they stand in it; raises Denied where it is no table, too large or damaged."""
    with open_tables(file, name=name) as tables:
        return [RawSheet(table.name, table.first_row, list(table.rows()), table.delimiter) for table in tables]


def read_file(file: Any, columns: Sequence[Column], *, language: str, name: str = "") -> Reading:
    """Read the sheet of a file that holds these columns, with every fault of it; raises Denied for a file that is no table."""
    with translation.override(language):
        return interpret(read_raw(file, name=name), columns, language=language)


def read_sheet(file: Any, columns: Sequence[Column], *, language: str) -> tuple[list[SheetRow], list[SheetError]]:
    """The rows without a fault and all the faults of the sheet that holds these columns."""
    reading = read_file(file, columns, language=language)
    return reading.rows, reading.errors


def _value(row: Any, column: Column) -> Any:
    return row.get(column.key) if isinstance(row, Mapping) else column.value_of(row)


def _shown(value: Any, column: Column, labels: dict[str, str]) -> Any:
    """What goes into the cell: a number, a day, a truth or a text."""
    if value is None or value == "":
        return None
    if column.kind == "choice":
        return labels.get(str(value), str(value))
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, (bool, int, float, Decimal, date)):
        return value
    return HIDDEN.sub("", str(value))[:LONGEST_CELL]


def _labels(column: Column) -> dict[str, str]:
    return {str(value): str(label) for value, label in column.values} if column.kind == "choice" else {}


def exact(number: Decimal | int) -> bool:
    """Whether a spreadsheet can hold this number to its last digit."""
    return len(Decimal(number).normalize().as_tuple().digits) <= EXACT_DIGITS


def number_text(number: Decimal | int, language: str) -> str:
    """A number as the reader types it, without thousands."""
    text = format(number, "f")
    return text if language == "en" else text.replace(".", ",")


def _sheet_name(name: str, taken: set[str]) -> str:
    name = (
        "".join(" " if letter in "[]:*?/\\" or HIDDEN.match(letter) else letter for letter in name).strip().strip("'")[:31] or "1"
    )
    while name.casefold() in taken:
        name = f"{name[:28]} {len(taken) + 1}"
    taken.add(name.casefold())
    return name


def write_workbook(sheets: Iterable[Sheet], file: IO[bytes] | str | Path, *, language: str) -> int:
    """Write an Excel workbook: texts stay texts whatever they start with, numbers numbers, days days; gives back the rows written."""
    written = 0
    taken: set[str] = set()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with translation.override(language), xlsxwriter.Workbook(file if not isinstance(file, Path) else str(file), options) as book:
        day = DAY_FORMATS.get(language, DAY_FORMATS["en"])
        looks = {
            "day": {"num_format": day, "align": "left"},
            "moment": {"num_format": f"{day} hh:mm", "align": "left"},
            "decimal": {"num_format": "#,##0.00####"},
            "integer": {"num_format": "0"},
            "plain": {},
        }
        formats = {name: book.add_format(look) if look else None for name, look in looks.items()}
        formats["blank"] = book.add_format({"locked": True})
        formats["head"] = book.add_format(
            {"bold": True, "bg_color": "#E6ECEB", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        formats |= {f"open {name}": book.add_format({**look, "locked": False}) for name, look in looks.items()}
        for sheet in sheets:
            page = book.add_worksheet(_sheet_name(sheet.name, taken))
            written += _write_page(page, sheet, formats, language)
    return written


def _write_page(page: Any, sheet: Sheet, formats: dict[str, Any], language: str) -> int:
    labels = [_labels(column) for column in sheet.columns]
    locks = any(column.fixed for column in sheet.columns)
    closed = {**formats, "plain": formats["blank"]} if locks else formats
    opened = {name.removeprefix("open "): look for name, look in formats.items() if name.startswith("open ")}
    for place, column in enumerate(sheet.columns):
        label = str(column.label)
        width = column.width or max(WIDTHS[column.kind], min(len(label) + 3, 40))
        page.set_column(place, place, width, opened["plain"] if locks else None)
    page.freeze_panes(1, 0)
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, f"{column.label} *" if column.required else str(column.label), formats["head"])
        if column.help:
            page.write_comment(0, place, str(column.help))
        if (
            labels[place]
            and len(",".join(labels[place].values())) < 255
            and not any("," in label for label in labels[place].values())
        ):
            choices = {"validate": "list", "source": list(labels[place].values()), "error_type": "warning"}
            page.data_validation(1, place, 5000, place, choices)
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        for place, column in enumerate(sheet.columns):
            value = _shown(_value(row, column), column, labels[place])
            if value is not None:
                _write_cell(page, count, place, value, opened if locks and not column.fixed else closed, language)
            elif column.fixed:
                page.write_blank(count, place, None, formats["blank"])
    if locks and count:
        page.protect("", {"format_columns": True, "format_rows": True, "insert_rows": True, "sort": True, "autofilter": True})
    if sheet.columns:
        page.autofilter(0, 0, max(count, 1), len(sheet.columns) - 1)
    return count


def _write_cell(page: Any, row: int, place: int, value: Any, formats: dict[str, Any], language: str) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, place, value, formats["plain"])
    elif isinstance(value, (int, Decimal)):
        if exact(value):
            page.write_number(row, place, value, formats["integer" if isinstance(value, int) else "decimal"])
        else:
            page.write_string(row, place, number_text(value, language), formats["plain"])
    elif isinstance(value, float):
        page.write_number(row, place, value, formats["decimal"])
    elif isinstance(value, datetime):
        page.write_datetime(row, place, value, formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(row, place, value, formats["day"])
    else:
        page.write_string(row, place, value, formats["plain"])


def write_csv(sheet: Sheet, file: IO[bytes], *, language: str) -> int:
    """Write a CSV file in UTF-8 as a spreadsheet in this language opens it; a text that it would run is written as text."""
    delimiter = "," if language == "en" else ";"
    stream = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    count = 0
    with translation.override(language):
        heads = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        heads.writerow([escaped(str(column.label)) for column in sheet.columns])
        labels = [_labels(column) for column in sheet.columns]
        lines = csv.writer(stream, delimiter=delimiter)
        for row in sheet.rows:
            count += 1
            lines.writerow(
                [
                    _csv_cell(_shown(_value(row, column), column, labels[place]), language)
                    for place, column in enumerate(sheet.columns)
                ]
            )
    stream.detach()
    return count


def _csv_cell(value: Any, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES_NO.get(language, YES_NO["en"])[0 if value else 1]
    if isinstance(value, (int, Decimal)):
        return number_text(value, language)
    if isinstance(value, float):
        return number_text(Decimal(repr(value)), language)
    if isinstance(value, (datetime, date)):
        return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
    return escaped(value)


def error_columns() -> list[Column]:
    """The columns of a list of faults."""
    return [
        Column("sheet", _("Sheet")),
        Column("row", _("Row"), "integer"),
        Column("column", _("Column")),
        Column("read", _("Read"), width=40),
        Column("expected", _("Expected"), width=60),
    ]


def write_errors(errors: Iterable[Mapping[str, Any]], file: IO[bytes], *, language: str) -> None:
    """Write a list of faults (mappings of sheet, row, column, read, expected) as an Excel workbook."""
    with translation.override(language):
        write_workbook([Sheet(_("Errors"), error_columns(), errors)], file, language=language)
