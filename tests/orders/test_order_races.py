"""Orders on the real database: two people at the same moment, one order, one opinion each, nothing counted twice."""

from typing import Any

import pytest
from django.db import transaction

from kam.core import clock
from orders.actions import accept_offer, answer_review, create_order, sign_review
from orders.models import Order
from tests.factories.accounts import UserFactory
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.reviews import answer_all, reviewed_order
from tests.matrix import Matrix, build
from tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def matrix(transactional_db: None) -> Matrix:
    """The matrix, committed, so that several connections see it."""
    return build()


def test_two_acceptances_at_once_make_one_order(matrix: Matrix) -> None:
    offer = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(priced_product(), 100, "23"), status="sent", currency="EUR",
        by=matrix.account_manager, approver=matrix.sales_manager,
    )  # fmt: skip
    people = (matrix.account_manager, matrix.sales_manager)
    outcomes = at_once(*[lambda person=person: accept_offer(offer, actor=person, accepted_reference="PO 1") for person in people])
    assert outcomes.count("done") == 1 and not [one for one in outcomes if "Error" in one], outcomes
    assert offer.orders.count() == 1


def test_the_same_purchase_order_twice_at_once_is_one_order(matrix: Matrix) -> None:
    line = {"product": priced_product(), "quantity": 10}
    said: dict[str, Any] = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy, "customer_date": clock.today()}
    references = ("PO 4711", "po  4711 ", "PO 4711", "Po 4711")
    outcomes = at_once(
        *[
            lambda one=one: create_order(Order, actor=matrix.back_office_it, customer_reference=one, lines=[line], **said)
            for one in references
        ]
    )
    assert outcomes == ["done", "duplicate_order", "duplicate_order", "duplicate_order"]
    assert Order.objects.get().lines.count() == 1


def test_two_reviewers_at_once_sign_once_for_their_function_and_each_for_their_own(matrix: Matrix) -> None:
    with transaction.atomic():
        review = reviewed_order(matrix.acme_it_plant, matrix.italy, by=matrix.back_office_it)
    other = UserFactory(role="technical", role__location=matrix.italy)
    for function, person in (("technical", matrix.technical_it), ("quality", matrix.quality_it)):
        answer_review(review, actor=person, answers=answer_all(review, person, function))

    def signing(person: Any, function: str) -> Any:
        return lambda: sign_review(review, actor=person, function=function)

    outcomes = at_once(
        signing(matrix.technical_it, "technical"), signing(other, "technical"), signing(matrix.quality_it, "quality")
    )
    assert outcomes.count("done") == 2 and not [one for one in outcomes if "Error" in one], outcomes
    signed = review.signatures.filter(signed_at__isnull=False)
    assert sorted(signed.values_list("function", flat=True)) == ["quality", "technical"]
    assert signed.get(function="technical").signed_by in {matrix.technical_it, other}
