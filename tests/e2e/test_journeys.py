"""Journeys of account managers, area managers and the sales manager through a browser, in Italian, without a word in the console."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Activity, Assignment, Customer, User
from kam.core import clock, jobs
from kam.core.documents import Document
from kam.core.excel_files import read_raw
from kam.core.jobs import Job
from kam.core.uploads import MAX_BYTES
from tests.e2e.pages import Desk, Record, RowList, word
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
FIRST_SCREENS = {
    "account_manager": "My plants",
    "area_manager_de": "My plants",
    "sales_manager": "My team",
    "administrator": "Still to be set up",
    "management": "Plants that we serve",
    "back_office_it": "Open promises",
    "quality_it": "Plants that we serve",
    "service_it": "Next visits and calls",
}


def stored(model: Any, **wanted: Any) -> Any:
    """A row as it stands in the database now."""
    connection.close()
    return model.objects.get(**wanted)


def test_each_role_logs_in_sees_its_own_first_screen_and_leaves(world: Matrix, desk: Desk) -> None:
    kam = desk.open()
    for name, section in FIRST_SCREENS.items():
        user = world.users[name]
        kam.log_in(user.email)
        expect(kam.heading).to_contain_text(user.first_name)
        expect(kam.page.locator("html")).to_have_attribute("lang", "it")
        expect(kam.main.get_by_role("heading", name=word(section), exact=True)).to_be_visible()
        assert kam.page.locator(".k-strip a").count() >= 5
        kam.log_out()
    kam.page.go_back()
    expect(kam.page.locator("[name=password]")).to_be_visible()


def test_a_customer_is_found_despite_a_typing_error_and_two_editors_are_told(world: Matrix, desk: Desk) -> None:
    mine = Record(desk.open(world.account_manager).go("/").page, desk.address)
    mine.search("ACME Deutshland")
    mine.page.locator("#palette-found a", has_text="ACME Deutschland GmbH").first.click()
    expect(mine.heading).to_have_text("ACME Deutschland GmbH")
    mine.edit()
    mine.page.fill("[name=city]", "Leipzig-Plagwitz")
    theirs = Record(desk.open(world.sales_manager).go(f"/customers/{world.acme_de.pk}/").page, desk.address)
    theirs.edit()
    theirs.page.fill("[name=city]", "Halle")
    theirs.save()
    expect(theirs.heading).to_have_text("ACME Deutschland GmbH")
    mine.save()
    conflict = mine.page.locator(".k-conflict")
    expect(conflict).to_contain_text("Halle")
    expect(conflict).to_contain_text("Leipzig-Plagwitz")
    assert mine.page.input_value("[name=city]") == "Leipzig-Plagwitz"
    assert stored(Customer, pk=world.acme_de.pk).city == "Halle"
    mine.save()
    expect(mine.heading).to_have_text("ACME Deutschland GmbH")
    assert stored(Customer, pk=world.acme_de.pk).city == "Leipzig-Plagwitz"


def test_an_area_manager_sees_a_sibling_as_a_card_without_terms(world: Matrix, desk: Desk) -> None:
    kam = desk.open(world.area_manager_de)
    kam.go(f"/customers/{world.acme_de.pk}/")
    expect(kam.main).to_contain_text("500.000,00")
    for path in (f"/customers/{world.acme_us.pk}/", f"/plants/{world.acme_us_plant.pk}/"):
        kam.go(path)
        expect(kam.heading).to_be_visible()
        shown = kam.main.inner_text()
        assert "500.000" not in shown and "Z030" not in shown and word("Credit limit") not in shown
    kam = desk.open(world.area_manager_us)
    kam.go(f"/customers/{world.beta.pk}/")
    assert "BETA" not in kam.page.locator("body").inner_text()
    kam.go("/").search("BETA Fördertechnik")
    expect(kam.page.locator("#palette-found .k-none")).to_be_visible()


def test_a_prospect_with_a_known_number_is_refused_and_nothing_typed_is_lost(world: Matrix, desk: Desk) -> None:
    Customer.objects.filter(pk=world.acme_it.pk).update(vat_id="IT00743110157")
    kam = desk.open(world.account_manager).go("/customers/new/")
    kam.page.fill("[name=name]", "Officine Nuove S.r.l.")
    kam.page.fill("[name=city]", "Modena")
    kam.choose("country", "Italia")
    kam.page.fill("[name=vat_id]", "IT00743110157")
    kam.save()
    expect(kam.page.locator(".k-wrong", has=kam.page.locator("[name=vat_id]"))).to_contain_text("ACME Italia")
    assert kam.page.input_value("[name=name]") == "Officine Nuove S.r.l." and kam.page.input_value("[name=city]") == "Modena"
    assert kam.page.input_value("[name=country]") == "IT" and Customer.objects.count() == 4
    kam.page.fill("[name=vat_id]", "")
    kam.save()
    expect(kam.heading).to_have_text("Officine Nuove S.r.l.")
    assert stored(Customer, name="Officine Nuove S.r.l.").status == "prospect"


def test_a_visit_is_reported_on_a_phone(world: Matrix, desk: Desk) -> None:
    kam = desk.open(world.account_manager, phone=True).go("/")
    assert kam.wide() <= 0
    kam.page.locator(".k-phone button[aria-haspopup=true]").last.click()
    kam.page.locator(".k-phone a[href='/activities/new/?kind=visit']").click()
    expect(kam.page.locator("[name=text]")).to_be_visible()
    assert kam.wide() <= 0
    kam.choose("plant", "Leipzig")
    kam.page.fill("[name=text]", "Linea 7 in prova dal concorrente\nvolumi al secondo trimestre")
    kam.page.click(".k-tick:has([value=competitor])")
    kam.page.set_input_files("[name=photos]", {"name": "linea.png", "mimeType": "image/png", "buffer": PNG})
    kam.save()
    expect(kam.heading).to_contain_text("Linea 7 in prova")
    assert kam.wide() <= 0
    made = stored(Activity, owner=world.account_manager)
    assert (made.kind, made.status, made.signals, made.plant) == ("visit", "done", ["competitor"], world.acme_de_plant)
    assert Document.objects.about(made).count() == 1


def test_a_list_is_narrowed_kept_looked_at_and_taken_along(world: Matrix, desk: Desk) -> None:
    rows = RowList(desk.open(world.sales_manager).go("/customers/").page, desk.address)
    assert len(rows.names()) == 4
    rows.filter("country", "DE")
    assert rows.names() == ["ACME Deutschland GmbH", "BETA Fördertechnik GmbH"]
    rows.sort(word("City"))
    assert rows.names() == ["BETA Fördertechnik GmbH", "ACME Deutschland GmbH"]
    rows.show("payment_terms")
    assert word("Payment terms") in rows.columns()
    rows.keep_view("Germania")
    rows.go("/customers/").page.locator(".k-tab a", has_text="Germania").click()
    expect(rows.page.locator(".k-chip b", has_text="Germania")).to_be_visible()
    assert rows.names() == ["BETA Fördertechnik GmbH", "ACME Deutschland GmbH"]
    drawer = rows.look("ACME Deutschland GmbH")
    expect(drawer).to_contain_text("Z030")
    rows.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    rows.export("xlsx")
    expect(rows.page.locator("#job progress")).to_be_visible()
    job = stored(Job, actor=world.sales_manager)
    assert jobs.run(job.pk) == "done"
    with rows.page.expect_download() as awaited:
        rows.page.locator("#job a[download]").click()
    (sheet,) = read_raw(str(awaited.value.path()))
    assert [row[0] for row in sheet.rows[1:]] == ["BETA Fördertechnik GmbH", "ACME Deutschland GmbH"]


def test_a_hand_over_shows_what_passes_before_it_does(world: Matrix, desk: Desk) -> None:
    kam = desk.open(world.sales_manager).go("/hand-overs/new/")
    kam.choose("source", "Marchetti")
    kam.choose("target", "Bini")
    kam.page.fill("[name=day]", clock.today().strftime("%d/%m/%Y"))
    kam.page.keyboard.press("Escape")
    kam.save()
    expect(kam.page.get_by_role("heading", name=word("What passes"), exact=True)).to_be_visible()
    expect(kam.main).to_contain_text("ACME")
    assert kam.page.locator("[name=assignments]:checked").count() == 1
    today = clock.today()
    assert not Assignment.objects.on(today).filter(user=world.account_manager2, group=world.acme).exists()
    kam.save()
    expect(kam.page.get_by_role("heading", name=word("Assignments that pass"), exact=True)).to_be_visible()
    connection.close()
    assert Assignment.objects.on(today).get(group=world.acme).user == world.account_manager2
    assert Assignment.objects.on(today - timedelta(days=1)).get(group=world.acme).user == world.account_manager


def test_the_language_changes_at_once_and_stays(world: Matrix, desk: Desk) -> None:
    kam = desk.open(world.account_manager).go("/customers/")
    expect(kam.heading).to_have_text(word("Customers"))
    for language in ("de", "en"):
        kam.speak(language)
        expect(kam.heading).to_have_text(word("Customers", language))
        assert stored(User, pk=world.account_manager.pk).language == language


def test_the_keyboard_alone_is_enough(world: Matrix, desk: Desk) -> None:
    kam = Record(desk.open(world.account_manager).go("/customers/").page, desk.address)
    press = kam.page.keyboard.press
    press("j")
    press("j")
    press("k")
    expect(kam.page.locator("tr.here th")).to_contain_text("ACME Conveyors Inc.")
    press("o")
    expect(kam.page.locator("#drawer h2").first).to_have_text("ACME Conveyors Inc.")
    press("Escape")
    expect(kam.page.locator("#drawer")).to_be_hidden()
    press("Enter")
    expect(kam.heading).to_have_text("ACME Conveyors Inc.")
    kam.edit()
    kam.page.locator("[name=city]").focus()
    press("Control+a")
    kam.page.keyboard.type("Dayton")
    press("Control+Enter")
    expect(kam.heading).to_have_text("ACME Conveyors Inc.")
    assert stored(Customer, pk=world.acme_us.pk).city == "Dayton"
    press("/")
    expect(kam.page.locator(".k-palette")).to_be_visible()
    press("Escape")
    expect(kam.page.locator(".k-palette")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_main_pages_hold_no_barrier(world: Matrix, desk: Desk, scheme: str) -> None:
    kam = desk.open(world.account_manager, bypass_csp=True)
    kam.go("/").theme(scheme)
    paths = [
        "/",
        "/customers/",
        f"/customers/?drawer={world.acme_de.pk}",
        f"/customers/{world.acme_de.pk}/",
        f"/customers/{world.acme_de.pk}/edit/",
        f"/global-accounts/{world.acme.pk}/",
        f"/plants/{world.acme_de_plant.pk}/",
        "/activities/new/?kind=visit",
        "/activities/calendar/",
        "/inbox/",
        "/products/",
        "/people/me/",
    ]
    found = {}
    for path in paths:
        kam.go(path)
        assert kam.page.get_attribute("html", "data-bs-theme") == scheme
        found[path] = kam.barriers()
    assert not any(found.values()), {path: barriers for path, barriers in found.items() if barriers}


def test_what_cannot_be_is_refused_where_it_was_typed(world: Matrix, desk: Desk, tmp_path: Path) -> None:
    large = tmp_path / "drawing.pdf"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    kam = desk.open(world.account_manager).go(f"/customers/{world.acme_de.pk}/?tab=documents")
    sent: list[str] = []
    kam.page.on("request", lambda request: sent.append(request.method))
    field = kam.page.locator("input[type=file][name=file]")
    field.set_input_files(large)
    expect(kam.page.locator("[data-toast]", has_text="100 MB")).to_be_visible()
    assert field.input_value() == "" and "POST" not in sent
    kam.go("/customers/").page.locator(".k-tabs .k-tab-button").click()
    kam.page.fill("#view-name", "Germa\u200enia")
    kam.page.locator(".k-tabs .k-menu .btn-primary").click()
    expect(kam.page.locator(".k-tabs .k-error")).to_contain_text("U+200E")
    expect(kam.page.locator("#view-name")).to_have_value("Germa\u200enia")
