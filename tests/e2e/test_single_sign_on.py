"""The way into KAM through a real OpenID provider, as a browser goes it under the page's security policy."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from kam.core.access_log import AccessLog
from tests.e2e.pages import Desk
from tests.issuer import PERSON, Issuer
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_button_leads_through_the_provider_into_kam(world: Matrix, issuer: Issuer, desk: Desk) -> None:
    issuer.tells(person={"email": world.account_manager.email, "email_verified": True})
    kam = desk.open(ignore_https_errors=True)
    page = kam.page
    page.goto(f"{desk.address}/accounts/login/?next=/customers/")
    page.click(".k-buttons a")
    page.wait_for_url(re.compile(issuer.address))
    page.fill("[name=login]", PERSON)
    page.fill("[name=password]", issuer.password)
    page.click("form [type=submit]")
    page.wait_for_url(f"{desk.address}/customers/")
    expect(page.locator("#rows")).to_be_visible()
    connection.close()
    assert AccessLog.objects.filter(kind="login", user=world.account_manager).count() == 1
