"""From an enquiry to the accepted revision in a browser, in Italian: the area manager's local price is consented to and approved on the way."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kam.core import clock
from orders.models import Negotiation, Offer, PriceConsent
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_budgets import confirm, press
from tests.factories.files import pdf
from tests.factories.offers import priced_product
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def in_days(number: int) -> str:
    """A day to come, as an Italian types it."""
    return (clock.today() + timedelta(days=number)).strftime("%d/%m/%Y")


def enquire(local: Kam, world: Matrix, product: str, paper: Path) -> Negotiation:
    """The negotiation is opened and the customer's enquiry filed with it; its stage asks for both."""
    local.go("/negotiations/new/")
    local.page.fill("[name=subject]", "Riduttori per Laredo")
    local.choose("plant", world.acme_us.name)
    local.choose("selling_location", world.usa.name)
    local.page.fill("[name=currency]", "EUR")
    local.page.fill("[name=decision_on]", in_days(60))
    local.page.keyboard.press("Escape")
    local.choose("lines-0-product", product)
    local.page.fill("[name=lines-0-volumes]", f"{clock.today().year + 1} = 1000")
    local.page.fill("[name=lines-0-price]", "21")
    local.save()
    local.settled()
    made = Negotiation.objects.get()
    local.go(f"{made.get_absolute_url()}move/")
    local.page.select_option("[name=stage]", "rfq_received")
    local.page.set_input_files("[name=file]", paper)
    local.main.locator("form button.btn-primary").last.click()
    local.settled()
    made.refresh_from_db()
    assert made.stage == "rfq_received"
    return made


def test_from_an_enquiry_over_consent_and_approval_to_the_accepted_revision(world: Matrix, desk: Desk, tmp_path: Path) -> None:
    product, paper = priced_product(), tmp_path / "enquiry.pdf"
    paper.write_bytes(pdf("RFQ 4711"))
    local = desk.open(world.area_manager_us)
    negotiation = enquire(local, world, product.code, paper)

    local.go(f"{negotiation.get_absolute_url()}?tab=offers")
    local.main.locator("[aria-labelledby=offers]").get_by_role("link", name=word("New offer")).click()
    local.settled()
    expect(local.page.locator("[name=subject]")).to_have_value("Riduttori per Laredo")
    local.page.fill("[name=enquiry]", "RFQ 4711")
    local.choose("lines-0-product", product.code)
    local.page.fill("[name=lines-0-quantity]", "100")
    local.page.fill("[name=lines-0-price]", "21")
    local.save()
    local.settled()
    offer = Offer.objects.get()
    assert offer.negotiation == negotiation

    press(local, "Hand in")
    expect(local.main.locator(".k-error").first).to_contain_text(product.code)
    local.page.fill("[name=reason]", "Un concorrente a Laredo")
    local.main.locator("form button.btn-primary").last.click()
    local.settled()
    consent = PriceConsent.objects.get()
    leader = desk.open(world.account_manager).go(consent.get_absolute_url())
    expect(leader.main).to_contain_text("Un concorrente a Laredo")
    confirm(leader, "Consent", reason="Questa volta")
    boss = desk.open(world.sales_manager).go(offer.get_absolute_url())
    expect(boss.main.locator("[aria-labelledby=approval]")).to_contain_text(word("Discount on the list"))
    confirm(boss, "Approve")
    local.go(offer.get_absolute_url())
    confirm(local, "Send", sent_to="buyer@acme.example")
    offer.refresh_from_db()
    assert (offer.status, offer.consent, offer.approved_by) == ("sent", "given", world.sales_manager)

    local.main.get_by_role("link", name=word("New revision")).click()
    local.settled()
    local.page.fill("[name=valid_until]", in_days(40))
    local.page.keyboard.press("Escape")
    local.save()
    local.settled()
    revision = Offer.objects.get(revision=1)
    local.go(f"{revision.get_absolute_url()}edit/")
    local.page.fill("[name=lines-0-price]", "24")
    local.save()
    local.settled()
    press(local, "Hand in")
    confirm(local, "Send", sent_to="buyer@acme.example")
    confirm(local, "Accettata", accepted_reference="PO 815")
    offer.refresh_from_db()
    revision.refresh_from_db()
    assert (offer.status, revision.status, revision.consent) == ("superseded", "accepted", "")

    local.go(negotiation.get_absolute_url())
    confirm(local, "Vinta", evidence="PO 815")
    negotiation.refresh_from_db()
    assert (negotiation.stage, negotiation.evidence) == ("won", "PO 815")
