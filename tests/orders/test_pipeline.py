"""Figures of negotiations: weighted pipeline, hit rates, the forecast by month; the board; and that each reader adds up their own."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from orders.models import Negotiation
from orders.reports.pipeline import by_month, lost_by_reason, pipeline_by, together, weighted_value
from tests.factories.negotiations import negotiation
from tests.matrix import Matrix
from tests.world import api_client, browser


@pytest.mark.acceptance("AT-18")
def test_the_weighted_pipeline(db: None) -> None:
    for value, probability in ((50_000, 50), (35_000, 75), (20_000, 30)):
        negotiation(value=value, probability=probability)
    negotiation(value=99_000, stage="won")
    assert weighted_value(Negotiation.objects.all()) == Decimal(57_250)
    assert together(pipeline_by(Negotiation.objects.all(), "owner", 2026)).weighted == Decimal(57_250)


@pytest.mark.acceptance("AT-19")
def test_the_hit_rate_counts_what_was_decided_and_sets_no_decision_apart(db: None) -> None:
    for stage, count, value in (("won", 14, 1_260_000), ("lost", 22, 2_390_000), ("no_decision", 3, 900), ("withdrawn", 1, 900)):
        for number in range(count):
            negotiation(stage=stage, value=value // count + (value % count if number == 0 else 0), decided_on=date(2026, 3, 1))
    negotiation(stage="won", value=5, decided_on=date(2025, 12, 31))
    total = together(pipeline_by(Negotiation.objects.all(), "stage", 2026))
    assert (total.won, total.lost, total.undecided) == (14, 22, 4)
    assert (total.hit_rate, total.hit_rate_value) == (Decimal("38.89"), Decimal("34.52"))
    none = together(pipeline_by(Negotiation.objects.all(), "stage", 2024))
    assert (none.hit_rate, none.hit_rate_value) == (None, None), "n/a, not 0"
    assert [row[2] for row in lost_by_reason(Negotiation.objects.all(), 2026)] == [22]


def test_the_forecast_leaves_nothing_open_out(db: None) -> None:
    first = clock.today().replace(day=1)
    for day in (clock.today(), first - timedelta(days=1), clock.today() + timedelta(days=900), None):
        negotiation(value=1000, probability=10, decision_on=day)
    months = by_month(Negotiation.objects.all(), clock.today())
    assert (months[0].over, months[-1].first, months[1].first) == (True, None, first)
    assert [months[place].weighted for place in (0, 1, -2, -1)] == [Decimal(100)] * 4
    assert sum(month.count for month in months) == 4


def test_screens_add_up_what_each_reader_sees_and_lead_to_it(matrix: Matrix) -> None:
    own = negotiation(
        plant=matrix.acme_us_plant, selling_location=matrix.usa, owner=matrix.account_manager, value=1000, subject="Belt drives",
        decision_on=clock.today(),
    )  # fmt: skip
    negotiation(customer=matrix.beta, owner=matrix.account_manager2, value=77_777, subject="Of another", stage="lost",
                decided_on=clock.today())  # fmt: skip
    for user, value in ((matrix.account_manager, 1000), (matrix.sales_manager, 1000), (matrix.area_manager_de, 0)):
        answer = api_client(user).get("/api/v1/negotiations/pipeline/", {"by": "owner"}).json()
        assert Decimal(answer["total"]["value"]) == value
        assert (answer["total"]["lost"] == 1) == (user == matrix.sales_manager)
    assert api_client(matrix.account_manager).get("/api/v1/negotiations/pipeline/?by=price").status_code == 400
    mine = browser(matrix.account_manager)
    for by in ("stage", "owner", "market", "of_group", "selling_location"):
        page = mine.get("/negotiations/pipeline/", {"by": by})
        assert page.status_code == 200
        assert "77,777" not in page.content.decode()
        assert all(mine.get(address).status_code == 200 for _line, address in page.context["lines"] if address)
    chart = mine.get("/negotiations/pipeline/").context["chart"]
    found = [mine.get(address).context["count"] for address in chart.series[0].addresses]
    assert sum(found) == 1
    board = mine.get("/negotiations/board/")
    text = board.content.decode()
    assert "Belt drives" in text and "Of another" not in text
    assert board.context["movable"] == {own.pk}
    reading = browser(matrix.auditor).get("/negotiations/board/")
    assert not reading.context["movable"], "who may not move it is offered nothing to move it with"
    moved = mine.post(f"/negotiations/{own.pk}/move/", {"stage": "in_costing", "version": own.version})
    assert moved.status_code == 409, "the drop asks for the evidence"
    asked: Any = mine.get(f"/negotiations/{own.pk}/move/?stage=in_costing")
    assert asked.context["form"].initial["stage"] == "in_costing"
