"""Turns a workbook or a CSV file into lines of JSON, within limits; the cells as they are, nothing interpreted."""

import csv
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

MAX_BYTES = 300 * 1024 * 1024
MAX_RATIO = 200
HARMLESS = 20 * 1024 * 1024
MAX_CELLS = 20_000_000


class Failure(Exception):
    """Why a file is refused, as a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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


def workbook(order: dict[str, Any]) -> None:
    """Write each sheet that can be seen: first its name and first row, then its rows."""
    import python_calamine as calamine

    if order["type"] != "xls":
        guard_archive(order["path"])
    try:
        book = calamine.CalamineWorkbook.from_path(order["path"])
    except calamine.PasswordError:
        raise Failure("password") from None
    cells = 0
    with open(order["out"], "w") as out:
        for facts in book.sheets_metadata:
            if facts.visible != calamine.SheetVisibleEnum.Visible or facts.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(facts.name)
            cells += sheet.height * sheet.width
            if cells > MAX_CELLS:
                raise Failure("bomb")
            first = sheet.start[0] + 1 if sheet.start else 1
            out.write(json.dumps({"sheet": facts.name, "first": first, "delimiter": ""}) + "\n")
            out.writelines(AS_JSON(row) + "\n" for row in sheet.to_python(skip_empty_area=True))


def decoded(data: bytes) -> str:
    """The text of a CSV file: UTF-8, UTF-16 with its mark, else Windows 1252; a mixture is refused."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise Failure("encoding") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    loose = data.decode("utf-8-sig", errors="ignore")
    if any(ord(letter) > 127 for letter in loose):
        raise Failure("encoding")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise Failure("encoding") from None


def delimiter_of(text: str) -> str:
    """The delimiter that divides the first lines most evenly; a line `sep=;` names it."""
    counts = dict.fromkeys(";,\t|", 0)
    quoted = False
    lines = 0
    for letter in text[:20_000]:
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in counts:
            counts[letter] += 1
        elif not quoted and letter == "\n":
            lines += 1
            if lines == 1 and any(counts.values()):
                break
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else " "


def table(order: dict[str, Any]) -> None:
    """Write the rows of a CSV file; every cell is a text."""
    text = decoded(Path(order["path"]).read_bytes())
    if "\x00" in text:
        raise Failure("kind")
    first = 1
    if text[:4].lower() == "sep=" and "\n" in text[:8]:
        delimiter = text[4]
        text = text[text.index("\n") + 1 :]
        first = 2
    else:
        delimiter = delimiter_of(text)
    csv.field_size_limit(200_000)
    with open(order["out"], "w") as out:
        out.write(json.dumps({"sheet": order["name"], "first": first, "delimiter": delimiter}) + "\n")
        try:
            out.writelines(
                AS_JSON(row) + "\n" for row in csv.reader(_lines(text), delimiter=delimiter if delimiter != " " else ";")
            )
        except csv.Error:
            raise Failure("unreadable") from None


def _lines(text: str) -> Any:
    """The lines of a text, parted at line feeds only: other separators belong to the cells."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start : end + 1]
        start = end + 1
    if start < len(text):
        yield text[start:]


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Read the file at `path` (`type` xlsx, xls, ods or csv) and write it to `out`."""
    table(order) if order["type"] == "csv" else workbook(order)
    return {}
