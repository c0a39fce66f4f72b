"""What each application declares to be importable, and the plan that a sheet makes: what would be created, changed, left."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from kam.core.excel import Column, SheetError, SheetRow
from kam.core.excel_cells import legible
from kam.core.ports import port
from kam.core.workflow import Denied


@dataclass(slots=True)
class Change:
    """What one row of a sheet would do: create a record of these values, or change these fields of a record."""

    number: int
    label: str
    values: dict[str, Any]
    record: Any = None
    before: dict[str, Any] = field(default_factory=dict)

    def changed(self) -> list[str]:
        """The fields that would change."""
        return [name for name in self.values if self.record is None or self.before.get(name) != self.values[name]]


@dataclass
class Plan:
    """What a whole sheet would do, and every fault that its rows have against what is in KAM."""

    create: list[Change] = field(default_factory=list)
    update: list[Change] = field(default_factory=list)
    unchanged: int = 0
    errors: list[SheetError] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many rows do what."""
        return {"create": len(self.create), "update": len(self.update), "unchanged": self.unchanged, "errors": len(self.errors)}

    def fingerprint(self) -> str:
        """A hash of everything that would be done: what a person confirms and nothing else is carried out."""
        sum_ = hashlib.sha256()
        for change in [*self.create, *self.update]:
            key = change.record.pk if change.record is not None else None
            sum_.update(ENCODER.encode([change.number, key, change.values, change.before]).encode())
        return sum_.hexdigest()


class _Encoder(DjangoJSONEncoder):
    """JSON of the values of a plan; a record is its model and key."""

    def default(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, models.Model):
            return [value._meta.label, value.pk]
        try:
            return super().default(value)
        except TypeError:
            return str(value)


ENCODER = _Encoder(sort_keys=True)


class Fault(NamedTuple):
    """What is wrong with one staged row: its number, the key of the column, what was read there and what was expected."""

    row: int
    column: str
    read: str
    expected: Any


class Remark(NamedTuple):
    """What a person should look at although nothing is wrong with the row: its number, the record, and what there is to say."""

    row: int
    label: str
    text: str


@dataclass
class Outcome:
    """What staged rows would do: how many are new, changed and the same, every fault in the order of the rows, a few to show.

    `digest` says exactly what would be written (staging.digest_of makes one of a table): a person confirms that and nothing
    else is carried out. `more` are further counts to show, by their words; `remarks` what should be looked at although it is written.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    faults: Iterable[Fault] = ()
    digest: str = ""
    shown: Sequence[Change] = ()
    more: Mapping[str, int] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()


class ImportKind:
    """One kind of import, declared in an application's excel.py and named in the table of the port `import_kinds`.

    Set `code`, `label`, `verb` (what a person must be allowed to do) and `columns`; write `prepare` and `apply`. Both look
    at whole sets of rows: no query a row.
    """

    code: str = ""
    label: Any = ""
    verb: str = ""
    columns: Sequence[Column] = ()
    help: Any = ""
    #: Columns whose values make several rows one record: with one of its rows the whole record is refused.
    together: Sequence[str] = ()

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """What these rows would do, with every fault; reads only."""
        raise NotImplementedError

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Carry out a plan without faults through the application's actions, inside the caller's transaction. Raises Denied."""
        raise NotImplementedError

    def taken_back(self, *, actor: Any) -> None:
        """After an import of this kind was taken back: put right what follows from its rows and is kept beside them."""

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The records that this person may read, to be written with the same columns."""
        return ()

    def column(self, key: str) -> Column:
        """One of the columns."""
        return next(column for column in self.columns if column.key == key)

    def error(self, sheet: str, row: SheetRow, key: str, expected: Any, read: Any = None) -> SheetError:
        """A fault of one cell that only KAM's own data show."""
        shown = legible(row.values.get(key) if read is None else read)
        return SheetError(sheet, row.number, str(self.column(key).label), shown, str(expected))

    def once(
        self, rows: list[SheetRow], key: str | Callable[[SheetRow], Any], plan: Plan, sheet: str, shown: str = ""
    ) -> list[SheetRow]:
        """The rows whose key occurs once; every further row of the same key is a fault."""
        first: dict[Any, SheetRow] = {}
        kept = []
        for row in rows:
            value = key(row) if callable(key) else row.values[key]
            before = first.setdefault(value, row) if value not in (None, "") else row
            if before is row:
                kept.append(row)
            else:
                column = shown or (key if isinstance(key, str) else self.columns[0].key)
                expected = _("each only once; it stands in row %(row)d already") % {"row": before.number}
                plan.errors.append(self.error(sheet, row, column, expected))
        return kept

    def resolve(
        self, rows: list[SheetRow], key: str, found: Mapping[Any, Any], plan: Plan, sheet: str, expected: Any = None
    ) -> list[SheetRow]:
        """Put the record in the place of the code in each row; a code that is not in `found` is a fault and drops the row.

        `found` are all records that the actor may refer to, by their codes, read in one query.
        """
        kept = []
        for row in rows:
            code = row.values.get(key)
            if code in (None, ""):
                row.values[key] = None
            elif code in found:
                row.values[key] = found[code]
            else:
                plan.errors.append(self.error(sheet, row, key, expected or _("a code that exists and that you may see")))
                continue
            kept.append(row)
        return kept

    def compare(self, rows: list[SheetRow], existing: Mapping[Any, Any], key: str, fields: Sequence[str], plan: Plan) -> None:
        """Sort rows into create, update and unchanged by comparing these fields with the existing records by key.

        A column that is not in the sheet is left as it is.
        """
        for row in rows:
            record = existing.get(row.values[key])
            values = {name: row.values[name] for name in fields if name in row.values}
            label = str(row.values[key])
            if record is None:
                plan.create.append(Change(row.number, label, values))
                continue
            before = {name: getattr(record, name) for name in values}
            if before == values:
                plan.unchanged += 1
            else:
                plan.update.append(Change(row.number, label, values, record, before))


class StagedKind(ImportKind):
    """A kind of many rows, which are written in sets: they are copied into a temporary table, and SQL does the rest.

    The table has `row`, the number of the row in the file, and a column a column of the kind (its key; text for texts, choices
    and references, else bigint, numeric, date, boolean). An empty cell and a column that the file does not have are NULL.
    There is no bound on the number of rows, and no loop over them in Python.
    """

    #: What `write_staged` writes from: temporary table → query of what it needs of it. It is kept from the preview on.
    kept: Mapping[str, str] = {}
    #: New rows that it writes as they were found: table → columns and the query of their values. They are kept likewise, and
    #: copied from the file straight into the table; `write_staged` says when, in this order.
    rows: Mapping[str, tuple[Sequence[str], str]] = {}

    def stands_on(self, *, actor: Any) -> str:
        """A text (64 letters) that changes with anything that `prepare_staged` may find otherwise; while it is the same, what
        was kept is written without looking again. Empty: it is always looked at again.
        """
        return ""

    def prepare_staged(self, table: str, *, actor: Any) -> Outcome:
        """What the rows of this table would do, with every fault; writes nothing but temporary tables of its own.

        Called again in the same transaction without the rows that had a fault, until there is none.
        """
        raise NotImplementedError

    def write_staged(self, table: str, *, actor: Any, reason: str, put: Callable[[str], None]) -> dict[str, Any]:
        """Write what `prepare_staged` has found, or what was kept of it; the answer is kept with the import, for its undo.

        `put` writes the `rows` of a table. Raises Denied.
        """
        raise NotImplementedError

    def undo_staged(self, written: dict[str, Any], *, actor: Any, reason: str) -> None:
        """Take back what `write_staged` wrote, whole, or raise Denied and say how many rows have changed since."""
        raise NotImplementedError


def import_kind(code: str) -> ImportKind:
    """The kind of import of this code; raises Denied for an unknown one."""
    found = port("import_kinds").get(code)
    if found is None:
        raise Denied("import_kind", _("Choose what the file contains."), field="kind", status=400)
    kind: ImportKind = import_string(found)()
    return kind


def kinds_for(user: Any) -> list[ImportKind]:
    """The kinds of import that this person may carry out."""
    return [kind for kind in map(import_kind, port("import_kinds")) if user.may(kind.verb)]


def write_plan(model: type[models.Model], plan: Plan, *, defaults: Mapping[str, Any] | None = None) -> list[Any]:
    """Write a plan in sets: all new records in one statement a thousand, all changed ones likewise; gives back the new ones.

    For actions of an application that have checked everything a single action would check.
    """
    made = [model(**(dict(defaults or {}) | change.values)) for change in plan.create]
    model._default_manager.bulk_create(made, batch_size=1000)
    fields: set[str] = set()
    for change in plan.update:
        for name in change.changed():
            setattr(change.record, name, change.values[name])
            fields.add(name)
    if fields:
        model._default_manager.bulk_update([change.record for change in plan.update], sorted(fields), batch_size=1000)
    return made
