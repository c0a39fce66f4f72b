"""Wrong prices for tests: a sale, the agreement that it does not follow, and what is found of it."""

from typing import Any

from kam.core import clock
from orders.actions.wrong_prices import find_wrong_prices
from orders.models import PriceFinding, PriceLetter
from orders.reports.wrong_prices import told_of
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


def price_letter(finding: PriceFinding) -> PriceLetter:
    """A letter that told it, without having been printed; the wrong price itself stays open."""
    made: PriceLetter = PriceLetter.objects.create(
        addressee=finding.plant.customer.name,
        selling_location=finding.selling_location,
        currency=finding.currency,
        language="en",
        to_recover=finding.to_recover,
        to_credit=finding.to_credit,
        lines=[told_of(finding)],
        sent_to="buyer@customer.example",
        sent_at=clock.now(),
    )
    made.findings.set([finding])
    return made
