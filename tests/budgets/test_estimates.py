"""Estimates of the months to come: what they begin with, that what is over stays, that they never become targets, how well they met."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import (
    add_line,
    adjust_cells,
    cancel_round,
    close_round,
    consolidate_round,
    edit_cells,
    fill_budget,
    open_round,
    paste_lines,
    phase_line,
    publish_round,
    remove_line,
    request_round,
    submit_budget,
)
from budgets.actions.filling import version_before, version_in_force
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetRound, Target
from budgets.reports.estimates import estimate_accuracy, last_estimate
from budgets.reports.standings import Question
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.test_my_year import JANUARY, JULY, planned
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

__all__ = ["planned"]

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 7, 12, tzinfo=JULY.tzinfo)
SOLD = [84_000, 96_000, 100_000, 100_000, 95_600, 95_600]


def estimated(planned: Matrix, **values: Any) -> BudgetRound:
    """An estimate of 2026, asked for and open for the account manager."""
    for person in (planned.sales_manager, planned.account_manager):
        person.renew_access()
    one = request_round(
        BudgetRound, actor=planned.sales_manager, kind="estimate", first_month=JANUARY, deadline=clock.today(), **values
    )
    return open_round(one, actor=planned.sales_manager, participants=[planned.account_manager])


def months(budget: Budget) -> list[Decimal]:
    """The months of the budget's one line."""
    return list(BudgetCell.objects.filter(line__budget=budget).order_by("month").values_list("revenue", flat=True))


def test_an_estimate_begins_with_what_was_sold_and_what_is_targeted(planned: Matrix) -> None:
    with clock.moment(JULY):
        one = estimated(planned)
        budget = one.budgets.get(location=planned.usa)
        (line,) = budget.lines.all()
    assert (one.name, str(one), one.closed_months) == ("FC06", "Budget 2026 FC06", "actuals")
    assert (line.customer, line.plant, line.family_id, line.currency) == (planned.acme_us, None, line.family_id, "EUR")
    targets = [Decimal(amount) * 12_000 for amount in (8, 4, 10, 10, 9, 8)]
    assert months(budget) == [*SOLD, *targets]
    assert budget.revenue == line.revenue == 571_200 + 588_000


def test_what_is_over_stays_and_no_target_comes_of_it(planned: Matrix, nothing_changed: Any) -> None:
    me, boss = planned.account_manager, planned.sales_manager
    with clock.moment(JULY):
        one = estimated(planned)
        budget = one.budgets.get(location=planned.usa)
        line = budget.lines.get()
        targets = list(Target.objects.order_by("pk").values())
        with nothing_changed():
            with pytest.raises(Denied) as denied:
                edit_cells(
                    budget, actor=me, cells=[CellValue(line.pk, 7, revenue=Decimal(1)), CellValue(line.pk, 6, revenue=Decimal(1))]
                )
            assert denied.value.code == "month_over"
            for attempt, code in (
                (lambda: phase_line(line, actor=me, revenue=Decimal(5)), "less_than_over"),
                (lambda: fill_budget(budget, actor=me), "estimate_by_hand"),
                (lambda: paste_lines(budget, actor=me, text="P\tA\t1\t1"), "estimate_by_hand"),
                (lambda: remove_line(line, actor=me), "month_over"),
            ):
                with pytest.raises(Denied) as denied:
                    attempt()
                assert denied.value.code == code
            for step in (consolidate_round, publish_round):
                with pytest.raises(Denied):
                    step(one, actor=boss)
            with pytest.raises(Denied) as denied:
                estimated(planned)
            assert denied.value.code == "estimate_made"
        edit_cells(budget, actor=me, cells=[CellValue(line.pk, 7, revenue=Decimal(90_000))])
        adjust_cells(budget, actor=me, measure="price", percent=Decimal(10))
        assert months(budget)[:8] == [*SOLD, 99_000, Decimal(52_800)]
        family = ProductFamily.objects.exclude(pk=line.family_id).first() or line.family
        added = add_line(
            budget, actor=me, customer=planned.acme_us, family=family, chance="to_be_won", currency="EUR", revenue=Decimal(6_000)
        )
        assert [cell.revenue for cell in added.cells.order_by("month")] == [0] * 6 + [1_000] * 6
        remove_line(added, actor=me)
        for each in one.budgets.all():
            submit_budget(each, actor=me)
        one.refresh_from_db()
        one = close_round(one, actor=boss)
        assert (one.status, one.published_at, one.approved_at) == ("closed", None, None)
        assert list(Target.objects.order_by("pk").values()) == targets
        of_plan = Budget.objects.get(round__kind="annual")
        assert version_in_force(budget) == of_plan == version_before(budget)


def test_an_estimate_is_asked_for_while_the_year_runs(planned: Matrix, nothing_changed: Any) -> None:
    boss = planned.sales_manager
    for moment, first, code in (
        (datetime(2026, 1, 20, 12, tzinfo=JULY.tzinfo), JANUARY, "year_not_running"),
        (datetime(2027, 1, 20, 12, tzinfo=JULY.tzinfo), JANUARY, "year_not_running"),
        (JULY, date(2026, 4, 1), "nothing_to_revise"),
    ):
        with clock.moment(moment), nothing_changed():
            boss.renew_access()
            with pytest.raises(Denied) as denied:
                request_round(BudgetRound, actor=boss, kind="estimate", first_month=first, deadline=clock.today())
            assert denied.value.code == code
    with clock.moment(JULY):
        one = estimated(planned)
        with nothing_changed(), pytest.raises(Denied) as denied:
            close_round(BudgetRound.objects.get(kind="annual"), actor=planned.account_manager)
        assert denied.value.code == "not_permitted"
        cancel_round(one, actor=boss, reason="Too early.")
        assert estimated(planned).name == "FC06"


def test_my_year_shows_the_last_estimate_and_how_well_the_one_before_met(planned: Matrix) -> None:
    """In July 96,000 were expected of July, 48,000 of August, 120,000 of September; 100,000, 40,000 and 120,000 came: WAPE 4.62 %."""
    me = planned.account_manager
    with clock.moment(JULY):
        first = estimated(planned)
        for each in first.budgets.all():
            submit_budget(each, actor=me)
        first.refresh_from_db()
        close_round(first, actor=planned.sales_manager)
    line = Budget.objects.get(round=first, location=planned.usa).lines.get()
    for month, amount in ((7, 100_000), (8, 40_000), (9, 120_000)):
        SalesLineFactory(
            plant=planned.acme_us_plant, selling_location=planned.usa, producing_location=planned.italy,
            product__family=line.family, date=date(2026, month, 15), quantity=Decimal(10), net=Decimal(amount),
        )  # fmt: skip
    with clock.moment(OCTOBER):
        estimated(planned)
        asked = Question(JANUARY, me)
        last, met = last_estimate(asked), estimate_accuracy(asked)
        page = as_(me).get("/budgets/my-year/").content.decode()
        others = api(planned.area_manager_de).get("/api/v1/budgets/?page_size=100").json()["results"]
    assert last is not None and (last.round.name, last.year) == ("FC09", 571_200 + 260_000 + 324_000)
    assert met is not None and met[0] == first
    assert (met[1].error.percent, met[1].bias.percent) == (Decimal("4.62"), Decimal("1.54"))
    assert "FC09" in page and "1,155,200" in page and "95.38" in page
    assert {one["location"] for one in others if one["round"] == last.round.pk} <= {planned.germany.pk}
    assert Budget.objects.visible_to(me).filter(round=last.round).exists()
