"""Background jobs: started on commit, one at a time, with progress, cancel, result, errors; rights asked again; harmless twice."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from accounts.models import User
from kam.core import dispatch, jobs, tasks
from kam.core.clock import now
from kam.core.jobs import Job, cancel_job, may_fetch, start_job
from kam.core.mails import OutgoingMail
from kam.core.notifications import Notification, notify
from kam.core.ports import port
from kam.core.workflow import Denied
from tests import workers
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
WORK: list[Callable[[Job, Any], Any]] = []
KINDS = {"test_kind": f"{__name__}.do_work"}


def do_work(job: Job, report: Any) -> Any:
    """The kind of job of these tests: does what the test put there."""
    return WORK[0](job, report)


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    WORK.clear()
    port.cache_clear()
    with override_settings(PORTS={**settings.PORTS, "job_kinds": f"{__name__}.KINDS"}):
        yield
    port.cache_clear()


@pytest.fixture
def owner() -> Any:
    return UserFactory(role="administrator")


def queued(owner: Any, work: Callable[[Job, Any], Any], **values: Any) -> Job:
    WORK[:] = [work]
    return start_job("test_kind", actor=owner, **values)


def seen(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_it_ends_with_its_result_its_errors_and_a_file(owner: Any) -> None:
    def work(job: Job, report: Any) -> dict[str, int]:
        for done in (1, 2, 3):
            report(done, 3, f"row {done}")
        report.error(sheet="Plants", row=7, column="City", read="", expected="a city")
        report.file("../../etc/list of plants.xlsx").write_text("rows")
        return {"rows": 3}

    job = queued(owner, work, params={"year": 2026})
    assert (job.state, job.percent) == ("queued", None)
    assert tasks.run_job(job.pk) == "done"
    job = seen(job)
    assert (job.state, job.done, job.total, job.percent, job.message) == ("done", 3, 3, 100, "row 3")
    assert job.result == {"rows": 3}
    assert job.errors == [{"sheet": "Plants", "row": 7, "column": "City", "read": "", "expected": "a city"}]
    assert job.file_name == "list of plants.xlsx"
    assert job.file_path is not None
    assert job.file_path.read_text() == "rows"
    assert Path(settings.MEDIA_ROOT) in job.file_path.parents
    assert Notification.objects.get(kind="job_finished").reader == owner
    assert tasks.run_job(job.pk) == "ended"


def test_progress_is_seen_while_the_work_has_not_committed(owner: Any) -> None:
    observed = []

    def work(job: Job, report: Any) -> None:
        with transaction.atomic():
            User.objects.filter(pk=owner.pk).update(first_name="Half done")
            report(40, 100, "half way")
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()

    def look() -> None:
        try:
            job = Job.objects.get()
            observed.append((job.state, job.percent, job.message, User.objects.get(pk=owner.pk).first_name))
        finally:
            connection.close()

    assert jobs.run(queued(owner, work).pk) == "done"
    assert observed == [("running", 40, "half way", "Ada")]


def test_a_second_delivery_while_it_runs_is_left_alone_and_a_dead_worker_lets_go(owner: Any) -> None:
    answers, calls = [], []

    def work(job: Job, report: Any) -> None:
        calls.append(1)
        thread = threading.Thread(target=deliver_again, args=[job.pk])
        thread.start()
        thread.join()

    def deliver_again(key: int) -> None:
        try:
            answers.append(jobs.run(key))
        finally:
            connection.close()

    job = queued(owner, work)
    assert jobs.run(job.pk) == "done"
    assert (answers, len(calls)) == (["held"], 1)
    Job.objects.filter(pk=job.pk).update(state="running", ended_at=None, heartbeat_at=now() - timedelta(minutes=5))
    assert jobs.jobs_to_repeat() == [job.pk]
    line = jobs.Line()
    assert line.lock(job.pk)
    assert jobs.jobs_to_repeat() == []
    line.close()
    assert jobs.run(job.pk) == "done"


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(owner: Any) -> None:
    job = cancel_job(queued(owner, lambda job, report: None), actor=owner)
    assert (job.state, tasks.run_job(job.pk)) == ("cancelled", "ended")
    with pytest.raises(Denied) as refused:
        cancel_job(job, actor=owner)
    assert refused.value.code == "job_ended"
    steps = []

    def work(job: Job, report: Any) -> None:
        for step in range(10):
            steps.append(step)
            if step == 2:
                cancel_job(job, actor=owner)
            report(step, 10)

    job = queued(owner, work)
    assert jobs.run(job.pk) == "cancelled"
    assert (steps, seen(job).state, seen(job).file_name) == ([0, 1, 2], "cancelled", "")


def test_a_refusal_is_shown_and_an_error_is_not(owner: Any) -> None:
    def refused(job: Job, report: Any) -> None:
        raise Denied("no_rows", "There are no rows.")

    def broken(job: Job, report: Any) -> None:
        raise ZeroDivisionError("secret detail")

    job = queued(owner, refused)
    assert jobs.run(job.pk) == "failed"
    assert seen(job).message == "There are no rows."
    job = queued(owner, broken)
    with pytest.raises(ZeroDivisionError):
        jobs.run(job.pk)
    assert seen(job).state == "failed"
    assert "secret" not in seen(job).message


def test_rights_are_asked_when_it_starts_runs_and_is_fetched(owner: Any) -> None:
    with pytest.raises(Denied):
        queued(UserFactory(role="technical"), lambda job, report: None, verb="core.set_parameter")
    job = queued(owner, lambda job, report: {"rows": 1}, verb="core.set_parameter")
    owner.grants.all().delete()
    assert jobs.run(job.pk) == "cancelled"
    Job.objects.filter(pk=job.pk).update(state="done")
    fresh = User.objects.get(pk=owner.pk)
    assert not may_fetch(job, fresh)
    fresh.grants.create(role="administrator", period="[,)")
    assert may_fetch(job, User.objects.get(pk=owner.pk))
    assert not may_fetch(job, UserFactory(role="administrator"))


def test_a_person_who_is_deactivated_loses_the_running_job(owner: Any) -> None:
    steps = []

    def work(job: Job, report: Any) -> None:
        for step in range(5):
            steps.append(step)
            if step == 1:
                User.objects.filter(pk=owner.pk).update(is_active=False)
            report(step)

    assert jobs.run(queued(owner, work).pk) == "cancelled"
    assert steps == [0, 1]


def test_a_role_that_ends_cuts_the_running_job_at_its_next_step(owner: Any) -> None:
    steps = []

    def work(job: Job, report: Any) -> None:
        report.file("list.csv").write_text("rows")
        for step in range(5):
            steps.append(step)
            if step == 1:
                owner.grants.all().delete()
            report(step)

    job = queued(owner, work)
    assert jobs.run(job.pk) == "cancelled"
    assert (steps, seen(job).file_name) == ([0, 1], "")


def test_after_several_deaths_it_fails(owner: Any) -> None:
    job = queued(owner, lambda job, report: None)
    Job.objects.filter(pk=job.pk).update(state="running", attempts=jobs.ATTEMPTS)
    assert jobs.run(job.pk) == "failed"


def test_a_broker_that_is_away_costs_half_a_second_and_the_sweeper_repeats(owner: Any) -> None:
    workers.send_to("redis://10.255.255.1:6379/0")
    from kam.celery import app

    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    dispatch._away_until = 0.0
    try:
        begin = time.monotonic()
        with transaction.atomic():
            job = queued(owner, lambda job, report: None)
            queued(owner, lambda job, report: None)
        assert time.monotonic() - begin < 1.0
    finally:
        dispatch._away_until = 0.0
        workers.send_to("memory://")
    assert jobs.jobs_to_repeat() == []
    Job.objects.update(created_at=now() - timedelta(minutes=1))
    assert jobs.jobs_to_repeat()[0] == job.pk
    assert tasks.sweep_jobs() == 2


def test_a_rollback_starts_nothing(owner: Any) -> None:
    @transaction.atomic
    def abandon() -> None:
        queued(owner, lambda job, report: None)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        abandon()
    assert not Job.objects.exists()


def test_results_are_kept_for_their_time(owner: Any) -> None:
    job = queued(owner, lambda job, report: report.file("list.csv").write_text("x") and None)
    jobs.run(job.pk)
    assert tasks.forget_old_jobs() == 0
    Job.objects.filter(pk=job.pk).update(ended_at=now() - timedelta(days=15))
    folder = seen(job).folder
    assert folder.is_dir()
    assert tasks.forget_old_jobs() == 1
    assert not folder.exists()


@pytest.mark.worker
def test_a_real_worker_delivers_a_mail_on_commit(worker: workers.Worker, data_folder: Path, owner: Any) -> None:
    dispatch._away_until = 0.0
    job = Job.objects.create(kind="test_kind", actor=owner, state="done", ended_at=now())
    with transaction.atomic():
        notify("job_finished", job, to=[owner], occasion="worker", urgent=True)
    worker.wait_for("succeeded")
    row = OutgoingMail.objects.get()
    assert (row.state, row.attempts) == ("sent", 1)
    assert row.message_id in "".join(path.read_text() for path in (data_folder / "mail").iterdir())
