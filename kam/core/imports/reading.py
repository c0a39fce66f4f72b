"""From the file of an import to its rows: opened in the sandbox, its layout found, then row after row with faults and progress."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.excel import RawSheet, Rules, SheetRow, Skipped
from kam.core.excel_cells import legible
from kam.core.excel_layout import (
    HEADER_WITHIN,
    SAMPLE,
    Layout,
    layout_of,
    likely_header,
    no_header,
    texts_above,
    told_apart,
)
from kam.core.import_kinds import ImportKind
from kam.core.imports.columns import Columns
from kam.core.imports.faults import Faults
from kam.core.imports.joining import gathered, headers_of, joined, shared_key
from kam.core.imports.mappings import header_print
from kam.core.uploads import ScannerAway, ScanState, scan
from kam.core.workflow import Denied

STEP = 2_000
SHOWN_SKIPPED = 500
MOST_HEADERS = 300


@dataclass
class PassedOver:
    """Rows that are none of data: counted, the first ones at hand."""

    count: int = 0
    first: list[Skipped] = field(default_factory=list)

    def append(self, row: Skipped) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < SHOWN_SKIPPED:
            self.first.append(row)


class Source:
    """The rows of a file, to be read once; what was found out about the file is at hand before."""

    def __init__(
        self,
        layout: Layout | None,
        rows: Iterator[list[Any]],
        lines: int,
        faults: Faults,
        report: Any,
        found: dict[str, Any],
        mapping: Any,
        rules: Rules,
        joined: bool = False,
    ) -> None:
        self.layout, self._rows, self.lines, self.faults, self._report = layout, rows, lines, faults, report
        self.found, self.mapping, self.rules, self.joined = found, mapping, rules, joined
        self.skipped = PassedOver()
        self._columns = Columns(layout) if layout is not None else None

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return self.layout.name if self.layout else ""

    @property
    def ignored(self) -> list[str]:
        """The headers that are not read."""
        return self.layout.ignored if self.layout else []

    @property
    def broken(self) -> list[tuple[Any, ...] | None]:
        """Which records have a row that could not be read."""
        return self.layout.broken if self.layout else []

    @property
    def settled(self) -> bool:
        """Whether the rows can be read without asking anybody which column is which."""
        return self.layout is not None and self.layout.settled

    @property
    def hopeless(self) -> bool:
        """Whether the header is wrong, so that no row can be read as it is meant."""
        return self.layout is None or bool(self.layout.errors)

    def raw_rows(self) -> Iterator[tuple[int, list[Any]]]:
        """The number and the cells of every row under the header, as they stand in the file."""
        if self.layout is None:
            return
        first = self.layout.number - self.layout.at
        self._report(0, self.lines)
        for place, cells in enumerate(self._rows):
            if place > self.layout.at:
                if place % STEP == 0:
                    self._report(min(place, self.lines), self.lines)
                yield first + place, cells

    @property
    def keys(self) -> list[str]:
        """The columns of ours that the file has, as they stand in `blocks`."""
        return self._columns.keys if self._columns else []

    def blocks(self) -> Iterator[list[str]]:
        """The rows without a fault of their own as COPY takes them, many at once."""
        if self.layout is None or self._columns is None:
            return
        errors = self.faults.apart() if self.joined else self.faults
        under, first = islice(self._rows, self.layout.at + 1, None), self.layout.number + 1
        self._report(0, self.lines)
        while rows := list(islice(under, STEP)):
            numbers: Sequence[int] = range(first, first + len(rows))
            first += len(rows)
            if self.joined:
                whole = [place for place, number in enumerate(numbers) if number not in self.faults.rows]
                numbers, rows = [numbers[place] for place in whole], [rows[place] for place in whole]
            yield self._columns.lines(numbers, rows, errors, self.skipped)
            self._report(min(first - self.layout.number + self.layout.at, self.lines), self.lines)

    def rows(self) -> Iterator[SheetRow]:
        """The rows without a fault of their own."""
        if self.layout is None:
            return
        read, errors, skipped = self.layout.read, self.faults, self.skipped
        for number, cells in self.raw_rows():
            if self.joined and number in errors.rows:
                continue  # a line without its head: what the head would say is missing, which needs no further words
            row = read(number, cells, errors, skipped)
            if row is not None:
                yield row


@dataclass(frozen=True)
class Files:
    """What was uploaded: a file, and where it holds lines only, a second one with their heads; path and name of each."""

    path: str
    name: str
    second_path: str = ""
    second_name: str = ""


@contextmanager
def opened(
    files: Files,
    kind: ImportKind,
    rules: Rules | None,
    faults: Faults,
    *,
    language: str,
    report: Callable[..., Any],
    known: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Source]:
    """The rows of a file of a kind, read by these rules; without any, by the mapping that knows its header, else by its names.

    What is wrong with the header is a fault. Raises Denied, also while the file is read.
    """
    # Only the worker opens files; web processes load none of what it takes.
    from kam.core.excel_files import open_tables

    said, rules_said = rules or Rules(), rules is not None
    with ExitStack() as stack:
        order = {"encoding": said.encoding, "delimiter": said.delimiter, "sheet": said.sheet}
        first, looked_at = None, []
        for table in stack.enter_context(open_tables(files.path, name=files.name, **order)):
            sheet = RawSheet(table.name, table.first_row, table.head, table.delimiter, table.merged)
            rows, used, others = table.rows(), said, []  # type: Iterator[list[Any]], Rules, list[str]
            if files.second_path:
                sheet, rows, used, others = _beside(stack, files, sheet, rows, used, known, faults)
            mapping, used = (None, used) if rules_said else _recognised(sheet, known, used)
            layout = layout_of(sheet, kind.columns, used, language)
            found = _found(table, sheet, layout, used) | {"heads": others[:MOST_HEADERS]}
            if layout is not None:
                layout.together = kind.together
                faults.extend(layout.errors)
                yield Source(layout, rows, table.lines, faults, report, found, mapping, used, joined=bool(files.second_path))
                return
            first = first or (found, used)
            looked_at.append(sheet)
        faults.append(no_header(looked_at, kind.columns))
        found, used = first or ({}, said)
        yield Source(None, iter(()), 0, faults, report, found, None, used)


def _recognised(sheet: RawSheet, known: Mapping[str, Any], said: Rules) -> tuple[Any, Rules]:
    """The saved mapping that knows a header among the first rows, and its rules; how the file is written is found anew."""
    if known:
        for at in range(min(HEADER_WITHIN, len(sheet.rows))):
            mapping = known.get(header_print(told_apart(texts_above(sheet.rows, at, sheet.merged))))
            if mapping is not None:
                how = Rules.of(mapping.rules)
                here = {
                    name: getattr(said, name)
                    for name in ("sheet", "header_row", "encoding", "delimiter", "lines_key", "heads_key")
                }
                return mapping, replace(how, **here)
    return None, said


def _beside(
    stack: ExitStack,
    files: Files,
    sheet: RawSheet,
    rows: Iterator[list[Any]],
    rules: Rules,
    known: Mapping[str, Any],
    faults: Faults,
) -> tuple[RawSheet, Iterator[list[Any]], Rules, list[str]]:
    """The lines with their heads from the second file beside them, and the headers of that.

    They are found by the headers that were said, else by those of the mapping that knows both files, else by a header of both.
    """
    from kam.core.excel_files import open_tables

    table = next(stack.enter_context(open_tables(files.second_path, name=files.second_name)), None)
    if table is None:
        raise Denied("file_empty", _("The second file is empty."), field="second")
    second = RawSheet(table.name, table.first_row, table.head, table.delimiter)
    at = rules.header_row - sheet.first_row if rules.header_row else likely_header(sheet)
    at = at if 0 <= at < len(sheet.rows) else 0
    lines, others = headers_of(sheet, at), headers_of(second, likely_header(second))
    if not (rules.lines_key and rules.heads_key):
        mapping = known.get(header_print(told_apart([*lines, *others])))
        said = Rules.of(mapping.rules) if mapping is not None else rules
        keys = (said.lines_key, said.heads_key) if said.lines_key and said.heads_key else shared_key(lines, others)
        rules = replace(rules, lines_key=keys[0], heads_key=keys[1])
    rules = replace(rules, header_row=sheet.first_row + at)
    heads = stack.enter_context(gathered(second, table.rows(), rules, faults))
    both, joined_rows = joined(sheet, rows, heads, rules, at)
    return both, joined_rows, rules, others


def _found(table: Any, sheet: RawSheet, layout: Layout | None, rules: Rules) -> dict[str, Any]:
    """What was found out about a file, as the import keeps it and a person sees it."""
    at = layout.at if layout else likely_header(sheet)
    headers = layout.headers if layout else told_apart(texts_above(sheet.rows, at, sheet.merged))
    body = sheet.rows[at + 1 : at + 1 + SAMPLE]
    return {
        "sheet": table.name,
        "sheets": table.sheets[:100],
        "header_row": sheet.first_row + at,
        "headers": headers[:MOST_HEADERS],
        "sample": layout.sample if layout else [[legible(cell)[:60] for cell in row] for row in body],
        "read": _as_read(layout, sheet) if layout else [],
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "decimal": layout.decimal if layout else "",
        "dates": layout.dates if layout else "",
        "columns": layout.columns_read if layout else {},
        "lines_key": rules.lines_key,
        "heads_key": rules.heads_key,
    }


def _as_read(layout: Layout, sheet: RawSheet) -> list[dict[str, Any]]:
    """The first rows as they would be read: the number, and what each column of ours holds."""
    found = []
    for place, cells in enumerate(sheet.rows[layout.at + 1 : layout.at + 1 + SAMPLE], layout.number + 1):
        row = layout.read(place, cells, [], [])
        if row is not None:
            values = {
                key: value if isinstance(value, bool) else str(value) for key, value in row.values.items() if value is not None
            }
            found.append({"row": place, "values": values})
    return found


def refuse_infected(file: Any) -> None:
    """Ask the virus scanner before a file is read. Raises Denied."""
    try:
        state = scan(file)
    except ScannerAway:
        raise Denied("scanner_away", _("The virus scanner does not answer. Try again later.")) from None
    if state == ScanState.INFECTED:
        raise Denied("document_infected", _("A virus was found in this file; it was not read."))
