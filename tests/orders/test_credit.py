"""The credit check: what counts against the limit, what is blocked, who releases it and until when; two orders at once."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from kam.core import clock
from kam.core.workflow import Denied
from orders.actions import check_credit, check_ended_releases, lift_block, release_credit
from orders.models import CreditRelease, Order, OrderBlock
from orders.reports.credit import exposure, reads_exposure
from tests.factories.customer_orders import OrderFactory, OrderLineFactory
from tests.factories.open_items import open_item
from tests.matrix import Matrix
from tests.orders.conftest import rate
from tests.pages import client_for
from tests.world import api_client

SOON = date(2099, 1, 1)


def ordered(matrix: Matrix, amount: Any, **values: Any) -> Order:
    """A registered order of ACME in Italy over an amount, of one piece."""
    line = {name: values.pop(name) for name in ("quantity", "delivered_quantity", "invoiced_quantity") if name in values}
    order = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, **values)
    quantity = Decimal(line.pop("quantity", 1))
    OrderLineFactory(order=order, quantity=quantity, price=Decimal(amount) / quantity, **line)
    return order


def of_the_example(matrix: Matrix) -> Order:
    """AT-52: a limit of 250,000, and everything that counts against it; the new order is answered."""
    Customer.objects.filter(pk=matrix.acme_it.pk).update(credit_limit=250_000)
    open_item(matrix.acme_it, matrix.italy, 132_400, due_on=SOON)
    ordered(matrix, 18_900, delivered_quantity=1)
    ordered(matrix, 74_300)
    return ordered(matrix, 31_000)


@pytest.mark.acceptance("AT-52")
def test_the_limit_is_exceeded_by_6_600_and_only_finance_releases(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = of_the_example(matrix)
    matrix.acme_it.refresh_from_db()
    found = exposure(matrix.acme_it, order=order)
    parts = (found.limit, found.open_items, found.deliveries, found.orders, found.new, found.total, found.exceeded)
    assert parts == (250_000, 132_400, 18_900, 74_300, 31_000, 256_600, 6_600)
    block = check_credit(order)
    assert block is not None and block.kind == "credit" and block.is_active
    assert "6,600" in block.why and "250,000" in block.why and block.set_by is None
    assert check_credit(order) == block, "checked again the same block stands"
    until = clock.today() + timedelta(days=5)
    for name in ("account_manager", "area_manager_us", "sales_manager", "management", "back_office_it"):
        with nothing_changed(), pytest.raises(Denied) as refused:
            release_credit(block, actor=getattr(matrix, name), reason="He pays", until=until)
        assert refused.value.status == 403, name
    for reason, day, code in (
        (" ", until, "reason_missing"),
        ("He pays", clock.today() - timedelta(days=1), "in_the_past"),
        ("He pays", clock.today() + timedelta(days=31), "released_too_long"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            release_credit(block, actor=matrix.finance_it, reason=reason, until=day)
        assert refused.value.code == code
    release = release_credit(block, actor=matrix.finance_it, reason="Bank guarantee received", until=until)
    block.refresh_from_db()
    assert (block.is_active, block.lifted_by, block.lift_reason) == (False, matrix.finance_it, "Bank guarantee received")
    assert (release.exceeded, release.until) == (6_600, until)
    assert check_credit(order) is None, "released"
    with nothing_changed(), pytest.raises(Denied) as refused:
        release_credit(block, actor=matrix.finance_it, reason="Again", until=until)
    assert refused.value.code == "block_over"


@pytest.mark.acceptance("AT-52")
def test_a_credit_block_is_never_lifted_for_good(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = of_the_example(matrix)
    block = check_credit(order)
    assert block is not None
    with nothing_changed(), pytest.raises(Denied) as refused:
        lift_block(block, actor=matrix.finance_it, reason="He pays")
    assert refused.value.code == "release_needed"
    browser, client, other = client_for(matrix.finance_it), api_client(matrix.finance_it), api_client(matrix.sales_manager)
    page = browser.get(order.get_absolute_url()).content.decode()
    assert f"/order-blocks/{block.pk}/release/" in page and f"/order-blocks/{block.pk}/lift/" not in page
    address = f"/api/v1/order-blocks/{block.pk}/"
    until = (clock.today() + timedelta(days=5)).isoformat()
    with nothing_changed():
        lifted = client.post(f"{address}lift/", {"reason": "He pays"}, format="json")
        assert (lifted.status_code, lifted.json()["code"]) == (409, "release_needed")
        assert client.post(f"{address}release/", {"reason": "He pays"}, format="json").status_code == 400
        assert other.post(f"{address}release/", {"reason": "He pays", "until": until}, format="json").status_code == 403
    released = client.post(f"{address}release/", {"reason": "Bank guarantee", "until": until}, format="json")
    assert (released.status_code, released.json()["is_active"], released.json()["lift_reason"]) == (200, False, "Bank guarantee")
    assert order.credit_releases.get().until.isoformat() == until
    assert "Released until" in browser.get(order.get_absolute_url()).content.decode()


@pytest.mark.acceptance("AT-52")
def test_a_smaller_order_fits_and_another_number_gives_another_answer(matrix: Matrix) -> None:
    order = of_the_example(matrix)
    order.lines.update(price=24_400)
    assert check_credit(order) is None, "250,000 exactly"
    order.lines.update(price=Decimal("24400.01"))
    block = check_credit(order)
    assert block is not None and "0.01" in block.why


def test_a_release_holds_until_its_day_and_for_as_much_as_was_exceeded(matrix: Matrix) -> None:
    order = of_the_example(matrix)
    matrix.acme_it.refresh_from_db()
    block = check_credit(order)
    release = release_credit(block, actor=matrix.finance_it, reason="Guarantee", until=clock.today())
    more = ordered(matrix, 1)
    assert check_credit(more) is not None, "another order is not released"
    assert check_credit(order) is not None, "more is exceeded than was released"
    OrderBlock.objects.all().update(lifted_at=clock.now(), lift_reason="-")
    Order.objects.filter(pk=more.pk).update(status="rejected", ended_reason="-")
    assert check_credit(order) is None and check_ended_releases() == 0
    CreditRelease.objects.filter(pk=release.pk).update(until=clock.today() - timedelta(days=1))
    assert check_ended_releases() == 1 and check_ended_releases() == 0
    assert order.blocks.active().get().kind == "credit"


def test_what_does_not_count_and_who_pays(matrix: Matrix) -> None:
    Customer.objects.filter(pk=matrix.acme_it.pk).update(credit_limit=1000, credit_limit_until=None)
    matrix.acme_it.refresh_from_db()
    ordered(matrix, 5000, kind="frame")
    ordered(matrix, 5000, kind="intercompany")
    ordered(matrix, 5000, status="cancelled", ended_reason="-")
    ordered(matrix, 5000, bill_to=matrix.acme_de)
    open_item(matrix.acme_it, matrix.italy, 5000, settled_on=date(2026, 4, 1))
    assert exposure(matrix.acme_it).total == 0
    assert exposure(matrix.acme_de).orders == 5000
    half = ordered(matrix, 1000, quantity=10, delivered_quantity=4, invoiced_quantity=1)
    found = exposure(matrix.acme_it)
    assert (found.deliveries, found.orders, found.exceeded) == (300, 600, 0)
    rate("USD", clock.today(), "0.5")
    ordered(matrix, 400, currency="USD")
    assert exposure(matrix.acme_it).orders == 800
    open_item(matrix.acme_it, matrix.italy, -100, due_on=SOON)
    assert exposure(matrix.acme_it).open_items == -100
    assert exposure(matrix.acme_it, order=half).new == 600
    Customer.objects.filter(pk=matrix.acme_it.pk).update(credit_limit_until=clock.today() - timedelta(days=1))
    matrix.acme_it.refresh_from_db()
    assert exposure(matrix.acme_it).exceeded == exposure(matrix.acme_it).total, "a limit that has run out is none"
    Customer.objects.filter(pk=matrix.acme_it.pk).update(credit_limit=None)
    matrix.acme_it.refresh_from_db()
    assert not exposure(matrix.acme_it).is_blocking, "nobody has set a limit"


def test_who_is_overdue_for_longer_than_is_tolerated_is_blocked(matrix: Matrix) -> None:
    item = open_item(matrix.acme_it, matrix.italy, 10, due_on=clock.today() - timedelta(days=30))
    order = ordered(matrix, 1)
    assert check_credit(order) is None
    type(item).objects.filter(pk=item.pk).update(due_on=clock.today() - timedelta(days=31))
    block = check_credit(order)
    assert block is not None and "31 days" in block.why
    release_credit(block, actor=matrix.finance_it, reason="Paid today", until=clock.today())
    assert check_credit(order) is None


def test_as_many_queries_for_many_orders_as_for_one(matrix: Matrix) -> None:
    counts = []
    for number in (1, 10):
        for _turn in range(number):
            ordered(matrix, 10)
            open_item(matrix.acme_it, matrix.italy, 10, due_on=SOON)
        with CaptureQueriesContext(connection) as asked:
            exposure(matrix.acme_it)
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1] <= 8


def test_who_reads_the_whole_of_it(matrix: Matrix) -> None:
    readers = {name for name, user in matrix.users.items() if reads_exposure(user, matrix.acme_it)}
    assert readers == {"account_manager", "sales_manager", "management", "auditor", "finance_it"}
