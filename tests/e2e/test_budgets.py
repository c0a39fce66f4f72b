"""The year's budget in a browser, in Italian: asked for, prepared, returned, approved, published; and every page on both widths."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import User
from budgets.actions import (
    add_line,
    challenge_line,
    open_round,
    plan_account_cost,
    request_round,
    return_budget,
    share_budget,
    submit_budget,
)
from budgets.models import Budget, BudgetRound, Target
from kam.core import clock
from tests.e2e.pages import Desk, Kam, word
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def sell(world: Matrix) -> None:
    """Last month the German location sold ACME for 250,000 and BETA for 300,000."""
    product = ProductFactory(producing_location=world.italy)
    day = clock.today().replace(day=1) - timedelta(days=10)
    for plant, net in ((world.acme_de_plant, 250_000), (world.beta_plant, 300_000)):
        SalesLineFactory(
            plant=plant, selling_location=world.germany, product=product, date=day, quantity=Decimal(net) / 100, net=Decimal(net)
        )


def press(kam: Kam, label: str) -> Kam:
    """A step of the record's head that is done at once."""
    kam.main.locator(".k-record-steps").get_by_role("button", name=word(label), exact=True).click()
    return kam.settled()


def confirm(kam: Kam, label: str, **fields: str) -> Kam:
    """A step that asks first: its page, what it wants to know, its button."""
    kam.main.locator(".k-record-steps").get_by_role("link", name=word(label), exact=True).click()
    kam.settled()
    for name, value in fields.items():
        kam.page.fill(f"[name={name}]", value)
    kam.main.locator("form button.btn-primary, form button.btn-danger").last.click()
    return kam.settled()


def budget_of(person: User) -> Budget:
    return Budget.objects.get(contributor=person)


def test_from_the_request_to_the_published_targets(world: Matrix, desk: Desk) -> None:
    sell(world)
    boss = desk.open(world.sales_manager).go("/budgets/rounds/new/")
    year = clock.today().year + 1
    expect(boss.page.locator("[name=year]")).to_have_value(str(year))
    boss.page.fill("[name=deadline]", (clock.today() + timedelta(days=20)).strftime("%d/%m/%Y"))
    boss.page.keyboard.press("Escape")
    boss.page.fill("[name=top_down]", "560.000,00")
    boss.save()
    expect(boss.heading).to_have_text(f"Budget {year} V1")
    confirm(boss, "Open for preparation")
    expect(boss.main.locator("table").first.locator("tbody tr")).to_have_count(4)

    area = desk.open(world.area_manager_de).go("/budgets/?mine=true")
    area.page.locator("#rows tbody th a").click()
    area.settled()
    area.main.locator("[aria-labelledby=sheet] tbody th a").first.click()
    area.settled()
    confirm(area, "Edit months", quantity_1="100", price_1="95,50")
    row = area.main.locator("[aria-labelledby=months] tbody tr").first
    expect(row).to_contain_text("9.550,00")
    area.go(budget_of(world.area_manager_de).get_absolute_url())
    expect(area.main.locator(".k-strip b").first).to_have_text("309.550")
    press(area, "Submit")
    expect(area.main.locator(".k-record-title")).to_contain_text(word("Submitted"))

    boss.go(budget_of(world.area_manager_de).get_absolute_url())
    confirm(boss, "Return", reason="Che cosa cresce in gennaio?")
    area.go(budget_of(world.area_manager_de).get_absolute_url())
    expect(area.main.locator(".k-record-title")).to_contain_text(word("Returned"))
    press(area, "Submit")

    for budget in Budget.objects.exclude(contributor=world.area_manager_de).select_related("contributor"):
        theirs = desk.open(budget.contributor).go(budget.get_absolute_url())
        press(theirs, "Submit")
    for budget in Budget.objects.all():
        boss.go(budget.get_absolute_url())
        press(boss, "Approve")
    boss.go(BudgetRound.objects.get().get_absolute_url())
    press(boss, "Consolidate")
    for step in ("Share budget", "Approve budget", "Publish targets"):
        confirm(boss, step)
    expect(boss.main.locator(".k-record-title")).to_contain_text(word("Published"))
    assert Target.objects.in_force().count() == 2
    area.go("/budgets/targets/")
    assert area.page.locator("#rows tbody tr").count() == 2
    area.go(f"/budgets/my-year/?year={year}-01-01")
    expect(area.main.locator(".k-strip")).to_contain_text("309.550")


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_plans_fits_and_has_no_barrier(world: Matrix, desk: Desk, phone: bool) -> None:
    sell(world)
    one = request_round(
        BudgetRound, actor=world.sales_manager, first_month=clock.today().replace(month=1, day=1), deadline=clock.today()
    )
    open_round(one, actor=world.sales_manager)
    budget = budget_of(world.area_manager_de)
    line = budget.lines.get()
    boss = world.sales_manager
    share_budget(budget, actor=boss, user=world.account_manager, until=clock.today())
    submit_budget(budget, actor=world.area_manager_de)
    challenge_line(line, actor=boss, why="Senza progetto", counter=Decimal(250_000))
    return_budget(budget, actor=boss, reason="Si vedano le righe.")
    add_line(budget, actor=world.area_manager_de, plant=line.plant, product=ProductFactory(), revenue=Decimal(1_200))
    cost = plan_account_cost(budget, actor=world.area_manager_de, kind="premium_freight", amount=Decimal(1_200), month=12)
    kam = desk.open(world.area_manager_de, phone=phone, bypass_csp=True)
    own = f"/budgets/{budget.pk}"
    of_line = f"/budgets/lines/{line.pk}"
    paths = [
        "/budgets/", one.get_absolute_url(), f"{own}/", f"{own}/fill/", f"{own}/lines/new/", f"{own}/submit/", f"{own}/share/",
        f"{of_line}/", *(f"{of_line}/{page}/" for page in ("months", "spread", "edit", "remove", "answer")), "/budgets/lines/", "/budgets/my-year/",
        f"{own}/account-costs/new/", f"/budgets/account-costs/{cost.pk}/edit/", f"/budgets/account-costs/{cost.pk}/remove/", "/budgets/account-costs/",
    ]  # fmt: skip
    for path in paths:
        kam.go(path)
        kam.settled()
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
