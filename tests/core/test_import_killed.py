"""A worker that is killed in the middle of an import leaves nothing half; the next one carries it out."""

import io
import signal

import psycopg
import pytest

from accounts.excel import Customers
from accounts.models import Customer, Plant
from kam.core import imports, jobs
from kam.core.excel_files import Sheet, write_workbook
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.jobs import Job
from tests.factories.files import named
from tests.matrix import matrix  # noqa: F401
from tests.workers import database_url, doing, wait_for_locks

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_killed_worker_leaves_nothing_half_and_the_next_one_ends_it(matrix, settings):  # noqa: F811
    file = io.BytesIO()
    columns = [column for column in Customers.columns if column.key in {"name", "country", "city", "location"}]
    rows = [{"name": f"Neue {number} GmbH", "country": "DE", "city": "Ulm", "location": "DE"} for number in range(50)]
    write_workbook([Sheet("Customers", columns, rows)], file, language="en")
    given = named(file.getvalue(), "customers.xlsx")
    record = upload_import(Import, actor=matrix.sales_manager, kind="accounts.customers", file=given)
    imports.run_preview(record.job, lambda *_: None)
    record.refresh_from_db()
    confirm_import(record, actor=matrix.sales_manager)
    record.refresh_from_db()

    with psycopg.connect(database_url()) as other:
        # Customers can be written, their plants cannot: the worker stops between the two.
        other.execute("LOCK TABLE accounts_plant IN SHARE MODE")
        with (
            doing(record.job_id, settings.DATA_DIR) as worker,
            psycopg.connect(database_url(), autocommit=True) as watch,
        ):
            wait_for_locks(watch, 1, worker)
            progress = Job.objects.get(pk=record.job_id)
            assert (progress.state, progress.total) == ("running", 51)
            worker.send_signal(signal.SIGKILL)
        other.rollback()
    record.refresh_from_db()
    assert record.state == "applying" and not Customer.objects.filter(city="Ulm").exists()

    assert jobs.run(record.job_id) == "done"
    record.refresh_from_db()
    assert (
        record.state == "applied"
        and Customer.objects.filter(city="Ulm").count() == Plant.objects.filter(city="Ulm").count() == 50
    )
