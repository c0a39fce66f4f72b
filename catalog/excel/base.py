"""What every kind of import of the catalogue shares: references by code, comparison by key, faults of fields at their cell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from catalog.actions.imports import write_rows
from catalog.actions.rows import faults
from kam.core.excel import SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from kam.core.workflow import Denied


def by_code(rows: models.QuerySet, sheet_rows: Iterable[SheetRow], key: str, path: str = "code") -> dict[str, Any]:
    """The records behind the codes in one column, in one query."""
    codes = {row.values.get(key) for row in sheet_rows} - {None, ""}
    return {getattr(record, path): record for record in rows.filter(**{f"{path}__in": codes})}


class CatalogKind(ImportKind):
    """An import of rows of one model that are written in sets; `fields` are compared and written."""

    model: Any = None
    fields: tuple[str, ...] = ()

    def sort_out(
        self,
        rows: Sequence[SheetRow],
        existing: Mapping[Any, Any],
        key: Callable[[SheetRow], Any],
        plan: Plan,
        label: Callable[[SheetRow], str],
    ) -> None:
        """Sort rows into create, update and unchanged; an empty cell of a field that needs a value leaves what is there."""
        needs_value = {field.name for field in self.model._meta.concrete_fields if not field.blank}
        for row in rows:
            record = existing.get(key(row))
            values = {name: row.values[name] for name in self.fields if name in row.values}
            values = {name: value for name, value in values.items() if value not in (None, "") or name not in needs_value}
            if record is None:
                plan.create.append(Change(row.number, label(row), values))
                continue
            before = {name: getattr(record, name) for name in values}
            if before == values:
                plan.unchanged += 1
            else:
                plan.update.append(Change(row.number, label(row), values, record, before))

    def check_fields(self, rows: Sequence[SheetRow], plan: Plan, sheet: str) -> None:
        """Every fault that the model's own fields have with what would be written, at its cell."""
        by_number = {row.number: row for row in rows}
        for change in [*plan.create, *plan.update]:
            trial = self.model()
            if change.record is not None:
                for field in self.model._meta.concrete_fields:
                    if not field.generated:
                        setattr(trial, field.attname, getattr(change.record, field.attname))
            for name, value in change.values.items():
                setattr(trial, name, value)
            self.place(faults(trial) + self.contradictions(trial), by_number[change.number], plan, sheet)

    def contradictions(self, trial: Any) -> list[Denied]:
        """What does not fit together in one record, beyond its single fields."""
        return []

    def place(self, wrong: Iterable[Denied], row: SheetRow, plan: Plan, sheet: str) -> None:
        """Refusals as faults of the cells that they name."""
        known = {column.key for column in self.columns}
        for denied in wrong:
            name = denied.field.rpartition(".")[2]
            plan.errors.append(self.error(sheet, row, name if name in known else self.columns[0].key, denied.message))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Write the new and the changed rows, a statement a thousand."""
        write_rows(self.model, plan)
