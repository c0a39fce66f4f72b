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


class Faults:
    """The faults that a file turns out to have, pass after pass over its rows; within a pass they come in the order of the rows."""

    def __init__(self) -> None:
        self.count = 0
        self.rows = RowSet()
        self._passes: list[IO[str]] = []
        self.begin()

    def begin(self) -> None:
        """A new pass over the rows begins."""
        one = tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close()
        self._passes.append(one)

    def append(self, error: SheetError) -> None:
        """One more fault."""
        self.count += 1
        self.rows.add(error.row)
        self._passes[-1].write(json.dumps([error.row, error.sheet, error.column, error.read, error.expected]) + "\n")

    def extend(self, errors: Iterable[SheetError]) -> None:
        """Several faults."""
        for error in errors:
            self.append(error)

    def __iter__(self) -> Iterator[SheetError]:
        for one in self._passes:
            one.seek(0)
        for line in heapq.merge(*(map(json.loads, one) for one in self._passes), key=lambda line: line[0]):
            row, sheet, column, read, expected = line
            yield SheetError(sheet, row, column, read, expected)

    def lines(self) -> Iterator[bytes]:
        """Them all as lines of a file, which `read_faults` reads again."""
        return ((json.dumps(as_dict(error)) + "\n").encode() for error in self)

    def close(self) -> None:
        """Forget them."""
        for one in self._passes:
            one.close()


def as_dict(error: SheetError) -> dict[str, Any]:
    """A fault as it is kept with an import and shown."""
    return {"sheet": error.sheet, "row": error.row, "column": error.column, "read": error.read, "expected": error.expected}


def read_faults(file: Iterable[bytes]) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Faults that were kept as lines, gathered row by row."""
    return ((row, list(found)) for row, found in groupby(map(json.loads, file), key=lambda fault: int(fault["row"])))
