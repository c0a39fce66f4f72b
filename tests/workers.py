"""A real Celery worker for the few tests that need one, listened to instead of waited for."""

import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import kombu.pools
import psycopg
from django.db import connection

from kam.celery import app
from kam.configuration import ROOT

# The rooms of a Redis; the first one belongs to the worker that a whole run shares.
_ROOMS = itertools.cycle(range(1, 16))


def database_url() -> str:
    """The address of the database that this test run uses."""
    details = connection.settings_dict
    secret = f":{quote(details['PASSWORD'])}" if details["PASSWORD"] else ""
    return f"postgresql://{details['USER']}{secret}@{details['HOST']}:{details['PORT']}/{details['NAME']}"


def send_to(url: str) -> None:
    """From now on this process gives its tasks to this broker."""
    app.conf.broker_url = url
    app.conf.broker_transport_options = {}
    kombu.pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


@contextmanager
def doing(job: int, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that carries out one job, on this run's database."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "kam.settings",
        "KAM_DATA": str(data),
    }
    program = f"import django; django.setup(); from kam.core import jobs; jobs.run({job})"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_locks(watch: psycopg.Connection, count: int, *processes: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until so many connections to this database wait for a lock, while these processes are at work."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = time.monotonic() + seconds
    while watch.execute(waiting).fetchone() != (count,):
        assert all(process.poll() is None for process in processes), "a process ended before it came to the lock"
        assert time.monotonic() < deadline, "nobody came to the lock"
        time.sleep(0.05)


def apart(redis_url: str) -> str:
    """A broker that nobody else's worker listens to: another room of the same Redis."""
    return f"{redis_url}?virtual_host={next(_ROOMS)}"


class Worker:
    """A worker process on this run's database; of two at one broker, either may take a task."""

    def __init__(self, broker_url: str, data: Path, **more: str) -> None:
        self.broker_url, self.lines = broker_url, queue.Queue[str]()
        environment = {**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": broker_url, "KAM_DATA": str(data), **more}
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "kam",
            "worker",
            "--pool",
            "prefork",
            "--concurrency",
            "1",
            "--loglevel",
            "INFO",
        ]
        self.process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        self.wait_for(" ready.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def carry_out(self, task: str) -> None:
        """Give it a task, as beat does, and listen until it has done it."""
        app.send_task(task)
        self.wait_until_done(task)

    def wait_until_done(self, task: str) -> None:
        """Listen until it has done this task."""
        while task not in self.wait_for(" succeeded in "):
            pass

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """Listen to the worker until it writes this, such as `kam.core.tasks.run_job` … `succeeded`; returns the line."""
        heard = []
        while True:
            try:
                heard.append(self.lines.get(timeout=seconds))
            except queue.Empty:
                raise AssertionError(f"The worker never wrote {text!r}:\n{''.join(heard[-40:])}") from None
            if text in heard[-1]:
                return heard[-1]
