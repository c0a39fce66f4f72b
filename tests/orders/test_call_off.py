"""Call-offs of frame orders: a new one replaces every open instalment of the one before, and cumulative quantities are compared."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import enter_call_off, register_order
from orders.models import Order
from tests.factories.customer_orders import ordered, purchase_order
from tests.factories.offers import priced_product
from tests.matrix import Matrix

TODAY = clock.today


def instalment(days: int, quantity: Any) -> dict[str, Any]:
    """So many in so many days."""
    return {"date": TODAY() + timedelta(days=days), "quantity": Decimal(quantity)}


def frame_of(matrix: Matrix) -> Order:
    """A frame order of ACME Italy's for ten thousand pieces at 25 EUR."""
    line = {"product": priced_product(), "quantity": Decimal(10000)}
    return ordered(matrix.acme_it_plant, matrix.italy, line, kind="frame", by=matrix.back_office_it, register=True)


def called(matrix: Matrix, frame: Order, reference: str, *schedule: dict[str, Any], cumulative: Any = 0, **head: Any) -> Order:
    """A registered call-off of the frame's only line."""
    line = {"frame_line": frame.lines.get(), "schedule": list(schedule), "customer_cumulative": Decimal(cumulative)}
    order = enter_call_off(
        frame, actor=matrix.back_office_it, lines=[line],
        **{"customer_reference": reference, "customer_date": TODAY(), "incoterms": "DAP"} | head,
    )  # fmt: skip
    purchase_order(order)
    return register_order(order, actor=matrix.back_office_it)


def test_a_call_off_takes_the_prices_of_its_frame_and_says_what_is_firm(matrix: Matrix) -> None:
    frame = frame_of(matrix)
    order = called(
        matrix,
        frame,
        "R-1",
        instalment(7, 200),
        instalment(14, 300),
        instalment(40, 500),
        firm_until=TODAY() + timedelta(days=20),
    )
    line = order.lines.get()
    assert (line.quantity, line.price, line.frame_line, line.requested_on) == (
        Decimal(1000), Decimal(25), frame.lines.get(), TODAY() + timedelta(days=7),
    )  # fmt: skip
    assert [(one.quantity, one.firm) for one in line.schedule.all()] == [(200, True), (300, True), (500, False)]
    assert order.net == Decimal(25000) and order.number != frame.number


@pytest.mark.acceptance("AT-95")
def test_a_new_schedule_replaces_all_previous_open_instalments(matrix: Matrix) -> None:
    frame = frame_of(matrix)
    first = called(matrix, frame, "R-1", instalment(7, 200), instalment(14, 300))
    second = called(matrix, frame, "R-2", instalment(9, 250), instalment(21, 400))
    first.refresh_from_db()
    assert (first.status, first.lines.get().status) == ("cancelled", "cancelled")
    assert not first.lines.get().schedule.exists() and "R-2" in first.ended_reason
    line = second.lines.get()
    line.status, line.delivered_quantity, line.delivered_on = "shipped_part", Decimal(250), TODAY() + timedelta(days=9)
    line.first_confirmed_on = line.confirmed_on = TODAY() + timedelta(days=9)
    line.save()
    called(matrix, frame, "R-3", instalment(21, 100), cumulative=250)
    second.refresh_from_db()
    line.refresh_from_db()
    assert (second.status, second.net, line.status, line.quantity) == ("delivered", Decimal(6250), "shipped", Decimal(250))
    assert [one.quantity for one in line.schedule.all()] == [250]
    assert not WorkItem.objects.filter(kind="compare_cumulative").exists()


@pytest.mark.acceptance("AT-95")
def test_another_cumulative_quantity_is_found_out_by_the_back_office(matrix: Matrix) -> None:
    order = called(matrix, frame_of(matrix), "R-1", instalment(7, 200), cumulative=120)
    item = WorkItem.objects.get(kind="compare_cumulative")
    assert item.record == order
    assert "120" in str(item) and item.audience.startswith("department:")
    assert order.status == "in_review"


def test_a_draft_of_a_call_off_replaces_nothing(matrix: Matrix) -> None:
    frame = frame_of(matrix)
    first = called(matrix, frame, "R-1", instalment(7, 200))
    enter_call_off(
        frame, actor=matrix.back_office_it, lines=[{"frame_line": frame.lines.get(), "schedule": [instalment(9, 1)]}],
        customer_reference="R-2",
    )  # fmt: skip
    first.refresh_from_db()
    assert first.status == "in_review" and first.lines.get().schedule.count() == 1


def test_what_is_no_frame_or_has_no_schedule_is_not_called_off(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    frame = frame_of(matrix)
    plain = ordered(matrix.acme_it_plant, matrix.italy, by=matrix.back_office_it, register=True)
    called(matrix, frame, "R-1", instalment(7, 200))
    for subject, lines, code, reference in (
        (plain, [{"frame_line": plain.lines.get(), "schedule": [instalment(7, 1)]}], "no_frame", "R-2"),
        (frame, [{"frame_line": plain.lines.get(), "schedule": [instalment(7, 1)]}], "line_of_another", "R-2"),
        (frame, [{"frame_line": frame.lines.get(), "schedule": []}], "no_schedule", "R-2"),
        (frame, [{"frame_line": frame.lines.get(), "schedule": [instalment(7, 1)]}], "duplicate_order", "r-1"),
    ):
        with nothing_changed(), pytest.raises(Denied) as denied:
            enter_call_off(subject, actor=matrix.back_office_it, lines=lines, customer_reference=reference, customer_date=TODAY())
        assert denied.value.code == code
