"""A customer's plant passes to another of our locations, in a browser and in Italian: looked at, blocked, approved, carried out, found there."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.utils import translation
from playwright.sync_api import expect

from accounts.models import PaymentTerm, User
from budgets.actions import open_round, request_round
from budgets.models import Budget, BudgetRound
from catalog.models import Transfer
from catalog.models.transfers import APPROVAL, Outcome
from kam.core import clock
from kam.core.documents import standard_type
from orders.actions.checklist import install_checklist
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import deliver_order
from orders.models import Order, PriceAgreement, ReviewChecklist
from tests.budgets.conftest import last_month, next_year
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_budgets import confirm, press
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.files import pdf
from tests.factories.order_lives import accepted_order
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@dataclass
class Trade:
    """What hangs on ACME's American plant: an order that was not begun and one that was, its prices, its plan, and who takes it over."""

    world: Matrix
    fresh: Order
    begun: Order
    prices: PriceAgreement
    manager: User


@pytest.fixture
def trade(world: Matrix) -> Trade:
    """America serves the plant; its company approves changes of the production site; next year's budgets are being prepared."""
    if not ReviewChecklist.objects.exists():
        install_checklist()
    PaymentTerm.objects.create(code=world.acme_us.payment_terms, days=[30], name_en="30 days", name_it="30 giorni")
    world.acme_us.approves_site = True
    world.acme_us.save()
    product = ProductFactory(producing_location=world.usa)
    for plant, location in ((world.acme_us_plant, world.usa), (world.acme_it_plant, world.italy)):
        SalesLineFactory(plant=plant, selling_location=location, product=product, date=last_month(), net=Decimal(120_000))
    manager = UserFactory(first_name="Paola", last_name="Riva", role="area_manager", role__location=world.italy, language="it")
    year = {"first_month": next_year(), "deadline": clock.today()}
    open_round(request_round(BudgetRound, actor=world.sales_manager, **year), actor=world.sales_manager)
    prices = agreement(line(product, 10), plant=world.acme_us_plant, location=world.usa)
    fresh, begun = (
        accepted_order(world.acme_us_plant, world.usa, {"product": product}, {"product": product, "quantity": Decimal(40)})
        for _order in range(2)
    )
    for order in (fresh, begun):
        confirm_order(order, actor=None, sent_to="buyer@acme.example")
    first = begun.lines.first()
    deliver_order(begun, actor=None, note_number="DDT-1", lines=[{"line": first, "quantity": Decimal(10)}])
    return Trade(world, fresh, begun, prices, manager)


def planned(kam: Kam, trade: Trade) -> Transfer:
    """The transfer once the sales manager has planned it from the plant's page."""
    kam.go(f"{trade.world.acme_us_plant.get_absolute_url()}?tab=transfers")
    kam.main.get_by_role("link", name=word("Plan transfer")).click()
    kam.settled()
    kam.choose("target", trade.world.italy.name_it)
    kam.choose("manager", "Riva")
    kam.save()
    kam.settled()
    return Transfer.objects.get()


def approved_by_the_customer(kam: Kam, trade: Trade, number: str) -> None:
    """File the customer's approval of a change of the production site among its documents."""
    kam.go(f"{trade.world.acme_us.get_absolute_url()}?tab=documents")
    form = kam.main.locator(".k-attach")
    form.locator("[name=file]").set_input_files(
        {"name": "approval.pdf", "mimeType": "application/pdf", "buffer": pdf(f"Approved {number}")}
    )
    form.locator("[name=type]").select_option(str(standard_type(APPROVAL).pk))
    form.locator("summary").click()
    form.locator("[name=number]").fill(number)
    form.get_by_role("button", name=word("Attach")).click()
    expect(kam.main.locator(".k-table")).to_contain_text(number)
    kam.settled()


def test_a_plant_passes_with_its_orders_prices_plan_and_people(desk: Desk, trade: Trade) -> None:
    world = trade.world
    with translation.override("it"):
        blocks, reviewed = str(Outcome.BLOCKED.label), str(Order.Status.IN_REVIEW.label)
    boss, leader = desk.open(world.sales_manager), desk.open(world.account_manager)
    transfer = planned(boss, trade)
    part = {sort: boss.main.locator(f"[aria-labelledby=sort-{sort}]") for sort in ("approvals", "order_lines", "agreements")}
    rows = part["order_lines"].locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text=trade.fresh.number).filter(has_text=blocks)).to_have_count(2)
    begun = rows.filter(has_text=trade.begun.number)
    expect(begun.filter(has_text=word("was begun and is finished where it is"))).to_have_count(2)
    for sort in ("approvals", "agreements"):
        expect(part[sort]).to_contain_text(blocks)
    expect(boss.main.locator("[aria-labelledby=sort-budget_rows]")).to_contain_text(world.acme_us_plant.name)
    expect(boss.main.locator("[aria-labelledby=sort-assignments]")).to_contain_text("Riva")

    confirm(boss, "Carry out")
    expect(boss.main).to_contain_text(transfer.number)
    transfer.refresh_from_db()
    trade.fresh.refresh_from_db()
    assert (transfer.status, trade.fresh.selling_location) == ("planned", world.usa)

    heir = PriceAgreement.objects.get(replaces=trade.prices)
    press(leader.go(heir.get_absolute_url()), "Hand in")
    confirm(boss.go(heir.get_absolute_url()), "Approve", reason="Prezzi invariati")
    approved_by_the_customer(leader, trade, "TR-OF-ANOTHER")
    boss.go(transfer.get_absolute_url())
    expect(part["agreements"]).not_to_contain_text(blocks)
    expect(part["approvals"]).to_contain_text(blocks)
    approved_by_the_customer(leader, trade, transfer.number)
    boss.go(transfer.get_absolute_url())
    expect(part["approvals"]).to_contain_text(word("approved in writing"))
    expect(boss.main).not_to_contain_text(blocks)
    confirm(boss, "Carry out")
    expect(boss.main.locator("[aria-labelledby=moved]")).to_be_visible()

    there = desk.open(trade.manager).go(trade.fresh.get_absolute_url())
    expect(there.main.locator("[aria-labelledby=order-terms]")).to_contain_text(world.italy.name_it)
    expect(there.main.locator(".k-record-title")).to_contain_text(reviewed)
    there.go(f"{trade.fresh.get_absolute_url()}?tab=life")
    expect(there.main.locator("[aria-labelledby=order-changes]")).to_contain_text(f"{world.usa.name_it} → {world.italy.name_it}")
    there.go("/orders/")
    expect(there.main.locator("#rows tbody")).to_contain_text(trade.fresh.number)
    expect(there.main.locator("#rows tbody")).not_to_contain_text(trade.begun.number)
    there.go(heir.get_absolute_url())
    expect(there.main).to_contain_text(world.italy.name_it)
    there.go(world.acme_us_plant.get_absolute_url())
    expect(there.main.locator("[aria-labelledby=managers] tbody tr").first).to_contain_text("Riva")

    leader.go(Budget.objects.get(contributor=world.account_manager, location=world.italy).get_absolute_url())
    expect(leader.main.locator("[aria-labelledby=sheet]")).to_contain_text(world.acme_us_plant.name)
    leader.go(trade.prices.get_absolute_url())
    expect(leader.main.locator(".k-record-title")).to_contain_text(word("Replaced"))


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_transfers_fits_and_has_no_barrier(desk: Desk, trade: Trade, phone: bool) -> None:
    transfer = planned(desk.open(trade.world.sales_manager), trade)
    page = transfer.get_absolute_url()
    kam = desk.open(trade.world.sales_manager, phone=phone, bypass_csp=True)
    for path in ("/transfers/", "/transfers/new/", page, f"{page}carry-out/", f"{page}cancel/"):
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
