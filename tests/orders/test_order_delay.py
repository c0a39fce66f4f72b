"""Delays: told at once, confirmed anew, with the damages that are owed; and dates that the customer asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.actions.order_confirming import confirm_order
from orders.actions.order_delays import delay_order
from orders.actions.order_deliveries import deliver_order
from orders.documents.order_paper import paper_contents
from orders.models import Order, OrderDelay
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix

BUYER = "buyer@acme.example"
Nothing = Callable[..., AbstractContextManager[None]]


def days(count: int) -> timedelta:
    return timedelta(days=count)


@pytest.fixture
def order(matrix: Matrix) -> Order:
    """A confirmed order over 40,000 EUR with 0.5 per cent for each commenced week, at most 5."""
    penalty = {"penalty_rate": Decimal("0.5"), "penalty_cap": Decimal(5)}
    made = accepted_order(matrix.acme_it_plant, matrix.italy, {"quantity": Decimal(400), "price": Decimal(100)}, **penalty)
    confirm_order(made, actor=matrix.back_office_it, sent_to=BUYER)
    made.refresh_from_db()
    return made


def delayed(order: Order, matrix: Matrix, by: int, **values: Any) -> OrderDelay:
    """The delay of the order's line by so many days beyond what was asked for first."""
    line = order.lines.get()
    new = [{"line": line, "confirmed_on": order.requested_on + days(by)}]
    delay_order(order, actor=matrix.back_office_it, **{"cause": "material", "lines": new, "sent_to": BUYER} | values)
    order.refresh_from_db()
    return order.delays.order_by("-number").first()  # type: ignore[return-value]


@pytest.mark.acceptance("AT-39")
def test_damages_count_commenced_weeks_from_the_agreed_date_up_to_the_cap(matrix: Matrix, order: Order) -> None:
    row = delayed(order, matrix, 18).lines.get()
    assert (row.weeks, row.damages) == (3, Decimal("600.00"))
    row = delayed(order, matrix, 80).lines.get()
    assert (row.agreed_on, row.weeks, row.damages) == (order.requested_on, 12, Decimal("2000.00"))
    assert row.before == order.requested_on + days(18)


def test_a_delay_is_told_at_once_and_confirmed_anew_with_a_notice_to_the_customer(matrix: Matrix, order: Order) -> None:
    local = UserFactory(role="area_manager", role__location=matrix.italy)
    AssignmentFactory(user=local, plant=matrix.acme_it_plant, location=matrix.italy)
    delay = delayed(order, matrix, 18, reason="Steel came late.")
    line = order.lines.get()
    assert (order.confirmation, order.status, order.waiting_customer) == (2, "confirmed", False)
    assert (line.first_confirmed_on, line.confirmed_on) == (order.requested_on, order.requested_on + days(18))
    assert (delay.confirmation.cause, delay.confirmation.state, delay.customer_driven) == ("delay", "concluded", False)
    told = Notification.objects.filter(kind="order_delayed")
    assert {one.reader for one in told} == {matrix.account_manager, local}
    assert all(one.urgent for one in told)
    assert delay.notice is not None
    printed = paper_contents(delay.notice)
    assert printed.title == "Delay notice"
    assert "Material. Steel came late." in printed.data["opening"]
    assert "600" not in str(printed.data), "nobody admits damages on a notice"
    assert [paper.kind for paper in order.papers.order_by("pk")] == ["confirmation", "change", "delay"]


def test_dates_that_the_customer_asks_for_owe_nothing_and_are_the_agreed_ones_from_then_on(matrix: Matrix, order: Order) -> None:
    moved = delayed(order, matrix, 60, cause="customer")
    assert (moved.customer_driven, moved.notice, moved.lines.get().damages) == (True, None, 0)
    assert moved.confirmation.cause == "rescheduled"
    late = delayed(order, matrix, 61).lines.get()
    assert (late.agreed_on, late.weeks, late.damages) == (order.requested_on + days(60), 1, Decimal("200.00"))


def test_only_what_is_still_open_is_late(matrix: Matrix, order: Order) -> None:
    deliver_order(order, actor=None, note_number="D1", lines=[{"line": order.lines.get(), "quantity": Decimal(300)}])
    order.refresh_from_db()
    assert delayed(order, matrix, 7).lines.get().damages == Decimal("50.00")
    without = accepted_order(matrix.acme_it_plant, matrix.italy)
    confirm_order(without, actor=None, sent_to=BUYER)
    without.refresh_from_db()
    assert delayed(without, matrix, 7).lines.get().damages == 0


def test_delays_that_are_none_are_refused(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    line, promised = order.lines.get(), order.requested_on

    def refusal(day: Any, **values: Any) -> tuple[str, str]:
        told = {"cause": "material", "sent_to": BUYER, "lines": [{"line": line, "confirmed_on": day}]} | values
        with nothing_changed(), pytest.raises(Denied) as refused:
            delay_order(order, actor=matrix.back_office_it, **told)
        return refused.value.code, refused.value.field

    assert refusal(promised) == ("same_date", "lines.0.confirmed_on")
    assert refusal(promised - days(3)) == ("earlier_date", "lines.0.confirmed_on")
    assert refusal(clock.today() - days(1)) == ("past_date", "lines.0.confirmed_on")
    assert refusal(promised + days(1), cause="") == ("cause", "cause")
    assert refusal(promised + days(1), lines=[]) == ("no_lines", "lines")
    assert refusal(promised + days(1), sent_to="") == ("no_recipient", "sent_to")
    Order.objects.filter(pk=order.pk).update(waiting_customer=True)
    assert refusal(promised + days(1)) == ("waiting_customer", "")
    Order.objects.filter(pk=order.pk).update(status="delivered")
    assert refusal(promised + days(1)) == ("not_confirmed", "")


@pytest.mark.parametrize("language", ["it", "en", "de"])
def test_the_notice_is_set_as_a_page(matrix: Matrix, order: Order, language: str, tmp_path: Path) -> None:
    Order.objects.filter(pk=order.pk).update(language=language)
    order.refresh_from_db()
    delay = delayed(order, matrix, 18)
    assert delay.notice is not None
    for paper in (delay.notice, delay.confirmation.paper):
        assert render(paper_contents(paper), tmp_path / f"{paper.pk}.pdf", actor=None) == 1
