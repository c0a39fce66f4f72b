"""Open orders as a sheet: what the ERP of a location lists as not yet carried out on a day, a row a schedule line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant, access_of
from catalog.excel.commercial import PRICE_UNIT, with_price_unit
from catalog.models import Product, Unit
from kam.core import clock
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from kam.core.money import convert, currency_codes, round_money
from kam.core.workflow import Denied
from orders.actions.named import NamedRecords, Stated, named
from orders.actions.order_lists import (
    Instalments,
    ListedOrders,
    head_of_lines,
    order_list_fault,
    record_open_orders,
    source_fault,
    stand_of_listed,
)
from orders.actions.order_writing import amount_of
from orders.actions.resolving import UNITS
from orders.models import Order, OrderLine, OrderList

CODES = ("customer", "plant", "selling_location", "producing_location", "product")
#: What the rows of one order, and those of one position, say alike.
OF_AN_ORDER = ("system", "selling_location", "as_of", "customer", "plant", "producing_location", "customer_reference", "customer_date", "currency", "kind")  # fmt: skip
OF_A_LINE = ("product", "customer_part", "description", "unit", "price", "price_unit")
KINDS = [one for one in Order.Kind.choices if one[0] not in {Order.Kind.CALL_OFF, Order.Kind.FRAME}]
UNIT_OF = {name: unit for unit, names in UNITS.items() for name in (unit.value, *names)}
HEAD = (
    "customer", "plant", "producing_location", "customer_reference", "customer_date", "currency", "kind", "status", "ended_reason",
    "net", "base_net",
)  # fmt: skip
LINE = (
    "product", "customer_part", "description", "quantity", "unit", "price", "price_unit", "requested_on", "first_confirmed_on",
    "confirmed_on", "status",
)  # fmt: skip


@dataclass(frozen=True)
class ListedRow:
    """A row whose records were found."""

    row: SheetRow
    plant: Plant
    location: Location
    producer: Location | None
    product: Product | None

    @property
    def key(self) -> tuple[str, str]:
        """What its order is known by."""
        return self.row.values["system"], self.row.values["number"]


class OpenOrders(ImportKind):
    """The open orders of one location or of several; what a location's later list does not name is over there."""

    code, label, verb = "orders.open_orders", _("Open orders of an ERP"), "orders.record_open_orders"
    together = ("system", "number")
    help = _(
        "The whole list of a location as of one day, a row a schedule line: rows of the same order and position are instalments. "
        "What a later list does not name any more is over there; a list of the same day completes the first one. The orders "
        "stay those of the ERP: KAM shows them and changes nothing in them."
    )
    columns = (
        Column("system", _("source system"), required=True, max_length=40),
        Column("selling_location", _("selling location"), required=True, max_length=80),
        Column("as_of", _("as of"), "date", required=True),
        Column("number", _("order number"), required=True, max_length=24),
        Column("customer_reference", _("customer's order number"), max_length=35),
        Column("customer_date", _("order date"), "date", required=True),
        Column("kind", _("kind"), "choice", values=KINDS),
        Column("customer", _("customer"), max_length=80, help=_("in place of the plant: its first plant orders")),
        Column("plant", _("plant"), max_length=80),
        Column("producing_location", _("producing location"), max_length=80),
        Column("currency", _("currency"), required=True, max_length=3),
        Column("position", _("position"), "integer", required=True, minimum=1, maximum=32_767),
        Column("product", _("product"), max_length=80),
        Column("customer_part", _("customer part number"), max_length=35),
        Column("description", _("description"), max_length=400),
        Column(
            "quantity", _("quantity"), "decimal", required=True, minimum=Decimal("0.001"), maximum=Decimal(10) ** 10, decimals=3
        ),
        Column("unit", _("unit"), max_length=8),
        Column("price", _("price"), "decimal", required=True, minimum=Decimal(0), maximum=Decimal(10) ** 8, decimals=5),
        PRICE_UNIT,
        Column("requested_on", _("requested date"), "date"),
        Column("first_confirmed_on", _("first confirmed date"), "date"),
        Column("confirmed_on", _("confirmed date"), "date", help=_("empty where the requested date holds")),
    )

    def __init__(self) -> None:
        #: Every order that the file names, in rows that are refused too: what is named is not over.
        self._named: set[tuple[str, str]] = set()
        self._rates: dict[tuple[str, date], Decimal | Denied] = {}

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Which orders and positions are new, changed and over; every fault at its cell."""
        plan = Plan()
        with_price_unit(rows)
        stated = {
            row.number: Stated(row.values["system"], row.values["as_of"], {name: row.values.get(name) or "" for name in CODES})
            for row in rows
        }
        found = self._found(rows, stated, named(stated.values(), CODES, actor=actor), actor, plan, sheet)
        found = self._lists(found, plan, sheet)
        orders: dict[tuple[str, str], list[ListedRow]] = {}
        for one in found:
            orders.setdefault(one.key, []).append(one)
        kept_here = self._kept_here(found)
        for key, members in list(orders.items()):
            head = members[0]
            said = head.row.values
            reference = str(said.get("customer_reference") or said["number"]).upper()
            if (head.location.pk, head.plant.customer_id, reference) in kept_here:
                plan.unchanged += len(members)
                del orders[key]
        self._compare(found, orders, plan, sheet)
        return plan

    def _found(
        self, rows: Sequence[SheetRow], stated: dict[int, Stated], records: NamedRecords, actor: Any, plan: Plan, sheet: str
    ) -> list[ListedRow]:
        """The rows whose records are known and whose location this person keeps."""
        scope = access_of(actor).scope(self.verb) if actor is not None else None
        homes = _homes(records, actor)
        found = []
        for row in rows:
            self._named.add((row.values["system"], row.values["number"]))
            wrong = len(plan.errors)
            customer, plant, location, producer, product = (records.of(name, stated[row.number]) for name in CODES)
            if plant is None and not row.values.get("plant") and customer is not None:
                plant = homes.get(customer.pk)
            if plant is None:
                key = "customer" if not row.values.get("plant") and row.values.get("customer") else "plant"
                plan.errors.append(self.error(sheet, row, key, _("the code of one plant or customer that you may see")))
            if location is None or not (scope is None or scope.everything or location.pk in scope.location_ids):
                expected = _("a location whose orders you keep")
                plan.errors.append(self.error(sheet, row, "selling_location", expected))
            if row.values.get("producing_location") and producer is None:
                plan.errors.append(self.error(sheet, row, "producing_location", _("the code of one of our locations")))
            if row.values.get("product") and product is None:
                plan.errors.append(self.error(sheet, row, "product", _("the code of one product")))
            elif product is None and not row.values.get("description"):
                plan.errors.append(self.error(sheet, row, "product", _("a product, or a description")))
            elif (unit := _unit_of(row, product)) is None or (product is not None and unit != product.base_unit):
                expected = _("the unit by which the product is sold")
                plan.errors.append(self.error(sheet, row, "unit", expected))
            self._cells(row, plan, sheet)
            if len(plan.errors) == wrong:
                found.append(ListedRow(row, plant, location, None if producer == location else producer, product))
        return found

    def _cells(self, row: SheetRow, plan: Plan, sheet: str) -> None:
        """What is wrong with a row by itself."""
        values = row.values
        values["currency"] = str(values["currency"]).upper()
        if not (values.get("confirmed_on") or values.get("requested_on")):
            plan.errors.append(self.error(sheet, row, "confirmed_on", _("a day, here or as the requested date")))
        if values["customer_date"] > values["as_of"]:
            plan.errors.append(self.error(sheet, row, "customer_date", _("a day not after that of the list")))
        elif values["currency"] not in currency_codes():
            plan.errors.append(self.error(sheet, row, "currency", _("the code of a currency, such as EUR")))
        elif isinstance(rate := self._rate(values["currency"], values["customer_date"]), Denied):
            plan.errors.append(self.error(sheet, row, "currency", rate.message))

    def _rate(self, currency: str, day: date) -> Decimal | Denied:
        """What one unit of a currency was worth in the group's on a day, asked once; the refusal where nobody recorded it."""
        key = (currency, min(day, clock.today()))
        if key not in self._rates:
            try:
                self._rates[key] = convert(Decimal(1), currency, settings.BASE_CURRENCY, on=key[1], rounded=False).amount
            except Denied as denied:
                self._rates[key] = denied
        return self._rates[key]

    def _lists(self, rows: Sequence[ListedRow], plan: Plan, sheet: str) -> list[ListedRow]:
        """The rows of lists that can be taken over, of orders and positions whose rows agree."""
        held = {one.location_id: one for one in OrderList.objects.filter(location__in={one.location.pk for one in rows})}
        first: dict[Any, SheetRow] = {}
        faults: dict[tuple[int, str], Denied | None] = {}
        kept = []
        for one in rows:
            values = one.row.values
            at = (one.location.pk, values["system"])
            if at not in faults:
                faults[at] = source_fault(one.location, values["system"], values["as_of"])
            fault = order_list_fault(held.get(one.location.pk), values["as_of"]) or faults[at]
            if fault is not None:
                plan.errors.append(self.error(sheet, one.row, fault.field, fault.message))
                continue
            place = first.setdefault(one.location.pk, one.row)
            order = first.setdefault(one.key, one.row)
            line = first.setdefault((*one.key, values["position"]), one.row)
            differs = [(name, place) for name in ("as_of", "system") if values[name] != place.values[name]]
            differs += [(name, order) for name in OF_AN_ORDER if (values.get(name) or None) != (order.values.get(name) or None)]
            differs += [(name, line) for name in OF_A_LINE if (values.get(name) or None) != (line.values.get(name) or None)]
            if differs:
                expected = _("the same as in row %(row)d") % {"row": differs[0][1].number}
                plan.errors.append(self.error(sheet, one.row, differs[0][0], expected))
            else:
                kept.append(one)
        return kept

    @staticmethod
    def _kept_here(rows: Sequence[ListedRow]) -> set[tuple[int, int, str]]:
        """The purchase orders that were entered in KAM for these locations: their ERP lists them too, and they stay ours."""
        found = Order.objects.filter(system="", selling_location__in={one.location.pk for one in rows}).exclude(
            customer_reference=""
        )
        found = found.filter(customer__in={one.plant.customer_id for one in rows}).exclude(status__in=["cancelled", "rejected"])
        return {
            (location, customer, reference.upper())
            for location, customer, reference in found.values_list("selling_location", "customer", "customer_reference")
        }

    def _compare(self, rows: Sequence[ListedRow], orders: dict[tuple[str, str], list[ListedRow]], plan: Plan, sheet: str) -> None:
        """Sort orders and their lines into new, changed and unchanged; what a later list does not name is over."""
        places = {one.location.pk: one for one in rows}
        lists = {one.location_id: one for one in OrderList.objects.filter(location__in=places).select_related("location")}
        held = _held(places, orders)
        for key, members in orders.items():
            order = held.pop(key, None)
            if order is not None and order.selling_location_id != members[0].location.pk:
                expected = _("the location of which the order is known already: %(location)s")
                where = expected % {"location": order.selling_location.code}
                plan.errors.append(self.error(sheet, members[0].row, "selling_location", where))
            else:
                self._of_order(order, members, plan)
        for location, place in places.items():
            known = lists.get(location)
            _list_of(place, known, plan)
            if known is not None and known.as_of < place.row.values["as_of"]:
                self._settle(held, location, place.row.number, plan)

    def _settle(self, held: dict[tuple[str, str], Order], location: int, row: int, plan: Plan) -> None:
        """What the later list of a location does not name any more is over."""
        for key, order in held.items():
            if order.selling_location_id == location and key not in self._named and order.status not in Order.OVER:
                _over(order, row, plan)

    def _of_order(self, order: Order | None, rows: Sequence[ListedRow], plan: Plan) -> None:
        """What the rows of one order change of it."""
        first = rows[0]
        said = first.row.values
        plant = first.plant
        stated: dict[str, Any] = {
            "customer": plant.customer, "plant": plant, "producing_location": first.producer,
            "customer_reference": said.get("customer_reference") or said["number"], "customer_date": said["customer_date"],
            "currency": said["currency"], "kind": said.get("kind") or Order.Kind.STANDARD,
        }  # fmt: skip
        head = Order(system=said["system"], number=said["number"], selling_location=first.location, **stated)
        if order is not None:
            head.tolerance = order.tolerance
        known = {line.position: line for line in order.lines.all()} if order is not None else {}
        sets: dict[int, list[SheetRow]] = {}
        for one in rows:
            sets.setdefault(one.row.values["position"], []).append(one.row)
        products = {one.row.values["position"]: one.product for one in rows}
        lines = []
        for position, members in sets.items():
            line, values = _line(head, position, members, products[position], known.get(position))
            lines.append(line)
            label = f"{head.number} · {position}"
            if position in known:
                _note(plan, members[0].number, label, known[position], values)
            else:
                of_order = {"selling_location": head.selling_location, "number": head.number} | (
                    {"order": order} if order else {}
                )
                plan.create.append(Change(members[0].number, label, of_order | {"position": position} | values))
        lines += [_ended(line, first.row.number, plan) for position, line in known.items() if position not in sets]
        head_of_lines(head, lines, over=False)
        rate = self._rate(head.currency, said["customer_date"])
        head.net = _worth(lines, head.currency)
        head.base_net = Decimal(0) if isinstance(rate, Denied) else round_money(head.net * rate, settings.BASE_CURRENCY)
        values = {name: getattr(head, name) for name in HEAD}
        if order is not None:
            _note(plan, first.row.number, head.number, order, values)
            return
        new = {
            "system": head.system, "number": head.number, "selling_location": head.selling_location, "channel": Order.Channel.EDI,
            "received_at": _begins(said["customer_date"]), "registered_at": _begins(said["as_of"]),
            "language": plant.customer.language, "incoterms": plant.customer.incoterms,
            "incoterms_place": plant.customer.incoterms_place, "incoterms_version": plant.customer.incoterms_version,
        }  # fmt: skip
        plan.create.append(Change(first.row.number, head.number, new | values))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the list of each location."""
        places: dict[int, dict[str, Any]] = {}

        def part(location: Location) -> dict[str, Any]:
            return places.setdefault(location.pk, {"location": location, "listed": ListedOrders()})

        for change in plan.create:
            if "location" in change.values:
                part(change.values["location"]).update(change.values)
            elif "position" in change.values:
                values = {name: value for name, value in change.values.items() if name != "selling_location"}
                listed = part(change.values["selling_location"])["listed"]
                listed.new_lines.append(Change(change.number, change.label, values))
            else:
                part(change.values["selling_location"])["listed"].new_orders.append(change)
        for change in plan.update:
            if isinstance(change.record, OrderList):
                part(change.record.location).update(change.values)
            elif isinstance(change.record, Order):
                part(change.record.selling_location)["listed"].orders.append(change)
            else:
                part(change.record.order.selling_location)["listed"].lines.append(change)
        held = {one.location_id: one for one in OrderList.objects.filter(location__in=places)}
        for key in sorted(places):
            if key in held:
                places[key] = {"system": held[key].system, "as_of": held[key].as_of} | places[key]
            record_open_orders(OrderList, actor=actor, reason=reason, **places[key])

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """What is open of what this person reads, a row a schedule line."""
        found = Order.objects.visible_to(actor).alive().exclude(system="").select_related("selling_location__order_list")
        found = found.select_related("plant__customer", "producing_location").prefetch_related(
            "lines__product", "lines__schedule"
        )
        for order in found.order_by("system", "number"):
            for line in order.lines.all():
                if line.status in OrderLine.BACKLOG:
                    yield from (_shown(order, line, one.date, one.quantity) for one in line.schedule.all())
                    if not line.schedule.all():
                        yield _shown(order, line, line.confirmed_on, line.quantity)


def _homes(records: NamedRecords, actor: Any) -> dict[int, Plant]:
    """The first plant of each customer that is named; the plants that are named have their company."""
    prefetch_related_objects(list(records.records["plant"].values()), "customer")
    rows = Plant.objects.visible_to(actor) if actor is not None else Plant.objects.all()
    rows = rows.filter(customer__in=records.records["customer"]).select_related("customer")
    homes: dict[int, Plant] = {}
    for plant in rows.order_by("customer", "-status", "pk"):
        homes.setdefault(plant.customer_id, plant)
    return homes


def _unit_of(row: SheetRow, product: Product | None) -> str | None:
    """The unit that a row states, by any of its names; that of the product where it states none."""
    stated = str(row.values.get("unit") or "").strip().lower()
    if not stated:
        return product.base_unit if product is not None else Unit.PIECE
    return UNIT_OF.get(stated)


def _held(places: Iterable[int], orders: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Order]:
    """The ERPs' orders of these numbers, and those of these locations that are not over, with their lines and instalments."""
    keys = set(orders)
    named_here = Q(system__in={system for system, _number in keys}, number__in={number for _system, number in keys})
    rows = Order.objects.exclude(system="").filter(named_here | Q(selling_location__in=list(places)) & ~Q(status__in=Order.OVER))
    rows = rows.select_related("selling_location", "customer", "plant", "producing_location")
    lines = OrderLine.objects.select_related("product").prefetch_related("schedule")
    return {(one.system, one.number): one for one in rows.prefetch_related(Prefetch("lines", lines))}


def _list_of(place: ListedRow, known: OrderList | None, plan: Plan) -> None:
    """The list itself: new, of a later day, or the one that is known."""
    values = place.row.values
    stated = {"system": values["system"], "as_of": values["as_of"]}
    if known is None:
        plan.create.append(Change(place.row.number, place.location.code, {"location": place.location} | stated))
    else:
        before = {"system": known.system, "as_of": known.as_of}
        if before != stated:
            plan.update.append(Change(place.row.number, str(known), stated, known, before))


def _line(
    head: Order, position: int, rows: Sequence[SheetRow], product: Product | None, known: OrderLine | None
) -> tuple[OrderLine, dict[str, Any]]:
    """A position as its rows state it: the line, and what is to be written of it."""
    said = rows[0].values
    days: dict[date, Decimal] = {}
    for row in rows:
        day = row.values.get("confirmed_on") or row.values["requested_on"]
        days[day] = days.get(day, Decimal(0)) + row.values["quantity"]
    first = min((row.values["first_confirmed_on"] for row in rows if row.values.get("first_confirmed_on")), default=None)
    last = max(days)
    line = OrderLine(
        order=head, position=position, product=product, customer_part=said.get("customer_part") or "",
        description=said.get("description") or "", quantity=sum(days.values()), unit=_unit_of(rows[0], product) or "",
        price=said["price"], price_unit=said["price_unit"],
        requested_on=max((row.values["requested_on"] for row in rows if row.values.get("requested_on")), default=None),
        first_confirmed_on=first or (known.first_confirmed_on if known else None) or last, confirmed_on=last,
    )  # fmt: skip
    if known is not None:
        line.delivered_quantity = known.delivered_quantity
    line.status = stand_of_listed(line, over=False)
    schedule = Instalments(sorted(days.items()) if len(days) > 1 else ())
    return line, {name: getattr(line, name) for name in LINE} | {"schedule": schedule}


def _ended(line: OrderLine, row: int, plan: Plan) -> OrderLine:
    """A line that the list does not name any more, as it stands from now on."""
    status = stand_of_listed(line, over=True)
    if status != line.status:
        label = f"{line.order.number} · {line.position}"
        plan.update.append(Change(row, label, {"status": status}, line, {"status": line.status}))
    return OrderLine(
        order=line.order, position=line.position, quantity=line.quantity, price=line.price, price_unit=line.price_unit,
        surcharge=line.surcharge, discount=line.discount, status=status,
    )  # fmt: skip


def _over(order: Order, row: int, plan: Plan) -> None:
    """What a later list changes of an order that it does not name any more."""
    lines = [_ended(line, row, plan) for line in order.lines.all()]
    head = Order(system=order.system, net=_worth(lines, order.currency))
    head_of_lines(head, lines, over=True)
    share = head.net / order.net if order.net else Decimal(0)
    head.base_net = round_money(order.base_net * share, settings.BASE_CURRENCY)
    _note(plan, row, order.number, order, {name: getattr(head, name) for name in ("status", "ended_reason", "net", "base_net")})


def _worth(lines: Sequence[OrderLine], currency: str) -> Decimal:
    live = (line for line in lines if line.status != OrderLine.Status.CANCELLED)
    return sum((amount_of(line, currency) for line in live), Decimal(0))


def _note(plan: Plan, row: int, label: str, record: Any, values: dict[str, Any]) -> None:
    """Sort a record that is known into changed or unchanged."""
    before = {name: getattr(record, name) for name in values if name != "schedule"}
    if "schedule" in values:
        before["schedule"] = Instalments((one.date, one.quantity) for one in record.schedule.all())
    if before == values:
        plan.unchanged += 1
    else:
        plan.update.append(Change(row, label, values, record, before))


def _begins(day: date) -> datetime:
    """The moment at which a day begins."""
    return make_aware(datetime.combine(day, time.min))


def _shown(order: Order, line: OrderLine, day: date | None, quantity: Decimal) -> SimpleNamespace:
    """A row of the sheet."""
    listed = getattr(order.selling_location, "order_list", None)
    return SimpleNamespace(
        system=order.system, selling_location=order.selling_location.code, as_of=listed.as_of if listed else None,
        number=order.number, customer_reference=order.customer_reference, customer_date=order.customer_date, kind=order.kind,
        customer=order.customer.code, plant=order.plant.code,
        producing_location=order.producing_location.code if order.producing_location else "", currency=order.currency,
        position=line.position, product=line.product.code if line.product else "", customer_part=line.customer_part,
        description=line.description, quantity=quantity, unit=line.unit, price=line.price, price_unit=line.price_unit,
        requested_on=line.requested_on, first_confirmed_on=line.first_confirmed_on, confirmed_on=day,
    )  # fmt: skip
