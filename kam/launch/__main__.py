"""The commands of dev.py, as they go on inside .venv."""

import os
import shutil
import signal
import subprocess
import sys
from typing import Any, NoReturn

from kam import configuration
from kam.launch.checks import run_checks
from kam.launch.console import Trouble, say
from kam.launch.house import House
from kam.launch.services import Services

PYTEST = [sys.executable, "-m", "pytest"]
TESTS = {
    "test": [
        "-q",
        "--ignore=tests/bench",
        "--ignore=tests/screenshots",
        "-n",
        str(min((os.cpu_count() or 1) + 1, 4)),  # one more than processors: each waits for the database, a browser or a worker
        "--dist",
        "loadgroup",  # a file is a group, unless tests/conftest.py cuts it
        "--no-loadscope-reorder",  # tests/conftest.py has the longest files first
    ],
    "e2e": ["-q", "-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile", "tests/e2e"],
    "fuzz": ["-q", "--hypothesis-profile=deep", "-m", "fuzz"],
    "screenshots": ["-s", "-q", "-p", "no:schemathesis", "--reuse-db", "tests/screenshots"],
}


def manage(services: Services, *arguments: str) -> int:
    """Call a command of manage.py on these services."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=configuration.ROOT, env=services.environment(), check=False
    ).returncode


def run(*, reloading: bool = False) -> int:
    """Start KAM and stay until Ctrl-C."""
    with Services(configuration.data_folder()) as services:
        House(services, reloading=reloading).run()
    say("Everything is stopped.")
    return 0


def tests(name: str, arguments: list[str]) -> int:
    """Run tests, checks or measurements on a database of its own, which may be thrown away at any time."""
    data = configuration.data_folder() / "test"
    with Services(data, for_tests=True) as services:
        from kam.core.catalogues import compile_all

        compile_all([configuration.ROOT / "kam" / "locale"])
        environment = services.environment()
        if name == "lint":
            code = run_checks(environment, arguments)
        elif name == "bench":
            command = [sys.executable, "-W", "ignore", "-m", "tests.bench.run", *arguments]
            code = subprocess.run(command, cwd=configuration.ROOT, env=environment, check=False).returncode
        else:
            code = subprocess.run(
                [*PYTEST, *TESTS[name], *arguments], cwd=configuration.ROOT, env=environment, check=False
            ).returncode
    return code


def files(name: str, arguments: list[str]) -> int:
    """Write or read a backup; a running KAM is backed up while it runs, but has to stop for a restore."""
    if name == "restore" and len(arguments) != 1:
        raise Trouble("Which backup? make restore ARGS=FILE")
    with Services(configuration.data_folder(), share=name == "backup") as services:
        return manage(services, name, *arguments)


def demo_reset() -> int:
    """Make the demonstration company anew; everything that was entered is lost, so only in the embedded database."""
    if os.environ.get("DATABASE_URL") or not configuration.flag("KAM_DEMO"):
        raise Trouble("demo-reset empties the database; it does so only with the embedded one and with KAM_DEMO=1.")
    data = configuration.data_folder()
    with Services(data) as services:
        assert services.cluster is not None
        services.cluster.drop("kam")
        services.cluster.start()
        shutil.rmtree(data / "files", ignore_errors=True)
        shutil.rmtree(data / "mail", ignore_errors=True)
        return subprocess.run(
            [sys.executable, "-m", "kam.launch.prepare"], cwd=configuration.ROOT, env=services.environment(), check=False
        ).returncode


def _interrupted(*_: Any) -> NoReturn:
    """A request to end is treated like Ctrl-C: what was started is stopped."""
    raise KeyboardInterrupt


def main(name: str, arguments: list[str]) -> int:
    """Do one command; the exit code says whether it went well."""
    os.environ["KAM_DATA"] = str(configuration.data_folder())
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        if name in {"run", "dev"}:
            return run(reloading=name == "dev")
        if name in {"backup", "restore"}:
            return files(name, arguments)
        if name == "demo-reset":
            return demo_reset()
        return tests(name, arguments)
    except Trouble as trouble:
        print(f"\n{trouble}" if str(trouble) else "", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
