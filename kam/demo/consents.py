"""The demonstration's local prices outside the corridor: one waits for consent, one was refused, one is with the sales manager, one is decided."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant, User
from accounts.models.assignments import account_manager_of, area_manager_of
from catalog.models import Product
from kam.core import clock
from kam.core.workflow import Denied
from kam.demo import stage
from kam.demo.catalogue import products
from kam.demo.organisation import person
from kam.demo.trade import MARKETS, Buyer, buyers
from orders.actions import (
    create_agreement,
    create_offer,
    decide_consent,
    escalate_consent,
    refuse_consent,
    submit_agreement,
    submit_offer,
)
from orders.models import Offer, PriceAgreement, PriceConsent

#: How far each request came, and how many days ago it was made.
FATES = (("waiting", -1), ("refused", -5), ("escalated", -6), ("allowed", -16))
#: What is asked of the usual price: far below the corridor.
SHARE = Decimal("0.85")
WHY = {
    "it": "Il concorrente locale offre a meno, e senza questa serie perdiamo anche i ricambi.",
    "de": "Der Wettbewerber am Ort bietet darunter, und ohne diese Serie verlieren wir auch die Ersatzteile.",
    "en": "The local competitor is below this, and without this series we lose the spare parts as well.",
}
REFUSED = "The other plants of the account would ask for the same price within the year."
ESCALATED = "The plant orders nowhere else with us; nobody else would see this price."
ALLOWED = "Allowed for this plant until the end of the year, and for these quantities."


def make() -> None:
    """Let area managers ask for what lies outside their corridor; each request comes as far as its fate."""
    asking = _asking()
    for place, (fate, days) in enumerate(FATES):
        buyer, plant, location, leader, asker = next(asking)
        with stage.at(days):
            consent = _asked(place, buyer, plant, location, asker)
        if fate == "waiting":
            continue
        with stage.at(days + 1, hour=14):
            refuse_consent(consent, actor=leader, reason=REFUSED)
        if fate == "refused":
            continue
        with stage.at(days + 2):
            escalate_consent(consent, actor=asker, reason=ESCALATED)
        if fate == "allowed":
            with stage.at(days + 4):
                decide_consent(consent, actor=person("management"), allow=True, reason=ALLOWED)


def _asking() -> Iterator[tuple[Buyer, Plant, Location, User, User]]:
    """Plants that buy where one person leads the account and another one serves the plant, priced in the list's currency."""
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    locations = {location.code: location for location in Location.objects.all()}
    for buyer in buyers():
        plant, location = plants[buyer.plant], locations[buyer.location]
        if buyer.last_day != stage.day(0) or MARKETS[buyer.location][0] != "EUR":
            continue
        leader = account_manager_of(plant.customer, stage.day(0))
        asker = area_manager_of(plant, location, stage.day(0))
        if leader is not None and asker is not None and leader != asker:
            yield buyer, plant, location, leader, asker


def _asked(place: int, buyer: Buyer, plant: Plant, location: Location, asker: User) -> PriceConsent:
    """An agreement on a product that the plant has not bought yet, or an offer of it, handed in with its reason."""
    known = {product.code for product in buyer.basket}
    catalogue = {product.code: product for product in Product.objects.all()}
    why = WHY[asker.language]
    for data in products():
        if data.code in known:
            continue
        price = (buyer.price(data, clock.today()) * SHARE).quantize(Decimal("0.01"))
        line: dict[str, Any] = {"product": catalogue[data.code], "price": price}
        if place == 0:
            agreed = create_agreement(
                PriceAgreement, actor=asker, plant=plant, location=location, currency="EUR", first_day=stage.day(15), lines=[line]
            )
            submit_agreement(agreed, actor=asker, reason=why)
            return PriceConsent.objects.get(agreement=agreed)
        made = create_offer(
            Offer, actor=asker, plant=plant, selling_location=location, currency="EUR", subject=f"{data.code}",
            valid_until=clock.today() + timedelta(days=45), lines=[line | {"quantity": Decimal(12)}],
        )  # fmt: skip
        with suppress(Denied):  # a product without a valid cost cannot be offered: the next one
            submit_offer(made, actor=asker, reason=why)
            return PriceConsent.objects.get(offer=made)
        made.delete()
    raise ValueError(f"nothing left to offer to {plant}")
