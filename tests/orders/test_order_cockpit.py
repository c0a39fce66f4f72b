"""The cockpit of orders: on time and in full on three bases, what is wrong and at stake, backlog, intake; the evidence and the audit."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Location
from kam.core import clock
from kam.core.calendars import add_working_days
from kam.core.parameters import ParameterValue, set_parameter
from orders.actions.order_changing import request_change
from orders.actions.order_confirming import confirm_order
from orders.models import ContractReview, Order, OrderIntake, OrderLine
from orders.reports import order_service
from orders.reports.order_cockpit import backlog, flawed, flaws_of, intake_by_month, stakes
from orders.reports.order_evidence import back_dated, confirmed_unreviewed, drawn_orders, drawn_reviews, trail
from orders.reports.order_lines_behind import lines_behind
from orders.reports.order_service import otif, whole
from orders.reports.order_times import times_by
from orders.reports.order_totals import order_mismatches
from tests.factories.customer_orders import OrderBlockFactory, OrderFactory, OrderLineFactory
from tests.factories.order_lives import accepted_order
from tests.factories.orders import SalesLineFactory
from tests.factories.reviews import plain_review
from tests.matrix import Matrix
from tests.world import api_client, browser

#: AT-25: requested, first confirmed, last confirmed and delivered in March 2026; quantity ordered and delivered.
LINES = (
    (2, 2, 2, 2, 100, 100), (3, 5, 5, 5, 200, 200), (4, 4, 9, 9, 50, 50), (6, 6, 6, 6, 80, 78), (10, 10, 10, 3, 60, 60),
    (11, 11, 11, 10, 40, 40), (12, 16, 16, 17, 30, 30), (13, 13, 13, None, 90, 0),
)  # fmt: skip


def march(day: int | None) -> date | None:
    """A day of March 2026."""
    return date(2026, 3, day) if day else None


def example(matrix: Matrix) -> Order:
    """The order of AT-25, sold in Italy."""
    order: Order = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True)
    for requested, first, last, delivered, quantity, came in LINES:
        OrderLineFactory(
            order=order, quantity=quantity, requested_on=march(requested), first_confirmed_on=march(first), confirmed_on=march(last),
            delivered_on=march(delivered), delivered_quantity=came, status="shipped" if delivered else "confirmed",
        )  # fmt: skip
    return order


def figures(matrix: Matrix, **asked: str) -> dict[str, Any]:
    """What the API says of the orders that the account manager sees."""
    period = {"first": "2026-03-01", "last": "2026-03-31"} | asked
    answer = api_client(matrix.account_manager).get("/api/v1/order-intake/figures/", period)
    assert answer.status_code == 200, answer.content
    return {one["basis"]: one for one in answer.json()["service"]}


@pytest.mark.acceptance("AT-25")
def test_on_time_and_in_full_on_three_bases(matrix: Matrix) -> None:
    order = example(matrix)
    found = figures(matrix)
    assert {name: (one["due"], one["on_time"], one["in_full"], one["otif"]) for name, one in found.items()} == {
        "requested": (8, "37.50", "75.00", "25.00"),
        "first_confirmed": (8, "50.00", "75.00", "37.50"),
        "confirmed": (8, "62.50", "75.00", "50.00"),
    }
    lines = list(order.lines.order_by("position"))
    OrderLine.objects.filter(pk=lines[3].pk).update(delivered_quantity=80)
    assert figures(matrix)["requested"]["otif"] == "37.50", "L4 is complete"
    OrderLine.objects.filter(pk=lines[3].pk).update(delivered_quantity=81)
    assert figures(matrix)["requested"]["in_full"] == "75.00", "more than ordered is not in full"
    Order.objects.filter(pk=order.pk).update(tolerance=Decimal("2.5"))
    OrderLine.objects.filter(pk=lines[3].pk).update(delivered_quantity=78)
    assert figures(matrix)["requested"]["in_full"] == "87.50", "within the order's tolerance"
    OrderLine.objects.filter(pk=lines[0].pk).update(first_confirmed_on=None, confirmed_on=None, status="open")
    never = figures(matrix)
    assert (never["confirmed"]["due"], never["confirmed"]["on_time"]) == (8, "50.00"), "never promised fails where promises count"
    assert figures(matrix, first="2026-04-01", last="2026-04-30")["requested"]["otif"] is None
    assert api_client(matrix.account_manager).get("/api/v1/order-intake/figures/?first=2020-01-01").status_code == 400
    assert (
        api_client(matrix.area_manager_de)
        .get("/api/v1/order-intake/figures/?first=2026-03-01&last=2026-03-31")
        .json()["service"][0]["due"]
        == 0
    )
    nothing = api_client(matrix.nobody).get("/api/v1/order-intake/figures/").json()
    assert {one["due"] for one in nothing["service"]} == {0} and nothing["backlog"] == "0.00"


def test_what_is_wrong_and_what_it_is_worth(matrix: Matrix) -> None:
    place: dict[str, Any] = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy}
    OrderFactory(**place, incomplete=["lines"], base_net=10)
    review = OrderFactory(**place, registered=True, base_net=20)
    blocked = OrderFactory(**place, registered=True, status="discrepancy", base_net=40)
    OrderBlockFactory(order=blocked)
    OrderBlockFactory(order=review, kind="price", until=clock.today() - timedelta(days=1))
    late = OrderFactory(
        **place,
        registered=True,
        status="confirmed",
        base_net=2500,
        net=2500,
        confirmation=1,
        confirmed_at=clock.now(),
        waiting_customer=True,
    )
    OrderLineFactory(order=late, promised=clock.today() - timedelta(days=1), delivered_quantity=40, status="shipped_part")
    OrderLineFactory(order=late, promised=clock.today())
    OrderFactory(**place, status="rejected", ended_reason="-", base_net=5000)
    found = {code: (one.count, one.worth) for code, one in stakes(matrix.auditor)[0].items()}
    assert found == {
        "incomplete": (1, 10), "received": (0, 0), "in_review": (1, 20), "discrepancy": (1, 40), "blocked": (1, 40), "accepted": (0, 0),
        "waiting": (1, 2500), "changing": (0, 0), "late": (1, 2500),
    }  # fmt: skip
    assert [flaws_of(one) for one in flawed(matrix.auditor)] == [
        ["waiting", "late"],
        ["discrepancy", "blocked"],
        ["in_review"],
        ["incomplete"],
    ]
    assert [one.pk for one in flawed(matrix.auditor, "late")] == [late.pk]
    assert [(kind, count) for kind, _label, count in stakes(matrix.auditor)[1]] == [("credit", 1)]
    assert backlog(matrix.auditor) == (1500, {clock.today().replace(day=1): 2500})
    page = browser(matrix.account_manager).get("/order-cockpit/?flaw=late")
    assert page.status_code == 200 and late.number in page.content.decode() and blocked.number not in page.content.decode()
    assert late.number not in browser(matrix.area_manager_us).get("/order-cockpit/").content.decode(), (
        "not the American location's"
    )
    assert browser(matrix.nobody).get("/order-cockpit/").status_code == 403


def test_intake_counts_changes_as_they_lowered_it(matrix: Matrix) -> None:
    order = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True)
    for kind, net in (("registered", 100), ("changed", -30)):
        OrderIntake.objects.create(
            order=order, position=10, kind=kind, day=date(2026, 3, 2), plant=order.plant, selling_location=matrix.italy, currency="EUR",
            net=net, base_net=net,
        )  # fmt: skip
    assert intake_by_month(matrix.account_manager, date(2026, 1, 1)) == {date(2026, 3, 1): 70}
    assert intake_by_month(matrix.area_manager_us, date(2026, 1, 1)) == {}


def test_as_many_queries_for_many_orders_as_for_few(matrix: Matrix) -> None:
    counts = []
    for number in (1, 8):
        for _turn in range(number):
            example(matrix)
        with CaptureQueriesContext(connection) as asked:
            browser(matrix.account_manager).get("/order-cockpit/")
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]
    assert whole(otif(matrix.auditor, date(2026, 3, 1), date(2026, 3, 31))["confirmed"]).both == 9 * 4


def test_the_evidence_of_an_order_and_what_an_auditor_asks_for(matrix: Matrix) -> None:
    order = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True)
    OrderBlockFactory(order=order, reason="Too much", lifted_at=clock.now(), lift_reason="Guarantee", lifted_by=matrix.finance_it)
    assert [one.kind for one in trail(order, matrix.account_manager)] == ["Received", "Registered", "Blocked", "Block lifted"]
    page = browser(matrix.auditor).get(f"/orders/{order.pk}/evidence/").content.decode()
    assert "Guarantee" in page and order.customer_reference in page
    assert browser(matrix.area_manager_us).get(f"/orders/{order.pk}/evidence/").status_code == 404
    assert [one[0] for one in back_dated(matrix.auditor, 10)] == [order], "received in March, entered today"
    assert back_dated(matrix.area_manager_us, 10) == []
    assert not confirmed_unreviewed(matrix.auditor).exists()
    others = [OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True) for _turn in range(12)]
    first = [one.pk for one in drawn_orders(matrix.auditor, "audit", 10)]
    assert first == [one.pk for one in drawn_orders(matrix.auditor, "audit", 10)] and len(set(first)) == 10
    assert first != [one.pk for one in drawn_orders(matrix.auditor, "another", 10)] and set(first) <= {
        order.pk,
        *(one.pk for one in others),
    }
    page = browser(matrix.auditor).get("/order-audit/?seed=audit").content.decode()
    assert "Every confirmed order was reviewed first" in page


def test_a_confirmation_without_a_review_is_listed(matrix: Matrix) -> None:
    order = accepted_order(matrix.acme_it_plant, matrix.italy)
    confirm_order(order, actor=matrix.back_office_it, sent_to="buyer@acme.example")
    made = order.confirmations.get()
    assert list(confirmed_unreviewed(matrix.auditor)) == [made]
    assert list(confirmed_unreviewed(matrix.area_manager_us)) == []
    assert order.number in browser(matrix.auditor).get("/order-audit/").content.decode()
    assert "Confirmation" in [one.kind for one in trail(order, matrix.auditor)]


def test_how_long_customers_wait_and_how_often_orders_change(matrix: Matrix) -> None:
    order = accepted_order(matrix.acme_it_plant, matrix.italy, {}, {}, {}, {}, received_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    late = accepted_order(matrix.acme_it_plant, matrix.italy, received_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    with clock.moment(datetime(2026, 3, 3, 11, tzinfo=UTC)):
        confirm_order(order, actor=matrix.back_office_it, sent_to="buyer@acme.example")
    made = order.confirmations.get()
    assert (made.working_hours, made.in_time) == (Decimal("12.00"), True), (
        "eight hours to six in the evening, four in the morning"
    )
    with clock.moment(datetime(2026, 3, 6, 9, tzinfo=UTC)):
        confirm_order(late, actor=matrix.back_office_it, sent_to="buyer@acme.example")
        line = order.lines.order_by("position")[0]
        request_change(
            Order.objects.get(pk=order.pk),
            actor=matrix.account_manager,
            reason="More",
            lines=[{"line": line, "quantity": Decimal(200)}],
        )
    (found,) = times_by(matrix.account_manager, "account", date(2026, 1, 1))
    assert (found.label, found.confirmed, found.mean_hours, found.in_time_percent) == ("ACME Italia S.p.A.", 2, 26, 50)
    assert (found.lines, found.customer_changes, found.own_changes) == (5, 20, 0)
    assert [one.label for one in times_by(matrix.auditor, "location", date(2026, 1, 1))] == [matrix.italy.name]
    assert times_by(matrix.area_manager_us, "location", date(2026, 1, 1)) == [] and order_mismatches() == []
    page = browser(matrix.account_manager).get("/order-cockpit/").content.decode()
    assert "ACME Italia S.p.A." in page


def test_every_bar_leads_to_the_lines_that_add_up_to_it(matrix: Matrix) -> None:
    order = OrderFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, status="confirmed", net=300, base_net=100, confirmation=1,
        confirmed_at=clock.now(),
    )  # fmt: skip
    for days, delivered in ((-2, 33), (-1, 0), (0, 50), (40, 0)):
        OrderLineFactory(order=order, promised=clock.today() + timedelta(days=days), delivered_quantity=delivered)
    OrderIntake.objects.create(
        order=order, position=10, kind="registered", day=clock.today(), plant=order.plant, selling_location=matrix.italy, currency="EUR",
        net=300, base_net=100,
    )  # fmt: skip
    late, coming = backlog(matrix.account_manager)
    assert sum(one.worth for one in lines_behind(matrix.account_manager, "late", None, 0, 50)) == late
    for month, worth in coming.items():
        assert sum(one.worth for one in lines_behind(matrix.account_manager, "backlog", month, 0, 50)) == worth
    this_month = clock.today().replace(day=1)
    assert [one.worth for one in lines_behind(matrix.account_manager, "intake", this_month, 0, 50)] == [100]
    assert lines_behind(matrix.area_manager_us, "late", None, 0, 50) == []
    reader = browser(matrix.account_manager)
    page = reader.get("/order-cockpit/")
    addresses = [address for chart in page.context["charts"] for one in chart.series for address in one.addresses]
    assert f"/order-cockpit/?bar=intake&month={this_month:%Y-%m}" in addresses and "/order-cockpit/?bar=late" in addresses
    for address in addresses:
        assert reader.get(address).status_code == 200
    assert len(reader.get("/order-cockpit/?bar=late").context["behind"]) == 2
    for wrong in ("?bar=backlog", "?bar=backlog&month=2026-13", "?bar=else&month=2026-01"):
        assert reader.get(f"/order-cockpit/{wrong}").context["bar"] == ""


@pytest.mark.acceptance("AT-25")
def test_the_figures_of_service_and_revenue_lead_to_their_lines(matrix: Matrix) -> None:
    example(matrix)
    for name, expected in otif(matrix.account_manager, date(2026, 3, 1), date(2026, 3, 31)).items():
        lines = lines_behind(matrix.account_manager, f"due_{name}", date(2026, 3, 1), 0, 50)
        kept = whole(expected)
        counts = (len(lines), sum(one.on_time for one in lines), sum(one.in_full for one in lines))
        assert counts == (kept.due, kept.on_time, kept.in_full), name
        assert sum(one.on_time and one.in_full for one in lines) == kept.both, name
    assert lines_behind(matrix.area_manager_us, "due_requested", date(2026, 3, 1), 0, 50) == []
    SalesLineFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, date=clock.today(), quantity=Decimal(1), net=Decimal(7)
    )
    reader = browser(matrix.account_manager)
    page = reader.get("/order-cockpit/")
    (revenue,) = [one for chart in page.context["charts"] for one in chart.series if "/sales/lines/" in "".join(one.addresses)]
    assert reader.get(revenue.addresses[-1]).context["count"] == 1
    assert reader.get("/order-cockpit/?bar=due_confirmed").status_code == 200
    assert "?bar=due_requested" in page.content.decode()


def test_closed_reviews_are_drawn_too(matrix: Matrix) -> None:
    for _turn in range(2):
        review = plain_review(matrix.acme_it_plant, matrix.italy, matrix.back_office_it)
        ContractReview.objects.filter(pk=review.pk).update(
            state="positive",
            result="positive",
            covered="x",
            closed_at=clock.now(),
            decided_at=clock.now(),
            decided_by=matrix.account_manager,
        )
    running = plain_review(matrix.acme_it_plant, matrix.italy, matrix.back_office_it)
    found = [one.pk for one in drawn_reviews(matrix.auditor, "audit", 10)]
    assert len(found) == 2 and running.pk not in found
    assert found == [one.pk for one in drawn_reviews(matrix.auditor, "audit", 10)]
    assert list(drawn_reviews(matrix.area_manager_us, "audit", 10)) == []
    assert f"/contract-reviews/{found[0]}/" in browser(matrix.auditor).get("/order-audit/?seed=audit").content.decode()


def test_each_day_is_on_time_from_so_many_working_days_before(matrix: Matrix) -> None:
    """Over the turn of a year, with its holidays, each day's calendar is looked up once and says what it says asked by itself."""
    first, last = date(2025, 12, 20), date(2026, 1, 12)
    places = Location.objects.select_related("calendar")
    for early in (0, 1, 3):
        set_parameter(ParameterValue, actor=None, key="orders.otif_early_days", value=early)
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        asked = [(one.pk, day, add_working_days(day, -early, one.calendar)) for one in places for day in days]
        assert sorted(order_service._windows(first, last)) == sorted(asked), early
