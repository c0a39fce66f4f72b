"""Files as they really come: wrong codes and amounts, merged headers, totals among the lines, files that were cut off."""

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from kam.core import imports
from kam.core.imports import Import, upload_import
from kam.core.workflow import Denied
from orders.models import SalesLine
from orders.reports.check import mismatches
from tests.factories.accounts import UserFactory
from tests.factories.files import named
from tests.orders.conftest import Company, rate
from tests.orders.test_sales_import import applied, previewed, quiet

pytestmark = [pytest.mark.django_db]
COLUMNS = "source system;document number;date;customer;selling location;line;product;quantity;net amount;currency;account manager"


def told(record: Import) -> set[tuple[int, str, str]]:
    """Row, column and what stood there, of every fault."""
    return {(error["row"], error["column"], error["read"]) for error in record.errors}


def test_every_wrong_value_of_a_file_is_told_at_once_and_the_good_lines_go_in_without(company: Company, nothing_changed):
    company.plant.ownerships.update(period=(date(2026, 1, 1), None))
    rate("USD", date(2026, 1, 2), "0.9")
    lines = [
        COLUMNS,
        "SAP;1;16/03/2026;C-1;IT;10;KP-1;10;100,5;EUR;manager@kam.example",
        "SAP;2;16/03/2026;C-NONE;IT;10;KP-1;10;100,5;EUR;",
        "SAP;3;16/03/2026;C-1;IT;10;NONE;10;100,5;EUR;",
        "SAP;4;16/03/2026;C-1;IT;10;KP-1;10;100,5;EUR;nobody@kam.example",
        "SAP;5;16/03/2026;C-1;IT;10;KP-1;10;100,5;XQZ;",
        "SAP;6;16/03/2026;C-1;IT;10;KP-1;10;100,5;USD;",
        "SAP;7;16/03/2026;C-1;IT;10;KP-1;10;-100,5;EUR;",
        "SAP;8;16/03/2026;C-1;IT;10;KP-1;10;900000000,5;EUR;",
        "SAP;9;31/12/2025;C-1;IT;10;KP-1;10;100,5;EUR;",
        "SAP;10;16/03/2026;C-1;IT;10;KP-1;-2;-20,1;EUR;",
    ]
    with nothing_changed(apart_from=("core_import", "core_importevent", "core_job", "pghistory_context")):
        record = upload_import(
            Import, actor=company.manager, kind="orders.sales", file=named("\n".join(lines).encode(), "sales.csv")
        )
        imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    assert told(record) == {
        (3, "customer", "C-NONE"),
        (4, "product", "NONE"),
        (5, "account manager", "nobody@kam.example"),
        (6, "currency", "XQZ"),
        (7, "currency", "USD"),
        (8, "net amount", "-100.5"),
        (9, "net amount", "900000000.5"),
        (10, "date", "2025-12-31"),
    }
    assert all(error["expected"] for error in record.errors)
    applied(record, company.manager, quarantine=True)
    assert list(SalesLine.objects.order_by("net").values_list("document__number", "net")) == [
        ("10", Decimal("-20.1")),
        ("1", Decimal("100.5")),
    ]
    assert mismatches() == []


def sheet_of_a_report() -> bytes:
    """A sheet as a person made it: a title, words merged over two rows of headers, subtotals, the headers again, a total."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Fatturato")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.merge_range("A1:H1", "Fatturato di marzo")
        page.merge_range("A3:C3", "document")
        page.merge_range("D3:E3", "who")
        page.merge_range("F3:H3", "what")
        headers = [
            "source system",
            "document number",
            "date",
            "customer",
            "selling location",
            "product",
            "quantity",
            "net amount",
        ]
        page.write_row(3, 0, headers)

        def line(row: int, document: str, quantity: int, net: float) -> None:
            page.write_row(row, 0, ["SAP", document])
            page.write_datetime(row, 2, date(2026, 3, 16), day)
            page.write_row(row, 3, ["C-1", "IT", "KP-1", quantity, net])

        line(4, "1", 10, 100.5)
        line(5, "1", 5, 50.25)
        page.write_row(6, 0, ["Totale parziale", "", "", "", "", "", 15, 150.75])
        page.write_row(7, 0, headers)
        line(8, "2", 20, 201)
        page.write_row(9, 0, ["", "", "", "Subtotal C-1", "", "", 20, 201])
        page.write_row(11, 0, ["Totale generale", "", "", "", "", "", 35, 351.75])
    return file.getvalue()


def test_merged_headers_subtotals_and_totals_are_no_lines(company: Company):
    record = upload_import(Import, actor=company.manager, kind="orders.sales", file=named(sheet_of_a_report(), "marzo.xlsx"))
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    assert record.errors == [] and [row["row"] for row in record.skipped] == [7, 8, 10, 12]
    assert (record.counts["create"], record.counts["documents"]) == (3, 2)
    applied(record, company.manager)
    lines = SalesLine.objects.order_by("document__number", "number")
    assert [(line.document.number, line.net) for line in lines] == [
        ("1", Decimal("100.5")),
        ("1", Decimal("50.25")),
        ("2", Decimal(201)),
    ]
    assert mismatches() == []


def test_a_file_that_was_cut_off_changes_nothing(company: Company):
    whole = sheet_of_a_report()
    text = "\n".join([COLUMNS, 'SAP;1;16/03/2026;C-1;IT;10;KP-1;10;100,5;EUR;""', 'SAP;2;16/03/2026;C-1;IT;10;"KP-1']).encode()
    with pytest.raises(Denied):
        upload_import(Import, actor=company.manager, kind="orders.sales", file=named(whole[: len(whole) // 2], "marzo.xlsx"))
    record = upload_import(Import, actor=company.manager, kind="orders.sales", file=named(text, "sales.csv"))
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    assert record.state == "failed" and record.message
    in_the_row = previewed(company.manager, "SAP;1;16/03/2026;C-1;IT;10;KP-1;10;100,5;EUR;", "SAP;1;16/03/2026;C-1;IT;20;KP-")
    assert [error["row"] for error in in_the_row.errors] == [3] and not in_the_row.applicable
    assert not SalesLine.objects.exists()


def test_somebody_without_the_right_cannot_begin(company: Company, nothing_changed):
    person = UserFactory(role="technical")
    with nothing_changed(), pytest.raises(Denied):
        upload_import(Import, actor=person, kind="orders.sales", file=named(b"a;b\n1;2\n", "sales.csv"))
