"""A round from its request to the published targets: who may, what is refused, and that every euro is counted once."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from accounts.models import Assignment
from budgets.actions import (
    approve_budget,
    approve_round,
    cancel_round,
    consolidate_round,
    create_budget,
    edit_cells,
    fill_budget,
    open_round,
    own_stretch,
    publish_round,
    request_round,
    return_budget,
    set_rate,
    share_round,
    submit_budget,
)
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound, Target
from budgets.models.targets import sum_of
from budgets.reports.board import tally_of
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work import WorkItem
from kam.core.workflow import Denied
from tests.budgets.conftest import Year, next_year
from tests.factories.accounts import DelegationFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def total(rows: Any) -> Decimal:
    return rows.aggregate(total=Sum("revenue"))["total"] or Decimal(0)


def everybody_submits(year: Year) -> None:
    for budget in Budget.objects.filter(round=year.round).select_related("contributor"):
        submit_budget(budget, actor=budget.contributor)


def approved(year: Year) -> None:
    """All budgets of the round handed in and approved, the round approved."""
    everybody_submits(year)
    for budget in Budget.objects.filter(round=year.round, status="submitted"):
        approve_budget(budget, actor=year.matrix.sales_manager)
    for step in (consolidate_round, share_round, approve_round):
        step(year.round, actor=year.matrix.sales_manager)


@pytest.mark.acceptance("AT-83")
def test_only_the_sales_manager_opens_a_round(matrix: Matrix, sold: Callable[..., Any], nothing_changed: Any) -> None:
    sold()
    values = {"first_month": next_year(), "deadline": clock.today()}
    with nothing_changed():
        for user in (matrix.account_manager, matrix.area_manager_de, matrix.management, matrix.finance_it, matrix.administrator):
            with pytest.raises(Denied) as denied:
                request_round(BudgetRound, actor=user, **values)
            assert denied.value.code == "not_permitted"
    one = request_round(BudgetRound, actor=matrix.sales_manager, **values)
    assert (one.status, one.name, str(one)) == ("requested", "V1", f"Budget {next_year().year} V1")
    assert not Budget.objects.exists()
    with nothing_changed(), pytest.raises(Denied) as denied:
        open_round(one, actor=matrix.account_manager)
    assert denied.value.code == "not_permitted"


@pytest.mark.acceptance("AT-83")
def test_after_submission_nothing_is_edited_until_it_is_returned(year: Year, nothing_changed: Any) -> None:
    me = year.matrix.account_manager
    budget = year.budget(me, year.matrix.germany)
    line = budget.lines.get()
    cell = CellValue(line.pk, 1, revenue=Decimal(10))
    submit_budget(budget, actor=me)
    with nothing_changed():
        for attempt in (
            lambda: edit_cells(budget, actor=me, cells=[cell]),
            lambda: fill_budget(budget, actor=me),
            lambda: submit_budget(budget, actor=me),
        ):
            with pytest.raises(Denied) as denied:
                attempt()
            assert denied.value.code in {"budget_closed", "wrong_status"}
        with pytest.raises(Denied) as denied:
            return_budget(budget, actor=year.matrix.sales_manager)
        assert denied.value.code == "reason_needed"
    return_budget(budget, actor=year.matrix.sales_manager, reason="More from Leipzig.")
    edit_cells(budget, actor=me, cells=[cell])
    assert BudgetCell.objects.get(line=line, month=1).revenue == 10
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, pgh_context->>'verb', pgh_context->>'reason' FROM budgets_budgetevent WHERE pgh_obj_id = %s ORDER BY pgh_id",
            [budget.pk],
        )
        told = cursor.fetchall()
    assert told[-2][:2] == ("submitted", "budgets.submit_budget")
    assert told[-1] == ("returned", "budgets.return_budget", "More from Leipzig.")


@pytest.mark.acceptance("AT-16")
def test_each_euro_belongs_to_one_budget_and_is_counted_once(year: Year) -> None:
    """ACME is the account manager's everywhere, BETA the area manager's; whoever looks, the company is 1,130k."""
    matrix = year.matrix
    assert total(Budget.objects.filter(round=year.round)) == 1_130_000
    assert total(BudgetLine.objects.filter(plant__customer__group=matrix.acme)) == 830_000
    assert {str(budget.contributor): budget.revenue for budget in Budget.objects.filter(location=matrix.germany)} == {
        str(matrix.account_manager): 250_000,
        str(matrix.area_manager_de): 300_000,
    }
    assert total(Budget.objects.visible_to(matrix.account_manager)) == 830_000
    assert total(Budget.objects.visible_to(matrix.area_manager_de)) == 550_000
    assert total(Budget.objects.visible_to(matrix.sales_manager)) == 1_130_000
    for user in (matrix.quality_it, matrix.back_office_it, matrix.nobody, matrix.administrator):
        for rows in (BudgetRound, Budget, BudgetLine, BudgetCell, Target):
            assert not rows.objects.visible_to(user).exists()


def test_a_proposal_stands_ready_and_small_rows_share_one(matrix: Matrix, sold: Callable[..., Any]) -> None:
    sold(acme_us=999)
    one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today())
    open_round(one, actor=matrix.sales_manager)
    small = BudgetLine.objects.get(budget__location=matrix.usa)
    assert (small.plant, small.customer, small.product, small.revenue) == (None, matrix.acme_us, None, 999)
    assert small.family is not None and str(small).startswith("Rest of ACME Conveyors Inc.")
    big = BudgetLine.objects.get(budget__location=matrix.italy)
    month = (clock.today().replace(day=1) - timedelta(days=1)).month
    assert list(big.cells.exclude(revenue=0).values_list("month", "quantity", "price", "revenue")) == [
        (month, 4000, Decimal("100"), 400_000)
    ]
    assert (big.quantity, big.revenue, big.cells.count()) == (4000, 400_000, 12)


def test_everyone_is_asked_once_with_the_deadline(year: Year) -> None:
    items = WorkItem.objects.filter(kind="prepare_budget")
    assert items.count() == Budget.objects.count() == 4
    assert {item.assignee for item in items} == {year.matrix.account_manager, year.matrix.area_manager_de}
    assert {item.deadline.date() for item in items if item.deadline} == {year.round.deadline}
    submit_budget(year.budget(year.matrix.account_manager, year.matrix.usa), actor=year.matrix.account_manager)
    assert items.open().count() == 3
    waiting = WorkItem.objects.get(kind="approve_budget")
    assert waiting.audience == "role:sales_manager" and waiting.excluded == [year.matrix.account_manager.pk]


def test_nobody_writes_in_a_budget_that_is_not_theirs(year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    budget = year.budget(matrix.account_manager, matrix.germany)
    cell = CellValue(budget.lines.get().pk, 1, revenue=Decimal(10))
    others = (matrix.area_manager_de, matrix.account_manager2, matrix.sales_manager, matrix.management, matrix.finance_it)
    with nothing_changed():
        for user in others:
            for verb, values in ((edit_cells, {"cells": [cell]}), (submit_budget, {}), (fill_budget, {})):
                with pytest.raises(Denied) as denied:
                    verb(budget, actor=user, **values)
                assert denied.value.code == "not_permitted"
        for user in (*others[:2], matrix.account_manager, matrix.finance_it):
            with pytest.raises(Denied):
                approve_budget(budget, actor=user)


def test_a_substitute_prepares_and_never_approves_what_they_prepared_for(year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    matrix.account_manager2.renew_access()
    budget = year.budget(matrix.account_manager, matrix.usa)
    assert Budget.objects.visible_to(matrix.account_manager2).filter(pk=budget.pk).exists()
    submit_budget(budget, actor=matrix.account_manager2)
    with nothing_changed(), pytest.raises(Denied):
        approve_budget(budget, actor=matrix.account_manager2)


def test_management_signs_for_the_sales_manager_only(year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    own = create_budget(
        Budget, actor=matrix.sales_manager, round=year.round, contributor=matrix.sales_manager, location=matrix.usa
    )
    Budget.objects.filter(pk=own.pk).update(status="submitted", submitted_at=clock.now())
    with nothing_changed(), pytest.raises(Denied) as denied:
        approve_budget(own, actor=matrix.sales_manager)
    assert denied.value.code == "own_work"
    other = year.budget(matrix.account_manager, matrix.usa)
    submit_budget(other, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as denied:
        approve_budget(other, actor=matrix.management)
    assert denied.value.code == "not_permitted"
    approve_budget(own, actor=matrix.management)
    own.refresh_from_db()
    assert (own.status, own.approved_by) == ("approved", matrix.management)
    with pytest.raises(DatabaseError), transaction.atomic():
        Budget.objects.filter(pk=own.pk).update(approved_by=matrix.sales_manager)


def test_who_substitutes_the_contributor_does_not_approve(year: Year, nothing_changed: Any) -> None:
    """W3: the check is on persons, and a delegate inherits the exclusion, whatever roles they hold themselves."""
    matrix = year.matrix
    budget = year.budget(matrix.account_manager, matrix.usa)
    submit_budget(budget, actor=matrix.account_manager)
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.sales_manager)
    matrix.sales_manager.renew_access()
    with nothing_changed(), pytest.raises(Denied) as denied:
        approve_budget(budget, actor=matrix.sales_manager)
    assert denied.value.code == "own_work"


def test_a_round_past_preparation_takes_nothing_back(year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    stale = year.round  # as it was read while the round was open
    approved(year)
    budget = year.budget(matrix.account_manager, matrix.usa)
    with nothing_changed():
        with pytest.raises(Denied) as denied:
            return_budget(budget, actor=matrix.sales_manager, reason="Once more.")
        assert denied.value.code == "round_not_open"
        with pytest.raises(Denied) as denied:
            create_budget(
                Budget, actor=matrix.sales_manager, round=stale, contributor=matrix.area_manager_us, location=matrix.usa
            )
        assert denied.value.code == "round_not_open"


def test_what_passed_to_somebody_else_is_in_force_once(year: Year) -> None:
    """BETA passes to another person between the budget and its revision: one target for it, not two."""
    matrix = year.matrix
    approved(year)
    publish_round(year.round, actor=matrix.sales_manager)
    Assignment.objects.filter(plant=matrix.beta_plant).update(user=matrix.account_manager2)
    revision = request_round(
        BudgetRound,
        actor=matrix.sales_manager,
        kind="revision",
        first_month=next_year(),
        deadline=clock.today(),
        top_down=Decimal(1_130_000),
    )
    second = Year(matrix, year.product, open_round(revision, actor=matrix.sales_manager))
    assert not Budget.objects.filter(round=revision, contributor=matrix.area_manager_de).exists()
    approved(second)
    publish_round(revision, actor=matrix.sales_manager)
    in_force = Target.objects.in_force()
    assert in_force.aggregate(total=Sum(sum_of("revenue")))["total"] == 1_130_000
    assert set(in_force.filter(plant=matrix.beta_plant).values_list("person", flat=True)) == {matrix.account_manager2.pk}


@pytest.mark.acceptance("AT-14")
def test_consolidation_is_blocked_until_both_plans_tally(year: Year, nothing_changed: Any) -> None:
    sales_manager = year.matrix.sales_manager
    with nothing_changed(), pytest.raises(Denied) as denied:
        consolidate_round(year.round, actor=sales_manager)
    assert denied.value.code == "budgets_open"
    everybody_submits(year)
    for budget in Budget.objects.filter(round=year.round, status="submitted"):
        approve_budget(budget, actor=sales_manager)
    BudgetRound.objects.filter(pk=year.round.pk).update(top_down=Decimal("1197033.90"))
    with nothing_changed(), pytest.raises(Denied) as denied:
        consolidate_round(year.round, actor=sales_manager)
    assert denied.value.code == "gap_too_large" and "5.60" in str(denied.value)
    with nothing_changed(), pytest.raises(Denied) as denied:
        own_stretch(year.round, actor=sales_manager, amount=Decimal("67033.90"))
    assert denied.value.code == "reason_needed"
    own_stretch(year.round, actor=sales_manager, amount=Decimal("67033.90"), why="Two new customers in Poland.")
    year.round.refresh_from_db()
    tally = tally_of(year.round)
    assert tally is not None and (tally.gap, tally.bottom_up) == (0, 1_130_000)
    assert consolidate_round(year.round, actor=sales_manager).status == "consolidated"


def test_published_targets_are_the_approved_rows(year: Year) -> None:
    approved(year)
    publish_round(year.round, actor=year.matrix.sales_manager)
    targets = Target.objects.filter(round=year.round)
    assert targets.aggregate(total=Sum(sum_of("revenue")))["total"] == 1_130_000
    assert targets.aggregate(total=Sum(sum_of("quantity")))["total"] == 11_300
    by_person = dict(targets.values_list("person").annotate(total=Sum(sum_of("revenue"))))
    assert by_person == {year.matrix.account_manager.pk: 830_000, year.matrix.area_manager_de.pk: 300_000}
    assert dict(targets.values_list("customer__group__code").annotate(total=Sum(sum_of("revenue"))))["G-ACME"] == 830_000
    assert {str(target.family) for target in targets} == {str(year.product.family)}
    assert total(Target.objects.visible_to(year.matrix.area_manager_de).annotate(revenue=sum_of("revenue"))) == 550_000
    assert Notification.objects.filter(kind="targets_published").count() == 4


@pytest.mark.acceptance("AT-84")
def test_a_revision_changes_one_cell_and_the_original_stays(year: Year) -> None:
    matrix = year.matrix
    approved(year)
    publish_round(year.round, actor=matrix.sales_manager)
    before = list(BudgetCell.objects.filter(line__budget__round=year.round).order_by("pk").values())
    revision = request_round(
        BudgetRound,
        actor=matrix.sales_manager,
        kind="revision",
        first_month=next_year(),
        deadline=clock.today(),
        top_down=Decimal(1_140_000),
    )
    second = Year(matrix, year.product, open_round(revision, actor=matrix.sales_manager))
    assert (str(revision.name), total(Budget.objects.filter(round=revision))) == ("R1", 1_130_000)
    budget = second.budget(matrix.account_manager, matrix.usa)
    cell = BudgetCell.objects.filter(line__budget=budget, revenue__gt=0).get()
    edit_cells(budget, actor=matrix.account_manager, cells=[CellValue(cell.line_id, cell.month, revenue=Decimal(190_000))])
    approved(second)
    publish_round(revision, actor=matrix.sales_manager)
    assert list(BudgetCell.objects.filter(line__budget__round=year.round).order_by("pk").values()) == before
    original, current = Target.objects.filter(round=year.round), Target.objects.in_force()
    assert original.aggregate(total=Sum(sum_of("revenue")))["total"] == 1_130_000
    assert current.aggregate(total=Sum(sum_of("revenue")))["total"] == 1_140_000
    assert not original.in_force().exists()


def test_one_round_of_a_year_runs_at_a_time(year: Year, nothing_changed: Any) -> None:
    values = {"first_month": next_year(), "deadline": clock.today()}
    with nothing_changed():
        for kind, code in (("annual", "round_running"), ("revision", "nothing_to_revise")):
            with pytest.raises(Denied) as denied:
                request_round(BudgetRound, actor=year.matrix.sales_manager, kind=kind, **values)
            assert denied.value.code == code
        with pytest.raises(Denied):
            cancel_round(year.round, actor=year.matrix.sales_manager)
    cancel_round(year.round, actor=year.matrix.sales_manager, reason="Too early.")
    assert not WorkItem.objects.filter(kind="prepare_budget").open().exists()
    assert request_round(BudgetRound, actor=year.matrix.sales_manager, **values).name == "V2"


def test_absurd_requests_are_refused_at_once(matrix: Matrix, nothing_changed: Any) -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        request_round(
            BudgetRound,
            actor=matrix.sales_manager,
            first_month=date(2027, 1, 2),
            deadline=clock.today() - timedelta(days=1),
        )
    assert {one.field for one in denied.value.refusals} == {"first_month", "deadline"}  # type: ignore[attr-defined]
    one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=date(2027, 4, 1), deadline=clock.today())
    assert one.year == "2027/28"
    with nothing_changed(), pytest.raises(Denied) as denied:
        open_round(one, actor=matrix.sales_manager, participants=[matrix.nobody])
    assert denied.value.code == "nobody_to_ask"


def test_budget_rates_are_the_rounds_own(matrix: Matrix, sold: Callable[..., Any], nothing_changed: Any) -> None:
    product = sold()
    SalesLineFactory(
        plant=matrix.acme_us_plant,
        selling_location=matrix.usa,
        producing_location=matrix.italy,
        product=product,
        date=(clock.today().replace(day=1) - timedelta(days=2)),
        quantity=Decimal(100),
        net=Decimal(100_000),
        currency="USD",
        rate=Decimal("0.9"),
    )
    one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today())
    with nothing_changed(), pytest.raises(Denied) as denied:
        open_round(one, actor=matrix.sales_manager)
    assert denied.value.code == "no_budget_rate"
    set_rate(one, actor=matrix.sales_manager, currency="USD", rate=Decimal("0.92"))
    open_round(one, actor=matrix.sales_manager)
    budget = Budget.objects.get(location=matrix.usa)
    assert budget.revenue == 180_000 + 92_000
    set_rate(one, actor=matrix.sales_manager, currency="USD", rate=Decimal("0.90"))
    budget.refresh_from_db()
    assert budget.revenue == 270_000
