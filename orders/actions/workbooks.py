"""Filling a customer's own workbook from an offer: taken in, its columns known again by their header, looked at first, then kept filled."""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from kam.core import clock, formats, sandbox
from kam.core.documents import Document, attach_document, standard_type
from kam.core.excel import plain_header
from kam.core.file_types import XLSX
from kam.core.uploads import checked, clean_name
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import Offer, OfferLine, OfferWorkbook

Value = OfferWorkbook.Value
LARGEST = 20 * 1024 * 1024
HEAD = 40  # rows of each sheet among which the header is looked for
REFUSALS = {
    "time": _("Reading this workbook takes too long."),
    "memory": _("This workbook is too large."),
    "bomb": _("This workbook is too large."),
    "size": _("This sheet has more than 5,000 rows."),
    "password": _("This workbook is protected by a password. Take it away and send it again."),
}


@dataclass(frozen=True)
class Sheet:
    """A sheet as it stands in the file: its name, where its first cell lies, its cells as texts."""

    name: str
    top: int
    left: int
    rows: list[list[str]]

    def row(self, number: int) -> dict[str, str]:
        """The cells of a row by the letters of their columns."""
        place = number - self.top
        cells = self.rows[place] if 0 <= place < len(self.rows) else []
        return {letters(self.left + at): text for at, text in enumerate(cells)}


@dataclass
class Choice:
    """How a workbook is filled: which sheet, in which row its headers stand, and what each column takes."""

    sheet: str
    header_row: int
    columns: dict[str, str]
    known: bool = False


@dataclass
class Exchange:
    """One cell: what stands in it and what is to stand there."""

    cell: str
    row: int
    column: int
    label: str
    old: str
    kind: str
    text: str
    kept: bool = False

    @property
    def shown(self) -> str:
        """What is to stand there as its reader writes it; the file has figures that every spreadsheet reads."""
        return formats.number(Decimal(self.text), None) if self.kind == "number" and self.text else self.text


@dataclass(frozen=True)
class Stranger:
    """A row whose number no line of the offer has."""

    row: int
    number: str


@dataclass
class Filling:
    """What filling a workbook comes to: the cells, the rows whose number the offer does not have, the lines that have no row."""

    cells: list[Exchange] = field(default_factory=list)
    rows_without_line: list[Stranger] = field(default_factory=list)
    lines_without_row: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[Exchange]:
        """The cells that are written; those with a formula keep it."""
        return [one for one in self.cells if not one.kept]


def letters(number: int) -> str:
    """The letters of a column; 1 is A."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def number_of(text: str) -> int:
    """The number of a column by its letters."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


@contextmanager
def _on_disk(document: Document) -> Iterator[tuple[Path, str]]:
    """The file in a folder of its own; raises Denied while it is locked."""
    denied = document.why_not_readable()
    if denied is not None:
        raise denied
    with tempfile.TemporaryDirectory(prefix="kam-") as folder:
        path = Path(folder) / "workbook.xlsx"
        with document.file.open("rb") as file, path.open("wb") as out:
            for part in iter(lambda: file.read(1 << 20), b""):
                out.write(part)
        yield path, folder


def _run(order: dict[str, Any]) -> dict[str, Any]:
    try:
        return sandbox.run("workbook", order, seconds=30, megabytes=1024)
    except sandbox.SandboxError as fault:
        text = REFUSALS.get(fault.code, _("This workbook cannot be read. Open it in Excel, save it as .xlsx and send that."))
        raise Denied("workbook_unreadable", text, field="file", status=400) from fault


def sheets_of(document: Document, sheet: str = "") -> list[Sheet]:
    """The sheets of a workbook, the one that is named with all its rows. Raises Denied."""
    with _on_disk(document) as (path, _folder):
        answer = _run({"task": "read", "path": str(path), "sheet": sheet, "head": HEAD})
    return [Sheet(**one) for one in answer["sheets"]]


def header_print(headers: dict[str, str]) -> str:
    """A short text that is the same for every sheet with these headers in these columns."""
    words = [f"{column}:{plain_header(text)}" for column, text in sorted(headers.items()) if text.strip()]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def choice_for(workbook: OfferWorkbook, sheets: list[Sheet]) -> Choice:
    """How this workbook is filled: as it was chosen, else as one of this customer with the same header was, else a guess of its header."""
    if workbook.sheet:
        return Choice(workbook.sheet, workbook.header_row or 1, dict(workbook.columns))
    prints = {
        header_print(sheet.row(number)): (sheet, number)
        for sheet in reversed(sheets)
        for number in range(sheet.top + min(HEAD, len(sheet.rows)) - 1, sheet.top - 1, -1)
        if sum(bool(text.strip()) for text in sheet.row(number).values()) > 1
    }
    before = OfferWorkbook.objects.filter(
        offer__plant__customer=workbook.offer.plant.customer_id, fingerprint__in=list(prints), filled__isnull=False
    )
    last = before.order_by("-filled_at", "-pk").first()
    if last is not None:
        sheet, number = prints[last.fingerprint]
        return Choice(sheet.name, number, dict(last.columns), known=True)
    first = sheets[0]
    widths = [sum(bool(text.strip()) for text in row) for row in first.rows[:HEAD]]
    at = next((place for place, width in enumerate(widths) if width >= max(widths) * 0.8), 0)
    return Choice(first.name, first.top + at, {})


@verb("orders.take_workbook", _("Take in the customer's workbook"))
def take_workbook(rows: type[OfferWorkbook], *, actor: Any, reason: str = "", offer: Offer, file: File) -> OfferWorkbook:
    """Keep a customer's workbook with an offer, as a stranger's file. Raises Denied for anything but a readable .xlsx."""
    if actor is not None and not Offer.objects.permitted(actor, "orders.take_workbook").filter(pk=offer.pk).exists():
        raise Denied("not_your_offer", _("Choose an offer that you may send."), field="offer", status=403)
    if file.size > LARGEST:
        raise Denied("file_size", REFUSALS["memory"], field="file", status=400)
    if checked(file, clean_name(file.name or "file")) != XLSX:
        raise Denied("not_a_workbook", _("Choose an Excel workbook (.xlsx)."), field="file", status=400)
    document = attach_document(Document, actor=actor, record=offer, type=standard_type("other"), file=file)
    if document.why_not_readable() is None:
        sheets_of(document)
    made: OfferWorkbook = rows.objects.create(offer=offer, document=document)
    return made


def looked_at(workbook: OfferWorkbook, choice: Choice) -> Filling:
    """What filling it this way would write, and where; nothing is written. Raises Denied."""
    with _on_disk(workbook.document) as (path, _folder):
        return _planned(workbook, choice, path)


def _planned(workbook: OfferWorkbook, choice: Choice, path: Path) -> Filling:
    answer = _run({"task": "read", "path": str(path), "sheet": choice.sheet, "head": HEAD})
    sheet = next((Sheet(**one) for one in answer["sheets"] if one["name"] == choice.sheet), None)
    if sheet is None:
        raise Denied("no_sheet", _("The workbook has no such sheet."), field="sheet", status=400)
    lines = list(workbook.offer.lines.select_related("product"))
    _check(choice, sheet, lines)
    filling = _exchanges(choice, sheet, workbook.offer, lines)
    if filling.cells:
        kept = set(_run({"task": "fill", "path": str(path), "sheet": sheet.name, "values": _values(filling.cells)})["kept"])
        for one in filling.cells:
            one.kept = one.cell in kept
    return filling


def _check(choice: Choice, sheet: Sheet, lines: list[OfferLine]) -> None:
    """Raise what is wrong with a choice."""
    headers = sheet.row(choice.header_row)
    if not headers:
        raise Denied("no_header", _("There is no such row in this sheet."), field="header_row", status=400)
    unknown = [column for column, value in choice.columns.items() if column not in headers or value not in Value.values]
    if unknown:
        text = _("Column %(column)s is none of this sheet, or takes what is not offered.")
        raise Denied("unknown_column", text % {"column": unknown[0][:10]}, field="columns", status=400)
    used = list(choice.columns.values())
    if sum(used.count(value) for value in OfferWorkbook.FINDS) != 1:
        text = _("Choose the one column that finds the line: the customer's part number or ours.")
        raise Denied("no_key_column", text, field="columns", status=400)
    if len(used) < 2:
        raise Denied("nothing_to_fill", _("Choose at least one column that is filled."), field="columns", status=400)
    if Value.PRICE in used and Value.PRICE_UNIT not in used and any(line.price_unit != 1 for line in lines):
        text = _("A price here is per 100 or 1,000. Fill the price unit, too, or take the price of one unit.")
        raise Denied("price_unit_needed", text, field="columns", status=400)


def _key(text: str) -> str:
    return "".join(text.split()).casefold()


def _exchanges(choice: Choice, sheet: Sheet, offer: Offer, lines: list[OfferLine]) -> Filling:
    """Each row whose number a line has, and each of its cells that takes something."""
    finds = next(column for column, value in choice.columns.items() if value in OfferWorkbook.FINDS)
    by_part = choice.columns[finds] == Value.BY_CUSTOMER_PART
    counted = [line for line in lines if line.kind == OfferLine.Kind.ITEM]
    keys = [_key(line.customer_part if by_part else line.product.code if line.product else "") for line in counted]
    times = Counter(keys)
    by_key = {key: line for key, line in zip(keys, counted, strict=True) if key and times[key] == 1}
    headers = sheet.row(choice.header_row)
    filling, met = Filling(), set[int]()
    for number in range(choice.header_row + 1, sheet.top + len(sheet.rows)):
        row = sheet.row(number)
        key = row.get(finds, "").strip()
        line = by_key.get(_key(key)) if key else None
        if line is None:
            if key:
                filling.rows_without_line.append(Stranger(number, key[:100]))
            continue
        met.add(line.pk)
        for column, value in choice.columns.items():
            kind, text = _value(value, line, offer)
            if text and value not in OfferWorkbook.FINDS:
                old = row.get(column, "")
                filling.cells.append(Exchange(f"{column}{number}", number, number_of(column), headers[column], old, kind, text))
    filling.lines_without_row = [
        " ".join(filter(None, (f"{line.position}", line.customer_part, str(line.product or line.description))))
        for line in counted
        if line.pk not in met
    ]
    return filling


def _value(value: str, line: OfferLine, offer: Offer) -> tuple[str, str]:
    """What a cell takes of a line: whether it is a number or a text, and its text; numbers with a point, without thousands."""
    figures: dict[str, Decimal | int | None] = {
        Value.EACH: line.price / line.price_unit,
        Value.PRICE: line.price,
        Value.PRICE_UNIT: line.price_unit,
        Value.QUANTITY: line.quantity,
        Value.MINIMUM: line.minimum_quantity,
    }
    if value in figures:
        figure = figures[value]
        return "number", "" if figure is None else format(Decimal(figure).normalize(), "f")
    words: dict[str, str] = {
        Value.PRODUCT: line.product.code if line.product else "",
        Value.DESCRIPTION: line.description or (str(line.product) if line.product else ""),
        Value.CURRENCY: offer.currency,
        Value.DELIVERY: offer.delivery,
        Value.OFFER: offer.name,
    }
    return "text", str(words[value] if value in words else getattr(line, value, ""))


def _values(cells: list[Exchange]) -> list[dict[str, Any]]:
    return [{"cell": one.cell, "row": one.row, "column": one.column, "kind": one.kind, "text": one.text} for one in cells]


@verb("orders.fill_workbook", _("Fill the workbook"))
def fill_workbook(
    workbook: OfferWorkbook, *, actor: Any, reason: str = "", sheet: str, header_row: int, columns: dict[str, str]
) -> OfferWorkbook:
    """Fill a customer's workbook from its offer, keep it beside the one that came, and remember how for this customer's next one.

    Raises Denied while the offer is not approved: no price leaves the house that nobody decided on.
    """
    offer = workbook.offer
    if offer.status not in (Offer.Status.APPROVED, *Offer.OUT):
        raise Denied("not_approved", _("Only an approved offer that is still open fills a workbook."))
    choice = Choice(sheet, header_row, {column: value for column, value in columns.items() if value})
    with _on_disk(workbook.document) as (path, folder):
        filling = _planned(workbook, choice, path)
        if not filling.writes:
            raise Denied("nothing_written", _("No row of this sheet is one of the offer's lines."), field="columns", status=400)
        out = Path(folder) / "filled.xlsx"
        _run({"task": "fill", "path": str(path), "sheet": sheet, "values": _values(filling.writes), "out": str(out)})
        stem = workbook.document.original_name.rpartition(".")[0] or "workbook"
        name = f"{stem} {offer.name.replace('/', '-')}.xlsx"
        with out.open("rb") as file:
            workbook.filled = attach_document(
                Document, actor=actor, record=offer, type=standard_type("other"), file=File(file, name=name)
            )
        headers = next(one for one in sheets_of(workbook.document) if one.name == sheet).row(header_row)
    workbook.sheet, workbook.header_row, workbook.columns = sheet, header_row, choice.columns
    workbook.fingerprint = header_print(headers)
    workbook.filled_at, workbook.filled_by = clock.now(), actor
    workbook.save()
    return workbook
