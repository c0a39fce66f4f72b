"""Configuration by environment: where a value comes from, and that README says the same as the code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kam import configuration
from kam.configuration import ROOT, VARIABLES


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KAM_DATA", str(tmp_path))
    monkeypatch.delenv("EMAIL_URL", raising=False)
    (tmp_path / "run").mkdir()
    return tmp_path


def test_the_readme_names_every_variable_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? *\| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [(variable.name, variable.default, variable.meaning) for variable in VARIABLES]


def test_nothing_else_reads_the_environment() -> None:
    allowed = {"kam/configuration.py", "kam/launch", "kam/celery.py", "kam/wsgi.py", "kam/core/backups.py"}
    found = []
    for folder in ("kam", "accounts", "catalog", "orders", "budgets"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if not name.startswith(tuple(allowed)):
                names = re.findall(r"""os\.(?:environ(?:\.get)?|getenv)[\[(]\s*["'](\w+)["'](?!\]\s*=[^=])""", file.read_text())
                found += [f"{name}: {variable}" for variable in names if variable != "DJANGO_SETTINGS_MODULE"]
    assert found == ["kam/settings.py: KAM_TEST_DATABASE"]


def test_the_environment_goes_before_the_secret_file_before_what_runs_here(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert configuration.value("EMAIL_URL") == ""
    (data / "run" / "environment.json").write_text(json.dumps({"EMAIL_URL": "smtp://running"}))
    assert configuration.value("EMAIL_URL") == "smtp://running"
    (data / "secret").write_text("smtp://secret\n")
    monkeypatch.setenv("EMAIL_URL_FILE", str(data / "secret"))
    assert configuration.value("EMAIL_URL") == "smtp://secret"
    monkeypatch.setenv("EMAIL_URL", "smtp://environment")
    assert configuration.value("EMAIL_URL") == "smtp://environment"


def test_a_note_that_was_cut_off_counts_as_none(data: Path) -> None:
    (data / "run" / "environment.json").write_text('{"EMAIL_URL": "smt')
    assert configuration.value("EMAIL_URL") == ""


def test_a_name_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        configuration.value("EMAIL_ULR")


@pytest.mark.parametrize(("text", "flag"), [("1", True), ("true", True), ("On", True), ("0", False), ("", False), ("no", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, text: str, flag: bool) -> None:
    monkeypatch.setenv("DEBUG", text)
    assert configuration.flag("DEBUG") is flag


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://kam.example.com", "sessionid"),
        ("http://localhost:8000", "sessionid"),
        ("http://localhost:8111", "sessionid_8111"),
    ],
)
def test_two_on_one_machine_do_not_log_each_other_out(address: str, name: str) -> None:
    asked = "from django.conf import settings; print(settings.SESSION_COOKIE_NAME)"
    environment = os.environ | {"PUBLIC_URL": address, "DJANGO_SETTINGS_MODULE": "kam.settings"}
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environment, text=True, capture_output=True, check=True)
    assert done.stdout.strip() == name
