"""Deliveries as a sheet: what left the house of the orders that an ERP keeps, a row an item of a delivery note."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Location, access_of
from kam.core import clock
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, ImportKind, Plan
from orders.actions.order_lists import record_deliveries
from orders.models import Order, OrderDelivery, OrderLine, OrderList

Key = tuple[int, str]
SAID = ("quantity", "delivered_on")


class Deliveries(ImportKind):
    """Deliveries of the orders that came in with a list of open orders; each note counts once a position."""

    code, label, verb = "orders.deliveries", _("Deliveries of an ERP"), "orders.record_deliveries"
    together = ("system", "number", "position", "note_number")
    help = _(
        "What was delivered of orders that came in with the list of open orders, a row an item of a delivery note. Rows of the "
        "same note and position add up; a note that is sent again with another quantity or day is corrected, and with the "
        "quantity 0 it is taken back."
    )
    columns = (
        Column("system", _("source system"), required=True, max_length=40),
        Column("number", _("order number"), required=True, max_length=24),
        Column("position", _("position"), "integer", required=True, minimum=1, maximum=32_767),
        Column("note_number", _("delivery note"), required=True, max_length=40),
        Column("delivered_on", _("delivered on"), "date", required=True),
        Column("quantity", _("quantity"), "decimal", required=True, minimum=Decimal(0), maximum=Decimal(10) ** 10, decimals=3),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Which deliveries are new, corrected and taken back; every fault at its cell."""
        plan = Plan()
        lines = self._lines(rows, actor)
        sets: dict[Key, list[SheetRow]] = {}
        for row in rows:
            values = row.values
            line = lines.get((values["system"], values["number"], values["position"]))
            if line is None:
                expected = _("a position of an order that a list of open orders brought and that you keep")
                plan.errors.append(self.error(sheet, row, "number", expected))
            elif values["delivered_on"] > clock.today():
                plan.errors.append(self.error(sheet, row, "delivered_on", _("a day that has come")))
            else:
                members = sets.setdefault((line.pk, values["note_number"]), [])
                if members and members[0].values["delivered_on"] != values["delivered_on"]:
                    same = _("the same as in row %(row)d") % {"row": members[0].number}
                    plan.errors.append(self.error(sheet, row, "delivered_on", same))
                members.append(row)
        by_key = {line.pk: line for line in lines.values()}
        self._compare(sets, by_key, plan)
        return plan

    def _lines(self, rows: Sequence[SheetRow], actor: Any) -> dict[tuple[str, str, int], OrderLine]:
        """The positions of the ERPs' orders that are named, of the locations that this person keeps."""
        found = OrderLine.objects.exclude(order__system="").filter(
            order__system__in={row.values["system"] for row in rows}, order__number__in={row.values["number"] for row in rows}
        )
        if actor is not None:
            orders = Order.objects.visible_to(actor)
            scope = access_of(actor).scope(self.verb)
            if not scope.everything:
                orders = orders.filter(selling_location__in=scope.location_ids)
            found = found.filter(order__in=orders)
        return {
            (line.order.system, line.order.number, line.position): line
            for line in found.select_related("order__selling_location__order_list")
        }

    @staticmethod
    def _compare(sets: dict[Key, list[SheetRow]], lines: dict[int, OrderLine], plan: Plan) -> None:
        """Sort what the notes say into new, corrected, taken back and unchanged."""
        numbers = {number for _line, number in sets}
        known = {
            (one.line_id, one.note_number): one
            for one in OrderDelivery.objects.filter(line__in=lines, note_number__in=numbers).select_related(
                "order__selling_location__order_list", "line"
            )
        }
        for (key, number), rows in sets.items():
            line, delivery = lines[key], known.get((key, number))
            said = {
                "quantity": sum((row.values["quantity"] for row in rows), Decimal(0)),
                "delivered_on": rows[0].values["delivered_on"],
            }
            label = f"{number} · {line.order.number} · {line.position}"
            if delivery is None:
                if said["quantity"]:
                    values = {"order": line.order, "line": line, "note_number": number} | said
                    plan.create.append(Change(rows[0].number, label, values))
                else:
                    plan.unchanged += 1
                continue
            before = {name: getattr(delivery, name) for name in SAID}
            if before == said:
                plan.unchanged += 1
            else:
                plan.update.append(Change(rows[0].number, label, said, delivery, before))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the deliveries of each location."""
        places: dict[Location, dict[str, list[Any]]] = {}

        def part(order: Order) -> dict[str, list[Any]]:
            return places.setdefault(order.selling_location, {"new": [], "changed": [], "gone": []})

        for change in plan.create:
            part(change.values["order"])["new"].append(change)
        for change in plan.update:
            place = part(change.record.order)
            if change.values["quantity"]:
                place["changed"].append(change)
            else:
                place["gone"].append(change.record)
        for location in sorted(places, key=lambda one: one.pk):
            order_list: OrderList = location.order_list
            record_deliveries(order_list, actor=actor, reason=reason, **places[location])

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The deliveries of the ERPs' orders that this person reads."""
        rows = OrderDelivery.objects.visible_to(actor).exclude(order__system="").select_related("order", "line")
        for one in rows.order_by("order__system", "order__number", "line__position", "note_number"):
            yield SimpleNamespace(
                system=one.order.system, number=one.order.number, position=one.line.position, note_number=one.note_number,
                delivered_on=one.delivered_on, quantity=one.quantity,
            )  # fmt: skip
