"""Orders that were accepted, as the tests of their further life begin with them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant
from kam.core import clock
from orders.actions.order_intake import book_intake
from orders.actions.order_progress import keep_value
from orders.models import Order, OrderIntake, OrderLine
from tests.factories.catalog import ProductFactory

SOON = timedelta(days=30)


def accepted_order(plant: Plant, location: Location, *lines: dict[str, Any], **values: Any) -> Order:
    """An order of a plant that was reviewed and accepted: 100 pieces for 10 EUR in 30 days unless told."""
    number = Order.objects.count() + 1
    wanted = clock.today() + SOON
    order = Order.objects.create(
        **{
            "number": f"OR-{location.code}-2026-{number:05d}", "plant": plant, "customer": plant.customer, "selling_location": location,
            "language": "en", "currency": "EUR", "customer_reference": f"PO-{number}", "customer_date": clock.today(),
            "received_at": clock.now(), "registered_at": clock.now(), "requested_on": wanted, "status": "accepted", "reviewed": True,
        }
        | values
    )  # fmt: skip
    for place, line in enumerate(lines or [{}], 1):
        product = line["product"] if "product" in line else ProductFactory(producing_location=location)
        OrderLine.objects.create(
            **{"order": order, "position": place * 10, "product": product, "quantity": Decimal(100), "price": Decimal(10)}
            | {"product": product}
            | {name: value for name, value in line.items() if name != "product"}
        )
    keep_value(order)
    order.save()
    book_intake(order, OrderIntake.Kind.REGISTERED)
    return order
