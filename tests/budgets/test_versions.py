"""Any two versions of a budget compared: what came, went and changed by value, quantity and month; scoped as the budgets are; as a sheet."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from budgets.actions import add_line, edit_cells, remove_line
from budgets.actions.lines import CellValue
from budgets.excel.versions import run_comparison
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound
from budgets.reports.changes import changes_between, versions_of
from kam.core import clock
from kam.core.jobs import Job
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.factories.catalog import ProductFactory
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(year: Year) -> tuple[Budget, Budget]:
    """The account manager's Italian budget of this year, and the same a round later: a row more, one less, one changed, one moved."""
    me, matrix = year.matrix.account_manager, year.matrix
    before = year.budget(me, matrix.italy)
    plant = matrix.acme_it_plant
    gone, moved, same = (
        add_line(
            before,
            actor=me,
            plant=plant,
            product=ProductFactory(code=code, producing_location=matrix.italy),
            revenue=Decimal(1_200),
        )
        for code in ("KP-7", "KP-8", "KP-9")
    )
    BudgetRound.objects.filter(pk=year.round.pk).update(
        status="closed", approved_at=clock.now(), approved_by=matrix.sales_manager, published_at=clock.now()
    )
    later = BudgetRound.objects.create(
        kind="annual", first_month=year.round.first_month, number=2, status="open", opened_at=clock.now(), currency="EUR",
        deadline=clock.today() + timedelta(days=9), requested_by=matrix.sales_manager,
    )  # fmt: skip
    now = Budget.objects.create(round=later, contributor=me, location=matrix.italy)
    for line in before.lines.order_by("pk"):
        add_line(now, actor=me, plant=plant, product=line.product, revenue=line.revenue, producing_location=matrix.italy)
    first = now.lines.get(product=year.product)
    edit_cells(now, actor=me, cells=[CellValue(cell.line_id, cell.month, revenue=Decimal(50_000)) for cell in first.cells.all()])
    kept = now.lines.get(product=moved.product)
    edit_cells(now, actor=me, cells=[CellValue(kept.pk, 1, revenue=Decimal(50)), CellValue(kept.pk, 2, revenue=Decimal(150))])
    remove_line(now.lines.get(product=gone.product), actor=me)
    add_line(now, actor=me, plant=plant, product=ProductFactory(code="KP-10"), quantity=Decimal(12), revenue=Decimal(60))
    assert same.product
    return Budget.objects.get(pk=before.pk), Budget.objects.get(pk=now.pk)


def test_lines_that_came_went_and_changed_by_value_quantity_and_month(two: tuple[Budget, Budget]) -> None:
    before, now = two
    found = changes_between(before, now)
    assert [
        (row.line.product.code if row.line.product else "", str(row.kind), row.revenue_before, row.revenue_now) for row in found
    ] == [
        ("KP-1", "changed", 400_000, 600_000),
        ("KP-7", "removed", 1_200, None),
        ("KP-10", "added", None, 60),
        ("KP-8", "months", 1_200, 1_200),
    ]
    assert found[3].differences("revenue") == [-50, 50, *[0] * 10]
    assert (found[2].quantity_now, found[2].differences("quantity")) == (12, [1] * 12)
    assert found[0].quantity_before == 4_000 and found[0].difference == 200_000
    assert changes_between(now, now) == []
    assert {row.difference for row in changes_between(now, before)} == {-200_000, 1_200, -60, 0}


def test_a_row_of_another_class_is_one_row_and_a_rest_has_no_quantity(two: tuple[Budget, Budget], year: Year) -> None:
    """The class alone changed; of two classes of the same goods the one that is in both is compared with itself."""
    before, now = two
    me, plant = year.matrix.account_manager, year.matrix.acme_it_plant
    rest: Any = add_line(now, actor=me, customer=plant.customer, family=year.product.family, revenue=Decimal(3_600))
    past = BudgetLine.objects.create(
        budget=before, customer=plant.customer, family=year.product.family, currency=rest.currency,
        producing_location=rest.producing_location,
    )  # fmt: skip
    BudgetCell.objects.bulk_create(BudgetCell(line=past, month=month, revenue=200) for month in range(1, 13))
    row = before.lines.get(product__code="KP-8")
    now.lines.filter(product__code="KP-9").update(chance="awarded")
    add_line(now, actor=me, plant=plant, product=row.product, producing_location=year.matrix.italy, revenue=Decimal(12),
             chance="to_be_won")  # fmt: skip
    found = {(row.line.product.code if row.line.product else "", row.chance_now): row for row in changes_between(before, now)}
    changed, rest = found["KP-9", "awarded"], found["", "running"]
    assert (changed.kind, changed.difference, changed.class_change) == ("changed", 0, "Running business → Awarded")
    assert (found["KP-8", "running"].kind, found["KP-8", "to_be_won"].kind) == ("months", "added")
    assert len(found) == 7
    assert (rest.kind, rest.revenue_before, rest.revenue_now, rest.difference) == ("changed", 2_400, 3_600, 1_200)
    assert (rest.quantity_before, rest.quantity_now, rest.quantity_difference, rest.class_change) == (None, None, None, "")
    rows = api(me).get(f"/api/v1/budgets/{now.pk}/changes/", {"with": before.pk}).json()
    assert ["running", "awarded"] in [[row["chance_before"], row["chance_now"]] for row in rows]
    page = words(as_(me).get(f"/budgets/{now.pk}/versions/"))
    assert "Running business → Awarded" in page and "pieces" in page and " pcs" not in page


def test_only_versions_that_one_reads_are_compared(two: tuple[Budget, Budget], year: Year) -> None:
    """Over REST and on the page: another's budget is no version, and whom only one version is shown to compares nothing with it."""
    before, now = two
    matrix = year.matrix
    me, boss = api(matrix.account_manager), api(matrix.sales_manager)
    at = f"/api/v1/budgets/{now.pk}/changes/"
    rows = boss.get(at, {"with": before.pk}).json()
    assert (rows[0]["kind"], rows[0]["revenue_before"], rows[0]["revenue_now"]) == ("changed", "400000.00", "600000.00")
    assert (rows[3]["revenues_before"][:2], rows[3]["revenues_now"][:2]) == (["100.00", "100.00"], ["50.00", "150.00"])
    assert (rows[2]["quantities_before"], rows[2]["quantities_now"][0]) == (None, "1.000")
    german = year.budget(matrix.account_manager, matrix.germany)
    for wrong in (german.pk, 10**9, "x"):
        assert me.get(at, {"with": wrong}).status_code == 400, wrong
    assert me.get(at).json() == []
    assert api(matrix.area_manager_us).get(at, {"with": before.pk}).status_code == 404
    assert versions_of(now, matrix.account_manager) == [now, before] and versions_of(now, matrix.area_manager_us) == []
    # An estimate made meanwhile is a version too, and not the one that a plan is compared with at first.
    guess = BudgetRound.objects.create(
        kind="estimate", first_month=year.round.first_month, number=9, status="closed", opened_at=clock.now(), currency="EUR",
        deadline=clock.today(), requested_by=matrix.sales_manager,
    )  # fmt: skip
    Budget.objects.create(round=guess, contributor=matrix.account_manager, location=matrix.italy)
    BudgetRound.objects.filter(pk=guess.pk).update(created_at=now.round.created_at)
    page = words(as_(matrix.sales_manager).get(f"/budgets/{now.pk}/versions/"))
    assert "KP-7" in page and "Taken out" in page and "KP-10" in page and "600,000" in page and "KP-9" not in page
    page = words(
        as_(matrix.sales_manager).get(f"/budgets/{now.pk}/versions/?before={german.pk}&now={german.pk}&measure=quantity")
    )
    assert "KP-7" in page and "250,000" not in page
    assert as_(matrix.area_manager_us).get(f"/budgets/{now.pk}/versions/").status_code == 404
    assert "There is only this version of the budget." in words(as_(matrix.sales_manager).get(f"/budgets/{german.pk}/versions/"))


def test_the_comparison_as_a_sheet(two: tuple[Budget, Budget], year: Year, tmp_path: Path) -> None:
    before, now = two
    me = as_(year.matrix.account_manager)
    done = me.post(f"/budgets/{now.pk}/versions/sheet/", {"before": before.pk, "now": now.pk})
    job = Job.objects.get(kind="budgets.compare_versions")
    assert (done.status_code, job.params["before"]) == (302, before.pk)
    report: Any = SimpleNamespace(file=lambda name: tmp_path / "made.xlsx")
    assert run_comparison(job, report) == {"rows": 4}
    head, *rows = CalamineWorkbook.from_path(tmp_path / "made.xlsx").get_sheet_by_index(0).to_python()
    column = {name: place for place, name in enumerate(head)}
    moved = rows[3]
    assert (moved[column["Change"]], moved[column["Revenue, before"]], moved[column["Revenue, now"]]) == (
        "Other months",
        1_200,
        1_200,
    )
    assert (moved[column["Revenue Jan, before"]], moved[column["Revenue Jan, now"]]) == (100, 50)
    assert rows[0][column["Revenue, difference"]] == 200_000
    job.actor = year.matrix.area_manager_us
    with pytest.raises(Denied):
        run_comparison(job, report)
