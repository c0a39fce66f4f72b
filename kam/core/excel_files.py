"""Reads and writes Excel and CSV files in the worker; web processes do not import it, columns and faults are in excel."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kam.core import sandbox
from kam.core.characters import HIDDEN
from kam.core.excel import Column, RawSheet, Reading, SheetError, SheetRow, interpret
from kam.core.excel_cells import YES_NO, escaped
from kam.core.file_types import CSV, ODS, XLS, XLSX, type_of
from kam.core.workflow import Denied

MAX_BYTES = 50 * 1024 * 1024
TYPES = {XLSX: "xlsx", XLS: "xls", ODS: "ods", CSV: "csv"}
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


def refusal(code: str) -> Denied:
    """Why a file cannot be read, in words that say what to do."""
    texts = {
        "kind": _("This is not an Excel, OpenDocument or CSV file. Save it as .xlsx or as CSV UTF-8 and upload it again."),
        "empty": _("The file is empty."),
        "size": _("The file is larger than 50 MB. Divide it into several files."),
        "bomb": _("The file would unpack to far more than a table can be; it was not read."),
        "memory": _("The file needs too much memory to be read. Delete empty rows and columns at its end, or divide it."),
        "time": _("Reading the file took too long. Divide it into several files."),
        "password": _("The file is protected by a password. Save it without one and upload it again."),
        "encoding": _("The letters of this CSV file are mixed up. Save it as CSV UTF-8 and upload it again."),
    }
    broken = _("The file is damaged and cannot be read. Open it in Excel, save it again as .xlsx and upload that.")
    return Denied(f"file_{code}", texts.get(code, broken), field="file", status=400)


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


def read_raw(file: Any, *, name: str = "") -> list[RawSheet]:
    """The sheets of a file as they stand in it; raises Denied where it is no table, too large or damaged."""
    with _on_disk(file) as path, tempfile.NamedTemporaryFile(prefix="kam-") as out:
        name = name or getattr(file, "name", "") or path.name
        size = path.stat().st_size
        if size == 0:
            raise refusal("empty")
        if size > MAX_BYTES:
            raise refusal("size")
        with path.open("rb") as stream:
            found = type_of(stream, name)
        if found not in TYPES:
            raise refusal("kind")
        order = {"path": str(path.resolve()), "out": out.name, "type": TYPES[found], "name": Path(name).stem}
        try:
            sandbox.run("sheet", order, seconds=60, megabytes=1536)
        except sandbox.SandboxError as fault:
            raise refusal(fault.code) from fault
        sheets: list[RawSheet] = []
        with open(out.name) as lines:
            for line in lines:
                item = json.loads(line, object_hook=_restore)
                if isinstance(item, RawSheet):
                    sheets.append(item)
                else:
                    sheets[-1].rows.append(item)
        return sheets


def _restore(item: dict[str, Any]) -> Any:
    if "t" in item:
        return datetime.fromisoformat(item["t"])
    return RawSheet(item["sheet"], item["first"], [], item["delimiter"])


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
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#E6ECEB", "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
            "day": book.add_format({"num_format": day, "align": "left"}),
            "moment": book.add_format({"num_format": f"{day} hh:mm", "align": "left"}),
            "decimal": book.add_format({"num_format": "#,##0.00####"}),
            "integer": book.add_format({"num_format": "0"}),
            "text": book.add_format({"num_format": "@"}),
        }
        for sheet in sheets:
            page = book.add_worksheet(_sheet_name(sheet.name, taken))
            written += _write_page(page, sheet, formats, language)
    return written


def _write_page(page: Any, sheet: Sheet, formats: dict[str, Any], language: str) -> int:
    labels = [_labels(column) for column in sheet.columns]
    for place, column in enumerate(sheet.columns):
        label = str(column.label)
        page.set_column(place, place, column.width or max(WIDTHS[column.kind], min(len(label) + 3, 40)))
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
                _write_cell(page, count, place, value, formats, language)
    if sheet.columns:
        page.autofilter(0, 0, max(count, 1), len(sheet.columns) - 1)
    return count


def _write_cell(page: Any, row: int, place: int, value: Any, formats: dict[str, Any], language: str) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, place, value)
    elif isinstance(value, (int, Decimal)):
        if exact(value):
            page.write_number(row, place, value, formats["integer" if isinstance(value, int) else "decimal"])
        else:
            page.write_string(row, place, number_text(value, language))
    elif isinstance(value, float):
        page.write_number(row, place, value, formats["decimal"])
    elif isinstance(value, datetime):
        page.write_datetime(row, place, value, formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(row, place, value, formats["day"])
    else:
        page.write_string(row, place, value)


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
