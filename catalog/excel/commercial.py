"""Standard costs, list prices, customer items and programmes as sheets."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Plant
from catalog.actions.costs import cost_refusals
from catalog.actions.imports import take_over_costs, take_over_prices
from catalog.actions.rows import faults
from catalog.excel.base import CatalogKind, by_code
from catalog.models import CustomerItem, ListPrice, Product, ProductRevision, Programme, StandardCost
from catalog.models.scopes import locations_of
from kam.core import clock
from kam.core.excel import Column, SheetRow
from kam.core.formats import day
from kam.core.import_kinds import Change, Plan

ZERO = Decimal(0)
PRODUCT = Column("product", _("product"), "reference", required=True, source="product.code", width=16)
CUSTOMER = Column("customer", _("customer"), "reference", required=True, source="customer.code")
PRICE_UNIT = Column("price_unit", _("price unit"), "choice", values=[("1", "1"), ("100", "100"), ("1000", "1000")])
CURRENCY = Column("currency", _("currency"), required=True, max_length=3)
FIRST_DAY = Column("first_day", _("valid from"), "date", required=True)


def with_price_unit(rows: list[SheetRow]) -> None:
    """The price unit as a number; empty is 1."""
    for row in rows:
        row.values["price_unit"] = int(row.values.get("price_unit") or 1)


class StandardCosts(CatalogKind):
    """Standard costs by location, version and product; what was published stays."""

    code, label, verb = "catalog.standard_costs", _("Standard costs"), "catalog.publish_costs"
    together = ("location", "cost_version", "first_day")
    model = StandardCost
    columns = (
        Column("location", _("location"), "reference", required=True, source="location.code"),
        Column("cost_version", _("cost version"), max_length=20, help=_("empty where the first day names it")),
        FIRST_DAY,
        PRODUCT,
        Column("material", _("material"), "decimal", required=True, minimum=ZERO, decimals=5),
        Column("variable_conversion", _("variable conversion"), "decimal", required=True, minimum=ZERO, decimals=5),
        Column("fixed", _("fixed"), "decimal", required=True, minimum=ZERO, decimals=5),
        CURRENCY,
        PRICE_UNIT,
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The costs that are new; a published one that would change is a fault."""
        plan = Plan()
        with_price_unit(rows)
        for row in rows:  # a history of costs names no versions: its days tell them apart
            row.values["cost_version"] = row.values.get("cost_version") or row.values["first_day"].isoformat()
        rows = self.resolve(rows, "location", by_code(locations_of(actor, self.verb), rows, "location"), plan, sheet)
        rows = self.resolve(rows, "product", by_code(Product.objects.visible_to(actor), rows, "product"), plan, sheet)
        sets: dict[tuple[Any, str, Any], list[SheetRow]] = {}
        for row in rows:
            sets.setdefault((row.values["location"], row.values["cost_version"], row.values["first_day"]), []).append(row)
        for (location, version, first_day), members in sorted(sets.items(), key=lambda pair: str(pair[0][2])):
            self._prepare_set(location, version, first_day, members, plan, sheet)
        return plan

    def _prepare_set(
        self, location: Location, version: str, first_day: Any, rows: list[SheetRow], plan: Plan, sheet: str
    ) -> None:
        names = ("product", "material", "variable_conversion", "fixed", "currency", "price_unit")
        costs = [{name: row.values[name] for name in names} for row in rows]
        for denied in cost_refusals(location, version, first_day, costs):
            position = denied.field.split(".")
            at = int(position[1]) if len(position) > 1 else 0
            self.place([denied], rows[at], plan, sheet)
        published = set(StandardCost.objects.filter(location=location, cost_version=version).values_list("product_id", flat=True))
        for row, cost in zip(rows, costs, strict=True):
            if cost["product"].pk in published:
                plan.unchanged += 1
            else:
                head = {"location": location, "cost_version": version, "first_day": first_day}
                plan.create.append(Change(row.number, f"{cost['product'].code} {location.code} {version}", cost | head))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Publish each version as one set."""
        take_over_costs(plan, actor=actor, reason=reason)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The costs of the locations whose costs this person reads."""
        return StandardCost.objects.costs_visible_to(actor).for_list().order_by("location__code", "period", "product__code")


class ListPrices(CatalogKind):
    """List prices by product, list, currency and first day; what was recorded stays."""

    code, label, verb = "catalog.list_prices", _("List prices"), "catalog.record_list_price"
    model = ListPrice
    columns = (
        PRODUCT,
        Column(
            "location", _("selling location"), "reference", source="location.code", help=_("empty for the list of all locations")
        ),
        CURRENCY,
        Column("price", _("price"), "decimal", required=True, minimum=Decimal("0.00001"), decimals=5),
        PRICE_UNIT,
        FIRST_DAY,
        Column("last_day", _("valid until"), "date", help=_("empty while no end is known")),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The prices that are new; a recorded one that would change, or a past one that would be cut, is a fault."""
        plan = Plan()
        with_price_unit(rows)
        rows = self.resolve(rows, "product", by_code(Product.objects.visible_to(actor), rows, "product"), plan, sheet)
        rows = self.resolve(rows, "location", by_code(locations_of(actor, self.verb), rows, "location"), plan, sheet)
        rows = self.once(rows, lambda row: (*_list_of(row), row.values["first_day"]), plan, sheet, "first_day")
        recorded: dict[Any, list[ListPrice]] = {}
        for price in ListPrice.objects.filter(product__in=[row.values["product"] for row in rows]).order_by("period"):
            recorded.setdefault((price.product_id, price.location_id, price.currency), []).append(price)
        for row in rows:
            self._prepare_price(row, recorded.get(_list_of(row), []), plan, sheet)
        names = ("product", "location", "currency", "price", "price_unit")
        by_number = {row.number: row for row in rows}
        for change in plan.create:
            trial = ListPrice(**{name: change.values[name] for name in names})
            self.place(faults(trial, exclude=("period",)), by_number[change.number], plan, sheet)
        return plan

    def _prepare_price(self, row: SheetRow, prices: list[ListPrice], plan: Plan, sheet: str) -> None:
        values: dict[str, Any] = {
            name: row.values.get(name)
            for name in ("product", "location", "currency", "price", "price_unit", "first_day", "last_day")
        }
        begins: date = values["first_day"]
        ends: date | None = values["last_day"]
        if ends is not None and ends < begins:
            plan.errors.append(self.error(sheet, row, "last_day", _("a day that is not before the first")))
        same = next((price for price in prices if price.first_day == begins), None)
        if same is not None:
            if (same.price, same.price_unit) == (values["price"], values["price_unit"]) and ends in (None, same.last_day):
                plan.unchanged += 1
            else:
                plan.errors.append(self.error(sheet, row, "first_day", _("another day: from this one a price is recorded")))
            return
        before = next((price for price in prices if price.holds_on(begins)), None)
        if before is not None and begins < clock.today():
            plan.errors.append(self.error(sheet, row, "first_day", _("today or later: prices of past days stay")))
        later = next((price for price in prices if price.first_day is not None and price.first_day > begins), None)
        if later is not None and ends is not None and later.first_day is not None and ends >= later.first_day:
            plan.errors.append(
                self.error(sheet, row, "last_day", gettext("a day before %(day)s") % {"day": day(later.first_day)})
            )
        plan.create.append(Change(row.number, f"{values['product'].code} {values['currency']}", values))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the prices, the earliest first."""
        take_over_prices(plan, actor=actor, reason=reason)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The prices that this person reads."""
        return ListPrice.objects.visible_to(actor).for_list().order_by("product__code", "currency", "location__code", "period")


def _list_of(row: SheetRow) -> tuple[Any, Any, Any]:
    location = row.values.get("location")
    return row.values["product"].pk, location.pk if location else None, row.values["currency"]


class CustomerItems(CatalogKind):
    """Customer items by customer, plant and product."""

    code, label, verb = "catalog.customer_items", _("Customer items"), "catalog.create_customer_item"
    model = CustomerItem
    fields = ("customer", "plant", "product", "part_number", "description", "agreed_revision", "minimum_delivery_quantity")
    columns = (
        CUSTOMER,
        Column("plant", _("plant"), "reference", source="plant.code", help=_("empty for all plants of the customer")),
        PRODUCT,
        Column("part_number", _("customer part number"), required=True, max_length=35, width=20),
        Column("description", _("customer description"), max_length=40, width=28),
        Column("agreed_revision", _("agreed revision"), "reference", source="agreed_revision.level"),
        Column("minimum_delivery_quantity", _("minimum delivery quantity"), "decimal", minimum=Decimal("0.001"), decimals=3),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Items that are new or differ, of the customers that this person keeps."""
        plan = Plan()
        customers = Customer.objects.permitted(actor, self.verb).exclude(status=Customer.Status.CLOSED)
        rows = self.resolve(rows, "customer", by_code(customers, rows, "customer"), plan, sheet)
        rows = self.resolve(rows, "plant", by_code(Plant.objects.permitted(actor, self.verb), rows, "plant"), plan, sheet)
        rows = self.resolve(rows, "product", by_code(Product.objects.visible_to(actor), rows, "product"), plan, sheet)
        rows = self._with_revisions(rows, plan, sheet)
        rows = self.once(rows, _item_of, plan, sheet, "product")
        known = CustomerItem.objects.filter(customer__in=[row.values["customer"] for row in rows])
        items = list(known.select_related("customer", "plant", "product", "agreed_revision"))
        existing = {(item.customer_id, item.plant_id, item.product_id): item for item in items}
        self.sort_out(rows, existing, _item_of, plan, lambda row: row.values["part_number"])
        self._numbers_once(rows, items, plan, sheet)
        self.check_fields(rows, plan, sheet)
        return plan

    def _with_revisions(self, rows: list[SheetRow], plan: Plan, sheet: str) -> list[SheetRow]:
        """The agreed revision of each row's own product, and plants of each row's own customer."""
        released = ProductRevision.objects.exclude(status=ProductRevision.Status.DRAFT)
        found = released.filter(product__in=[row.values["product"] for row in rows])
        revisions = {(revision.product_id, revision.level): revision for revision in found}
        kept = []
        for row in rows:
            level, plant = row.values.get("agreed_revision"), row.values.get("plant")
            if plant is not None and plant.customer_id != row.values["customer"].pk:
                plan.errors.append(self.error(sheet, row, "plant", _("a plant of this customer"), plant.code))
                continue
            if level and (row.values["product"].pk, level) not in revisions:
                plan.errors.append(self.error(sheet, row, "agreed_revision", _("a released revision of this product")))
                continue
            if "agreed_revision" in row.values:
                row.values["agreed_revision"] = revisions[row.values["product"].pk, level] if level else None
            kept.append(row)
        return kept

    def _numbers_once(self, rows: list[SheetRow], items: list[CustomerItem], plan: Plan, sheet: str) -> None:
        """A part number stands for one product at a customer and plant."""
        taken = {(item.customer_id, item.plant_id, item.part_number): item.product_id for item in items}
        for row in rows:
            customer, plant, product = _item_of(row)
            key = (customer, plant, row.values["part_number"])
            if taken.setdefault(key, product) != product:
                plan.errors.append(self.error(sheet, row, "part_number", _("a number that stands for no other product here")))

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The items that this person sees."""
        return CustomerItem.objects.visible_to(actor).for_list().order_by("customer__code", "part_number")


def _item_of(row: SheetRow) -> tuple[Any, Any, Any]:
    plant = row.values.get("plant")
    return row.values["customer"].pk, plant.pk if plant else None, row.values["product"].pk


class Programmes(CatalogKind):
    """Programmes by customer and code."""

    code, label, verb = "catalog.programmes", _("Programmes"), "catalog.create_programme"
    model = Programme
    fields = ("customer", "code", "name", "start_of_production", "end_of_production", "notes")
    columns = (
        CUSTOMER,
        Column("code", _("code"), required=True, max_length=30),
        Column("name", _("name"), required=True, max_length=120, width=32),
        Column("start_of_production", _("start of production"), "date"),
        Column("end_of_production", _("end of production"), "date"),
        Column("notes", _("notes"), max_length=4000),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Programmes that are new or differ, of the customers that this person keeps."""
        plan = Plan()
        rows = self.resolve(
            rows, "customer", by_code(Customer.objects.permitted(actor, self.verb), rows, "customer"), plan, sheet
        )
        key = lambda row: (row.values["customer"].pk, row.values["code"])  # noqa: E731
        rows = self.once(rows, key, plan, sheet, "code")
        found = Programme.objects.filter(customer__in=[row.values["customer"] for row in rows]).select_related("customer")
        existing = {(programme.customer_id, programme.code): programme for programme in found}
        self.sort_out(rows, existing, key, plan, lambda row: row.values["code"])
        for row in rows:
            start, end = row.values.get("start_of_production"), row.values.get("end_of_production")
            if start and end and end < start:
                plan.errors.append(self.error(sheet, row, "end_of_production", _("a day that is not before the start")))
        self.check_fields(rows, plan, sheet)
        return plan

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The programmes that this person sees."""
        return Programme.objects.visible_to(actor).for_list().order_by("customer__code", "code")
