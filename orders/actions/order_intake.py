"""Order intake: what each position adds when it is registered, changed or cancelled, booked as a difference: it adds up to the cent."""

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from kam.core import clock
from orders.actions.order_progress import in_base
from orders.models import Order, OrderIntake, OrderLine


def book_intake(order: Order, kind: str) -> list[OrderIntake]:
    """Book by how much each position is worth more or less than was booked of it; twice without harm.

    A frame order is no intake: its call-offs are. What is cancelled or rejected is worth nothing any more. The rounding of the
    group's currency falls on the last position that differs, so that all rows of the order add up to its value there too.
    """
    if not order.number or order.kind == Order.Kind.FRAME:
        return []
    sums = order.intake.order_by().values("position", "product").annotate(of_net=Sum("net"), of_base=Sum("base_net"))
    booked: dict[tuple[int, int | None], Any] = {(row["position"], row["product"]): row for row in sums}
    over = order.status in {Order.Status.CANCELLED, Order.Status.REJECTED}
    worth: dict[tuple[int, int | None], Decimal] = {key: Decimal(0) for key in booked}
    for line in order.lines.order_by("position"):
        gone = over or line.status == OrderLine.Status.CANCELLED
        worth[line.position, line.product_id] = Decimal(0) if gone else line.amount or Decimal(0)
    rows = []
    for (position, product), net in sorted(worth.items(), key=lambda one: (one[0][0], one[0][1] or 0)):
        before = booked.get((position, product))
        differs = net - (before["of_net"] if before else Decimal(0))
        if differs:
            rows.append(
                OrderIntake(
                    order=order, position=position, product_id=product, kind=kind, day=clock.today(), plant_id=order.plant_id,
                    selling_location_id=order.selling_location_id, currency=order.currency, net=differs,
                    base_net=in_base(order, differs),
                )
            )  # fmt: skip
    if rows:
        already = sum((row["of_base"] for row in booked.values()), Decimal(0))
        total = in_base(order, sum(worth.values(), Decimal(0)))
        rows[-1].base_net = total - already - sum((row.base_net for row in rows[:-1]), Decimal(0))
    made: list[OrderIntake] = OrderIntake.objects.bulk_create(rows)
    return made
