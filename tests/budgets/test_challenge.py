"""The challenge of a submitted budget: single rows go back with a reason and a counter-figure, and come again with an answer."""

from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import (
    add_line,
    answer_challenge,
    approve_budget,
    challenge_line,
    edit_cells,
    fill_budget,
    remove_line,
    return_budget,
    submit_budget,
    withdraw_challenge,
)
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetLine
from budgets.reports.changes import changes_since
from kam.core.workflow import Denied, Refusals
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.factories.catalog import ProductFactory
from tests.pages import words

pytestmark = pytest.mark.django_db
WHY = "The new press starts in March."


@pytest.fixture
def line(year: Year) -> BudgetLine:
    """The row of the account manager's German budget, submitted: 2,500 pieces at 100."""
    budget = year.budget(year.matrix.account_manager, year.matrix.germany)
    submit_budget(budget, actor=budget.contributor)
    return budget.lines.get()


def now(line: BudgetLine) -> BudgetLine:
    """The row as it is now."""
    return BudgetLine.objects.select_related("budget").get(pk=line.pk)


def returned(line: BudgetLine, year: Year, counter: str = "300000") -> BudgetLine:
    """The row marked and its budget returned."""
    challenge_line(line, actor=year.matrix.sales_manager, why=WHY, counter=Decimal(counter))
    return_budget(line.budget, actor=year.matrix.sales_manager, reason="See the rows.")
    return now(line)


def test_a_row_goes_back_with_reason_and_counter_figure_and_its_answer_is_asked(line: BudgetLine, year: Year) -> None:
    one = returned(line, year)
    assert (one.budget.status, one.challenge, one.counter, one.challenge_reason) == ("returned", "returned", 300_000, WHY)
    with pytest.raises(Refusals) as refused:
        submit_budget(one.budget, actor=year.matrix.account_manager)
    assert [denied.code for denied in refused.value.refusals] == ["rows_returned"]
    assert str(one) in str(refused.value)
    answer_challenge(one, actor=year.matrix.account_manager, answer="taken")
    one = now(line)
    assert (one.challenge, one.revenue, one.quantity) == ("taken", 300_000, 3_000)
    assert {cell.price for cell in one.cells.exclude(revenue=0)} == {100}
    assert (one.budget.revenue, submit_budget(one.budget, actor=year.matrix.account_manager).status) == (300_000, "submitted")


def test_the_counter_figure_keeps_the_shape_to_the_cent(line: BudgetLine, year: Year) -> None:
    """Two months of 10 pieces at 3 and one in money only become 100.01 together, pieces whole, nothing lost."""
    me = year.matrix.account_manager
    return_budget(line.budget, actor=year.matrix.sales_manager, reason="Once more.")
    empty = [CellValue(line.pk, month, revenue=Decimal(0)) for month in range(3, 13)]
    pieces = [CellValue(line.pk, month, quantity=Decimal(10), price=Decimal(3)) for month in (1, 2)]
    edit_cells(line.budget, actor=me, cells=[*pieces, *empty[:-1], CellValue(line.pk, 12, revenue=Decimal(30))])
    submit_budget(line.budget, actor=me)
    answer_challenge(returned(line, year, "100.01"), actor=me, answer="taken")
    found = {cell.month: (cell.quantity, cell.revenue) for cell in line.cells.exclude(revenue=0)}
    assert found == {1: (11, Decimal("33.34")), 2: (11, Decimal("33.34")), 12: (None, Decimal("33.33"))}
    assert now(line).revenue == Decimal("100.01")


def test_a_figure_stays_with_a_comment_only(line: BudgetLine, year: Year, nothing_changed: Any) -> None:
    one, me = returned(line, year), year.matrix.account_manager
    for values, field in (({"answer": "kept"}, "comment"), ({"answer": "marked", "comment": "x"}, "answer")):
        with nothing_changed(), pytest.raises(Denied) as denied:
            answer_challenge(one, actor=me, **values)
        assert (denied.value.field, denied.value.status) == (field, 400)
    answer_challenge(one, actor=me, answer="kept", comment="The press is late.")
    one = now(line)
    assert (one.challenge, one.challenge_answer, one.revenue) == ("kept", "The press is late.", 250_000)
    submit_budget(one.budget, actor=me)
    approve_budget(one.budget, actor=year.matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied):
        challenge_line(one, actor=year.matrix.sales_manager, why=WHY, counter=Decimal(1))


def test_a_counter_figure_that_was_taken_and_changed_again_has_no_answer(line: BudgetLine, year: Year) -> None:
    one, me = returned(line, year), year.matrix.account_manager
    answer_challenge(one, actor=me, answer="taken")
    edit_cells(one.budget, actor=me, cells=[CellValue(line.pk, 1, revenue=Decimal(1))])
    with pytest.raises(Refusals) as refused:
        submit_budget(one.budget, actor=me)
    assert refused.value.code == "rows_returned"


def test_a_returned_row_is_not_got_rid_of(line: BudgetLine, year: Year, nothing_changed: Any) -> None:
    one, me = returned(line, year), year.matrix.account_manager
    with nothing_changed(), pytest.raises(Denied) as denied:
        remove_line(one, actor=me)
    assert denied.value.code == "row_returned"
    fill_budget(one.budget, actor=me, anew=True)
    assert now(line).challenge == "returned"


def test_who_marks_and_when(line: BudgetLine, year: Year, nothing_changed: Any) -> None:
    matrix, values = year.matrix, {"why": WHY, "counter": Decimal(1)}
    with nothing_changed():
        for user in (matrix.account_manager, matrix.area_manager_de, matrix.management, matrix.finance_it):
            with pytest.raises(Denied) as denied:
                challenge_line(line, actor=user, **values)
            assert denied.value.code == "not_permitted"
        for wrong, field in (({"why": " "}, "why"), ({"why": "x" * 401}, "why"), ({"counter": Decimal(-1)}, "counter")):
            with pytest.raises(Denied) as denied:
                challenge_line(line, actor=matrix.sales_manager, **values | wrong)
            assert denied.value.field == field
        with pytest.raises(Denied) as denied:
            withdraw_challenge(line, actor=matrix.sales_manager)
        assert denied.value.code == "not_marked"
        with pytest.raises(Denied) as denied:
            answer_challenge(line, actor=matrix.account_manager, answer="taken")
        assert denied.value.code == "budget_closed"
    challenge_line(line, actor=matrix.sales_manager, **values)
    with nothing_changed(), pytest.raises(Denied) as denied:
        approve_budget(line.budget, actor=matrix.sales_manager)
    assert denied.value.code == "rows_marked"
    withdraw_challenge(line, actor=matrix.sales_manager)
    one = now(line)
    assert (one.challenge, one.counter, one.challenge_reason) == ("", None, "")
    approve_budget(line.budget, actor=matrix.sales_manager)
    draft = year.budget(matrix.area_manager_de, matrix.germany).lines.get()
    with nothing_changed(), pytest.raises(Denied) as denied:
        challenge_line(draft, actor=matrix.sales_manager, **values)
    assert denied.value.code == "not_in_review"


def test_a_row_without_a_plan_takes_the_counter_figure_in_equal_parts(line: BudgetLine, year: Year) -> None:
    me = year.matrix.account_manager
    return_budget(line.budget, actor=year.matrix.sales_manager, reason="Once more.")
    empty = add_line(line.budget, actor=me, plant=line.plant, family=year.product.family)
    submit_budget(line.budget, actor=me)
    answer_challenge(returned(empty, year, "120"), actor=me, answer="taken")
    assert [cell.revenue for cell in empty.cells.all()] == [10] * 12


def test_over_rest_a_row_is_challenged_and_answered(line: BudgetLine, year: Year) -> None:
    boss, me = api(year.matrix.sales_manager), api(year.matrix.account_manager)
    at = f"/api/v1/budget-lines/{line.pk}"
    body = {"why": WHY, "counter": "300000.00"}
    marked = boss.post(f"{at}/challenge/", body, format="json")
    assert (marked.status_code, marked.json()["challenge"], marked.json()["counter"]) == (200, "marked", "300000.00")
    assert me.post(f"{at}/challenge/", body, format="json").status_code == 403
    boss.post(f"/api/v1/budgets/{line.budget_id}/return/", {"reason": "Rows."}, format="json")
    points = me.get(f"/api/v1/budgets/{line.budget_id}/checklist/").json()
    assert [(point["code"], point["lines"]) for point in points] == [("rows_returned", [line.pk])]
    assert me.get(f"/api/v1/budget-lines/?challenge=returned&budget={line.budget_id}").json()["count"] == 1
    [row] = me.get(f"/api/v1/budgets/{line.budget_id}/cells/").json()["lines"]
    assert (row["challenge"], row["counter"], row["challenge_reason"]) == ("returned", 300_000, WHY)
    answer = me.post(f"{at}/answer/", {"answer": "taken"}, format="json")
    assert (answer.status_code, answer.json()["revenue"]) == (200, "300000.00")
    assert sum(Decimal(cell["revenue"]) for cell in answer.json()["cells"]) == 300_000


def test_the_screens_of_a_challenge(line: BudgetLine, year: Year) -> None:
    boss, me = as_(year.matrix.sales_manager), as_(year.matrix.account_manager)
    at = f"/budgets/lines/{line.pk}/"
    assert f"{at}challenge/" in boss.get(at).content.decode()
    version = now(line).version
    done = boss.post(f"{at}challenge/", {"why": WHY, "counter": "300000", "version": version})
    assert done.status_code == 302, done.content.decode()
    assert f"{at}unmark/" in boss.get(at).content.decode()
    boss.post(f"/budgets/{line.budget_id}/return/", {"reason": "Rows.", "version": Budget.objects.get(pk=line.budget_id).version})
    page = me.get(f"/budgets/{line.budget_id}/").content.decode()
    assert WHY in page and "300,000" in page and "Rows that were returned to you have no answer." in page
    assert f"{at}answer/" in me.get(at).content.decode()
    done = me.post(f"{at}answer/", {"answer": "kept", "comment": "The press is late.", "version": now(line).version})
    assert (done.status_code, now(line).challenge) == (302, "kept")
    assert "The press is late." in boss.get(f"/budgets/{line.budget_id}/").content.decode()


def test_what_else_has_changed_since_submission_is_shown(line: BudgetLine, year: Year) -> None:
    """A row more, one less, one with the same year in other months, one that went back: the approver sees the first three."""
    matrix, me = year.matrix, year.matrix.account_manager
    budget = line.budget
    return_budget(budget, actor=matrix.sales_manager, reason="Once more.")
    products = [ProductFactory(code=f"KP-{number}", producing_location=matrix.italy) for number in (7, 8, 9)]
    gone, moved = (
        add_line(budget, actor=me, plant=line.plant, product=product, revenue=Decimal(1_200), quantity=Decimal(12))
        for product in products[:2]
    )
    submit_budget(budget, actor=me)
    assert {row.kind for row in changes_since(budget)} == {"added"}
    one = returned(line, year)
    assert changes_since(budget) == []
    answer_challenge(one, actor=me, answer="taken")
    name = str(gone)
    remove_line(gone, actor=me)
    edit_cells(
        budget, actor=me, cells=[CellValue(moved.pk, 1, revenue=Decimal(50)), CellValue(moved.pk, 2, revenue=Decimal(150))]
    )
    added = add_line(budget, actor=me, plant=line.plant, product=products[2], revenue=Decimal(60))
    submit_budget(budget, actor=me)
    boss = api(matrix.sales_manager)
    rows = boss.get(f"/api/v1/budgets/{budget.pk}/changes/").json()
    assert [(row["line"], row["kind"], row["returned"], row["revenue_before"], row["revenue_now"]) for row in rows] == [
        (line.pk, "changed", True, "250000.00", "300000.00"),
        (None, "removed", False, "1200.00", None),
        (added.pk, "added", False, None, "60.00"),
        (moved.pk, "changed", False, "1200.00", "1200.00"),
    ]
    assert (f"{rows[1]['buyer']} · {rows[1]['article']}", rows[1]["difference"]) == (name, "-1200.00")
    page = words(as_(matrix.sales_manager).get(f"/budgets/{budget.pk}/"))
    seen = page[page.index("What else has changed") : page.index("Sheet")]
    assert "Taken out" in seen and "KP-7" in seen and "KP-9" in seen and "300,000" not in seen
    assert api(matrix.area_manager_us).get(f"/api/v1/budgets/{budget.pk}/changes/").status_code == 404
    approve_budget(budget, actor=matrix.sales_manager)
    assert "What else has changed" not in words(as_(matrix.sales_manager).get(f"/budgets/{budget.pk}/"))


def test_many_rows_are_marked_at_once_at_what_they_sold(line: BudgetLine, year: Year) -> None:
    """Of the rows that a filter shows, each gets the reason of all and its own sales of the last twelve months."""
    me, boss = year.matrix.account_manager, as_(year.matrix.sales_manager)
    return_budget(line.budget, actor=year.matrix.sales_manager, reason="Once more.")
    edit_cells(line.budget, actor=me, cells=[CellValue(line.pk, 1, quantity=Decimal(9_000), price=Decimal(100))])
    new = add_line(line.budget, actor=me, plant=line.plant, product=ProductFactory(code="KP-7"), revenue=Decimal(120))
    submit_budget(line.budget, actor=me)
    asked = f"/budgets/lines/?look=growth&budget={line.budget_id}"
    assert "Mark for return" not in words(as_(me).get(asked))
    answer = boss.post(asked, {"bulk": "challenge", "all": "1", "reason": WHY}, follow=True)
    assert "2 rows done." in words(answer)
    assert [(one.challenge, one.counter, one.challenge_reason) for one in (now(line), now(new))] == [
        ("marked", 250_000, WHY),
        ("marked", 0, WHY),
    ]
    answer = api(year.matrix.sales_manager).post(
        f"/api/v1/budget-lines/{new.pk}/challenge/", {"why": "None of it."}, format="json"
    )
    assert (answer.status_code, answer.json()["counter"]) == (200, "0.00")
    as_(me).post(asked, {"bulk": "challenge", "all": "1", "reason": "Mine."})
    assert now(line).challenge_reason == WHY
