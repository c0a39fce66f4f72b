"""Customer groups as a sheet."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.imports import take_over_groups
from accounts.excel.base import AccountsKind, by, known_codes
from accounts.models import CustomerGroup, Market
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan


class Groups(AccountsKind):
    """Customer groups by code."""

    code, label, verb, edit_verb = "accounts.groups", _("Customer groups"), "accounts.create_group", "accounts.edit_group"
    model = CustomerGroup
    fields = ("code", "name", "is_global_account", "tier", "sector", "website")
    columns = (
        Column("code", _("code"), max_length=20),
        Column("name", _("name"), required=True, max_length=160, width=32),
        Column("is_global_account", _("global account"), "boolean"),
        Column("tier", _("tier"), "choice", values=CustomerGroup.Tier.choices),
        Column("sector", _("sector"), "reference", source=lambda row: row.sector.code if row.sector else ""),
        Column("website", _("website"), max_length=200),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed groups."""
        plan = Plan()
        rows = self.once(rows, lambda row: row.values.get("code") or "", plan, sheet, "code")
        rows = self.resolve(rows, "sector", by(Market.objects.filter(dimension="sector"), "code"), plan, sheet)
        by_code = known_codes(CustomerGroup, rows, "code", CustomerGroup.objects.visible_to(actor))
        taken = set(
            CustomerGroup.objects.filter(code__in=[row.values.get("code") or "" for row in rows]).values_list("code", flat=True)
        )
        existing, kept = {}, []
        for row in rows:
            record = by_code.get(row.values.get("code") or "")
            if record is None and (row.values.get("code") or "") in taken:
                plan.errors.append(self.error(sheet, row, "code", _("a code that is not in use")))
                continue
            if record is not None:
                existing[row.number] = record
            row.values["tier"] = row.values.get("tier") or (record.tier if record else CustomerGroup.Tier.C)
            row.values["is_global_account"] = bool(row.values.get("is_global_account"))
            kept.append(row)
        self.sort_out(kept, existing, lambda row: row.values.get("code") or row.values["name"], plan, sheet, "code", actor=actor)
        return plan

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Create and change the groups."""
        take_over_groups(plan, actor=actor)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The reader's groups."""
        return CustomerGroup.objects.visible_to(actor).for_list().order_by("code")
