"""What was ordered in the world of the permission matrix: from the American and the Italian location, and by GAMMA from China."""

from typing import Any

from orders.actions import accept_offer, set_block
from tests.factories.accounts import LocationFactory
from tests.factories.customer_orders import ordered
from tests.factories.offers import offer_line, offered, priced_product
from tests.world_people import PEOPLE, World

#: Who works at the American location or oversees all, and who at the Italian one, which serves the American plant as well.
AMERICAN, ITALIAN = "arsmu", "btqplfe"


def of_the_orders(world: World) -> None:
    """Orders of ACME's in America, a draft and a frame order, sold by America and by Italy; an accepted offer, a block."""
    built, china, product = world.built, LocationFactory(country="CN"), priced_product()
    theirs = priced_product(producer=china, currency="EUR")
    places = (
        (built.acme_us_plant, built.usa, product), (built.acme_us_plant, built.italy, product), (world.foreign["plant"], china, theirs),
    )  # fmt: skip
    for kind, made in (
        ("order", lambda plant, place, product: ordered(plant, place, a_line(product), currency="EUR")),
        (
            "frame_order",
            lambda plant, place, product: ordered(plant, place, a_line(product), currency="EUR", kind="frame", register=True),
        ),
        ("order_block", lambda plant, place, product: a_block(ordered(plant, place, a_line(product), currency="EUR"))),
        ("accepted_offer", lambda plant, place, product: an_acceptance(plant, place, product, built.sales_manager)),
    ):
        american, italian, chinese = (made(*place) for place in places)
        readers = ITALIAN if kind != "accepted_offer" else "bf"
        world.own[kind] = dict.fromkeys(AMERICAN, american) | dict.fromkeys(readers, italian)
        foreign = {letter: chinese if letter in AMERICAN + readers else american for letter in PEOPLE}
        world.foreign[kind] = {letter: row for letter, row in foreign.items() if letter not in "smu"}


def a_line(product: Any) -> dict[str, Any]:
    """A hundred pieces of a product."""
    return {"product": product, "quantity": 100}


def a_block(order: Any) -> Any:
    """A block that a check set on an order, for finance to lift."""
    return set_block(order, actor=None, kind="billing", reason="The customer has no VAT number")


def an_acceptance(plant: Any, place: Any, product: Any, approver: Any) -> Any:
    """An offer that the customer has accepted."""
    offer = offered(plant, place, offer_line(product, 100, "22"), status="sent", currency="EUR", approver=approver)
    accept_offer(offer, actor=None, accepted_reference=f"PO of {place.code}")
    offer.refresh_from_db()
    return offer
