"""Contract reviews at a location that has nobody for a department: another location of ours stands in, by data; nobody signs twice (AT-70)."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions.location import edit_location
from accounts.models import Department, Location, User
from kam.core import clock
from kam.core.tokens import issue_token
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Refusals
from orders.actions import answer_review, decide_review, lift_block, sign_review
from orders.actions.order_blocks import set_block
from orders.models import ContractReview, Order, OrderBlock
from tests.factories.accounts import LocationFactory, RoleGrantFactory, UserFactory
from tests.factories.reviews import answer_all, reviewed_order
from tests.matrix import Matrix
from tests.pages import client_for

DEPARTMENTS = {
    "technical": "technical_it", "quality": "quality_it", "production": "production_it", "logistics": "logistics_it",
    "finance": "finance_it",
}  # fmt: skip


def today(person: User) -> User:
    """A person whose rights are read anew, as at every request."""
    return User.objects.get(pk=person.pk)


def signs(review: ContractReview, person: Any, function: str) -> None:
    """A person answers the questions of a function and signs for it."""
    answers = answer_all(review, person, function)
    if answers:
        answer_review(review, actor=person, answers=answers)
    sign_review(review, actor=person, function=function)


def test_another_location_stands_in_until_the_order_is_accepted(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    usa, italy = matrix.usa, matrix.italy
    before = reviewed_order(matrix.acme_us_plant, usa)
    with pytest.raises(Denied) as nobody:
        sign_review(before, actor=matrix.quality_it, function="quality")
    assert nobody.value.code == "not_permitted"
    assert client_for(matrix.quality_it).get(f"/orders/{before.order_id}/").status_code == 404

    # The administrator says who stands in: in the browser and over REST, never the location itself.
    page = client_for(matrix.administrator)
    assert f'value="{italy.pk}"' in page.get(f"/locations/{usa.pk}/edit/").content.decode()
    closed = LocationFactory(code="OLD", is_active=False)
    for wrong, code in ((usa, "stands_in_for_itself"), (closed, "location_inactive")):
        with nothing_changed(), pytest.raises(Refusals) as refused:
            edit_location(Location.objects.get(pk=usa.pk), actor=matrix.administrator, stand_in=wrong)
        assert [one.code for one in refused.value.refusals] == [code]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(matrix.administrator, name='test')}")
    address = f"/api/v1/locations/{usa.pk}/"
    etag = client.get(address)["ETag"]
    assert client.patch(address, {"stand_in": italy.pk}, headers={"if-match": etag}).json()["stand_in"] == italy.pk
    assert italy.name in page.get(f"/locations/{usa.pk}/").content.decode()
    usa.refresh_from_db()

    # One person of the location holds two functions, another entered the order: each signs once, the rest is asked of Italy.
    double = UserFactory(role="technical", role__location=usa)
    RoleGrantFactory(user=double, role="quality", location=usa)
    clerk = UserFactory(role="logistics", role__location=usa)
    review = reviewed_order(matrix.acme_us_plant, usa, by=clerk)
    asked = {row.function: row for row in review.signatures.all()}
    assert review.klass == "C" and set(DEPARTMENTS) <= set(asked)
    houses = {one.function: one.audience for one in Department.objects.filter(location=italy)}
    assert {name: asked[name].audience for name in DEPARTMENTS if name != "technical"} == {
        name: houses[name] for name in DEPARTMENTS if name != "technical"
    }
    assert asked["technical"].audience != houses["technical"], "somebody of the location is left for it"
    days = clock.due(clock.now(), 2, clock.Unit.WORKING_DAYS, italy.calendar).at
    assert asked["quality"].due_at >= max(review.due_at, days) and asked["technical"].due_at == review.due_at
    assert WorkItem.objects.on(review).open().filter(audience=houses["quality"]).to_do_by(today(matrix.quality_it)).exists()
    assert client_for(matrix.quality_it).get(f"/orders/{review.order_id}/").status_code == 200
    assert client_for(matrix.quality_it).get(review.get_absolute_url()).status_code == 200

    # Standing in for reviews gives no other step on the order, and holds for its blocks.
    order = Order.objects.get(pk=review.order_id)
    assert not Order.objects.permitted(today(matrix.logistics_it), "orders.deliver_order").filter(pk=order.pk).exists()
    set_block(order, actor=matrix.account_manager, kind="technical", reason="Drawing to be clarified")
    block = OrderBlock.objects.permitted(today(matrix.technical_it), "orders.lift_block").get(order=order)
    lift_block(block, actor=today(matrix.technical_it), reason="Clarified")

    # Nobody signs for two functions, and who entered it signs for none.
    signs(review, double, "technical")
    answer_review(review, actor=double, answers=answer_all(review, double, "quality"))
    with nothing_changed(), pytest.raises(Denied) as twice:
        sign_review(review, actor=double, function="quality")
    assert twice.value.code == "one_signature"
    with nothing_changed(), pytest.raises(Denied) as own:
        sign_review(review, actor=clerk, function="logistics")
    assert own.value.code == "own_order"
    for function, name in DEPARTMENTS.items():
        if function != "technical":
            signs(review, today(matrix.users[name]), function)
    for function, person in (("account_manager", matrix.account_manager), ("area_manager", matrix.area_manager_us)):
        row = review.signatures.filter(function=function, signed_at=None).first()
        if row is not None:
            signs(review, person, function)
    for function in review.asked_answers.filter(answer="").values_list("question__function", flat=True).distinct():
        answer_review(review, actor=matrix.sales_manager, answers=answer_all(review, None, function))
    assert review.signatures.filter(signed_by=matrix.quality_it, on_behalf_of=None).exists()
    review = ContractReview.objects.for_list().get(pk=review.pk)
    decide_review(review, actor=matrix.account_manager, result="positive")
    assert Order.objects.get(pk=order.pk).status == "accepted"

    # Without it they are strangers to the location again.
    edit_location(usa, actor=matrix.administrator, stand_in=None)
    assert client_for(matrix.quality_it).get(f"/orders/{order.pk}/").status_code == 404
    assert not ContractReview.objects.permitted(today(matrix.quality_it), "orders.sign_review").exists()
