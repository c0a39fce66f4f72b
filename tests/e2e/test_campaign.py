"""A price campaign in a browser, in Italian: drafted, every price looked at, consented to, approved, sent, answered and agreed to; its pages."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from playwright.sync_api import expect

from kam.core import clock
from orders.models import CampaignCustomer, PriceAgreement, PriceCampaign
from tests.e2e.pages import Desk, word
from tests.e2e.test_budgets import confirm
from tests.factories.campaigns import campaigned, only_row
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_from_the_draft_to_the_customers_new_agreement(world: Matrix, desk: Desk) -> None:
    product = ProductFactory()
    before = agreement(line(product, 10), customer=world.acme_us)
    start = clock.today() + timedelta(days=120)
    leader = desk.open(world.account_manager).go("/price-campaigns/new/")
    leader.page.fill("[name=title]", "Materiali")
    leader.page.fill("[name=why]", "L'acciaio è rincarato.")
    leader.choose("location", world.usa.name)
    leader.page.fill("[name=percentage]", "5")
    leader.page.fill("[name=effective_on]", start.strftime("%d/%m/%Y"))
    leader.page.keyboard.press("Escape")
    leader.save()
    leader.settled()
    campaign = PriceCampaign.objects.get()
    row = only_row(campaign)
    leader.main.get_by_role("link", name=word("Every price before and after")).click()
    leader.settled()
    expect(leader.page.locator("#rows")).to_contain_text("10,50")
    leader.go(campaign.get_absolute_url())
    confirm(leader, "Hand in")

    local = desk.open(world.area_manager_us).go(row.get_absolute_url())
    local.main.get_by_role("link", name=word("Consent or object")).click()
    local.settled()
    local.page.select_option("[name=consents]", "yes")
    local.main.locator("form button.btn-primary").last.click()
    local.settled()
    boss = desk.open(world.sales_manager).go(campaign.get_absolute_url())
    confirm(boss, "Approve")
    leader.go(row.get_absolute_url())
    confirm(leader, "Send the letter", sent_to="buyer@acme.example")
    expect(leader.main).to_contain_text("buyer@acme.example")
    confirm(leader, "Note the answer", answered="3", answer="Non più del tre")
    confirm(leader, "Agreed", agreed="3", reference="RE 77")
    expect(leader.main.locator("[aria-labelledby=followers] li")).to_have_count(1)
    row.refresh_from_db()
    made = PriceAgreement.objects.get(campaign_lines__row=row)
    assert (row.status, row.agreed, made.status) == (CampaignCustomer.Status.AGREED, Decimal("3.00"), "in_approval")

    boss.go(made.get_absolute_url())
    confirm(boss, "Approve")
    connection.close()
    made.refresh_from_db()
    before.refresh_from_db()
    assert (made.status, made.lines.get().price, made.first_day) == ("active", Decimal("10.30"), start)
    assert before.last_day == start - timedelta(days=1)


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_campaigns_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    by = {"by": world.account_manager, "approver": world.sales_manager}
    made = campaigned(world.usa, to={"customer": world.acme_us}, status="asked", **by)
    page, row = made.get_absolute_url(), only_row(made).get_absolute_url()
    kam = desk.open(world.account_manager, phone=phone, bypass_csp=True)
    for path in ("/price-campaigns/", "/price-campaigns/new/", page, row, f"{row}answer/", f"{row}agree/", f"{row}refuse/"):
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
