"""Every part of the catalogue as a sheet: what is exported is imported unchanged, into an empty catalogue too; faults at their cells."""

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import (
    BillOfResources,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    ProductUnit,
    Programme,
    StandardCost,
    WorkCentre,
)
from kam.core import imports
from kam.core.excel_files import Sheet, write_workbook
from kam.core.import_kinds import import_kind
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.periods import period
from tests.factories.catalog import (
    BillOfResourcesFactory,
    CustomerItemFactory,
    ListPriceFactory,
    ProductFactory,
    ProductFamilyFactory,
    ProductRevisionFactory,
    ProgrammeFactory,
    StandardCostFactory,
    WorkCentreFactory,
)
from tests.factories.files import named
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


def preview(kind: str, actor: Any, rows: Any) -> Import:
    """A sheet of a kind, uploaded and read."""
    file = io.BytesIO()
    write_workbook([Sheet("Sheet", import_kind(kind).columns, rows)], file, language="en")
    record = upload_import(Import, actor=actor, kind=kind, file=named(file.getvalue(), "sheet.xlsx"))
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def carry_out(record: Import) -> None:
    """Confirm and carry out what was previewed."""
    confirm_import(record, actor=record.actor, reason="Taken over")
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    record.refresh_from_db()
    assert record.state == "applied", record.message


def written(kind: str, actor: Any) -> list[list[Any]]:
    """What an export of a kind shows this person, cell by cell."""
    chosen = import_kind(kind)
    return [[column.value_of(row) for column in chosen.columns] for row in chosen.export_rows(actor)]


def fill(matrix: Matrix) -> None:
    """A little of everything, histories included."""
    line = ProductFamilyFactory(code="Z-LINE")
    family = ProductFamilyFactory(code="A-PUL", parent=line, name_it="Pulegge")
    first = ProductFactory(
        code="KP-1", family=family, net_weight=Decimal("1.5"), customs_code="848350", origin_country="IT", revision__status="superseded",
        revision__period=period(date(2020, 1, 1), date(2024, 12, 31)),
    )  # fmt: skip
    ProductRevisionFactory(product=first, level="B", period=period(date(2025, 1, 1)))
    ProductRevisionFactory(product=first, level="C", status="draft")
    second = ProductFactory(code="KP-2", status="phase_out", last_order_date=date(2026, 12, 31), family=line, is_dual_use=True)
    ProductUnit.objects.create(product=first, unit="box", factor=Decimal(12))
    StandardCostFactory(product=first, cost_version="2025", period=period(date(2025, 1, 1), date(2025, 12, 31)))
    StandardCostFactory(
        product=first, cost_version="2026", period=period(date(2026, 1, 1)), material=Decimal("6.12345"), price_unit=100
    )
    ListPriceFactory(product=first, period=period(date(2025, 1, 1), date(2026, 6, 30)))
    ListPriceFactory(product=first, period=period(date(2026, 7, 1)), price=Decimal("26.5"))
    ListPriceFactory(product=second, location=matrix.germany, currency="USD", price_unit=1000)
    CustomerItemFactory(
        customer=matrix.acme_us, plant=matrix.acme_us_plant, product=first, agreed_revision=first.revisions.get(level="B")
    )
    CustomerItemFactory(customer=matrix.acme_it, product=first, minimum_delivery_quantity=Decimal("2.5"), description="=1+1")
    ProgrammeFactory(customer=matrix.acme_it, start_of_production=date(2027, 1, 1))
    lathe, mill = WorkCentreFactory(code="L"), WorkCentreFactory(code="M", is_active=True, name_de="Fräsen")
    BillOfResourcesFactory(
        product=first, hours={lathe: Decimal("0.25"), mill: Decimal("0.1")}, steel=Decimal("1.2"), lot=Decimal(50)
    )
    BillOfResourcesFactory(product=second, hours={mill: Decimal(1)}, yield_rate=Decimal("97.5"))


KINDS = {
    "catalog.product_families": ("technical_it", ProductFamily),
    "catalog.products": ("technical_it", Product),
    "catalog.product_units": ("technical_it", ProductUnit),
    "catalog.product_revisions": ("technical_it", ProductRevision),
    "catalog.standard_costs": ("finance_it", StandardCost),
    "catalog.list_prices": ("sales_manager", ListPrice),
    "catalog.customer_items": ("account_manager", CustomerItem),
    "catalog.programmes": ("account_manager", Programme),
    "catalog.work_centres": ("production_it", WorkCentre),
    "catalog.bills_of_resources": ("production_it", BillOfResources),
}


def test_what_is_exported_is_imported_unchanged_into_an_empty_catalogue_too(matrix: Matrix) -> None:
    fill(matrix)
    before = {kind: written(kind, matrix.users[person]) for kind, (person, _model) in KINDS.items()}
    sheets = {kind: list(import_kind(kind).export_rows(matrix.users[person])) for kind, (person, _model) in KINDS.items()}
    for kind, (person, _model) in KINDS.items():
        record = preview(kind, matrix.users[person], sheets[kind])
        assert record.errors == [], kind
        assert record.counts["unchanged"] and not record.counts["create"] and not record.counts["update"], (kind, record.preview)
    for _kind, (_person, model) in reversed(KINDS.items()):
        if model is ProductFamily:
            ProductFamily.objects.update(parent=None)
        model.objects.all().delete()
    for kind, (person, _model) in KINDS.items():
        record = preview(kind, matrix.users[person], sheets[kind])
        assert record.errors == [], kind
        carry_out(record)
    after = {kind: written(kind, matrix.users[person]) for kind, (person, _model) in KINDS.items()}
    for kind in KINDS:
        assert [[str(cell) for cell in row] for row in after[kind]] == [[str(cell) for cell in row] for row in before[kind]], kind
    event = Product.pgh_event_model.objects.filter(pgh_label="insert").order_by("pgh_id").last()
    assert event.pgh_context["reason"] == "Taken over"


def test_a_changed_sheet_changes_what_differs(matrix: Matrix) -> None:
    fill(matrix)
    rows = [
        {"code": "KP-1", "name_en": "New name", "family": "A-PUL"},
        {"code": "KP-3", "name_en": "Third", "family": "Z-LINE", "status": "active"},
    ]
    record = preview("catalog.products", matrix.technical_it, rows)
    assert record.errors == []
    assert (record.counts["create"], record.counts["update"]) == (1, 1)
    carry_out(record)
    assert set(Product.objects.values_list("code", "name_en")) >= {("KP-1", "New name"), ("KP-3", "Third")}


FAULTS = {
    "catalog.product_families": [
        ({"code": "N", "name_en": "N", "parent": "NOWHERE"}, "belongs to"),
        ({"code": "Z-LINE", "name_en": "Z", "parent": "A-PUL"}, "belongs to"),
        ({"code": "N", "name_en": ""}, "name in English"),
    ],
    "catalog.products": [
        ({"code": "KP-1", "name_en": "X", "family": "NOWHERE"}, "family"),
        ({"code": "KP-1", "name_en": "X", "family": "A-PUL", "status": "discontinued"}, "status"),
        ({"code": "N", "name_en": "X", "family": "A-PUL", "status": "phase_out"}, "last-order date"),
        ({"code": "N", "name_en": "X", "family": "A-PUL", "origin_country": "QQ"}, "country of origin"),
        ({"code": "N", "name_en": "X", "family": "A-PUL", "customs_code": "12"}, "HS/TARIC code"),
        ({"code": "N", "name_en": "X", "family": "A-PUL", "net_weight": 2, "gross_weight": 1}, "gross weight (kg)"),
        ({"code": "N", "name_en": "X", "family": "A-PUL", "producing_location": "XX"}, "producing location"),
    ],
    "catalog.product_units": [({"product": "KP-1", "unit": "pcs", "factor": 2}, "unit"), ({"product": "KP-1", "unit": "box", "factor": 0}, "base units in one")],
    "catalog.product_revisions": [
        ({"product": "KP-1", "level": "B", "drawing_number": "OTHER"}, "revision level"),
        ({"product": "KP-1", "level": "D", "drawing_number": "D", "effective_from": date(2024, 1, 1)}, "effective from"),
        ({"product": "NOWHERE", "level": "D", "drawing_number": "D"}, "product"),
    ],
    "catalog.standard_costs": [
        ({"location": "DE"}, "location"),
        ({"material": -1}, "material"),
        ({"cost_version": "2026"}, "product"),
        ({"first_day": date(2025, 6, 1)}, "product"),
        ({"currency": "LIR"}, "currency"),
    ],
    "catalog.list_prices": [
        ({"first_day": date(2026, 7, 1)}, "valid from"),
        ({"first_day": date(2026, 3, 1)}, "valid from"),
        ({"first_day": date(2026, 5, 1), "last_day": date(2026, 7, 1)}, "valid until"),
        ({"first_day": date(2026, 5, 1), "last_day": date(2026, 4, 1)}, "valid until"),
        ({"currency": "LIR"}, "currency"),
        ({"location": "XX"}, "selling location"),
    ],
    "catalog.customer_items": [
        ({"customer": "C-BETA"}, "customer"),
        ({"plant": "P-OTHER"}, "plant"),
        ({"agreed_revision": "C"}, "agreed revision"),
        ({"agreed_revision": "Q"}, "agreed revision"),
        ({"part_number": "X" * 36}, "customer part number"),
    ],
    "catalog.programmes": [
        ({"customer": "C-BETA"}, "customer"),
        ({"start_of_production": date(2027, 1, 1), "end_of_production": date(2026, 1, 1)}, "end of production"),
    ],
    "catalog.work_centres": [({"location": "DE"}, "location"), ({"shifts": 5}, "shifts a day"), ({"efficiency": 0}, "efficiency (%)")],
    "catalog.bills_of_resources": [
        ({"work_centre": "NOWHERE"}, "work centre"),
        ({"hours_per_unit": None}, "hours per unit"),
        ({"first_day": date(2020, 1, 1)}, "valid from"),
        ({"material": "Steel", "quantity": None}, "quantity per unit"),
        ({"location": "DE"}, "location"),
    ],
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "catalog.standard_costs": {
        "location": "IT", "cost_version": "2027", "first_day": date(2027, 1, 1), "product": "KP-1", "material": 1, "variable_conversion": 1,
        "fixed": 1, "currency": "EUR",
    },
    "catalog.list_prices": {"product": "KP-1", "currency": "EUR", "price": 30, "first_day": date(2026, 9, 1)},
    "catalog.customer_items": {"customer": "C-ACME-IT", "product": "KP-2", "part_number": "N"},
    "catalog.programmes": {"customer": "C-ACME-IT", "code": "N", "name": "N"},
    "catalog.work_centres": {"location": "IT", "code": "N", "name_en": "N"},
    "catalog.bills_of_resources": {"product": "KP-1", "location": "IT", "first_day": date(2026, 5, 1), "work_centre": "L", "hours_per_unit": 1},
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_stand_at_their_cells_and_stop_the_whole(matrix: Matrix, nothing_changed: Nothing, kind: str) -> None:
    fill(matrix)
    actor = matrix.users[KINDS[kind][0]]
    for number, (change, column) in enumerate(FAULTS[kind]):
        with nothing_changed(apart_from=("core_import", "core_importevent", "core_job", "pghistory_context")):
            record = preview(kind, actor, [GOOD.get(kind, {}) | change])
        assert [error["column"] for error in record.errors] == [column], (number, change, record.errors)
        assert not record.applicable


@pytest.mark.parametrize("wrong", [{"material": "Steel", "quantity": None}, {"material": "Steel", "quantity": "much"}])
def test_a_bill_of_several_rows_is_refused_as_a_whole_and_the_others_come_in(matrix: Matrix, wrong: dict[str, Any]) -> None:
    fill(matrix)
    good = GOOD["catalog.bills_of_resources"] | {"location": "IT"}
    rows = [good, good | {"work_centre": None, "hours_per_unit": None} | wrong, good | {"product": "KP-2", "work_centre": "M"}]
    record = preview("catalog.bills_of_resources", matrix.production_it, rows)
    assert {error["row"] for error in record.errors} == {2, 3} and record.counts["create"] == 1
    before = set(BillOfResources.objects.values_list("pk", flat=True))
    confirm_import(record, actor=record.actor, quarantine=True)
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    assert BillOfResources.objects.exclude(pk__in=before).get().product.code == "KP-2"


def test_the_same_row_twice_is_a_fault(matrix: Matrix) -> None:
    fill(matrix)
    for kind, good in GOOD.items():
        if kind != "catalog.bills_of_resources":
            assert preview(kind, matrix.users[KINDS[kind][0]], [good, good]).errors, kind


def test_costs_and_prices_are_exported_to_their_readers_only(matrix: Matrix) -> None:
    fill(matrix)
    assert len(written("catalog.standard_costs", matrix.finance_it)) == 2
    assert written("catalog.standard_costs", matrix.technical_it) == []
    assert written("catalog.list_prices", matrix.technical_it) == []
    assert written("catalog.customer_items", matrix.account_manager2) == []


def test_headers_in_three_languages(matrix: Matrix) -> None:
    fill(matrix)
    for kind in KINDS:
        labels = [str(column.label) for column in import_kind(kind).columns]
        assert len(set(labels)) == len(labels), kind
