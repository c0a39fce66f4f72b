"""Every fault of a file in the order of its rows: counted, on disk where there are many, merged when they are read."""

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import IO, Any

from kam.core.excel import SheetError

IN_MEMORY = 1 << 20


class RowSet:
    """A set of row numbers in a bit each."""

    def __init__(self) -> None:
        self.bits = bytearray()
        self.count = 0

    def add(self, row: int) -> None:
        """Take in a row."""
        place, bit = row >> 3, 1 << (row & 7)
        if place >= len(self.bits):
            self.bits.extend(bytes(place + 1 - len(self.bits) + (len(self.bits) >> 2)))
        if not self.bits[place] & bit:
            self.bits[place] |= bit
            self.count += 1

    def __contains__(self, row: int) -> bool:
        place = row >> 3
        return place < len(self.bits) and bool(self.bits[place] & 1 << (row & 7))

    def __iter__(self) -> Iterator[int]:
        return (place << 3 | bit for place, byte in enumerate(self.bits) if byte for bit in range(8) if byte & 1 << bit)


class Pass:
    """The faults that one pass over the rows finds, in the order of the rows."""

    def __init__(self, whole: "Faults") -> None:
        self.whole = whole
        self.file: IO[str] = tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by Faults.close()

    def append(self, error: SheetError) -> None:
        """One more fault."""
        self.whole.count += 1
        self.whole.rows.add(error.row)
        self.file.write(json.dumps([error.row, error.sheet, error.column, error.read, error.expected]) + "\n")

    def lines(self) -> Iterator[list[Any]]:
        """The faults as they were written down."""
        self.file.seek(0)
        return map(json.loads, self.file)


class Faults:
    """The faults that a file turns out to have, pass after pass over its rows; within a pass they come in the order of the rows."""

    def __init__(self) -> None:
        self.count = 0
        self.rows = RowSet()
        self._passes: list[Pass] = []
        self.begin()

    def apart(self) -> "Pass":
        """A pass over the rows of its own, which goes on beside the others."""
        self._passes.append(Pass(self))
        return self._passes[-1]

    def begin(self) -> None:
        """A new pass over the rows begins."""
        self._now = self.apart()

    def append(self, error: SheetError) -> None:
        """One more fault."""
        self._now.append(error)

    def extend(self, errors: Iterable[SheetError]) -> None:
        """Several faults."""
        for error in errors:
            self.append(error)

    def __iter__(self) -> Iterator[SheetError]:
        for line in heapq.merge(*(one.lines() for one in self._passes), key=lambda line: line[0]):
            row, sheet, column, read, expected = line
            yield SheetError(sheet, row, column, read, expected)

    def lines(self) -> Iterator[bytes]:
        """Them all as lines of a file, which `read_faults` reads again."""
        return ((json.dumps(as_dict(error)) + "\n").encode() for error in self)

    def close(self) -> None:
        """Forget them."""
        for one in self._passes:
            one.file.close()


def as_dict(error: SheetError) -> dict[str, Any]:
    """A fault as it is kept with an import and shown."""
    return {"sheet": error.sheet, "row": error.row, "column": error.column, "read": error.read, "expected": error.expected}


def read_faults(file: Iterable[bytes]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Faults that were kept as lines, gathered row by row."""
    return ((row, list(found)) for row, found in groupby(map(json.loads, file), key=lambda fault: int(fault["row"])))
