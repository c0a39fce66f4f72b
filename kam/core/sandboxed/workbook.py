"""Reads an Excel workbook and writes cells into one of its sheets; every other byte of its parts stays as it came.

Only the cells are exchanged in the text of the sheet, so that formulas, styles, charts, pictures, checks of input and other
sheets are what they were; the workbook computes its formulas anew when it is opened. A cell with a formula is never written.
"""

import re
import zipfile
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_BYTES = 100 * 1024 * 1024
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 30, 5_000, 120
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: What stands before the settings of computing in a workbook, the last of them that there is.
BEFORE_COMPUTING = ("definedNames", "externalReferences", "functionGroups", "sheets")


class Failure(Exception):
    """Why a file is refused, as a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parts_of(path: str) -> dict[str, bytes]:
    """Every part of the file, unpacked within a limit."""
    found, total = {}, 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise Failure("password")
                with archive.open(entry) as stream:
                    found[entry.filename] = stream.read(MAX_BYTES - total + 1)
                total += len(found[entry.filename])
                if total > MAX_BYTES:
                    raise Failure("bomb")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as fault:
        raise Failure("unreadable") from fault
    return found


def parse(content: bytes, start: Any = None, end: Any = None, text: Any = None) -> None:
    """Read a part; the handlers get names without prefix and where each tag begins in the bytes."""
    parser = expat.ParserCreate()

    def refuse(*_: Any) -> None:
        raise Failure("unreadable")

    def declared(_version: str, encoding: str | None, _alone: int) -> None:
        if (encoding or "utf-8").lower() != "utf-8":
            raise Failure("unreadable")

    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        refuse()
    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = refuse
    if start is not None:
        parser.StartElementHandler = lambda name, attributes: start(name, attributes, parser.CurrentByteIndex)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name, parser.CurrentByteIndex)
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as fault:
        raise Failure("unreadable") from fault


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def sheets_of(parts: dict[str, bytes]) -> dict[str, str]:
    """The part of each sheet, by the sheet's name."""
    names: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(name: str, attributes: dict[str, str], _at: int) -> None:
        if local(name) == "sheet":
            key = next((value for word, value in attributes.items() if word.endswith(":id")), "")
            names.append((attributes.get("name", ""), key))

    def relation(name: str, attributes: dict[str, str], _at: int) -> None:
        if local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    try:
        parse(parts["xl/workbook.xml"], sheet)
        parse(parts["xl/_rels/workbook.xml.rels"], relation)
    except KeyError as fault:
        raise Failure("unreadable") from fault
    found = {}
    for name, key in names:
        target = targets.get(key, "")
        path = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        if path in parts:
            found[name] = path
    return found


def column_of(reference: str) -> int:
    """The number of a column by its letters; A is 1."""
    number = 0
    for letter in re.match(r"[A-Za-z]{0,3}", reference)[0].upper():  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number


def behind(content: bytes, name: str, at: int) -> int:
    """Behind the element whose end is told: at its closing tag, or of an empty one already behind it."""
    return content.index(b">", at) + 1 if content.startswith(b"</" + name.encode(), at) else at


class Cells:
    """Where the rows and cells of a sheet stand in its bytes, of the rows that are asked for."""

    def __init__(self, content: bytes, rows: set[int]) -> None:
        self.content, self.wanted = content, rows
        self.rows: dict[int, int] = {}  # where the end tag of a row begins
        self.cells: dict[tuple[int, int], dict[str, Any]] = {}
        self.prefix = ""
        self._row = self._column = 0
        self._open: dict[str, Any] | None = None
        parse(content, self.start, self.end)

    def start(self, name: str, attributes: dict[str, str], at: int) -> None:
        word = local(name)
        if word == "row":
            self._row = int(attributes.get("r") or self._row + 1)
            self._column = 0
            self.prefix = name[: -len(word)]
        elif word == "c":
            self._column = column_of(attributes["r"]) if attributes.get("r") else self._column + 1
            if self._row in self.wanted:
                self._open = {"start": at, "style": attributes.get("s"), "formula": False}
        elif word == "f" and self._open is not None:
            self._open["formula"] = True

    def end(self, name: str, at: int) -> None:
        word = local(name)
        if word == "c" and self._open is not None:
            self._open["end"] = behind(self.content, name, at)
            self.cells[self._row, self._column] = self._open
            self._open = None
        elif word == "row" and self._row in self.wanted and behind(self.content, name, at) != at:
            self.rows[self._row] = at


def written(reference: str, value: dict[str, Any], style: str | None, prefix: str) -> bytes:
    """A cell with a number or a text, in the style of the one that it replaces."""
    look = f" s={quoteattr(style)}" if style else ""
    if value["kind"] == "number":
        text = f'<{prefix}c r="{reference}"{look}><{prefix}v>{escape(value["text"])}</{prefix}v></{prefix}c>'
    else:
        words = f'<{prefix}t xml:space="preserve">{escape(value["text"])}</{prefix}t>'
        text = f'<{prefix}c r="{reference}"{look} t="inlineStr"><{prefix}is>{words}</{prefix}is></{prefix}c>'
    return text.encode()


def exchanged(content: bytes, values: list[dict[str, Any]]) -> tuple[bytes, list[str]]:
    """The sheet with these values in their cells, and the cells that kept their formula."""
    found = Cells(content, {value["row"] for value in values})
    changes: list[tuple[int, int, int, bytes]] = []
    kept = []
    for value in values:
        row, column = value["row"], value["column"]
        cell = found.cells.get((row, column))
        if cell is not None and cell["formula"]:
            kept.append(value["cell"])
            continue
        style = cell["style"] if cell else None
        text = written(value["cell"], value, style, found.prefix)
        if cell is not None:
            changes.append((cell["start"], cell["end"], column, text))
        elif row in found.rows:
            following = [one["start"] for (line, place), one in found.cells.items() if line == row and place > column]
            place = min(following, default=found.rows[row])
            changes.append((place, place, column, text))
        else:
            raise Failure("unreadable")
    for start, end, _column, text in sorted(changes, reverse=True):
        content = content[:start] + text + content[end:]
    return content, kept


def computed_anew(content: bytes) -> bytes:
    """The workbook's own part, so that Excel computes every formula when it opens it."""
    found: dict[str, tuple[int, int]] = {}
    starts: list[int] = []

    def start(name: str, _attributes: dict[str, str], at: int) -> None:
        starts.append(at)

    def end(name: str, at: int) -> None:
        begun = starts.pop()
        found[local(name)] = begun, behind(content, name, at)

    parse(content, start, end)
    if "calcPr" in found:
        begun, end_of_it = found["calcPr"]
        tag = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", content[begun:end_of_it])
        tag = re.sub(rb"(calcPr)", rb'\1 fullCalcOnLoad="1"', tag, count=1)
        return content[:begun] + tag + content[end_of_it:]
    place = next(found[word][1] for word in BEFORE_COMPUTING if word in found)
    prefix = re.search(rb"<([A-Za-z0-9_.-]+:)?workbook[\s>]", content)
    name = (prefix[1] or b"") if prefix else b""
    return content[:place] + b"<" + name + b'calcPr fullCalcOnLoad="1"/>' + content[place:]


def fill(order: dict[str, Any]) -> dict[str, Any]:
    """Write `values` (cell, row, column, kind, text) into `sheet`, as the file `out`; without one only say which keep their formula."""
    parts = parts_of(order["path"])
    where = sheets_of(parts).get(order["sheet"])
    if where is None:
        raise Failure("unreadable")
    parts[where], kept = exchanged(parts[where], order["values"])
    if not order.get("out"):
        return {"kept": kept}
    parts["xl/workbook.xml"] = computed_anew(parts["xl/workbook.xml"])
    with zipfile.ZipFile(order["path"]) as source, zipfile.ZipFile(order["out"], "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            made = zipfile.ZipInfo(entry.filename, entry.date_time)
            made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, entry.external_attr
            target.writestr(made, parts[entry.filename])
    return {"kept": kept}


def shown(value: Any) -> str:
    """A cell as text: 12.0 is 12."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value)[:300]


def read(order: dict[str, Any]) -> dict[str, Any]:
    """The sheets that can be seen: the number of their first row and column, and their cells as texts; of `sheet` all rows, else the first."""
    import python_calamine as calamine

    where = sheets_of(parts_of(order["path"]))
    try:
        book = calamine.CalamineWorkbook.from_path(order["path"])
    except Exception as fault:
        raise Failure("unreadable") from fault
    found: list[dict[str, Any]] = []
    for facts in book.sheets_metadata:
        seen = facts.visible == calamine.SheetVisibleEnum.Visible and facts.typ == calamine.SheetTypeEnum.WorkSheet
        if not seen or facts.name not in where or len(found) == MAX_SHEETS:
            continue
        sheet = book.get_sheet_by_name(facts.name)
        if sheet.height > MAX_ROWS and facts.name == order.get("sheet"):
            raise Failure("size")
        top, left = sheet.start or (0, 0)
        most = MAX_ROWS if facts.name == order.get("sheet") else order["head"]
        rows = [[shown(cell) for cell in row[:MAX_COLUMNS]] for row in sheet.to_python(skip_empty_area=True)[:most]]
        found.append({"name": facts.name, "top": top + 1, "left": left + 1, "rows": rows})
    if not found:
        raise Failure("unreadable")
    return {"sheets": found}


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Read or fill the workbook at `path`, as the `task` says."""
    return {"read": read, "fill": fill}[order["task"]](order)
