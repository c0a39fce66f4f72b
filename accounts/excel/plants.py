"""Customers' plants as a sheet."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.imports import take_over_plants
from accounts.excel.base import ADDRESS, AccountsKind, known_codes
from accounts.models import Customer, Plant
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan


class Plants(AccountsKind):
    """Plants by code, each of a customer that is in KAM."""

    code, label, verb, edit_verb = "accounts.plants", _("Customer plants"), "accounts.create_plant", "accounts.edit_plant"
    model = Plant
    fields = (
        "code",
        "customer",
        "name",
        "country",
        "address",
        "postal_code",
        "city",
        "region",
        "phone",
        "products_made",
        "unloading_point",
        "transit_days",
        "packaging",
        "location",
    )
    columns = (
        Column("code", _("code"), max_length=20),
        Column("customer", _("customer"), "reference", required=True, source="customer.code"),
        Column("name", _("name"), required=True, max_length=120, width=28),
        Column("country", _("country"), required=True, max_length=80),
        *ADDRESS,
        Column("phone", _("phone"), max_length=40),
        Column("products_made", _("what it makes"), max_length=200),
        Column("unloading_point", _("unloading point"), max_length=80),
        Column("transit_days", _("transit days"), "integer", minimum=0, maximum=365),
        Column("packaging", _("labels and packaging"), max_length=400),
        Column("location", _("led by our location"), "reference", source=lambda row: ""),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed plants of the customers that this person works for."""
        plan = Plan()
        rows = self.once(rows, lambda row: row.values.get("code") or "", plan, sheet, "code")
        rows = self.check_countries(rows, plan, sheet)
        writable = Customer.objects.permitted(actor, self.verb).filter(merged_into__isnull=True)
        rows = self.resolve(rows, "customer", known_codes(Customer, rows, "customer", writable), plan, sheet)
        rows = self.resolve_location(rows, plan, sheet, actor=actor, verb=self.verb)
        by_code = known_codes(Plant, rows, "code", Plant.objects.visible_to(actor).select_related("customer"))
        taken = set(Plant.objects.filter(code__in=[row.values.get("code") or "" for row in rows]).values_list("code", flat=True))
        existing, kept = {}, []
        for row in rows:
            record = by_code.get(row.values.get("code") or "")
            if record is None and (row.values.get("code") or "") in taken:
                plan.errors.append(self.error(sheet, row, "code", _("a code that is not in use")))
            elif record is not None and record.customer_id != row.values["customer"].pk:
                plan.errors.append(
                    self.error(
                        sheet, row, "customer", _("the present owner; a plant is sold on its page"), row.values["customer"].code
                    )
                )
            else:
                if record is not None:
                    existing[row.number] = record
                kept.append(row)
        self.sort_out(kept, existing, lambda row: row.values.get("code") or row.values["name"], plan, sheet, "code", actor=actor)
        return plan

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Create and change the plants."""
        take_over_plants(plan)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The reader's plants."""
        return Plant.objects.visible_to(actor).for_list().order_by("code").iterator(2000)
