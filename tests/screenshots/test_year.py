"""`make screenshots ARGS="--page year"`: the year's loop of the demonstration company in the browser, in Italian, as pictures of the guide.

It asks for the budget of the first year that has none, so that it can be walked again on the same company.
"""

from datetime import date, timedelta
from itertools import count

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from accounts.models import User
from budgets.actions import approve_budget, submit_budget
from budgets.models import Budget, BudgetRound, Deviation, Target
from kam.configuration import ROOT
from kam.core import clock
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_budgets import confirm, press

IMAGES = ROOT / "docs" / "images"


def person(name: str) -> User:
    """Somebody of the demonstration company."""
    return User.objects.get(email=f"{name}@kam.example")


def picture(kam: Kam, name: str) -> None:
    """What stands in the window, for the guide."""
    kam.settled()
    kam.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    path = IMAGES / f"year-{name}.png"
    kam.page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


def unplanned_year() -> int:
    """The first year to come that nobody has asked a budget for."""
    return next(
        year for year in count(clock.today().year + 1) if not BudgetRound.objects.filter(first_month=date(year, 1, 1)).exists()
    )


@pytest.mark.slow
def test_the_year_from_the_request_to_the_corrective(company: str, browser: Browser, pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("page") and "year" not in pytestconfig.getoption("page"):
        pytest.skip("not asked for")
    desk = Desk(browser, company)
    one = ask(desk)
    prepare(desk, one)
    approve(desk, one)
    follow(desk)
    desk.close()
    assert not desk.faults, "\n".join(desk.faults)


def ask(desk: Desk) -> BudgetRound:
    """The sales manager asks for the year's budget and opens it."""
    boss = desk.open(person("sales.manager")).go("/budgets/rounds/new/")
    year = unplanned_year()
    boss.page.select_option("[name=year]", str(year))
    boss.page.fill("[name=deadline]", (clock.today() + timedelta(days=20)).strftime("%d/%m/%Y"))
    boss.page.keyboard.press("Escape")
    boss.page.fill("[name=top_down]", "41.000.000")
    boss.page.fill("[name=guidelines]", "Prezzi +2 % da aprile; niente volumi senza un progetto o un contratto.")
    picture(boss, "1-request")
    boss.save()
    expect(boss.heading).to_have_text(f"Budget {year} V1")
    confirm(boss, "Open for preparation")
    picture(boss, "2-board")
    return BudgetRound.objects.get(first_month=date(year, 1, 1))


def prepare(desk: Desk, one: BudgetRound) -> None:
    """The area manager works in the grid and hands in; the sales manager returns it once."""
    budget = Budget.objects.get(round=one, contributor=person("area.manager.de"))
    area = desk.open(budget.contributor).go(f"/budgets/{budget.pk}/grid/")
    area.page.locator(".tabulator-row").first.locator(".tabulator-cell").nth(4).click()
    beside_sales = Budget.objects.filter(contributor=budget.contributor, round__first_month__year=clock.today().year + 1).first()
    area.go(f"{(beside_sales or budget).get_absolute_url()}grid/")
    area.page.locator(".tabulator-row").first.locator(".tabulator-cell").nth(4).click()
    picture(area, "3-grid")
    area.go(budget.get_absolute_url())
    press(area, "Submit")
    boss = desk.open(person("sales.manager")).go(budget.get_absolute_url())
    confirm(boss, "Return", reason="Che cosa porta la crescita del secondo trimestre?")
    area.go(budget.get_absolute_url())
    picture(area, "4-returned")
    press(area, "Submit")
    boss.go(budget.get_absolute_url())
    press(boss, "Approve")
    picture(boss, "5-approved")


def approve(desk: Desk, one: BudgetRound) -> None:
    """Everybody else hands in, too; the whole is consolidated, shared, approved and published."""
    manager = person("sales.manager")
    for budget in one.budgets.exclude(status=Budget.Status.APPROVED).select_related("contributor"):
        submit_budget(budget, actor=budget.contributor)
        approve_budget(Budget.objects.get(pk=budget.pk), actor=manager)
    boss = desk.open(manager).go(one.get_absolute_url())
    gap = one.top_down - sum(budget.revenue for budget in one.budgets.all()) if one.top_down else 0
    if gap > 0:
        boss.go(f"{one.get_absolute_url()}stretch/")
        boss.page.fill("[name=amount]", f"{gap:.2f}".replace(".", ","))
        boss.page.fill("[name=why]", "Nuovi clienti in Polonia.")
        boss.save()
        boss.settled()
    press(boss, "Consolidate")
    for step in ("Share budget", "Approve budget", "Publish targets"):
        confirm(boss, step)
    expect(boss.main.locator(".k-record-title")).to_contain_text(word("Published"))
    picture(boss, "6-published")
    assert Target.objects.in_force().filter(round=one).exists()


def follow(desk: Desk) -> None:
    """The running year beside its targets; a case that nobody has taken up is explained and gets an action; one that has worked."""
    area = desk.open(person("area.manager.de")).go("/budgets/my-year/")
    picture(area, "7-my-year")
    cases = Deviation.objects.cases().filter(measure="revenue", responsible__isnull=False).order_by("gap", "pk")
    case = cases.filter(status=Deviation.Status.DETECTED).select_related("responsible").first()
    assert case is not None and case.responsible is not None, "the demonstration has deviations that nobody has taken up"
    kam = desk.open(case.responsible).go(case.get_absolute_url())
    kam.main.locator(".k-record-steps").get_by_role("link", name=word("Explain"), exact=True).click()
    kam.settled()
    kam.page.fill("[name=amount_demand]", f"{case.gap:.2f}".replace(".", ","))
    kam.page.fill("[name=note_demand]", "Impianto fermo fino a gennaio.")
    kam.main.locator("form button.btn-primary").last.click()
    kam.settled().go(f"{case.get_absolute_url()}actions/new/")
    kam.page.fill("[name=what]", "Accordo quadro con premio sui volumi ripresi")
    kam.choose("owner", case.responsible.last_name)
    kam.page.fill("[name=due_on]", (clock.today() + timedelta(days=30)).strftime("%d/%m/%Y"))
    kam.page.keyboard.press("Escape")
    kam.page.fill("[name=expected_1]", "12.000")
    kam.save()
    kam.settled().go(case.get_absolute_url())
    press(kam, "Plan is complete")
    picture(kam, "8-deviation")
    effective = cases.filter(
        status__in=[Deviation.Status.EFFECTIVE, Deviation.Status.CLOSED, Deviation.Status.NOT_EFFECTIVE]
    ).first()
    boss = desk.open(person("sales.manager"))
    if effective is not None:
        picture(boss.go(effective.get_absolute_url()), "9-effect")
    picture(boss.go("/budgets/meeting/"), "10-meeting")
