"""A journey through the sales in a browser: this year against last, another dimension, down to the lines and their document."""

from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from kam.core import clock
from tests.e2e.pages import Desk, word
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def sell(world: Matrix) -> None:
    """ACME buys in Italy last year and this year."""
    year = clock.today().year
    for day, net in ((date(year - 1, 1, 15), 300), (date(year, 1, 15), 400)):
        SalesLineFactory(
            date=day,
            plant=world.acme_it_plant,
            selling_location=world.italy,
            net=Decimal(net),
            account_manager=world.account_manager,
        )


def test_from_the_sales_of_the_year_down_to_the_document(world: Matrix, desk: Desk) -> None:
    sell(world)
    kam = desk.open(world.account_manager).go("/")
    kam.page.locator(".k-side").get_by_role("link", name=word("Sales"), exact=True).click()
    kam.settled()
    expect(kam.main.locator(".k-strip b").first).to_have_text("400")
    expect(kam.main.locator(".k-chart canvas")).to_be_visible()
    kam.page.locator("#choose-by").select_option("selling_location")
    row = kam.main.locator("[aria-labelledby=sales-by] tbody tr")
    expect(kam.main.locator("#sales-by")).to_have_text(word("Selling location"))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("+100")
    assert "by=selling_location" in kam.page.url
    row.locator("td a").first.click()
    kam.settled()
    expect(kam.heading).to_have_text(word("Sales lines"))
    assert kam.page.locator("#rows tbody tr").count() == 1
    kam.page.locator("#rows tbody th a").click()
    kam.settled()
    expect(kam.main.locator(".k-facts")).to_contain_text("SAP")
    expect(kam.main.locator("tbody tr")).to_have_count(1)


def test_a_bar_opens_its_lines_and_the_phone_shows_everything(world: Matrix, desk: Desk) -> None:
    sell(world)
    kam = desk.open(world.sales_manager, phone=True, bypass_csp=True).go("/sales/")
    kam.settled()
    assert kam.wide() <= 0
    assert kam.barriers() == []
    kam.page.locator(".k-chart-table summary").click()
    kam.page.locator(".k-chart-table tbody tr").first.locator("a").last.click()
    kam.settled()
    expect(kam.heading).to_have_text(word("Sales lines"))
    assert kam.page.locator("#rows tbody tr").count() == 1


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_sales_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    sell(world)
    kam = desk.open(world.sales_manager, phone=phone, bypass_csp=True)
    pages = ("/sales/?by=product", "/sales/customers/", "/sales/white-space/", "/sales/reconciliation/", "/sales/lines/")
    for page in (*pages, f"{world.acme_it.get_absolute_url()}?tab=sales"):
        kam.go(page).settled()
        expect(kam.main.locator(".k-loading:visible")).to_have_count(0)
        assert kam.wide() <= 0, page
        assert kam.barriers() == [], page
