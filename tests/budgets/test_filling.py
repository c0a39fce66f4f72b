"""Ways to fill a budget: sales of several spans, the last version, profiles, a pasted list; the reason for a zero; large rounds by a job."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from budgets.actions import (
    add_line,
    create_profile,
    edit_profile,
    explain_zeros,
    fill_budget,
    open_round,
    paste_lines,
    phase_line,
    publish_round,
    remove_line,
    request_round,
    submit_budget,
)
from budgets.actions.opening import given_up, run_filling
from budgets.models import Budget, BudgetLine, BudgetRound, SeasonalityProfile
from budgets.reports.checklist import checklist
from budgets.reports.seasonality import in_per_cent
from kam.core import clock
from kam.core.jobs import Job
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied, Refusals
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year, next_year
from tests.budgets.test_lines import WEIGHTS
from tests.budgets.test_round import approved
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's budget in Italy, with one line of 400,000."""
    return year.budget(year.matrix.account_manager, year.matrix.italy)


def sell(budget: Budget, product: Any, day: date, pieces: int, price: int = 100) -> None:
    plant = budget.lines.select_related("plant").first().plant  # type: ignore[union-attr]
    SalesLineFactory(
        plant=plant, selling_location=budget.location, producing_location=budget.location, product=product,
        date=day, quantity=Decimal(pieces), net=Decimal(pieces * price),
    )  # fmt: skip


def test_the_last_complete_year_is_not_the_running_one(budget: Budget) -> None:
    product = ProductFactory(code="OLD-1", producing_location=budget.location)
    for month in (3, 4):
        sell(budget, product, date(clock.today().year - 1, month, 10), 100)
    sell(budget, product, date(clock.today().year - 2, 5, 10), 999)
    fill_budget(budget, actor=budget.contributor, source="last_year", volume_percent=Decimal(10), price_percent=Decimal(-5))
    line = budget.lines.get(product=product)
    assert (line.quantity, line.revenue) == (220, 20_900)
    assert {cell.month: (cell.quantity, cell.price) for cell in line.cells.exclude(revenue=0)} == {3: (110, 95), 4: (110, 95)}


def test_the_year_to_date_goes_on_as_its_profile_says(budget: Budget) -> None:
    """Half of the year's weight is over and brought 600 pieces: the other half brings as many, by the weights of the months."""
    product = ProductFactory(code="NOW-1", producing_location=budget.location)
    over = clock.today().month - 1
    if not over:
        over = 12  # in January the year before the plan is over as a whole
    first = next_year().replace(year=next_year().year - 1)
    weights = [Decimal(50) / over] * over + [Decimal(50) / (12 - over)] * (12 - over) if over < 12 else [Decimal(100) / 12] * 12
    create_profile(SeasonalityProfile, actor=budget.round.requested_by, family=product.family, weights=in_per_cent(weights))
    sell(budget, product, first.replace(month=1, day=10), 600)
    fill_budget(budget, actor=budget.contributor, source="to_date_and_to_go")
    line = budget.lines.get(product=product)
    assert line.cells.get(month=1).quantity == 600
    assert abs(line.quantity - (1_200 if over < 12 else 600)) <= 12
    if over < 12:
        to_come = set(line.cells.filter(month__gt=over).values_list("quantity", flat=True))
        assert all(abs(part - Decimal(600) / (12 - over)) < 1 for part in to_come)


def test_the_last_approved_version_more_or_less(year: Year) -> None:
    """A budget of the year after next takes over next year's, three per cent dearer; what is there already stays."""
    matrix = year.matrix
    approved(year)
    publish_round(year.round, actor=matrix.sales_manager)
    later = request_round(
        BudgetRound,
        actor=matrix.sales_manager,
        first_month=next_year().replace(year=next_year().year + 1),
        deadline=clock.today(),
    )
    open_round(later, actor=matrix.sales_manager, participants=[matrix.account_manager])
    budget = Budget.objects.get(round=later, location=matrix.italy)
    budget.lines.all().delete()
    fill_budget(budget, actor=matrix.account_manager, source="last_version", price_percent=Decimal(3))
    line = budget.lines.get()
    assert (line.source, line.quantity, line.revenue) == ("last_version", 4_000, 412_000)
    fill_budget(budget, actor=matrix.account_manager, source="last_version", price_percent=Decimal(50))
    assert budget.lines.get().revenue == 412_000
    fill_budget(budget, actor=matrix.account_manager, source="last_version", anew=True)
    assert budget.lines.get().revenue == 400_000


def test_there_is_no_version_to_fill_from(budget: Budget, nothing_changed: Any) -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        fill_budget(budget, actor=budget.contributor, source="last_version")
    assert (denied.value.code, denied.value.field) == ("no_version", "source")


def test_a_profile_is_a_hundred_per_cent_of_one_thing(budget: Budget, year: Year, nothing_changed: Any) -> None:
    boss = year.matrix.sales_manager
    profile = create_profile(SeasonalityProfile, actor=boss, family=year.product.family, weights=WEIGHTS)
    assert profile.weights == WEIGHTS
    refused: list[tuple[dict[str, Any], str]] = [
        ({"family": year.product.family, "weights": WEIGHTS}, "profile_there"),
        ({"customer": year.matrix.beta, "weights": WEIGHTS[:11]}, "twelve_weights"),
        ({"customer": year.matrix.beta, "weights": [*WEIGHTS[:11], Decimal(9)]}, "weights_not_whole"),
        ({"customer": year.matrix.beta, "years": 3}, "nothing_sold"),
        ({"weights": WEIGHTS}, "one_of_two"),
    ]
    with nothing_changed():
        for values, code in refused:
            with pytest.raises(Denied) as denied:
                create_profile(SeasonalityProfile, actor=boss, **values)
            assert denied.value.code == code
        for user in (year.matrix.account_manager, year.matrix.area_manager_de, year.matrix.finance_it):
            with pytest.raises(Denied):
                edit_profile(profile, actor=user, weights=WEIGHTS)
    with pytest.raises(DatabaseError), transaction.atomic():
        SeasonalityProfile.objects.filter(pk=profile.pk).update(month_01=8)


def test_a_profile_from_the_actuals_spreads_a_line(budget: Budget, year: Year) -> None:
    """Two years sold 300 in March and 100 in September: three quarters and one, and the fiscal year keeps the months."""
    for years, amounts in ((1, (200, 60)), (2, (100, 40))):
        for month, pieces in zip((3, 9), amounts, strict=True):
            sell(budget, year.product, date(clock.today().year - years, month, 5), pieces)
    profile = create_profile(SeasonalityProfile, actor=year.matrix.account_manager, customer=year.matrix.acme_it, years=2)
    assert {month: weight for month, weight in enumerate(profile.weights, 1) if weight} == {3: 75, 9: 25}
    assert profile.of_year(date(2026, 7, 1))[8] == 75
    line = phase_line(budget.lines.get(), actor=budget.contributor, revenue=Decimal(1_000), by_profile=True)
    assert {cell.month: cell.revenue for cell in line.cells.exclude(revenue=0)} == {3: 750, 9: 250}


def test_a_line_without_a_profile_says_so(budget: Budget, nothing_changed: Any) -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        phase_line(budget.lines.get(), actor=budget.contributor, revenue=Decimal(1_000), by_profile=True)
    assert denied.value.code == "no_profile"


def test_a_profile_of_a_foreign_customer_is_not_there(year: Year) -> None:
    profile = create_profile(SeasonalityProfile, actor=year.matrix.sales_manager, customer=year.matrix.beta, weights=WEIGHTS)
    for user, seen in ((year.matrix.account_manager, 404), (year.matrix.account_manager2, 200), (year.matrix.quality_it, 404)):
        assert api(user).get(f"/api/v1/seasonality-profiles/{profile.pk}/").status_code == seen


def test_a_pasted_list_is_shown_and_then_written(budget: Budget, year: Year) -> None:
    ProductFactory(code="KP-7", producing_location=year.matrix.italy)
    ProductFactory(code="KP-8", producing_location=year.matrix.italy)
    text = f"{year.matrix.acme_it_plant.code}\tKP-7\t1.203\t12,50\n{year.matrix.acme_it.code};KP-8;10;3,5\n"
    user = budget.contributor
    user.language = "it"
    user.save()
    page = as_(user).post(f"/budgets/{budget.pk}/paste/", {"text": text, "version": budget.version})
    assert page.status_code == 200 and "15.037,50" in page.content.decode()
    assert budget.lines.count() == 1
    done = as_(user).post(f"/budgets/{budget.pk}/paste/", {"text": text, "version": budget.version, "confirmed": "1"})
    assert done.status_code in {200, 302, 303}, done.content
    lines = {line.product.code: line for line in budget.lines.select_related("product")}
    assert (lines["KP-7"].quantity, lines["KP-7"].revenue, lines["KP-8"].revenue) == (1_203, Decimal("15037.50"), 35)
    budget.refresh_from_db()
    assert (budget.line_count, budget.revenue) == (3, 400_000 + Decimal("15072.50"))


def test_a_pasted_list_with_faults_writes_nothing_and_names_them_all(budget: Budget, year: Year, nothing_changed: Any) -> None:
    rows = [
        f"{year.matrix.beta_plant.code}\tKP-1\t1\t1",
        f"{year.matrix.acme_it_plant.code}\tKP-1\t1\t1",
        f"{year.matrix.acme_it_plant.code}\tNOPE\tmany\t-1",
        "too\tfew",
    ]
    with nothing_changed(), pytest.raises(Refusals) as refused:
        paste_lines(budget, actor=budget.contributor, text="\n".join(rows))
    assert [one.code for one in refused.value.refusals] == [
        "no_plant", "line_twice", "no_product", "no_number", "no_number", "four_columns",
    ]  # fmt: skip
    with nothing_changed():
        answer = api(budget.contributor).post(f"/api/v1/budgets/{budget.pk}/paste/", {"text": rows[0]}, format="json")
        assert answer.status_code == 400
        for user in (year.matrix.sales_manager, year.matrix.area_manager_us):
            with pytest.raises(Denied):
                paste_lines(budget, actor=user, text=rows[1])


def test_one_reason_holds_for_a_selection(budget: Budget, year: Year, nothing_changed: Any) -> None:
    me, plant = budget.contributor, year.matrix.acme_it_plant
    remove_line(budget.lines.get(), actor=me)
    (point,) = checklist(budget)
    assert list(point.plants) == [plant.pk]
    told = api(me).get(f"/api/v1/budgets/{budget.pk}/checklist/").json()
    [said] = told
    assert (said["code"], said["text"], said["names"]) == ("plan_of_zero", str(point.text), [plant.name])
    assert (said["plants"], said["lines"], said["blocks"]) == ([plant.pk], [], True)
    with nothing_changed():
        for values, code in (
            ({"plants": [plant], "why": " "}, "reason_needed"),
            ({"plants": [year.matrix.beta_plant], "why": "Closed"}, "not_asked"),
            ({"plants": [], "why": "Closed"}, "not_asked"),
        ):
            with pytest.raises(Denied) as denied:
                explain_zeros(budget, actor=me, **values)
            assert denied.value.code == code
    done = as_(me).post(f"/budgets/{budget.pk}/reasons/", {"plants": [plant.pk], "why": "The line moves to Poland."})
    assert done.status_code in {200, 302, 303}
    assert checklist(budget) == []
    submit_budget(budget, actor=me)


def test_a_large_round_is_filled_in_the_background(matrix: Matrix, sold: Callable[..., Any]) -> None:
    """Killed after the first budget it goes on with the others, and nothing is there twice."""
    sold()
    set_parameter(ParameterValue, actor=matrix.administrator, key="budgets.fill_at_once", value=1)
    one = request_round(
        BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today() + timedelta(days=9)
    )
    open_round(one, actor=matrix.sales_manager)
    job = Job.objects.get(kind="budgets.fill_round")
    assert not BudgetLine.objects.exists() and Budget.objects.filter(being_filled=True).count() == 4
    waiting = Budget.objects.get(location=matrix.italy)
    with pytest.raises(Denied) as denied:
        submit_budget(waiting, actor=waiting.contributor)
    assert denied.value.code == "being_filled"

    class Killed(Exception):
        pass

    def dies(done: int, total: int | None = None, message: Any = "") -> None:
        if done == 1:
            raise Killed

    with pytest.raises(Killed):
        run_filling(job, dies)
    assert Budget.objects.filter(being_filled=False).count() == 1
    given_up(job, "")
    assert not Budget.objects.filter(being_filled=True).exists(), "what ended early keeps nobody from going on"
    Budget.objects.exclude(lines__isnull=False).update(being_filled=True)
    assert run_filling(job, lambda *told: None) == {"budgets": 3}
    assert run_filling(job, lambda *told: None) == {"budgets": 0}
    assert BudgetLine.objects.count() == 4
    assert sum(Budget.objects.values_list("revenue", flat=True)) == 1_130_000


def test_a_line_added_meanwhile_stays(budget: Budget, year: Year) -> None:
    line = add_line(
        budget, actor=budget.contributor, customer=year.matrix.acme_it, family=year.product.family, revenue=Decimal(12)
    )
    fill_budget(budget, actor=budget.contributor, anew=True)
    assert set(budget.lines.values_list("pk", flat=True)) >= {line.pk} and budget.lines.count() == 2
