"""Lists in a browser: columns in the reader's order, views kept and shared, many rows at once, and the file of what is seen."""

from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Customer
from kam.core import jobs
from kam.core.excel_files import read_raw
from kam.core.jobs import Job
from tests.e2e.pages import Desk, RowList, word
from tests.factories.accounts import CustomerFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def customers(desk: Desk, user: Any, query: str = "") -> RowList:
    """The list of customers as a person sees it."""
    return RowList(desk.open(user).go(f"/customers/{query}").page, desk.address)


def open_columns(rows: RowList) -> Any:
    """Open the column chooser; gives back its lines."""
    rows.page.locator("button[aria-haspopup]:has-text('Colonne')").first.click()
    expect(rows.page.locator(".k-columns")).to_be_visible()
    return rows.page.locator(".k-columns .k-option")


def apply_columns(rows: RowList) -> None:
    """Take the columns as they stand."""
    with rows.page.expect_navigation():
        rows.page.locator("form:has([name=do][value=layout]) .btn-primary").click()
    rows.settled()


def test_columns_take_the_order_that_the_mouse_or_the_keyboard_gives_them_and_keep_it(world: Matrix, desk: Desk) -> None:
    rows = customers(desk, world.sales_manager)
    city, status = word("City"), word("Status")
    assert rows.columns().index(status) < rows.columns().index(city)
    lines = open_columns(rows)
    lines.filter(has=rows.page.locator("[value=city]")).drag_to(
        lines.filter(has=rows.page.locator("[value=status]")), target_position={"x": 40, "y": 2}
    )
    apply_columns(rows)
    assert rows.columns().index(city) < rows.columns().index(status)
    open_columns(rows)
    rows.page.locator(".k-columns [value=status]").focus()
    rows.page.keyboard.press("Alt+ArrowUp")
    expect(rows.page.locator(".k-columns [value=status]")).to_be_focused()
    apply_columns(rows)
    assert rows.columns().index(status) < rows.columns().index(city)
    kept = rows.columns()
    open_columns(rows)
    apply_columns(rows)
    assert rows.columns() == kept


def test_a_shared_view_asks_the_same_of_each_readers_own_rows(world: Matrix, desk: Desk) -> None:
    rows = customers(desk, world.sales_manager, "?country=DE")
    rows.page.click(".k-tab-button")
    rows.page.fill("#view-name", "Germania")
    rows.page.check("form:has(#view-name) [name=shared]")
    rows.page.locator("form:has(#view-name) .btn-primary").click()
    expect(rows.page.locator(".k-tab.on")).to_contain_text("Germania")
    assert rows.names() == ["ACME Deutschland GmbH", "BETA Fördertechnik GmbH"]
    theirs = customers(desk, world.account_manager)
    theirs.page.locator(".k-tab a", has_text="Germania").click()
    expect(theirs.page.locator(".k-tab.on")).to_contain_text("Germania")
    theirs.settled()
    assert theirs.names() == ["ACME Deutschland GmbH"]
    assert theirs.page.locator(".k-tab.on form").count() == 0


def test_all_rows_of_the_filter_are_done_at_once_and_no_other(world: Matrix, desk: Desk) -> None:
    for turn in range(30):
        CustomerFactory(code=f"C-FR-{turn}", name=f"Durance {turn:02d} SAS", country="FR", city="Lille")
    rows = customers(desk, world.sales_manager, "?country=FR&page_size=25")
    assert len(rows.names()) == 25
    rows.page.check("[data-all]")
    expect(rows.page.locator("[data-selected]")).to_contain_text("25")
    rows.page.click("[data-everything]")
    expect(rows.page.locator("[data-selected]")).to_contain_text("30")
    rows.page.fill("#bulk-reason", "Insolvenza")
    rows.page.click("[name=bulk][value=block]")
    expect(rows.page.locator("#toasts")).to_contain_text("30")
    connection.close()
    assert set(Customer.objects.filter(country="FR").values_list("status", flat=True)) == {"blocked"}
    assert not Customer.objects.exclude(country="FR").filter(status="blocked").exists()


def test_the_file_holds_exactly_what_is_seen(world: Matrix, desk: Desk) -> None:
    rows = customers(desk, world.sales_manager, "?country=DE&ordering=-city&columns=city,status")
    seen, heads = rows.names(), rows.columns()
    rows.export("xlsx")
    connection.close()
    job = Job.objects.get(actor=world.sales_manager)
    assert jobs.run(job.pk) == "done"
    with rows.page.expect_download() as awaited:
        rows.page.locator("#job a[download]").click()
    (sheet,) = read_raw(str(awaited.value.path()))
    assert list(sheet.rows[0]) == heads
    assert [row[0] for row in sheet.rows[1:]] == seen
