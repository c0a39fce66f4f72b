"""What happens around the pages: a letter dropped on a record, a session that has ended, the first press of the tab key."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Activity
from tests.e2e.pages import PASSWORD, Desk
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LETTER = (
    "From: Grace Hopper <grace@acme.example>\r\nTo: us@kam.example\r\nSubject: Belts for the north line\r\n"
    "Message-ID: <north@acme.example>\r\nDate: Wed, 07 Jan 2026 09:00:00 +0000\r\n\r\nMore of them, please.\r\n"
)
DROP = """(zone, [name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type: "message/rfc822"}));
  zone.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def test_a_letter_dropped_on_a_customer_files_itself(world: Matrix, desk: Desk) -> None:
    kam = desk.open(world.account_manager).go(f"{world.acme_us.get_absolute_url()}?tab=documents")
    zone = kam.page.locator("[data-drop-zone]").first
    zone.evaluate(DROP, ["letter.eml", LETTER])
    with kam.page.expect_response(lambda answer: answer.request.method == "POST"):
        zone.locator("button").click()
    connection.close()
    activity = Activity.objects.get(subject="Belts for the north line")
    assert (activity.kind, activity.customer, activity.owner) == ("mail", world.acme_us, world.account_manager)
    kam.go(activity.get_absolute_url())
    expect(kam.heading).to_have_text("Belts for the north line")
    expect(kam.main).to_contain_text("More of them, please.")


def test_a_session_that_has_ended_leads_back_to_where_one_was(world: Matrix, desk: Desk) -> None:
    user = world.account_manager
    kam = desk.open(user).go("/plants/")
    address = world.acme_us_plant.get_absolute_url()
    Session.objects.all().delete()
    connection.close()
    kam.page.goto(f"{desk.address}{address}")
    kam.page.fill("[name=login]", user.email)
    kam.page.fill("[name=password]", PASSWORD)
    kam.page.click("form .btn-primary")
    kam.page.wait_for_url(f"{desk.address}{address}")
    expect(kam.heading).to_contain_text(world.acme_us_plant.name)


def test_the_first_press_of_the_tab_key_leads_past_the_menu(world: Matrix, desk: Desk) -> None:
    kam: Any = desk.open(world.account_manager).go("/customers/")
    kam.page.keyboard.press("Tab")
    expect(kam.page.locator(".k-skip")).to_be_focused()
    kam.page.keyboard.press("Enter")
    kam.page.keyboard.press("Tab")
    assert kam.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_day_typed_the_international_way_stays_that_day(world: Matrix, desk: Desk) -> None:
    """In an Italian field; where it cannot be read it stays as it was typed, also when the page shows it again."""
    kam: Any = desk.open(world.account_manager).go("/budgets/meetings/new/")
    day = kam.page.locator("[name=held_on]")
    for typed, shown in (("2026-11-26", "26/11/2026"), ("3/2/2026", "03/02/2026"), ("2026-02-31", "2026-02-31"), ("boh", "boh")):
        day.fill(typed)
        kam.page.keyboard.press("Tab")
        expect(day).to_have_value(shown)
    kam.page.fill("[name=minutes]", "")
    with kam.page.expect_navigation():
        day.evaluate("field => { field.value = '2026-11-26'; field.form.noValidate = true; field.form.submit(); }")
    kam.settled()
    expect(day).to_have_value("26/11/2026")
