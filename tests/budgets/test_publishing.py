"""Publishing a large round in the background: all or nothing, killed in the middle, done again, and never twice."""

from typing import Any

import pytest

from budgets.actions import publish_round
from budgets.actions.publishing import run_publishing
from budgets.models import BudgetRound, Target
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
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
