"""An offer goes out in a browser: mailed from here, answered by the customer, and written into the customer's own workbook."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from orders import tasks
from orders.actions.replies import file_reply, token_of
from orders.models import OfferMail, OfferWorkbook
from tests.e2e.pages import Desk
from tests.factories.offers import keep_print, offer_line, offered, priced_product
from tests.factories.workbooks import rfq
from tests.matrix import Matrix
from tests.post_office import PostOffice

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_an_offer_is_mailed_answered_and_written_into_the_customers_workbook(
    world: Matrix, desk: Desk, settings: Any, tmp_path: Path
) -> None:
    line = offer_line(priced_product(25), 100, customer_part="88-1040")
    people = {"by": world.account_manager, "approver": world.sales_manager}
    offer = offered(world.acme_it_plant, world.italy, line, status="approved", currency="EUR", delivery="6 weeks", **people)
    with PostOffice() as office:
        office.set_up(settings)
        settings.REPLY_ADDRESS = "offers@kam.example"
        kam = desk.open(world.account_manager).go(f"/offers/{offer.pk}/send/")
        kam.page.locator("[name=sent_to]").fill("buyer@acme.example")
        expect(kam.page.locator("[name=by_mail]")).to_have_value("yes")
        kam.page.locator("[name=text]").fill("Buongiorno")
        kam.page.locator("[data-save]").click()
        expect(kam.main).to_contain_text("buyer@acme.example")
        connection.close()
        keep_print(offer)
        assert tasks.sweep_offer_mails() == 1
        assert b"buyer@acme.example" in office.taken[0].content
    answer = EmailMessage()
    answer["From"], answer["Subject"] = "Ada <buyer@acme.example>", "Re: <i>sconto</i>"
    answer["To"] = f"offers+{token_of(OfferMail.objects.get())}@kam.example"
    answer.set_content("Un <b>sconto</b>, per favore.")
    assert file_reply(answer.as_bytes()) == "filed"
    kam.go(f"/offers/{offer.pk}/")
    kam.main.locator("summary", has_text="Re: <i>sconto</i>").click()
    expect(kam.main).to_contain_text("Un <b>sconto</b>, per favore.")

    file = tmp_path / "rfq.xlsx"
    file.write_bytes(rfq(("88-1040", "Gear"), ("99-1", "Other")))
    kam.go(f"/offers/{offer.pk}/workbook/")
    kam.page.locator("[name=file]").set_input_files(file)
    kam.page.locator("[data-save]").click()
    kam.page.locator("select[name=sheet]").select_option("Quote")
    kam.page.locator("form[method=get] [name=header_row]").fill("4")
    kam.main.locator("form[method=get] button").click()
    for column, value in {"B": "by_customer_part", "E": "each", "G": "delivery"}.items():
        kam.page.locator(f"[name=column_{column}]").select_option(value)
    kam.main.locator("button[value=look]").click()
    expect(kam.main.locator("tbody")).to_contain_text("6 weeks")
    expect(kam.main).to_contain_text("6: 99-1")
    kam.main.locator("button[value=fill]").click()
    expect(kam.main).to_contain_text("Il file compilato")
    connection.close()
    assert OfferWorkbook.objects.get().columns == {"B": "by_customer_part", "E": "each", "G": "delivery"}
