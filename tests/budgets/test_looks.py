"""Ready filters for the challenge: what whoever approves looks at first, and nothing that its reader may not see."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from budgets.actions import edit_cells, edit_line, share_budget
from budgets.actions.lines import CellValue
from budgets.actions.target_totals import keep_target_totals
from budgets.models import Budget, BudgetLine, BudgetRound, Target
from budgets.models.years import month_after
from budgets.reports.looks import bias_of_people
from kam.core import clock
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year, last_month
from tests.factories.orders import SalesLineFactory
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(year: Year) -> BudgetLine:
    """The row of the account manager's German budget: 2,500 pieces at 100, as sold in the last twelve months."""
    return year.budget(year.matrix.account_manager, year.matrix.germany).lines.get()


def looked(user: User, line: BudgetLine) -> set[str]:
    """The filters that show the row to a person."""
    client = api(User.objects.get(pk=user.pk))
    found = set()
    for look in ("growth", "price", "quarter", "falling", "bias"):
        answer = client.get(f"/api/v1/budget-lines/?budget={line.budget_id}&look={look}")
        assert answer.status_code in {200, 400}, answer.json()
        if line.pk in [row["id"] for row in answer.json().get("results", [])]:
            found.add(look)
    return found


def planned(line: BudgetLine, quantity: int, price: str, month: int) -> None:
    """The row with all of its year in one month."""
    cells = [CellValue(line.pk, one, revenue=Decimal(0)) for one in range(1, 13) if one != month]
    cells.append(CellValue(line.pk, month, quantity=Decimal(quantity), price=Decimal(price)))
    edit_cells(line.budget, actor=line.budget.contributor, cells=cells)


def test_growth_price_and_weight_are_found(line: BudgetLine, year: Year) -> None:
    boss = year.matrix.sales_manager
    planned(line, 2_500, "100", 3)
    assert looked(boss, line) == set()
    planned(line, 2_750, "100", 3)
    assert looked(boss, line) == set()
    planned(line, 2_751, "100", 3)
    assert looked(boss, line) == {"growth"}
    edit_line(line, actor=year.matrix.account_manager, chance="awarded")
    assert looked(boss, line) == set()
    planned(line, 2_000, "103.01", 3)
    assert looked(boss, line) == {"price"}
    planned(line, 2_000, "103", 10)
    assert looked(boss, line) == {"quarter"}
    assert words(as_(boss).get(f"/budgets/lines/?look=quarter&budget={line.budget_id}")).count("KP-1") == 1


def test_a_falling_customer_that_is_planned_up_is_found(line: BudgetLine, year: Year) -> None:
    matrix = year.matrix
    planned(line, 2_501, "100", 3)
    SalesLineFactory(
        plant=line.plant,
        selling_location=matrix.germany,
        producing_location=matrix.italy,
        product=year.product,
        date=month_after(last_month().replace(day=1), -12),
        net=Decimal(270_000),
    )
    assert looked(matrix.sales_manager, line) == set()
    SalesLineFactory(
        plant=line.plant,
        selling_location=matrix.germany,
        producing_location=matrix.italy,
        product=year.product,
        date=month_after(last_month().replace(day=1), -12),
        net=Decimal(10_000),
    )
    assert looked(matrix.sales_manager, line) == {"falling"}
    planned(line, 2_500, "100", 3)
    assert looked(matrix.sales_manager, line) == set()


def test_past_bias_is_a_persons_last_plan_against_what_came_for_who_reads_all(line: BudgetLine, year: Year) -> None:
    """The year that runs asked 1,000,000 of the account manager for its months that are over; 830,000 came."""
    matrix = year.matrix
    planned(line, 2_500, "100", 3)
    sold_in = last_month().replace(day=1)
    first = date(sold_in.year, 1, 1)
    one = BudgetRound.objects.create(
        first_month=first, number=1, status="published", deadline=clock.today(), currency="EUR", requested_by=matrix.sales_manager,
        opened_at=clock.now(), approved_at=clock.now(), approved_by=matrix.sales_manager, published_at=clock.now(),
    )  # fmt: skip
    Target.objects.create(
        round=one, line=line, person=matrix.account_manager, plant=line.plant, customer=line.plant.customer, product=year.product,  # type: ignore[union-attr]
        family=year.product.family, currency="EUR", selling_location=matrix.germany, producing_location=matrix.italy,
        **{f"revenue_{sold_in.month:02d}": Decimal(1_000_000)},
    )  # fmt: skip
    keep_target_totals(first)
    assert bias_of_people(matrix.sales_manager)[matrix.account_manager.pk].percent == -17
    assert looked(matrix.sales_manager, line) == {"bias"}
    assert "−17.0 %" in words(as_(matrix.sales_manager).get(f"/budgets/{line.budget_id}/"))
    assert bias_of_people(matrix.account_manager) == {} and looked(matrix.account_manager, line) == set()
    assert "Against the last plan" not in words(as_(matrix.account_manager).get(f"/budgets/{line.budget_id}/"))


def test_a_filter_tells_no_sale_that_its_reader_may_not_see(line: BudgetLine, year: Year) -> None:
    """To who reads by a share only, every running row looks as if nothing had been sold, whatever was."""
    matrix: Any = year.matrix
    planned(line, 2_000, "200", 3)
    assert looked(matrix.sales_manager, line) == looked(matrix.account_manager, line) == {"growth", "price"}
    share_budget(line.budget, actor=matrix.account_manager, user=matrix.quality_it)
    assert looked(matrix.quality_it, line) == {"growth"}
    planned(line, 1, "1", 3)
    assert looked(matrix.quality_it, line) == {"growth"}
    assert looked(matrix.quality_it, Budget.objects.exclude(pk=line.budget_id).latest("pk").lines.latest("pk")) == set()
