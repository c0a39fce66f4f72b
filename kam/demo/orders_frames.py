"""The demonstration's frame orders: agreed for a year, called off in instalments, each call-off taking the place of the one before."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from kam.core import clock
from kam.demo import stage
from kam.demo.orders_steps import CLERKS, House, accepted, purchase_order, recipient, released, weekday
from kam.demo.organisation import person
from kam.demo.trade import MARKETS, Buyer
from orders.actions import create_order, enter_call_off, register_order
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import deliver_order
from orders.models import Order

FRAMES = 4
AGREED_ON = -75
#: How many days ago each call-off came, and in how many instalments of four weeks.
CALLED = ((-60, 3), (-22, 4))
EACH = Decimal(20)


def make(house: House, buying: list[Buyer]) -> None:
    """Agree on frame orders and call them off; the last one waits for its review."""
    for place in range(FRAMES):
        buyer = buying[(place * 11 + 3) % len(buying)]
        frame = _agreed(house, place, buyer, reviewed=place < FRAMES - 1)
        if frame.status != Order.Status.CONFIRMED:
            continue
        for turn, (days, count) in enumerate(CALLED):
            _called(house.people, frame, place, days, count, last=turn + 1 == len(CALLED))


def _agreed(house: House, place: int, buyer: Buyer, *, reviewed: bool) -> Order:
    """A frame order over a year of two products, confirmed where its review is over."""
    plant, clerk = house.plants[buyer.plant], person(CLERKS[buyer.location])
    reference, days = f"RQ-{buyer.number:04d}-{place}", AGREED_ON if reviewed else -2
    with stage.at(days, hour=10):
        lines: list[dict[str, Any]] = [
            {"product": house.products[one.code], "quantity": EACH * 12, "price": buyer.price(one, clock.today())}
            for one in buyer.basket[:2]
        ]
        told = [(line["product"].code, f"{line['quantity']:f} pz / 12 mesi") for line in lines]
        order = create_order(
            Order, actor=clerk, plant=plant, selling_location=house.locations[buyer.location], kind="frame", channel="mail",
            producing_location=lines[0]["product"].producing_location, currency=MARKETS[buyer.location][0], lines=lines,
            customer_reference=reference, customer_date=clock.today(), tolerance=Decimal(10),
            paper=purchase_order(plant.customer, reference, clock.today(), told),
        )  # fmt: skip
        if order.incomplete:
            return order  # type: ignore[no-any-return]
        order = register_order(order, actor=clerk)
        released(order)
    if not reviewed:
        return order
    with stage.at(days + 3, hour=11):
        if accepted(order, house.people):
            order = confirm_order(order, actor=clerk, sent_to=recipient(plant))
    return order


def _called(people: list[User], frame: Order, place: int, days: int, count: int, *, last: bool) -> None:
    """One call-off: entered, accepted within the frame's review, confirmed, its first instalment delivered."""
    clerk, reference = person(CLERKS[frame.selling_location.code]), f"{frame.customer_reference}/{-days:02d}"
    with stage.at(days, hour=9):
        rows = [
            {
                "frame_line": line,
                "schedule": [{"date": weekday(days + 45 + 28 * turn), "quantity": EACH} for turn in range(count)],
                "customer_cumulative": Decimal(0) if not last else EACH,
            }
            for line in frame.lines.order_by("position")
        ]
        told = [(str(line.product), f"{EACH:f} pz x {count}") for line in frame.lines.select_related("product")]
        order = enter_call_off(
            frame, actor=clerk, lines=rows, firm_until=stage.day(days + 75), channel="edi", customer_reference=reference,
            customer_date=clock.today(), paper=purchase_order(frame.customer, reference, clock.today(), told),
        )  # fmt: skip
        order = register_order(order, actor=clerk)
        released(order)
        order.refresh_from_db()
        if order.status != Order.Status.ACCEPTED and not accepted(order, people):
            return
    with stage.at(days + 1, hour=15):
        order = confirm_order(order, actor=clerk, sent_to=recipient(frame.plant))
    if not last:
        with stage.at(days + 30, hour=16):
            parts = [{"line": line, "quantity": EACH - place % 2} for line in order.lines.order_by("position")]
            deliver_order(order, actor=clerk, note_number=f"DDT-R{place}{-days:02d}", lines=parts, delivered_on=_same_day())


def _same_day() -> Any:
    return clock.today() - timedelta(days=1)
