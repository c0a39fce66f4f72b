"""A worker that is killed in the middle of an import leaves nothing half; the next one carries it out."""

import io
import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from accounts.excel import Customers
from accounts.models import Customer, Plant
from kam.configuration import ROOT
from kam.core import imports, jobs
from kam.core.excel_files import Sheet, write_workbook
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.jobs import Job
from tests.factories.files import named
from tests.matrix import matrix  # noqa: F401
from tests.workers import database_url

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RUN = "import django; django.setup(); from kam.core import jobs; jobs.run({key})"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


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

    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "kam.settings",
        "KAM_DATA": str(settings.DATA_DIR),
    }
    with psycopg.connect(database_url()) as other:
        # Customers can be written, their plants cannot: the worker stops between the two.
        other.execute("LOCK TABLE accounts_plant IN SHARE MODE")
        command = [sys.executable, "-c", RUN.format(key=record.job_id)]
        with (
            subprocess.Popen(command, cwd=ROOT, env=environment) as worker,
            psycopg.connect(database_url(), autocommit=True) as watch,
        ):
            deadline = time.monotonic() + 120
            while not watch.execute(WAITING).fetchone()[0]:
                assert worker.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
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
