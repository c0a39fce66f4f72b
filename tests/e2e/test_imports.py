"""A file of another program in a browser: dropped, its columns named and kept, looked at, imported; lines and documents dropped together."""

from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Market
from kam.core import imports
from kam.core.imports import Import, ImportMapping
from tests.e2e.pages import Desk, ImportPage, Kam, word
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SAP = "KTOKD;BEZEI;ART\nZ01;Città;GEBIET\nZ02;Spanien;GEBIET\n"
LINES, HEADS = "Nummer;Bezeichnung\n1;Italien\n2;Spanien\n", "Nummer;Art\n1;GEBIET\n2;GEBIET\n"


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


def read(kam: Kam, run: Any = imports.run_preview) -> Any:
    """What the worker does meanwhile; the page renews itself."""
    connection.close()
    record = Import.objects.first()
    assert record is not None
    run(record.job, quiet)
    kam.page.reload()
    kam.settled()
    record.refresh_from_db()
    return record


def test_a_file_is_dropped_mapped_kept_and_its_rows_are_in(world: Matrix, desk: Desk) -> None:
    kam = ImportPage.on(desk.open(world.sales_manager))
    kam.drop("accounts.markets", ("sap.csv", SAP))
    assert read(kam).state == "mapping"
    expect(kam.main).to_contain_text(word("semicolon"))
    kam.page.locator("a[href$='/map/']").first.click()
    expect(kam.main).to_contain_text("Z01 · Z02")
    for name, key in (("column_0", "code"), ("column_1", "name_en"), ("column_2", "dimension")):
        kam.page.select_option(f"[name={name}]", key)
    kam.page.locator("tr:has([name=texts_2]) summary").click()
    kam.page.fill("[name=texts_2]", "GEBIET = area")
    kam.page.fill("[name=name]", "SAP")
    assert kam.wide() == 0
    kam.save()
    kam.page.wait_for_url("**/imports/*/")
    assert read(kam).counts["create"] == 2
    expect(kam.main).to_contain_text(word("As KAM reads it"))
    expect(kam.main).to_contain_text("Città")
    kam.page.locator("button, a", has_text=word("Import")).locator("visible=true").last.click()
    if "/confirm/" in kam.page.url:
        kam.save()
    kam.settled()
    assert read(kam, imports.run_apply).state == "applied"
    kam.go("/markets/?q=Z01")
    expect(kam.main).to_contain_text("Città")
    connection.close()
    assert dict(Market.objects.filter(code__startswith="Z").values_list("code", "name_en")) == {"Z01": "Città", "Z02": "Spanien"}
    assert ImportMapping.objects.get().name == "SAP"


def test_lines_and_documents_are_dropped_together_on_a_phone_too(world: Matrix, desk: Desk) -> None:
    kam = ImportPage.on(desk.open(world.sales_manager, phone=True))
    kam.drop("accounts.markets", ("heads.csv", HEADS), ("lines.csv", LINES))
    record = read(kam)
    assert (record.original_name, record.second_name) == ("lines.csv", "heads.csv")
    expect(kam.main).to_contain_text("Nummer = Nummer")
    kam.page.locator("a[href$='/map/']").first.click()
    kam.page.select_option("[name=column_0]", "code")
    assert kam.page.input_value("[name=lines_key]") == "Nummer" and kam.wide() == 0
