"""What `make screenshots` can be asked for, and the demonstration company behind a server of its own, kept from run to run."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.e2e.browser import OPTIONS, chromium, playing

# A database of its own: the company takes minutes to make, and tests would empty it.
os.environ["KAM_TEST_DATABASE"] = "kam_screenshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Words of the command: each may be given several times; without any of a kind all are taken."""
    group = parser.getgroup("screenshots")
    group.addoption("--role", action="append", default=[], help="a log-in without its host: account.manager, admin, …")
    group.addoption("--width", action="append", default=[], type=int, choices=[1440, 390], help="1440 or 390 pixels")
    group.addoption("--theme", action="append", default=[], choices=["light", "dark"], help="light or dark")
    group.addoption("--language", default="it", choices=["it", "en", "de"], help="the language of the pages")
    group.addoption("--page", action="append", default=[], help="only pages with this in their name")
    group.addoption("--anew", action="store_true", help="take pictures again that are there already")


@pytest.fixture(scope="session")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The address of the demonstration company."""
    with django_db_blocker.unblock(), override_settings(ALLOWED_HOSTS=["*"], DEMO=True):
        call_command("demo", if_empty=True)
        User.objects.filter(email__endswith="@kam.example").update(language="it")
        server = LiveServer("localhost")
        with override_settings(CSRF_TRUSTED_ORIGINS=[server.url]):
            yield server.url
        server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all pictures."""
    with playing() as play:
        opened = play.chromium.launch(executable_path=chromium(), args=OPTIONS.split())
        yield opened
        opened.close()
