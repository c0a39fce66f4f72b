"""Sheets whose rows are few and each have consequences: every row goes through the action that the screen uses."""

from typing import Any

from django.db import transaction

from kam.core.excel import SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from kam.core.workflow import Denied, Refusals


class ByAction(ImportKind):
    """A kind whose rows are written one by one; the preview tries them all and takes everything back, so that it tells every refusal."""

    #: The cell of a refusal whose field is no column.
    fallback = ""
    renamed: dict[str, str] = {}

    def write(self, change: Change, *, actor: Any, reason: str) -> Any:
        """Do with one row what it says, through an action. Raises Denied."""
        raise NotImplementedError

    def try_out(self, rows: list[SheetRow], plan: Plan, *, actor: Any, sheet: str) -> Plan:
        """The plan with every refusal at its cell; nothing stays written."""
        by_number = {row.number: row for row in rows}
        known = {column.key for column in self.columns}
        with transaction.atomic():
            for change in [*plan.create, *plan.update]:
                try:
                    with transaction.atomic():
                        self.write(change, actor=actor, reason="")
                except Denied as denied:
                    for one in denied.refusals if isinstance(denied, Refusals) else [denied]:
                        field = self.renamed.get(one.field, one.field)
                        key = field if field in known else self.fallback or self.columns[0].key
                        plan.errors.append(self.error(sheet, by_number[change.number], key, one.message))
            transaction.set_rollback(True)
        return plan

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Carry the rows out, all or none."""
        for change in [*plan.create, *plan.update]:
            self.write(change, actor=actor, reason=reason)

    def filled(self, rows: list[SheetRow]) -> list[SheetRow]:
        """Empty cells of text as an empty text, which is what the records hold."""
        texts = {column.key for column in self.columns if column.kind in {"text", "choice"}}
        for row in rows:
            for key in texts & row.values.keys():
                row.values[key] = row.values[key] or ""
        return rows
