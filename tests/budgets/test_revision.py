"""Revisions: proposed by who leads customers, opened by the sales manager, with closed months kept or from the actuals (domain 8.5)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts.models import Assignment
from budgets.actions import (
    accept_revision,
    adjust_cells,
    approve_budget,
    approve_round,
    consolidate_round,
    decline_revision,
    edit_cells,
    edit_round,
    open_round,
    paste_lines,
    phase_line,
    propose_revision,
    publish_round,
    remove_line,
    request_round,
    share_round,
    submit_budget,
    withdraw_revision,
)
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound, RevisionProposal, Target
from budgets.models.targets import sum_of
from budgets.models.years import months_of
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work import WorkItem
from kam.core.workflow import Denied
from tests.accounts.test_activity import api
from tests.budgets.conftest import Year, next_year
from tests.budgets.test_round import approved
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
EFFECT = {"why": "ACME closes Leipzig.", "effect": "250,000 less, one shift less in Italy."}


@pytest.fixture
def published(year: Year) -> Year:
    """Next year's plan, published."""
    approved(year)
    publish_round(year.round, actor=year.matrix.sales_manager)
    return year


def revised(year: Year, **values: Any) -> BudgetRound:
    """The revision, asked for and open."""
    boss = year.matrix.sales_manager
    asked = {"first_month": year.round.first_month, "deadline": clock.today(), "top_down": Decimal(1_130_000)} | values
    return open_round(request_round(BudgetRound, actor=boss, kind="revision", **asked), actor=boss)


def test_an_account_manager_proposes_and_the_sales_manager_opens(published: Year, nothing_changed: Any) -> None:
    matrix = published.matrix
    with nothing_changed():
        for user in (matrix.sales_manager, matrix.finance_it, matrix.quality_it, matrix.management):
            with pytest.raises(Denied):
                propose_revision(RevisionProposal, actor=user, first_month=next_year(), **EFFECT)
        for values, code in (
            ({"first_month": date(2001, 1, 1), **EFFECT}, "nothing_to_revise"),
            ({"first_month": next_year(), "why": " ", "effect": "x"}, "reason_needed"),
        ):
            with pytest.raises(Denied) as denied:
                propose_revision(RevisionProposal, actor=matrix.account_manager, **values)
            assert denied.value.code == code
    proposal = propose_revision(RevisionProposal, actor=matrix.account_manager, first_month=next_year(), **EFFECT)
    with nothing_changed():
        with pytest.raises(Denied) as denied:
            propose_revision(RevisionProposal, actor=matrix.account_manager, first_month=next_year(), **EFFECT)
        assert denied.value.code == "proposed_already"
        for user in (matrix.account_manager, matrix.area_manager_de, matrix.management):
            with pytest.raises(Denied):
                accept_revision(proposal, actor=user, deadline=clock.today())
            with pytest.raises(Denied):
                decline_revision(proposal, actor=user, reason="No.")
        with pytest.raises(Denied):
            withdraw_revision(proposal, actor=matrix.area_manager_de)
    assert WorkItem.objects.get(kind="decide_revision").audience == "role:sales_manager"
    assert not RevisionProposal.objects.visible_to(matrix.area_manager_de).exists()
    accept_revision(proposal, actor=matrix.sales_manager, deadline=clock.today(), closed_months="actuals")
    proposal.refresh_from_db()
    assert proposal.round is not None
    assert (proposal.status, proposal.round.kind, proposal.round.closed_months) == ("accepted", "revision", "actuals")
    assert "Leipzig" in proposal.round.guidelines
    assert Notification.objects.filter(kind="revision_decided", reader=matrix.account_manager).count() == 1


def test_while_a_revision_runs_no_other_is_opened(published: Year, nothing_changed: Any) -> None:
    """At most one open revision, by constraint."""
    one = revised(published)
    proposal = propose_revision(RevisionProposal, actor=published.matrix.account_manager, first_month=next_year(), **EFFECT)
    with nothing_changed(), pytest.raises(Denied) as denied:
        accept_revision(proposal, actor=published.matrix.sales_manager, deadline=clock.today())
    assert denied.value.code == "round_running"
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetRound.objects.filter(pk=published.round.pk).update(
            status="open", approved_at=None, approved_by=None, published_at=None
        )
    assert BudgetRound.objects.filter(status="open").get() == one
    decline_revision(proposal, actor=published.matrix.sales_manager, reason="One at a time.")
    proposal.refresh_from_db()
    assert proposal.status == "declined"


def test_months_that_are_over_come_from_the_actuals(published: Year) -> None:
    """In March of the plan's year January brought 30,000 of KP-1 and, unplanned, 500 of something small; February nothing."""
    matrix = published.matrix
    january = months_of(next_year())[0]
    sold = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy, "producing_location": matrix.italy}
    SalesLineFactory(product=published.product, date=january.replace(day=10), quantity=Decimal(250), net=Decimal(30_000), **sold)
    SalesLineFactory(date=january.replace(day=11), quantity=Decimal(5), net=Decimal(500), **sold)
    noon = clock.now().replace(year=january.year, month=3, day=15)
    with clock.moment(noon):
        for user in matrix.users.values():
            user.renew_access()
        kept = revised(published)
        line = BudgetLine.objects.get(budget__round=kept, plant=matrix.acme_it_plant, product=published.product)
        assert line.revenue == 400_000
        BudgetRound.objects.filter(pk=kept.pk).update(status="cancelled")
        one = revised(published, closed_months="actuals")
        lines = BudgetLine.objects.filter(budget__round=one, budget__location=matrix.italy)
        line = lines.get(product=published.product)
        cells = {cell.month: (cell.quantity, cell.price, cell.revenue) for cell in line.cells.all()}
        assert cells[1] == (250, 120, 30_000) and cells[2] == (None, None, 0)
        before = published.budget(matrix.account_manager, matrix.italy).lines.get()
        planned = dict(before.cells.values_list("month", "revenue"))
        assert {month: cell[2] for month, cell in cells.items() if month > 2} == {
            month: amount for month, amount in planned.items() if month > 2
        }
        rest = lines.exclude(pk=line.pk).get()
        assert (rest.customer, rest.revenue, rest.cells.get(month=1).revenue) == (matrix.acme_it, 500, 500)
        assert Target.objects.filter(line=before).exists() and before.cells.get(month=1).revenue == planned[1]


def test_the_closed_months_are_a_choice_of_revisions_only(matrix: Matrix) -> None:
    one = request_round(
        BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today(), closed_months="actuals"
    )
    assert one.closed_months == "kept"
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetRound.objects.filter(pk=one.pk).update(closed_months="actuals")


def test_a_new_deadline_moves_what_is_to_be_done(year: Year) -> None:
    items = WorkItem.objects.filter(kind="prepare_budget")
    submit_budget(year.budget(year.matrix.account_manager, year.matrix.usa), actor=year.matrix.account_manager)
    closed = items.exclude(state="open").get().due_at
    later = year.round.deadline + timedelta(days=7)
    edit_round(year.round, actor=year.matrix.sales_manager, deadline=later)
    assert {item.due_at.date() for item in items.open() if item.due_at} == {later}
    assert items.exclude(state="open").get().due_at == closed


@pytest.mark.acceptance("AT-84")
def test_a_revision_leaves_the_original_and_is_compared_with_both(published: Year) -> None:
    """R1 changes one cell: V1 is as it was, its targets step back and stay, and both are read over REST."""
    matrix = published.matrix
    before = list(BudgetCell.objects.filter(line__budget__round=published.round).order_by("pk").values())
    one = revised(published)
    budget = Budget.objects.get(round=one, location=matrix.italy)
    line = budget.lines.get()
    month = line.cells.exclude(revenue=0).get()
    edit_cells(budget, actor=matrix.account_manager, cells=[CellValue(line.pk, month.month, Decimal(4_100), Decimal(100))])
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        submit_budget(each, actor=each.contributor)
        approve_budget(each, actor=matrix.sales_manager)
    for step in (consolidate_round, share_round, approve_round, publish_round):
        step(one, actor=matrix.sales_manager)
    assert list(BudgetCell.objects.filter(line__budget__round=published.round).order_by("pk").values()) == before
    client = api(matrix.account_manager)
    totals = {}
    for name, asked in (("V1", f"round={published.round.pk}"), ("R1", "in_force=true")):
        rows = client.get(f"/api/v1/targets/?{asked}").json()["results"]
        totals[name] = sum(Decimal(part["revenue"]) for row in rows for part in row["months"])
    assert totals == {"V1": 830_000, "R1": 840_000}


def test_months_that_are_over_are_nobody_s_to_plan(published: Year, nothing_changed: Any) -> None:
    """Opened in March, a revision leaves January and February alone, whatever is typed, spread, changed or filled."""
    matrix = published.matrix
    me, product = matrix.account_manager, ProductFactory(code="KP-NEW", producing_location=matrix.italy)
    before = published.budget(me, matrix.italy).lines.get()
    BudgetCell.objects.filter(line=before, month=1).update(quantity=10, price=100, revenue=1_000)
    with clock.moment(clock.now().replace(year=next_year().year, month=3, day=15)):
        for user in matrix.users.values():
            user.renew_access()
        one = revised(published)
        assert one.months_over == 2
        budget = Budget.objects.get(round=one, location=matrix.italy)
        line = budget.lines.get()
        assert line.cells.get(month=1).revenue == 1_000
        with nothing_changed():
            for attempt, code in (
                (lambda: edit_cells(budget, actor=me, cells=[CellValue(line.pk, 2, revenue=Decimal(9))]), "month_over"),
                (lambda: remove_line(line, actor=me), "month_over"),
                (lambda: phase_line(line, actor=me, revenue=Decimal(999)), "less_than_over"),
            ):
                with pytest.raises(Denied) as denied:
                    attempt()
                assert denied.value.code == code
        phase_line(line, actor=me, revenue=Decimal(101_000), weights=[Decimal(1)] * 12)
        assert list(line.cells.order_by("month").values_list("revenue", flat=True)) == [1_000, 0] + [10_000] * 10
        adjust_cells(budget, actor=me, measure="price", percent=Decimal(10))
        assert list(line.cells.order_by("month").values_list("revenue", flat=True)) == [1_000, 0] + [11_000] * 10
        paste_lines(budget, actor=me, text=f"{matrix.acme_it_plant.code}\t{product.code}\t120\t10")
        pasted = budget.lines.get(product=product)
        assert list(pasted.cells.order_by("month").values_list("revenue", flat=True)) == [0, 0] + [100] * 10
        assert pasted.revenue == 1_000


def test_what_somebody_else_plans_by_now_is_no_original(published: Year) -> None:
    """In R1 the second account manager plans ACME for the first time: the company's original counts it once."""
    matrix = published.matrix
    Assignment.objects.filter(group=matrix.acme).update(user=matrix.account_manager2)
    for user in matrix.users.values():
        user.renew_access()
    one = revised(published)
    for each in Budget.objects.filter(round=one).select_related("contributor"):
        submit_budget(each, actor=each.contributor)
        approve_budget(each, actor=matrix.sales_manager)
    for step in (consolidate_round, share_round, approve_round, publish_round):
        step(one, actor=matrix.sales_manager)
    assert Target.objects.filter(round=one, person=matrix.account_manager2).exists()
    for rows in (Target.objects.original(), Target.objects.in_force()):
        assert rows.aggregate(total=Sum(sum_of("revenue")))["total"] == 1_130_000
