"""Customers' open items as a sheet: the list that a location's accounting draws on a day, a row an item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, access_of
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from kam.core.money import convert, currency_codes, round_money
from kam.core.workflow import Denied
from orders.actions.named import NamedRecords, Stated, named
from orders.actions.open_items import list_fault, record_open_items
from orders.models import OpenItem, OpenItemList

FIELDS = (
    "customer", "kind", "date", "due_on", "currency", "amount", "open_amount", "base_open", "dunning_level", "settled_on",
)  # fmt: skip
CODES = ("customer", "selling_location")
LARGEST = Decimal(10) ** 15


@dataclass(frozen=True)
class ListRow:
    """A row whose records were found."""

    row: SheetRow
    customer: Customer
    location: Location

    @property
    def key(self) -> tuple[int, str, str]:
        """What an item is known by."""
        return _key(self.location, self.row)


def _key(location: Location, row: SheetRow) -> tuple[int, str, str]:
    return location.pk, row.values["document"], row.values.get("instalment") or ""


class OpenItems(ImportKind):
    """The open items of one location or of several; what a location's later list does not name is settled."""

    code, label, verb = "orders.open_items", _("Customers' open items"), "orders.record_open_items"
    help = _(
        "The whole list of a location as of one day: it replaces the one before, and what it does not name any more is "
        "settled. A list of the same day completes the first one; send the rows that were refused again that way."
    )
    columns = (
        Column("system", _("source system"), required=True, max_length=40, source="selling_location.open_item_list.system"),
        Column("selling_location", _("selling location"), required=True, max_length=80, source="selling_location.code"),
        Column("as_of", _("as of"), "date", required=True, source="selling_location.open_item_list.as_of"),
        Column("customer", _("customer"), required=True, max_length=80, source="customer.code"),
        Column("document", _("document number"), required=True, max_length=40, source="document_number"),
        Column("instalment", _("item or instalment"), max_length=20),
        Column("kind", _("kind"), "choice", values=OpenItem.Kind.choices),
        Column("date", _("date"), "date", required=True),
        Column("due_on", _("due on"), "date", required=True),
        Column("currency", _("currency"), required=True, max_length=3),
        Column("amount", _("amount"), "decimal", decimals=2, help=_("What lowers the debt with a minus")),
        Column("open_amount", _("open amount"), "decimal", required=True, decimals=2),
        Column("dunning_level", _("dunning level"), "integer", minimum=0, maximum=9),
    )

    def __init__(self) -> None:
        #: Every item that the file names, in rows that are refused too: what is named is not settled.
        self._named: set[tuple[int, str, str]] = set()

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Which items are new, changed and settled; every fault at its cell."""
        plan = Plan()
        stated = {
            row.number: Stated(row.values["system"], row.values["as_of"], {name: row.values[name] or "" for name in CODES})
            for row in rows
        }
        found = self._found(rows, stated, named(stated.values(), CODES, actor=actor), actor, plan, sheet)
        found = self._lists(found, plan, sheet)
        keys = {one.row.number: one for one in found}
        kept = self.once([one.row for one in found], lambda row: keys[row.number].key, plan, sheet, "document")
        self._compare([keys[row.number] for row in kept], plan, sheet)
        return plan

    def _found(
        self, rows: Sequence[SheetRow], stated: dict[int, Stated], records: NamedRecords, actor: Any, plan: Plan, sheet: str
    ) -> list[ListRow]:
        """The rows whose customer and location are known and whose location this person keeps."""
        scope = access_of(actor).scope(self.verb) if actor is not None else None
        found = []
        for row in rows:
            customer, location = (records.of(name, stated[row.number]) for name in CODES)
            if location is not None:
                self._named.add(_key(location, row))
            if customer is None:
                expected = _("the code of one customer that you may see")
                plan.errors.append(self.error(sheet, row, "customer", expected))
            if location is None or not (scope is None or scope.everything or location.pk in scope.location_ids):
                expected = _("a location whose open items you keep")
                plan.errors.append(self.error(sheet, row, "selling_location", expected))
            elif customer is not None:
                found.append(ListRow(row, customer, location))
        return found

    def _lists(self, rows: Sequence[ListRow], plan: Plan, sheet: str) -> list[ListRow]:
        """The rows of lists that can be taken over: one day and one system a location, not before what KAM has."""
        held = {one.location_id: one for one in OpenItemList.objects.filter(location__in={one.location.pk for one in rows})}
        first: dict[int, SheetRow] = {}
        kept = []
        for one in rows:
            values = one.row.values
            fault = list_fault(held.get(one.location.pk), values["as_of"])
            if fault is not None:
                plan.errors.append(self.error(sheet, one.row, "as_of", fault.message))
                continue
            head = first.setdefault(one.location.pk, one.row).values
            if values["as_of"] != head["as_of"]:
                plan.errors.append(self.error(sheet, one.row, "as_of", _("one day for the whole list of a location")))
            elif values["system"] != head["system"]:
                plan.errors.append(self.error(sheet, one.row, "system", _("one system for the whole list of a location")))
            else:
                kept.append(one)
        return kept

    def _compare(self, rows: Sequence[ListRow], plan: Plan, sheet: str) -> None:
        """Sort the items into new, changed, settled and unchanged."""
        locations = {one.location.pk: one for one in rows}
        held = {
            (item.selling_location_id, item.document_number, item.instalment): item
            for item in OpenItem.objects.filter(selling_location__in=locations).select_related("customer", "selling_location")
        }
        rates: dict[tuple[str, date], Decimal | Denied] = {}
        for one in rows:
            values = self._values(one, rates, plan, sheet)
            if values is None:
                continue
            item = held.get(one.key)
            if item is None:
                named_by = {"selling_location": one.location, "document_number": one.key[1], "instalment": one.key[2]}
                plan.create.append(Change(one.row.number, one.row.values["document"], named_by | values))
                continue
            before = {name: getattr(item, name) for name in values}
            if before == values:
                plan.unchanged += 1
            else:
                plan.update.append(Change(one.row.number, str(item), values, item, before))
        self._settle(locations, held, plan)

    def _settle(self, locations: dict[int, ListRow], held: dict[tuple[int, str, str], OpenItem], plan: Plan) -> None:
        """The lists themselves, and what a later one does not name any more."""
        lists = {one.location_id: one for one in OpenItemList.objects.filter(location__in=locations).select_related("location")}
        for key, place in locations.items():
            values = place.row.values
            known = lists.get(key)
            stated = {"system": values["system"], "as_of": values["as_of"]}
            if known is None:
                plan.create.append(Change(place.row.number, place.location.code, {"location": place.location} | stated))
                continue
            before = {"system": known.system, "as_of": known.as_of}
            if before != stated:
                plan.update.append(Change(place.row.number, str(known), stated, known, before))
            if known.as_of < values["as_of"]:
                plan.update += [
                    Change(place.row.number, str(item), {"settled_on": values["as_of"]}, item, {"settled_on": None})
                    for other, item in held.items()
                    if other[0] == key and item.settled_on is None and other not in self._named
                ]

    def _values(
        self, one: ListRow, rates: dict[tuple[str, date], Decimal | Denied], plan: Plan, sheet: str
    ) -> dict[str, Any] | None:
        """What an item would say, or None where a cell of it is wrong."""
        values = one.row.values
        currency = str(values["currency"]).upper()
        due = values["open_amount"]
        amount = values["amount"] if values.get("amount") is not None else due
        wrong = len(plan.errors)
        if currency not in currency_codes():
            plan.errors.append(self.error(sheet, one.row, "currency", _("the code of a currency, such as EUR")))
        elif not due:
            plan.errors.append(self.error(sheet, one.row, "open_amount", _("an amount that is still open")))
        elif max(abs(due), abs(amount)) >= LARGEST:
            plan.errors.append(self.error(sheet, one.row, "open_amount", _("an amount with at most 15 digits")))
        elif values["date"] > values["as_of"]:
            plan.errors.append(self.error(sheet, one.row, "date", _("a day not after that of the list")))
        elif isinstance(rate := _rate(rates, currency, values["as_of"]), Denied):
            plan.errors.append(self.error(sheet, one.row, "currency", rate.message))
        if len(plan.errors) > wrong:
            return None
        return {
            "customer": one.customer,
            "kind": values.get("kind") or (OpenItem.Kind.INVOICE if amount > 0 else OpenItem.Kind.CREDIT_NOTE),
            "date": values["date"],
            "due_on": values["due_on"],
            "currency": currency,
            "amount": amount,
            "open_amount": due,
            "base_open": round_money(due * rate, settings.BASE_CURRENCY),
            "dunning_level": values.get("dunning_level") or 0,
            "settled_on": None,
        }

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the list of each location."""
        places: dict[int, dict[str, Any]] = {}

        def part(location: Location) -> dict[str, Any]:
            return places.setdefault(location.pk, {"location": location, "new": [], "changed": []})

        for change in plan.create:
            if "location" in change.values:
                part(change.values["location"]).update(change.values)
            else:
                part(change.values["selling_location"])["new"].append(change)
        for change in plan.update:
            if isinstance(change.record, OpenItemList):
                part(change.record.location).update(change.values)
            else:
                part(change.record.selling_location)["changed"].append(change)
        held = {one.location_id: one for one in OpenItemList.objects.filter(location__in=places)}
        for key in sorted(places):
            if key in held:
                places[key] = {"system": held[key].system, "as_of": held[key].as_of} | places[key]
            record_open_items(OpenItemList, actor=actor, reason=reason, **places[key])

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """What is open of what this person reads."""
        return OpenItem.objects.visible_to(actor).open().for_list().order_by("selling_location__code", "document_number", "pk")


def _rate(known: dict[tuple[str, date], Decimal | Denied], currency: str, day: date) -> Decimal | Denied:
    """What one unit of a currency was worth in the group's on a day, asked once; the refusal where nobody recorded it."""
    key = (currency, day)
    if key not in known:
        try:
            known[key] = convert(Decimal(1), currency, settings.BASE_CURRENCY, on=day, rounded=False).amount
        except Denied as denied:
            known[key] = denied
    return known[key]
