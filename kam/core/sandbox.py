"""Runs what reads or makes untrusted files in a process of its own, with limits of time, computing and memory and no network."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "sandboxed"
MEGABYTE = 1024 * 1024


class SandboxError(Exception):
    """The process ended without a result; `code` says why (time, crash, or what the program itself reported)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def run(program: str, order: dict[str, Any], *, seconds: int = 20, megabytes: int = 1024) -> dict[str, Any]:
    """Run a program of the folder `sandboxed` on this order and give back its answer.

    Files go in and out by path. The process inherits no environment, so it knows no secret; it gets an empty working
    folder, `seconds` of time and `megabytes` of memory. Raises SandboxError.
    """
    with tempfile.TemporaryDirectory(prefix="kam-") as folder:
        limits = {"program": str(FOLDER / f"{program}.py"), "seconds": seconds, "memory": megabytes * MEGABYTE, "order": order}
        process = subprocess.Popen(
            [sys.executable, "-I", str(FOLDER / "run.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"HOME": folder, "TMPDIR": folder, "XDG_CACHE_HOME": folder, "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        try:
            answer, _nothing = process.communicate(json.dumps(limits).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            raise SandboxError("time") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
    try:
        result: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise SandboxError("crash") from None
    if "error" in result:
        raise SandboxError(result["error"])
    return result
