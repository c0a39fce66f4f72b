"""An offer in a browser, in Italian: drafted, consented to, approved by somebody else, sent, revised, compared and accepted; its pages."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kam.core import clock
from orders.models import Offer, PriceConsent
from tests.e2e.pages import Desk, word
from tests.e2e.test_budgets import confirm, press
from tests.factories.offers import offer_line, offered, priced_product
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_from_an_enquiry_to_the_accepted_revision(world: Matrix, desk: Desk) -> None:
    product = priced_product()
    author = desk.open(world.account_manager).go("/offers/new/")
    author.choose("plant", world.acme_us.name)
    author.choose("selling_location", world.usa.name)
    author.page.fill("[name=currency]", "EUR")
    author.page.fill("[name=subject]", "Riduttori per nastri")
    author.page.fill("[name=enquiry]", "RFQ 4711")
    author.choose("lines-0-product", product.code)
    author.page.fill("[name=lines-0-quantity]", "100")
    author.page.fill("[name=lines-0-price]", "21")
    author.save()
    author.settled()
    expect(author.main.locator("[aria-labelledby=offer-lines]")).to_contain_text("2.100,00")
    press(author, "Hand in")
    expect(author.main.locator("[aria-labelledby=approval]")).to_contain_text(word("Discount on the list"))
    made = Offer.objects.get()
    assert (made.status, made.level) == ("in_approval", 1)

    boss = desk.open(world.sales_manager).go(made.get_absolute_url())
    confirm(boss, "Approve")
    author.go(made.get_absolute_url())
    confirm(author, "Send", sent_to="buyer@acme.example")
    made.refresh_from_db()
    assert (made.status, made.approved_by) == ("sent", world.sales_manager)

    author.main.get_by_role("link", name=word("New revision")).click()
    author.settled()
    author.page.fill("[name=valid_until]", (clock.today() + timedelta(days=40)).strftime("%d/%m/%Y"))
    author.page.keyboard.press("Escape")
    author.save()
    author.settled()
    following = Offer.objects.get(revision=1)
    author.go(f"{following.get_absolute_url()}edit/")
    author.page.fill("[name=lines-0-price]", "23")
    author.save()
    author.settled()
    press(author, "Hand in")
    author.main.get_by_role("link", name=word("Compare revisions")).click()
    author.settled()
    expect(author.main.locator("[aria-labelledby=lines] .k-changed")).to_contain_text("9,5")
    author.go(following.get_absolute_url())
    confirm(author, "Send", sent_to="buyer@acme.example")
    confirm(author, "Accettata", accepted_reference="PO 815")
    made.refresh_from_db()
    following.refresh_from_db()
    assert (made.status, following.status, following.accepted_reference) == ("superseded", "accepted", "PO 815")


def test_a_local_price_is_consented_to_and_approved_before_it_is_sent(world: Matrix, desk: Desk) -> None:
    line = offer_line(priced_product(), 100, "21")
    made = offered(world.acme_us_plant, world.usa, line, currency="EUR", by=world.area_manager_us)
    local = desk.open(world.area_manager_us).go(made.get_absolute_url())
    press(local, "Hand in")
    local.page.fill("[name=reason]", "Un concorrente a Laredo")
    local.main.locator("form button.btn-primary").last.click()
    local.settled()
    consent = PriceConsent.objects.get()
    assert (consent.status, consent.why) == ("waiting", "Un concorrente a Laredo")

    leader = desk.open(world.account_manager).go(consent.get_absolute_url())
    expect(leader.main).to_contain_text("−16,0")
    confirm(leader, "Consent", reason="Questa volta")
    boss = desk.open(world.sales_manager).go(made.get_absolute_url())
    confirm(boss, "Approve")
    local.go(made.get_absolute_url())
    confirm(local, "Send", sent_to="buyer@acme.example")
    made.refresh_from_db()
    consent.refresh_from_db()
    assert (made.status, made.consent, consent.status) == ("sent", "given", "given")


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_offers_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    line = offer_line(priced_product(), 100, "24")
    one = offered(world.acme_us_plant, world.usa, line, status="sent", currency="EUR", by=world.account_manager)
    page = one.get_absolute_url()
    kam = desk.open(world.account_manager, phone=phone, bypass_csp=True)
    for path in ("/offers/", page, f"{page}compare/", f"{page}accept/", f"{page}lose/", f"{page}revise/", "/offers/new/"):
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
