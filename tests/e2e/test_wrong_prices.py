"""Invoiced at the wrong price, in a browser and in Italian: found, understood, written to the customer, kept as sent and settled; its pages."""

import pytest
from django.db import connection
from playwright.sync_api import expect

from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from orders.models import PriceFinding, PriceLetter
from tests.e2e.pages import Desk
from tests.e2e.test_budgets import confirm
from tests.factories.findings import price_letter, wrong_price
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_from_the_wrong_invoice_to_the_letter_that_was_kept(world: Matrix, desk: Desk) -> None:
    dear, cheap = wrong_price(world.acme_us_plant, world.usa), wrong_price(world.acme_us_plant, world.usa, agreed=12)
    kam = desk.open(world.account_manager).go("/wrong-prices/figures/")
    expect(kam.main).to_contain_text(world.acme_us.name)
    kam.go("/wrong-prices/")
    kam.page.get_by_role("link", name=str(dear)).click()
    kam.settled()
    expect(kam.main.locator("[aria-labelledby=why]")).to_contain_text("90,00")
    confirm(kam, "Letter sent", sent_to="buyer@acme.example")
    expect(kam.main.locator("[aria-labelledby=letters]")).to_contain_text("buyer@acme.example")
    connection.close()
    letter = PriceLetter.objects.get()
    run_job(Job.objects.get(kind="orders.keep_price_letter").pk)
    assert set(PriceFinding.objects.values_list("status", flat=True)) == {"claimed"}, "the letter told both"

    kam.go(letter.get_absolute_url())
    expect(kam.main).to_contain_text("SHA-256")
    expect(kam.main.locator("[aria-labelledby=told] tbody tr")).to_have_count(2)
    with kam.page.expect_download() as download:
        kam.main.get_by_role("link", name=".pdf").first.click()
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    kam.main.get_by_role("link", name=str(cheap)).click()
    kam.settled()
    confirm(kam, "Corrected", reason="Fattura 91000817")
    connection.close()
    cheap.refresh_from_db()
    assert (cheap.status, cheap.reason) == ("corrected", "Fattura 91000817")


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_wrong_prices_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    finding = wrong_price(world.acme_us_plant, world.usa)
    letter, page = price_letter(finding), finding.get_absolute_url()
    kam = desk.open(world.account_manager, phone=phone, bypass_csp=True)
    addresses = ("/wrong-prices/", "/wrong-prices/figures/", page, f"{page}claim/", f"{page}explain/", "/price-letters/")
    for path in (*addresses, letter.get_absolute_url()):
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
