"""The image and the composition of a real installation, as far as they can be proved without an engine."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kam.configuration import DEFAULTS, ROOT

SERVICES = {"proxy", "prepare", "web", "worker", "beat", "database", "broker"}


@pytest.fixture(scope="module")
def composition() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


def test_the_composition_is_valid_and_linted() -> None:
    program = ROOT / "node_modules" / "dclint" / "bin" / "dclint.cjs"
    command = ["node", str(program), "--config", "tests/ops/dclint.yaml", "--max-warnings", "0", "docker-compose.yml"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_linted() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_service_is_watched_and_is_not_root(composition: dict[str, Any]) -> None:
    assert set(composition["services"]) == SERVICES
    for name, service in composition["services"].items():
        assert service["healthcheck"]["test"], name
        assert str(service["user"]).split(":")[0] not in {"", "0", "root"}, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service, name


def test_only_the_proxy_is_reached_from_outside(composition: dict[str, Any]) -> None:
    assert {name for name, service in composition["services"].items() if service.get("ports")} == {"proxy"}
    assert composition["networks"]["inside"]["internal"] is True
    for name in ("database", "broker"):
        assert composition["services"][name]["networks"] == ["inside"]


def test_secrets_are_files_and_never_values(composition: dict[str, Any]) -> None:
    assert all(set(secret) == {"file"} and secret["file"].startswith("./secrets/") for secret in composition["secrets"].values())
    secret = re.compile("PASSWORD|SECRET|KEY|TOKEN|_URL")
    for name, service in composition["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            if secret.search(variable) and variable != "PUBLIC_URL":
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert value.removeprefix("/run/secrets/") in service["secrets"], f"{name}: {variable}"


def test_every_variable_is_one_that_kam_reads(composition: dict[str, Any]) -> None:
    for name in ("prepare", "web", "worker", "beat"):
        environment = composition["services"][name]["environment"]
        assert {variable.removesuffix("_FILE") for variable in environment} <= set(DEFAULTS)
        assert environment["KAM_DEMO"] == "0"
        assert environment["PUBLIC_URL"].startswith("https://")


def test_the_data_is_kept_in_volumes(composition: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in composition["services"].values() for volume in service.get("volumes", [])}
    assert used == set(composition["volumes"])


def test_the_image_ends_as_nobody_and_takes_no_secret_along() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"secrets", ".env", "var", ".git", ".venv", "node_modules"} <= set(ignored)


def test_every_file_that_the_image_copies_is_there() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    missing = [source for source in package["kamVendor"] if not (ROOT / "node_modules" / source).exists()]
    assert missing == []
