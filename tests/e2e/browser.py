"""A real browser for journeys: Chromium of this machine, signed in as a person, with the console's errors at hand."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Playwright, sync_playwright

OPTIONS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"


def chromium() -> str:
    """Where Chromium is; the test is left out on a machine without one."""
    found = (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not found:
        pytest.skip("there is no Chromium on this machine")
    return found


@contextmanager
def playing() -> Iterator[Playwright]:
    """Playwright beside Django, whose database calls it would otherwise take for asynchronous ones."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as play:
            yield play
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None) if before is None else None


def opened(play: Playwright, profile: Path, **options: Any) -> BrowserContext:
    """A browser with a profile that survives its end."""
    options = {"viewport": {"width": 390, "height": 844}, "locale": "en-GB", **options}
    return play.chromium.launch_persistent_context(str(profile), executable_path=chromium(), args=OPTIONS.split(), **options)


def quiet(seconds: float = 20) -> None:
    """Wait until the live server answers nobody any more: a request on its way would lock the tables that are emptied next."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        busy = [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]
        if not busy:
            return
        busy[0].join(0.2)


def sign_in(context: BrowserContext, address: str, user: Any) -> None:
    """Give the browser the session of a person."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address, "httpOnly": True}])
