"""What Production is asked to make, without a price; its answers; and that a revision tells it what changed and nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import (
    answer_quantities,
    approve_budget,
    approve_round,
    confirm_quantities,
    consolidate_round,
    edit_cells,
    open_round,
    publish_round,
    request_round,
    share_round,
    submit_budget,
)
from budgets.actions.lines import CellValue
from budgets.actions.quantities import Said
from budgets.models import Budget, BudgetRound, PlanAnswer, QuantityPlan
from budgets.reports.quantities import quantity_rows, to_answer, unanswered
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work import WorkItem
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.budgets.test_revision import published, revised
from tests.budgets.test_round import everybody_submits
from tests.matrix import Matrix

__all__ = ["published"]
pytestmark = pytest.mark.django_db


def shared(one: BudgetRound, matrix: Matrix) -> QuantityPlan:
    """The round with every budget approved, shared; the plan of Italy."""
    for budget in Budget.objects.filter(round=one, status="submitted"):
        approve_budget(budget, actor=matrix.sales_manager)
    for step in (consolidate_round, share_round):
        step(one, actor=matrix.sales_manager)
    return QuantityPlan.objects.get(round=one, location=matrix.italy)


@pytest.fixture
def plan(year: Year) -> QuantityPlan:
    """All that was sold was made in Italy: 11,300 pieces of one product in one month."""
    everybody_submits(year)
    return shared(year.round, year.matrix)


def test_production_is_asked_for_pieces_and_sees_no_price(plan: QuantityPlan, year: Year) -> None:
    matrix = year.matrix
    (row,) = quantity_rows(plan)
    assert (row.product, row.quantity, row.unanswered) == (year.product, 11_300, 1)
    item = WorkItem.objects.get(kind="answer_quantities")
    assert item.audience.startswith("department:")
    page = as_(matrix.production_it).get(f"/budgets/quantities/{plan.pk}/").content.decode()
    assert "11,300" in page and "1,130,000" not in page and "400,000" not in page
    told = api(matrix.production_it).get(f"/api/v1/quantity-plans/{plan.pk}/rows/").json()
    assert {name for part in told[0]["months"] for name in part} == {"month", "quantity", "before", "answer"}
    seen = {
        user.email.partition("@")[0]: api(user).get(f"/api/v1/quantity-plans/{plan.pk}/").status_code
        for user in (
            matrix.production_it, matrix.sales_manager, matrix.management, matrix.finance_it, matrix.account_manager,
            matrix.area_manager_de, matrix.quality_it, matrix.nobody,
        )
    }  # fmt: skip
    assert [name for name, status in seen.items() if status == 200] == [
        "production.it", "sales_manager", "management", "finance.it",
    ]  # fmt: skip
    # Reading quantities opens nothing of the plan with prices.
    for noun in ("budget-rounds", "budgets", "budget-lines", "targets"):
        assert api(matrix.production_it).get(f"/api/v1/{noun}/").json()["count"] == 0


def test_production_answers_and_what_is_unanswered_is_listed(plan: QuantityPlan, year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    month = next(cell.month for cell in quantity_rows(plan)[0].cells if cell.quantity)
    assert unanswered(year.round) == [(plan, 1)]
    page = as_(matrix.sales_manager).get(f"/budgets/rounds/{year.round.pk}/approve/").content.decode()
    assert "Production has not answered everything" in page and matrix.italy.name in page
    refused: list[tuple[Said, str]] = [
        (Said(year.product, "limit"), "how_many"),
        (Said(year.product, "date"), "from_when"),
        (Said(year.product, "need", note=" "), "which_need"),
        (Said(year.product, "yes", month=month % 12 + 1), "nothing_asked"),
    ]
    with nothing_changed():
        for said, code in refused:
            with pytest.raises(Denied) as denied:
                answer_quantities(plan, actor=matrix.production_it, answers=[said])
            assert denied.value.code == code
        for user in (matrix.sales_manager, matrix.account_manager, matrix.logistics_it):
            with pytest.raises(Denied):
                confirm_quantities(plan, actor=user)
    body = {"answers": [{"product": year.product.pk, "month": month, "answer": "limit", "quantity": "9000"}]}
    assert api(matrix.production_it).post(f"/api/v1/quantity-plans/{plan.pk}/answer/", body, format="json").status_code == 200
    assert PlanAnswer.objects.get().quantity == 9_000
    plan.refresh_from_db()
    assert plan.confirmed_by == matrix.production_it and unanswered(year.round) == []
    assert WorkItem.objects.get(kind="answer_quantities").state == "done"
    approve_round(year.round, actor=matrix.sales_manager)
    with nothing_changed(), pytest.raises(Denied) as denied:
        confirm_quantities(plan, actor=matrix.production_it)
    assert denied.value.code == "round_not_shared"


def test_what_is_approved_asks_no_more(plan: QuantityPlan, year: Year) -> None:
    approve_round(year.round, actor=year.matrix.sales_manager)
    assert WorkItem.objects.get(kind="answer_quantities").state == "cancelled"


@pytest.mark.acceptance("AT-84")
def test_production_receives_the_delta_of_a_revision_only(published: Year) -> None:
    """R1 changes one cell by 100 pieces: one product, one month, one answer to give."""
    matrix = published.matrix
    confirm = QuantityPlan.objects.get(round=published.round, location=matrix.italy)
    assert [row.changed for row in quantity_rows(confirm)] == [True]
    one = revised(published)
    budget = Budget.objects.get(round=one, location=matrix.italy)
    cell = budget.lines.get().cells.exclude(revenue=0).get()
    edit_cells(budget, actor=matrix.account_manager, cells=[CellValue(cell.line_id, cell.month, Decimal(4_100), Decimal(100))])
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        submit_budget(each, actor=each.contributor)
    plan = shared(one, matrix)
    (row,) = quantity_rows(plan)
    assert (row.quantity, row.change) == (11_400, 100)
    assert to_answer(plan, [row]) == [(published.product, cell.month)]
    page = as_(matrix.production_it).get(f"/budgets/quantities/{plan.pk}/?changed=1").content.decode()
    assert "11,400" in page and "+100" in page and "410,000" not in page
    approve_round(one, actor=matrix.sales_manager)
    publish_round(one, actor=matrix.sales_manager)
    (row,) = quantity_rows(plan)
    assert row.change == 100, "the same before and after the revision is published"
    told = Notification.objects.filter(kind="quantities_published", reader=matrix.production_it)
    assert told.count() == 2


def test_a_revision_without_a_change_asks_nothing(published: Year) -> None:
    one = revised(published)
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        submit_budget(each, actor=each.contributor)
    plan = shared(one, published.matrix)
    assert to_answer(plan, quantity_rows(plan)) == [] and unanswered(one) == []


def test_a_revision_of_some_says_nothing_of_what_the_others_plan(published: Year) -> None:
    """Only the area manager is asked: the pieces of the account manager stay as they were, and nobody calls them off."""
    matrix = published.matrix
    one = request_round(
        BudgetRound, actor=matrix.sales_manager, kind="revision", first_month=published.round.first_month,
        deadline=clock.today(), top_down=Decimal(300_000),
    )  # fmt: skip
    open_round(one, actor=matrix.sales_manager, participants=[matrix.area_manager_de])
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        submit_budget(each, actor=each.contributor)
    plan = shared(one, matrix)
    (row,) = quantity_rows(plan)
    assert (row.quantity, row.change) == (3_000, 0)
    assert unanswered(one) == []


def test_what_is_no_longer_made_is_told_and_an_answer_makes_another_version(published: Year) -> None:
    matrix = published.matrix
    one = revised(published, top_down=Decimal(0))
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        for line in each.lines.all():
            cells = [CellValue(line.pk, cell.month, revenue=Decimal(1)) for cell in line.cells.exclude(revenue=0)]
            edit_cells(each, actor=each.contributor, cells=cells)
        submit_budget(each, actor=each.contributor)
    BudgetRound.objects.filter(pk=one.pk).update(top_down=4)
    one.refresh_from_db()
    plan = shared(one, matrix)
    (row,) = quantity_rows(plan)
    assert (row.quantity, row.change) == (0, -11_300)
    ((product, month),) = to_answer(plan, [row])
    version = plan.version
    said = [Said(product, "yes", month)]
    answer_quantities(plan, actor=matrix.production_it, answers=said)
    plan.refresh_from_db()
    assert plan.version > version
    held = plan.version
    answer_quantities(plan, actor=matrix.production_it, answers=said)
    plan.refresh_from_db()
    assert plan.version == held, "the same answer again changes nothing"
