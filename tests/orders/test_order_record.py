"""What is true of every order whatever writes it: one purchase order once, its facts tied to its status, who reads which of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from kam.core import clock
from orders.models import Order, OrderLine
from tests.factories.customer_orders import MORNING, OrderBlockFactory, OrderFactory, OrderLineFactory
from tests.matrix import Matrix


@pytest.mark.django_db
def test_a_purchase_order_stands_once_a_company_and_year() -> None:
    first = OrderFactory(customer_reference="PO-77")
    with pytest.raises(IntegrityError, match="orders_order_reference_once"), transaction.atomic():
        OrderFactory(plant=first.plant, customer_reference="po-77")
    OrderFactory(plant=first.plant, customer_reference="PO-77", customer_date=date(2025, 12, 30))
    OrderFactory(customer_reference="PO-77")
    first.status, first.ended_reason = "cancelled", "Ordered by mistake"
    first.save()
    OrderFactory(plant=first.plant, customer_reference="PO-77")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "registered"}, "orders_order_registered"),
        ({"number": "SO-IT-2026-1"}, "orders_order_number_of_registered"),
        ({"confirmation": 1}, "orders_order_confirmed"),
        ({"status": "on_hold"}, "orders_order_held"),
        ({"kind": "call_off"}, "orders_order_call_off_of_frame"),
        ({"status": "cancelled"}, "orders_order_ended_why"),
        ({"tolerance": Decimal(-1)}, "orders_order_shares"),
    ],
)
def test_a_status_is_tied_to_its_facts(values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderFactory(**values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"quantity": 0}, "orders_orderline_quantities"),
        ({"delivered_quantity": -1}, "orders_orderline_quantities"),
        ({"price": -1}, "orders_orderline_prices"),
        ({"price_unit": 10}, "orders_orderline_price_unit"),
        ({"product": None}, "orders_orderline_of_something"),
        ({"status": "in_review", "price": None}, "orders_orderline_priced"),
        ({"status": "confirmed"}, "orders_orderline_promised_when"),
        ({"confirmed_on": date(2026, 5, 4)}, "orders_orderline_confirmed_dates"),
    ],
)
def test_a_line_has_sound_figures(values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLineFactory(**values)


@pytest.mark.django_db
def test_a_line_is_worth_its_price_less_the_discount_and_its_surcharge() -> None:
    line = OrderLineFactory(quantity=250, price=Decimal("12.345"), price_unit=100, discount=10, surcharge=Decimal("0.5"))
    line.refresh_from_db()
    assert line.amount == Decimal("29.03")
    unpriced = OrderLineFactory(price=None)
    unpriced.refresh_from_db()
    assert unpriced.amount is None


@pytest.mark.django_db
def test_a_numbered_order_and_a_line_under_review_stay() -> None:
    order = OrderFactory(registered=True)
    line = OrderLineFactory(order=order, status="in_review")
    for row in (order, line):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.delete()
    OrderFactory().delete()
    assert Order.objects.get() == order and OrderLine.objects.get() == line


@pytest.mark.django_db
def test_a_block_holds_until_it_is_lifted_or_over() -> None:
    order = OrderFactory()
    standing = OrderBlockFactory(order=order, kind="technical")
    ending = OrderBlockFactory(order=order, until=clock.today())
    OrderBlockFactory(order=order, kind="price", until=date(2020, 1, 1))
    OrderBlockFactory(order=order, kind="review", lifted_at=MORNING, lift_reason="Settled")
    assert set(order.blocks.active()) == {standing, ending}
    assert [block.is_active for block in order.blocks.order_by("pk")] == [True, True, False, False]
    with pytest.raises(IntegrityError, match="orders_orderblock_once"), transaction.atomic():
        OrderBlockFactory(order=order, kind="technical")
    with pytest.raises(IntegrityError, match="orders_orderblock_until"), transaction.atomic():
        OrderBlockFactory(order=OrderFactory(), kind="technical", until=clock.today())


def test_an_order_is_read_on_both_axes_and_a_card_of_it_elsewhere(matrix: Matrix) -> None:
    there = OrderFactory(plant=matrix.acme_us_plant, selling_location=matrix.usa)
    made = OrderFactory(plant=matrix.acme_de_plant, selling_location=matrix.germany, producing_location=matrix.usa)
    away = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy)
    other = OrderFactory(plant=matrix.beta_plant, selling_location=matrix.germany)
    visible = Order.objects.visible_to
    assert set(visible(matrix.account_manager)) == {there, made, away}
    assert set(visible(matrix.sales_manager)) == {there, made, away, other}
    assert set(visible(matrix.area_manager_us)) == {there, made}
    assert set(Order.objects.cards_visible_to(matrix.area_manager_us)) == {away}
    assert set(visible(matrix.production_it)) == {away}
    assert not Order.objects.cards_visible_to(matrix.production_it)
    assert not visible(matrix.nobody)
