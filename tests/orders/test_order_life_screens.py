"""The life of an order on the screen: every step from its page, what went out, what waits for whom, the order intake by month."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from kam.core import clock, formats
from orders.actions.order_cancelling import cancel_order
from orders.actions.order_changing import request_change
from orders.actions.order_confirming import confirm_order
from orders.models import Order
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.pages import client_for

BUYER = "Ada Buyer"


@pytest.fixture
def order(matrix: Matrix) -> Order:
    """An accepted order with damages agreed."""
    return accepted_order(matrix.acme_it_plant, matrix.italy, penalty_rate=Decimal("0.5"), penalty_cap=Decimal(5))


@pytest.fixture
def office(matrix: Matrix) -> Client:
    """The browser of the back office."""
    return client_for(matrix.back_office_it)


def page(client: Client, address: str) -> str:
    """What a page shows."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def step(client: Client, order: Order, name: str, **values: Any) -> Order:
    """A step of an order, done from its page; the page before shows the form."""
    address = f"/orders/{order.pk}/{name}/"
    assert "<form" in page(client, address)
    answer = client.post(address, values)
    assert answer.status_code in {200, 204, 302}, answer.content.decode()[-3000:]
    order.refresh_from_db()
    return order


def test_an_order_goes_through_its_life_from_page_to_page(matrix: Matrix, order: Order, office: Client) -> None:
    line = order.lines.get()
    step(office, order, "acknowledge", sent_to=BUYER)
    step(office, order, "pro-forma", sent_to=BUYER)
    step(office, order, "confirm", sent_to=BUYER, by_mail="no", **{f"confirmed_on_{line.pk}": formats.day(order.requested_on)})
    assert (order.status, order.waiting_customer) == ("confirmed", False)
    later = order.requested_on + timedelta(days=18)
    step(
        office, order, "delay", sent_to=BUYER, cause="material", reason="Steel", **{f"confirmed_on_{line.pk}": formats.day(later)}
    )
    step(office, order, "start")
    assert order.status == "in_progress"
    step(office, order, "deliver", note_number="DDT-1", **{f"quantity_{line.pk}": "40"})
    assert order.status == "partially_delivered"
    step(office, order, "deliver", note_number="DDT-2")
    step(office, order, "invoice")
    assert order.status == "invoiced"
    step(office, order, "close")
    assert order.status == "closed"
    life = page(office, f"/orders/{order.pk}/life/")
    for words in ("Order acknowledgement", "Pro forma invoice", "Delay notice", "DDT-2", "INV-IT-", "Steel", "15.00"):
        assert words in life, words
    assert f"/orders/{order.pk}/confirm/" not in life


def test_a_step_that_cannot_be_says_why_and_keeps_what_was_typed(matrix: Matrix, order: Order, office: Client) -> None:
    line = order.lines.get()
    answer = office.post(
        f"/orders/{order.pk}/confirm/",
        {"sent_to": BUYER, "by_mail": "no", f"confirmed_on_{line.pk}": formats.day(clock.today() - timedelta(days=1))},
    )
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "The date of position 10 has passed." in text
    assert BUYER in text
    order.refresh_from_db()
    assert order.status == "accepted"


def test_contracts_that_are_not_concluded_stand_in_a_list_and_end_on_their_page(
    matrix: Matrix, order: Order, office: Client
) -> None:
    line = order.lines.get()
    later = formats.day(order.requested_on + timedelta(days=7))
    step(office, order, "confirm", sent_to=BUYER, by_mail="no", **{f"confirmed_on_{line.pk}": later})
    made = order.confirmations.get()
    assert f"/order-confirmations/{made.pk}/" in page(office, "/order-confirmations/?state=waiting")
    shown = page(office, made.get_absolute_url())
    assert "Variations from the order" in shown
    assert "Waits for the customer" in shown
    address = f"/order-confirmations/{made.pk}/accept/"
    assert "What the customer said or did" in page(office, address)
    office.post(address, {"agreed_how": "conduct", "agreed_note": "Paid"})
    assert f"/order-confirmations/{made.pk}/" not in page(office, "/order-confirmations/?state=waiting")
    assert "By conduct" in page(office, made.get_absolute_url())


def test_changes_and_cancellations_are_told_on_the_orders_page(matrix: Matrix, order: Order, office: Client) -> None:
    confirm_order(order, actor=None, sent_to=BUYER)
    order.refresh_from_db()
    step(office, order, "change", cause="customer", reference="PO-1/A", **{f"quantity_{order.lines.get().pk}": "120"})
    assert order.status == "in_review"
    life = page(office, f"/orders/{order.pk}/life/")
    assert "PO-1/A" in life
    assert "100 → 120" in life
    asked = cancel_order(order, actor=matrix.account_manager, cause="programme", work_charge=Decimal("99.50"))
    sales = client_for(matrix.sales_manager)
    assert "99.50" in page(sales, asked.get_absolute_url())
    sales.post(f"/order-cancellations/{asked.pk}/approve/", {"sent_to": BUYER})
    order.refresh_from_db()
    assert order.status == "cancelled"


def test_a_change_of_the_head_is_told_by_the_names_of_the_fields(matrix: Matrix, order: Order, office: Client) -> None:
    confirm_order(order, actor=None, sent_to=BUYER)
    order.refresh_from_db()
    request_change(order, actor=None, incoterms="FCA")
    assert "Incoterms: – → FCA" in page(office, f"/orders/{order.pk}/life/")


def test_the_order_intake_of_a_year_stands_month_by_month(matrix: Matrix, order: Order, office: Client) -> None:
    confirm_order(order, actor=None, sent_to=BUYER)
    order.refresh_from_db()
    cancel_order(order, actor=None, cause="customer")
    shown = page(office, "/orders/intake/")
    assert "1,000.00" in shown
    assert "-1,000.00" in shown.replace("−", "-")
    assert page(client_for(matrix.account_manager2), "/orders/intake/").count("1,000.00") == 0
