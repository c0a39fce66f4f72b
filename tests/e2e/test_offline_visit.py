"""A visit reported without coverage: kept on the device, sent by itself, once; also after the browser was closed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from accounts.models import Activity
from kam.core.documents import Document
from tests.e2e.browser import opened, playing, quiet, sign_in
from tests.matrix import Matrix, build

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def people(transactional_db: None, settings: Any, live_server: Any) -> Iterator[Matrix]:
    """The matrix behind a live server, whose throttles and sessions have their tables."""
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["*"], [live_server.url]
    yield build()
    quiet()


def until(page: Page, promised: str) -> None:
    """Ask again until what is promised comes true: waiting for a function takes the promise itself for a yes."""
    for _attempt in range(200):
        if page.evaluate(promised):
            return
        page.wait_for_timeout(100)
    raise AssertionError(promised)


def ready(page: Page, address: str) -> None:
    """Open the list and wait until the form is kept for use without a network."""
    page.goto(f"{address}/activities/")
    until(page, "caches.open('kam-visit').then(cache => cache.match('/activities/offline/owner')).then(found => Boolean(found))")
    until(page, "navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def subjects() -> list[str]:
    """What has arrived at the server."""
    connection.close()
    return list(Activity.objects.order_by("pk").values_list("subject", flat=True))


def test_kept_without_a_network_and_sent_once(people: Matrix, live_server: Any, tmp_path: Path) -> None:
    with playing() as play:
        context = opened(play, tmp_path / "profile")
        sign_in(context, live_server.url, people.account_manager)
        page = context.pages[0]
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        ready(page, live_server.url)
        page.goto(f"{live_server.url}/activities/new/?kind=visit")
        context.set_offline(True)
        page.fill("[name=text]", "Volumes move\nto the second quarter")
        page.click(".k-tick:has([value=volume])")
        page.set_input_files("[name=photos]", {"name": "line.png", "mimeType": "image/png", "buffer": PNG})
        page.click("[data-save]")
        expect(page.locator("[data-kept]")).to_contain_text("No network.")
        expect(page.locator("[data-kept]")).to_contain_text("leaves by itself")
        assert page.input_value("[name=text]") == "" and subjects() == []
        context.set_offline(False)
        expect(page.locator("#toasts")).to_contain_text("Sent: 1")
        expect(page.locator("[data-kept]")).to_be_hidden()
        assert subjects() == ["Volumes move"]
        made = Activity.objects.get()
        assert (made.signals, made.owner, Document.objects.about(made).count()) == (["volume"], people.account_manager, 1)
        page.reload()
        page.wait_for_load_state("networkidle")
        assert subjects() == ["Volumes move"] and not faults
        context.close()


def test_the_form_opens_without_a_network_and_outlives_the_browser(people: Matrix, live_server: Any, tmp_path: Path) -> None:
    with playing() as play:
        context = opened(play, tmp_path / "profile")
        sign_in(context, live_server.url, people.account_manager)
        page = context.pages[0]
        ready(page, live_server.url)
        context.set_offline(True)
        page.goto(f"{live_server.url}/activities/new/?kind=visit")
        options = page.locator("[name=plant] option").all_inner_texts()
        assert any("ACME Conveyors" in one for one in options) and not any("BETA" in one for one in options)
        page.select_option("[name=plant]", str(people.acme_us_plant.pk))
        page.fill("[name=text]", "Written in the hall")
        page.click("[data-save]")
        expect(page.locator("[data-kept]")).to_contain_text("No network.")
        context.close()
        assert subjects() == []
        again = opened(play, tmp_path / "profile")
        sign_in(again, live_server.url, people.account_manager)
        page = again.pages[0]
        page.goto(f"{live_server.url}/customers/")
        expect(page.locator("#toasts")).to_contain_text("Sent: 1")
        assert subjects() == ["Written in the hall"]
        assert Activity.objects.get().plant == people.acme_us_plant
        again.close()


def test_another_person_sends_nothing_and_a_log_out_forgets_the_form(people: Matrix, live_server: Any, tmp_path: Path) -> None:
    with playing() as play:
        context = opened(play, tmp_path / "profile")
        sign_in(context, live_server.url, people.account_manager)
        page = context.pages[0]
        ready(page, live_server.url)
        page.goto(f"{live_server.url}/activities/new/")
        context.set_offline(True)
        page.fill("[name=text]", "Mine alone")
        page.click("[data-save]")
        expect(page.locator("[data-kept]")).to_contain_text("No network.")
        context.clear_cookies()
        context.set_offline(False)
        page.goto(f"{live_server.url}/accounts/login/")
        until(page, "caches.has('kam-visit').then(found => !found)")
        sign_in(context, live_server.url, people.account_manager2)
        page.goto(f"{live_server.url}/activities/")
        page.wait_for_load_state("networkidle")
        assert subjects() == []
        sign_in(context, live_server.url, people.account_manager)
        page.goto(f"{live_server.url}/activities/")
        expect(page.locator("#toasts")).to_contain_text("Sent: 1")
        assert subjects() == ["Mine alone"]
        context.close()
