"""The grid over REST: everything at once, what changed since, batches that name what others wrote, changes in per cent, the past of a cell."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment
from budgets.actions import add_line, adjust_cells, edit_cells, submit_budget
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.reports.grid import grid_lines, months_before, sold_before
from kam.core import clock
from kam.core.workflow import Denied, Refusals
from tests.accounts.test_activity import api
from tests.budgets.conftest import Year, last_month
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's budget in Italy, with one line of 400,000."""
    return year.budget(year.matrix.account_manager, year.matrix.italy)


def more_lines(budget: Budget, count: int) -> list[BudgetLine]:
    """Lines with their cells, made in sets."""
    like = budget.lines.first()
    assert like is not None
    products = [ProductFactory(producing_location=like.producing_location) for _place in range(count)]
    lines = BudgetLine.objects.bulk_create(
        BudgetLine(
            budget=budget,
            plant=like.plant,
            product=one,
            producing_location=like.producing_location,
            currency="EUR",
            unit=one.base_unit,
        )
        for one in products
    )
    BudgetCell.objects.bulk_create(
        BudgetCell(line=line, month=month, quantity=10, price=2, revenue=20) for line in lines for month in range(1, 13)
    )
    return lines


def test_the_grid_holds_every_cell_and_only_what_changed_since(budget: Budget, year: Year) -> None:
    client = api(budget.contributor)
    at = f"/api/v1/budgets/{budget.pk}/cells/"
    line = budget.lines.get()
    whole = client.get(at).json()
    assert (whole["accepts_work"], whole["line_count"], len(whole["lines"])) == (True, 1, 1)
    row = whole["lines"][0]
    assert (row["id"], row["currency"], row["chance"], row["buyer"]) == (line.pk, "EUR", "running", line.buyer)
    assert row["article"] == str(year.product)
    assert len(row["months"]) == 12
    assert sum(month[2] for month in row["months"]) == 400_000
    since = whole["next_since"]
    edit_cells(budget, actor=budget.contributor, cells=[CellValue(line.pk, 3, revenue=Decimal("12.34"))])
    changed = client.get(at, {"updated_since": since}).json()
    assert [one["months"][2][2] for one in changed["lines"]] == [12.34]
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    assert client.get(at, {"updated_since": later}).json()["lines"] == []
    assert client.get(at, {"updated_since": "yesterday"}).status_code == 400
    assert client.get(at, {"month": "1"}).status_code == 400


def test_the_grid_is_read_in_a_few_queries_whatever_its_size(budget: Budget, django_assert_num_queries: Any) -> None:
    client = api(budget.contributor)
    client.get(f"/api/v1/budgets/{budget.pk}/cells/")
    counts = []
    for count in (1, 40):
        more_lines(budget, count)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/budgets/{budget.pk}/cells/")
        assert answer.status_code == 200
        counts.append(len(queries))
    assert len(answer.json()["lines"]) == 42
    assert counts[0] == counts[1]
    with django_assert_num_queries(2):
        grid_lines(budget, budget.contributor)


def test_who_oversees_reads_the_grid_and_nobody_else(budget: Budget, year: Year) -> None:
    matrix = year.matrix
    line = budget.lines.get()
    mine = f"/api/v1/budgets/{budget.pk}"
    past = f"/api/v1/budget-lines/{line.pk}/past/?month=1"
    for path in (f"{mine}/cells/", f"{mine}/compared/?with=last_year", f"{mine}/compared/?with=previous", past):
        for user in (budget.contributor, matrix.sales_manager):
            assert api(user).get(path).status_code == 200, path
        for user in (matrix.area_manager_de, matrix.quality_it, matrix.nobody):
            assert api(user).get(path).status_code == 404, path
    body = {"measure": "price", "percent": "3"}
    assert api(matrix.sales_manager).post(f"/api/v1/budgets/{budget.pk}/adjust-cells/", body, format="json").status_code == 403


def test_a_batch_answers_with_what_it_wrote_and_twice_is_once(budget: Budget) -> None:
    client = api(budget.contributor)
    line = budget.lines.get()
    seen = line.cells.get(month=1).version
    body = {"cells": [{"line": line.pk, "month": 1, "quantity": "3", "price": "2.5", "version": seen}]}
    at = f"/api/v1/budgets/{budget.pk}/edit-cells/"
    first = client.post(at, body, format="json", HTTP_IDEMPOTENCY_KEY="a-batch").json()
    assert first["cells"] == [
        {"line": line.pk, "month": 1, "quantity": "3.000", "price": "2.50000", "revenue": "7.50", "version": seen + 1}
    ]
    again = client.post(at, body, format="json", HTTP_IDEMPOTENCY_KEY="a-batch")
    assert (again.status_code, again.json()) == (200, first)
    assert line.cells.get(month=1).version == seen + 1


def test_each_cell_that_somebody_else_changed_is_named(budget: Budget, nothing_changed: Any) -> None:
    line = budget.lines.get()
    seen = {cell.month: cell.version for cell in line.cells.all()}
    edit_cells(budget, actor=budget.contributor, cells=[CellValue(line.pk, month, revenue=Decimal(7)) for month in (5, 7)])
    batch = [CellValue(line.pk, month, revenue=Decimal(9), version=seen[month]) for month in (4, 5, 6, 7)]
    with nothing_changed(), pytest.raises(Refusals) as refused:
        edit_cells(budget, actor=budget.contributor, cells=batch)
    assert [(one.field, one.code, one.status) for one in refused.value.refusals] == [
        ("cells.1", "changed_meanwhile", 412),
        ("cells.3", "changed_meanwhile", 412),
    ]


def test_three_per_cent_on_the_price_from_april_of_some_lines(budget: Budget) -> None:
    first, second, other = more_lines(budget, 3)
    adjust_cells(
        budget,
        actor=budget.contributor,
        measure="price",
        percent=Decimal(3),
        from_month=4,
        lines=[first.pk, second.pk],
        held=[(second.pk, 12)],
    )
    prices = {line: list(line.cells.order_by("month").values_list("price", "revenue")) for line in (first, second, other)}
    before, after = (Decimal(2), Decimal(20)), (Decimal("2.06"), Decimal("20.60"))
    assert prices == {
        first: [before] * 3 + [after] * 9,
        second: [before] * 3 + [after] * 8 + [before],
        other: [before] * 12,
    }
    first.refresh_from_db()
    assert first.revenue == 60 + 9 * Decimal("20.60")


def test_whole_pieces_stay_whole_and_money_without_pieces_follows(budget: Budget) -> None:
    (line,) = more_lines(budget, 1)
    line.cells.filter(month=2).update(quantity=None, price=None, revenue=Decimal("10.01"))
    line.cells.filter(month=3).update(quantity=33, revenue=66)
    adjust_cells(budget, actor=budget.contributor, measure="quantity", percent=Decimal("-10"), to_month=3, lines=[line.pk])
    found = list(line.cells.filter(month__lte=3).order_by("month").values_list("quantity", "revenue"))
    assert found == [(9, 18), (None, Decimal("9.01")), (30, 60)]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"measure": "margin"}, "no_such_measure"),
        ({"percent": Decimal(-101)}, "percent_absurd"),
        ({"from_month": 5, "to_month": 4}, "no_month"),
        ({"lines": "foreign"}, "foreign_line"),
    ],
)
def test_a_change_in_per_cent_that_makes_no_sense(
    budget: Budget, values: dict[str, Any], code: str, nothing_changed: Any
) -> None:
    foreign = BudgetLine.objects.exclude(budget=budget).first()
    assert foreign is not None
    given = {"measure": "price", "percent": Decimal(3)} | values
    if given.get("lines"):
        given["lines"] = [foreign.pk]
    with nothing_changed(), pytest.raises(Denied) as denied:
        adjust_cells(budget, actor=budget.contributor, **given)
    assert denied.value.code == code


def test_what_is_submitted_stays(budget: Budget, nothing_changed: Any) -> None:
    submit_budget(budget, actor=budget.contributor)
    with nothing_changed(), pytest.raises(Denied) as denied:
        adjust_cells(budget, actor=budget.contributor, measure="price", percent=Decimal(3))
    assert denied.value.code == "budget_closed"
    assert api(budget.contributor).get(f"/api/v1/budgets/{budget.pk}/cells/").json()["accepts_work"] is False


def test_the_past_of_a_cell_says_what_it_was_who_and_why(budget: Budget, year: Year) -> None:
    client = api(budget.contributor)
    line = budget.lines.get()
    cell = CellValue(line.pk, 2, quantity=Decimal(4), price=Decimal(5))
    edit_cells(budget, actor=budget.contributor, reason="Agreed by phone", cells=[cell])
    said = {"record_type": "budgets.budgetline", "record_id": line.pk, "place": "month-2", "text": "Plant closed"}
    assert client.post("/api/v1/comments/", said, format="json").status_code == 201
    at = f"/api/v1/budget-lines/{line.pk}/past/"
    past = client.get(at, {"month": 2}).json()
    newest, oldest = past["events"][0], past["events"][-1]
    assert (newest["quantity"], newest["revenue"], newest["reason"]) == ("4.000", "20.00", "Agreed by phone")
    assert newest["person"] == str(budget.contributor)
    assert oldest["version"] == 1
    assert [one["text"] for one in past["comments"]] == ["Plant closed"]
    assert client.get(f"/api/v1/budgets/{budget.pk}/cells/").json()["remarks"] == [{"line": line.pk, "month": 2, "count": 1}]
    assert {one["month"] for one in client.get(at).json()["events"]} == set(range(1, 13))
    for parameters in ({"month": 13}, {"month": "x"}, {"year": 1}):
        assert client.get(at, parameters).status_code == 400


def test_sales_of_the_year_before_stand_beside_the_lines_they_belong_to(budget: Budget, year: Year) -> None:
    matrix = year.matrix
    small = ProductFactory(code="KP-9", producing_location=matrix.italy, family=year.product.family)
    for product, net in ((year.product, 100), (small, 40)):
        SalesLineFactory(
            plant=matrix.acme_it_plant,
            selling_location=matrix.italy,
            producing_location=matrix.italy,
            product=product,
            date=last_month(),
            quantity=Decimal(net),
            net=Decimal(net),
        )
    rest = add_line(budget, actor=budget.contributor, customer=matrix.acme_it, family=year.product.family)
    line = budget.lines.exclude(pk=rest.pk).get()
    month = [one.month for one in months_before(budget.round.first_month)].index(last_month().month)
    found = {one["line"]: one["months"][month] for one in sold_before(budget, budget.contributor)}
    assert found == {line.pk: [4_100, 400_100], rest.pk: [40, 40]}
    answer = api(budget.contributor).get(f"/api/v1/budgets/{budget.pk}/compared/", {"with": "last_year"}).json()
    assert {one["line"] for one in answer["lines"]} == {line.pk, rest.pk}
    nothing = api(budget.contributor).get(f"/api/v1/budgets/{budget.pk}/compared/", {"with": "previous"}).json()
    assert nothing == {"name": "", "lines": []}
    assert api(budget.contributor).get(f"/api/v1/budgets/{budget.pk}/compared/", {"with": "x"}).status_code == 400


def test_sales_to_a_customer_who_changed_hands_are_not_told_to_who_planned_for_them(budget: Budget, year: Year) -> None:
    """ACME is the second account manager's by now: the first one keeps the plan and reads no more of what is sold."""
    matrix = year.matrix
    group = Assignment.objects.get(group=matrix.acme)
    Assignment.objects.filter(pk=group.pk).update(user=matrix.account_manager2)
    for user in (matrix.account_manager, matrix.account_manager2):
        user.renew_access()
    at = f"/api/v1/budgets/{budget.pk}/compared/"
    assert api(matrix.account_manager).get(at).json()["lines"] == []
    assert len(api(matrix.sales_manager).get(at).json()["lines"]) == 1
    assert api(matrix.account_manager2).get(at).status_code == 404


def test_a_revenue_is_quantity_times_price(budget: Budget, nothing_changed: Any) -> None:
    line = budget.lines.get()
    wrong = CellValue(line.pk, 1, Decimal(1_000), Decimal(10), Decimal(0))
    with nothing_changed(), pytest.raises(Refusals) as refused:
        edit_cells(budget, actor=budget.contributor, cells=[wrong])
    assert [one.code for one in refused.value.refusals] == ["not_the_product"]
    rounded = CellValue(line.pk, 1, Decimal(3), Decimal("33.33333"), Decimal(100))
    edit_cells(budget, actor=budget.contributor, cells=[rounded])
    assert line.cells.get(month=1).revenue == 100
