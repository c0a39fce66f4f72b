"""Orders as a sheet: the rows of a purchase order become one draft, what is exported is there already, every fault stands at its cell."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from kam.core import clock
from kam.core.import_kinds import import_kind
from orders.models import Order
from tests.catalog.test_excel import carry_out, preview, written
from tests.factories.customer_orders import ordered
from tests.factories.offers import payment_term, priced_product
from tests.matrix import Matrix

KIND = "orders.orders"


def row(matrix: Matrix, product: Any = None, **values: Any) -> SimpleNamespace:
    """A row of a sheet: ten pieces for ACME's plant in Italy."""
    empty = dict.fromkeys(column.key for column in import_kind(KIND).columns)
    known = {
        "plant": matrix.acme_it_plant, "selling_location": matrix.italy, "customer_reference": "PO 1", "customer_date": clock.today(),
        "quantity": Decimal(10), "requested_on": clock.today() + timedelta(days=30),
    }  # fmt: skip
    return SimpleNamespace(**empty | known | {"product": product} | values)


def test_rows_of_one_purchase_order_become_one_draft(matrix: Matrix) -> None:
    one, other = priced_product(25), priced_product(30)
    sheet = [row(matrix, one), row(matrix, other, price=Decimal(29), price_unit=1), row(matrix, one, customer_reference="PO 2")]
    record = preview(KIND, matrix.back_office_it, sheet)
    assert (record.counts["create"], record.errors) == (2, [])
    carry_out(record)
    first, second = Order.objects.order_by("pk")
    assert (first.status, first.number, first.channel, first.customer_reference) == ("received", "", "excel", "PO 1")
    assert [(line.product, line.quantity, line.price) for line in first.lines.all()] == [(one, 10, 25), (other, 10, 29)]
    assert second.customer_reference == "PO 2" and "document" in second.incomplete


def test_a_round_trip_is_the_identity(matrix: Matrix) -> None:
    payment_term(30)
    for _turn in range(2):
        ordered(matrix.acme_it_plant, matrix.italy)
    me = matrix.back_office_it
    rows = list(import_kind(KIND).export_rows(me))
    assert len(written(KIND, me)) == 2
    assert written(KIND, matrix.area_manager_us) == [], "who does not see an order does not export it"
    record = preview(KIND, me, rows)
    assert (record.counts["create"], record.counts["unchanged"], record.errors) == (0, 2, [])
    rows[0].quantity += 1
    [fault] = preview(KIND, me, rows).errors
    assert fault["column"] == "customer's order number", "what stands already is changed on its page"


def test_unknown_items_and_units_past_days_and_foreign_plants_stand_at_their_cells(matrix: Matrix) -> None:
    known, today = priced_product(), clock.today()
    sheet = [
        row(matrix, SimpleNamespace(code="NO-SUCH"), customer_reference="A"),
        row(matrix, customer_reference="B", customer_part="unknown"),
        row(matrix, known, customer_reference="C", unit="kg"),
        row(matrix, known, customer_reference="D", line_requested_on=today - timedelta(days=9)),
        row(matrix, known, customer_reference="E", customer_date=today + timedelta(days=2)),
        row(matrix, known, customer_reference="F", plant=matrix.beta_plant),
        row(matrix, known, customer_reference="G", quantity=Decimal(0)),
    ]
    record = preview(KIND, matrix.back_office_it, sheet)
    found = {(fault["row"], fault["column"]) for fault in record.errors}
    assert found >= {
        (2, "product"), (3, "product"), (4, "unit"), (5, "requested date of the line"), (6, "customer's order date"), (7, "plant"), (8, "quantity"),
    }  # fmt: skip
    assert not Order.objects.exists()
