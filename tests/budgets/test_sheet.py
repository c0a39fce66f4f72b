"""The lines of a budget as a sheet: out and back unchanged, months and years taken in, foreign rows refused, all taken back."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter
from django.core.files import File

from accounts.models import User
from budgets.actions import submit_budget
from budgets.models import Budget, BudgetLine
from kam.core import imports
from kam.core.excel_files import Sheet, write_workbook
from kam.core.import_kinds import import_kind
from kam.core.imports import undo_import
from tests.accounts.test_people_excel import carry_out, preview, quiet
from tests.budgets.conftest import Year
from tests.factories.catalog import ProductFactory

pytestmark = pytest.mark.django_db
KIND = "budgets.lines"


def counts(record: Any) -> list[int]:
    return [record.counts[name] for name in ("create", "update", "unchanged", "errors")]


def exported(user: User) -> list[dict[str, Any]]:
    """What the reader takes out, by the keys of the columns."""
    kind = import_kind(KIND)
    return [{column.key: column.value_of(row) for column in kind.columns} for row in kind.export_rows(user)]


def test_what_goes_out_comes_back_unchanged(year: Year) -> None:
    me = year.matrix.account_manager
    rows = list(import_kind(KIND).export_rows(me))
    record = preview(KIND, me, rows)
    assert record.errors == []
    assert counts(record) == [0, 0, len(rows), 0] and len(rows) == 3


def test_years_and_months_are_taken_in_and_taken_back(year: Year) -> None:
    matrix, me = year.matrix, year.matrix.account_manager
    product = ProductFactory(code="KP-9", producing_location=matrix.italy)
    budget = year.budget(me, matrix.italy)
    before = {row.pk: (row.revenue, row.line_count) for row in Budget.objects.all()}
    kept = exported(me)
    rows = exported(me)
    first = next(row for row in rows if row["location"] == "IT")
    first |= {f"month_{month:02d}": Decimal(month) for month in range(1, 13)} | {"revenue": None, "comment": "Ramp"}
    rows += [
        {"location": "IT", "plant": matrix.acme_it_plant.code, "product": product.code, "revenue": Decimal("1200.05")},
        {"location": "DE", "customer": matrix.acme_de.code, "family": product.family.code, "month_12": Decimal(7)},
    ]
    record = preview(KIND, me, rows)
    assert (record.errors, counts(record)) == ([], [2, 1, 2, 0])
    assert {row.pk: (row.revenue, row.line_count) for row in Budget.objects.all()} == before
    carry_out(record)
    budget.refresh_from_db()
    assert (budget.revenue, budget.line_count) == (78 + Decimal("1200.05"), 2)
    ramp = budget.lines.get(comment="Ramp")
    assert list(ramp.cells.order_by("month").values_list("revenue", flat=True)) == list(range(1, 13))
    rest = BudgetLine.objects.get(customer=matrix.acme_de)
    assert (rest.revenue, rest.cells.get(month=12).revenue) == (7, 7)
    undo_import(record, actor=me)
    record.refresh_from_db()
    imports.run_undo(record.job, quiet)
    assert {row.pk: (row.revenue, row.line_count) for row in Budget.objects.all()} == before
    assert exported(me) == kept


def test_foreign_rows_and_faults_stand_at_their_cells(year: Year, nothing_changed: Any) -> None:
    matrix, me = year.matrix, year.matrix.account_manager
    product = year.product.code
    submit_budget(year.budget(me, matrix.usa), actor=me)
    rows = [
        {"location": "IT", "plant": matrix.beta_plant.code, "product": product, "revenue": 1},
        {"location": "IT", "plant": matrix.acme_it_plant.code, "revenue": 1},
        {"location": "US", "plant": matrix.acme_us_plant.code, "product": product, "revenue": 1},
        {"location": "DE", "round": "1999 V1", "plant": matrix.acme_de_plant.code, "product": product, "revenue": 1},
        {"location": "IT", "plant": matrix.acme_it_plant.code, "product": product, "revenue": 5, "month_01": 4},
        {"location": "DE", "plant": matrix.acme_de_plant.code, "family": year.product.family.code, "currency": "JPY"},
    ]
    record = preview(KIND, me, rows)
    assert [(error["row"], error["column"]) for error in record.errors] == [
        (2, "customer plant"),
        (3, "product"),
        (4, "location"),
        (5, "budget round"),
        (6, "revenue of the year"),
        (7, "currency"),
    ]
    with nothing_changed(apart_from=("core_import", "core_importevent", "core_job", "pghistory_context")):
        other = preview(
            KIND, matrix.area_manager_us, [{"location": "US", "plant": matrix.acme_us_plant.code, "product": product}]
        )
        assert counts(other)[3] == 1


def test_moved_columns_merged_headers_and_subtotals_are_no_lines(year: Year, tmp_path: Path) -> None:
    """A sheet as a person made it: a title, words merged over two rows of headers, columns in their own order, totals between."""
    me, plant = year.matrix.account_manager, year.matrix.acme_it_plant
    labels = {column.key: str(column.label) for column in import_kind(KIND).columns}
    headers = [labels[key] for key in ("revenue", "product", "plant", "location")]
    with xlsxwriter.Workbook(tmp_path / "mine.xlsx") as book:
        page = book.add_worksheet("Budget")
        page.merge_range("A1:D1", "My budget")
        page.merge_range("A3:B3", "what")
        page.merge_range("C3:D3", "to whom")
        page.write_row(3, 0, headers)
        page.write_row(4, 0, [12_000, year.product.code, plant.code, "IT"])
        page.write_row(5, 0, [12_000, "", "Subtotal", ""])
        page.write_row(6, 0, headers)
        page.write_row(8, 0, ["", "", "Total", 12_000])
    with (tmp_path / "mine.xlsx").open("rb") as stream:
        record = imports.upload_import(imports.Import, actor=me, kind=KIND, file=File(stream, name="mine.xlsx"))
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    assert (record.errors, counts(record)) == ([], [0, 1, 0, 0]) and len(record.skipped) == 3
    carry_out(record)
    assert year.budget(me, year.matrix.italy).lines.get(product=year.product).revenue == 12_000


def test_rows_of_one_line_that_fill_different_months_are_one_line(year: Year) -> None:
    """One row a quarter; where two rows fill the same month none of them is taken, and the fault names the other row."""
    matrix, me = year.matrix, year.matrix.account_manager
    line = {"location": "DE", "customer": matrix.acme_de.code, "family": year.product.family.code}
    quarters = [line | {f"month_{month:02d}": Decimal(month) for month in range(first, first + 3)} for first in (1, 4, 7, 10)]
    quarters[1] |= {"comment": "Spring", "revenue": Decimal(15)}
    quarters[2] |= {"month_01": Decimal(0)}
    record = preview(KIND, me, quarters)
    assert (record.errors, counts(record)) == ([], [1, 0, 0, 0])
    carry_out(record)
    rest = BudgetLine.objects.get(customer=matrix.acme_de)
    assert (rest.revenue, rest.comment) == (78, "Spring")
    assert list(rest.cells.order_by("month").values_list("revenue", flat=True)) == list(range(1, 13))
    assert counts(preview(KIND, me, quarters)) == [0, 0, 1, 0]

    wrong = preview(KIND, me, [*quarters[:2], quarters[2] | {"month_04": Decimal(9)}])
    told = [(error["row"], error["column"]) for error in wrong.errors]
    assert (4, "month 4") in told and {row for row, _column in told} == {2, 3, 4} and "row 3 does" in str(wrong.errors)
    assert counts(wrong)[:3] == [0, 0, 0]
    again = preview(KIND, me, [quarters[0], line | {"revenue": Decimal(9)}])
    assert {error["row"] for error in again.errors} == {2, 3} and counts(again)[:3] == [0, 0, 0]


def test_another_class_changes_the_line_and_plans_nothing_twice(year: Year) -> None:
    me = year.matrix.account_manager
    rows = exported(me)
    first = next(row for row in rows if row["location"] == "IT")
    first["chance"] = "awarded"
    record = preview(KIND, me, rows)
    assert (record.errors, counts(record)) == ([], [0, 1, 2, 0])
    carry_out(record)
    line = year.budget(me, year.matrix.italy).lines.get()
    assert (line.chance, line.revenue, line.source) == ("awarded", 400_000, "last_year")


def test_what_came_by_a_sheet_says_so(year: Year) -> None:
    matrix, me = year.matrix, year.matrix.account_manager
    product = ProductFactory(code="KP-9", producing_location=matrix.italy)
    row = {"location": "IT", "plant": matrix.acme_it_plant.code, "product": product.code, "revenue": Decimal(12)}
    carry_out(preview(KIND, me, [row]))
    assert BudgetLine.objects.get(product=product).source == "imported"


def test_in_a_sheet_with_lines_only_figures_class_and_comment_may_be_changed(year: Year, tmp_path: Path) -> None:
    kind = import_kind(KIND)
    file = tmp_path / "lines.xlsx"
    BudgetLine.objects.update(comment="Ramp")
    write_workbook([Sheet("Lines", kind.columns, list(kind.export_rows(year.matrix.account_manager)))], file, language="it")
    with ZipFile(file) as parts:
        page, styles = parts.read("xl/worksheets/sheet1.xml").decode(), parts.read("xl/styles.xml").decode()
    assert "<sheetProtection" in page
    formats = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", styles[styles.index("<cellXfs") : styles.index("</cellXfs>")], re.DOTALL)
    open_formats = {number for number, look in enumerate(formats) if 'locked="0"' in look}
    keys = [column.key for column in kind.columns]
    second = re.search(r'<row r="2".*?</row>', page, re.DOTALL)
    assert second is not None
    cells = re.findall(r'<c r="([A-Z]+)2"(?: s="(\d+)")?', second[0])
    free = {keys[_place(letters)] for letters, style in cells if int(style or 0) in open_formats}
    assert free == {"chance", "quantity", "revenue", *(f"month_{month:02d}" for month in range(1, 13)), "comment"}
    assert len(cells) == len(keys)
    # Without lines it is a sheet to be filled in, and everything may be written.
    write_workbook([Sheet("Lines", kind.columns)], file, language="it")
    with ZipFile(file) as parts:
        assert "<sheetProtection" not in parts.read("xl/worksheets/sheet1.xml").decode()


def _place(letters: str) -> int:
    """The number of a column from its letters, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def test_the_counter_figure_goes_out_locked_and_is_read_only(year: Year, tmp_path: Path) -> None:
    """Who challenged a row finds the figure in the sheet, in a column of its own; changed there, it is refused at its cell."""
    me = year.matrix.account_manager
    line = year.budget(me, year.matrix.italy).lines.get()
    line.challenge, line.counter, line.challenge_reason = "returned", Decimal(350_000), "They cut."
    line.save()
    kind = import_kind(KIND)
    rows = exported(me)
    row = next(row for row in rows if row["location"] == "IT")
    assert (row["counter"], row["challenge_reason"], row["proposed"]) == (350_000, "They cut.", None)
    locked = {column.key for column in kind.columns if column.fixed}
    assert {"counter", "challenge_reason", "proposed"} <= locked and not {"revenue", "month_01", "comment"} & locked
    assert counts(preview(KIND, me, rows)) == [0, 0, len(rows), 0]
    row |= {"counter": Decimal(1), "comment": "Mine"}
    record = preview(KIND, me, rows)
    assert counts(record)[1:] == [0, len(rows) - 1, 1]
    assert [error["column"] for error in record.errors] == ["counter-figure"]
