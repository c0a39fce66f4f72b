"""Who is at which cell: seen by those who see the budget, for a few seconds, at the cost of one statement, and without a history."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from budgets.actions import share_budget, withdraw_share
from budgets.models import Budget, Presence
from budgets.reports.presence import SILENCE, people_at
from kam.core import clock
from tests.accounts.test_activity import api
from tests.budgets.conftest import Year

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's budget in Italy, with one line."""
    return year.budget(year.matrix.account_manager, year.matrix.italy)


def look(user: User, budget: Budget, at: str = "") -> list[dict[str, Any]]:
    """What somebody's grid is told of the others."""
    answer = api(user).get(f"/api/v1/budgets/{budget.pk}/cells/", {"at": at} if at else {})
    assert answer.status_code == 200, answer.content
    people: list[dict[str, Any]] = answer.json()["people"]
    return people


def test_others_see_where_somebody_is_until_they_are_silent_or_leave(budget: Budget, year: Year) -> None:
    me, boss, line = budget.contributor, year.matrix.sales_manager, budget.lines.get()
    assert look(boss, budget, f"{line.pk}-3") == []
    mine = {"id": boss.pk, "person": str(boss), "line": line.pk, "month": 3}
    assert look(me, budget, f"{line.pk}-0") == [mine]
    assert look(boss, budget, f"{line.pk}-4") == [{"id": me.pk, "person": str(me), "line": line.pk, "month": 0}]
    assert look(me, budget) == [mine | {"month": 4}]
    with clock.moment(clock.now() + SILENCE + timedelta(seconds=1)):
        assert look(me, budget) == []
    assert Presence.objects.count() == 0
    look(boss, budget, f"{line.pk}-4")
    look(boss, budget, "none")
    assert (look(me, budget), Presence.objects.count()) == ([], 0)


def test_presence_is_told_to_whoever_sees_the_budget_and_nobody_else(budget: Budget, year: Year) -> None:
    me, boss, line = budget.contributor, year.matrix.sales_manager, budget.lines.get()
    other = year.budget(me, year.matrix.germany)
    look(me, budget, f"{line.pk}-3")
    look(me, other, f"{line.pk}-3")  # a line of another budget is nowhere
    assert ([one["month"] for one in look(boss, budget)], look(boss, other)) == ([3], [])
    stranger = year.matrix.quality_it
    at = f"/api/v1/budgets/{budget.pk}/cells/"
    assert api(stranger).get(at, {"at": f"{line.pk}-3"}).status_code == 404
    share = share_budget(budget, actor=me, user=stranger)
    assert [one["person"] for one in look(stranger, budget, f"{line.pk}-5")] == [str(me)]
    withdraw_share(share, actor=me)
    assert api(stranger).get(at).status_code == 404
    for wrong in ("3", "0-1", "1-13", "1-", "-1", "1-1-1", f"{10**19}-1"):
        assert api(me).get(at, {"at": wrong}).status_code == 400, wrong


def test_it_costs_one_statement_and_waits_for_nobody(budget: Budget, year: Year) -> None:
    me, line = budget.contributor, budget.lines.get()
    for there in User.objects.all():
        people_at(budget, there, (line.pk, 1))
    with CaptureQueriesContext(connection) as queries:
        found = people_at(budget, me, (line.pk, 2))
    assert len(queries) == 1
    assert len(found) == min(User.objects.count() - 1, 20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'budgets_presence'")
        assert cursor.fetchone() == ("u",)
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid = 'budgets_presence'::regclass AND contype = 'f'")
        assert cursor.fetchone() == (0,)
