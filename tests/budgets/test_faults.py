"""Processes that die and a broker that is away: the sweep, a publication and a submission end once, and nobody is told twice."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from budgets.actions import publish_round
from budgets.models import Budget, BudgetRound, Deviation, DeviationSweep, NodeStanding, Target
from budgets.models.years import month_after
from kam.core import clock, dispatch
from kam.core.jobs import Job
from kam.core.mails import OutgoingMail
from kam.core.notifications import Notification, set_preference
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work_items import WorkItem
from tests import workers
from tests.accounts.test_activity import api
from tests.budgets.conftest import Year
from tests.budgets.deviating import publish
from tests.budgets.test_round import approved
from tests.factories.catalog import ProductFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker(redis_url: str, data_folder: Path, transactional_db: None) -> Iterator[workers.Worker]:
    """A worker that lives for one test: what it knows by heart of the database, the next test has made anew."""
    with workers.Worker(workers.apart(redis_url), data_folder) as one:
        yield one
        workers.send_to("memory://")


@contextmanager
def killed_before_telling(redis_url: str, data: Path) -> Iterator[workers.Worker]:
    """A worker with a broker of its own that comes as far as telling people and is killed there, all it wrote uncommitted."""
    with psycopg.connect(workers.database_url()) as other:
        other.execute("LOCK TABLE core_notification IN SHARE MODE")
        with (
            workers.Worker(workers.apart(redis_url), data) as worker,
            psycopg.connect(workers.database_url(), autocommit=True) as watch,
        ):
            workers.send_to(worker.broker_url)
            yield worker
            workers.wait_for_locks(watch, 1, worker.process)
            os.killpg(worker.process.pid, signal.SIGKILL)
        other.rollback()


def told(kind: str) -> list[Any]:
    """Who was told, as often as they were."""
    return sorted(Notification.objects.filter(kind=kind).values_list("reader__email", flat=True))


def test_a_worker_killed_in_the_middle_of_a_sweep_leaves_nothing_and_the_next_tells_once(
    worker: workers.Worker, matrix: Matrix, redis_url: str, data_folder: Path
) -> None:
    first_month = month_after(clock.today().replace(day=1), -6)
    opened = datetime.combine(first_month - timedelta(days=40), datetime.min.time(), timezone.get_current_timezone())
    product = ProductFactory(code="KP-1", producing_location=matrix.italy)
    planned = [
        (matrix.account_manager, matrix.germany, matrix.acme_de_plant, product, 600_000),
        (matrix.area_manager_de, matrix.germany, matrix.beta_plant, product, 240_000),
    ]
    publish(matrix, planned, first_month, opened)
    with killed_before_telling(redis_url, data_folder):
        workers.app.send_task("budgets.tasks.sweep")
    workers.send_to(worker.broker_url)
    assert not Deviation.objects.exists() and not NodeStanding.objects.exists() and not DeviationSweep.objects.exists()
    for _time in range(2):  # as beat does
        worker.carry_out("budgets.tasks.sweep_due")
    assert DeviationSweep.objects.count() == 1
    assert told("deviations_found") == [matrix.account_manager.email, matrix.area_manager_de.email]
    assert WorkItem.objects.open().filter(kind="analyse_deviation").count() == Deviation.objects.cases().count() > 0


def test_a_worker_killed_in_the_middle_of_a_publication_leaves_nothing_and_the_next_publishes_once(
    worker: workers.Worker, year: Year, redis_url: str, data_folder: Path
) -> None:
    approved(year)
    set_parameter(ParameterValue, actor=year.matrix.administrator, key="budgets.publish_at_once", value=1)
    with killed_before_telling(redis_url, data_folder):
        publish_round(year.round, actor=year.matrix.sales_manager)
    workers.send_to(worker.broker_url)
    job = Job.objects.get(kind="budgets.publish_round")
    assert (job.state, job.done, BudgetRound.objects.get().status) == ("running", 3, "approved")
    assert not Target.objects.exists() and told("targets_published") == []
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    workers.app.send_task("kam.core.tasks.sweep_jobs")  # as beat does
    worker.wait_until_done("kam.core.tasks.run_job")
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result) == ("done", 2, {"targets": 4})
    assert BudgetRound.objects.get().status == "published"
    assert len(told("targets_published")) == Budget.objects.count() == 4


def test_what_is_submitted_while_redis_is_down_is_there_and_its_alert_goes_out_when_it_is_back(
    worker: workers.Worker, year: Year, data_folder: Path
) -> None:
    matrix = year.matrix
    set_preference(matrix.sales_manager, "work_assigned", "mail")
    budget = year.budget(matrix.account_manager, matrix.italy)
    OutgoingMail.objects.all().delete()
    workers.send_to("redis://127.0.0.1:1/0")  # nobody listens there
    dispatch._away_until = 0.0
    assert api(matrix.account_manager).post(f"/api/v1/budgets/{budget.pk}/submit/").status_code == 200
    budget.refresh_from_db()
    assert budget.status == "submitted"
    assert WorkItem.objects.open().get(kind="approve_budget").record == budget
    mail = OutgoingMail.objects.get()
    assert (mail.reader, mail.state) == (matrix.sales_manager, "waiting")
    workers.send_to(worker.broker_url)
    dispatch._away_until = 0.0
    for _time in range(2):  # as beat does
        worker.carry_out("kam.core.tasks.sweep_mails")
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 1)
    letters = [path.read_text() for path in (data_folder / "mail").iterdir()]
    assert sum(text.count(f"Message-ID: {mail.message_id}") for text in letters) == 1
