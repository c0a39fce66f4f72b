"""Orders carried out: produced, delivered in parts, invoiced into the ledger where the location invoices here, closed; and their intake."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.workflow import Denied
from orders import tasks
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import close_order, deliver_order, start_order
from orders.actions.order_intake import book_intake
from orders.actions.order_invoicing import invoice_order
from orders.actions.sources import declare_invoice_source
from orders.models import BlockKind, InvoiceSource, Order, OrderIntake, OrderLine, SalesLine
from tests.factories.customer_orders import OrderBlockFactory
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix

Nothing = Callable[..., AbstractContextManager[None]]
THIRD = Decimal("33.333")


@pytest.fixture
def order(matrix: Matrix) -> Order:
    """A confirmed order of two lines: 100 pieces for 9.99 and 50 for 4 EUR."""
    made = accepted_order(
        matrix.acme_it_plant, matrix.italy, {"price": Decimal("9.99")}, {"quantity": Decimal(50), "price": Decimal(4)}
    )
    confirm_order(made, actor=matrix.back_office_it, sent_to="Buyer")
    made.refresh_from_db()
    return made


def deliver(order: Order, note: str, *lines: dict[str, Any], **values: Any) -> Order:
    """Deliver, as the system would, and read the order again."""
    deliver_order(order, actor=None, note_number=note, lines=lines, **values)
    order.refresh_from_db()
    return order


def states(order: Order) -> list[str]:
    return list(order.lines.order_by("position").values_list("status", flat=True))


def test_the_header_stands_where_its_lines_stand(matrix: Matrix, order: Order) -> None:
    first, second = order.lines.all()
    start_order(order, actor=matrix.production_it, lines=[{"line": first}])
    order.refresh_from_db()
    assert (order.status, states(order)) == ("in_progress", ["produced", "confirmed"])
    deliver(order, "DDT-1", {"line": first, "quantity": Decimal(40)})
    assert (order.status, states(order)) == ("partially_delivered", ["shipped_part", "confirmed"])
    deliver(order, "DDT-1", {"line": first, "quantity": Decimal(40)})
    assert order.deliveries.count() == 1, "the same note again changes nothing"
    deliver(order, "DDT-2")
    assert (order.status, states(order)) == ("delivered", ["shipped", "shipped"])
    first.refresh_from_db()
    assert (first.delivered_quantity, first.delivered_on) == (100, clock.today())
    invoice_order(order, actor=matrix.finance_it, lines=[{"line": second}])
    order.refresh_from_db()
    assert (order.status, states(order)) == ("delivered", ["shipped", "invoiced"])
    invoice_order(order, actor=matrix.finance_it)
    order.refresh_from_db()
    assert (order.status, states(order)) == ("invoiced", ["invoiced", "invoiced"])
    assert tasks.close_orders() == 1
    assert tasks.close_orders() == 0
    order.refresh_from_db()
    assert order.status == "closed"


def test_invoiced_lines_feed_the_ledger_once_and_add_up_to_the_cent(matrix: Matrix, order: Order) -> None:
    first = order.lines.first()
    deliver(order, "DDT-1")
    for part in (THIRD, THIRD, Decimal("33.334")):
        invoice_order(order, actor=matrix.finance_it, lines=[{"line": first, "quantity": part}])
    order.refresh_from_db()
    invoices = list(order.invoices.order_by("pk"))
    assert sum(row.net for row in invoices) == Decimal("999.00") == first.amount
    sold = SalesLine.objects.current().filter(plant=order.plant)
    assert sorted(line.net for line in sold) == sorted(row.net for row in invoices)
    one = invoices[0]
    assert (one.document.system, one.document.number, one.number.startswith("INV-IT-")) == ("KAM", one.number, True)
    assert {line.account_manager for line in sold} == {matrix.account_manager}
    invoice_order(order, actor=matrix.finance_it, number=one.number, invoiced_on=one.invoiced_on)
    assert (order.invoices.count(), SalesLine.objects.count()) == (3, 3), "the same number again changes nothing"
    assert InvoiceSource.objects.of(matrix.italy, clock.today()).system == "KAM"


def test_where_an_erp_invoices_its_number_is_noted_and_the_ledger_waits_for_its_import(
    matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    declare_invoice_source(InvoiceSource, actor=None, location=matrix.italy, system="SAP")
    deliver(order, "DDT-1")
    with nothing_changed(), pytest.raises(Denied) as refused:
        invoice_order(order, actor=matrix.finance_it)
    assert (refused.value.code, refused.value.field) == ("no_invoice_number", "number")
    invoice_order(order, actor=matrix.finance_it, number="90001")
    order.refresh_from_db()
    assert (order.status, SalesLine.objects.count()) == ("invoiced", 0)
    assert {row.document for row in order.invoices.all()} == {None}


def test_deliveries_that_cannot_be_are_refused(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    first = order.lines.first()

    def refusal(**values: Any) -> tuple[str, str]:
        with nothing_changed(), pytest.raises(Denied) as refused:
            deliver_order(order, actor=matrix.logistics_it, **{"note_number": "DDT-9"} | values)
        return refused.value.code, refused.value.field

    assert refusal(note_number=" ") == ("no_note", "note_number")
    assert refusal(delivered_on=clock.today() + timedelta(days=1)) == ("future_date", "delivered_on")
    assert refusal(lines=[{"line": first, "quantity": Decimal("100.001")}]) == ("too_much", "lines.0.quantity")
    assert refusal(lines=[{"line": first, "quantity": Decimal(-1)}]) == ("above_zero", "lines.0.quantity")
    block = OrderBlockFactory(order=order, kind=BlockKind.CREDIT)
    assert refusal() == ("blocked", "")
    block.delete()
    Order.objects.filter(pk=order.pk).update(partial_allowed=False)
    assert refusal(lines=[{"line": first, "quantity": Decimal(40)}]) == ("no_partial", "lines")
    Order.objects.filter(pk=order.pk).update(partial_allowed=True, waiting_customer=True)
    assert refusal() == ("waiting_customer", "")
    Order.objects.filter(pk=order.pk).update(waiting_customer=False)
    deliver(order, "DDT-9", {"line": first, "quantity": Decimal(40)})
    assert refusal(lines=[{"line": first, "quantity": Decimal(41)}]) == ("note_again", "note_number")
    Order.objects.filter(pk=order.pk).update(status="in_review")
    assert refusal(note_number="DDT-10") == ("not_confirmed", "")


def test_a_tolerance_lets_a_little_more_or_less_be_in_full(matrix: Matrix, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(tolerance=Decimal(2))
    order.refresh_from_db()
    first, second = order.lines.all()
    deliver(order, "DDT-1", {"line": first, "quantity": Decimal(98)}, {"line": second, "quantity": Decimal(51)})
    assert (order.status, states(order)) == ("delivered", ["shipped", "shipped"])
    invoice_order(order, actor=None)
    order.refresh_from_db()
    assert order.status == "invoiced"


def test_invoices_that_cannot_be_are_refused(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    first = order.lines.first()

    def refusal(**values: Any) -> tuple[str, str]:
        with nothing_changed(), pytest.raises(Denied) as refused:
            invoice_order(order, actor=matrix.finance_it, **values)
        return refused.value.code, refused.value.field

    assert refusal() == ("nothing_delivered", "")
    deliver(order, "DDT-1", {"line": first, "quantity": Decimal(40)})
    assert refusal(lines=[{"line": first, "quantity": Decimal(41)}]) == ("too_much", "lines.0.quantity")
    assert refusal(invoiced_on=clock.today() + timedelta(days=1)) == ("future_date", "invoiced_on")
    block = OrderBlockFactory(order=order, kind=BlockKind.BILLING)
    assert refusal() == ("blocked", "")
    block.delete()
    invoice_order(order, actor=matrix.finance_it, number="A1", lines=[{"line": first, "quantity": Decimal(10)}])
    assert refusal(number="A1", lines=[{"line": first, "quantity": Decimal(11)}]) == ("invoice_again", "number")


def test_an_order_stays_open_while_a_complaint_holds_it(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    with nothing_changed(), pytest.raises(Denied) as early:
        close_order(order, actor=matrix.back_office_it)
    assert early.value.code == "wrong_status"
    deliver(order, "DDT-1")
    invoice_order(order, actor=None)
    OrderBlockFactory(order=order, kind=BlockKind.COMPLAINT)
    order.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as held:
        close_order(order, actor=matrix.back_office_it)
    assert held.value.code == "blocked"
    assert tasks.close_orders() == 0


def test_the_intake_of_a_foreign_currency_adds_up_in_the_groups_too(matrix: Matrix, rate_of: Any) -> None:
    rate_of("USD", "0.9137")
    lines = [{"quantity": Decimal(1), "price": Decimal(price)} for price in ("0.33", "0.33", "0.34")]
    order = accepted_order(matrix.acme_us_plant, matrix.italy, *lines, currency="USD")
    assert sum(row.net for row in order.intake.all()) == order.net == Decimal("1.00")
    assert sum(row.base_net for row in order.intake.all()) == order.base_net == Decimal("0.91")
    assert book_intake(order, OrderIntake.Kind.CHANGED) == [], "twice without harm"
    OrderLine.objects.filter(order=order, position=20).update(quantity=Decimal(2))
    [row] = book_intake(order, OrderIntake.Kind.CHANGED)
    assert (row.kind, row.net) == ("changed", Decimal("0.33"))
    frame = accepted_order(matrix.acme_it_plant, matrix.italy, kind="frame")
    assert not frame.intake.exists(), "a frame order is no intake: its call-offs are"


@pytest.fixture
def rate_of(db: None) -> Any:
    """Record what a unit of a currency was worth long ago."""
    from tests.orders.conftest import rate

    return lambda currency, value: rate(currency, clock.today() - timedelta(days=3), value)
