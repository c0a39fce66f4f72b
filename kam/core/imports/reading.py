"""From the file of an import to its rows: opened in the sandbox, its layout found, then row after row with faults and progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.excel import RawSheet, Rules, SheetRow, Skipped
from kam.core.excel_layout import Layout, layout_of, no_header
from kam.core.import_kinds import ImportKind
from kam.core.imports.faults import Faults
from kam.core.uploads import ScannerAway, ScanState, scan
from kam.core.workflow import Denied

STEP = 2_000
SHOWN_SKIPPED = 500


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

    def __init__(self, layout: Layout | None, rows: Iterator[list[Any]], lines: int, faults: Faults, report: Any) -> None:
        self.layout, self._rows, self.lines, self.faults, self._report = layout, rows, lines, faults, report
        self.skipped = PassedOver()

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

    def rows(self) -> Iterator[SheetRow]:
        """The rows without a fault of their own."""
        if self.layout is None:
            return
        read, errors, skipped = self.layout.read, self.faults, self.skipped
        for number, cells in self.raw_rows():
            row = read(number, cells, errors, skipped)
            if row is not None:
                yield row


def rules_of(said: dict[str, Any]) -> Rules:
    """The rules that an import or a mapping keeps, as they are kept."""
    known = {one.name for one in fields(Rules)}
    return Rules(**{name: value for name, value in said.items() if name in known})


def kept(rules: Rules) -> dict[str, Any]:
    """Rules as an import or a mapping keeps them: only what is said."""
    return {name: value for name, value in asdict(rules).items() if value}


@contextmanager
def opened(
    path: Any, name: str, kind: ImportKind, rules: Rules, faults: Faults, *, language: str, report: Callable[..., Any]
) -> Iterator[Source]:
    """The rows of a file of a kind, read by these rules; what is wrong with its header is a fault. Raises Denied, also while it is read."""
    # Only the worker opens files; web processes load none of what it takes.
    from kam.core.excel_files import open_tables

    with open_tables(path, name=name, encoding=rules.encoding, delimiter=rules.delimiter, sheet=rules.sheet) as tables:
        looked_at = []
        for table in tables:
            sheet = RawSheet(table.name, table.first_row, table.head, table.delimiter, table.merged)
            layout = layout_of(sheet, kind.columns, rules, language)
            if layout is not None:
                layout.together = kind.together
                faults.extend(layout.errors)
                yield Source(layout, table.rows(), table.lines, faults, report)
                return
            looked_at.append(sheet)
        faults.append(no_header(looked_at, kind.columns))
        yield Source(None, chain(), 0, faults, report)


def refuse_infected(file: Any) -> None:
    """Ask the virus scanner before a file is read. Raises Denied."""
    try:
        state = scan(file)
    except ScannerAway:
        raise Denied("scanner_away", _("The virus scanner does not answer. Try again later.")) from None
    if state == ScanState.INFECTED:
        raise Denied("document_infected", _("A virus was found in this file; it was not read."))
