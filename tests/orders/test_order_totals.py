"""What is kept of orders: whatever writes them, the totals follow in the same transaction, for each person what they see."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kam.core import clock
from orders.actions.order_totals import fold_order_totals, rebuild_order_totals
from orders.models import Order, OrderBlock, OrderIntake, OrderLine, OrderStanding, OrderTotal
from orders.reports.order_cockpit import backlog, flawed, intake_by_month, stakes
from orders.reports.order_service import otif, whole
from orders.reports.order_totals import order_mismatches
from orders.tasks import check_order_totals
from tests.factories.customer_orders import OrderBlockFactory, OrderFactory, OrderLineFactory
from tests.matrix import Matrix
from tests.world import browser

PERSONS = ("account_manager", "area_manager_de", "area_manager_us", "sales_manager", "auditor", "finance_it", "nobody")


def orders_of(matrix: Matrix) -> list[Order]:
    """Orders at three places, with lines, blocks and intake."""
    found = []
    for number, (plant, seller, producer) in enumerate(
        [
            (matrix.acme_it_plant, matrix.italy, None),
            (matrix.acme_us_plant, matrix.usa, matrix.italy),
            (matrix.acme_de_plant, matrix.germany, matrix.usa),
        ]
    ):
        order = OrderFactory(
            plant=plant, selling_location=seller, producing_location=producer, registered=True, status="confirmed", net=200, base_net=100,
            confirmation=1, confirmed_at=clock.now(), waiting_customer=bool(number),
        )  # fmt: skip
        for days in (-40, 3, 70):
            due = clock.today() + timedelta(days=days)
            OrderLineFactory(order=order, promised=due, requested_on=due, delivered_quantity=number * 10, delivered_on=due)
        OrderBlockFactory(order=order)
        OrderBlockFactory(order=order, kind="price", until=clock.today())
        OrderIntake.objects.create(
            order=order, position=10, kind="registered", day=date(2026, 3, 2), plant=plant, selling_location=seller, currency="EUR",
            net=100, base_net=100,
        )  # fmt: skip
        found.append(order)
    return found


def live(rows: Any) -> dict[str, Any]:
    """The same figures read from the orders themselves."""
    today, lines = clock.today(), OrderLine.objects.filter(order__in=rows)
    left = lines.filter(status__in=OrderLine.BACKLOG)
    open_value = [(line.confirmed_on, (line.open_quantity * line.amount / line.quantity) / 2) for line in left]
    return {
        "waiting": rows.filter(waiting_customer=True).count(),
        "blocked": rows.filter(pk__in=OrderBlock.objects.active().values("order")).count(),
        "late": rows.filter(pk__in=left.filter(confirmed_on__lt=today).values("order")).count(),
        "past_due": sum(worth for day, worth in open_value if day < today),
        "backlog": sum(worth for _day, worth in open_value),
        "due": lines.exclude(status="cancelled").filter(confirmed_on__range=(today - timedelta(days=100), today)).count(),
        "intake": sum(OrderIntake.objects.filter(order__in=rows).values_list("base_net", flat=True)),
    }


def kept(reader: Any) -> dict[str, Any]:
    """The figures as they are kept, for a reader."""
    today = clock.today()
    found, (late, coming) = stakes(reader)[0], backlog(reader)
    return {
        **{name: found[name].count for name in ("waiting", "blocked", "late")},
        "past_due": late,
        "backlog": late + sum(coming.values()),
        "due": whole(otif(reader, today - timedelta(days=100), today)["confirmed"]).due,
        "intake": sum(intake_by_month(reader, date(2026, 1, 1)).values()),
    }


def _delivered(order: Order) -> None:
    line = order.lines.first()
    assert line is not None
    OrderLine.objects.filter(pk=line.pk).update(delivered_quantity=100, status="invoiced", delivered_on=clock.today())


def _moved(order: Order) -> None:
    elsewhere = Order.objects.exclude(pk=order.pk).first()
    assert elsewhere is not None
    Order.objects.filter(pk=order.pk).update(plant=elsewhere.plant, selling_location=elsewhere.selling_location)


CHANGES: dict[str, Callable[[Order], Any]] = {
    "a line is delivered": _delivered,
    "the order moves to another plant and location": _moved,
    "its value changes": lambda order: Order.objects.filter(pk=order.pk).update(net=50, base_net=25),
    "a block is lifted": lambda order: order.blocks.filter(kind="credit").update(lifted_at=clock.now(), lift_reason="paid"),
    "a block ends": lambda order: order.blocks.filter(kind="price").update(until=clock.today() - timedelta(days=1)),
    "a block goes": lambda order: order.blocks.all().delete(),
    "a line is cancelled": lambda order: order.lines.filter(confirmed_on__gt=clock.today()).update(status="cancelled"),
    "lines are promised later": lambda order: order.lines.filter(confirmed_on__lt=clock.today()).update(
        confirmed_on=clock.today()
    ),
    "the order is cancelled": lambda order: Order.objects.filter(pk=order.pk).update(status="cancelled", ended_reason="-"),
    "the customer agrees": lambda order: Order.objects.filter(pk=order.pk).update(waiting_customer=False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_totals_follow_whatever_writes(matrix: Matrix, what: str) -> None:
    orders = orders_of(matrix)
    assert order_mismatches() == []
    CHANGES[what](orders[1])
    assert order_mismatches() == []
    if what in {"its value changes", "the order is cancelled"}:
        return
    for name in PERSONS:
        reader = getattr(matrix, name)
        assert kept(reader) == live(Order.objects.visible_to(reader)), name


def test_drafts_that_are_deleted_leave_nothing(matrix: Matrix) -> None:
    draft = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, incomplete=["lines"], base_net=10)
    OrderLineFactory(order=draft)
    assert stakes(matrix.auditor)[0]["incomplete"].count == 1
    draft.delete()
    assert stakes(matrix.auditor)[0]["incomplete"].count == 0 and not OrderStanding.objects.exists()
    fold_order_totals()
    assert not OrderTotal.objects.exists()


def test_folding_changes_no_figure_and_leaves_a_row_a_cell(matrix: Matrix) -> None:
    orders = orders_of(matrix)
    CHANGES["the customer agrees"](orders[1])
    before = {name: kept(getattr(matrix, name)) for name in PERSONS}
    rows = OrderTotal.objects.count()
    assert fold_order_totals() and OrderTotal.objects.count() < rows and not OrderTotal.objects.filter(folded=False).exists()
    assert {name: kept(getattr(matrix, name)) for name in PERSONS} == before
    CHANGES["a line is delivered"](Order.objects.latest("pk"))
    fold_order_totals()
    keys = ("plant", "selling_location", "producing_location", "figure", "day", "early", "in_full")
    cells = list(OrderTotal.objects.order_by().values_list(*keys))
    assert len(set(cells)) == len(cells) and order_mismatches() == []


def test_the_proof_finds_what_differs_and_a_rebuild_mends_it(matrix: Matrix, caplog: pytest.LogCaptureFixture) -> None:
    orders_of(matrix)
    call_command("check_order_totals", stdout=StringIO())
    assert check_order_totals() == 0
    OrderTotal.objects.filter(figure="backlog", plant=None).update(worth=1)
    OrderStanding.objects.filter(plant=matrix.acme_it_plant).update(due_on=None)
    assert check_order_totals() > 0 and "backlog" in caplog.text and "standing of order" in caplog.text
    with pytest.raises(CommandError):
        call_command("check_order_totals", stdout=StringIO(), stderr=StringIO())
    call_command("check_order_totals", "--rebuild", stdout=StringIO())
    rebuild_order_totals()
    assert order_mismatches() == []


def test_the_table_below_the_figures_has_pages(matrix: Matrix) -> None:
    for number in range(52):
        OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, base_net=number)
    assert [standing.base_net for standing in flawed(matrix.account_manager)[:2]] == [51, 50]
    first = browser(matrix.account_manager).get("/order-cockpit/")
    assert len(first.context["orders"]) == 50 and first.context["more"]
    second = browser(matrix.account_manager).get("/order-cockpit/?page=2")
    assert len(second.context["orders"]) == 2 and not second.context["more"] and 'rel="prev"' in second.content.decode()
