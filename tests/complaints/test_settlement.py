"""Settling a complaint: limits by the sum of all settlements, approval by another, carried out by a document; costs and recharges."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from complaints.actions import (
    add_cost,
    approve_settlement,
    carry_out_settlement,
    close_complaint,
    decline_settlement,
    edit_cost,
    propose_settlement,
    remove_cost,
    withdraw_complaint,
    withdraw_settlement,
)
from complaints.models import Complaint, ComplaintCost, Settlement
from complaints.reports.costs import costs_of
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.complaints import answered, complained
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client


@pytest.fixture
def complaint(matrix: Matrix) -> Complaint:
    """What ACME in America complains about, made in Italy."""
    return complained(matrix.acme_us_plant, matrix.usa, matrix.italy)


def proposed(complaint: Complaint, amount: str, *, by: Any = None, remedy: str = "credit", **more: Any) -> Settlement:
    return propose_settlement(complaint, actor=by, remedy=remedy, amount=Decimal(amount), **more)


def test_within_ones_limit_it_is_approved_at_once_and_carried_out_by_a_document(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    one = proposed(complaint, "1000.00", by=matrix.account_manager)
    assert (one.status, one.level) == ("approved", 0)
    item = WorkItem.objects.on(one).open().get()
    assert (item.kind, item.audience) == ("carry_out_settlement", "role:finance")
    with nothing_changed(), pytest.raises(Denied) as refused:
        carry_out_settlement(one, actor=matrix.finance_it)
    assert (refused.value.code, refused.value.field) == ("required", "reference")
    one.refresh_from_db()
    one = carry_out_settlement(one, actor=matrix.finance_it, reference="NC 2026/17")
    cost = complaint.costs.get()
    assert (one.status, cost.kind, cost.amount, cost.note) == ("done", "credit", Decimal("1000.00"), "NC 2026/17")
    assert not WorkItem.objects.on(one).open().exists()
    for verb in (edit_cost, remove_cost):
        with nothing_changed(), pytest.raises(Denied) as refused:
            verb(cost, actor=matrix.finance_it)
        assert refused.value.code == "from_settlement"


def test_amounts_that_are_split_do_not_get_below_the_limit(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    proposed(complaint, "600.00", by=matrix.account_manager)
    second = proposed(complaint, "400.01", by=matrix.account_manager)
    assert (second.status, second.level) == ("asked", 1)
    second = approve_settlement(second, actor=matrix.sales_manager)
    assert (second.status, second.decided_by) == ("approved", matrix.sales_manager)
    own = proposed(complaint, "1.00", by=matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_settlement(own, actor=matrix.sales_manager)
    assert refused.value.code == "own_settlement"
    third = proposed(complaint, "9000.00", by=matrix.account_manager, remedy="allowance")
    assert third.level == 2
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_settlement(third, actor=matrix.sales_manager)
    assert refused.value.code == "higher_level"
    third.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as refused:
        decline_settlement(third, actor=matrix.management)
    assert refused.value.code == "reason_needed"
    third.refresh_from_db()
    third = decline_settlement(third, actor=matrix.management, reason="A credit note is enough")
    assert third.status == "declined"
    assert proposed(complaint, "0.01", by=matrix.account_manager).level == 1


def test_a_repair_is_opened_and_a_replacement_names_its_order(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    repair = carry_out_settlement(proposed(complaint, "0.00", remedy="repair"), actor=None)
    assert repair.repair is not None
    assert (repair.reference, repair.repair.complaint, repair.repair.origin) == (repair.repair.number, complaint, "complaint")
    replaced = proposed(complaint, "500.00", remedy="replacement", unverified=True)
    with nothing_changed(), pytest.raises(Denied):
        carry_out_settlement(replaced, actor=None)
    replaced.refresh_from_db()
    replaced = carry_out_settlement(replaced, actor=None, reference="OR 4711")
    assert (replaced.status, replaced.reference, complaint.costs.count()) == ("done", "OR 4711", 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"amount": Decimal("-1")}, "amount"), ({"remedy": "holiday"}, "remedy"), ({"currency": "XXZ"}, "currency")],
)
def test_what_is_no_settlement_is_refused(
    complaint: Complaint, nothing_changed: Callable[..., Any], values: dict[str, Any], field: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        propose_settlement(complaint, actor=None, **{"remedy": "credit", "amount": Decimal(5)} | values)
    assert refused.value.field == field


def test_a_complaint_with_an_open_settlement_is_not_closed(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    one = answered(complaint)
    settlement = proposed(one, "50.00")
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(one, actor=matrix.quality_it)
    assert refused.value.code == "settlement_open"
    with nothing_changed(), pytest.raises(Denied) as refused:
        withdraw_settlement(settlement, actor=matrix.account_manager)
    assert refused.value.code == "reason_needed"
    settlement.refresh_from_db()
    withdraw_settlement(settlement, actor=matrix.account_manager, reason="They do not want it")
    one.refresh_from_db()
    close_complaint(one, actor=matrix.quality_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        proposed(one, "50.00")
    assert refused.value.code == "not_to_be_settled"


def test_what_is_over_is_not_settled(complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    withdraw_complaint(complaint, actor=None, reason="An error of theirs")
    with nothing_changed(), pytest.raises(Denied) as refused:
        proposed(complaint, "50.00")
    assert refused.value.code == "not_to_be_settled"


def costing(complaint: Complaint, kind: str, amount: str | None = None, **more: Any) -> ComplaintCost:
    known = {"complaint": complaint, "kind": kind, "incurred_on": date(2026, 3, 2), "amount": Decimal(amount) if amount else None}
    return add_cost(ComplaintCost, actor=None, **known | more)


@pytest.mark.acceptance("AT-41")
def test_costs_gross_and_less_what_the_supplier_pays_back(complaint: Complaint) -> None:
    for kind, amount in (("replaced", "1240"), ("freight", "310"), ("sorting", "2150"), ("credit", "900")):
        costing(complaint, kind, amount)
    assert costing(complaint, "analysis", hours=Decimal(14), rate=Decimal(48)).amount == Decimal("672.00")
    assert costs_of(complaint.costs.all()).gross == Decimal(5272)
    costing(complaint, "recharge", "1500")
    costs = costs_of(complaint.costs.all())
    assert (costs.gross, costs.net, costs.share(Decimal(1_200_000))) == (5272, 3772, Decimal("0.44"))
    assert costs.share(Decimal(0)) is None


def test_a_cost_says_how_much(complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        costing(complaint, "freight")
    assert refused.value.field == "amount"
    with nothing_changed(), pytest.raises(Denied) as refused:
        costing(complaint, "analysis", hours=Decimal(3))
    assert refused.value.field == "rate"
    made = costing(complaint, "freight", "20")
    edit_cost(made, actor=None, amount=Decimal(30))
    assert complaint.costs.get().amount == 30
    remove_cost(made, actor=None)
    assert not complaint.costs.exists()


def test_management_is_told_of_a_complaint_that_costs_more_than_the_limit(matrix: Matrix, complaint: Complaint) -> None:
    costing(complaint, "debit", "10000")
    told = Notification.objects.filter(kind="complaint_costly", reader=matrix.management)
    assert not told.exists()
    costing(complaint, "freight", "0.01")
    costing(complaint, "freight", "5")
    assert told.count() == 1


def test_costs_are_for_those_who_read_costs_there(matrix: Matrix, complaint: Complaint) -> None:
    costing(complaint, "debit", "4321.09")
    address = f"/complaints/{complaint.pk}/settlement/"
    page = words(client_for(matrix.account_manager).get(address))
    assert "4,321.09" in page
    assert "4,321.09" not in words(client_for(matrix.quality_it).get(address))
    api = api_client(matrix.quality_it).get("/api/v1/complaint-costs/").json()
    assert api["results"] == []
