"""What became of orders in the world of the permission matrix: from America, from Italy, and of GAMMA from China, as far as a verb needs them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from orders.actions.order_cancelling import cancel_order
from orders.actions.order_changing import request_change
from orders.actions.order_confirming import confirm_order
from orders.actions.order_delays import delay_order
from orders.actions.order_deliveries import deliver_order
from orders.actions.order_papers import acknowledge_order
from orders.models import Order, OrderInvoice
from tests.factories.accounts import LocationFactory
from tests.factories.order_lives import accepted_order
from tests.world_orders import AMERICAN, ITALIAN
from tests.world_people import PEOPLE, World

READERS = AMERICAN + ITALIAN


def of_the_order_lives(world: World) -> None:
    """Orders accepted, confirmed, delivered; and what hangs on them."""
    built, china = world.built, LocationFactory(code="CN2", country="CN")
    places = ((built.acme_us_plant, built.usa), (built.acme_us_plant, built.italy), (world.foreign["plant"], china))
    for kind, made in (
        ("accepted_order", accepted_order), ("confirmed_order", confirmed), ("delivered_order", delivered),
        ("waiting_confirmation", waiting), ("order_paper", paper), ("asked_cancellation", asked), ("order_change", changed),
        ("order_delay", delayed), ("order_delivery", lambda *place: delivered(*place).deliveries.get()), ("order_invoice", invoiced),
    ):  # fmt: skip
        american, italian, chinese = (made(*place) for place in places)
        world.own[kind] = dict.fromkeys(AMERICAN, american) | dict.fromkeys(ITALIAN, italian)
        theirs = {letter: chinese if letter in READERS else american for letter in PEOPLE}
        world.foreign[kind] = {letter: row for letter, row in theirs.items() if letter not in "smu"}


def confirmed(plant: Any, location: Any) -> Order:
    """An order that was confirmed."""
    order = accepted_order(plant, location)
    confirm_order(order, actor=None, sent_to="Buyer")
    order.refresh_from_db()
    return order


def delivered(plant: Any, location: Any) -> Order:
    """An order of which everything was delivered."""
    order = confirmed(plant, location)
    deliver_order(order, actor=None, note_number=f"DDT-{order.pk}")
    order.refresh_from_db()
    return order


def waiting(plant: Any, location: Any) -> Any:
    """A confirmation with another date, which waits for the customer."""
    order = accepted_order(plant, location)
    later = order.requested_on + timedelta(days=7)
    confirm_order(order, actor=None, sent_to="Buyer", lines=[{"line": order.lines.get(), "confirmed_on": later}])
    return order.confirmations.get()


def paper(plant: Any, location: Any) -> Any:
    """The acknowledgement of an order, given out by hand."""
    order = accepted_order(plant, location)
    acknowledge_order(order, actor=None, sent_to="Buyer")
    return order.papers.get()


def asked(plant: Any, location: Any) -> Any:
    """A cancellation that is charged for."""
    return cancel_order(accepted_order(plant, location), actor=None, cause="customer", work_charge=Decimal(10))


def changed(plant: Any, location: Any) -> Any:
    """A change of the terms of delivery."""
    order = confirmed(plant, location)
    request_change(order, actor=None, incoterms="FCA")
    return order.changes.get()


def delayed(plant: Any, location: Any) -> Any:
    """A delay by a week."""
    order = confirmed(plant, location)
    new = [{"line": order.lines.get(), "confirmed_on": order.requested_on + timedelta(days=7)}]
    delay_order(order, actor=None, cause="material", sent_to="Buyer", lines=new)
    return order.delays.get()


def invoiced(plant: Any, location: Any) -> Any:
    """What an ERP invoiced of an order."""
    order = delivered(plant, location)
    row = {"order": order, "line": order.lines.get(), "number": f"9{order.pk}", "invoiced_on": order.customer_date}
    return OrderInvoice.objects.create(**row, quantity=10, net=100)
