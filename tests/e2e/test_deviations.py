"""A deviation in a browser, in Italian: seen on the first screen, explained, corrected, talked about; its pages on both widths."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from budgets.models import CorrectiveAction
from kam.core import clock
from tests.budgets.deviating import Year, year_of
from tests.e2e.pages import Desk, word
from tests.e2e.test_budgets import confirm, press
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def departing(world: Matrix) -> Year:
    """The year as of July, its case found."""
    year = year_of(world)
    year.sweep()
    return year


def test_from_the_first_screen_to_a_corrected_deviation_and_the_meeting(world: Matrix, desk: Desk) -> None:
    year = departing(world)
    leader = desk.open(world.account_manager).go("/")
    leader.main.get_by_role("link", name="ACME Deutschland GmbH").first.click()
    leader.settled()
    expect(leader.main.locator(".k-chart canvas")).to_be_visible()
    expect(leader.main.locator(".k-strip b").nth(2)).to_have_text("\u2212200.000")
    press(leader, "Analyse")
    confirm(leader, "Explain", amount_lost_share="-180.000", note_lost_share="Un concorrente a Lipsia")
    expect(leader.main.locator("[aria-labelledby=causes]")).to_contain_text("Un concorrente a Lipsia")
    leader.main.get_by_role("link", name=word("Add corrective action")).click()
    leader.settled()
    leader.page.fill("[name=what]", "Accordo quadro con premio")
    leader.page.fill("[name=due_on]", (clock.today() + timedelta(days=20)).strftime("%d/%m/%Y"))
    leader.page.keyboard.press("Escape")
    leader.page.fill("[name=expected_1]", "30.000,00")
    leader.save()
    leader.settled()
    expect(leader.main.locator("[aria-labelledby=actions]")).to_contain_text("Accordo quadro con premio")
    press(leader, "Plan is complete")
    press(leader, "Start actions")
    leader.go(CorrectiveAction.objects.get().get_absolute_url())
    confirm(leader, "Done", outcome="Firmato.")
    leader.go(year.case.get_absolute_url())
    press(leader, "Actions are done")
    expect(leader.main.locator(".k-record-title")).to_contain_text(word("Action done"))

    boss = desk.open(world.sales_manager).go("/budgets/meeting/")
    expect(boss.main.locator("[aria-labelledby=deviations]")).to_contain_text("ACME Deutschland GmbH")
    boss.main.get_by_role("link", name=word("Write minutes")).click()
    boss.settled()
    boss.page.fill("[name=minutes]", "Lipsia per prima.")
    boss.page.fill("[name=decisions]", "Visita entro il mese.")
    boss.save()
    boss.settled()
    expect(boss.main.locator("[aria-labelledby=decided]")).to_contain_text("Visita entro il mese.")


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_deviations_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    case = departing(world).case.get_absolute_url()
    kam = desk.open(world.sales_manager, phone=phone, bypass_csp=True)
    for path in (
        "/budgets/deviations/", case, f"{case}explain/", f"{case}actions/new/", f"{case}accept/", "/budgets/actions/",
        "/budgets/meeting/", "/budgets/meetings/", "/budgets/meetings/new/",
    ):  # fmt: skip
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
