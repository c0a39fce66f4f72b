"""What of an offer goes beyond its author's limits: the floor price as a reason of its own, and finance's part in its terms."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Department
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    agree_terms,
    approve_offer,
    edit_offer,
    refuse_terms,
    return_offer,
    send_offer,
    submit_offer,
    withdraw_offer,
)
from orders.models import Offer
from orders.reports.floor_prices import floor_prices
from orders.reports.limits import reasons
from tests.factories.offers import offer_line, offered, payment_term, priced_product
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def to_acme(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> Offer:
    """An offer of the account manager's to ACME Italy, handed in."""
    values = {"by": matrix.account_manager, "status": "in_approval"} | values
    return offered(matrix.acme_it_plant, matrix.italy, *lines, **values)


def kept(offer: Offer) -> dict[str, tuple[int, Decimal | None]]:
    """Its triggers: the level and the figure of each."""
    return {one["code"]: (one["level"], None if one["value"] is None else Decimal(one["value"])) for one in offer.triggers}


def test_one_article_below_its_floor_is_for_management_however_good_the_rest_is(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    good, cheap = priced_product(25), priced_product(25)
    # 17 lies 2.857 % below 17.50, which is 30 % below the list; the offer as a whole lies 3.2 % below it and keeps its margin
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "17"))
    assert kept(made) == {"floor_price": (2, (1 - Decimal(17) / Decimal("17.5")) * 100)}
    assert made.level == 2
    with nothing_changed(), pytest.raises(Denied) as refused:
        approve_offer(made, actor=matrix.sales_manager)
    assert refused.value.code == "higher_level"
    approve_offer(made, actor=matrix.management)
    [told] = reasons(made.triggers, with_costs=True, with_dossier=True)
    assert (str(told.label), str(told.role)) == ("Below the floor price", "Management")
    assert "2.9" in told.figure
    assert reasons(made.triggers, with_costs=False, with_dossier=True)[0].figure == "", "the floor is made of costs"

    # without a list price the margin on the cost is the floor: 9 / 0.85, up to the cent; steps, alternatives and options are promised as well
    unlisted = priced_product(25)
    unlisted.list_prices.all().delete()
    lines = [offer_line(unlisted, 10, "10.58"), offer_line(good, 5, kind="option", steps=[(Decimal(50), Decimal("17.49"))])]
    made = to_acme(matrix, *lines, offer_line(good, 100))
    assert floor_prices(made, list(made.lines.all())) == {10: Decimal("10.59"), 20: Decimal("17.5"), 30: Decimal("17.5")}
    assert kept(made)["floor_price"][0] == 2
    tool = {"description": "Fixture", "kind": "tooling", "quantity": 1, "price": Decimal(10), "variable_cost": Decimal(400)}
    assert "floor_price" not in kept(to_acme(matrix, offer_line(good, 900), tool)), "a tool may be paid with the parts"

    # the floor is data: that of a product line goes before that of the location
    for scope, share in ((f"location:{matrix.italy.pk}", 40), (f"product_line:{cheap.family.line.pk}", 35)):
        set_parameter(ParameterValue, actor=None, key="orders.floor_below_list", scope=scope, value=share)
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "16.25"))
    assert "floor_price" not in kept(made)
    made = to_acme(matrix, offer_line(good, 900), offer_line(cheap, 100, "16.24"), special_terms=True)
    assert {code: level for code, (level, _value) in kept(made).items()} == {"floor_price": 2, "special_terms": 2}
    for reader, seen in ((matrix.account_manager, True), (matrix.finance_it, False)):
        page = client_for(reader).get(made.get_absolute_url()).content.decode()
        assert ("Below the floor price" in page, "Floor price" in page) == (True, seen)
        answer = api_client(reader).get(f"/api/v1/offers/{made.pk}/").json()["reasons"]
        assert [one["code"] for one in answer] == ["floor_price", "special_terms"]
        assert bool(answer[0]["figure"]) is seen


def test_finance_agrees_to_long_terms_before_they_are_approved_and_sent(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    finance, leader = matrix.finance_it, matrix.account_manager
    made = to_acme(matrix, offer_line(priced_product(), 100), payment_term=payment_term(75), special_terms=True)
    assert {code: level for code, (level, _value) in kept(made).items()} == {"payment": 1, "special_terms": 1}
    assert {str(one.role) for one in reasons(made.triggers, with_costs=True, with_dossier=True)} == {
        "Sales manager, after finance"
    }
    item = WorkItem.objects.on(made).open().get()
    department = Department.objects.get(location=matrix.italy, function="finance")
    assert (item.kind, item.audience, item.excluded) == ("agree_offer_terms", department.audience, [leader.pk])
    assert Notification.objects.filter(kind="work_assigned", reader=finance, object_id=item.pk).count() == 1
    for act, actor, values, code in (
        (approve_offer, matrix.sales_manager, {}, "finance_missing"),
        (send_offer, leader, {"sent_to": "buyer@acme.example"}, "wrong_status"),
        (agree_terms, leader, {}, "not_permitted"),
        (refuse_terms, finance, {"reason": " "}, "reason_needed"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            act(made, actor=actor, **values)
        assert refused.value.code == code
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.filter(pk=made.pk).update(finance_by=leader, finance_at=made.submitted_at)
    theirs = to_acme(matrix, offer_line(priced_product(), 10), by=None, special_terms=True)
    Offer.objects.filter(pk=theirs.pk).update(submitted_by=finance)
    theirs.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as own:
        agree_terms(theirs, actor=finance)
    assert own.value.code == "own_offer"
    page = client_for(finance).get(made.get_absolute_url()).content.decode()
    assert "Agree to the terms" in page and "Refuse the terms" in page
    assert "Finance has not agreed" in client_for(matrix.sales_manager).get(made.get_absolute_url()).content.decode()

    refuse_terms(made, actor=finance, reason="Sixty days at most without a guarantee")
    made.refresh_from_db()
    assert (made.status, made.triggers) == ("draft", [])
    assert Notification.objects.filter(kind="offer_decided", reader=leader).count() == 1
    assert not WorkItem.objects.on(made).open().exists()

    submit_offer(made, actor=leader)
    answer = api_client(finance).post(f"/api/v1/offers/{made.pk}/agree-terms/", {}, format="json")
    assert (answer.status_code, answer.json()["finance_by"], answer.json()["status"]) == (200, finance.pk, "in_approval")
    made.refresh_from_db()
    assert [one.audience for one in WorkItem.objects.on(made).open()] == ["role:sales_manager"], "now the decision is asked for"
    with nothing_changed(), pytest.raises(Denied) as twice:
        agree_terms(made, actor=finance)
    assert twice.value.code == "no_terms"
    approve_offer(made, actor=matrix.sales_manager)
    made.refresh_from_db()
    assert (made.status, made.finance_by) == ("approved", finance)
    edit_offer(made, actor=leader, payment_term=payment_term(95))
    submit_offer(made, actor=leader)
    made.refresh_from_db()
    assert (made.finance_by, made.level, made.waits_for_finance) == (None, 2, True), "other terms are agreed to anew"
    return_offer(made, actor=matrix.management, reason="Too long")
    assert not WorkItem.objects.on(made).open().exists()

    # the limit is data; within it finance is not asked, and what is withdrawn asks nobody any more
    short = to_acme(matrix, offer_line(priced_product(), 100, "22"), payment_term=payment_term(60))
    with nothing_changed(), pytest.raises(Denied) as nothing:
        agree_terms(short, actor=finance)
    assert nothing.value.code == "no_terms"
    set_parameter(ParameterValue, actor=None, key="orders.limit_payment", scope=f"location:{matrix.italy.pk}", value=["30", "90"])
    other = to_acme(matrix, offer_line(priced_product(), 100), payment_term=payment_term(45))
    assert other.waits_for_finance
    withdraw_offer(other, actor=leader, reason="Not asked for any more")
    assert not WorkItem.objects.on(other).open().exists()
    done = offered(
        matrix.acme_it_plant, matrix.italy, by=leader, approver=matrix.sales_manager, status="sent", payment_term=payment_term(75)
    )
    assert (done.status, bool(done.finance_at)) == ("sent", True)
