"""Many rows of a file at once, column by column: what stands in a cell is understood once for all cells that hold the same."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from kam.core.excel_cells import Reader, Wrong
from kam.core.excel_layout import TOTAL, Layout, blank

#: How many cells of a column are remembered with what they mean before they are forgotten and looked at anew.
REMEMBERED = 1_000
NOTHING = r"\N"


def copied(value: Any) -> str:
    """A value as COPY takes it from a text; what is empty is NULL."""
    if value is None or value == "":
        return NOTHING
    text = str(value)
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text


class Cells:
    """One column: its cells as COPY takes them, None for one that is wrong or that is missing where one is required."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.required = reader, reader.column.required
        self.plain, self.mark = reader.as_it_stands, reader.mark if reader.column.kind == "decimal" else ""
        self.known: dict[type, dict[Any, str | None]] = {}

    def texts(self, cells: Sequence[Any]) -> list[str | None]:
        """What these cells hold; of different kinds, since 1, 1.0 and True are the same key, each among its own."""
        kinds = set(map(type, cells))
        for kind in kinds:
            known = self.known.setdefault(kind, {})
            if len(known) > REMEMBERED:
                known.clear()
            self._learn(known, set(cells if len(kinds) == 1 else (cell for cell in cells if type(cell) is kind)))
        if len(kinds) == 1:
            return list(map(self.known[kinds.pop()].__getitem__, cells))
        return [self.known[type(cell)][cell] for cell in cells]

    def _learn(self, known: dict[Any, str | None], cells: set[Any]) -> None:
        plain = self.plain.fullmatch if self.plain else None
        for cell in cells.difference(known):
            if plain and isinstance(cell, str) and plain(cell):
                known[cell] = cell.replace(",", ".") if self.mark == "," else cell
                continue
            try:
                known[cell] = None if cell == "" and self.required else copied(self.reader.read(cell))
            except Wrong:
                known[cell] = None


class Columns:
    """Reads many rows at once as lines of COPY. What is not plain (a fault, a total, another width) is left to `Layout.read`,
    which alone says what is wrong with a row or why it is passed over: either way the same is read.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.columns = [(place, Cells(reader)) for place, reader in layout.cells]
        self.keys = [column.key for column, _place, _read in layout.readers] + list(layout.fixed)
        self.fixed = [copied(value) for value in layout.fixed.values()]
        self.width = layout.width or max((place for place, _cells in self.columns), default=0) + 1

    def lines(self, numbers: Sequence[int], rows: Sequence[list[Any]], errors: Any, skipped: Any) -> list[str]:
        """Rows and their numbers as lines: the number, then a value a key. Faults and rows passed over are told in their order."""
        odd = self._odd(rows)
        plain: Sequence[int] = [place for place in range(len(rows)) if place not in odd] if odd else range(len(rows))
        columns = list(zip(*(map(rows.__getitem__, plain) if odd else rows), strict=False))
        texts = [cells.texts(columns[place]) for place, cells in self.columns] if plain else []
        wrong = {plain[place] for column in texts if None in column for place, text in enumerate(column) if text is None}
        told = zip(map(str, map(numbers.__getitem__, plain)), *texts, *map(repeat, self.fixed), strict=False)
        if wrong:
            told = (line for place, line in zip(plain, told, strict=True) if place not in wrong)  # type: ignore[assignment]
        lines = list(map("\t".join, told))  # type: ignore[arg-type]
        for place in sorted(odd | wrong):
            row = self.layout.read(numbers[place], rows[place], errors, skipped)
            if row is not None:
                lines.append("\t".join([str(row.number), *(copied(row.values.get(key)) for key in self.keys)]))
        return lines

    def _odd(self, rows: Sequence[list[Any]]) -> set[int]:
        """The rows that may be none of data, or that have not the width of the header."""
        odd: set[int] = set()
        if set(map(len, rows)) != {self.width}:
            odd.update(place for place, row in enumerate(rows) if self._of_another_width(row))
        if any(map(blank, {row[0] for row in rows if row})):
            odd.update(place for place, row in enumerate(rows) if all(map(blank, row)))
        if self.layout.raw_header in rows:
            odd.update(place for place, row in enumerate(rows) if row == self.layout.raw_header)
        sparse = [place for place, row in enumerate(rows) if 2 * row.count("") >= len(row)]
        if sparse:
            totals = {
                cell for cell in set().union(*(rows[place] for place in sparse)) if isinstance(cell, str) and TOTAL.match(cell)
            }
            odd.update(place for place in sparse if totals and not totals.isdisjoint(rows[place]))
        return odd

    def _of_another_width(self, row: list[Any]) -> bool:
        if len(row) < self.width:
            return True
        return bool(self.layout.width) and not all(map(blank, row[self.width :]))
