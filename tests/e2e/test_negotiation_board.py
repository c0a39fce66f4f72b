"""The board of negotiations in a browser: a card is dragged, or moved by its field, and the page of the step asks for what is missing."""

from datetime import date

import pytest
from django.db import connection
from playwright.sync_api import expect

from tests.e2e.pages import Desk
from tests.factories.negotiations import negotiation
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_card_is_moved_by_mouse_and_by_keyboard_and_the_drop_asks_for_evidence(world: Matrix, desk: Desk) -> None:
    one = negotiation(
        plant=world.acme_us_plant, selling_location=world.usa, owner=world.account_manager, value=1000, subject="Belt drives",
        decision_on=date(2099, 1, 1),
    )  # fmt: skip
    kam = desk.open(world.account_manager).go("/negotiations/board/")
    card = kam.page.locator(".k-board-card", has_text="Belt drives")
    card.drag_to(kam.page.locator('[data-stage="qualified"]'))
    expect(kam.page.locator('[data-stage="qualified"]')).to_contain_text("Belt drives")
    connection.close()
    one.refresh_from_db()
    assert (one.stage, one.probability) == ("qualified", 20)
    field = kam.page.locator(".k-board-card", has_text="Belt drives").locator("select")
    field.focus()
    field.select_option("in_costing")
    expect(kam.page.locator("[name=stage]")).to_have_value("in_costing")
    expect(kam.main).to_contain_text("un prodotto o una famiglia")
    one.refresh_from_db()
    assert one.stage == "qualified", "what shows it is asked first"
