"""Orders for tests: an order of a plant with its lines, instalments and blocks, as rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from orders.models import Order, OrderBlock, OrderLine, OrderSchedule
from tests.factories.accounts import CustomerFactory, LocationFactory
from tests.factories.catalog import ProductFactory

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


class OrderFactory(DjangoModelFactory):
    """A standard order that came by mail and is not registered; `registered=True` gives it its number and moment."""

    class Meta:
        model = Order

    class Params:
        registered = factory.Trait(
            number=factory.Sequence(lambda number: f"SO-IT-2026-{number:05d}"), registered_at=MORNING, status="registered"
        )

    plant = factory.LazyAttribute(lambda made: CustomerFactory().plants.get())
    customer = factory.SelfAttribute("plant.customer")
    selling_location = factory.SubFactory(LocationFactory)
    customer_reference = factory.Sequence(lambda number: f"PO-{number:06d}")
    customer_date = date(2026, 3, 2)
    received_at = MORNING
    channel = "mail"
    language = "en"
    currency = "EUR"
    requested_on = date(2026, 5, 4)
    vat_treatment = "domestic"


class OrderLineFactory(DjangoModelFactory):
    """A hundred pieces of a product at 25 EUR; `promised` confirms them for a day."""

    class Meta:
        model = OrderLine

    class Params:
        promised: Any = None

    order = factory.SubFactory(OrderFactory)
    position = factory.Sequence(lambda number: 10 + number % 3000 * 10)
    product = factory.SubFactory(ProductFactory)
    quantity = Decimal(100)
    price = Decimal(25)
    part_revision = "A"
    agreed_revision = "A"
    status = factory.LazyAttribute(lambda made: "confirmed" if made.promised else "open")
    first_confirmed_on = factory.SelfAttribute("promised")
    confirmed_on = factory.SelfAttribute("promised")


class OrderScheduleFactory(DjangoModelFactory):
    """An instalment of fifty pieces."""

    class Meta:
        model = OrderSchedule

    line = factory.SubFactory(OrderLineFactory)
    date = date(2026, 5, 4)
    quantity = Decimal(50)


class OrderBlockFactory(DjangoModelFactory):
    """A credit block that a check set."""

    class Meta:
        model = OrderBlock

    order = factory.SubFactory(OrderFactory)
    kind = "credit"
    reason = "Credit limit exceeded"
    set_at = MORNING
