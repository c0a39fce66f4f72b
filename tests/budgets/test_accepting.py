"""The rest of a finished proposal accepted: the exceptions are left, it can be taken back, and the round's board tells how far it is."""

from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import accept_rest, add_line, edit_cells, edit_line, look_again, propose_row, submit_budget
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.reports.board import standing_of
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.budgets.test_grid import more_lines
from tests.factories.accounts import AssignmentFactory
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The area manager's budget: what was sold to BETA, evenly over the year, three rows with half their year in December, one by hand."""
    one = year.budget(year.matrix.area_manager_de, year.matrix.germany)
    line = one.lines.get()
    assert (line.review, one.to_look_at) == ("open", 1)
    BudgetCell.objects.filter(line=line).update(quantity=250, price=100, revenue=25_000)
    for made in more_lines(one, 3):
        BudgetCell.objects.filter(line=made, month=12).update(quantity=200, revenue=400)
        BudgetLine.objects.filter(pk=made.pk).update(review="open", source="last_year", revenue=620)
    add_line(one, actor=one.contributor, plant=line.plant, product=line.product, chance="awarded", revenue=Decimal(120))
    return Budget.objects.get(pk=one.pk)


def reviews(budget: Budget) -> list[str]:
    return list(budget.lines.order_by("pk").values_list("review", flat=True))


def left(budget: Budget) -> int:
    return Budget.objects.get(pk=budget.pk).to_look_at


def test_the_rest_is_accepted_and_the_exceptions_are_left(budget: Budget, year: Year) -> None:
    me, lines = budget.contributor, list(budget.lines.order_by("pk"))
    assert (reviews(budget), left(budget)) == (["open", "open", "open", "open", ""], 4)
    edit_cells(budget, actor=me, cells=[CellValue(lines[1].pk, 1, revenue=Decimal(5))])
    edit_line(lines[2], actor=me, comment="The press is ordered.")
    assert (reviews(budget), left(budget)) == (["open", "changed", "changed", "open", ""], 2)
    seen = BudgetLine.objects.get(pk=lines[0].pk).version
    done = accept_rest(budget, actor=me)
    assert (done.lines, reviews(budget), left(budget)) == ([lines[0].pk], ["accepted", "changed", "changed", "open", ""], 1)
    assert BudgetLine.objects.get(pk=lines[0].pk).version == seen + 1
    past: Any = BudgetLine.pgh_event_model  # type: ignore[attr-defined]
    event = past.objects.filter(pgh_obj_id=lines[0].pk).order_by("-pgh_id")[0]
    assert (event.review, event.pgh_context["verb"], event.pgh_context["actor"]) == ("accepted", "budgets.accept_rest", me.pk)
    assert accept_rest(budget, actor=me).lines == []
    # By itself an exception is accepted too; taken back, everything is as before; typed into, it is looked at.
    assert accept_rest(budget, actor=me, lines=[lines[3].pk]).lines == [lines[3].pk]
    assert left(budget) == 0
    assert look_again(budget, actor=me, lines=[line.pk for line in lines]).lines == [lines[0].pk, lines[3].pk]
    assert (reviews(budget), left(budget)) == (["open", "changed", "changed", "open", ""], 2)
    accept_rest(budget, actor=me)
    edit_cells(budget, actor=me, cells=[CellValue(lines[0].pk, 1, revenue=Decimal(5))])
    assert reviews(budget)[0] == "changed"


def test_a_row_that_waits_for_an_answer_is_an_exception(budget: Budget, year: Year) -> None:
    line = budget.lines.order_by("pk")[0]
    assert line.plant is not None
    propose_row(line, actor=year.matrix.account_manager2, proposed=Decimal(1), why="They cut by half.")
    assert accept_rest(budget, actor=budget.contributor).lines == []


def test_who_accepts_and_what(budget: Budget, year: Year, nothing_changed: Any) -> None:
    matrix, me = year.matrix, budget.contributor
    foreign = year.budget(matrix.account_manager, matrix.italy).lines.get()
    with nothing_changed():
        for action in (accept_rest, look_again):
            for user in (matrix.sales_manager, matrix.account_manager2, matrix.quality_it):
                with pytest.raises(Denied) as denied:
                    action(budget, actor=user, lines=[])
                assert denied.value.code == "not_permitted"
            with pytest.raises(Denied) as denied:
                action(budget, actor=me, lines=[foreign.pk])
            assert (denied.value.code, denied.value.field) == ("foreign_line", "lines")
    submit_budget(budget, actor=me)
    with nothing_changed():
        for action in (accept_rest, look_again):
            with pytest.raises(Denied) as denied:
                action(budget, actor=me, lines=[])
            assert denied.value.code == "budget_closed"


def test_it_is_seen_over_rest_in_the_list_and_on_the_board(budget: Budget, year: Year) -> None:
    me, boss = budget.contributor, year.matrix.sales_manager
    AssignmentFactory(user=me, plant=year.matrix.acme_it_plant, location=year.matrix.germany)
    client, at = api(me), f"/api/v1/budgets/{budget.pk}"
    done = client.post(f"{at}/accept-rest/", {}, format="json")
    first = budget.lines.order_by("pk")[0]
    assert (done.status_code, done.json()["lines"], done.json()["to_look_at"]) == (200, [first.pk], 3), done.content
    rows = client.get(f"{at}/cells/").json()["lines"]
    assert sorted(row["review"] for row in rows) == ["", "accepted", "open", "open", "open"]
    assert client.get(f"/api/v1/budget-lines/?review=open&budget={budget.pk}").json()["count"] == 3
    back = client.post(f"{at}/look-again/", {"lines": [first.pk]}, format="json")
    assert (back.json()["lines"], back.json()["to_look_at"]) == ([first.pk], 4)
    standing = standing_of(budget.round, boss)
    assert (standing.lines, standing.to_look_at) == (8, 7)
    page = words(as_(boss).get(f"/budgets/rounds/{budget.round_id}/"))
    assert "Still to look at" in page
