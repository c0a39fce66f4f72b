"""Publishing one standard cost on a page, and the list of products without a bill of resources."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import StandardCost
from tests.factories.catalog import BillOfResourcesFactory, ProductFactory
from tests.matrix import Matrix
from tests.pages import client_for, rows


def values(matrix: Matrix, **changed: Any) -> dict[str, Any]:
    product = ProductFactory(producing_location=matrix.italy)
    cost = {"material": "10", "variable_conversion": "5", "fixed": "2", "price_unit": "100", "first_day": "2026-04-01"}
    return {"product": product.pk, "location": matrix.italy.pk, "cost_version": "2026", **cost} | changed


def test_finance_publishes_a_cost_on_a_page(matrix: Matrix) -> None:
    sent = values(matrix)
    answer = client_for(matrix.finance_it).post("/standard-costs/publish/", sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/products/{sent['product']}/?tab=costs")
    cost = StandardCost.objects.get()
    assert (cost.sum, cost.currency, cost.price_unit) == (Decimal(17), matrix.italy.currency, 100)


@pytest.mark.parametrize("wrong", [{"material": "-1"}, {"currency": "XXQ"}, {"cost_version": ""}, {"location": "germany"}])
def test_what_does_not_fit_is_refused_at_its_field(
    matrix: Matrix, nothing_changed: Callable[..., Any], wrong: dict[str, str]
) -> None:
    sent = values(matrix) | {name: getattr(matrix, value).pk if name == "location" else value for name, value in wrong.items()}
    browser = client_for(matrix.finance_it)
    with nothing_changed():
        answer = browser.post("/standard-costs/publish/", sent)
    assert answer.status_code == 422 and set(answer.context["form"].errors) == set(wrong)


def test_only_finance_publishes(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    sent = values(matrix)
    browser = client_for(matrix.account_manager)
    with nothing_changed():
        assert browser.post("/standard-costs/publish/", sent).status_code == 403


def test_products_without_a_bill_are_listed(matrix: Matrix) -> None:
    missing = ProductFactory(producing_location=matrix.italy)
    planned = ProductFactory(producing_location=matrix.italy)
    ProductFactory(producing_location=matrix.italy, status="development")
    BillOfResourcesFactory(product=planned, location=matrix.italy, hours={})
    found = rows(client_for(matrix.production_it).get("/bills-of-resources/missing/"))
    assert len(found) == 1 and missing.code in found[0]
