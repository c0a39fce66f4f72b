"""The catalogue over REST: reading, writing by verbs, cost columns refused to those who do not read costs, bounded queries."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.models import BillOfResources, ListPrice
from kam.core.tokens import issue_token
from tests.factories.catalog import (
    BillOfResourcesFactory,
    CustomerItemFactory,
    ListPriceFactory,
    ProductFactory,
    ProductFamilyFactory,
    ProductRevisionFactory,
    ProgrammeFactory,
    StandardCostFactory,
    WorkCentreFactory,
)
from tests.matrix import Matrix

API = "/api/v1/"
Nothing = Callable[..., Any]
LOGS = ("kam_api_quota", "core_apitoken")


def client(user: Any) -> APIClient:
    """The API as a person."""
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='tests')}")
    made.get(f"{API}users/me/")  # the first use of a token notes the moment
    return made


def keys(answer: Any) -> set[int]:
    """The keys of a list."""
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def test_a_product_from_development_to_discontinued(matrix: Matrix) -> None:
    api = client(matrix.technical_it)
    family = ProductFamilyFactory()
    body = {
        "code": "KP-1",
        "name_en": "Pulley",
        "family": family.pk,
        "producing_location": matrix.italy.pk,
        "units": [{"unit": "box", "factor": "12"}],
        "net_weight": "1.5",
    }
    answer = api.post(f"{API}products/", body, format="json")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["status"], made["units"]) == ("development", [{"unit": "box", "factor": "12.000000"}])
    assert "standard_cost" not in made
    where = f"{API}products/{made['id']}/"
    assert api.post(f"{where}launch/", {}, format="json").json()["code"] == "no_released_revision"
    draft = api.post(
        f"{API}product-revisions/", {"product": made["id"], "level": "A", "drawing_number": "D-1"}, format="json"
    ).json()
    assert draft["period"] is None
    released = api.post(f"{API}product-revisions/{draft['id']}/release/", {"effective_from": "2026-03-01"}, format="json").json()
    assert (released["status"], released["period"]) == ("released", {"first_day": "2026-03-01", "last_day": None})
    assert api.post(f"{where}launch/", {}, format="json").json()["status"] == "active"
    tag = api.get(where)["ETag"]
    changed = api.patch(where, {"name_de": "Riemenscheibe", "units": []}, format="json", HTTP_IF_MATCH=tag)
    assert (changed.json()["name_de"], changed.json()["units"]) == ("Riemenscheibe", [])
    assert api.patch(where, {"name_de": "Andere"}, format="json", HTTP_IF_MATCH=tag).status_code == 412
    ended = api.post(f"{where}phase-out/", {"last_order_date": "2026-12-31"}, format="json").json()
    assert (ended["status"], ended["last_order_date"]) == ("phase_out", "2026-12-31")
    assert api.post(f"{where}reactivate/", {"reason": "Wanted again"}, format="json").json()["status"] == "active"


@pytest.mark.parametrize("name", ["status", "last_order_date", "successor", "standard_cost", "id", "version", "colour"])
def test_server_owned_and_unknown_fields_are_refused(matrix: Matrix, nothing_changed: Nothing, name: str) -> None:
    api, family = client(matrix.technical_it), ProductFamilyFactory()
    with nothing_changed(apart_from=LOGS):
        answer = api.post(f"{API}products/", {"code": "A", "name_en": "A", "family": family.pk, name: None}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == name


COST_READERS = {
    "account_manager": True,
    "sales_manager": True,
    "finance_it": True,
    "area_manager_de": False,
    "technical_it": False,
}
ONE_LOCATION = {"finance_it", "area_manager_de"}


@pytest.mark.parametrize("person", COST_READERS)
def test_the_cost_of_a_product_is_read_by_those_who_read_costs_there(matrix: Matrix, person: str) -> None:
    """A cost column is left out, and asking, filtering or sorting by it is refused unless it holds for every row."""
    product = StandardCostFactory(price_unit=100).product
    foreign = StandardCostFactory(product__producing_location=matrix.germany).product
    api, where = client(matrix.users[person]), f"{API}products/"
    rows = {row["id"]: row for row in api.get(where).json()["results"]}
    here, there = rows[product.pk], rows[foreign.pk]
    if COST_READERS[person]:
        assert (here["standard_cost"], here["standard_cost_currency"]) == ("0.1000000", "EUR")
    else:
        assert "standard_cost" not in here
    assert ("standard_cost" in there) is (person in {"account_manager", "sales_manager", "area_manager_de"})
    everything = person in {"account_manager", "sales_manager"}
    assert api.get(where, {"ordering": "standard_cost"}).status_code == (200 if everything else 400)
    filtered = api.get(where, {"standard_cost_max": "5"})
    assert filtered.status_code == (200 if everything else 400)
    if everything:
        assert keys(filtered) == {product.pk}
    asked = api.get(where, {"fields": "code,standard_cost"})
    assert asked.status_code == (400 if person == "technical_it" else 200)


@pytest.mark.parametrize("query", [{"ordering": "material"}, {"fields": "material"}, {"fields": "total"}, {"ordering": "-fixed"}])
@pytest.mark.parametrize("person", ["technical_it", "production_it", "back_office_it", "administrator", "nobody"])
def test_cost_columns_of_costs_are_refused(matrix: Matrix, person: str, query: dict[str, str]) -> None:
    StandardCostFactory()
    api = client(matrix.users[person])
    assert keys(api.get(f"{API}standard-costs/")) == set()
    answer = api.get(f"{API}standard-costs/", query)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "costs_hidden")


def test_costs_are_published_as_a_set(matrix: Matrix, nothing_changed: Nothing) -> None:
    api, old = client(matrix.finance_it), StandardCostFactory()
    fresh = ProductFactory()
    cost = {"material": "7", "variable_conversion": "3", "fixed": "1"}
    body = {
        "location": matrix.italy.pk,
        "cost_version": "2026",
        "first_day": "2026-01-01",
        "costs": [{"product": old.product.pk, **cost}, {"product": fresh.pk, **cost, "price_unit": 100}],
    }
    answer = api.post(f"{API}standard-costs/publish/", body, format="json")
    assert (answer.status_code, answer.json()["count"]) == (200, 2), answer.content
    seen = api.get(f"{API}standard-costs/", {"cost_version": "2026", "ordering": "material"}).json()["results"]
    assert [(row["total"], row["period"]["first_day"]) for row in seen] == [("11.00000", "2026-01-01")] * 2
    with nothing_changed(apart_from=LOGS):
        assert api.post(f"{API}standard-costs/publish/", body, format="json").json()["count"] == 0
        body["costs"][0]["material"] = "8"
        refused = api.post(f"{API}standard-costs/publish/", body, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "costs.0.product")
        body["location"] = matrix.germany.pk
        assert api.post(f"{API}standard-costs/publish/", body, format="json").status_code == 403
        assert client(matrix.technical_it).post(f"{API}standard-costs/publish/", body, format="json").status_code == 403


def test_prices_are_recorded_and_withdrawn(matrix: Matrix, nothing_changed: Nothing) -> None:
    old = ListPriceFactory()
    api, body = (
        client(matrix.sales_manager),
        {"product": old.product.pk, "currency": "EUR", "price": "27.5", "first_day": "2026-07-01"},
    )
    answer = api.post(f"{API}list-prices/", body, format="json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["period"] == {"first_day": "2026-07-01", "last_day": None}
    later = api.get(f"{API}list-prices/", {"validity": "later"})
    assert keys(later) == {answer.json()["id"]}
    with nothing_changed(apart_from=LOGS):
        assert api.patch(f"{API}list-prices/{old.pk}/", {"price": "1"}, format="json").status_code == 405
        assert api.delete(f"{API}list-prices/{old.pk}/").status_code == 409
        assert client(matrix.account_manager).post(f"{API}list-prices/", body, format="json").status_code == 403
        assert client(matrix.quality_it).get(f"{API}list-prices/{old.pk}/").status_code == 404
        assert keys(client(matrix.quality_it).get(f"{API}list-prices/")) == set()
    assert api.delete(f"{API}list-prices/{answer.json()['id']}/").status_code == 204
    assert ListPrice.objects.get().last_day is None


def test_customer_items_obey_the_row_rule(matrix: Matrix, nothing_changed: Nothing) -> None:
    mine, foreign = CustomerItemFactory(customer=matrix.acme_us), CustomerItemFactory(customer=matrix.beta)
    api, where = client(matrix.account_manager), f"{API}customer-items/"
    assert keys(api.get(where)) == {mine.pk}
    answer = api.patch(f"{where}{mine.pk}/", {"part_number": "51-2207"}, format="json")
    assert answer.json()["part_number"] == "51-2207", answer.content
    with nothing_changed(apart_from=LOGS):
        assert api.patch(f"{where}{foreign.pk}/", {"part_number": "X"}, format="json").status_code == 404
        body = {"customer": matrix.beta.pk, "product": mine.product.pk, "part_number": "X"}
        absent = api.post(where, body | {"customer": 10**9}, format="json").json()
        hidden = api.post(where, body, format="json").json()
        assert hidden["errors"][0]["code"] == absent["errors"][0]["code"] == "does_not_exist"
        assert api.patch(f"{where}{mine.pk}/", {"customer": matrix.acme_it.pk}, format="json").status_code == 400
        assert client(matrix.quality_it).patch(f"{where}{mine.pk}/", {"part_number": "X"}, format="json").status_code == 403


def test_bills_are_recorded_with_their_lines(matrix: Matrix, nothing_changed: Nothing) -> None:
    api, centre, product = client(matrix.production_it), WorkCentreFactory(), ProductFactory()
    line = {"work_centre": centre.pk, "hours_per_unit": "0.25", "setup_hours": "1.5", "offset_months": 1}
    steel = {"material": "Steel", "grade": "C45", "quantity": "1.2", "unit": "kg"}
    body = {
        "product": product.pk,
        "location": matrix.italy.pk,
        "lot": "50",
        "yield_rate": "98",
        "operations": [line],
        "materials": [steel],
    }
    answer = api.post(f"{API}bills-of-resources/", body | {"first_day": "2026-04-01"}, format="json")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["bill_version"], made["operations"][0]["hours_per_unit"], made["materials"][0]["material"]) == (
        1,
        "0.250000",
        "Steel",
    )
    where = f"{API}bills-of-resources/{made['id']}/"
    assert api.patch(where, {"lot": "60"}, format="json").json()["lot"] == "60.000"
    with nothing_changed(apart_from=LOGS):
        assert api.patch(where, {"first_day": "2026-05-01"}, format="json").status_code == 400
        wrong = api.patch(where, {"operations": [line | {"hours_per_unit": "-1"}]}, format="json").json()
        assert wrong["errors"][0]["field"].startswith("operations")
        assert client(matrix.technical_it).patch(where, {"lot": "70"}, format="json").status_code == 403
    assert BillOfResources.objects.get().lot == 60


FACTORIES: dict[str, Callable[..., Any]] = {
    "product-families": ProductFamilyFactory,
    "products": ProductFactory,
    "product-revisions": ProductRevisionFactory,
    "standard-costs": StandardCostFactory,
    "list-prices": ListPriceFactory,
    "customer-items": CustomerItemFactory,
    "work-centres": WorkCentreFactory,
    "bills-of-resources": BillOfResourcesFactory,
    "programmes": ProgrammeFactory,
}


@pytest.mark.parametrize("address", FACTORIES)
def test_a_list_takes_the_same_number_of_queries_whatever_its_length(matrix: Matrix, address: str) -> None:
    api = client(matrix.sales_manager)
    FACTORIES[address]()
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"{API}{address}/").status_code == 200
        counts.append(len(queries))
        for _number in range(4):
            FACTORIES[address]()
    with CaptureQueriesContext(connection) as queries:
        assert len(api.get(f"{API}{address}/").json()["results"]) == 9
    assert counts[0] == counts[1] == len(queries)
    assert len(queries) <= 10


def test_filters_of_products(matrix: Matrix) -> None:
    line = ProductFamilyFactory()
    pulley = ProductFactory(name_it="Puleggia à gola", family=ProductFamilyFactory(parent=line), code="KP-AA")
    other = ProductFactory(status="phase_out", last_order_date=date(2026, 12, 31), code="KP-BB")
    CustomerItemFactory(product=pulley, customer=matrix.acme_us)
    api, where = client(matrix.account_manager), f"{API}products/"
    assert keys(api.get(where, {"search": "PULEGGIA gola"})) == {pulley.pk}
    assert keys(api.get(where, {"search": pulley.revisions.get().drawing_number})) == {pulley.pk}
    assert keys(api.get(where, {"search": "kp-"})) == {pulley.pk, other.pk}
    assert keys(api.get(where, {"search": "50%"})) == set()
    assert keys(api.get(where, {"family": line.pk})) == {pulley.pk}
    assert keys(api.get(where, {"status": "phase_out"})) == {other.pk}
    assert keys(api.get(where, {"customer": matrix.acme_us.pk})) == {pulley.pk}
    assert api.get(where, {"customer": matrix.beta.pk}).status_code == 400
    assert api.get(where, {"colour": "red"}).status_code == 400
