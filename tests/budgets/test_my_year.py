"""My year: targets beside actuals, each sale for one person; the key figures over REST and on the page; nobody sees another's."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Sum

from accounts.models import User
from budgets.actions import (
    approve_budget,
    approve_round,
    consolidate_round,
    open_round,
    phase_line,
    publish_round,
    request_round,
    share_round,
    submit_budget,
)
from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.reports.my_year import year_of, years_to_see
from budgets.reports.thresholds import Colour
from kam.core import clock
from orders.models import AccountTotal
from tests.accounts.test_activity import api, as_
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
WEIGHTS = [Decimal(part) for part in (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)]
JANUARY = date(2026, 1, 1)
JULY = datetime(2026, 7, 15, 12, tzinfo=ZoneInfo("Europe/Rome"))
NOVEMBER = datetime(2025, 11, 20, 12, tzinfo=ZoneInfo("Europe/Rome"))


@pytest.fixture
def planned(matrix: Matrix, sold: Callable[..., Any]) -> Matrix:
    """2026 as of 15 July: ACME in America has a target of 1,200,000 by the weights of AT-10 and bought 571,200 until June."""
    product = sold()
    people = [matrix.sales_manager, matrix.account_manager, matrix.area_manager_de]
    with clock.moment(NOVEMBER):
        SalesLineFactory(
            plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, product=product,
            date=date(2025, 10, 15), quantity=Decimal(10), net=Decimal(5_000),
        )  # fmt: skip
        for person in people:
            person.renew_access()
        one = request_round(
            BudgetRound,
            actor=matrix.sales_manager,
            first_month=JANUARY,
            deadline=clock.today(),
            top_down=Decimal(1_200_000),
        )
        open_round(one, actor=matrix.sales_manager, participants=[matrix.account_manager])
        for line in BudgetLine.objects.filter(budget__location=matrix.usa):
            phase_line(line, actor=matrix.account_manager, revenue=Decimal(1_200_000), weights=WEIGHTS)
        for budget in Budget.objects.exclude(location=matrix.usa):
            budget.delete()
        for budget in Budget.objects.all():
            submit_budget(budget, actor=matrix.account_manager)
            approve_budget(budget, actor=matrix.sales_manager)
        one.refresh_from_db()
        for step in (consolidate_round, share_round, approve_round, publish_round):
            step(one, actor=matrix.sales_manager)
    for month, amount in enumerate((84_000, 96_000, 100_000, 100_000, 95_600, 95_600), 1):
        SalesLineFactory(
            plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, product=product,
            date=date(2026, month, 15), quantity=Decimal(10), net=Decimal(amount),
        )  # fmt: skip
    return matrix


@pytest.mark.acceptance("AT-10")
@pytest.mark.acceptance("AT-11")
def test_where_the_year_stands_and_where_it_ends(planned: Matrix) -> None:
    with clock.moment(JULY):
        planned.account_manager.renew_access()
        assert years_to_see(planned.account_manager) == [JANUARY]
        answer = api(planned.account_manager).get("/api/v1/targets/attainment/")
        (row,) = answer.json()
    # What the fixture sold in the month before today lies outside the months that were over in July 2026, or inside none.
    assert row["months_over"] == 6
    assert (row["target_to_date"], row["actual_to_date"], row["gap"]) == ("612000.00", "571200.00", "-40800.00")
    assert (row["attainment_percent"], row["of_year_percent"], row["colour"]) == ("93.33", "47.60", "amber")
    assert (row["linear"], row["seasonal"], row["base"]) == ("1142400.00", "1120000.00", "1159200.00")
    assert (row["needed_a_month"], row["uplift_percent"]) == ("104800.00", "106.94")


def test_the_page_says_the_same_by_customer_and_family(planned: Matrix) -> None:
    with clock.moment(JULY):
        planned.account_manager.renew_access()
        page = as_(planned.account_manager).get("/budgets/my-year/")
        found = year_of(planned.account_manager, JANUARY)
    text = page.content.decode()
    assert "93.33" in text and "1,120,000" in text and "104,800" in text
    customers = {part.label: part for part in found.parts["customer"]}
    acme = customers[str(planned.acme_us)]
    assert (acme.standing.gap, acme.colour) == (-40_800, Colour.AMBER)
    for parts in found.parts.values():
        assert sum((part.standing.year for part in parts), Decimal(0)) == found.standing.year
        assert sum((part.standing.reached for part in parts), Decimal(0)) == found.standing.reached


@pytest.mark.acceptance("AT-16")
def test_people_add_up_to_the_company(matrix: Matrix, sold: Callable[..., Any]) -> None:
    sold()
    year = (clock.today().replace(day=1) - timedelta(days=1)).replace(month=1, day=1)
    reached = {
        person: year_of(person, year).standing.reached
        for person in (matrix.account_manager, matrix.account_manager2, matrix.area_manager_de, matrix.area_manager_us)
    }
    assert reached == {
        matrix.account_manager: 830_000,
        matrix.account_manager2: 0,
        matrix.area_manager_de: 300_000,
        matrix.area_manager_us: 0,
    }
    column = f"revenue_{(clock.today().replace(day=1) - timedelta(days=1)).month:02d}"
    assert sum(reached.values()) == AccountTotal.objects.aggregate(total=Sum(column))["total"] == 1_130_000


def test_nobody_opens_the_year_of_another(planned: Matrix) -> None:
    def seen(user: User) -> tuple[int, int]:
        user.renew_access()
        page = as_(user).get(f"/budgets/my-year/?person={planned.account_manager.pk}")
        answer = api(user).get(f"/api/v1/targets/attainment/?person={planned.account_manager.pk}")
        return page.status_code, answer.status_code

    assert seen(planned.account_manager) == seen(planned.sales_manager) == seen(planned.management) == (200, 200)
    for user in (
        planned.account_manager2,
        planned.area_manager_de,
        planned.area_manager_us,
        planned.finance_it,
        planned.quality_it,
    ):
        assert seen(user) == (404, 400), user
    assert api(planned.account_manager).get("/api/v1/targets/attainment/?first_month=1999-01-01").status_code == 400
