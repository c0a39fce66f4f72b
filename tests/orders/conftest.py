"""What the tests of the ledger share: a small company with one product, one customer, its cost and its account manager."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from accounts.models import Customer, Location, Plant, User
from catalog.models import Product
from kam.core.codes import ExternalCode
from kam.core.money import ExchangeRate
from kam.core.periods import period
from tests.factories.accounts import AssignmentFactory, CustomerFactory, LocationFactory, MarketFactory, UserFactory
from tests.factories.catalog import ProductFactory, StandardCostFactory
from tests.factories.orders import stated


@dataclass
class Company:
    """Italy produces and sells, the USA sell what Italy produces; the customer C-1 buys KP-1, which costs 10 EUR a piece."""

    italy: Location
    usa: Location
    customer: Customer
    plant: Plant
    product: Product
    manager: User
    line: Callable[..., dict[str, Any]]


@pytest.fixture
def company(db: None) -> Company:
    """The small company; `line(**values)` is a sale in it as a source states it."""
    italy, usa = LocationFactory(country="IT"), LocationFactory(country="US")
    customer = CustomerFactory(code="C-1", sector=MarketFactory(code="LOG"), plant__code="P-1")
    MarketFactory(code="ITA", dimension="area", countries="IT SM")
    product = ProductFactory(code="KP-1", producing_location=italy)
    StandardCostFactory(product=product)
    manager = UserFactory(email="manager@kam.example", role="account_manager")
    AssignmentFactory(user=manager, customer=customer)

    def line(**values: Any) -> dict[str, Any]:
        return stated(**{"customer": "C-1", "product": "KP-1", "selling_location": "IT"} | values)

    return Company(italy, usa, customer, customer.plants.get(), product, manager, line)


def rate(currency: str, day: date, value: str, kind: str = "spot", to: str = "EUR") -> ExchangeRate:
    """What one unit of a currency was worth."""
    return ExchangeRate.objects.create(from_currency=currency, to_currency=to, kind=kind, date=day, rate=value, source="bank")


def external(record: Any, code: str, system: str = "SAP", first: date | None = None, last: date | None = None) -> ExternalCode:
    """What a source system calls a record."""
    kind = ContentType.objects.get_for_model(record)
    return ExternalCode.objects.create(
        content_type=kind, object_id=record.pk, system=system, code=code, period=period(first, last)
    )
