"""Changes and cancellations of orders: what is touched is reviewed again, what was confirmed stays readable, the intake adds up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import decide_review, sign_review
from orders.actions.order_cancelling import approve_cancellation, cancel_order, decline_cancellation
from orders.actions.order_changing import refuse_confirmation, request_change
from orders.actions.order_confirming import accept_confirmation, confirm_order
from orders.actions.order_deliveries import deliver_order
from orders.documents.order_paper import paper_contents
from orders.models import Order, OrderCancellation
from tests.factories.order_lives import accepted_order
from tests.factories.reviews import reviewed_order
from tests.matrix import Matrix
from tests.orders.test_review import SIGNERS, sign_all

BUYER = "buyer@acme.example"
Nothing = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def order(matrix: Matrix) -> Order:
    """An order of two lines, confirmed."""
    made = accepted_order(matrix.acme_it_plant, matrix.italy, {}, {"quantity": Decimal(50), "price": Decimal(4)})
    confirm_order(made, actor=matrix.back_office_it, sent_to=BUYER)
    made.refresh_from_db()
    return made


def reviewed_again(order: Order) -> Order:
    """The order as its review leaves it when it is closed positively."""
    Order.objects.filter(pk=order.pk).update(reviewed=True, status="accepted")
    order.refresh_from_db()
    return order


def test_a_change_reopens_the_lines_it_touches_and_the_next_revision_confirms_it(matrix: Matrix, order: Order) -> None:
    first, second = order.lines.all()
    request_change(order, actor=matrix.back_office_it, reference="PO-1/A", lines=[{"line": first, "quantity": Decimal(120)}])
    order.refresh_from_db()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (order.status, order.reviewed, order.net) == ("in_review", False, Decimal("1400.00"))
    assert (first.status, second.status) == ("in_review", "confirmed")
    change = order.changes.get()
    assert change.differences == [{"position": 10, "field": "quantity", "before": "100", "after": "120"}]
    assert [row.net for row in order.intake.order_by("pk")] == [Decimal(1000), Decimal(200), Decimal(200)]
    confirm_order(reviewed_again(order), actor=matrix.back_office_it, sent_to=BUYER)
    before, after = order.confirmations.order_by("revision")
    assert [one.lines.get(line=first).quantity for one in (before, after)] == [100, 120]
    assert paper_contents(before.paper).data["lines"][0]["quantity"].startswith("100"), "revision 1 prints as it went out"
    assert paper_contents(after.paper).title == "Confirmation of a change"
    change.refresh_from_db()
    first.refresh_from_db()
    assert (change.confirmation, first.status, after.state) == (after, "confirmed", "concluded")


def test_terms_of_the_header_reopen_every_line(matrix: Matrix, order: Order) -> None:
    request_change(order, actor=matrix.back_office_it, incoterms="FCA", requested_on=order.requested_on)
    assert set(order.lines.values_list("status", flat=True)) == {"in_review"}
    assert [row["field"] for row in order.changes.get().differences] == ["incoterms"]


def test_changes_that_cannot_be_are_refused(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    line = order.lines.first()

    def refusal(**values: Any) -> tuple[str, str]:
        with nothing_changed(), pytest.raises(Denied) as refused:
            request_change(order, actor=matrix.back_office_it, **values)
        return refused.value.code, refused.value.field

    assert refusal() == ("no_change", "")
    assert refusal(lines=[{"line": line, "quantity": Decimal(100)}]) == ("no_change", "")
    assert refusal(status="closed") == ("not_editable", "status")
    assert refusal(cause="moon", incoterms="FCA") == ("cause", "cause")
    assert refusal(received_on=clock.today() + timedelta(days=1), incoterms="FCA") == ("future_date", "received_on")
    assert refusal(lines=[{"line": line, "quantity": Decimal(0)}])[1] == "lines.0.quantity"
    other = accepted_order(matrix.acme_it_plant, matrix.italy)
    assert refusal(lines=[{"line": other.lines.get()}]) == ("line_of_another", "lines.0.line")
    deliver_order(order, actor=None, note_number="D1", lines=[{"line": line, "quantity": Decimal(40)}])
    assert refusal(lines=[{"line": line, "quantity": Decimal(30)}]) == ("quantity", "lines.0.quantity")
    with nothing_changed(), pytest.raises(Denied) as foreign:
        request_change(order, actor=matrix.account_manager2, incoterms="FCA")
    assert foreign.value.status == 403


def test_an_order_is_cancelled_with_its_reason_and_the_intake_goes_back_to_nothing(matrix: Matrix, order: Order) -> None:
    first = order.lines.first()
    cancel_order(order, actor=matrix.account_manager, cause="programme", lines=[first])
    order.refresh_from_db()
    assert (order.status, order.net) == ("confirmed", Decimal(200))
    cancel_order(order, actor=matrix.account_manager, cause="customer", reason="Plant closed", sent_to=BUYER)
    order.refresh_from_db()
    assert (order.status, order.net, order.ended_reason) == ("cancelled", Decimal(0), "Plant closed")
    assert [row.net for row in order.intake.filter(kind="cancelled").order_by("pk")] == [Decimal(-1000), Decimal(-200)]
    assert sum(row.net for row in order.intake.all()) == sum(row.base_net for row in order.intake.all()) == 0
    assert order.papers.get(kind="cancellation").sent_to == BUYER


def test_what_is_charged_for_is_decided_by_the_sales_manager(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    asked = cancel_order(
        order, actor=matrix.account_manager, cause="customer", work_charge=Decimal("310.50"), material_charge=Decimal(89)
    )
    order.refresh_from_db()
    assert (asked.charge, asked.state, order.status) == (Decimal("399.50"), "asked", "confirmed")
    assert WorkItem.objects.filter(kind="decide_cancellation").get().audience == "role:sales_manager"
    with nothing_changed(), pytest.raises(Denied) as again:
        cancel_order(order, actor=matrix.account_manager, cause="customer")
    assert again.value.code == "cancellation_asked"
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_cancellation(asked, actor=matrix.account_manager)
    assert refused.value.status == 403
    approve_cancellation(asked, actor=matrix.sales_manager, sent_to=BUYER)
    order.refresh_from_db()
    asked.refresh_from_db()
    assert (order.status, asked.state, asked.decided_by) == ("cancelled", "done", matrix.sales_manager)
    assert order.papers.get(kind="cancellation").contents["charge"] == "399.5"
    assert {one.reader for one in Notification.objects.filter(kind="cancellation_decided")} == {matrix.account_manager}


def test_a_cancellation_that_is_declined_leaves_the_order_as_it_was(
    matrix: Matrix, order: Order, nothing_changed: Nothing
) -> None:
    own = cancel_order(order, actor=matrix.sales_manager, cause="customer", work_charge=Decimal(10))
    with nothing_changed(), pytest.raises(Denied) as refused:
        decline_cancellation(own, actor=matrix.sales_manager, reason="No")
    assert refused.value.code == "own_cancellation"
    OrderCancellation.objects.filter(pk=own.pk).update(asked_by=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as silent:
        decline_cancellation(own, actor=matrix.sales_manager)
    assert silent.value.code == "reason_needed"
    decline_cancellation(own, actor=matrix.sales_manager, reason="The customer takes the goods.")
    order.refresh_from_db()
    assert (order.status, order.cancellations.get().state) == ("confirmed", "declined")


def test_cancellations_that_cannot_be_are_refused(matrix: Matrix, order: Order, nothing_changed: Nothing) -> None:
    first = order.lines.first()

    def refusal(**values: Any) -> tuple[str, str]:
        with nothing_changed(), pytest.raises(Denied) as refused:
            cancel_order(order, actor=matrix.account_manager, **{"cause": "customer"} | values)
        return refused.value.code, refused.value.field

    assert refusal(cause="") == ("cause", "cause")
    assert refusal(work_charge=Decimal(-1)) == ("charge", "work_charge")
    assert refusal(material_charge=Decimal("0.001")) == ("charge", "material_charge")
    other = accepted_order(matrix.acme_it_plant, matrix.italy)
    assert refusal(lines=[other.lines.get()]) == ("line_of_another", "lines")
    deliver_order(order, actor=None, note_number="D1", lines=[{"line": first, "quantity": Decimal(40)}])
    assert refusal(lines=[first]) == ("line_shipped", "lines")
    cancel_order(order, actor=matrix.account_manager, cause="customer")
    order.refresh_from_db()
    assert (order.status, list(order.lines.values_list("status", flat=True))) == (
        "partially_delivered",
        ["shipped_part", "cancelled"],
    )
    assert refusal() == ("line_shipped", "lines")


def test_a_customer_who_does_not_agree_leaves_no_contract(matrix: Matrix, nothing_changed: Nothing) -> None:
    order = accepted_order(matrix.acme_it_plant, matrix.italy)
    confirm_order(order, actor=matrix.back_office_it, sent_to=BUYER, deviations="Payment in advance.")
    made = order.confirmations.get()
    with nothing_changed(), pytest.raises(Denied) as refused:
        refuse_confirmation(made, actor=matrix.back_office_it)
    assert refused.value.code == "reason_needed"
    refuse_confirmation(made, actor=matrix.back_office_it, reason="They pay after 60 days.")
    order.refresh_from_db()
    assert (order.status, order.waiting_customer, order.reviewed) == ("in_review", False, False)
    assert {one.reader for one in Notification.objects.filter(kind="confirmation_refused")} == {matrix.account_manager}
    with nothing_changed(), pytest.raises(Denied) as late:
        accept_confirmation(made, actor=matrix.back_office_it, agreed_how="conduct", agreed_note="Paid")
    assert late.value.code == "wrong_status"


@pytest.mark.acceptance("AT-71")
def test_from_one_review_to_the_next_with_both_revisions_readable(matrix: Matrix) -> None:
    review = reviewed_order(matrix.acme_it_plant, matrix.italy, {}, {}, by=matrix.back_office_it)
    sign_all(matrix, review)
    decide_review(review, actor=matrix.account_manager, result="positive")
    order = Order.objects.get(review=review)
    confirm_order(order, actor=matrix.back_office_it, sent_to=BUYER)
    order.refresh_from_db()
    first = order.lines.get(position=10)
    request_change(order, actor=matrix.back_office_it, lines=[{"line": first, "quantity": Decimal(120)}])
    order.refresh_from_db()
    assert (order.status, dict(order.lines.values_list("position", "status"))) == (
        "in_review",
        {10: "in_review", 20: "confirmed"},
    )
    told = Notification.objects.filter(kind="review_reopened")
    assert {one.reader for one in told} >= {matrix.quality_it, matrix.technical_it, matrix.account_manager}
    assert told[0].context["changes"] == [{"position": 10, "label": "quantity", "before": "100", "after": "120"}]
    for row in review.signatures.filter(round=2):
        sign_review(review, actor=matrix.users[SIGNERS[row.function]], function=row.function)
    decide_review(review, actor=matrix.account_manager, result="positive")
    order.refresh_from_db()
    confirm_order(order, actor=matrix.back_office_it, sent_to=BUYER)
    before, after = order.confirmations.order_by("revision")
    assert [paper_contents(one.paper).data["lines"][0]["quantity"].split()[0] for one in (before, after)] == ["100", "120"]
