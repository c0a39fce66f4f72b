"""What a plan costs and earns: by the version that each line holds or by what was earned, read only by who reads costs, reconciled."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from budgets.actions import edit_cells, open_round, publish_round, renew_costs, request_round, set_rate
from budgets.actions.lines import CellValue
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetLine, BudgetRound, Measure, Target
from budgets.models.targets import month_column
from budgets.reports.my_year import reads_measure, whole
from budgets.reports.standings import Question
from catalog.models import StandardCost
from kam.core import clock
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year, next_year
from tests.budgets.test_round import approved
from tests.factories.catalog import StandardCostFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def costed(year: Year) -> Year:
    """The open round with a standard cost of 10 a piece: everything was sold at 100."""
    StandardCostFactory(product=year.product, cost_version="2027")
    renew_costs(year.round, actor=year.matrix.sales_manager)
    return year


def test_a_line_costs_what_its_version_says(costed: Year) -> None:
    budget = costed.budget(costed.matrix.account_manager, costed.matrix.italy)
    line = budget.lines.get()
    assert (line.standard_cost.cost_version, line.unit_cost, line.cost, line.margin) == ("2027", 10, 40_000, 360_000)
    assert (budget.cost, budget.uncosted, budget.margin) == (40_000, 0, 360_000)
    StandardCostFactory(product=costed.product, location=costed.matrix.germany, cost_version="other place", material=Decimal(99))
    edit_cells(budget, actor=budget.contributor, cells=[CellValue(line.pk, 1, quantity=Decimal(10), price=Decimal(50))])
    line.refresh_from_db()
    assert (line.standard_cost.cost_version, line.cost) == (
        "2027",
        40_000 + (0 if line.cells.get(month=1).quantity is None else 100),
    )


def test_money_without_pieces_costs_the_share_that_it_had(matrix: Matrix, sold: Callable[..., Any]) -> None:
    """ACME in America bought for 999 what cost 60: a rest of a customer and family, in money only, keeps that share."""
    sold(acme_us=999)
    one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today())
    open_round(one, actor=matrix.sales_manager)
    small = BudgetLine.objects.get(budget__location=matrix.usa)
    assert small.standard_cost is None and small.cost_share == round(Decimal(60) / 999, 8)
    assert (small.revenue, small.cost) == (999, 60)
    budget = Budget.objects.get(location=matrix.usa)
    assert (budget.cost, budget.margin) == (60, 939)


def test_a_cost_in_a_currency_without_a_rate_is_not_known_until_there_is_one(year: Year) -> None:
    matrix = year.matrix
    StandardCostFactory(product=year.product, currency="CZK", material=Decimal(240), variable_conversion=0, fixed=0)
    BudgetLine.objects.update(cost_share=None)
    renew_costs(year.round, actor=matrix.sales_manager)
    budget = year.budget(matrix.account_manager, matrix.italy)
    line = budget.lines.get()
    assert line.standard_cost is not None and line.unit_cost is None
    # The last twelve months know better than nothing: 60 of 400,000.
    assert (line.cost, budget.uncosted) == (60, 0)
    set_rate(year.round, actor=matrix.sales_manager, currency="CZK", rate=Decimal("0.04"))
    line.refresh_from_db()
    assert (line.unit_cost, line.cost) == (Decimal("9.6"), 38_400)


def test_nothing_known_is_no_margin(year: Year) -> None:
    """Without a cost anywhere the revenue stands apart and the margin is of the rest."""
    BudgetLine.objects.filter(budget__location=year.matrix.usa).update(cost_share=None)
    budget = year.budget(year.matrix.account_manager, year.matrix.usa)
    keep_totals([budget.pk], 2)
    budget.refresh_from_db()
    assert (budget.revenue, budget.cost, budget.uncosted, budget.margin) == (180_000, 0, 180_000, 0)
    assert budget.lines.get().margin is None


def test_targets_reconcile_with_the_budgets_in_cost_and_margin(costed: Year) -> None:
    matrix = costed.matrix
    approved(costed)
    publish_round(costed.round, actor=matrix.sales_manager)
    columns = {month: Sum(Coalesce(month_column("cost", month), Decimal(0))) for month in range(1, 13)}
    targets = Target.objects.aggregate(**{f"m{month}": total for month, total in columns.items()})
    assert sum(targets.values()) == Budget.objects.aggregate(total=Sum("cost"))["total"] == 113_000
    asked = Question(next_year(), person=matrix.account_manager, measure=Measure.MARGIN)
    assert reads_measure(asked, matrix.account_manager) and whole(asked).year == 830_000 - 83_000
    assert whole(Question(next_year(), measure=Measure.MARGIN)).year == 1_130_000 - 113_000
    for user, status in ((matrix.account_manager, 200), (matrix.sales_manager, 200), (matrix.area_manager_de, 400)):
        assert api(user).get("/api/v1/targets/attainment/?measure=margin").status_code == status
    own = {row["id"] for row in api(matrix.area_manager_de).get("/api/v1/targets/").json()["results"]}
    assert own and not any("costs" in row for row in api(matrix.area_manager_de).get("/api/v1/targets/").json()["results"])
    assert all("costs" in row for row in api(matrix.account_manager).get("/api/v1/targets/").json()["results"])


def test_costs_taken_anew_leave_what_is_approved(costed: Year, nothing_changed: Any) -> None:
    matrix = costed.matrix
    with nothing_changed():
        for user in (matrix.account_manager, matrix.area_manager_de, matrix.finance_it, matrix.management):
            with pytest.raises(Denied):
                renew_costs(costed.round, actor=user)
    budget = costed.budget(matrix.account_manager, matrix.italy)
    Budget.objects.filter(pk=budget.pk).update(
        status="approved", submitted_at=clock.now(), approved_at=clock.now(), approved_by=matrix.sales_manager
    )
    StandardCostFactory(
        product=costed.product, location=matrix.italy, cost_version="later", material=Decimal(20), period=later_period(costed)
    )
    renew_costs(costed.round, actor=matrix.sales_manager)
    held = {
        line.budget_id == budget.pk: line.standard_cost.cost_version
        for line in BudgetLine.objects.select_related("standard_cost")
    }
    assert held == {True: "2027", False: "later"}


def later_period(year: Year) -> Any:
    """From the first day of the year that is planned on; the version before ends there."""
    first = year.round.first_month
    StandardCost.objects.update(period=DateRange(first.replace(year=2020), first, "[)"))
    return DateRange(first, None, "[)")


def test_only_who_reads_costs_sees_them(costed: Year) -> None:
    """The area manager in Germany sells what Italy makes: revenue yes, cost no; made at home they read both."""
    matrix = costed.matrix
    german = costed.budget(matrix.account_manager, matrix.germany)

    def seen(user: User, line: BudgetLine) -> bool:
        user.renew_access()
        client = api(user)
        answer = client.get(f"/api/v1/budget-lines/{line.pk}/").json()
        hidden = {"standard_cost", "unit_cost", "cost_share", "cost", "margin"}
        assert hidden <= set(answer) or not hidden & set(answer)
        page = as_(user).get(f"/budgets/lines/{line.pk}/").content.decode()
        listed = as_(user).get("/budgets/lines/?columns=buyer,cost,margin").content.decode()
        shown = hidden <= set(answer)
        assert ("25,000" in page, "225,000" in listed) == (shown, shown)
        return shown

    line = german.lines.get()
    for user in (matrix.account_manager, matrix.sales_manager, matrix.management, matrix.auditor):
        assert seen(user, line), user
    assert not seen(matrix.area_manager_de, line)
    BudgetLine.objects.filter(pk=line.pk).update(producing_location=matrix.germany)
    assert seen(matrix.area_manager_de, line)
    assert "margin" in api(matrix.area_manager_de).get(f"/api/v1/budgets/{german.pk}/").json()


def test_a_foreign_cost_is_refused_in_fields_and_absent_in_sums(costed: Year) -> None:
    matrix = costed.matrix
    client = api(matrix.area_manager_de)
    for noun, names in (("budget-lines", ("cost", "unit_cost", "margin")), ("budgets", ("cost", "margin", "uncosted"))):
        for name in names:
            answer = client.get(f"/api/v1/{noun}/?fields={name}")
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "costs_hidden"), answer.json()
    rows = client.get("/api/v1/budgets/").json()["results"]
    assert rows and not any("margin" in row or "cost" in row for row in rows)
    page = as_(matrix.area_manager_de).get(f"/budgets/rounds/{costed.round.pk}/").content.decode()
    assert "270,000" not in page and "1,017,000" not in page
    assert "1,017,000" in as_(matrix.sales_manager).get(f"/budgets/rounds/{costed.round.pk}/").content.decode()
    asked = Question(next_year(), person=matrix.area_manager_de, measure=Measure.MARGIN)
    assert not reads_measure(asked, matrix.area_manager_de) and reads_measure(asked, matrix.sales_manager)


def test_the_history_holds_no_cost(costed: Year) -> None:
    """Whoever reads a line reads its history; costs are not in it."""
    fields = {field.name for field in BudgetLine.pgh_event_model._meta.get_fields()}  # type: ignore[attr-defined]
    assert not fields & {"standard_cost", "unit_cost", "cost_share", "cost"}
    assert "cost" not in {field.name for field in Budget.pgh_event_model._meta.get_fields()}  # type: ignore[attr-defined]
