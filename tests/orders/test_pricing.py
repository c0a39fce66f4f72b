"""The price engine: which price wins and why, scales, reductions and tooling to the cent, over REST as one asks for it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from rest_framework.test import APIClient

from kam.core import clock
from kam.core.periods import period
from kam.core.tokens import issue_token
from orders.actions import revise_agreement
from tests.factories.catalog import ListPriceFactory, ProductFactory, ProductFamilyFactory, ProgrammeFactory
from tests.factories.customer_orders import ordered
from tests.factories.findings import wrong_price
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.pages import client_for, words

DAY = date(2026, 3, 16)


def asked(user: Any, *questions: dict[str, Any], status: int = 200) -> Any:
    """The answers of the endpoint to these questions."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='prices')}")
    answer = client.post("/api/v1/price-agreements/price/", {"questions": list(questions)})
    assert answer.status_code == status, answer.json()
    return answer.json().get("results", answer.json())


def ask(matrix: Matrix, product: Any, quantity: Any, **values: Any) -> Any:
    """What the account manager is told of a price at ACME Italy on a day in March 2026."""
    question = {"plant": matrix.acme_it_plant.pk, "product": product.pk, "quantity": str(quantity), "day": DAY.isoformat()}
    return asked(matrix.account_manager, question | values)[0]


@pytest.mark.acceptance("AT-30")
def test_to_scale_and_graduated_scale_differ_widely(matrix: Matrix) -> None:
    to, graduated = ProductFactory(), ProductFactory()
    steps = [(5, 10), (20, 12), (100, 15), (1000, 20)]
    agreement(line(to, scale="to", steps=steps), line(graduated, scale="interval", steps=steps), customer=matrix.acme_it)
    assert ask(matrix, to, 140)["goods"] == "2800.000000"
    answer = ask(matrix, graduated, 140)
    assert (answer["goods"], round(Decimal(answer["price"]), 2)) == ("2230.000000", Decimal("15.93"))
    assert [step["code"] for step in answer["steps"]] == ["tranche"] * 4 + ["goods", "net"]
    assert ask(matrix, to, 100)["goods"] == "1500.000000"
    for product in (to, graduated):
        beyond = ask(matrix, product, 1001)
        assert beyond["blocked"]["code"] == "no_price"
        assert [one["verdict"] for one in beyond["losers"]] == ["quantity"]


@pytest.mark.acceptance("AT-31")
def test_a_from_scale_may_make_less_cost_more(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(product, scale="from", steps=[(1, "12.00"), (100, "11.00"), (500, "9.80")]), customer=matrix.acme_it)
    amounts = {quantity: ask(matrix, product, quantity) for quantity in (99, 100, 499, 500)}
    assert [one["goods"] for one in amounts.values()] == ["1188.000000", "1100.000000", "5489.000000", "4900.000000"]
    assert [one["code"] for one in amounts[499]["hints"]] == ["cheaper"]
    assert "500 cost less: 4,900.00" in amounts[499]["hints"][0]["text"]
    assert amounts[500]["hints"] == []


@pytest.mark.acceptance("AT-37")
def test_long_term_reductions_leave_the_material_and_tooling_ends_at_its_quantity(matrix: Matrix) -> None:
    product, tooled = ProductFactory(), ProductFactory()
    reductions = [(date(2026 + year, 1, 1), Decimal(3)) for year in range(3)]
    agreement(
        line(product, "50.00", unreduced=Decimal(20), reductions=reductions),
        line(tooled, "10.00", tooling_cost=Decimal(36000), tooling_quantity=Decimal(60000)),
        customer=matrix.acme_it,
    )
    prices = [ask(matrix, product, 1, day=f"{2026 + year}-06-01")["price"] for year in range(3)]
    assert prices == ["49.10000", "48.23000", "47.38000"]
    assert ask(matrix, product, 1, day="2026-06-01")["steps"][1]["code"] == "reduction"
    assert ask(matrix, tooled, 100)["tooling"] == "60.000000"
    SalesLineFactory(plant=matrix.acme_it_plant, product=tooled, quantity=Decimal(48500), date=date(2026, 2, 1))
    step = next(step for step in ask(matrix, tooled, 100)["steps"] if step["code"] == "tooling")
    left = (Decimal(60000) - Decimal(step["values"]["delivered"])) * Decimal(step["values"]["per_unit"])
    assert left == 6900, "what is still to be paid when the programme stops at 48,500"
    assert ask(matrix, tooled, 20000)["tooling"] == "6900.000000", "only 11,500 of these still carry it"
    SalesLineFactory(plant=matrix.acme_it_plant, product=tooled, quantity=Decimal(11500), date=date(2026, 2, 2))
    assert ask(matrix, tooled, 100)["tooling"] == "0.000000"


def test_the_most_specific_price_wins_and_each_loser_says_why(matrix: Matrix) -> None:
    parent = ProductFamilyFactory()
    product = ProductFactory(family=ProductFamilyFactory(parent=parent))
    ListPriceFactory(product=product, price=Decimal(20), currency="EUR")
    won = []
    for values, own in (
        ({"group": matrix.acme}, {"product": None, "family": parent, "price": None, "discount": Decimal(10)}),
        ({"plant": matrix.acme_it_plant}, {"product": None, "family": product.family, "price": None, "discount": Decimal(20)}),
        ({"group": matrix.acme}, {"price": Decimal(15)}),
        ({"customer": matrix.acme_it}, {"price": Decimal(14)}),
        ({"plant": matrix.acme_it_plant}, {"price": Decimal(13)}),
        ({"plant": matrix.acme_it_plant, "location": matrix.italy}, {"price": Decimal(12)}),
    ):
        made = agreement(line(product, 1) | own, **values)
        answer = ask(matrix, product, 1)
        assert answer["winner"]["agreement"] == made.pk
        won.append(answer["price"])
    assert won == ["18.00000", "16.00000", "15.00000", "14.00000", "13.00000", "12.00000"]
    assert {one["verdict"] for one in answer["losers"]} == {"less_specific"}
    assert len(answer["losers"]) == 6
    programme = ProgrammeFactory(customer=matrix.acme_it)
    agreement(line(product, 11), programme=programme)
    assert ask(matrix, product, 1)["price"] == "12.00000"
    assert ask(matrix, product, 1, programme=programme.pk)["price"] == "11.00000"
    told = {one["verdict"]: one["text"] for one in ask(matrix, product, 1)["losers"]}
    assert programme.name in told["programme"]


def test_a_price_must_hold_on_the_day_in_the_currency_at_the_location_and_for_the_quantity(matrix: Matrix) -> None:
    product = ProductFactory()
    holder = {"customer": matrix.acme_it}
    agreement(line(product, 1), first_day=date(2026, 4, 1), last_day=date(2026, 4, 30), **holder)
    agreement(line(product, 2), first_day=date(2026, 1, 1), last_day=date(2026, 1, 31), **holder)
    agreement(line(product, 3), currency="USD", **holder)
    agreement(line(product, 4), location=matrix.germany, **holder)
    agreement(line(product, scale="from", steps=[(10, 5)]), plant=matrix.acme_it_plant)
    agreement(line(product, 6), customer=matrix.beta)
    agreement(line(product, 7), status="in_approval", **holder)
    answer = ask(matrix, product, 1)
    assert answer["blocked"]["code"] == "no_price"
    assert "EUR" in answer["blocked"]["text"]
    assert answer["price"] is answer["net"] is answer["winner"] is None
    assert sorted(one["verdict"] for one in answer["losers"]) == ["currency", "later", "location", "over", "quantity"]
    assert ask(matrix, product, 1, day="2026-04-30")["price"] == "1.00000"
    assert ask(matrix, product, 1, day="2026-05-01")["blocked"]["code"] == "no_price"
    assert ask(matrix, product, 1, currency="USD")["price"] == "3.00000"
    assert ask(matrix, product, 1, location=matrix.germany.pk)["price"] == "4.00000"
    assert ask(matrix, product, 10)["price"] == "5.00000"


def test_a_future_price_is_known_today(matrix: Matrix) -> None:
    product = ProductFactory()
    made = agreement(line(product, 10), customer=matrix.acme_it)
    revise_agreement(made, actor=matrix.account_manager, first_day=date(2026, 6, 1), change=Decimal(5))
    assert ask(matrix, product, 1, day="2026-07-01")["price"] == "10.00000", "a draft prices nothing"
    agreement(line(product, 11), plant=matrix.acme_it_plant, first_day=date(2026, 9, 1))
    assert [ask(matrix, product, 1, day=day)["price"] for day in ("2026-08-31", "2026-09-01")] == ["10.00000", "11.00000"]


def test_price_units_and_the_rounding_of_a_line(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(product, "12.345", price_unit=100, decimals=3, minimum_quantity=Decimal(50)), customer=matrix.acme_it)
    answer = ask(matrix, product, 33)
    assert (answer["price"], answer["price_unit"], answer["goods"], answer["net"]) == ("12.34500", 100, "4.070000", "4.070000")
    assert [one["code"] for one in answer["hints"]] == ["below_minimum"]


def test_a_discount_follows_the_list_and_needs_it(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(None, None, family=product.family, discount=Decimal("12.5")), customer=matrix.acme_it)
    assert [one["verdict"] for one in ask(matrix, product, 1)["losers"]] == ["no_list_price"]
    ListPriceFactory(product=product, price=Decimal(30), currency="EUR", price_unit=100, period=period(date(2026, 1, 1)))
    ListPriceFactory(product=product, price=Decimal(40), currency="EUR", location=matrix.italy, period=period(date(2026, 1, 1)))
    answer = ask(matrix, product, 10, location=matrix.italy.pk)
    assert (answer["price"], answer["goods"]) == ("35.00000", "350.000000")
    answer = ask(matrix, product, 10, location=matrix.usa.pk)
    assert (answer["price"], answer["price_unit"], answer["goods"]) == ("26.25000", 100, "2.630000")


def test_who_asks_and_what_losers_they_see(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    agreement(line(product, 5), plant=matrix.acme_de_plant, location=matrix.italy)
    agreement(line(product, 6), customer=matrix.acme_de)
    question = {"plant": matrix.acme_de_plant.pk, "product": product.pk, "quantity": "1", "day": DAY.isoformat()}
    at_germany, at_italy = question | {"location": matrix.germany.pk}, question | {"location": matrix.italy.pk}
    [answer] = asked(matrix.area_manager_de, at_germany)
    assert (answer["price"], answer["losers"]) == ("6.00000", []), "the price of Italy is not theirs to see"
    assert [one["verdict"] for one in asked(matrix.account_manager, at_germany)[0]["losers"]] == ["location"]
    with nothing_changed(apart_from=("core_apitoken", "core_accesslog")):
        assert asked(matrix.area_manager_de, at_italy, status=403)["code"] == "outside_your_area"
        assert asked(matrix.area_manager_us, question, status=403)["code"] == "outside_your_area"
        asked(matrix.technical_it, question, status=403)
        foreign = asked(matrix.account_manager2, question, status=400)
        absent = asked(matrix.account_manager2, question | {"plant": 999_999_999}, status=400)
    assert [one["code"] for one in foreign["errors"]] == [one["code"] for one in absent["errors"]]


def test_the_price_check_says_the_same_in_the_readers_words(matrix: Matrix) -> None:
    product = ProductFactory()
    made = agreement(line(product, "12.50", scale="none"), customer=matrix.acme_it)
    matrix.account_manager.language = "it"
    matrix.account_manager.save()
    page = client_for(matrix.account_manager)
    address = f"/prices/check/?plant={matrix.acme_it_plant.pk}&product={product.pk}&quantity=10&day=16/03/2026"
    text = words(page.get(address))
    assert "125,00" in text
    assert made.number in text
    assert client_for(matrix.technical_it).get("/prices/check/").status_code == 403
    assert page.get(address + "&location=999999").status_code == 422


def test_every_line_of_an_offer_order_and_wrong_invoice_leads_to_its_price_check(matrix: Matrix) -> None:
    offer = offered(matrix.acme_it_plant, matrix.italy, offer_line(priced_product(), 100, "22"), by=matrix.account_manager)
    order = ordered(matrix.acme_it_plant, matrix.italy)
    wrong = wrong_price(matrix.acme_it_plant, matrix.italy)
    client = client_for(matrix.account_manager)
    for record in (offer, order, wrong):
        page = client.get(record.get_absolute_url()).content.decode()
        [address] = re.findall(r'href="(/prices/check/\?[^"]+)"', page)
        answer = client.get(unescape(address))
        assert answer.status_code == 200
        assert "Why this price" in answer.content.decode(), record
    matrix.account_manager.language = "it"
    matrix.account_manager.save()
    page = client.get(offer.get_absolute_url()).content.decode()
    [address] = re.findall(r'href="(/prices/check/\?[^"]+)"', page)
    assert "2.500,00" in words(client.get(unescape(address))), (
        "a hundred, and not a hundred thousand where the point parts thousands"
    )
    assert "/prices/check/?" not in client_for(matrix.quality_it).get(order.get_absolute_url()).content.decode()


def test_an_agreement_that_goes_by_the_delivery_prices_it_there_by_itself_and_says_so(matrix: Matrix) -> None:
    product, change = priced_product(30), date(2026, 7, 1)
    old = agreement(line(product, 20), customer=matrix.acme_it, first_day=date(2026, 1, 1), last_day=date(2026, 6, 30))
    new = agreement(
        line(product, 22, reductions=[(date(2026, 9, 1), Decimal(10))]),
        customer=matrix.acme_it,
        first_day=change,
        pricing_date="delivery",
    )

    def priced(**days: str) -> tuple[Any, Any]:
        answer = ask(matrix, product, 10, day="2026-06-15", **days)
        verdicts = {one["number"]: one["verdict"] for one in [answer["winner"], *answer["losers"]]}
        return Decimal(answer["price"]), (verdicts[old.number], verdicts[new.number], answer["steps"][0])

    price, (before, after, _step) = priced()
    assert (price, before, after) == (20, "won", "later"), "nothing is known of the delivery: today's agreement"
    price, (before, after, step) = priced(delivery="2026-07-15")
    assert (price, before, after, step["code"], step["values"]) == (22, "replaced", "won", "by_delivery", {"day": "2026-07-15"})
    assert "date of delivery" in step["text"]
    assert priced(delivery="2026-09-01")[0] == Decimal("19.8"), "the reductions of that day, too"
    assert priced(requested="2026-07-15", delivery="2026-06-20")[0] == 20
    assert priced(requested="2026-07-15")[0] == 22, "the delivery is not known, the wanted day is"
    [unknown] = [one for one in ask(matrix, product, 10, day="2026-07-02")["steps"] if one["code"].startswith("by_")]
    assert unknown["code"] == "by_delivery_unknown"

    # of a discount the list of that day; of an order its instalments, of an offer the day that is wanted
    listed = priced_product(30)
    listed.list_prices.update(period=period(date(2026, 1, 1), date(2026, 6, 30)))
    ListPriceFactory(product=listed, price=Decimal(40), period=period(change, None))
    agreement(
        line(listed, None, discount=Decimal(10)), customer=matrix.acme_it, first_day=date(2026, 1, 1), pricing_date="requested"
    )
    assert Decimal(ask(matrix, listed, 10, day="2026-06-15", requested="2026-07-02")["price"]) == 36
    assert Decimal(ask(matrix, listed, 10, day="2026-06-15", requested="2026-06-20")["price"]) == 27
    instalments = [
        {"date": date(2026, 7, 20), "quantity": Decimal(4), "firm": True}, {"date": date(2026, 8, 20), "quantity": Decimal(6), "firm": True},
    ]  # fmt: skip
    order = ordered(
        matrix.acme_it_plant, matrix.italy, offer_line(product, 10) | {"schedule": instalments}, customer_date=date(2026, 6, 15),
        currency="EUR",
    )  # fmt: skip
    assert order.lines.get().price == 22
    page = client_for(matrix.account_manager).get(order.get_absolute_url()).content.decode()
    assert "delivery=2026-07-20" in page
    third, last = priced_product(30), clock.today() + timedelta(days=30)
    agreement(line(third, 20), plant=matrix.acme_it_plant, last_day=last)
    agreement(line(third, 24), plant=matrix.acme_it_plant, first_day=last + timedelta(days=1), pricing_date="requested")
    assert [
        offered(matrix.acme_it_plant, matrix.italy, offer_line(third, 5), wanted_on=wanted).lines.get().price
        for wanted in (None, last, last + timedelta(days=1))
    ] == [20, 20, 24]


def test_what_was_ordered_before_a_change_keeps_its_price_where_neither_agreement_holds(matrix: Matrix) -> None:
    product, plain, off = priced_product(30), priced_product(30), priced_product(30)
    ends, change = date(2026, 6, 30), date(2026, 7, 1)
    by_delivery = {"customer": matrix.acme_it, "first_day": date(2026, 1, 1), "last_day": ends, "pricing_date": "delivery"}
    old = agreement(line(product, 20), line(off, None, discount=Decimal(10)), **by_delivery)
    new = agreement(line(product, 22), line(off, None, discount=Decimal(20)), customer=matrix.acme_it, first_day=change)
    agreement(line(plain, 20), **by_delivery)

    def priced(article: Any, day: str, delivery: str) -> tuple[Decimal, list[str], dict[str, str]]:
        answer = ask(matrix, article, 10, day=day, delivery=delivery)
        verdicts = {one["number"]: one["verdict"] for one in [answer["winner"], *answer["losers"]] if one["number"]}
        return Decimal(answer["price"]), [one["code"] for one in answer["steps"]], verdicts

    price, steps, verdicts = priced(product, "2026-06-15", "2026-07-15")
    assert (price, verdicts[old.number], verdicts[new.number]) == (20, "won", "later")
    assert steps[:2] == ["by_delivery", "goes_on"]
    assert "30" in next(
        one["text"]
        for one in ask(matrix, product, 10, day="2026-06-15", delivery="2026-07-15")["steps"]
        if one["code"] == "goes_on"
    )
    assert priced(off, "2026-06-15", "2026-07-15")[0] == 27, "a discount goes on as well"
    assert priced(product, "2026-06-15", "2026-06-20")[0] == 20
    assert "goes_on" not in priced(product, "2026-06-15", "2026-06-20")[1]
    assert priced(product, "2026-07-02", "2026-07-15")[0] == 22, "ordered after the change"
    assert priced(plain, "2026-06-15", "2026-07-15")[0] == 30, "what nothing follows ends: the list price holds"
    assert priced(product, "2025-12-15", "2026-07-15")[0] == 30, "what did not hold on the day of the order does not go on"
