"""What every journey starts from: the small matrix behind a live server, and one browser that notes whatever the console says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser

from accounts.models import User
from tests.e2e.browser import OPTIONS, chromium, playing, quiet
from tests.e2e.pages import PASSWORD, Desk
from tests.matrix import Matrix, build


@pytest.fixture
def world(transactional_db: None, settings: Any, live_server: Any) -> Matrix:
    """The matrix behind the live server: demonstration log-ins with one password, in Italian."""
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS, settings.DEMO = ["*"], [live_server.url], True
    built = build()
    User.objects.update(password=make_password(PASSWORD), language="it")
    for user in built.users.values():
        user.refresh_from_db()
    return built


@pytest.fixture(scope="module")
def machine() -> Iterator[Browser]:
    """One browser for the journeys of a module."""
    with playing() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=OPTIONS.split())
        yield browser
        browser.close()


@pytest.fixture
def desk(machine: Browser, live_server: Any) -> Iterator[Desk]:
    """Opens pages for people; at the end nothing may stand in a console, a refused form apart."""
    opened = Desk(machine, live_server.url)
    yield opened
    opened.close()
    quiet()
    assert not opened.faults, "\n".join(opened.faults)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A journey is tried once more: a browser on a loaded machine may lose a key or a second. What is broken fails twice."""
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.flaky(reruns=1))
