"""Contract reviews on the screen and on paper: the page, answers, signatures, decisions, a clean selection; offers before they are sent."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kam.core import clock
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.actions import (
    answer_review,
    approve_offer,
    ask_offer_review,
    decide_review,
    edit_offer,
    send_offer,
    sign_review,
    submit_offer,
)
from orders.documents import review_print
from orders.models import ContractReview, Order
from tests.factories.offers import offer_line, offered, payment_term, priced_product
from tests.factories.prices import agreement, line
from tests.factories.reviews import answer_all, known_product, reviewed_order
from tests.matrix import Matrix
from tests.pages import client_for


@pytest.fixture
def varied(matrix: Matrix) -> ContractReview:
    """A price that is not the agreed one, at the Italian location."""
    product = known_product(matrix.acme_it_plant, matrix.italy)
    agreement(line(product, "48.50"), plant=matrix.acme_it_plant, location=matrix.italy)
    values = {"product": product, "quantity": 1200, "price": "47.00"}
    return reviewed_order(matrix.acme_it_plant, matrix.italy, values, by=matrix.back_office_it)


def test_the_page_shows_order_beside_agreement_and_what_stands_in_the_way(matrix: Matrix, varied: ContractReview) -> None:
    page = client_for(matrix.account_manager).get(varied.get_absolute_url())
    text = page.content.decode()
    for word in ("48.50", "47.00", "1,800.00", "Differences not settled: 1.", "Account manager", "B, with variations"):
        assert word in text, word
    assert "difference=" in text, "whose matter it is decides from the table"
    assert "difference=" not in client_for(matrix.quality_it).get(varied.get_absolute_url()).content.decode()
    whole = client_for(matrix.account_manager).get(f"{varied.get_absolute_url()}?all=1").content.decode()
    assert "General terms" in whole


def test_a_difference_is_decided_and_questions_are_answered_and_signed_on_their_pages(
    matrix: Matrix, varied: ContractReview
) -> None:
    row = varied.differences.get()
    leader = client_for(matrix.account_manager)
    address = f"{varied.get_absolute_url()}difference/"
    assert leader.get(f"{address}?difference={row.pk}").status_code == 200
    refused = leader.post(address, {"difference": row.pk, "decision": "accept", "reason": ""})
    assert refused.status_code == 422
    done = leader.post(address, {"difference": row.pk, "decision": "accept", "reason": "Bonus of the year"})
    assert done.status_code == 302
    row.refresh_from_db()
    assert (row.decision, row.decided_by) == ("accept", matrix.account_manager)
    asked = {row.question_id: row for row in varied.answers.filter(question__function__in=["account_manager", "back_office"])}
    page = leader.get(f"{varied.get_absolute_url()}answer/").content.decode()
    assert all(f"answer_{key}" in page for key in asked)
    body = {f"answer_{key}": "yes" for key in asked}
    first = next(iter(asked))
    bad = leader.post(f"{varied.get_absolute_url()}answer/", body | {f"answer_{first}": "no"})
    assert bad.status_code in {400, 409}
    assert leader.post(f"{varied.get_absolute_url()}answer/", body).status_code == 302
    assert set(varied.answers.filter(question__in=asked).values_list("answer", flat=True)) == {"yes"}
    assert leader.post(f"{varied.get_absolute_url()}sign/", {"function": "account_manager"}).status_code == 302
    assert varied.signatures.get(function="account_manager").signed_by == matrix.account_manager


def test_clean_reviews_are_confirmed_as_a_selection_each_with_its_own_record(matrix: Matrix, varied: ContractReview) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    clean = [
        reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product}, by=matrix.back_office_it) for _time in range(2)
    ]
    keys = [one.pk for one in (*clean, varied)]
    client_for(matrix.back_office_it).post("/contract-reviews/", {"bulk": "pass", "row": keys})
    assert [ContractReview.objects.get(pk=one.pk).state for one in clean] == ["closed", "closed"]
    assert Order.objects.filter(review__in=clean, status="accepted").count() == 2
    assert ContractReview.objects.get(pk=varied.pk).is_running


def test_the_review_stands_on_the_page_of_its_order(matrix: Matrix, varied: ContractReview) -> None:
    panel = client_for(matrix.back_office_it).get(f"/orders/{varied.order_id}/review/").content.decode()
    assert varied.get_absolute_url() in panel
    assert "not signed yet" in panel


@pytest.mark.parametrize(("language", "word"), [("it", "Verbale di riesame"), ("en", "Record of"), ("de", "Protokoll der")])
def test_the_record_is_printed_with_answers_differences_and_names(
    matrix: Matrix, varied: ContractReview, language: str, word: str, tmp_path: Path
) -> None:
    matrix.account_manager.language = language
    contents = review_print(str(varied.pk), actor=matrix.account_manager)
    assert contents.title.startswith(word)
    assert contents.draft
    kinds = [block["text"] for block in contents.data["blocks"] if block["kind"] == "heading"]
    assert len(kinds) >= 4
    assert render(contents, tmp_path / "review.pdf", actor=matrix.account_manager) >= 1
    with pytest.raises(Denied):
        review_print(str(varied.pk), actor=matrix.account_manager2)


def test_a_special_offer_is_reviewed_before_it_is_sent_and_anew_when_it_changes(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    offer = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(priced_product(100), 2000, 100), by=matrix.sales_manager, status="in_approval",
        payment_term=payment_term(30),
    )  # fmt: skip
    if offer.status == "in_approval":
        approve_offer(offer, actor=matrix.management)
    offer.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as missing:
        send_offer(offer, actor=matrix.account_manager, sent_to="buyer@customer.example")
    assert missing.value.code == "offer_not_reviewed"
    assert "100,000" in str(missing.value)
    ask_offer_review(offer, actor=matrix.account_manager)
    review = ContractReview.objects.get(offer=offer)
    assert (review.klass, review.entered_by, review.producing_location) == ("C", matrix.sales_manager, matrix.italy)
    with nothing_changed(), pytest.raises(Denied):
        ask_offer_review(offer, actor=matrix.account_manager)
    people = {"technical": "technical_it", "quality": "quality_it", "production": "production_it", "logistics": "logistics_it", "finance": "finance_it"}  # fmt: skip
    people |= {"account_manager": "account_manager", "back_office": "account_manager"}
    for function, name in people.items():
        answer_review(review, actor=matrix.users[name], answers=answer_all(review, None, function))
    for row in review.signatures.all():
        sign_review(review, actor=matrix.users[people[row.function]], function=row.function)
    decide_review(review, actor=matrix.account_manager, result="positive")
    set_parameter(ParameterValue, actor=None, key="orders.special_value", value=str(Decimal(1000)))
    sent = send_offer(offer, actor=matrix.account_manager, sent_to="buyer@customer.example")
    assert sent.status == "sent"
    assert ContractReview.objects.get(pk=review.pk).closed_at <= clock.now()


def test_an_offer_within_our_usual_terms_needs_no_review(matrix: Matrix) -> None:
    offer = offered(matrix.acme_it_plant, matrix.italy, by=matrix.account_manager)
    submit_offer(offer, actor=matrix.account_manager)
    offer.refresh_from_db()
    send_offer(offer, actor=matrix.account_manager, sent_to="buyer@customer.example")
    assert not ContractReview.objects.filter(offer=offer).exists()
    other = offered(matrix.acme_it_plant, matrix.italy, by=matrix.account_manager)
    set_parameter(ParameterValue, actor=None, key="orders.reviewed_offer_classes", value=["A", "C"])
    submit_offer(other, actor=matrix.account_manager)
    other.refresh_from_db()
    with pytest.raises(Denied, match="needs its contract review"):
        send_offer(other, actor=matrix.account_manager, sent_to="buyer@customer.example")
    edit_offer(other, actor=matrix.account_manager, notes="Nothing that is guarded")
