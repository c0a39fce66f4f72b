"""Orders in a browser, in Italian: from the customer's paper with a price and a revision that differ to the confirmation; changed after it; called off."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import PaymentTerm
from catalog.models import Product
from kam.core import clock
from orders.actions.checklist import install_checklist
from orders.actions.order_confirming import confirm_order
from orders.models import ContractReview, Order, ReviewChecklist
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_budgets import confirm, press
from tests.factories.catalog import CustomerItemFactory
from tests.factories.files import pdf
from tests.factories.order_lives import accepted_order
from tests.factories.prices import agreement, line
from tests.factories.reviews import known_product
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def product(world: Matrix) -> Product:
    """A product that the plant in Italy knows, agreed at 48.50 and at its released revision; the customer's payment term is known."""
    PaymentTerm.objects.create(code=world.acme_it.payment_terms, days=[30], name_en="30 days", name_it="30 giorni")
    if not ReviewChecklist.objects.exists():
        install_checklist()
    made = known_product(world.acme_it_plant, world.italy)
    agreement(line(made, "48.50"), plant=world.acme_it_plant, location=world.italy)
    agreed = made.revisions.get()
    CustomerItemFactory(customer=world.acme_it, product=made, part_number="88-1040", agreed_revision=agreed)
    return made


def in_days(number: int) -> str:
    """A day to come, as an Italian types it."""
    return (clock.today() + timedelta(days=number)).strftime("%d/%m/%Y")


def entered(kam: Kam, world: Matrix, product: Product, **said: str) -> Order:
    """An order entered by hand with the customer's paper, and registered."""
    kam.go("/orders/new/")
    kam.choose("plant", world.acme_it_plant.name)
    kam.choose("selling_location", world.italy.name_it)
    for name, value in {"customer_reference": "4500187342", "customer_date": in_days(0), "requested_on": in_days(90)}.items():
        kam.page.fill(f"[name={name}]", value)
        kam.page.keyboard.press("Escape")
    kam.page.set_input_files("[name=paper]", {"name": "4500187342.pdf", "mimeType": "application/pdf", "buffer": pdf("Order")})
    kam.choose("lines-0-product", product.code)
    for name, value in ({"quantity": "100"} | said).items():
        kam.page.fill(f"[name=lines-0-{name}]", value)
    kam.save()
    kam.settled()
    press(kam, "Register")
    return Order.objects.get(customer_reference="4500187342")


def opinion(kam: Kam, review: ContractReview, **decided: str) -> None:
    """What a function says: its differences decided, its questions answered with yes, signed."""
    for field, reason in decided.items():
        row = review.differences.get(field=field)
        kam.go(f"{review.get_absolute_url()}difference/?difference={row.pk}")
        kam.page.fill("[name=reason]", reason)
        kam.main.locator("form button.btn-primary").last.click()
        kam.settled()
    kam.go(f"{review.get_absolute_url()}answer/")
    for box in kam.main.locator("select[name^=answer_]").all():
        box.select_option("yes")
    kam.main.locator("form button.btn-primary").last.click()
    kam.settled()
    if kam.main.locator(".k-record-steps").get_by_role("link", name=word("Sign"), exact=True).count():
        confirm(kam, "Sign")


def test_a_price_and_a_revision_that_differ_are_decided_before_the_confirmation(
    world: Matrix, desk: Desk, product: Product
) -> None:
    office = desk.open(world.back_office_it)
    made = entered(office, world, product, price="47", part_revision="ZZ")
    review = made.review
    assert set(review.differences.values_list("field", flat=True)) == {"price", "revision"}
    office.go(review.get_absolute_url())
    expect(office.main.locator("[aria-labelledby=differences]")).to_contain_text("47,00")
    expect(office.main.locator("[aria-labelledby=obstacles]")).to_be_visible()
    office.go(made.get_absolute_url())
    assert office.main.get_by_role("link", name=word("Confirm"), exact=True).count() == 0

    boss, leader = desk.open(world.sales_manager), desk.open(world.account_manager)
    opinion(leader, review, price="Bonus di fine anno, concordato")
    opinion(desk.open(world.technical_it), review, revision="Vale fino a esaurimento scorte")
    opinion(boss, review)
    confirm(boss.go(review.get_absolute_url()), "Decide")
    made.refresh_from_db()
    assert made.status == "accepted"

    office.go(f"{made.get_absolute_url()}confirm/")
    office.page.fill("[name=sent_to]", "Ufficio acquisti")
    if office.page.locator("[name=by_mail]").count():
        office.page.locator("[name=by_mail]").first.select_option("no")
    office.main.locator("form button.btn-primary").last.click()
    office.settled()
    made.refresh_from_db()
    assert (made.status, made.confirmation, made.lines.get().price) == ("confirmed", 1, Decimal(47))


def test_an_amendment_opens_the_review_again(world: Matrix, desk: Desk, product: Product) -> None:
    made = accepted_order(world.acme_it_plant, world.italy, {"product": product, "price": Decimal("48.50")})
    confirm_order(made, actor=None, sent_to="Ufficio acquisti")
    office = desk.open(world.back_office_it).go(f"{made.get_absolute_url()}change/")
    row = made.lines.get()
    office.page.fill("[name=reference]", "4500187342/A")
    office.page.fill(f"[name=quantity_{row.pk}]", "140")
    office.main.locator("form button.btn-primary").last.click()
    office.settled()
    made.refresh_from_db()
    row.refresh_from_db()
    assert (made.status, made.reviewed, row.status, row.quantity) == ("in_review", False, "in_review", 140)
    office.go(f"{made.get_absolute_url()}?tab=life")
    expect(office.main.locator("[aria-labelledby=order-changes]")).to_contain_text("100 → 140")
    office.go(made.review.get_absolute_url())
    expect(office.heading).to_contain_text(made.number)


def test_a_frame_order_is_called_off(world: Matrix, desk: Desk, product: Product) -> None:
    frame = accepted_order(
        world.acme_it_plant, world.italy, {"product": product, "price": Decimal("48.50"), "quantity": Decimal(1200)},
        kind="frame", requested_on=None,
    )  # fmt: skip
    confirm_order(frame, actor=None, sent_to="Ufficio acquisti")
    office = desk.open(world.back_office_it)
    for number, (days, quantity) in enumerate(((60, 100), (67, 150)), 1):
        office.go(frame.get_absolute_url())
        office.main.get_by_role("link", name=word("Enter a call-off")).click()
        office.settled()
        office.page.fill("[name=customer_reference]", f"ABRUF-{number}")
        office.page.fill("[name=customer_date]", in_days(0))
        office.page.keyboard.press("Escape")
        office.page.set_input_files(
            "[name=paper]", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf(f"Abruf {number}")}
        )
        office.page.locator("select[name=lines-0-frame_line]").select_option(index=1)
        office.page.fill("[name=lines-0-schedule]", f"{in_days(days)} = {quantity}; {in_days(days + 28)} = {quantity}")
        office.save()
        office.settled()
        press(office, "Register")
    first, second = Order.objects.filter(frame=frame).order_by("pk")
    assert (first.status, second.status, second.reviewed) == ("cancelled", "accepted", True)
    assert second.lines.get().quantity == 300
    office.go(frame.get_absolute_url())
    expect(office.main.locator("[aria-labelledby=call-offs]")).to_contain_text(second.number)


@pytest.mark.parametrize("phone", [False, True])
def test_every_page_of_orders_fits_and_has_no_barrier(world: Matrix, desk: Desk, product: Product, phone: bool) -> None:
    made = accepted_order(world.acme_it_plant, world.italy, {"product": product})
    page = made.get_absolute_url()
    kam = desk.open(world.sales_manager, phone=phone, bypass_csp=True)
    for path in ("/orders/", page, f"{page}confirm/", f"{page}change/", f"{page}evidence/", "/order-cockpit/", "/orders/new/"):
        kam.go(path)
        assert kam.wide() <= 0, path
        assert kam.barriers() == [], path
