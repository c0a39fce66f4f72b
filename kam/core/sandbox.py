"""Runs what reads or makes untrusted files in a process of its own, with limits of time, computing and memory and no network."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "sandboxed"
MEGABYTE = 1024 * 1024


class SandboxError(Exception):
    """The process ended without a result; `code` says why (time, crash, or what the program itself reported), `row` where."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(code)
        self.code, self.row = code, row


@contextmanager
def _process(
    program: str, order: dict[str, Any], *, seconds: int, megabytes: int, inherited: tuple[int, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """The process at work on an order, in an empty folder and without our environment; ended with everything that it started."""
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
            pass_fds=inherited,
        )
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(limits).encode())
                process.stdin.close()
            process.stdin = None
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def _result(answer: bytes) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(answer)
    except ValueError:
        raise SandboxError("crash") from None
    if "error" in result:
        raise SandboxError(result["error"], result.get("row", 0))
    return result


def run(program: str, order: dict[str, Any], *, seconds: int = 20, megabytes: int = 1024) -> dict[str, Any]:
    """Run a program of the folder `sandboxed` on this order and give back its answer.

    Files go in and out by path. The process inherits no environment, so it knows no secret; it gets an empty working
    folder, `seconds` of time and `megabytes` of memory. Raises SandboxError.
    """
    with _process(program, order, seconds=seconds, megabytes=megabytes) as process:
        try:
            answer, _nothing = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise SandboxError("time") from None
    return _result(answer)


@contextmanager
def stream(
    program: str, order: dict[str, Any], *, seconds: int = 60, megabytes: int = 1024, silence: float = 60
) -> Iterator[Iterator[bytes]]:
    """Run a program that writes lines to the open file `out` of its order, and read them as they come: none of them waits on a disk.

    `seconds` bound its computing, `silence` the time without a line; whoever stops reading ends it.
    The last line is followed by SandboxError if the program did not come to its end.
    """
    ours, theirs = os.pipe()
    try:
        with _process(program, order | {"out": theirs}, seconds=seconds, megabytes=megabytes, inherited=(theirs,)) as process:
            os.close(theirs)
            theirs = -1
            yield _lines(process, ours, silence)
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)


def _lines(process: subprocess.Popen[bytes], source: int, silence: float) -> Iterator[bytes]:
    rest = b""
    while True:
        if not select.select([source], [], [], silence)[0]:
            raise SandboxError("time")
        part = os.read(source, 1 << 18)
        if not part:
            break
        *lines, rest = (rest + part).split(b"\n")
        yield from lines
    answer, _nothing = process.communicate()
    _result(answer)
