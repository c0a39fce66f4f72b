"""Customers, plants, contacts and groups as sheets: read, refused at the cell, written, and 10,000 at once."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from accounts.excel import Contacts, Customers, Groups, Plants
from accounts.models import Assignment, Contact, Customer, CustomerGroup, Plant, PlantOwnership, PlantService, User
from kam.core.excel import RawSheet, Reading
from kam.core.excel_layout import interpret
from kam.core.import_kinds import ImportKind, Plan
from tests.factories.accounts import ContactFactory
from tests.matrix import Matrix


def sheet(kind: ImportKind, rows: list[dict[str, Any]]) -> Reading:
    """Rows as a sheet would bring them, under the keys of the columns."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return interpret(
        [RawSheet("Sheet", 1, [keys, *([row.get(key, "") for key in keys] for row in rows)])], kind.columns, language="en"
    )


def plan_of(kind: ImportKind, rows: list[dict[str, Any]], actor: User) -> Plan:
    """What the rows would do, the faults of the cells included."""
    reading = sheet(kind, rows)
    with translation.override("en"):
        plan = kind.prepare(reading.rows, actor=actor, sheet="Sheet")
    plan.errors = sorted([*reading.errors, *plan.errors], key=lambda error: error.row)
    return plan


def as_cell(value: Any) -> Any:
    """A value as a workbook gives it back."""
    return "" if value is None else float(value) if isinstance(value, Decimal) else value


def take_over(kind: ImportKind, rows: list[dict[str, Any]], actor: User) -> Plan:
    """Carry out rows that have no fault."""
    plan = plan_of(kind, rows, actor)
    assert plan.errors == []
    kind.apply(plan, actor=actor, reason="")
    return plan


GAMMA = {"name": "Gamma GmbH", "country": "de", "city": "Ulm", "vat_id": "136695976", "payment_terms": "Z030"}


def test_new_customers_get_their_plant_and_their_account_manager(matrix: Matrix) -> None:
    plan = take_over(
        Customers(),
        [GAMMA, {"name": "Delta S.p.A.", "country": "IT", "city": "Pisa", "group": "G-ACME", "status": "active"}],
        matrix.account_manager,
    )
    assert plan.counts() == {"create": 2, "update": 0, "unchanged": 0, "errors": 0}
    gamma, delta = Customer.objects.get(name="Gamma GmbH"), Customer.objects.get(name="Delta S.p.A.")
    assert (gamma.vat_id, gamma.language, gamma.status, gamma.payment_terms) == ("DE136695976", "de", "prospect", "Z030")
    assert gamma.code.startswith("C-DE-") and gamma.plants.get().name == "Ulm"
    assert PlantOwnership.objects.get(plant__customer=gamma).customer == gamma
    assert Assignment.objects.get(customer=gamma).user == matrix.account_manager
    assert delta.status == "active" and delta.memberships.get().group == matrix.acme
    assert not Assignment.objects.filter(customer=delta).exists()


def test_a_country_may_stand_by_its_name_in_any_of_the_three_languages(matrix: Matrix) -> None:
    said = {
        "Germania": "DE",
        "germany": "DE",
        "Stati Uniti": "US",
        "USA": "US",
        "UK": "GB",
        "Vereinigtes Königreich": "GB",
        " it ": "IT",
    }
    rows = [{"name": f"Zeta {number}", "country": country, "city": "Z"} for number, country in enumerate(said)]
    take_over(Customers(), rows, matrix.account_manager)
    kept = Customer.objects.filter(name__startswith="Zeta").order_by("name").values_list("country", flat=True)
    assert list(kept) == list(said.values())
    unknown = plan_of(Customers(), [{"name": "Eta", "country": "Atlantis", "city": "Z"}], matrix.account_manager)
    assert [error.column for error in unknown.errors] == ["country"]


def test_the_location_of_an_area_manager_leads_what_they_import(matrix: Matrix) -> None:
    take_over(Customers(), [{**GAMMA, "payment_terms": ""}], matrix.area_manager_de)
    service = PlantService.objects.get(plant__customer__name="Gamma GmbH")
    assert (service.location, service.leads) == (matrix.germany, True)


def test_the_same_sheet_again_changes_nothing(matrix: Matrix) -> None:
    take_over(Customers(), [GAMMA], matrix.account_manager)
    matrix.account_manager.renew_access()
    again = plan_of(Customers(), [GAMMA], matrix.account_manager)
    assert again.counts() == {"create": 0, "update": 0, "unchanged": 1, "errors": 0}
    take_over(Customers(), [{**GAMMA, "city": "Jena"}], matrix.account_manager)
    assert Customer.objects.get(name="Gamma GmbH").city == "Jena"


@pytest.mark.parametrize(
    ("person", "row", "column"),
    [
        ("account_manager", {"vat_id": "DE136695977"}, "VAT number"),
        ("account_manager", {"country": "XX"}, "country"),
        ("account_manager", {"currency": "XYZ"}, "currency"),
        ("account_manager", {"code": "C-BETA"}, "code"),
        ("account_manager", {"vat_id": "IT00743110157"}, "VAT number"),
        ("account_manager", {"name": "beta fordertechnik gmbh", "city": "KASSEL"}, "legal name"),
        ("account_manager", {"group": "NONE"}, "group"),
        ("account_manager", {"incoterms": "XYZ"}, "Incoterms"),
        ("account_manager", {"website": "javascript:alert(1)"}, "website"),
        ("account_manager", {"city": ""}, "city"),
        ("area_manager_de", {"payment_terms": "Z030"}, "payment terms"),
        ("area_manager_de", {"payment_terms": "", "location": "US"}, "led by our location"),
        ("area_manager_de", {"payment_terms": "", "code": "C-ACME-US"}, "code"),
    ],
)
def test_a_fault_stands_at_its_cell(matrix: Matrix, nothing_changed: Any, person: str, row: dict[str, Any], column: str) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="IT00743110157")
    with nothing_changed():
        plan = plan_of(Customers(), [{**GAMMA, "vat_id": "", **row}], getattr(matrix, person))
    assert [(error.row, error.column) for error in plan.errors] == [(2, column)]
    assert not plan.create and "BETA" not in plan.errors[0].expected


def test_numbers_and_names_twice_in_one_sheet(matrix: Matrix) -> None:
    rows = [
        GAMMA,
        {**GAMMA, "name": "Other"},
        {"name": "Eta", "country": "IT", "city": "Pisa"},
        {"name": "ETA", "country": "IT", "city": "Pisa"},
    ]
    plan = plan_of(Customers(), rows, matrix.account_manager)
    assert [(error.row, error.column) for error in plan.errors] == [(3, "VAT number"), (5, "legal name")]


def test_an_export_is_read_back_without_a_change(matrix: Matrix) -> None:
    ContactFactory(customer=matrix.acme_de, email="a@b.example", plant=matrix.acme_de_plant)
    for kind in (Groups(), Customers(), Plants(), Contacts()):
        rows = [
            {column.key: as_cell(column.value_of(row)) for column in kind.columns}
            for row in kind.export_rows(matrix.sales_manager)
        ]
        plan = plan_of(kind, rows, matrix.sales_manager)
        assert plan.errors == [] and plan.counts()["unchanged"] == len(rows) > 0, kind.code


def test_an_export_holds_no_terms_of_a_card(matrix: Matrix) -> None:
    rows = {row.code: row for row in Customers().export_rows(matrix.area_manager_de)}
    assert (
        rows["C-ACME-DE"].payment_terms == "Z030"
        and rows["C-ACME-US"].payment_terms == ""
        and rows["C-ACME-US"].credit_limit is None
    )
    assert {row.code for row in Customers().export_rows(matrix.account_manager2)} == {"C-BETA"}


def test_plants_and_contacts_of_ones_own_customers(matrix: Matrix, nothing_changed: Any) -> None:
    place = {"country": "DE", "city": "Kassel"}
    take_over(Plants(), [{"customer": "C-ACME-DE", "name": "Kassel", **place, "transit_days": 3}], matrix.area_manager_de)
    plant = Plant.objects.get(name="Kassel")
    assert (plant.transit_days, plant.services.get().location) == (3, matrix.germany)
    take_over(
        Contacts(),
        [{"customer": "C-ACME-DE", "plant": plant.code, "last_name": "Weiß", "email": "w@acme.example"}],
        matrix.account_manager,
    )
    take_over(
        Contacts(),
        [{"customer": "C-ACME-DE", "plant": plant.code, "last_name": "Weiss", "email": "w@acme.example"}],
        matrix.account_manager,
    )
    assert Contact.objects.get(email="w@acme.example").last_name == "Weiss"
    with nothing_changed():
        foreign = plan_of(Plants(), [{"customer": "C-ACME-US", "name": "x", **place}], matrix.area_manager_de)
        person = plan_of(Contacts(), [{"customer": "C-ACME-US", "last_name": "x"}], matrix.area_manager_de)
    assert [error.column for error in foreign.errors] == ["customer"] and [error.column for error in person.errors] == [
        "customer"
    ]


def test_groups_are_taken_over(matrix: Matrix) -> None:
    take_over(
        Groups(),
        [
            {"name": "Gamma", "tier": "A", "is_global_account": "yes"},
            {"code": "G-ACME", "name": "ACME Group", "is_global_account": "yes"},
        ],
        matrix.account_manager,
    )
    made = CustomerGroup.objects.get(name="Gamma")
    assert made.is_global_account and Assignment.objects.get(group=made).user == matrix.account_manager
    assert CustomerGroup.objects.get(code="G-ACME").name == "ACME Group"


def test_ten_thousand_customers(matrix: Matrix) -> None:
    rows = [
        {"name": f"Company {number}", "country": "IT", "city": f"City {number % 900}", "location": "IT", "currency": "EUR"}
        for number in range(10_000)
    ]
    started = time.process_time()
    take_over(Customers(), rows, matrix.sales_manager)
    spent = time.process_time() - started
    assert Customer.objects.filter(name__startswith="Company ").count() == 10_000
    assert PlantService.objects.filter(plant__customer__name__startswith="Company ").count() == 10_000
    print(f"10,000 customers: {spent:.2f} s of our process")
