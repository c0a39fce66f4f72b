"""Publishing a large round in the background: all or nothing, killed in the middle, done again, and never twice."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from budgets.actions import (
    approve_budget,
    approve_round,
    consolidate_round,
    publish_round,
    share_round,
    submit_budget,
)
from budgets.actions.publishing import run_publishing
from budgets.models import Budget, BudgetRound, Target, TargetTotal
from budgets.models.targets import sum_of
from budgets.tasks import check_target_totals
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.budgets.test_revision import revised
from tests.budgets.test_round import approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(year: Year) -> Year:
    """An approved round of four lines where more than one is large."""
    approved(year)
    set_parameter(ParameterValue, actor=year.matrix.administrator, key="budgets.publish_at_once", value=1)
    return year


class Killed(Exception):
    """The worker is gone."""


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_everything_once(large: Year, nothing_changed: Any) -> None:
    publish_round(large.round, actor=large.matrix.sales_manager)
    job = Job.objects.get(kind="budgets.publish_round")
    assert BudgetRound.objects.get().status == "approved" and not Target.objects.exists()
    told: list[tuple[int, int]] = []

    def dies(done: int, total: int, message: Any = "") -> None:
        told.append((done, total))
        if done == 2:
            raise Killed

    with nothing_changed(), pytest.raises(Killed):
        run_publishing(job, dies)
    assert told == [(0, 4), (1, 4), (2, 4)]
    assert run_publishing(job, lambda *told: None) == {"targets": 4}
    with nothing_changed():
        assert run_publishing(job, lambda *told: None) == {"targets": 4}
    assert BudgetRound.objects.get().status == "published"
    assert Notification.objects.filter(kind="targets_published").count() == 4


def test_a_round_that_is_being_published_is_not_published_twice(large: Year, nothing_changed: Any) -> None:
    boss = large.matrix.sales_manager
    page = as_(boss).post(f"/budgets/rounds/{large.round.pk}/publish/")
    job = Job.objects.get(kind="budgets.publish_round")
    assert page["Location"] == f"/jobs/{job.pk}/"
    with nothing_changed():
        with pytest.raises(Denied) as denied:
            publish_round(large.round, actor=boss)
        assert denied.value.code == "being_published"
        assert api(boss).post(f"/api/v1/budget-rounds/{large.round.pk}/publish/").status_code == 409
        with pytest.raises(Denied):
            publish_round(large.round, actor=large.matrix.management)


def test_totals_of_targets_are_their_sums_and_a_difference_is_told(year: Year) -> None:
    approved(year)
    publish_round(year.round, actor=year.matrix.sales_manager)
    for asked in ({"level": "account"}, {"level": "family"}, {"level": "market"}):
        found = TargetTotal.objects.filter(**asked).aggregate(sum=Sum(sum_of("revenue")))["sum"]
        assert found == Target.objects.aggregate(sum=Sum(sum_of("revenue")))["sum"] == 1_130_000
    call_command("check_target_totals", stdout=StringIO())
    assert check_target_totals() == 0
    # A revision has targets step back; those that did count apart.
    one = revised(year)
    for budget in Budget.objects.filter(round=one):
        submit_budget(budget, actor=budget.contributor)
        approve_budget(budget, actor=year.matrix.sales_manager)
    for step in (consolidate_round, share_round, approve_round, publish_round):
        step(one, actor=year.matrix.sales_manager)
    totals = (
        TargetTotal.objects.filter(level="family")
        .order_by()
        .values_list("round", "superseded")
        .annotate(sum=Sum(sum_of("revenue")))
    )
    assert set(totals) == {(year.round.pk, True, 1_130_000), (one.pk, False, 1_130_000)}
    assert check_target_totals() == 0
    Target.objects.filter(round=one, person=year.matrix.account_manager).update(revenue_03=1)
    assert check_target_totals() == 3
    with pytest.raises(CommandError, match=f"account of round {one.pk}"):
        call_command("check_target_totals", stdout=StringIO())
