"""Figures of complaints: PPM, response times, repeats, Pareto, trend with its limit and costs, read back from the API and leading to their complaints."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from complaints.actions import add_cost, close_complaint, send_receipt, withdraw_complaint
from complaints.models import Complaint, ComplaintCost
from kam.core import clock
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import deliver_order
from tests.factories.complaints import answered, complained, wanted
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "/api/v1/complaints/figures/"


@pytest.fixture(autouse=True)
def in_march() -> Iterator[Any]:
    """Everything happens in one week."""
    with time_machine.travel(MONDAY, tick=False) as moment:
        yield moment


def figures(person: Any, **asked: Any) -> Any:
    answer = api_client(person).get(ADDRESS, {"year": 2026} | asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def at_usa(matrix: Matrix, **head: Any) -> Complaint:
    return complained(matrix.acme_us_plant, matrix.usa, matrix.italy, **head)


@pytest.mark.acceptance("AT-26")
def test_ppm_of_what_is_confirmed_and_of_what_is_claimed(matrix: Matrix) -> None:
    order = accepted_order(matrix.acme_us_plant, matrix.usa, {"quantity": Decimal(200_000), "price": Decimal(1)})
    confirm_order(order, actor=None, sent_to="Buyer")
    order.refresh_from_db()
    deliver_order(order, actor=None, note_number="DDT-1", lines=[{"line": order.lines.get(), "quantity": Decimal(125_000)}])
    at_usa(matrix, claimed=18, confirmed=18, delivered=18)
    at_usa(matrix, claimed=6)
    found = figures(matrix.management)
    assert (Decimal(found["delivered"]), Decimal(found["confirmed"]), Decimal(found["undecided"])) == (125_000, 18, 6)
    assert (found["ppm"], found["claimed_ppm"]) == ("144", "192")
    withdraw_complaint(at_usa(matrix, claimed=1000), actor=None, reason="An error of theirs")
    at_usa(matrix, claimed=500, kind="delivery")
    assert figures(matrix.management)["claimed_ppm"] == "192", "neither what was withdrawn nor what is not about quality"
    at_usa(matrix, claimed=4, confirmed=2, unjustified=2, delivered=18)
    found = figures(matrix.management)
    assert (found["ppm"], found["no_trouble_found"]) == ("160", "9.09")
    assert figures(matrix.area_manager_de)["ppm"] is None, "nothing of it is theirs to see"


@pytest.mark.acceptance("AT-23")
def test_acknowledgement_in_hours_and_in_time(matrix: Matrix, in_march: Any) -> None:
    for hours in (2, 5, 20, 23, 26, 30):
        in_march.move_to(MONDAY)
        one = at_usa(matrix)
        in_march.move_to(MONDAY + timedelta(hours=hours))
        send_receipt(one, actor=None, way="phone")
    [step] = [one for one in figures(matrix.quality_it)["steps"] if one["step"] == "receipt"]
    assert (step["done"], step["in_time"], step["in_time_percent"], step["mean_hours"]) == (6, 4, "66.67", "17.67")
    assert (step["median_hours"], step["profile"]) == ("21.50", "")
    # The same by a document of the customer stands apart.
    in_march.move_to(MONDAY)
    wanted(matrix.acme_us, "receipt", 4, "hours", "NextBuy")
    one = at_usa(matrix)
    in_march.move_to(MONDAY + timedelta(hours=5))
    found = {one["profile"]: one for one in figures(matrix.quality_it)["steps"] if one["step"] == "receipt"}
    assert (found["NextBuy"]["done"], found["NextBuy"]["late_and_open"], found["NextBuy"]["in_time_percent"]) == (0, 1, "0.00")
    assert found[""]["done"] == 6
    # Each figure leads to the complaints behind it.
    asked = {"receipt:done&deadline_of=-": 6, "receipt:missed&deadline_of=-": 2, "receipt:late&deadline_of=NextBuy": 1}
    for question, count in (asked | {"receipt:done&deadline_of=NextBuy": 0, "receipt:missed": 3}).items():
        assert len(api_client(matrix.quality_it).get(f"/api/v1/complaints/?step={question}").json()["results"]) == count, question
    assert len(api_client(matrix.quality_it).get("/api/v1/complaints/?deadline_of=NextBuy").json()["results"]) == 1
    page = client_for(matrix.quality_it).get("/complaint-figures/").content.decode()
    assert "step=receipt%3Amissed&amp;deadline_of=-" in page and "step=receipt%3Alate&amp;deadline_of=NextBuy" in page


def test_repeats_and_what_keeps_quiet_after_closure(matrix: Matrix, in_march: Any) -> None:
    first = close_complaint(answered(at_usa(matrix)), actor=matrix.quality_it)
    close_complaint(answered(at_usa(matrix)), actor=matrix.quality_it)
    found = figures(matrix.quality_it)
    assert (found["complaints"], found["repeat_rate"], found["effectiveness"]) == (2, "0.00", "100.00")
    in_march.move_to(MONDAY + timedelta(days=90))
    Complaint.objects.filter(pk=at_usa(matrix).pk).update(repeats=first)
    found = figures(matrix.quality_it)
    assert (found["repeat_rate"], found["effectiveness"]) == ("33.33", "50.00")


def test_pareto_and_what_lies_behind_a_bar(matrix: Matrix) -> None:
    for defect, count in (("surface", 3), ("dimension", 1)):
        for _one in range(count):
            at_usa(matrix, defect=defect)
    bars = figures(matrix.quality_it)["pareto"]["defect"]
    assert [(one["key"], one["count"], one["share"], one["cumulated"]) for one in bars] == [
        ("surface", 3, "75.00", "75.00"), ("dimension", 1, "25.00", "100.00"),
    ]  # fmt: skip
    assert [one["count"] for one in figures(matrix.quality_it)["pareto"]["customer"]] == [4]
    client = client_for(matrix.quality_it)
    page = client.get("/complaint-figures/").content.decode()
    address = next(part.split('"')[0] for part in page.split('href="') if "defect=surface" in part).replace("&amp;", "&")
    assert client.get(address).content.decode().count("RC-US-2026-") >= 3
    assert "1–3" in words(client.get(address)) or "3" in words(client.get(address))
    assert figures(matrix.quality_it, customer=matrix.acme_us.pk)["complaints"] == 4
    assert figures(matrix.quality_it, location=matrix.italy.pk)["complaints"] == 4
    assert api_client(matrix.quality_it).get(ADDRESS, {"location": 0}).status_code == 400
    assert api_client(matrix.quality_it).get(ADDRESS, {"year": "x"}).status_code == 400


def test_a_month_above_the_limit_is_named(matrix: Matrix, in_march: Any) -> None:
    for month in range(1, 13):
        in_march.move_to(datetime(2025, month, 10, 9, tzinfo=UTC))
        at_usa(matrix)
    in_march.move_to(MONDAY)
    for _one in range(4):
        at_usa(matrix)
    found = figures(matrix.quality_it)
    assert (found["alarm_limit"], found["months"][2], found["alarms"]) == ("4.00", 4, []), "mean 1 and three times its root"
    at_usa(matrix)
    assert figures(matrix.quality_it)["alarms"] == [3]
    assert "Above the alarm limit" in words(client_for(matrix.quality_it).get("/complaint-figures/"))


def test_costs_are_for_those_who_read_costs_there(matrix: Matrix) -> None:
    one = at_usa(matrix)
    for kind, amount in (("sorting", "4321.09"), ("recharge", "1000.00")):
        add_cost(ComplaintCost, actor=None, complaint=one, kind=kind, incurred_on=clock.today(), amount=Decimal(amount))
    found = figures(matrix.account_manager)["poor_quality"]
    assert (found["gross"], found["recharged"], found["net"]) == ("4321.09", "1000.00", "3321.09")
    assert figures(matrix.quality_it)["poor_quality"] is None
    assert figures(matrix.area_manager_de)["poor_quality"]["gross"] == "0.00"
    assert "4,321.09" in words(client_for(matrix.account_manager).get("/complaint-figures/"))
    assert "4,321.09" not in words(client_for(matrix.quality_it).get("/complaint-figures/"))
    assert "4,321.09" not in words(client_for(matrix.administrator).get("/complaint-figures/"))
