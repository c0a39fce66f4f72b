"""Trying out what a file would do: a plan of rows for the kinds that look at them one by one, sets of rows for the staged ones."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kam.core.excel import SheetError, SheetRow
from kam.core.excel_layout import MAX_ROWS, too_many
from kam.core.import_kinds import Change, Fault, ImportKind, Plan, StagedKind
from kam.core.imports.faults import Faults
from kam.core.imports.reading import Source
from kam.core.imports.staging import STAGED, leave_out, stage

SHOWN_CHANGES = 200


@dataclass
class Trial:
    """What the rows without a fault would do; `blocked` where there is a fault that leaving out rows does not mend."""

    counts: dict[str, int]
    digest: str
    shown: list[dict[str, Any]] = field(default_factory=list)
    blocked: bool = False
    plan: Plan | None = None
    remarks: list[dict[str, Any]] = field(default_factory=list)
    stands_on: str = ""


def try_out(kind: ImportKind, source: Source, faults: Faults, *, actor: Any) -> Trial:
    """What the rows of a source would do, inside the caller's transaction; every fault that they have is added to `faults`.

    The rows with a fault are left out and the others tried again, since some of them may have relied on those.
    """
    if isinstance(kind, StagedKind):
        return _try_staged(kind, source, faults, actor)
    return _try_plan(kind, source, faults, actor)


def _bounded(rows: Iterator[SheetRow], faults: Faults, sheet: str) -> Iterator[SheetRow]:
    """Rows that are looked at together are not without end; row 0 stands for the whole file."""
    for count, row in enumerate(rows, 1):
        if count > MAX_ROWS:
            faults.append(too_many(sheet, 0, count))
            return
        yield row


def _try_plan(kind: ImportKind, source: Source, faults: Faults, actor: Any) -> Trial:
    rows = list(_bounded(source.rows(), faults, source.sheet))
    broken = set(source.broken)
    while True:
        rows = _whole_records(kind, rows, broken, faults, source.sheet)
        plan = kind.prepare([SheetRow(row.number, dict(row.values)) for row in rows], actor=actor, sheet=source.sheet)
        if not plan.errors:
            break
        faults.begin()
        faults.extend(sorted(plan.errors, key=lambda error: error.row))
        wrong = {error.row for error in plan.errors}
        kept = [row for row in rows if row.number not in wrong]
        if len(kept) == len(rows):
            return Trial(plan.counts(), "", blocked=True)
        broken = {_record(kind, row) for row in rows if row.number in wrong} if kind.together else set()
        rows = kept
    shown = [*plan.create[:SHOWN_CHANGES], *plan.update[:SHOWN_CHANGES]]
    blocked = source.hopeless or None in source.broken or 0 in faults.rows
    return Trial(plan.counts(), _digest(plan.fingerprint(), faults), [_shown(change) for change in shown], blocked, plan)


def _record(kind: ImportKind, row: SheetRow) -> tuple[Any, ...]:
    return tuple(row.values.get(name) for name in kind.together)


def _whole_records(kind: ImportKind, rows: list[SheetRow], broken: set[Any], faults: Faults, sheet: str) -> list[SheetRow]:
    """The rows of the records of which no row has a fault; the others are refused with it."""
    if not kind.together or not broken:
        return rows
    kept = [row for row in rows if _record(kind, row) not in broken]
    faults.begin()
    expected = _("no error in the other rows of the same record")
    faults.extend(kind.error(sheet, row, kind.together[0], expected) for row in rows if _record(kind, row) in broken)
    return kept


def _try_staged(kind: StagedKind, source: Source, faults: Faults, actor: Any) -> Trial:
    stage(kind.columns, source)
    stands_on = kind.stands_on(actor=actor)  # asked before anything is looked at: what changes meanwhile is not missed
    labels = {column.key: str(column.label) for column in kind.columns}
    while True:
        outcome = kind.prepare_staged(STAGED, actor=actor)
        wrong = sorted(_noted(outcome.faults, faults, labels, source.sheet))
        counts = {"create": outcome.new, "update": outcome.changed, "unchanged": outcome.same, **outcome.more}
        if not wrong:
            break
        if not leave_out(wrong):
            return Trial(counts, "", blocked=True)
    shown = [_shown(change) for change in outcome.shown[:SHOWN_CHANGES]]
    remarks = [remark._asdict() for remark in outcome.remarks]
    blocked = source.hopeless or 0 in faults.rows
    return Trial(counts, _digest(outcome.digest, faults), shown, blocked, remarks=remarks, stands_on=stands_on)


def _noted(found: Sequence[Fault] | Any, faults: Faults, labels: dict[str, str], sheet: str) -> set[int]:
    faults.begin()
    wrong = set()
    for fault in found:
        wrong.add(fault.row)
        faults.append(SheetError(sheet, fault.row, labels.get(fault.column, fault.column), fault.read, str(fault.expected)))
    return wrong


def _digest(of_rows: str, faults: Faults) -> str:
    """What is confirmed: what would be done, and which rows are left out of it."""
    return hashlib.sha256(of_rows.encode() + bytes(faults.rows.bits).rstrip(b"\0")).hexdigest()


def _shown(change: Change) -> dict[str, Any]:
    """A change as the preview shows it: row, record, and each field before and after."""
    fields = [[name, _text(change.before.get(name)), _text(change.values[name])] for name in change.changed()]
    return {"row": change.number, "label": change.label[:200], "new": change.record is None, "fields": fields}


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:200]
