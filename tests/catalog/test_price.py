"""List prices: a change is a new record, the past is not rewritten, and who reads them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import record_list_price, withdraw_list_price
from catalog.models import ListPrice
from catalog.reports import prices_of
from kam.core.periods import period
from tests.catalog.test_product import refused
from tests.factories.catalog import ListPriceFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def record(matrix: Matrix, product: Any, first_day: date, price: str = "27", **more: Any) -> ListPrice:
    """Record a price in EUR as the sales manager."""
    values = {"currency": "EUR", "price": Decimal(price), "first_day": first_day} | more
    return record_list_price(ListPrice, actor=matrix.sales_manager, product=product, **values)


def test_a_change_is_a_new_record_and_the_future_is_seen(matrix: Matrix, nothing_changed: Nothing) -> None:
    old = ListPriceFactory()
    new = record(matrix, old.product, date(2026, 7, 1), price="27.12345", price_unit=100)
    old.refresh_from_db()
    assert (old.price, old.last_day, new.first_day, new.last_day) == (25, date(2026, 6, 30), date(2026, 7, 1), None)
    assert new.per_unit == Decimal("0.2712345")
    force = ListPrice.objects.in_force
    assert force(old.product, date(2026, 6, 30), "EUR") == old
    assert force(old.product, date(2026, 7, 1), "EUR") == new
    assert force(old.product, date(2026, 7, 1), "USD") is None
    assert prices_of(old.product, matrix.account_manager) == [old, new]
    with nothing_changed():
        assert record(matrix, old.product, date(2026, 8, 1), price="27.12345", price_unit=100) == new
    between = record(matrix, old.product, date(2026, 5, 1), price="26")
    assert between.last_day == date(2026, 6, 30)
    refused("later_price", lambda: record(matrix, old.product, date(2026, 6, 1), last_day=date(2026, 7, 1)), nothing_changed)


def test_a_location_has_its_own_price_beside_the_general_one(matrix: Matrix) -> None:
    general = ListPriceFactory()
    own = record(matrix, general.product, date(2026, 1, 1), location=matrix.germany)
    day = date(2026, 3, 16)
    assert ListPrice.objects.in_force(general.product, day, "EUR", matrix.germany) == own
    assert ListPrice.objects.in_force(general.product, day, "EUR", matrix.italy) == general
    assert ListPrice.objects.in_force(general.product, day, "EUR") == general


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("price_in_the_past", {"first_day": date(2026, 3, 15)}),
        ("price_from_this_day", {"first_day": date(2020, 1, 1)}),
        ("period_in_order", {"first_day": date(2026, 5, 1), "last_day": date(2026, 4, 30)}),
        ("invalid", {"first_day": date(2026, 5, 1), "price": "0"}),
        ("invalid", {"first_day": date(2026, 5, 1), "price": "0.000001"}),
        ("invalid", {"first_day": date(2026, 5, 1), "currency": "LIR"}),
        ("invalid", {"first_day": date(2026, 5, 1), "price_unit": 7}),
    ],
)
def test_what_is_not_recorded(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    product = ListPriceFactory().product
    refused(code, lambda: record(matrix, product, **values), nothing_changed)


def test_a_price_that_has_not_begun_is_withdrawn(matrix: Matrix, nothing_changed: Nothing) -> None:
    old = ListPriceFactory()
    refused("price_has_begun", lambda: withdraw_list_price(old, actor=matrix.sales_manager), nothing_changed)
    new = record(matrix, old.product, date(2026, 7, 1))
    refused("not_permitted", lambda: withdraw_list_price(new, actor=matrix.account_manager), nothing_changed)
    withdraw_list_price(new, actor=matrix.sales_manager)
    old.refresh_from_db()
    assert (old.last_day, ListPrice.objects.count()) == (None, 1)


READERS = (
    "account_manager",
    "account_manager2",
    "area_manager_de",
    "area_manager_us",
    "sales_manager",
    "management",
    "auditor",
    "finance_it",
    "back_office_it",
)
OTHERS = ("administrator", "technical_it", "quality_it", "production_it", "logistics_it", "service_it", "nobody")


@pytest.mark.parametrize("person", [*READERS, *OTHERS])
def test_who_reads_list_prices(matrix: Matrix, nothing_changed: Nothing, person: str) -> None:
    price = ListPriceFactory()
    reader = matrix.users[person]
    assert ListPrice.objects.visible_to(reader).exists() is (person in READERS)
    assert prices_of(price.product, reader) == ([price] if person in READERS else [])
    if person != "sales_manager":
        values = {"currency": "EUR", "price": Decimal(3), "first_day": date(2026, 5, 1), "product": price.product}
        refused("not_permitted", lambda: record_list_price(ListPrice, actor=reader, **values), nothing_changed)


@pytest.mark.parametrize(
    ("constraint", "location"), [("catalog_price_one_in_general", False), ("catalog_price_one_at_location", True)]
)
def test_the_database_allows_one_price_at_a_date(matrix: Matrix, constraint: str, location: bool) -> None:
    where = matrix.italy if location else None
    price = ListPriceFactory(location=where)
    ListPriceFactory(product=price.product, location=where, currency="USD")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ListPriceFactory(product=price.product, location=where, period=period(date(2026, 1, 1), date(2026, 1, 1)))
