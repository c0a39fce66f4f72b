"""Reminders ten, five and one day before the deadline, once each, and only to who has not handed in; the first screens say it, too."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from budgets.actions import submit_budget
from budgets.tasks import remind_contributors
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from tests.accounts.test_activity import as_
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
