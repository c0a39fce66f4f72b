"""`make lint`: every check that needs no test, each with a name, run to the end even if one fails."""

import secrets
import subprocess
import sys
import time

from kam.configuration import ROOT

DEPLOYED = {
    "PUBLIC_URL": "https://kam.example.com",
    "ALLOWED_HOSTS": "kam.example.com",
    "TRUSTED_PROXIES": "1",
    "KAM_DEMO": "0",
    "DEBUG": "0",
    "SECRET_KEY": secrets.token_urlsafe(60),
}


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "Form (ruff check)": (_python("-m", "ruff", "check", "."), {}),
    "Form (ruff format)": (_python("-m", "ruff", "format", "--check", "."), {}),
    "Types (mypy)": (_python("-m", "mypy"), {}),
    "Floors (import-linter)": (
        _python("-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"),
        {},
    ),
    "Migrations say what the models say": (_python("manage.py", "makemigrations", "--check", "--dry-run"), {}),
    "Safe to deploy": (_python("manage.py", "check", "--deploy", "--fail-level", "WARNING"), DEPLOYED),
    "The API's description is the one in the repository": (_python("manage.py", "openapi", "--check"), {}),
    "Translations are complete": (_python("manage.py", "translations", "--check"), {}),
    "Files of the repository": (_python("-m", "kam.launch.repository"), {}),
}


def run_checks(environment: dict[str, str], chosen: list[str]) -> int:
    """Run the checks whose name contains one of the chosen words (all without any); the exit code counts the failures."""
    failures = []
    for title, (command, more) in CHECKS.items():
        if chosen and not any(word.lower() in title.lower() for word in chosen):
            continue
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env={**environment, **more}, text=True, capture_output=True, check=False)
        print(f"{'failed' if done.returncode else 'ok':<7}{title} ({time.monotonic() - begun:.0f} s)", flush=True)
        if done.returncode:
            failures.append(title)
            print(f"{done.stdout[-6000:]}{done.stderr[-4000:]}", flush=True)
    print(f"\n{len(failures)} of the checks failed: {'; '.join(failures)}" if failures else "\nAll checks passed", flush=True)
    return len(failures)
