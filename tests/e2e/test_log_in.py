"""Ways in through a browser: a passkey, an authenticator app and its recovery codes, for who may and for who must have one."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import connection
from playwright.sync_api import Page, expect

from tests.e2e.pages import PASSWORD, Desk
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PHONE_WITH_FINGERPRINT = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def factors(user: Any) -> set[str]:
    """The kinds of second factor that a person has."""
    connection.close()
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def code_for(page: Page) -> str:
    """The one-time code that an authenticator app shows for the secret on the page."""
    secret = page.locator("#authenticator_secret").input_value()
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_a_passkey_is_made_and_opens_kam_without_a_password(world: Matrix, desk: Desk) -> None:
    user = world.account_manager
    kam = desk.open()
    authenticator = kam.page.context.new_cdp_session(kam.page)
    authenticator.send("WebAuthn.enable")
    made = authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE_WITH_FINGERPRINT})
    kam.log_in(user.email)
    kam.go("/accounts/2fa/webauthn/add/")
    kam.page.fill("[name=name]", "Telefono")
    kam.page.check("[name=passwordless]")
    kam.page.click("#mfa_webauthn_add")
    kam.page.wait_for_url(lambda address: "/webauthn/add/" not in address)
    assert "webauthn" in factors(user)
    held = authenticator.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
    assert [one["rpId"] for one in held] == ["localhost"]
    kam.go("/").log_out()
    kam.page.click("#passkey_login")
    expect(kam.heading).to_contain_text(user.first_name)


def test_who_must_have_a_second_factor_sets_it_up_and_needs_it_from_then_on(world: Matrix, desk: Desk, settings: Any) -> None:
    settings.DEMO = False
    user = world.sales_manager
    kam = desk.open()
    page = kam.page
    page.goto(f"{desk.address}/accounts/login/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form .btn-primary")
    expect(page.locator("#authenticator_secret")).to_be_visible()
    kam.go("/customers/")
    expect(page.locator("#authenticator_secret")).to_be_visible()
    page.fill("[name=code]", "000000")
    with page.expect_navigation():
        page.click("form .btn-primary")
    expect(page.locator("[name=code]")).to_have_attribute("aria-invalid", "true")
    assert factors(user) == set()
    kam.settled()
    page.wait_for_load_state("networkidle")  # nothing that the page does of itself draws a new secret
    page.fill("[name=code]", code_for(page))
    page.click("form .btn-primary")
    expect(page.locator("#recovery_codes")).to_be_visible()
    assert factors(user) == {"totp", "recovery_codes"}
    codes = page.locator("#recovery_codes").input_value().split()
    kam.go("/customers/")
    expect(page.locator("#rows")).to_be_visible()
    kam.log_out()
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.click("form .btn-primary")
    expect(page.locator("[name=code]")).to_be_visible()
    page.fill("[name=code]", codes[0])
    page.click("form .btn-primary")
    expect(kam.heading).to_contain_text(user.first_name)
