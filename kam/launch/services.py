"""Database and broker of one data folder, started unless the environment names others, and noted for manage.py."""

import fcntl
import json
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from kam import configuration
from kam.launch.broker import Broker
from kam.launch.console import Trouble, say, step
from kam.launch.postgres import Cluster
from kam.launch.private import private_folder, read_json, write_private
from kam.launch.processes import Register


class Services:
    """What web and worker stand on. As a context manager: started on entering, stopped in order on leaving."""

    def __init__(self, data: Path, *, for_tests: bool = False, share: bool = False) -> None:
        self.data, self.for_tests, self.share = data, for_tests, share
        self.register = Register(data)
        self.cluster = (
            None if os.environ.get("DATABASE_URL") and not for_tests else Cluster(data / "postgres", makes_databases=for_tests)
        )
        self.broker: Broker | None = None
        self.started = False
        self._lock: IO[str] | None = None

    @property
    def noted(self) -> Path:
        """Where kam.configuration looks for what runs here."""
        return self.data / "run" / "environment.json"

    def environment(self) -> dict[str, str]:
        """The environment of the processes that stand on these services."""
        known = {name: value for name, value in os.environ.items() if not (self.for_tests and name in configuration.DEFAULTS)}
        return {**read_json(self.noted), **known, "KAM_DATA": str(self.data), "PYTHONUNBUFFERED": "1"}

    def __enter__(self) -> Self:
        private_folder(self.data)
        private_folder(self.data / "run")
        if not self._take_lock():
            if self.share and self.noted.exists():
                return self
            raise Trouble(f"KAM is already running in {self.data}. Stop it there first, or set KAM_DATA to another folder.")
        self.started = True
        try:
            self._end_leftovers()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.started:
            self.stop()

    def _take_lock(self) -> bool:
        self._lock = (self.data / "run" / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _end_leftovers(self) -> None:
        """A launcher that was killed left its web server and worker; Redis and PostgreSQL are used as they are."""
        for name in ("web", "worker", "beat"):
            if self.register.alive(name):
                say(f"Ending the {name} process of an earlier start that was cut off")
                self.register.stop(name)

    def _start(self) -> None:
        values = {"SECRET_KEY": read_json(self.noted).get("SECRET_KEY") or secrets.token_urlsafe(48)}
        if "PUBLIC_URL" not in os.environ:
            values["PUBLIC_URL"] = f"http://localhost:{configuration.value('PORT')}"
        if self.cluster:
            with step("Starting PostgreSQL" if self.cluster.data.exists() else "Making the database"):
                self.cluster.start()
            values["DATABASE_URL"] = self.cluster.url()
        if self.for_tests or not os.environ.get("REDIS_URL"):
            self.broker = Broker(self.data, self.register, values.get("DATABASE_URL") or os.environ["DATABASE_URL"])
            values["REDIS_URL"] = self.broker.url
            if not self.for_tests:
                with step(
                    "Starting Redis" if self.broker.program else "No Redis on this machine: tasks travel through the database"
                ):
                    self.broker.start()
        write_private(self.noted, json.dumps(values, indent=1))

    def mend(self) -> None:
        """Start again what died while KAM was running."""
        if self.broker and not self.broker.alive():
            say("Redis died; starting it again")
            self.broker.start()
        if self.cluster and not self.cluster.alive():
            say("PostgreSQL died; starting it again")
            self.cluster.start()

    def stop(self) -> None:
        """Redis first, the database last; after tests in silence, so that their last line stays the last."""
        if self.for_tests:
            if self.cluster:
                self.cluster.stop()
            return
        if self.broker:
            with step("Stopping Redis"):
                self.broker.stop()
        if self.cluster:
            with step("Stopping PostgreSQL"):
                self.cluster.stop()
