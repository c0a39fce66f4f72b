"""Orders for tests: an order of a plant with its lines, instalments and blocks, as rows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from orders.actions import create_order, register_order
from orders.models import Order, OrderBlock, OrderLine, OrderSchedule
from tests.factories.accounts import CustomerFactory, LocationFactory
from tests.factories.catalog import ProductFactory
from tests.factories.files import named, pdf
from tests.factories.offers import payment_term, priced_product

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


class OrderFactory(DjangoModelFactory):
    """A standard order that came by mail and is not registered; `registered=True` gives it its number and moment."""

    class Meta:
        model = Order

    class Params:
        registered = factory.Trait(
            number=factory.Sequence(lambda number: f"SO-IT-2026-{90000 + number}"), registered_at=MORNING, status="registered"
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


def purchase_order(order: Order, name: str = "order.pdf") -> None:
    """What the customer sent, attached to the order."""
    paper = named(pdf("Order"), name)
    attach_document(Document, actor=None, record=order, type=standard_type("purchase_order"), file=paper, title=name)


def ordered(plant: Any, location: Any, *lines: dict[str, Any], by: Any = None, register: bool = False, **head: Any) -> Order:
    """An order entered by the actions themselves, a hundred of a product unless told; complete, with its paper, if registered."""
    told = {
        "customer_reference": f"4500{Order.objects.count():06d}",
        "customer_date": clock.today(),
        "requested_on": clock.today() + timedelta(days=60),
        "payment_term": payment_term(30),
        **({} if plant.customer.incoterms else {"incoterms": "DAP"}),
    } | head
    made: Order = create_order(
        Order,
        actor=by,
        plant=plant,
        selling_location=location,
        lines=lines or ({"product": priced_product(), "quantity": Decimal(100)},),
        **told,
    )
    purchase_order(made)
    if register:
        register_order(made, actor=by)
    made.refresh_from_db()
    return made
