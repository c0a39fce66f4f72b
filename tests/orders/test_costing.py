"""What a price costs and earns: margins and the lowest price to the cent, who reads them, a cost that is missing; and how few queries."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kam.core.parameters import ParameterValue
from kam.core.periods import period
from orders.models import IndexValue, PriceIndex
from orders.pricing import Question
from orders.reports.prices import simulate
from tests.factories.accounts import PlantFactory
from tests.factories.catalog import ListPriceFactory, ProductFactory, StandardCostFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.conftest import rate
from tests.orders.test_pricing import DAY, ask, asked
from tests.pages import client_for, words

PARTS = {"material": Decimal("18.20"), "variable_conversion": Decimal("9.40"), "fixed": Decimal("7.30")}
SINCE = period(date(2026, 1, 1))


def costed(matrix: Matrix, price: str, **values: Any) -> Any:
    """A product made in Italy that costs what the worked examples say, agreed with ACME Italy at a price."""
    product = ProductFactory(producing_location=matrix.italy)
    StandardCostFactory(
        product=product, location=matrix.italy, **{"currency": "EUR", "price_unit": 1, "period": SINCE} | PARTS | values
    )
    agreement(line(product, price), customer=matrix.acme_it)
    return product


def commission(percent: str) -> None:
    """What is paid on every sale."""
    ParameterValue.objects.create(key="orders.commission_rate", value=percent, period=SINCE)


@pytest.mark.acceptance("AT-34")
def test_margins_are_of_the_net_revenue(matrix: Matrix) -> None:
    commission("2")
    product = costed(matrix, "48.50")
    cost = ask(matrix, product, 1, freight="1.10")["cost"]
    assert (cost["full"], cost["margin"], cost["contribution"]) == ("34.900000", "13.600000", "18.830000")
    assert [round(Decimal(cost[name]), 2) for name in ("margin_rate", "contribution_rate")] == [
        Decimal("28.04"),
        Decimal("38.82"),
    ]
    cheap = costed(matrix, "44.00")
    cost = ask(matrix, cheap, 1, freight="1.10")["cost"]
    assert (cost["contribution"], round(Decimal(cost["contribution_rate"]), 2)) == ("14.420000", Decimal("32.77"))


@pytest.mark.acceptance("AT-33")
def test_the_lowest_price_reaches_the_target_and_rounds_up(matrix: Matrix) -> None:
    commission("2")
    answers = [ask(matrix, costed(matrix, price), 1, freight="1.10") for price in ("45.56", "45.55")]
    assert [answer["cost"]["minimum"] for answer in answers] == ["45.56", "45.56"]
    assert [[hint["code"] for hint in answer["hints"]] for answer in answers] == [[], ["below_lowest"]]


def test_a_cost_in_another_currency_and_per_hundred(matrix: Matrix) -> None:
    product = costed(matrix, "48.50", currency="USD", price_unit=100)
    assert ask(matrix, product, 100)["cost"]["missing"]["code"] == "no_rate"
    rate("USD", DAY, "0.5")
    cost = ask(matrix, product, 100)["cost"]
    assert (cost["full"], cost["missing"]) == ("17.450000", None)


def test_a_product_without_valid_cost_is_named_with_who_can_mend_it(matrix: Matrix) -> None:
    never, nowhere = ProductFactory(producing_location=matrix.italy), ProductFactory(producing_location=None)
    agreement(line(never, 5), line(nowhere, 5), customer=matrix.acme_it)
    told = [ask(matrix, product, 1)["cost"] for product in (never, nowhere)]
    assert [cost["missing"]["code"] for cost in told] == ["no_cost", "no_producing_location"]
    assert never.code in told[0]["missing"]["text"] and "finance" in told[0]["missing"]["text"]
    assert {cost["full"] for cost in told} == {None}
    old = costed(matrix, "48.50", period=period(date(2025, 3, 16)))
    assert ask(matrix, old, 1)["cost"]["missing"] is None, "twelve months to the day"
    assert ask(matrix, old, 1, day="2026-03-17")["cost"]["missing"]["code"] == "cost_too_old"
    page = client_for(matrix.account_manager)
    address = f"/prices/check/?plant={matrix.acme_it_plant.pk}&quantity=1&day=2026-03-16&product="
    assert "Ask finance of that location" in words(page.get(f"{address}{never.pk}"))


def test_costs_are_shown_to_who_reads_them_only(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = costed(matrix, "20.00")
    question = {"plant": matrix.acme_it_plant.pk, "product": product.pk, "quantity": "1", "day": DAY.isoformat()}
    with nothing_changed(apart_from=("core_apitoken", "core_accesslog")):
        read = {
            name: asked(matrix.users[name], question)[0]
            for name in ("account_manager", "sales_manager", "finance_it", "back_office_it")
        }
        german = asked(matrix.area_manager_de, question | {"plant": matrix.acme_de_plant.pk, "location": matrix.germany.pk})[0]
    assert [read[name]["cost"]["full"] for name in ("account_manager", "sales_manager", "finance_it")] == ["34.900000"] * 3
    for hidden in (read["back_office_it"], german):
        assert hidden["cost"] is None and hidden["hints"] == []
    assert [hint["code"] for hint in read["finance_it"]["hints"]] == ["below_lowest"]
    address = f"/prices/check/?plant={matrix.acme_it_plant.pk}&product={product.pk}&quantity=1&day=2026-03-16&freight=1"
    assert "34.90" in words(client_for(matrix.account_manager).get(address))
    hidden_page = words(client_for(matrix.back_office_it).get(address))
    assert "20.00" in hidden_page and "34.90" not in hidden_page and "Freight per unit" not in hidden_page


def test_two_hundred_questions_take_as_many_queries_as_one_and_never_more_than_eight(matrix: Matrix) -> None:
    """The worst case: tooling, an index in another currency, costs in another one, nobody said which location."""
    index = PriceIndex.objects.create(
        code="LME-CU", name_it="Rame", name_en="Copper", name_de="Kupfer", currency="USD", source="LME"
    )
    IndexValue.objects.create(index=index, day=date(2026, 2, 1), value=Decimal("9.5"))
    rate("USD", date(2026, 2, 27), "0.9")
    rate("USD", DAY, "0.9")
    plants = [matrix.acme_it_plant, PlantFactory(customer=matrix.acme_it)]
    tooled = {"tooling_cost": Decimal(10), "tooling_quantity": Decimal(10)}
    products = [
        ProductFactory(producing_location=matrix.italy, net_weight=Decimal(1), gross_weight=Decimal(1)) for _turn in range(4)
    ]
    clauses = [{"kind": "surcharge", "index": index, "reference": Decimal(1)}]
    for number, product in enumerate(products):
        StandardCostFactory(product=product, location=matrix.italy, currency="USD", period=SINCE)
        agreement(line(product, 10 + number, **tooled), customer=matrix.acme_it, clauses=clauses)
        agreement(line(product, 12), group=matrix.acme)
        ListPriceFactory(product=product, currency="EUR")
    counts = {}
    for many in (1, 200):
        pairs = [(plants[turn % 2], products[turn % 4]) for turn in range(many)]
        questions = [Question(plant, product, Decimal(5), DAY) for plant, product in pairs]
        matrix.account_manager.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            shown = simulate(questions, matrix.account_manager)
        assert all(one.answer.surcharge and one.answer.tooling and one.cost and one.cost.full for one in shown)
        counts[many] = [query["sql"] for query in queries if "accounts_rolegrant" not in query["sql"]]
    assert len(counts[1]) == len(counts[200]) <= 8, counts[200]
    answer = [{"plant": plant.pk, "product": product.pk, "quantity": "5"} for plant, product in pairs]
    with CaptureQueriesContext(connection) as queries:
        assert len(asked(matrix.account_manager, *answer)) == 200
    assert len(queries) < 40, "each kind of record that the questions name is read once"
