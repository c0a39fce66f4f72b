"""Wrong prices for tests: a sale, the agreement that it does not follow, and what is found of it."""

from typing import Any

from orders.actions.wrong_prices import find_wrong_prices
from orders.models import PriceFinding
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line


def wrong_price(plant: Any, location: Any, agreed: Any = 9, **sold: Any) -> PriceFinding:
    """Ten pieces sold for 100 EUR in March 2026 where 9 a piece were agreed with the plant, unless told otherwise."""
    product = ProductFactory()
    one = SalesLineFactory(plant=plant, selling_location=location, product=product, **sold)
    made = agreement(line(product, agreed), plant=plant)
    find_wrong_prices(agreement=made.pk)
    return PriceFinding.objects.get(document=one.document, number=one.number)
