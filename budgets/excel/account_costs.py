"""Actual account costs as a sheet: each row is a document of a source; sent again it changes nothing, corrected it is corrected."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.excel.base import known_codes
from accounts.models import Customer, User
from budgets.actions import record_account_costs
from budgets.models import AccountExpense
from budgets.models.account_costs import CostKind
from budgets.reports.portfolio import leads_of
from catalog.excel.base import CatalogKind, by_code
from catalog.models.scopes import locations_of
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan
from kam.core.money import base_currency, convert, currency_codes, round_money
from kam.core.workflow import Denied

Existing = dict[tuple[str, str], AccountExpense]


def _customer_code(row: AccountExpense) -> str:
    return row.customer.code if row.customer is not None else ""


class AccountCosts(CatalogKind):
    """What was spent on accounts at the locations of whoever imports it.

    Without a person it is the cost of whoever leads the customer at that location today.
    """

    code, label, verb = "budgets.account_costs", _("Actual account costs"), "budgets.record_account_costs"
    model = AccountExpense
    fields = ("source", "document", "date", "kind", "location", "person", "customer", "amount", "currency", "base_amount")
    columns = (
        Column("source", _("source"), required=True, max_length=40, help=_("the system that numbers the documents")),
        Column("document", _("document number"), required=True, max_length=40),
        Column("date", _("date"), "date", required=True),
        Column("kind", _("kind of cost"), "choice", required=True, values=CostKind.choices),
        Column("location", _("location"), "reference", required=True, source="location.code"),
        Column("person", _("person"), "reference", source="person.email", help=_("e-mail; empty for who leads the customer")),
        Column("customer", _("customer"), "reference", source=_customer_code),
        Column("amount", _("amount"), "decimal", required=True, decimals=2, help=_("a credit is negative")),
        Column("currency", _("currency"), max_length=3, help=_("empty for the location's")),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The documents that are new, and those that differ from what was recorded."""
        plan = Plan()
        allowed = locations_of(actor, self.verb)
        rows = self.once(rows, self._key, plan, sheet, "document")
        rows = self.resolve(rows, "location", by_code(allowed, rows, "location"), plan, sheet, _("one of your locations"))
        seen = Customer.objects.visible_to(actor)
        rows = self.resolve(rows, "customer", known_codes(Customer, rows, "customer", seen), plan, sheet)
        emails = {row.values.get("person") for row in rows} - {None, ""}
        people = {one.email: one for one in User.objects.visible_to(actor).filter(email__in=emails)}
        rows = self.resolve(rows, "person", people, plan, sheet, _("the e-mail of a colleague"))
        existing = self._existing(rows)
        rows = self._in_money(self._of_somebody(rows, existing, plan, sheet), existing, plan, sheet)
        places = set(allowed.values_list("pk", flat=True))
        kept = []
        for row in rows:
            held = existing.get(self._key(row))
            if held is None or held.location_id in places:
                kept.append(row)
            else:
                plan.errors.append(self.error(sheet, row, "document", _("a document that you may change")))
        self.sort_out(kept, existing, self._key, plan, lambda row: f"{row.values['source']} {row.values['document']}")
        self.check_fields(kept, plan, sheet)
        return plan

    @staticmethod
    def _key(row: SheetRow) -> tuple[str, str]:
        return row.values["source"], row.values["document"]

    @staticmethod
    def _existing(rows: list[SheetRow]) -> Existing:
        """The documents of these rows that were recorded before, whoever may see them."""
        sources, documents = ({row.values[name] for row in rows} for name in ("source", "document"))
        found = AccountExpense.objects.filter(source__in=sources, document__in=documents)
        return {(one.source, one.document): one for one in found.select_related("location", "person", "customer")}

    def _of_somebody(self, rows: list[SheetRow], existing: Existing, plan: Plan, sheet: str) -> list[SheetRow]:
        """Each row with its person: the one named, whoever it was recorded for, else who leads its customer there."""
        for row in rows:
            held = existing.get(self._key(row))
            same = held is not None and (held.customer, held.location) == (row.values["customer"], row.values["location"])
            if held is not None and same and row.values["person"] is None:
                row.values["person"] = held.person
        nobodys = {row.values["customer"].pk for row in rows if not row.values["person"] and row.values["customer"]}
        leads = leads_of(nobodys) if nobodys else {}
        people = User.objects.in_bulk(set(leads.values()))
        kept = []
        for row in rows:
            values = row.values
            if values["person"] is None and values["customer"] is not None:
                values["person"] = people.get(leads.get((values["customer"].pk, values["location"].pk), 0))
            if values["person"] is not None:
                kept.append(row)
            else:
                expected = _("the person, or a customer whom somebody leads at this location")
                plan.errors.append(self.error(sheet, row, "person", expected, ""))
        return kept

    def _in_money(self, rows: list[SheetRow], existing: Existing, plan: Plan, sheet: str) -> list[SheetRow]:
        """Each row with what it is worth in the company's currency, as it was recorded; each rate is looked up once."""
        factors: dict[tuple[str, date], Decimal | Denied] = {}
        kept = []
        for row in rows:
            values = row.values
            values["currency"] = currency = str(values.get("currency") or values["location"].currency).upper()
            key = (currency, values["date"])
            held = existing.get(self._key(row))
            if held is not None and (held.currency, held.date, held.amount) == (*key, values["amount"]):
                values["base_amount"] = held.base_amount
                kept.append(row)
                continue
            if key not in factors:
                factors[key] = self._factor(*key)
            found = factors[key]
            if isinstance(found, Denied):
                plan.errors.append(self.error(sheet, row, "currency", found.message))
                continue
            values["base_amount"] = round_money(values["amount"] * found, base_currency())
            kept.append(row)
        return kept

    @staticmethod
    def _factor(currency: str, day: date) -> Decimal | Denied:
        if currency not in currency_codes():
            return Denied("currency", gettext("a currency code, as in EUR"))
        try:
            return convert(Decimal(1), currency, base_currency(), on=day).factor
        except Denied as denied:
            return denied

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Write the new and the corrected documents."""
        record_account_costs(AccountExpense, actor=actor, reason=reason, plan=plan)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The documents of the locations for which this person imports them."""
        return AccountExpense.objects.visible_to(actor).filter(location__in=locations_of(actor, self.verb)).for_list()
