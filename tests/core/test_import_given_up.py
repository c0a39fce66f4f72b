"""Work on an import that ends without having been done: the import says so and waits for nothing, and no row was touched."""

import pytest

from accounts.models import Market
from kam.core import jobs
from kam.core.imports import Import, confirm_import, undo_import
from kam.core.jobs import ATTEMPTS, Job, cancel_job
from tests.core.test_imports import applied, importer, market, previewed, upload  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


def confirmed(record, importer):  # noqa: F811
    """The import as it waits for the worker."""
    confirm_import(record, actor=importer)
    record.refresh_from_db()
    return record


def test_work_that_stopped_too_often_is_given_up_with_a_message(importer):  # noqa: F811
    record = confirmed(previewed(upload(importer, [market(1)])), importer)
    Job.objects.filter(pk=record.job_id).update(attempts=ATTEMPTS)
    assert jobs.run(record.job_id) == "failed"
    record.refresh_from_db()
    assert (record.state, Market.objects.count()) == ("failed", 0)
    assert record.message == "The work stopped several times without an answer."


def test_an_unforeseen_error_leaves_no_import_under_way(importer, monkeypatch):  # noqa: F811
    record = confirmed(previewed(upload(importer, [market(1)])), importer)
    monkeypatch.setattr("kam.core.imports.runs._carry_out", lambda *_values: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.run(record.job_id)
    record.refresh_from_db()
    assert (record.state, Market.objects.count()) == ("failed", 0) and "it has been logged" in record.message


def test_work_that_is_cancelled_while_it_waits_is_given_up(importer):  # noqa: F811
    record = confirmed(previewed(upload(importer, [market(1)])), importer)
    cancel_job(record.job, actor=importer)
    record.refresh_from_db()
    assert (record.state, record.message, Market.objects.count()) == ("failed", "The work was cancelled.", 0)
    assert jobs.run(record.job_id) == "ended"


def test_an_undo_that_is_given_up_leaves_the_import_carried_out(importer):  # noqa: F811
    record = applied(previewed(upload(importer, [market(1)])), importer)
    undo_import(record, actor=importer, reason="wrong file")
    record.refresh_from_db()
    cancel_job(record.job, actor=importer)
    record.refresh_from_db()
    assert (record.state, Market.objects.count()) == ("applied", 1)


def test_a_sheet_that_is_read_anew_waits_for_its_new_job(importer):  # noqa: F811
    record = confirmed(previewed(upload(importer, [market(1), market(2)])), importer)
    Market.objects.create(**market(1))
    assert jobs.run(record.job_id) == "failed"
    fresh = Import.objects.get(pk=record.pk)
    assert fresh.state == "uploaded" and fresh.job_id != record.job_id
    assert jobs.run(fresh.job_id) == "done"
    fresh.refresh_from_db()
    assert fresh.state == "previewed" and fresh.counts["create"] == 1
