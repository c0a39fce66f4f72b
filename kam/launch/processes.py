"""Processes that KAM starts: each in its own session, its output in a log, remembered so that leftovers are found again."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from kam.configuration import ROOT
from kam.launch.private import read_json, write_private


def birth(pid: int) -> str:
    """When a process began, as the system writes it; empty if there is none. With its number it names one process for good."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if status[0] == "Z" else status[19]
    except (OSError, IndexError):
        if Path("/proc/self").exists():
            return ""
        found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], text=True, capture_output=True, check=False)
        return found.stdout.strip()


def end(pid: int, born: str, *, patience: float, group: bool = True) -> None:
    """Ask a process to end, wait, then insist on it and everything in its session."""
    if not born or birth(pid) != born:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while birth(pid) == born:
        if time.monotonic() > deadline:
            (os.killpg if group else os.kill)(pid, signal.SIGKILL)
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.03)


class Register:
    """The processes of one data folder, kept in run/processes.json so that a killed launcher leaves no orphan behind."""

    def __init__(self, data: Path) -> None:
        self.file = data / "run" / "processes.json"
        self.logs = data / "log"

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a process apart from the terminal, so that Ctrl-C reaches only the launcher."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        write_private(self.file, json.dumps({**read_json(self.file), name: [process.pid, birth(process.pid)]}))
        return process

    def stop(self, name: str, *, patience: float = 20) -> None:
        """End a process by its name, if it still is the one that was started."""
        known = read_json(self.file)
        if name in known:
            pid, born = known.pop(name)
            end(pid, born, patience=patience)
            write_private(self.file, json.dumps(known))

    def alive(self, name: str) -> bool:
        """Is the process that was started under this name still there?"""
        pid, born = read_json(self.file).get(name, (0, ""))
        return bool(born) and birth(pid) == born

    def last_lines(self, name: str, count: int = 25) -> str:
        """What the process wrote last."""
        try:
            return "\n".join((self.logs / f"{name}.log").read_text(errors="replace").splitlines()[-count:])
        except OSError:
            return ""
