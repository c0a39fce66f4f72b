"""Prices on the real database: two people decide at the same moment; one decision holds, the other person is told, nothing is lost."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    approve_agreement,
    approve_offer,
    create_agreement,
    return_agreement,
    return_offer,
    submit_agreement,
)
from orders.models import AgreementLine, Offer, PriceAgreement
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.prices import line
from tests.matrix import Matrix, build
from tests.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def matrix(transactional_db: None) -> Matrix:
    """The matrix, committed, so that several connections see it."""
    return build()


@pytest.fixture
def offer(matrix: Matrix) -> Offer:
    """An offer whose margin only management may approve."""
    line = offer_line(priced_product(), 100, "12.40")
    return offered(matrix.acme_it_plant, matrix.italy, line, status="in_approval", by=matrix.account_manager)


def handed_in(matrix: Matrix, product: Any, price: Any = 10) -> PriceAgreement:
    """An agreement with ACME Italy that waits for its approval."""
    made: PriceAgreement = create_agreement(
        PriceAgreement, actor=matrix.account_manager, customer=matrix.acme_it, currency="EUR", first_day=date(2026, 1, 1),
        lines=[line(product, price)],
    )  # fmt: skip
    submit_agreement(made, actor=matrix.account_manager)
    made.refresh_from_db()
    return made


def decided_once(record: Any, kind: str, author: Any) -> None:
    """One decision was written: its work is done once, and whoever handed it in hears of it once."""
    item = WorkItem.objects.on(record).get()
    assert item.state != WorkItem.State.OPEN
    assert Notification.objects.filter(kind=kind, reader=author).count() == 1


def refused(deed: Callable[[], Any]) -> Denied:
    """What whoever comes too late is told."""
    with pytest.raises(Denied) as denied:
        deed()
    return denied.value


def test_two_who_approve_an_offer_at_once_make_one_approval(matrix: Matrix, offer: Offer) -> None:
    people = (matrix.management, UserFactory(role="management"))
    before = offer.version
    assert at_once(*[lambda who=who: approve_offer(offer, actor=who) for who in people]) == ["done", "wrong_status"]
    offer.refresh_from_db()
    assert (offer.status, offer.version) == ("approved", before + 1), "written once"
    assert offer.approved_by in people
    assert (offer.lines.count(), bool(offer.approved_print)) == (1, True)
    decided_once(offer, "offer_decided", matrix.account_manager)
    for who in people:
        assert "Approved" in str(refused(lambda who=who: approve_offer(offer, actor=who)).message), "and is told where it stands"


def test_an_offer_that_is_approved_and_sent_back_at_once_is_one_of_the_two(matrix: Matrix, offer: Offer) -> None:
    other = UserFactory(role="management")
    outcomes = at_once(
        lambda: approve_offer(offer, actor=matrix.management), lambda: return_offer(offer, actor=other, reason="Dearer")
    )
    assert outcomes == ["done", "wrong_status"]
    offer.refresh_from_db()
    assert (offer.status, offer.approved_by) in {("approved", matrix.management), ("draft", None)}
    decided_once(offer, "offer_decided", matrix.account_manager)


def test_two_who_approve_an_agreement_at_once_make_one_approval(matrix: Matrix) -> None:
    made = handed_in(matrix, ProductFactory())
    people = (matrix.sales_manager, matrix.management)
    before = made.version
    assert at_once(*[lambda who=who: approve_agreement(made, actor=who) for who in people]) == ["done", "wrong_status"]
    made.refresh_from_db()
    assert (made.status, made.version) == ("active", before + 1), "written once"
    assert made.approved_by in people
    assert made.lines.get().agreed
    decided_once(made, "agreement_decided", matrix.account_manager)


def test_an_agreement_that_is_approved_and_sent_back_at_once_is_one_of_the_two(matrix: Matrix) -> None:
    made = handed_in(matrix, ProductFactory())
    outcomes = at_once(
        lambda: approve_agreement(made, actor=matrix.sales_manager),
        lambda: return_agreement(made, actor=matrix.management, reason="Too low"),
    )
    assert outcomes == ["done", "wrong_status"]
    made.refresh_from_db()
    assert (made.status, made.lines.get().agreed) in {("active", True), ("draft", False)}
    decided_once(made, "agreement_decided", matrix.account_manager)


def test_of_two_agreements_of_one_key_that_are_approved_at_once_one_holds(matrix: Matrix) -> None:
    product = ProductFactory()
    one, other = handed_in(matrix, product, 10), handed_in(matrix, product, 11)
    outcomes = at_once(
        lambda: approve_agreement(one, actor=matrix.sales_manager), lambda: approve_agreement(other, actor=matrix.management)
    )
    assert outcomes == ["agreement_overlaps", "done"]
    assert sorted(PriceAgreement.objects.values_list("status", flat=True)) == ["active", "in_approval"]
    held = AgreementLine.objects.get(agreed=True).agreement
    lost = other if held == one else one
    assert Notification.objects.filter(kind="agreement_decided", reader=matrix.account_manager).count() == 1
    assert WorkItem.objects.on(lost).open().count() == 1, "it still waits for its decision"
    assert held.number in str(refused(lambda: approve_agreement(lost, actor=UserFactory(role="sales_manager"))).message)
