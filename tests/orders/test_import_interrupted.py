"""Imports of sales that are interrupted: the worker killed, the database restarted, two people at once. Never half, never twice."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from kam.core import jobs
from kam.core.imports import Import, confirm_import
from kam.core.jobs import Job
from orders.models import SalesBatch, SalesDocument, SalesHeader, SalesLine, SalesTotal
from orders.reports.check import mismatches
from tests.factories.accounts import UserFactory
from tests.orders.conftest import Company
from tests.orders.test_sales_import import line, previewed
from tests.workers import database_url, doing, wait_for_locks

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LEDGER = (SalesBatch, SalesDocument, SalesHeader, SalesLine, SalesTotal)
MANY = 300


def confirmed(person: User) -> Import:
    """A file of three hundred lines that this person has looked at and confirmed."""
    record = previewed(person, *(line(10 * number, document=str(number // 3)) for number in range(MANY)))
    assert record.counts["create"] == MANY, record.errors
    confirm_import(record, actor=person)
    record.refresh_from_db()
    return record


@contextmanager
def held_up(table: str) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Nobody writes into this table until the first connection rolls back; the second one looks at the others."""
    with psycopg.connect(database_url()) as holder, psycopg.connect(database_url(), autocommit=True) as watch:
        holder.execute(f"LOCK TABLE {table} IN SHARE MODE")  # type: ignore[arg-type]
        yield holder, watch
        holder.rollback()


def check_nothing(record: Import) -> None:
    """Nothing of the import is there, and it goes on waiting for its worker."""
    record.refresh_from_db()
    assert record.state == "applying" and not any(model.objects.exists() for model in LEDGER)
    assert Job.objects.get(pk=record.job_id).state == "running"


def check_whole(*people: Any) -> None:
    """Every line is there once, in one run, and the totals say the same."""
    assert (SalesLine.objects.count(), SalesBatch.objects.count(), SalesDocument.objects.count()) == (MANY, 1, MANY // 3)
    assert SalesTotal.objects.get().revenue_03 == MANY * Decimal("100.5") and mismatches() == []


@pytest.mark.parametrize("table", ["orders_salesheader", "orders_producttotal"])
def test_a_killed_worker_leaves_nothing_of_a_sale_and_the_next_one_ends_it(company: Company, settings, table):
    record = confirmed(company.manager)
    with held_up(table) as (_holder, watch), doing(record.job_id, settings.DATA_DIR) as worker:
        wait_for_locks(watch, 1, worker)
        worker.send_signal(signal.SIGKILL)
        worker.wait(20)
    check_nothing(record)
    assert jobs.run(record.job_id) == "done"
    record.refresh_from_db()
    assert record.state == "applied"
    check_whole()


def test_a_restart_of_the_database_leaves_nothing_and_the_next_worker_ends_it(company: Company, settings):
    record = confirmed(company.manager)
    with held_up("orders_salesline") as (_holder, watch), doing(record.job_id, settings.DATA_DIR) as worker:
        wait_for_locks(watch, 1, worker)
        # What a server that shuts down does to whoever is connected: here to the worker alone, for other tests run beside.
        others = (watch.info.backend_pid, connection.connection.info.backend_pid)
        watch.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
            " AND backend_type = 'client backend' AND (wait_event_type = 'Lock' OR query LIKE '%%core_job%%')",
            [list(others)],
        )
        assert worker.wait(60) != 0
    check_nothing(record)
    assert jobs.run(record.job_id) == "done"
    check_whole()


def test_of_two_who_carry_out_the_same_file_at_once_one_does_and_the_other_is_told(company: Company, settings):
    other = UserFactory(role="sales_manager", first_name="Anna", last_name="Rossi")
    first, second = confirmed(company.manager), confirmed(other)
    with (
        held_up("orders_salesline") as (holder, watch),
        doing(first.job_id, settings.DATA_DIR) as one,
        doing(second.job_id, settings.DATA_DIR) as two,
    ):
        wait_for_locks(watch, 2, one, two)
        holder.rollback()
        assert {one.wait(120), two.wait(120)} == {0}
    check_whole()
    for record in (first, second):
        record.refresh_from_db()
    winner, loser = (first, second) if first.state == "applied" else (second, first)
    assert winner.state == "applied" and loser.state == "uploaded" and str(winner.actor) in loser.message
    assert Job.objects.filter(pk=loser.job_id).exists()
