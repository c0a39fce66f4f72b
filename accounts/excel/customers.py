"""Customers as a sheet, each with its plant."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.actions.customer import INCOTERMS
from accounts.actions.imports import take_over_customers
from accounts.countries import language_for
from accounts.excel.base import ADDRESS, LANGUAGES, AccountsKind, by, known_codes
from accounts.models import Customer, CustomerGroup, Market
from accounts.vat import checked_vat
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan
from kam.core.money import currency_codes
from kam.core.workflow import Denied

TWINS = """
SELECT asked.place, customer.id FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS asked(name, city, place)
JOIN accounts_customer customer ON kam_plain(customer.name) = kam_plain(asked.name) AND kam_plain(customer.city) = kam_plain(asked.city)
WHERE customer.merged_into_id IS NULL
"""


class Customers(AccountsKind):
    """Customers by code, by the code of another system or by VAT number; a new one gets its plant."""

    code, label, verb, edit_verb = "accounts.customers", _("Customers"), "accounts.create_customer", "accounts.edit_customer"
    model = Customer
    fields = (
        "code",
        "name",
        "group",
        "status",
        "vat_id",
        "tax_code",
        "country",
        "address",
        "postal_code",
        "city",
        "region",
        "website",
        "language",
        "sector",
        "currency",
        *Customer.commercial_fields,
        "approves_site",
        "notes",
        "location",
        "plant_name",
    )
    columns = (
        Column("code", _("code"), max_length=20, help=_("empty: a new customer, or the one with the VAT number")),
        Column("name", _("legal name"), required=True, max_length=160, width=32),
        Column("group", _("group"), "reference", source=lambda row: row.group.code if row.group else ""),
        Column(
            "status",
            _("status"),
            "choice",
            values=[("prospect", _("Prospect")), ("active", _("Active"))],
            source=lambda row: row.get_status_display(),
        ),
        Column("vat_id", _("VAT number"), max_length=40),
        Column("tax_code", _("tax code"), max_length=20),
        Column("country", _("country"), required=True, max_length=80),
        *ADDRESS,
        Column("website", _("website"), max_length=200),
        Column("language", _("language of documents"), "choice", values=LANGUAGES),
        Column("sector", _("sector"), "reference", source=lambda row: row.sector.code if row.sector else ""),
        Column("currency", _("currency"), max_length=3),
        Column("payment_terms", _("payment terms"), max_length=4),
        Column("incoterms", _("Incoterms"), max_length=3),
        Column("incoterms_place", _("Incoterms place"), max_length=70),
        Column("incoterms_version", _("Incoterms version"), "choice", values=[("2010", "2010"), ("2020", "2020")]),
        Column("credit_limit", _("credit limit"), "decimal", minimum=Decimal(0), decimals=2),
        Column("credit_limit_until", _("credit limit valid until"), "date"),
        Column("approves_site", _("approves changes of the production site"), "boolean"),
        Column("notes", _("notes"), max_length=4000),
        Column("location", _("led by our location"), "reference", source=lambda row: ""),
        Column("plant_name", _("name of its plant"), max_length=120, source=lambda row: ""),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed customers; wrong VAT numbers, customers that exist already and terms that are not yours are faults."""
        plan = Plan()
        rows = self.once(rows, lambda row: row.values.get("code") or "", plan, sheet, "code")
        rows = self.check_countries(rows, plan, sheet)
        rows = self._check_values(rows, plan, sheet)
        rows = self.once(rows, lambda row: row.values.get("vat_id") or "", plan, sheet, "vat_id")
        rows = self.resolve(rows, "group", by(CustomerGroup.objects.visible_to(actor), "code"), plan, sheet)
        rows = self.resolve(rows, "sector", by(Market.objects.filter(dimension="sector"), "code"), plan, sheet)
        rows = self.resolve_location(rows, plan, sheet, actor=actor, verb=self.verb)
        rows, existing = self._find(rows, plan, sheet, actor)
        rows = self._keep(rows, existing, plan, sheet, actor)
        self.sort_out(rows, existing, lambda row: row.values.get("code") or row.values["name"], plan, sheet, "code", actor=actor)
        for change in plan.create:
            change.values["language"] = change.values.get("language") or language_for(change.values["country"])
            change.values["currency"] = change.values.get("currency") or settings.BASE_CURRENCY
            change.values["status"] = change.values.get("status") or Customer.Status.PROSPECT
        return plan

    def _check_values(self, rows: list[SheetRow], plan: Plan, sheet: str) -> list[SheetRow]:
        currencies, kept = currency_codes(), []
        for row in rows:
            values, faults = row.values, []
            if values.get("approves_site") is None:
                values.pop("approves_site", None)
            try:
                if values.get("vat_id"):
                    values["vat_id"] = checked_vat(values["vat_id"], values["country"])
            except Denied:
                faults.append(("vat_id", _("a valid VAT number; check the digits")))
            if values.get("currency") and values["currency"] not in currencies:
                faults.append(("currency", _("a currency code, as in EUR")))
            if values.get("website") and not values["website"].startswith(("http://", "https://")):
                faults.append(("website", _("an address that begins with https://")))
            if values.get("incoterms"):
                values["incoterms"] = values["incoterms"].upper()
                if values["incoterms"] not in INCOTERMS[values.get("incoterms_version") or "2020"]:
                    faults.append(("incoterms", _("a delivery term of this version of Incoterms")))
            plan.errors.extend(self.error(sheet, row, column, expected) for column, expected in faults)
            if not faults:
                kept.append(row)
        return kept

    def _find(self, rows: list[SheetRow], plan: Plan, sheet: str, actor: Any) -> tuple[list[SheetRow], dict[int, Customer]]:
        """The existing customer of each row, by code or VAT number; what exists unseen, or under the same name and city, is a fault."""
        seen = Customer.objects.visible_to(actor).filter(merged_into__isnull=True).select_related("group", "sector")
        by_code = known_codes(Customer, rows, "code", seen)
        taken = set(
            Customer.objects.filter(code__in=[row.values.get("code") or "" for row in rows]).values_list("code", flat=True)
        )
        numbers = [row.values.get("vat_id") or "" for row in rows]
        owners = dict(
            Customer.objects.filter(vat_id__in=set(numbers) - {""}, merged_into__isnull=True).values_list("vat_id", "pk")
        )
        by_vat = by(seen.filter(pk__in=owners.values()), "vat_id")
        twins = self._twins(rows)
        found, kept = {}, []
        for row in rows:
            code, vat = row.values.get("code") or "", row.values.get("vat_id") or ""
            record = by_code.get(code) if code else by_vat.get(vat)
            owner = owners.get(vat)
            if code and record is None and code in taken:
                plan.errors.append(self.error(sheet, row, "code", _("a code that is not in use")))
            elif owner is not None and owner != getattr(record, "pk", None):
                plan.errors.append(self.error(sheet, row, "vat_id", _("a VAT number that no other customer has")))
            elif record is None and row.number in twins:
                plan.errors.append(
                    self.error(
                        sheet, row, "name", _("a customer that is not in KAM yet in this city; give the code if it is the same")
                    )
                )
            else:
                if record is not None:
                    found[row.number] = record
                kept.append(row)
        return kept, found

    def _twins(self, rows: list[SheetRow]) -> set[int]:
        """The numbers of those rows whose name stands in KAM in the same city, whoever sees it, or above in the sheet."""
        with connection.cursor() as cursor:
            cursor.execute(TWINS, [[row.values["name"] for row in rows], [row.values["city"] for row in rows]])
            twins = {rows[place - 1].number for place, _key in cursor.fetchall()}
        above: set[tuple[str, str]] = set()
        for row in rows:
            key = (row.values["name"].casefold(), row.values["city"].casefold())
            if key in above and not row.values.get("code") and not row.values.get("vat_id"):
                twins.add(row.number)
            above.add(key)
        return twins

    def _keep(self, rows: list[SheetRow], existing: dict[int, Customer], plan: Plan, sheet: str, actor: Any) -> list[SheetRow]:
        """Group and status of an existing customer move by their own verbs; terms only by whoever may change them."""
        terms = Customer.objects.permitted(actor, "accounts.edit_customer_terms")
        writable = set(terms.filter(pk__in=[record.pk for record in existing.values()]).values_list("pk", flat=True))
        may, kept = actor.may("accounts.edit_customer_terms"), []
        given = [name for name in Customer.commercial_fields if rows and name in rows[0].values]
        for row in rows:
            record, faults = existing.get(row.number), []
            if record is not None:
                row.values.pop("status", None)
                if row.values.get("group") not in (None, record.group):
                    faults.append(("group", _("the present group; a company changes its group on its page")))
                row.values.pop("group", None)
                for name in ("language", "currency"):
                    if not row.values.get(name):
                        row.values.pop(name, None)
            allowed = may if record is None else record.pk in writable
            if not allowed:
                faults += [
                    (name, _("nothing: your role does not change terms here"))
                    for name in given
                    if row.values[name] not in ("", None)
                ]
                for name in given:
                    row.values.pop(name)
            plan.errors.extend(self.error(sheet, row, column, expected) for column, expected in faults)
            if not faults:
                kept.append(row)
        return kept

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Create and change the customers."""
        take_over_customers(plan, actor=actor)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The reader's customers; the terms of those seen as a card stay empty."""
        readable = set(Customer.objects.detailed_to(actor).values_list("pk", flat=True))
        for row in Customer.objects.visible_to(actor).filter(merged_into__isnull=True).for_list().order_by("code").iterator(2000):
            if row.pk not in readable:
                row.notes = row.payment_terms = row.incoterms = row.incoterms_place = row.incoterms_version = ""
                row.credit_limit = row.credit_limit_until = None
            yield row
