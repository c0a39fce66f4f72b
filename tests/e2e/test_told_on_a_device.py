"""Told on a device: a browser is registered on its page, shows what arrives while no page of KAM is looked at, and is forgotten at log-out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from kam.core.devices import PushDevice
from kam.core.push import public_key
from tests.e2e.browser import opened, playing, quiet, sign_in
from tests.matrix import Matrix, build

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
#: There is no push service of a browser's maker here: the one call that asks it for an address answers with one.
MAKER = """
PushManager.prototype.subscribe = async (asked) => {
  window.askedWith = btoa(String.fromCharCode(...new Uint8Array(asked.applicationServerKey)));
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0)).buffer;
  return { endpoint: "https://push.example/one", getKey: (name) => bytes(name === "auth" ? "AAAAAAAAAAAAAAAAAAAAAA" : "%s") };
};
"""


@pytest.fixture
def people(transactional_db: None, settings: Any, live_server: Any) -> Iterator[Matrix]:
    """The matrix behind a live server."""
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["*"], [live_server.url]
    yield build()
    quiet()


def shown(page: Page) -> list[list[str]]:
    """What the browser shows now: title, text and address of each message."""
    found: list[list[str]] = page.evaluate(
        "navigator.serviceWorker.getRegistration('/notifications/').then((worker) => worker?.getNotifications())"
        ".then((all) => all.map((one) => [one.title, one.body, one.data.address]))"
    )
    return found


def test_registered_told_and_removed(people: Matrix, live_server: Any, tmp_path: Path) -> None:
    with playing() as play:
        context = opened(play, tmp_path / "profile")
        context.grant_permissions(["notifications"], origin=live_server.url)
        context.add_init_script(MAKER % public_key())
        sign_in(context, live_server.url, people.account_manager)
        page = context.pages[0]
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(f"{live_server.url}/notifications/devices/")
        page.get_by_role("button", name="Tell me on this device").click()
        expect(page.get_by_role("row", name="Chrome")).to_be_visible()
        connection.close()
        device = PushDevice.objects.get()
        assert (device.user, device.public_key) == (people.account_manager, public_key())

        session = context.new_cdp_session(page)
        versions: list[dict[str, Any]] = []
        session.on("ServiceWorker.workerRegistrationUpdated", lambda told: versions.extend(told["registrations"]))
        session.send("ServiceWorker.enable")
        page.wait_for_timeout(200)
        worker = next(one for one in versions if one["scopeURL"].endswith("/notifications/"))
        message = '{"title":"Alarm","body":"Leak","address":"/inbox/","tag":"kam-1","language":"en"}'
        told = {"origin": live_server.url, "registrationId": worker["registrationId"], "data": message}
        session.send("ServiceWorker.deliverPushMessage", told)
        page.wait_for_function(
            "navigator.serviceWorker.getRegistration('/notifications/').then((worker) => worker?.getNotifications())"
            ".then((all) => all?.length === 1)"
        )
        assert shown(page) == [["Alarm", "Leak", "/inbox/"]]

        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("You are told on no device yet.")).to_be_visible()
        connection.close()
        assert not PushDevice.objects.exists() and faults == []
        context.close()
