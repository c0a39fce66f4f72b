"""Contacts, the people at our customers, as a sheet."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.imports import take_over_contacts
from accounts.excel.base import LANGUAGES, AccountsKind, known_codes
from accounts.models import Contact, Customer, Plant
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan


class Contacts(AccountsKind):
    """Contacts by customer and e-mail address; without an address a row is always a new person."""

    code, label, verb, edit_verb = "accounts.contacts", _("Contacts"), "accounts.create_contact", "accounts.edit_contact"
    model = Contact
    fields = (
        "customer",
        "plant",
        "first_name",
        "last_name",
        "function",
        "decision_role",
        "language",
        "email",
        "phone",
        "mobile",
        "legal_basis",
        "relationship",
    )
    columns = (
        Column("customer", _("customer"), "reference", required=True, source="customer.code"),
        Column("plant", _("plant"), "reference", source=lambda row: row.plant.code if row.plant else ""),
        Column("first_name", _("first name"), max_length=80),
        Column("last_name", _("last name"), required=True, max_length=80),
        Column("function", _("function"), max_length=120),
        Column("decision_role", _("role in decisions"), "choice", values=Contact.DecisionRole.choices),
        Column("language", _("language"), "choice", values=LANGUAGES),
        Column("email", _("e-mail"), max_length=254),
        Column("phone", _("phone"), max_length=40),
        Column("mobile", _("mobile"), max_length=40),
        Column("legal_basis", _("legal basis of the data"), max_length=120),
        Column("relationship", _("strength of the relationship"), "integer", minimum=1, maximum=5),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed people at the customers and plants that this person works for."""
        plan = Plan()
        known = Customer.objects.visible_to(actor).filter(merged_into__isnull=True)
        rows = self.resolve(rows, "customer", known_codes(Customer, rows, "customer", known), plan, sheet)
        rows = self.resolve(
            rows, "plant", known_codes(Plant, rows, "plant", Plant.objects.permitted(actor, self.verb)), plan, sheet
        )
        led = set(Customer.objects.permitted(actor, self.verb).values_list("pk", flat=True)) if rows else set()
        kept = []
        for row in rows:
            plant, customer, email = row.values["plant"], row.values["customer"], row.values.get("email") or ""
            if plant is not None and plant.customer_id != customer.pk:
                plan.errors.append(self.error(sheet, row, "plant", _("a plant of this customer"), plant.code))
            elif plant is None and customer.pk not in led:
                plan.errors.append(self.error(sheet, row, "customer", _("a customer that you work for"), customer.code))
            elif email and ("@" not in email or " " in email):
                plan.errors.append(self.error(sheet, row, "email", _("an e-mail address")))
            else:
                kept.append(row)
        kept = self.once(
            kept,
            lambda row: (row.values["customer"].pk, row.values["email"].casefold()) if row.values.get("email") else "",
            plan,
            sheet,
            "email",
        )
        emails = {row.values.get("email") or "" for row in kept} - {""}
        seen = {
            (one.customer_id, one.email): one
            for one in Contact.objects.visible_to(actor).filter(email__in=emails).select_related("customer", "plant")
        }
        existing = {
            row.number: seen[key] for row in kept if (key := (row.values["customer"].pk, row.values.get("email") or "")) in seen
        }
        for row in kept:
            if not row.values.get("language"):
                row.values["language"] = (
                    existing[row.number].language if row.number in existing else row.values["customer"].language
                )
        self.sort_out(kept, existing, lambda row: row.values["last_name"], plan, sheet, "email", actor=actor)
        return plan

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Create and change the contacts."""
        take_over_contacts(plan)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The reader's contacts, without those who were erased."""
        return (
            Contact.objects.visible_to(actor)
            .filter(erased_at__isnull=True)
            .for_list()
            .order_by("customer__code", "last_name", "pk")
            .iterator(2000)
        )
