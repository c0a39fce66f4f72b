"""What an accepted offer becomes: the draft of its order or price agreement; and the negotiation that an offer was written for."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.timeline import timeline
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    accept_offer,
    approve_agreement,
    approve_offer,
    copy_offer,
    create_order,
    edit_agreement,
    edit_offer,
    give_consent,
    return_agreement,
    revise_offer,
    send_offer,
    submit_agreement,
    win_negotiation,
)
from orders.models import Negotiation, Offer, Order, PriceAgreement, PriceConsent
from orders.pricing import Question, price_all
from tests.factories.consents import asked
from tests.factories.files import named, pdf
from tests.factories.negotiations import negotiation
from tests.factories.offers import offer_line, offered, payment_term, priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client

TODAY = clock.today


def sent(matrix: Matrix, *lines: dict[str, Any], **values: Any) -> Offer:
    """An offer of the account manager's to ACME Italy that is with the customer."""
    known = {"by": matrix.account_manager, "approver": matrix.sales_manager, "status": "sent", "currency": "EUR"}
    return offered(matrix.acme_it_plant, matrix.italy, *lines, **known | values)


def test_what_was_accepted_becomes_the_draft_of_an_agreement_that_prices_orders(matrix: Matrix) -> None:
    one, scaled = priced_product(25), priced_product(25)
    made = sent(
        matrix,
        offer_line(one, 100, "24.125", minimum_quantity=Decimal(20)),
        offer_line(scaled, 10, "2400", price_unit=100, steps=[(Decimal(50), Decimal(2350)), (Decimal(500), Decimal(2300))]),
        offer_line(one, 5, "20", kind="option"),
        {"description": "Fixture", "kind": "tooling", "quantity": Decimal(1), "price": Decimal(500), "variable_cost": Decimal(4)},
        payment_term=payment_term(60),
        incoterms="FCA",
        incoterms_place="Arezzo",
    )
    last = TODAY() + timedelta(days=365)
    accept_offer(made, actor=matrix.account_manager, accepted_reference="PO 4711", agree=True, last_day=last)
    made.refresh_from_db()
    draft = made.agreements.get()
    assert (made.status, draft.status, draft.offer) == ("accepted", "draft", made)
    assert (draft.plant, draft.location, draft.currency, draft.replaces) == (matrix.acme_it_plant, matrix.italy, "EUR", None)
    assert (draft.payment_terms, draft.incoterms, draft.incoterms_place) == ("T60", "FCA", "Arezzo")
    assert (draft.reference, draft.first_day, draft.last_day) == ("PO 4711", TODAY(), last)
    first, second = draft.lines.order_by("position")
    assert (first.product, first.price, first.decimals, first.minimum_quantity) == (one, Decimal("24.125"), 3, Decimal(20))
    assert (second.scale, second.price_unit, second.steps) == (
        "from", 100, [(Decimal(10), Decimal(2400)), (Decimal(50), Decimal(2350)), (Decimal(500), Decimal(2300))],
    )  # fmt: skip
    submit_agreement(draft, actor=matrix.account_manager)
    approve_agreement(draft, actor=matrix.sales_manager)
    asking = [Question(made.plant, scaled, Decimal(60), TODAY(), matrix.italy, "EUR")]
    [answer] = price_all(asking)
    assert (answer.price, answer.price_unit) == (Decimal(2350), 100)
    browser = client_for(matrix.account_manager)
    assert draft.get_absolute_url() in browser.get(made.get_absolute_url()).content.decode()
    assert made.get_absolute_url() in browser.get(draft.get_absolute_url()).content.decode()


def test_by_its_acceptance_an_offer_becomes_the_draft_of_the_order(matrix: Matrix) -> None:
    product = priced_product(25)
    made = sent(
        matrix,
        offer_line(product, 100, "24"),
        offer_line(product, 5, "20", kind="option"),
        payment_term=payment_term(60),
        incoterms="FCA",
        incoterms_place="Arezzo",
    )
    paper = named(pdf("Please deliver"), "order.pdf")
    accept_offer(made, actor=matrix.account_manager, accepted_reference="PO 4711", customer_date=TODAY(), paper=paper)
    assert not made.agreements.exists()
    order = made.orders.get()
    assert (order.status, order.customer_reference, order.customer_date) == ("received", "PO 4711", TODAY())
    assert (order.entered_by, order.incoterms, order.incoterms_place) == (matrix.account_manager, "FCA", "Arezzo")
    line = order.lines.get()
    assert (line.product, line.quantity, line.price, line.offer_line) == (
        product,
        100,
        24,
        made.lines.get(position=line.position),
    )
    assert "document" not in order.incomplete
    assert order.incomplete == [f"lines.{line.position}.requested_on"]
    reader = client_for(matrix.back_office_it)
    assert order.get_absolute_url() in client_for(matrix.account_manager).get(made.get_absolute_url()).content.decode()
    assert made.name in reader.get(order.get_absolute_url()).content.decode()


def test_the_order_is_drafted_from_the_page_and_over_rest_and_once(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    browser, client = client_for(matrix.account_manager), api_client(matrix.account_manager)
    made, other, third = (sent(matrix, offer_line(priced_product(), 100, "23")) for _turn in range(3))
    said = {"accepted_reference": "PO 1", "customer_date": TODAY().isoformat(), "first_day": "", "last_day": ""}
    form = browser.get(f"/offers/{made.pk}/accept/").content.decode()
    assert 'name="paper"' in form and 'enctype="multipart/form-data"' in form
    with nothing_changed():
        wrong = browser.post(f"/offers/{made.pk}/accept/", said | {"paper": named(b"MZ no paper", "order.pdf")})
        assert wrong.status_code in {400, 422}
        long = client.post(f"/api/v1/offers/{other.pk}/accept/", {"accepted_reference": "P" * 36}, format="json")
        assert (long.status_code, [one["field"] for one in long.json()["errors"]]) == (400, ["accepted_reference"])
        both = browser.post(f"/offers/{made.pk}/accept/", said | {"agree": "on", "paper": named(pdf("Order"), "order.pdf")})
        assert both.status_code in {400, 422}
    answer = browser.post(f"/offers/{made.pk}/accept/", said | {"paper": named(pdf("Order"), "order.pdf")})
    order = made.orders.get()
    assert (answer.status_code, answer["Location"]) == (302, order.get_absolute_url())
    assert order.documents.get().type.code == "purchase_order"

    body = {"accepted_reference": "PO 1", "customer_date": TODAY().isoformat()}
    with nothing_changed():
        twice = client.post(f"/api/v1/offers/{other.pk}/accept/", body, format="json")
        assert (twice.status_code, twice.json()["code"]) == (409, "duplicate_order")
        assert "PO 1" in str(twice.json())
    body["accepted_reference"] = "PO 2"
    assert client.post(f"/api/v1/offers/{other.pk}/accept/", body, format="json").status_code == 200
    [found] = client.get(f"/api/v1/orders/?offer={other.pk}").json()["results"]
    assert (found["customer_reference"], found["status"], found["offer"]) == ("PO 2", "received", other.pk)

    stands = create_order(
        Order, actor=matrix.back_office_it, plant=third.plant, selling_location=third.selling_location, offer=third,
        customer_reference="PO 3", lines=[{"product": third.lines.get().product, "quantity": 100}],
    )  # fmt: skip
    accept_offer(third, actor=matrix.account_manager, accepted_reference="PO 3")
    assert third.orders.get() == stands, "the customer's order was there before the acceptance was noted"


def test_what_holds_already_is_changed_by_it(matrix: Matrix) -> None:
    product, other = priced_product(25), priced_product(25)
    place = {"plant": matrix.acme_it_plant, "location": matrix.italy}
    present = agreement(line(product, 24), line(other, 24), first_day=TODAY() - timedelta(days=100), **place)
    made = sent(matrix, offer_line(product, 100, "23"))
    first = TODAY() + timedelta(days=10)
    accept_offer(made, actor=matrix.account_manager, agree=True, first_day=first)
    draft = made.agreements.get()
    assert draft.replaces == present
    submit_agreement(draft, actor=matrix.account_manager)
    approve_agreement(draft, actor=matrix.sales_manager)
    kept = {row.product: row.last_day for row in present.lines.all()}
    assert kept == {product: first - timedelta(days=1), other: None}


@pytest.mark.acceptance("AT-88")
def test_what_cannot_be_changed_is_refused_by_name_and_nothing_is_accepted(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    product, other = priced_product(25), priced_product(25)
    place = {"plant": matrix.acme_it_plant, "location": matrix.italy}
    later = agreement(line(product, 24), first_day=TODAY() + timedelta(days=20), **place)
    made = sent(matrix, offer_line(product, 100, "23"))
    with nothing_changed(), pytest.raises(Denied) as refused:
        accept_offer(made, actor=matrix.account_manager, agree=True)
    assert (refused.value.code, refused.value.field) == ("agreement_overlaps", "first_day")
    assert later.number in str(refused.value)
    with nothing_changed(), pytest.raises(Denied):  # the last day before the first
        accept_offer(made, actor=matrix.account_manager, agree=True, last_day=TODAY() - timedelta(days=1))
    accept_offer(made, actor=matrix.account_manager, agree=True, last_day=TODAY() + timedelta(days=19))
    long_ago = TODAY() - timedelta(days=50)
    agreement(line(other, 24), first_day=long_ago, last_day=TODAY() + timedelta(days=3), **place)
    agreement(line(other, 23), first_day=TODAY() + timedelta(days=4), **place)
    two = sent(matrix, offer_line(other, 100, "23"))
    with nothing_changed(), pytest.raises(Denied):
        accept_offer(two, actor=matrix.account_manager, agree=True)
    for lines, code in (
        ([offer_line(product, 10, "23"), offer_line(product, 20, "22.9")], "twice"),
        (
            [{"description": "Fixture", "quantity": Decimal(1), "price": Decimal(500), "variable_cost": Decimal(4)}],
            "nothing_to_agree",
        ),
    ):
        one = sent(matrix, *lines)
        with nothing_changed(), pytest.raises(Denied) as nothing:
            accept_offer(one, actor=matrix.account_manager, agree=True)
        assert (nothing.value.code, nothing.value.field) == (code, "agree")


def test_the_prices_of_an_accepted_offer_need_no_second_consent(matrix: Matrix) -> None:
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    give_consent(consent, actor=matrix.account_manager)
    made = consent.offer
    made.refresh_from_db()

    approve_offer(made, actor=matrix.sales_manager)
    send_offer(made, actor=matrix.area_manager_us, sent_to="buyer@acme.example")
    accept_offer(made, actor=matrix.area_manager_us, agree=True)
    draft = made.agreements.get()
    submit_agreement(draft, actor=matrix.area_manager_us)
    draft.refresh_from_db()
    assert (draft.status, draft.consent) == ("in_approval", "")
    other = PriceAgreement.objects.get(pk=draft.pk)

    return_agreement(other, actor=matrix.sales_manager, reason="Less")
    edit_agreement(other, actor=matrix.area_manager_us, lines=[line(made.lines.get().product, 19)])
    submit_agreement(other, actor=matrix.area_manager_us, reason="They asked again")
    assert PriceConsent.objects.get(agreement=other).status == "waiting"


def test_the_acceptance_asks_for_it_on_the_page_and_over_rest(matrix: Matrix) -> None:
    browser = client_for(matrix.account_manager)
    made = sent(matrix, offer_line(priced_product(), 100, "23"))
    assert 'name="agree"' in browser.get(f"/offers/{made.pk}/accept/").content.decode()
    answer = browser.post(
        f"/offers/{made.pk}/accept/", {"accepted_reference": "PO 1", "agree": "on", "first_day": "", "last_day": ""}
    )
    assert answer.status_code == 302
    assert answer["Location"] == made.agreements.get().get_absolute_url()
    other = sent(matrix, offer_line(priced_product(), 100, "23"))
    client = api_client(matrix.account_manager)
    body = {"accepted_reference": "PO 2", "agree": True, "last_day": (TODAY() + timedelta(days=30)).isoformat()}
    accepted = client.post(f"/api/v1/offers/{other.pk}/accept/", body, format="json")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    [found] = client.get(f"/api/v1/price-agreements/?offer={other.pk}").json()["results"]
    assert (found["offer"], found["status"]) == (other.pk, "draft")


def test_an_offer_names_its_negotiation_and_its_acceptance_is_told_there(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    led = negotiation(plant=matrix.acme_it_plant, selling_location=matrix.italy, owner=matrix.account_manager)
    foreign = negotiation(plant=matrix.beta_plant, owner=matrix.account_manager2)
    made = sent(matrix, offer_line(priced_product(), 100, "23"), negotiation=led)
    draft = offered(matrix.acme_it_plant, matrix.italy, offer_line(priced_product(), 1), by=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as other:
        edit_offer(draft, actor=matrix.account_manager, negotiation=foreign)
    assert (other.value.code, other.value.field) == ("negotiation_of_another", "negotiation")
    for holder in ({"customer": matrix.acme_it}, {"group": matrix.acme}):
        edit_offer(draft, actor=matrix.account_manager, negotiation=negotiation(owner=matrix.account_manager, **holder))
    following = revise_offer(made, actor=matrix.account_manager)
    assert following.negotiation == led
    accept_offer(made, actor=matrix.account_manager)
    led.refresh_from_db()
    assert led.is_open, "the stage is moved by whoever leads it"
    item = WorkItem.objects.on(led).open().get(kind="conclude_negotiation")
    assert item.assignee == matrix.account_manager
    browser = client_for(matrix.account_manager)
    assert led.subject in browser.get(made.get_absolute_url()).content.decode()
    assert made.number in browser.get(f"/negotiations/{led.pk}/offers/").content.decode()
    assert made.number in browser.get(f"/offers/?negotiation={led.pk}").content.decode()
    win_negotiation(led, actor=matrix.account_manager, evidence="PO 4711")
    assert not WorkItem.objects.on(led).open().filter(kind="conclude_negotiation").exists()


def test_who_does_not_see_the_negotiation_does_not_learn_of_it_and_does_not_take_it_away(matrix: Matrix) -> None:
    led = negotiation(group=matrix.acme, owner=matrix.account_manager, subject="Secret platform")
    made = offered(
        matrix.acme_us_plant, matrix.usa, offer_line(priced_product(), 100, "23"), by=matrix.account_manager, negotiation=led,
        currency="EUR",
    )  # fmt: skip
    local = matrix.area_manager_us
    assert Offer.objects.visible_to(local).filter(pk=made.pk).exists()
    assert not Negotiation.objects.visible_to(local).filter(pk=led.pk).exists()
    browser, client = client_for(local), api_client(local)
    for address in (made.get_absolute_url(), f"/offers/{made.pk}/edit/", "/offers/"):
        assert "Secret platform" not in browser.get(address).content.decode()
    assert 'name="negotiation"' not in browser.get(f"/offers/{made.pk}/edit/").content.decode()
    assert client.get(f"/api/v1/offers/{made.pk}/").json()["negotiation"] is None
    assert api_client(matrix.account_manager).get(f"/api/v1/offers/{made.pk}/").json()["negotiation"] == led.pk
    assert client.get(f"/api/v1/offers/?negotiation={led.pk}").status_code == 400
    assert browser.get(f"/negotiations/{led.pk}/offers/").status_code == 404
    assert client.patch(f"/api/v1/offers/{made.pk}/", {"negotiation": None, "enquiry": "RFQ 9"}, format="json").status_code == 200
    made.refresh_from_db()
    assert (made.negotiation, made.enquiry) == (led, "RFQ 9")
    assert copy_offer(made, actor=local).negotiation is None
    assert copy_offer(made, actor=matrix.account_manager).negotiation == led
    assert "Secret platform" not in repr(timeline(made, local))
