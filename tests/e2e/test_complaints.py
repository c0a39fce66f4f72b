"""A complaint in a browser, in Italian: taken in on a phone in the customer's plant, acknowledged, confirmed, contained, analysed, answered with an 8D and closed by another."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import audience_members
from complaints.models import Complaint
from complaints.reports import alerts_of
from kam.core import clock
from tests.e2e.pages import Desk, Kam, word
from tests.factories.accounts import ContactFactory, UserFactory
from tests.factories.files import image
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def day(offset: int = 0) -> str:
    """A day as an Italian types it."""
    return (clock.today() + timedelta(days=offset)).strftime("%d/%m/%Y")


def step(
    kam: Kam, path: str, *, choose: dict[str, str] | None = None, select: dict[str, str] | None = None, **fields: str
) -> Kam:
    """A page that asks and does (without an address the one that is open): what it wants to know, and its button."""
    if path:
        kam.go(path)
    for name, text in (choose or {}).items():
        kam.choose(name, text)
    for name, value in (select or {}).items():
        kam.page.locator(f"[name={name}]").evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('change')) }", value
        )
    for name, text in fields.items():
        kam.page.fill(f"[name={name}]", text)
        kam.page.keyboard.press("Escape")
    kam.main.locator("form button.btn-primary, form button.btn-danger").last.click()
    return kam.settled()


def cause(kam: Kam, one: Complaint, kind: str, text: str) -> None:
    """A root cause with its action, done with proof."""
    kam.go(f"/complaints/{one.pk}/causes/new/")
    kam.page.check("[name=root]")
    kam.page.fill("[name=text]", text)
    kam.page.fill("[name=verification]", "Riprodotta su tre pezzi")
    for name, value in (("kind", kind), ("category", "method")):
        kam.page.locator(f"[name={name}]").evaluate(
            "(one, value) => { one.value = value; one.dispatchEvent(new Event('change')) }", value
        )
    kam.save()
    kam.settled()
    row = one.causes.get(kind=kind)
    step(
        kam, f"/complaints/{one.pk}/actions/new/", select={"cause": str(row.pk)}, choose={"owner": "Technical"},
        text="Sorvegliare la temperatura", due_on=day(7),
    )  # fmt: skip


def test_from_the_phone_in_the_plant_to_the_closed_8d(world: Matrix, desk: Desk, settings: Any) -> None:
    ContactFactory(customer=world.acme_us, plant=world.acme_us_plant, language="de", email="ada@acme.example")
    other = UserFactory(last_name="Closer", role="quality", role__location=world.italy, language="it")
    phone = desk.open(world.area_manager_us, phone=True).go("/complaints/new/")
    phone.choose("plant", world.acme_us_plant.name)
    phone.page.fill("[name=text]", "Cinghie strappate alla giunzione")
    phone.page.fill("[name=claimed]", "12")
    phone.page.set_input_files("[name=photos]", {"name": "cinghia.png", "mimeType": "image/png", "buffer": image()})
    assert phone.wide() <= 0
    phone.save()
    phone.settled()
    one = Complaint.objects.get()
    address = one.get_absolute_url()
    expect(phone.heading).to_contain_text(one.number)
    assert phone.wide() <= 0 and alerts_of(one)

    step(
        phone,
        f"{address}edit/",
        select={"remedy": "replacement", "producing_location": str(world.italy.pk)},
        delivery_note="DDT 4711",
    )
    phone.go(address).main.locator(".k-record-steps").get_by_role("button", name=word("Register complaint"), exact=True).click()
    phone.settled()
    step(phone, f"{address}receipt/", select={"way": "phone"})
    one.refresh_from_db()
    assert one.status == "acknowledged"

    for item in alerts_of(one):
        person = audience_members(item.audience).order_by("pk").first()
        department = desk.open(person).go(address)
        department.main.get_by_role("link", name=word("Acknowledge"), exact=True).first.click()
        department.settled()
        department.main.locator("form button.btn-primary").last.click()
        department.settled()

    quality = desk.open(world.quality_it)
    step(quality, f"{address}assess/", select={"severity": "2", "depth": "8d"}, choose={"leader": "Technical"})
    technical = desk.open(world.technical_it)
    zero = {f"{place}_quantity": "0" for place in ("customer", "transit", "wip")}
    step(
        technical, f"{address}containment/", **zero, stock_quantity="5", stock_action="Bloccati", stock_effective_from=day(),
        stock_result="Selezionati, cinque trovati",
    )  # fmt: skip
    step(phone, f"{address}contained/", sent_to="ada@acme.example")
    cause(technical, one, "occurrence", "Forno troppo freddo")
    cause(technical, one, "non_detection", "Temperatura non registrata")
    step(quality, f"{address}define/")
    for action in one.actions.all():
        step(technical, f"/complaint-actions/{action.pk}/finish/", proof="Registro del forno")
        step(quality, f"/complaint-actions/{action.pk}/verify/")
    step(quality, f"{address}implement/")
    step(technical, f"{address}prevention/", papers="FMEA rev. 7", similar="Cinghie da 20 mm", lessons="Allarme sul forno")
    technical.go(f"{address}?tab=eight_d")
    expect(technical.main).to_contain_text("Forno troppo freddo")
    technical.main.get_by_role("button", name=word("Print 8D")).click()
    technical.page.wait_for_url("**/jobs/**")
    step(phone, f"{address}answer/", answer="La giunzione non era vulcanizzata.", sent_to="ada@acme.example")
    step(phone, f"{address}reply/", select={"reply": "accepted"})
    step(desk.open(other), f"{address}close/")
    one.refresh_from_db()
    assert (one.status, one.closed_by) == ("closed", other)
    quality.go(f"/complaint-figures/?year={one.received_at.year}")
    expect(quality.main).to_contain_text(world.acme_us.name)
    phone.go(address)
    assert phone.wide() <= 0
