"""Web servers as `make run` starts them, asked over one connection that stays open, and the memory that they hold."""

import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

from kam.configuration import ROOT
from kam.launch.house import WEB_SHAPE
from tests.workers import database_url

PATIENCE = 60


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    """What a web server over the present database is told."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "SECRET_KEY": settings.SECRET_KEY,
        "PUBLIC_URL": "http://localhost",
        "DEBUG": "0",
        "LOG_LEVEL": "WARNING",
    }


class Server:
    """One gunicorn with two workers, in the shape of the product's."""

    def __init__(self, application: str, environment: Mapping[str, str], log: Path) -> None:
        self.port, self.log = free_port(), log
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{self.port}", *WEB_SHAPE]
        with log.open("wb") as stream:
            self.process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), stdout=stream, stderr=stream)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def __enter__(self) -> Self:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.ask("/healthz", {})
                return self
            except (http.client.HTTPException, OSError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.log.read_text()}\nThe server did not start.") from None
                time.sleep(0.05)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)

    def ask(self, path: str, headers: Mapping[str, str], body: bytes | None = None) -> tuple[int, bytes, float]:
        """Status, body and milliseconds of one request on the connection that stays open; with a body it is written."""
        started = time.perf_counter()
        try:
            told = {"Host": "localhost", **headers} | ({"Content-Type": "application/json"} if body is not None else {})
            self.connection.request("GET" if body is None else "POST", path, body=body, headers=told)
            answer = self.connection.getresponse()
            read = answer.read()
        except http.client.RemoteDisconnected:  # silent for too long: a connection is opened and asked before time is taken
            self.wake()
            return self.ask(path, headers, body)
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise
        return answer.status, read, (time.perf_counter() - started) * 1000

    def wake(self) -> None:
        """Open the connection anew if the server has closed it for having been silent."""
        self.connection.close()
        self.ask("/healthz", {})

    def workers(self) -> list[int]:
        """The processes that answer."""
        master = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def memory(self) -> float:
        """MiB of both workers together, shared pages counted by their share (PSS)."""
        sizes = [
            re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE) for pid in self.workers()
        ]
        return sum(int(size[1]) for size in sizes if size) / 1024


class Measured:
    """The times of one request, the product's beside the bare twin's."""

    def __init__(self) -> None:
        self.product: list[float] = []
        self.bare: list[float] = []

    @property
    def medians(self) -> tuple[float, float]:
        """Milliseconds of the product and of the bare twin."""
        return statistics.median(self.product), statistics.median(self.bare)

    @property
    def ratio(self) -> float:
        """How many times the bare twin."""
        product, bare = self.medians
        return product / bare
