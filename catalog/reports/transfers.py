"""What a transfer touches, as its page and its endpoint show it: by sort, with what the reader sees of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import access_of
from catalog.models.transfers import SORTS, Moving, Outcome, Transfer, touched

SHOWN = 100


@dataclass(frozen=True)
class Section:
    """One sort of things: how many move, stay and block, and the first of them, what blocks at the top."""

    sort: str
    label: Any
    counts: dict[Any, int]
    rows: list[Moving]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return sum(self.counts.values()) - len(self.rows)


def sections(transfer: Transfer, reader: Any) -> list[Section]:
    """What the transfer touches now, as far as the reader sees the records behind it."""
    found = readable(touched(transfer), reader)
    return [_section(sort, label, rows) for sort, label in SORTS.items() if (rows := [row for row in found if row.sort == sort])]


def _section(sort: str, label: Any, rows: list[Moving]) -> Section:
    counts = {outcome: sum(row.outcome == outcome for row in rows) for outcome in Outcome}
    ordered = sorted(rows, key=lambda row: [Outcome.BLOCKED, Outcome.STAYS, Outcome.MOVES].index(row.outcome))
    return Section(sort, label, counts, ordered[:SHOWN])


def readable(rows: Iterable[Moving], reader: Any) -> list[Moving]:
    """The rows whose records this person sees, asked once for each kind of record."""
    rows = list(rows)
    if access_of(reader).sees_all:
        return rows
    keys: dict[Any, set[int]] = {}
    for row in rows:
        keys.setdefault(type(row.record), set()).add(row.record.pk)
    seen = {
        (model, key)
        for model, wanted in keys.items()
        for key in model._default_manager.visible_to(reader).filter(pk__in=wanted).values_list("pk", flat=True)
    }
    return [row for row in rows if (type(row.record), row.record.pk) in seen]
