"""In a browser, in Italian: the customer's own workbook filled from our offer, and an offer that nobody answered until it was over."""

import io
import zipfile
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kam.core import clock
from orders.actions.offered import expire_offers
from orders.models import Offer, OfferWorkbook
from tests.e2e.pages import Desk, word
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.workbooks import rfq
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_the_customers_workbook_comes_back_filled(world: Matrix, desk: Desk) -> None:
    lines = [offer_line(priced_product(), 250, "24.5", customer_part="88-1040")]
    by = {"by": world.account_manager, "approver": world.management}
    offer = offered(world.acme_us_plant, world.usa, *lines, status="approved", currency="EUR", **by)
    kam = desk.open(world.account_manager).go(offer.get_absolute_url())
    kam.main.get_by_role("link", name=word("Fill the customer's workbook")).click()
    kam.settled()
    content = rfq(("88-1040", "Gear"), ("99-0000", "Not ours"))
    file = {"name": "RFQ 4711.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    kam.page.set_input_files("[name=file]", [file])  # type: ignore[list-item]
    kam.main.locator("form button.btn-primary").last.click()
    kam.settled()
    kam.page.select_option("[name=sheet]", "Quote")
    kam.page.fill("[name=header_row]", "4")
    kam.main.get_by_role("button", name=word("Show its columns")).click()
    kam.settled()
    kam.page.select_option("[name=column_B]", "by_customer_part")
    kam.page.select_option("[name=column_E]", "price")
    kam.main.get_by_role("button", name=word("Look at it first")).click()
    kam.settled()
    written = kam.main.locator("[aria-labelledby=written]")
    expect(written.locator("tbody tr")).to_have_count(1)
    expect(written).to_contain_text("24,5")
    expect(written).to_contain_text("99-0000")
    kam.main.get_by_role("button", name=word("Fill the workbook")).click()
    kam.settled()
    expect(kam.main).to_contain_text(word("The filled file"))
    book = OfferWorkbook.objects.get()
    assert book.filled is not None
    with zipfile.ZipFile(io.BytesIO(book.filled.file.read())) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "<v>24.5</v>" in sheet and "<f>D5*E5/F5</f>" in sheet


def test_an_offer_that_nobody_answered_is_asked_about_and_comes_again(
    world: Matrix, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [offer_line(priced_product(), 100, "24.5")]
    head = {"status": "sent", "currency": "EUR", "valid_until": clock.today()}
    offer = offered(world.acme_us_plant, world.usa, *lines, by=world.account_manager, **head)
    tomorrow = clock.today() + timedelta(days=1)
    with monkeypatch.context() as later:
        later.setattr(clock, "today", lambda: tomorrow)
        assert expire_offers() == 1
    kam = desk.open(world.account_manager).go("/")
    for _from_the_work_to_its_offer in range(2):
        kam.main.get_by_role("link", name=offer.number).first.click()
        kam.settled()
    expect(kam.main).to_contain_text("Scaduta")
    kam.main.get_by_role("link", name=word("New revision")).click()
    kam.settled()
    kam.page.fill("[name=valid_until]", (clock.today() + timedelta(days=30)).strftime("%d/%m/%Y"))
    kam.page.keyboard.press("Escape")
    kam.save()
    kam.settled()
    following = Offer.objects.get(revision=1)
    assert (following.status, following.valid_until) == ("draft", clock.today() + timedelta(days=30))
