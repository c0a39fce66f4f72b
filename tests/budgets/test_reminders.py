"""The deadline: reminders before it, once each, and only to who has not handed in; and who handed in by then (K-B9)."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgets.actions import return_budget, submit_budget
from budgets.models.budgets import EVENING
from budgets.reports.board import standing_of
from budgets.tasks import remind_contributors
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year

pytestmark = pytest.mark.django_db


def told_on(year: Year, days_before: int) -> list[str]:
    """Who is told so many days before the deadline, asked twice."""
    day = year.round.deadline - timedelta(days=days_before)
    before = set(Notification.objects.filter(kind="budget_due_soon").values_list("pk", flat=True))
    with clock.moment(datetime(day.year, day.month, day.day, 7, tzinfo=ZoneInfo("Europe/Rome"))):
        first = remind_contributors()
        assert remind_contributors() == 0
    new = Notification.objects.filter(kind="budget_due_soon").exclude(pk__in=before)
    assert len(new) == first
    return sorted(notification.reader.email for notification in new)


def test_who_has_not_handed_in_is_reminded_three_times(year: Year) -> None:
    matrix = year.matrix
    mine, his = matrix.account_manager.email, matrix.area_manager_de.email
    assert told_on(year, 11) == told_on(year, 4) == told_on(year, 0) == []
    assert told_on(year, 10) == sorted([mine] * 3 + [his])
    submit_budget(year.budget(matrix.account_manager, matrix.usa), actor=matrix.account_manager)
    assert told_on(year, 5) == sorted([mine] * 2 + [his])
    assert told_on(year, 1) == sorted([mine] * 2 + [his])


def test_the_days_are_a_parameter(year: Year) -> None:
    set_parameter(ParameterValue, actor=year.matrix.administrator, key="budgets.remind_days", value=["3"])
    assert told_on(year, 10) == []
    assert len(told_on(year, 3)) == 4


def test_the_first_screens_say_where_round_and_year_stand(year: Year, client: Any) -> None:
    matrix = year.matrix
    board = as_(matrix.sales_manager).get("/budgets/home/round/").content.decode()
    assert "1,130,000" in board and "0 / 4" in board
    assert "Targets are written" in as_(matrix.account_manager).get("/budgets/home/year/").content.decode()
    for user in (matrix.quality_it, matrix.nobody):
        assert "1,130,000" not in as_(user).get("/budgets/home/round/").content.decode()


def test_who_handed_in_on_time(year: Year) -> None:
    """K-B9: contributions submitted by the deadline ÷ contributions due; the first time counts, and nothing is due before."""
    matrix, one = year.matrix, year.round
    leader, boss = matrix.account_manager, matrix.sales_manager
    in_time, late = year.budget(leader, matrix.italy), year.budget(leader, matrix.usa)
    address = f"/api/v1/budget-rounds/{one.pk}/standing/"
    submit_budget(in_time, actor=leader)
    assert standing_of(one, boss).on_time.percent is None
    assert [api(boss).get(address).json()[name] for name in ("due", "on_time", "on_time_percent")] == [0, 0, None]
    assert "not due yet" in as_(boss).get(one.get_absolute_url()).content.decode()
    evening = datetime.combine(one.deadline, EVENING)
    with clock.moment(evening.replace(tzinfo=ZoneInfo(matrix.germany.time_zone))):
        submit_budget(year.budget(matrix.area_manager_de, matrix.germany), actor=matrix.area_manager_de)
    return_budget(in_time, actor=boss, reason="Say which projects.")
    with clock.moment(datetime.combine(one.deadline + timedelta(days=2), EVENING, ZoneInfo("UTC"))):
        submit_budget(in_time, actor=leader)  # once more: it was there in time
        submit_budget(late, actor=leader)
        found = standing_of(one, boss).on_time
        assert (found.numerator, found.denominator, found.percent) == (2, 4, 50)
        page = as_(boss).get(one.get_absolute_url()).content.decode()
        assert "50.00 %" in page and "2 late" in page
        assert [api(boss).get(address).json()[name] for name in ("due", "on_time", "on_time_percent", "gap_percent")] == [
            4, 2, "50.00", "0.00",
        ]  # fmt: skip
        # The area manager sees the German part only: one in time, one missing.
        assert (standing_of(one, matrix.area_manager_de).on_time.percent, standing_of(one, matrix.area_manager_de).late) == (
            50,
            1,
        )
        rows = api(boss).get(f"/api/v1/budgets/?round={one.pk}&hand_in=late").json()["results"]
        assert {row["id"] for row in rows} == {late.pk, year.budget(leader, matrix.germany).pk}
        rows = as_(boss).get(f"/budgets/?round={one.pk}&hand_in=on_time").content.decode()
        assert f"/budgets/{in_time.pk}/" in rows and f"/budgets/{late.pk}/" not in rows
