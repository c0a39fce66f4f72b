"""The lines of a budget and their cells: spread to the cent, written in batches, never over somebody else's change."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import add_line, create_budget, edit_cells, edit_line, fill_budget, phase_line, remove_line, submit_budget
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine
from kam.core import clock
from kam.core.workflow import Denied, Refusals
from tests.budgets.conftest import Year
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory

pytestmark = pytest.mark.django_db
WEIGHTS = [Decimal(part) for part in (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)]


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's budget in Italy, with one line of 400,000."""
    return year.budget(year.matrix.account_manager, year.matrix.italy)


def months(line: BudgetLine, field: str) -> list[Any]:
    return list(line.cells.order_by("month").values_list(field, flat=True))


@pytest.mark.acceptance("AT-12")
def test_a_year_is_spread_in_whole_pieces(budget: Budget) -> None:
    line = budget.lines.get()
    phase_line(line, actor=budget.contributor, quantity=Decimal(1_003), weights=WEIGHTS)
    assert months(line, "quantity") == [70, 80, 91, 90, 90, 90, 80, 40, 101, 101, 90, 80]
    assert set(months(line, "price")) == {100}
    line.refresh_from_db()
    assert (line.quantity, line.revenue) == (1_003, 100_300)
    budget.refresh_from_db()
    assert budget.revenue == 100_300


def test_money_is_spread_to_the_cent_and_keeps_its_shape(budget: Budget) -> None:
    line = budget.lines.get()
    phase_line(line, actor=budget.contributor, revenue=Decimal("1000.01"), weights=WEIGHTS)
    assert sum(months(line, "revenue")) == Decimal("1000.01")
    before = months(line, "revenue")
    phase_line(line, actor=budget.contributor, revenue=Decimal("2000.02"))
    assert months(line, "revenue") == [2 * part for part in before]
    assert months(line, "quantity") == [None] * 12


def test_quantity_and_price_make_the_revenue(budget: Budget) -> None:
    line = budget.lines.get()
    cells = [
        CellValue(line.pk, 1, quantity=Decimal(10), price=Decimal("1.23456")),
        CellValue(line.pk, 2, quantity=Decimal(3), revenue=Decimal(10)),
        CellValue(line.pk, 3, revenue=Decimal("5.005")),
    ]
    edit_cells(budget, actor=budget.contributor, cells=cells)
    found = {cell.month: (cell.quantity, cell.price, cell.revenue) for cell in line.cells.filter(month__lte=3)}
    assert found == {
        1: (10, Decimal("1.23456"), Decimal("12.35")),
        2: (3, Decimal("3.33333"), Decimal("10.00")),
        3: (None, None, Decimal("5.01")),
    }


def test_a_cell_that_changed_meanwhile_refuses_the_whole_batch(budget: Budget, nothing_changed: Any) -> None:
    line = budget.lines.get()
    seen = {cell.month: cell.version for cell in line.cells.all()}
    edit_cells(budget, actor=budget.contributor, cells=[CellValue(line.pk, 5, revenue=Decimal(7), version=seen[5])])
    assert line.cells.get(month=5).version == seen[5] + 1
    batch = [CellValue(line.pk, month, revenue=Decimal(9), version=seen[month]) for month in (4, 5, 6)]
    with nothing_changed(), pytest.raises(Denied) as denied:
        edit_cells(budget, actor=budget.contributor, cells=batch)
    assert (denied.value.code, denied.value.status) == ("changed_meanwhile", 412)


def test_every_fault_of_a_batch_is_told(budget: Budget, year: Year, nothing_changed: Any) -> None:
    line = budget.lines.get()
    foreign = BudgetLine.objects.exclude(budget=budget).first()
    assert foreign is not None
    batch = [
        CellValue(line.pk, 13, revenue=Decimal(1)),
        CellValue(foreign.pk, 1, revenue=Decimal(1)),
        CellValue(line.pk, 2, revenue=Decimal(-1)),
        CellValue(line.pk, 3, price=Decimal(1)),
        CellValue(line.pk, 4, revenue=Decimal("NaN")),
        CellValue(line.pk, 4, revenue=Decimal(1)),
    ]
    with nothing_changed(), pytest.raises(Refusals) as refused:
        edit_cells(budget, actor=budget.contributor, cells=batch)
    assert [(one.field, one.code) for one in refused.value.refusals] == [
        ("cells.0", "no_month"),
        ("cells.1", "foreign_line"),
        ("cells.2", "absurd"),
        ("cells.3", "price_alone"),
        ("cells.4", "absurd"),
        ("cells", "cell_twice"),
    ]
    with nothing_changed(), pytest.raises(Denied):
        edit_cells(budget, actor=budget.contributor, cells=[])


def test_a_line_is_added_once_and_only_where_it_belongs(budget: Budget, year: Year, nothing_changed: Any) -> None:
    matrix, me = year.matrix, budget.contributor
    product = ProductFactory(code="KP-2", producing_location=matrix.italy)
    line = add_line(budget, actor=me, plant=matrix.acme_it_plant, product=product, revenue=Decimal(1_200), quantity=Decimal(12))
    assert (line.currency, line.unit, line.producing_location, line.revenue) == ("EUR", product.base_unit, matrix.italy, 1_200)
    assert months(line, "price") == [100] * 12
    refused = [
        ({"plant": matrix.acme_it_plant, "product": product}, "line_twice"),
        ({"plant": matrix.beta_plant, "product": product}, "not_of_this_budget"),
        ({"customer": matrix.beta, "product": product}, "not_of_this_budget"),
        ({"plant": matrix.acme_it_plant, "family": product.family, "quantity": Decimal(5)}, "no_price"),
        ({"product": product}, "one_buyer"),
        ({"plant": matrix.acme_it_plant}, "one_article"),
        ({"plant": matrix.acme_it_plant, "product": product, "currency": "JPY"}, "no_budget_rate"),
        ({"plant": matrix.acme_it_plant, "product": product, "source": "imported"}, "not_editable"),
    ]
    with nothing_changed():
        for values, code in refused:
            with pytest.raises(Denied) as denied:
                add_line(budget, actor=me, **values)
            assert denied.value.code == code, values
    edit_line(line, actor=me, chance="awarded", comment="Nominated in May")
    line.refresh_from_db()
    assert (line.chance, line.comment) == ("awarded", "Nominated in May")
    budget.refresh_from_db()
    assert (budget.revenue, budget.line_count) == (401_200, 2)
    remove_line(line, actor=me)
    budget.refresh_from_db()
    assert (budget.revenue, budget.line_count, BudgetCell.objects.filter(line_id=line.pk).count()) == (400_000, 1, 0)


def test_filling_adds_what_is_missing_and_keeps_what_was_made(budget: Budget, year: Year, nothing_changed: Any) -> None:
    me = budget.contributor
    first = budget.lines.get()
    phase_line(first, actor=me, revenue=Decimal(100))
    fill_budget(budget, actor=me)
    assert budget.lines.get().revenue == 100
    fill_budget(budget, actor=me, anew=True, volume_percent=Decimal(10), price_percent=Decimal(-5))
    filled = budget.lines.get()
    assert (filled.quantity, filled.revenue) == (4_400, 418_000)
    assert {cell.price for cell in filled.cells.exclude(revenue=0)} == {95}
    with nothing_changed(), pytest.raises(Denied) as denied:
        fill_budget(budget, actor=me, volume_percent=Decimal(-101))
    assert denied.value.field == "volume_percent"


def test_a_zero_plan_needs_a_reason(budget: Budget, nothing_changed: Any) -> None:
    me = budget.contributor
    line = budget.lines.get()
    phase_line(line, actor=me, revenue=Decimal(0))
    with nothing_changed(), pytest.raises(Refusals) as refused:
        submit_budget(budget, actor=me)
    assert [one.code for one in refused.value.refusals] == ["plan_of_zero"]
    assert str(line.plant) in str(refused.value.refusals[0])
    edit_line(line, actor=me, comment="The plant moves to another supplier.")
    assert submit_budget(budget, actor=me).status == "submitted"


def test_an_empty_budget_is_submitted_only_where_nobody_bought(budget: Budget, year: Year, nothing_changed: Any) -> None:
    remove_line(budget.lines.get(), actor=budget.contributor)
    with nothing_changed(), pytest.raises(Refusals) as refused:
        submit_budget(budget, actor=budget.contributor)
    assert [one.code for one in refused.value.refusals] == ["plan_of_zero"]
    matrix = year.matrix
    silent = create_budget(
        Budget, actor=matrix.sales_manager, round=year.round, contributor=matrix.area_manager_us, location=matrix.usa
    )
    assert silent.line_count == 0
    assert submit_budget(silent, actor=matrix.area_manager_us).status == "submitted"


def test_whole_pieces_stay_whole_and_the_year_grows_as_asked(budget: Budget, year: Year) -> None:
    """Four months of 1 piece and 6 % more are 4 pieces, 40 of them 42: months are rounded as they add up."""
    matrix = year.matrix
    product = ProductFactory(code="KP-3", producing_location=matrix.italy)
    first = clock.today().replace(day=1)
    for back in range(1, 11):
        day = months_before(first, back)
        SalesLineFactory(
            plant=matrix.acme_it_plant,
            selling_location=matrix.italy,
            product=product,
            date=day,
            quantity=Decimal(4),
            net=Decimal(4_000),
        )
    fill_budget(budget, actor=budget.contributor, volume_percent=Decimal(6))
    line = budget.lines.get(product=product)
    quantities = [quantity for quantity in months(line, "quantity") if quantity]
    assert all(quantity % 1 == 0 for quantity in quantities)
    assert (line.quantity, line.revenue) == (42, 42_000)
    assert {price for price in months(line, "price") if price} == {1_000}


def months_before(first: date, count: int) -> date:
    """The fifteenth of a month that many months before."""
    place = first.year * 12 + first.month - 1 - count
    return date(place // 12, place % 12 + 1, 15)


def test_a_line_of_a_budget_that_was_submitted_stays(budget: Budget, nothing_changed: Any) -> None:
    line = budget.lines.get()
    submit_budget(budget, actor=budget.contributor)
    attempts: list[Any] = [
        lambda: edit_line(line, actor=budget.contributor, comment="Later"),
        lambda: phase_line(line, actor=budget.contributor, revenue=Decimal(1)),
        lambda: remove_line(line, actor=budget.contributor),
    ]
    with nothing_changed():
        for attempt in attempts:
            with pytest.raises(Denied) as denied:
                attempt()
            assert denied.value.code == "budget_closed"
