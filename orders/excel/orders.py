"""Orders as a sheet: a row a line, the rows of one purchase order become one order that is entered and waits to be registered."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant
from catalog.excel.base import CatalogKind, by_code
from catalog.excel.commercial import PRICE_UNIT, with_price_unit
from catalog.models import Product, Unit
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan
from kam.core.workflow import Denied
from orders.actions import create_order
from orders.actions.order_writing import LINE, Written, duplicate_of, fill_in, order_faults
from orders.models import Order

#: What tells the orders of a sheet apart, and what they say as a whole.
KEY = ("plant", "selling_location", "customer_reference", "customer_date")
TERMS = (
    "kind", "producing_location", "currency", "requested_on", "requested_type", "incoterms", "incoterms_place", "certificates",
    "packaging", "transport", "notes",
)  # fmt: skip
OF_A_LINE = (
    "product", "customer_part", "part_revision", "description", "quantity", "unit", "price", "price_unit", "surcharge", "discount",
    "line_requested_on", "line_notes",
)  # fmt: skip
KINDS = [one for one in Order.Kind.choices if one[0] != Order.Kind.CALL_OFF]
QUANTITY: dict[str, Any] = {"minimum": Decimal("0.001"), "decimals": 3}
PRICE: dict[str, Any] = {"minimum": Decimal(0), "decimals": 5}


def _of(name: str, attribute: str = "code") -> Any:
    return lambda row: getattr(getattr(row, name), attribute, "")


class Orders(CatalogKind):
    """New orders as drafts; one that stands already is changed on its page and not by a sheet."""

    code, label, verb = "orders.orders", _("Orders"), "orders.create_order"
    together = KEY
    model = Order
    columns = (
        Column("plant", _("plant"), "reference", required=True, source=_of("plant")),
        Column("selling_location", _("selling location"), "reference", required=True, source=_of("selling_location")),
        Column("customer_reference", _("customer's order number"), required=True, max_length=35),
        Column("customer_date", _("customer's order date"), "date", required=True),
        Column("kind", _("kind"), "choice", values=KINDS),
        Column("producing_location", _("producing location"), "reference", source=_of("producing_location")),
        Column("currency", _("currency"), max_length=3),
        Column("requested_on", _("requested date"), "date"),
        Column("requested_type", _("the requested date is"), "choice", values=Order.RequestedType.choices),
        Column("incoterms", _("Incoterms"), max_length=3),
        Column("incoterms_place", _("Incoterms place"), max_length=70),
        Column("certificates", _("certificates"), max_length=200),
        Column("packaging", _("packaging"), max_length=400),
        Column("transport", _("transport"), max_length=200),
        Column("notes", _("notes"), max_length=4000),
        Column("product", _("product"), "reference", source=_of("product"), width=16),
        Column("customer_part", _("customer part number"), max_length=35, help=_("in place of the product where it is known")),
        Column("part_revision", _("revision ordered"), max_length=20),
        Column("description", _("description"), max_length=400),
        Column("quantity", _("quantity"), "decimal", required=True, **QUANTITY),
        Column("unit", _("unit"), "choice", values=Unit.choices),
        Column("price", _("price"), "decimal", help=_("empty for the price that holds"), **PRICE),
        PRICE_UNIT,
        Column("surcharge", _("surcharge"), "decimal", **PRICE),
        Column("discount", _("discount (%)"), "decimal", minimum=Decimal(0), maximum=Decimal(100), decimals=2),
        Column("line_requested_on", _("requested date of the line"), "date"),
        Column("line_notes", _("special notes"), max_length=400),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The orders that are new; one that is there as the sheet says it is passed over."""
        plan = Plan()
        with_price_unit(rows)
        places = Location.objects.visible_to(actor)
        for key, found in (
            ("plant", Plant.objects.visible_to(actor).select_related("customer")),
            ("selling_location", places),
            ("producing_location", places),
            ("product", Product.objects.visible_to(actor)),
        ):
            rows = self.resolve(rows, key, by_code(found, rows, key), plan, sheet)
        sets: dict[tuple[Any, ...], list[SheetRow]] = {}
        for row in rows:
            sets.setdefault(tuple(row.values.get(name) or None for name in KEY), []).append(row)
        present = self._present(actor, rows)
        reach = Plant.objects.permitted(actor, self.verb).filter(pk__in=[row.values["plant"].pk for row in rows])
        mine = set(reach.values_list("pk", flat=True))
        for told, members in sets.items():
            self._prepare_set(members, present.get(told), mine, actor, plan, sheet)
        return plan

    def _present(self, actor: Any, rows: list[SheetRow]) -> dict[tuple[Any, ...], Order]:
        """The orders of these numbers that this person may see, by what tells them apart."""
        numbers = {row.values["customer_reference"] for row in rows}
        found = (
            Order.objects.visible_to(actor).filter(customer_reference__in=numbers).exclude(status__in=["cancelled", "rejected"])
        )
        found = found.for_list().prefetch_related("lines__product").order_by("pk")
        return {tuple(getattr(one, name) or None for name in KEY): one for one in found}

    def _prepare_set(
        self, rows: list[SheetRow], present: Order | None, mine: set[int], actor: Any, plan: Plan, sheet: str
    ) -> None:
        """One order from its rows; what it says as a whole is that of its first row."""
        head: dict[str, Any] = {
            name: rows[0].values[name] for name in (*KEY, *TERMS) if rows[0].values.get(name) not in (None, "")
        }
        if "currency" in head:
            head["currency"] = str(head["currency"]).upper()
        lines = [self._line(row) for row in rows]
        order = Order(**head, channel=Order.Channel.EXCEL)
        fill_in(order)
        written = Written(order, lines)
        if present is not None:
            if _same(present, order, written):
                plan.unchanged += 1
            else:
                changed = gettext("a new order; %(order)s is changed on its page") % {"order": present.name}
                plan.errors.append(self.error(sheet, rows[0], "customer_reference", changed))
            return
        wrong = order_faults(order) + written.faults()
        twice = duplicate_of(order, actor)
        for fault in [*wrong, *([twice] if twice else [])]:
            place, _dot, name = fault.field.rpartition(".")
            row = rows[int(place.removeprefix("lines."))] if place else rows[0]
            column = "line_requested_on" if place and name == "requested_on" else name
            self.place([Denied(fault.code, fault.message, field=column)], row, plan, sheet)
        if order.plant_id not in mine:
            expected = _("a plant that your location serves")
            plan.errors.append(self.error(sheet, rows[0], "plant", expected))
        told = head | {"channel": Order.Channel.EXCEL, "lines": lines}
        plan.create.append(Change(rows[0].number, f"{order.customer_reference} · {order.plant.customer}", told))

    def _line(self, row: SheetRow) -> dict[str, Any]:
        """What a row says of its line."""
        names = {"line_requested_on": "requested_on", "line_notes": "notes"}
        return {names.get(name, name): row.values[name] for name in OF_A_LINE if row.values.get(name) not in (None, "")}

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Enter the orders."""
        for change in plan.create:
            create_order(Order, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """A row a line, of every order that this person sees."""
        rows = Order.objects.visible_to(actor).exclude(kind=Order.Kind.CALL_OFF).for_list().prefetch_related("lines__product")
        return self._rows(rows.order_by("received_at", "pk"))

    @staticmethod
    def _rows(orders: Iterable[Order]) -> Iterator[Any]:
        for one in orders:
            head = {name: getattr(one, name) for name in (*KEY, *TERMS)}
            for line in one.lines.all():
                own = {name: getattr(line, name) for name in OF_A_LINE[:-2]}
                yield SimpleNamespace(**head, **own, line_requested_on=line.requested_on, line_notes=line.notes)


def _same(present: Order, order: Order, written: Written) -> bool:
    """Whether an order that is there says what a sheet says."""
    heads = all(getattr(present, name) == getattr(order, name) for name in TERMS)
    return heads and list(map(_said, present.lines.all())) == list(map(_said, written.lines))


def _said(line: Any) -> list[Any]:
    """What a line says."""
    return [getattr(line, name) for name in LINE]
