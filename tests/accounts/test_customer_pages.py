"""Pages of customers, plants, contacts and groups: who sees them, what they show, what they refuse and keep."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions.activity import create_activity
from accounts.actions.contact import erase_contact
from accounts.actions.external_code import add_external_code
from accounts.actions.promise import create_promise
from accounts.models import Activity, Contact, Customer, Plant, Promise, User
from kam.core import clock
from kam.core.codes import ExternalCode
from tests.factories.accounts import ContactFactory, CustomerFactory, PlantFactory
from tests.matrix import Matrix

LISTS = ["/customers/", "/plants/", "/contacts/", "/customer-groups/", "/global-accounts/"]


def as_(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(response: Any) -> str:
    """The page as text."""
    return str(response.content.decode())


@pytest.mark.parametrize("address", LISTS)
def test_a_list_needs_a_log_in(db: None, address: str) -> None:
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("person", ["account_manager", "area_manager_de", "sales_manager", "quality_it", "auditor", "nobody"])
def test_every_role_opens_every_list(matrix: Matrix, address: str, person: str) -> None:
    assert as_(getattr(matrix, person)).get(address).status_code == 200


@pytest.mark.parametrize(
    ("person", "seen", "hidden"),
    [
        ("account_manager", ["ACME Italia", "ACME Deutschland", "ACME Conveyors"], ["BETA"]),
        ("account_manager2", ["BETA"], ["ACME"]),
        ("area_manager_de", ["ACME Italia", "ACME Deutschland", "ACME Conveyors", "BETA"], []),
        ("area_manager_us", ["ACME Conveyors", "ACME Deutschland"], ["BETA"]),
        ("sales_manager", ["ACME Italia", "BETA"], []),
        ("quality_it", ["ACME Italia", "ACME Deutschland"], ["BETA"]),
        ("nobody", [], ["ACME", "BETA"]),
    ],
)
def test_a_list_shows_the_readers_rows(matrix: Matrix, person: str, seen: list[str], hidden: list[str]) -> None:
    page = text(as_(getattr(matrix, person)).get("/customers/"))
    assert all(name in page for name in seen) and not any(f">{name}" in page for name in hidden)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=leipzig", {"C-ACME-DE"}),
        ("search=fordertechnik", {"C-BETA"}),
        ("search=acme+conv", {"C-ACME-US"}),
        ("search=4711-X", {"C-ACME-IT"}),
        ("country=DE&country=US", {"C-ACME-DE", "C-ACME-US", "C-BETA"}),
        ("is_global_account=true", {"C-ACME-IT", "C-ACME-DE", "C-ACME-US"}),
        ("status=closed", set()),
        ("no_visit_since=2020-01-01", {"C-ACME-IT", "C-ACME-DE", "C-ACME-US", "C-BETA"}),
        ("code=c-beta", {"C-BETA"}),
        ("credit_limit_min=400000&country=US", {"C-ACME-US"}),
    ],
)
def test_filters(matrix: Matrix, query: str, expected: set[str]) -> None:
    add_external_code(matrix.acme_it, actor=matrix.sales_manager, system="SAP IT", code="4711-X")
    response = as_(matrix.sales_manager).get(f"/customers/?{query}")
    assert {record.code for record in response.context["records"]} == expected


def test_mine_and_served_by(matrix: Matrix) -> None:
    mine = as_(matrix.area_manager_de).get("/customers/?mine=true")
    assert {record.code for record in mine.context["records"]} == {"C-ACME-DE", "C-BETA"}
    served = as_(matrix.sales_manager).get(f"/customers/?location={matrix.usa.pk}")
    assert {record.code for record in served.context["records"]} == {"C-ACME-US"}


def test_a_list_names_who_leads_and_serves(matrix: Matrix) -> None:
    response = as_(matrix.sales_manager).get("/customers/")
    rows = {record.code: record for record in response.context["records"]}
    assert (rows["C-ACME-DE"].leader_name, rows["C-ACME-DE"].location_names, rows["C-ACME-DE"].plant_count) == (
        "Elena Marchetti",
        "Germany, Italy",
        1,
    )
    assert rows["C-BETA"].leader_name == "Marco Bini"


def test_terms_in_a_list_are_empty_for_a_card_and_not_sorted_by(matrix: Matrix) -> None:
    Customer.objects.filter(pk=matrix.acme_us.pk).update(credit_limit=1)
    response = as_(matrix.area_manager_de).get("/customers/?columns=name,credit_limit&ordering=credit_limit&credit_limit_max=5")
    rows = {
        record.code: cells.cells for record, cells in zip(response.context["records"], response.context["lines"], strict=True)
    }
    assert len(rows) == 4
    assert "500,000.00" in rows["C-ACME-DE"] and "500,000.00" not in rows["C-ACME-US"] and "1.00" not in rows["C-ACME-US"]
    assert next(iter(rows)) == "C-ACME-US"
    exported = text(as_(matrix.area_manager_de).get("/customers/?columns=name,credit_limit&export=csv"))
    assert exported.count("500000.00") == 2 and "1.00" not in exported.replace("500000.00", "")


@pytest.mark.parametrize("address", LISTS)
def test_the_queries_of_a_list_do_not_grow_with_it(matrix: Matrix, address: str) -> None:
    client = as_(matrix.area_manager_de)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _number in range(20):
        ContactFactory(customer=CustomerFactory(group=matrix.acme, plant__served_by=[matrix.germany]))
    with CaptureQueriesContext(connection) as many:
        assert client.get(address).status_code == 200
    assert len(many) == len(few) <= 20


@pytest.mark.acceptance("AT-85")
def test_the_page_of_another_account_does_not_exist(matrix: Matrix, nothing_changed: Any) -> None:
    leader = as_(matrix.account_manager)
    page = text(leader.get(f"/customers/{matrix.acme_de.pk}/"))
    assert "Z030" in page and "500,000.00 EUR" in page and "Katrin Brandt" in page
    with nothing_changed(apart_from=("django_session",)):
        for address in ("", "edit/", "terms/", "block/", "plants/", "contacts/", "merge/"):
            assert leader.get(f"/customers/{matrix.beta.pk}/{address}").status_code == 404, address
            assert leader.post(f"/customers/{matrix.beta.pk}/{address}", {"reason": "x"}).status_code in {404, 405}, address
        assert leader.get(f"/plants/{matrix.beta_plant.pk}/").status_code == 404
        assert leader.get(f"/contacts/{matrix.beta_contact.pk}/").status_code == 404


@pytest.mark.acceptance("AT-85")
def test_an_area_manager_sees_the_card_of_a_sibling_plant(matrix: Matrix, nothing_changed: Any) -> None:
    area = as_(matrix.area_manager_de)
    for address in (f"/customers/{matrix.acme_us.pk}/", f"/plants/{matrix.acme_us_plant.pk}/"):
        page = text(area.get(address))
        assert "You see the card" in page
        assert "Z030" not in page and "500,000" not in page and "timeline" not in page and f"{address}documents/" not in page
    people = text(area.get(f"/customers/{matrix.acme_us.pk}/contacts/"))
    assert "Grace Hopper" in people and "contacts/new" not in people
    with nothing_changed(apart_from=("django_session",)):
        for address in ("edit/", "terms/", "block/", "merge/"):
            assert area.get(f"/customers/{matrix.acme_us.pk}/{address}").status_code == 403, address
            assert area.post(f"/customers/{matrix.acme_us.pk}/{address}", {"name": "mine"}).status_code == 403, address


def test_the_steps_of_a_page_follow_status_and_role(matrix: Matrix) -> None:
    page = as_(matrix.account_manager).get(f"/customers/{matrix.acme_de.pk}/")
    assert [step.button.verb for step in page.context["steps"]] == ["accounts.block_customer"]
    assert "accounts.merge" not in str(page.context["more"])
    assert as_(matrix.quality_it).get(f"/customers/{matrix.acme_de.pk}/").context["steps"] == []


def test_creating_a_customer_on_the_screen(matrix: Matrix) -> None:
    leader = as_(matrix.account_manager)
    assert leader.get("/customers/new/").status_code == 200
    response = leader.post("/customers/new/", {"name": "Gamma GmbH", "country": "DE", "city": "Ulm"})
    made = Customer.objects.get(name="Gamma GmbH")
    assert response.status_code == 302 and response["Location"] == f"/customers/{made.pk}/"
    again = leader.post("/customers/new/", {"name": "Gamma AG", "country": "DE", "city": "Ulm", "notes": "typed"})
    assert (
        again.status_code == 422
        and "Gamma GmbH" in text(again)
        and "typed" in text(again)
        and 'name="confirm_similar"' in text(again)
    )
    assert (
        leader.post("/customers/new/", {"name": "Gamma AG", "country": "DE", "city": "Ulm", "confirm_similar": "on"}).status_code
        == 302
    )


def test_a_form_never_tells_of_a_foreign_vat_number(matrix: Matrix) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="DE136695976")
    response = as_(matrix.account_manager).post(
        "/customers/new/", {"name": "Delta", "country": "DE", "city": "Ulm", "vat_id": "136695976"}
    )
    assert response.status_code == 422 and "outside your area" in text(response) and "BETA" not in text(response)


def test_editing_on_the_screen_and_a_conflict(matrix: Matrix) -> None:
    area, address = as_(matrix.area_manager_de), f"/customers/{matrix.acme_de.pk}/edit/"
    values = {
        "name": "ACME Deutschland GmbH",
        "code": "C-ACME-DE",
        "country": "DE",
        "city": "Halle",
        "language": "de",
        "currency": "EUR",
    }
    assert area.get(address).status_code == 200
    assert area.post(address, values | {"version": "1"}).status_code == 302
    late = area.post(address, values | {"city": "Jena", "version": "1"})
    assert late.status_code == 409 and "Halle" in text(late) and "Jena" in text(late)
    assert Customer.objects.get(pk=matrix.acme_de.pk).city == "Halle"


def test_status_verbs_ask_for_their_reason(matrix: Matrix) -> None:
    leader, address = as_(matrix.account_manager), f"/customers/{matrix.acme_de.pk}/block/"
    assert leader.get(address).status_code == 200
    assert leader.post(address, {"reason": ""}).status_code == 422
    assert leader.post(address, {"reason": "unpaid"}).status_code == 302
    assert "unpaid" in text(leader.get(f"/customers/{matrix.acme_de.pk}/"))
    assert leader.post(address, {"reason": "again"}).status_code == 409


def test_a_merge_shows_first_what_it_touches(matrix: Matrix, nothing_changed: Any) -> None:
    twin = CustomerFactory(name="Acme Twin")
    chief, address = as_(matrix.sales_manager), f"/customers/{twin.pk}/merge/"
    with nothing_changed(apart_from=("django_session",)):
        preview = chief.post(address, {"into": matrix.acme_de.pk, "reason": "twice"})
    assert preview.status_code == 200 and [str(touch.label) for touch in preview.context["touched"]] == [
        "plants",
        "plant ownerships",
    ]
    other = chief.post(address, {"into": matrix.acme_it.pk, "seen": preview.context["print"]})
    assert other.status_code == 200 and other.context["print"] != preview.context["print"]
    done = chief.post(address, {"into": matrix.acme_de.pk, "seen": preview.context["print"]})
    assert done.status_code == 302 and done["Location"] == f"/customers/{matrix.acme_de.pk}/"
    assert "Merged" in text(chief.get(f"/customers/{twin.pk}/"))
    assert ExternalCode.objects.get().code == twin.code


def test_acquisition_sale_and_closing_on_the_screen(matrix: Matrix) -> None:
    chief = as_(matrix.sales_manager)
    PlantFactory(customer=matrix.acme_us, name="Reno")
    for address, values in (
        (f"/customers/{matrix.beta.pk}/acquire/", {"group": matrix.acme.pk, "from_day": "2026-01-01"}),
        (f"/plants/{matrix.acme_us_plant.pk}/sell/", {"to": matrix.beta.pk, "from_day": "2026-01-01"}),
        (f"/plants/{matrix.acme_de_plant.pk}/close/", {"from_day": "2026-01-01", "reason": "moved"}),
    ):
        assert chief.get(address).status_code == 200, address
        preview = chief.post(address, values)
        assert preview.status_code == 200, preview.content.decode()[-3000:]
        assert chief.post(address, values | {"seen": preview.context["print"]}).status_code == 302, address
    assert Customer.objects.get(pk=matrix.beta.pk).group == matrix.acme
    assert Plant.objects.get(pk=matrix.acme_us_plant.pk).customer == matrix.beta
    assert Plant.objects.get(pk=matrix.acme_de_plant.pk).status == "closed"


def test_plants_contacts_and_groups_on_the_screen(matrix: Matrix) -> None:
    leader = as_(matrix.account_manager)
    assert leader.get(f"/plants/new/?customer={matrix.acme_de.pk}").status_code == 200
    assert leader.post("/plants/new/", {"customer": matrix.acme_de.pk, "name": "Kassel"}).status_code == 302
    plant = Plant.objects.get(name="Kassel")
    values = {"name": "Kassel 2", "code": plant.code, "country": "DE", "version": plant.version}
    assert leader.get(f"/plants/{plant.pk}/edit/").status_code == 200
    assert leader.post(f"/plants/{plant.pk}/edit/", values).status_code == 302
    served = {"location": matrix.germany.pk, "service": "leads", "from_day": "2026-01-01"}
    assert leader.get(f"/plants/{plant.pk}/serve/").status_code == 200
    assert leader.post(f"/plants/{plant.pk}/serve/", served).status_code == 302
    assert "leads" in text(leader.get(f"/plants/{plant.pk}/"))
    code = {"system": "SAP DE", "code": "77"}
    assert leader.post(f"/plants/{plant.pk}/external-code/", code).status_code == 302
    person = {"customer": matrix.acme_de.pk, "plant": plant.pk, "last_name": "Weiß", "language": "de", "is_active": "on"}
    assert leader.get(f"/contacts/new/?customer={matrix.acme_de.pk}").status_code == 200
    assert leader.post("/contacts/new/", person).status_code == 302
    contact = Contact.objects.get(last_name="Weiß")
    assert leader.get(f"/contacts/{contact.pk}/edit/").status_code == 200
    assert (
        leader.post(f"/contacts/{contact.pk}/edit/", person | {"first_name": "Eva", "version": contact.version}).status_code
        == 302
    )
    assert "Eva Weiß" in text(leader.get(f"/plants/{plant.pk}/contacts/"))
    assert leader.post("/customer-groups/new/", {"name": "Gamma", "tier": "B"}).status_code == 302
    assert leader.get(f"/customer-groups/{matrix.acme.pk}/edit/").status_code == 200


def test_a_foreign_choice_is_refused_in_a_form(matrix: Matrix, nothing_changed: Any) -> None:
    leader = as_(matrix.account_manager)
    with nothing_changed(apart_from=("django_session",)):
        assert leader.post("/plants/new/", {"customer": matrix.beta.pk, "name": "Kassel"}).status_code == 422
        assert leader.post("/contacts/new/", {"customer": matrix.beta.pk, "last_name": "x", "language": "de"}).status_code == 422


def test_erasing_on_the_screen(matrix: Matrix) -> None:
    chief, address = as_(matrix.sales_manager), f"/contacts/{matrix.acme_us_contact.pk}/erase/"
    assert as_(matrix.account_manager).get(address).status_code == 403
    assert chief.get(address).status_code == 200
    assert chief.post(address, {"reason": "request of 3 May"}).status_code == 302
    assert "Hopper" not in text(chief.get(f"/contacts/{matrix.acme_us_contact.pk}/"))
    with pytest.raises(Exception, match="erased"):
        erase_contact(matrix.acme_us_contact, actor=matrix.sales_manager, reason="again")


def test_the_matrix_of_a_global_account_is_drawn(matrix: Matrix) -> None:
    page = as_(matrix.account_manager).get(f"/global-accounts/{matrix.acme.pk}/")
    picture = page.context["picture"]
    assert [location.code for location in picture.locations] == ["DE", "IT", "US"]
    cells = {
        line.plant.customer.code: [None if cell is None else (cell.leads, str(cell.area_manager or "")) for cell in line.cells]
        for line in picture.lines
    }
    assert cells == {
        "C-ACME-US": [None, (False, ""), (True, "Daniel Reyes")],
        "C-ACME-DE": [(True, "Katrin Brandt"), (False, ""), None],
        "C-ACME-IT": [None, (True, ""), None],
    }
    assert (picture.totals, picture.led_count, picture.without_area_manager) == ([1, 3, 1], 3, 3)
    assert "k-cell-lead" in text(page) and "Elena Marchetti leads" in text(page)
    assert as_(matrix.account_manager2).get(f"/global-accounts/{matrix.acme.pk}/").status_code == 404
    assert as_(matrix.area_manager_de).get(f"/global-accounts/{matrix.acme.pk}/").context["card"]


def test_a_relation_is_told_at_a_glance(matrix: Matrix) -> None:
    now, today = clock.now(), clock.today()
    by = {"actor": matrix.account_manager, "kind": "visit", "plant": matrix.acme_us_plant}
    last = create_activity(Activity, subject="Audit passed", starts_at=now - timedelta(days=9), **by)
    create_activity(Activity, subject="Older", starts_at=now - timedelta(days=90), **by)
    ahead = create_activity(Activity, subject="New line", starts_at=now + timedelta(days=9), **by)
    create_promise(
        Promise, actor=matrix.account_manager, customer=matrix.acme_us, side="ours", what="Drawing of the flange", due_on=today
    )
    Promise.objects.update(due_on=today - timedelta(days=1))
    pages = (matrix.acme_us, matrix.acme_us_plant, matrix.acme)
    for record in pages:
        page = as_(matrix.account_manager).get(record.get_absolute_url())
        found = {str(fact.label): fact for fact in page.context["relation"]}
        assert (found["Last visit"].address, found["Next visit"].address) == (last.get_absolute_url(), ahead.get_absolute_url())
        assert last.get_absolute_url() in page.content.decode()
    assert (found["Open promises"].value, found["Open promises"].note) == ("1", "1 late")
    # At a sibling plant: the visits, and no word of promises.
    card = as_(matrix.area_manager_de).get(matrix.acme_us_plant.get_absolute_url())
    assert [str(fact.label) for fact in card.context["relation"]] == ["Last visit", "Next visit"]


def test_the_page_of_a_group_shows_people_activities_and_promises_of_all_its_companies(matrix: Matrix) -> None:
    create_activity(Activity, actor=matrix.account_manager, kind="call", subject="Volumes 2031", plant=matrix.acme_us_plant)
    create_promise(
        Promise,
        actor=matrix.account_manager,
        customer=matrix.acme_it,
        side="theirs",
        what="Forecast for six months",
        due_on=clock.today(),
    )
    create_activity(Activity, actor=matrix.account_manager2, kind="call", subject="Of another account", plant=matrix.beta_plant)
    leader = as_(matrix.account_manager)
    address = f"/customer-groups/{matrix.acme.pk}/"
    shown = {part: leader.get(f"{address}{part}/").content.decode() for part in ("contacts", "activities", "promises")}
    assert matrix.acme_us_contact.last_name in shown["contacts"] and matrix.beta_contact.last_name not in shown["contacts"]
    assert "Volumes 2031" in shown["activities"] and matrix.acme_us.name in shown["activities"]
    assert "Of another account" not in shown["activities"] and "Forecast for six months" in shown["promises"]
    tabs = leader.get(address).context["tabs"]
    assert [(tab.panel.name, tab.count) for tab in tabs][:6] == [
        ("sales", None),
        ("negotiations", None),
        ("agreed", None),
        ("contacts", 1),
        ("activities", None),
        ("promises", None),
    ]
    assert "Forecast" not in as_(matrix.area_manager_de).get(f"{address}promises/").content.decode()
    assert as_(matrix.account_manager2).get(f"{address}activities/").status_code == 404


def test_choices_offer_only_the_readers_rows(matrix: Matrix) -> None:
    for kind, expected in (("customers", "BETA Fördertechnik GmbH (C-BETA)"), ("plants", "BETA"), ("contacts", "Konrad Zuse")):
        seen = as_(matrix.account_manager2).get(f"/{kind}/choices/?q=").json()["results"]
        assert len(seen) == 1 and expected in seen[0]["text"]
    assert as_(matrix.account_manager2).get("/customer-groups/choices/?q=acme").json() == {"results": []}


def test_bulk_blocking_tells_each_refusal(matrix: Matrix) -> None:
    rows = {"bulk": "block", "reason": "audit", "row": [matrix.acme_de.pk, matrix.acme_it.pk, matrix.beta.pk]}
    as_(matrix.account_manager).post("/customers/", rows)
    assert set(Customer.objects.filter(status="blocked").values_list("code", flat=True)) == {"C-ACME-DE", "C-ACME-IT"}


def test_the_drawer_shows_the_card_or_the_terms(matrix: Matrix) -> None:
    headers = {"HX-Request": "true", "HX-Target": "drawer"}
    own = text(as_(matrix.area_manager_de).get(f"/customers/?drawer={matrix.acme_de.pk}", headers=headers))
    card = text(as_(matrix.area_manager_de).get(f"/customers/?drawer={matrix.acme_us.pk}", headers=headers))
    assert "Z030" in own and "Z030" not in card and "ACME Conveyors" in card
