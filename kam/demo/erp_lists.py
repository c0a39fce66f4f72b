"""The demonstration's lists of an ERP: what China has open there, twice, and what left the house between, through the product's own import."""

import io
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Location, Plant
from catalog.models import Product
from kam.core.excel_files import Sheet, write_workbook
from kam.core.import_kinds import import_kind
from kam.core.imports import Import, confirm_import, run_apply, run_preview, upload_import
from kam.demo import stage
from kam.demo.orders_steps import weekday
from kam.demo.organisation import person
from kam.demo.trade import MARKETS, Buyer, buyers
from orders.models import InvoiceSource

LOCATION, ORDERS = "CN", 10
#: The day of the first list, of the delivery notes, and of the list that holds now.
FIRST, DELIVERED, LATEST = -12, -9, -5
WHY = "Elenco settimanale dall'ERP."


def make() -> None:
    """Take over the list, the notes and the next list: it names an order no more, and another one later than before."""
    buying = [one for one in buyers() if one.location == LOCATION and one.last_day == stage.day(0)]
    location = Location.objects.get(code=LOCATION)
    source = InvoiceSource.objects.of(location, stage.day(FIRST))
    if source is None or not buying:
        return
    plants = {one.code: one for one in Plant.objects.select_related("customer")}
    products = {one.code: one for one in Product.objects.all()}
    orders = [(place, buying[place * 5 % len(buying)]) for place in range(ORDERS)]
    listed = [row for place, buyer in orders for row in _order(place, buyer, source.system, plants, products)]
    _take("orders.open_orders", FIRST, [SimpleNamespace(**row, as_of=stage.day(FIRST)) for row in listed])
    notes = [(row["number"], row["position"], row["quantity"] // (1 + place % 2)) for place, row in enumerate(listed[:5])]
    _take("orders.deliveries", DELIVERED, [_note(source.system, number, *row) for number, row in enumerate(notes, 1)])
    gone, late = listed[0]["number"], listed[-1]
    later = [row | ({"confirmed_on": weekday(34)} if row is late else {}) for row in listed if row["number"] != gone]
    _take("orders.open_orders", LATEST, [SimpleNamespace(**row, as_of=stage.day(LATEST)) for row in later])


def _order(place: int, buyer: Buyer, system: str, plants: dict[str, Plant], products: dict[str, Product]) -> list[dict[str, Any]]:
    """The rows of an order: one position or two, the last of some in two instalments; one is past its day."""
    ordered, wanted = stage.day(FIRST - 20 - place), weekday(8 + place * 4 if place != 1 else -2)
    head = {
        "system": system, "selling_location": LOCATION, "number": f"47{place:05d}", "customer_reference": f"{buyer.customer}-{7100 + place}",
        "customer_date": ordered, "kind": None, "customer": None, "plant": plants[buyer.plant].code, "currency": MARKETS[LOCATION][0],
        "unit": "ST", "price_unit": 1, "customer_part": None, "description": None, "requested_on": wanted, "first_confirmed_on": wanted,
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    for turn, product in enumerate(buyer.basket[: 1 + place % 2]):
        made = products[product.code].producing_location
        line = {
            "producing_location": made.code if made and turn == 0 else rows[0]["producing_location"] if rows else None,
            "position": 10 * (turn + 1), "product": product.code, "price": buyer.price(product, ordered), "confirmed_on": wanted,
        }  # fmt: skip
        rows.append(head | line | {"quantity": 20 + 10 * (place + turn)})
    if place % 4 == 3:
        rows.append(rows[-1] | {"quantity": 15, "confirmed_on": weekday(8 + place * 4 + 14)})
    return rows


def _note(system: str, number: int, order: str, position: int, quantity: int) -> SimpleNamespace:
    """An item of a delivery note."""
    return SimpleNamespace(
        system=system,
        number=order,
        position=position,
        note_number=f"8{number:05d}",
        delivered_on=stage.day(DELIVERED),
        quantity=quantity,
    )


def _take(kind: str, day: int, rows: list[SimpleNamespace]) -> None:
    """Upload a list on its day, look at what it would do, and carry it out."""
    file = io.BytesIO()
    write_workbook([Sheet("Export", import_kind(kind).columns, rows)], file, language="it")
    with stage.at(day, hour=18):
        name = f"{kind.rpartition('.')[2]}-{LOCATION}-{_written(stage.day(day))}.xlsx"
        actor = person("sales.manager")
        record = upload_import(Import, actor=actor, kind=kind, file=ContentFile(file.getvalue(), name))
        run_preview(record.job, _unread)
        record.refresh_from_db()
        confirm_import(record, actor=actor, reason=WHY)
        record.refresh_from_db()
        run_apply(record.job, _unread)


def _written(day: date) -> str:
    return f"{day:%Y%m%d}"


def _unread(*_progress: Any) -> None:
    """Nobody follows how far it is."""
