"""A real OpenID provider for tests: a process of its own, over https, with people and a client, and with whatever it is told to say."""

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kam.configuration import ROOT
from tests.receiver import free_port

CLIENT, PERSON = "kam", "somebody"


class Issuer:
    """The provider: start it, say what it tells of its one person, and log in there as that person with `password`."""

    def __init__(self, folder: Path, authority: Path, certificate: Path, callback: str) -> None:
        self.folder, self.authority = folder, authority
        self.address = f"https://localhost:{free_port()}"
        self.secret, self.password = secrets.token_urlsafe(), secrets.token_urlsafe()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.issuer.site",
            "ISSUER_FOLDER": str(folder),
            "ISSUER_KEY": pem,
            "ISSUER_CLIENT": CLIENT,
            "ISSUER_SECRET": self.secret,
            "ISSUER_CALLBACK": callback,
            "ISSUER_PERSON": PERSON,
            "ISSUER_PASSWORD": self.password,
        }
        self.command = [
            *(sys.executable, "-m", "gunicorn", "tests.issuer.serving:application", "--threads", "4"),
            *("--bind", self.address.removeprefix("https://"), "--certfile", str(certificate), "--keyfile", str(certificate)),
        ]
        self.tells()

    def tells(self, **told: dict[str, Any]) -> None:
        """From now on it says this: `person` at the user-info address, `identity` in the token, `itself` in its description."""
        (self.folder / "new.json").write_text(json.dumps(told))
        (self.folder / "new.json").replace(self.folder / "told.json")

    def __enter__(self) -> Self:
        log = (self.folder / "log.txt").open("w")
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while True:
            try:
                asked = f"{self.address}/.well-known/openid-configuration"
                requests.get(asked, verify=str(self.authority), timeout=20).raise_for_status()
            except requests.ConnectionError:
                gone = self.process.poll() is not None or time.monotonic() > until
                assert not gone, (self.folder / "log.txt").read_text()
                time.sleep(0.1)
            else:
                return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.terminate()
        self.process.wait(20)
