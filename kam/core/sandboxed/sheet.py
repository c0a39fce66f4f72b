"""Turns a workbook or a CSV file into lines of JSON, within limits; the cells as they are, nothing interpreted.

Each table is a line of facts, then lines of many rows each. A CSV file is read as it streams, a workbook is in memory.
"""

import codecs
import csv
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

MAX_BYTES = 300 * 1024 * 1024
MAX_RATIO = 200
HARMLESS = 20 * 1024 * 1024
MAX_CELLS = 20_000_000
TOGETHER = 1_000
LOOKED_AT = 50
DELIMITERS = ";\t|,"
LONGEST_CELL = 200_000


class Failure(Exception):
    """Why a file is refused, as a code, and in which row."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(code)
        self.code, self.row = code, row


def guard_archive(path: str) -> None:
    """Refuse an archive that would unpack to more than a table can be: measured by unpacking, not by what it says."""
    packed = Path(path).stat().st_size
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise Failure("password")
                with archive.open(entry) as stream:
                    while part := stream.read(1 << 18):
                        total += len(part)
                        if total > MAX_BYTES or (total > HARMLESS and total > MAX_RATIO * packed):
                            raise Failure("bomb")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as fault:
        raise Failure("unreadable") from fault


def cell(value: Any) -> Any:
    """A cell that JSON does not know: days and moments as {"t": …}, everything else as its text."""
    return {"t": value.isoformat()} if isinstance(value, (datetime, date)) else str(value)


AS_JSON = json.JSONEncoder(default=cell).encode


def write_table(out: IO[str], facts: dict[str, Any], rows: Iterable[Any], order: dict[str, Any]) -> None:
    """Write one table: its facts, then its rows, or only the first ones if the order asks for the `head`."""
    out.write(AS_JSON(facts) + "\n")
    rows = iter(rows) if not order.get("head") else islice(rows, order["head"])
    while part := list(islice(rows, TOGETHER)):
        out.write(AS_JSON(part) + "\n")


def workbook(order: dict[str, Any], out: IO[str]) -> None:
    """Write each sheet that can be seen, or the one that the order names."""
    import python_calamine as calamine

    if order["type"] != "xls":
        guard_archive(order["path"])
    try:
        book = calamine.CalamineWorkbook.from_path(order["path"])
    except calamine.PasswordError:
        raise Failure("password") from None
    seen = [
        facts.name
        for facts in book.sheets_metadata
        if facts.visible == calamine.SheetVisibleEnum.Visible and facts.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    cells = 0
    for name in seen:
        if order.get("sheet") in seen and name != order["sheet"]:
            continue
        sheet = book.get_sheet_by_name(name)
        cells += sheet.height * sheet.width
        if cells > MAX_CELLS:
            raise Failure("bomb")
        above, left = sheet.start or (0, 0)
        facts = {"sheet": name, "sheets": seen, "first": above + 1, "delimiter": "", "encoding": "", "lines": sheet.height}
        merged = [
            [top - above, first - left, bottom - above, last - left]
            for (top, first), (bottom, last) in sheet.merged_cell_ranges or []
            if top - above < LOOKED_AT
        ]
        write_table(out, facts | {"merged": merged}, sheet.to_python(skip_empty_area=True), order)


def looked_through(path: str, encoding: str) -> tuple[str, int]:
    """The encoding of a text and how many lines it has: UTF-8, UTF-16, else Windows 1252; a mixture is refused.

    An encoding that is asked for is only checked.
    """
    with open(path, "rb") as file:
        start = file.read(4096)
    if not encoding:
        encoding = _marked(start)
    decoder = codecs.getincrementaldecoder(encoding or "utf-8-sig")()
    lines, last, foreign = 0, "\n", False
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            try:
                text = decoder.decode(part)
            except UnicodeDecodeError as fault:
                if encoding or foreign or _foreign(part[: fault.start]):
                    raise Failure("encoding") from None
                return _windows(path)
            foreign = foreign or not text.isascii()
            if "\x00" in text:
                raise Failure("kind")
            lines, last = lines + text.count("\n"), text[-1:] or last
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        if not encoding and not foreign:
            return _windows(path)
        raise Failure("cut", lines + 1) from None
    return encoding or "utf-8-sig", lines + (last != "\n")


def _marked(start: bytes) -> str:
    """UTF-16 by its mark, or by the empty half of nearly every letter."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    half = len(start) // 2
    for encoding, empty in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if half > 4 and empty.count(0) > 0.4 * half:
            return encoding
    return ""


def _foreign(data: bytes) -> bool:
    return not data.decode("utf-8-sig", errors="ignore").isascii()


def _windows(path: str) -> tuple[str, int]:
    """Windows 1252, unless a letter of UTF-8 stands among its own or a byte is none of its letters."""
    lines, last, rest = 0, b"\n", b""
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            try:
                part.decode("cp1252")
            except UnicodeDecodeError:
                raise Failure("encoding") from None
            if b"\x00" in part:
                raise Failure("kind")
            if _foreign(rest + part):
                raise Failure("encoding")
            lines, last, rest = lines + part.count(b"\n"), part[-1:], part[-3:]
    return "cp1252", lines + (last != b"\n")


def delimiter_of(text: str) -> str:
    """The mark that divides most rows into the same number of cells, more than one; a blank where there is none."""
    best, found = (0.0, 0), " "
    for mark in DELIMITERS:
        try:
            widths = Counter(len(row) for row in islice(csv.reader(text.splitlines(True), delimiter=mark), LOOKED_AT) if any(row))
        except csv.Error:
            continue
        if widths and max(widths) > 1:
            width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
            score = (rows / widths.total(), 1) if width > 1 else (0.0, 1)
            if score > best:
                best, found = score, mark
    return found


class _Lines:
    """The lines of a file, parted at line feeds only, since other marks belong to the cells; those of the last record are kept."""

    def __init__(self, file: IO[str]) -> None:
        self.file, self.record = file, []  # type: IO[str], list[str]

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.record.append(line)
            yield line


def table(order: dict[str, Any], out: IO[str]) -> None:
    """Write the rows of a CSV file; every cell is a text."""
    encoding, count = looked_through(order["path"], order.get("encoding") or "")
    csv.field_size_limit(LONGEST_CELL)
    with open(order["path"], encoding=encoding, newline="\n") as file:
        start = file.read(1 << 16)
        first, delimiter = 1, order.get("delimiter") or ""
        named = start[:4].lower() == "sep=" and "\n" in start[:8]
        if named:
            first, delimiter = 2, delimiter or start[4]
        whole = start.rpartition("\n")[0] or start
        delimiter = delimiter or delimiter_of(whole.partition("\n")[2] if named else whole)
        file.seek(0)
        lines = _Lines(file)
        if named:
            file.readline()
        facts = {"sheet": order["name"], "sheets": [order["name"]], "first": first, "delimiter": delimiter, "merged": []}
        rows = _records(lines, delimiter if delimiter != " " else ";", first)
        write_table(out, facts | {"encoding": encoding, "lines": count - (first - 1)}, rows, order)


def _records(lines: _Lines, delimiter: str, first: int) -> Iterator[list[str]]:
    """The records of a CSV file; a file that ends inside a quoted cell was cut off."""
    reader = csv.reader(iter(lines), delimiter=delimiter)
    number, last = first, []  # type: int, list[str]
    try:
        for number, row in enumerate(reader, first):
            last, lines.record = lines.record, []
            if len(last) > 1:
                _refuse_open_quote(last, delimiter, number)
            yield row
    except csv.Error:
        raise Failure("quote", number + 1) from None
    _refuse_open_quote(last, delimiter, number)


def _refuse_open_quote(record: list[str], delimiter: str, number: int) -> None:
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as fault:
        if "unexpected end" in str(fault):
            raise Failure("cut", number) from None


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Read the file at `path` (`type` xlsx, xls, ods or csv) and write it to `out`, an open file."""
    with open(order["out"], "w", encoding="utf-8") as out:
        table(order, out) if order["type"] == "csv" else workbook(order, out)
    return {}
