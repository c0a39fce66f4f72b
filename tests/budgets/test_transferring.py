"""What of budgets passes with a plant or a product to another of our locations: rows in preparation, never what is published."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from budgets.models import Budget, BudgetLine
from catalog.actions import carry_out_transfer, plan_transfer
from catalog.models import Transfer
from catalog.reports.transfers import sections
from kam.core import clock
from tests.budgets.conftest import Year

pytestmark = pytest.mark.django_db


def outcomes(year: Year, transfer: Transfer, sort: str) -> list[str]:
    """What becomes of one sort of things."""
    found = {part.sort: part for part in sections(transfer, year.matrix.sales_manager)}
    return [row.outcome.value for row in found[sort].rows] if sort in found else []


def test_rows_of_budgets_in_preparation_move_from_the_month_on(year: Year) -> None:
    matrix = year.matrix
    first = year.round.first_month.replace(month=4)
    american, italian = (year.budget(matrix.account_manager, place) for place in (matrix.usa, matrix.italy))
    before = american.lines.get(plant=matrix.acme_us_plant)
    total, moving = before.revenue, sum(cell.revenue for cell in before.cells.filter(month__gte=4))
    transfer = plan_transfer(
        Transfer, actor=matrix.sales_manager, plant=matrix.acme_us_plant, source=matrix.usa, target=matrix.italy, day=first
    )
    assert outcomes(year, transfer, "budget_rows") == ["moves"]
    with clock.moment(datetime(first.year, 4, 1, 9, tzinfo=UTC)):
        carry_out_transfer(transfer, actor=None)
    before.refresh_from_db()
    after = italian.lines.get(plant=matrix.acme_us_plant)
    assert moving > 0
    assert (before.revenue, after.revenue) == (total - moving, moving)
    assert set(after.cells.filter(month__lt=4).values_list("revenue", flat=True)) == {Decimal(0)}
    american.refresh_from_db()
    assert american.revenue == total - moving
    transfer.refresh_from_db()
    assert transfer.moved["budget_rows"] == 1


def test_a_product_made_elsewhere_is_planned_there_in_the_same_budget(year: Year) -> None:
    matrix, product = year.matrix, year.product
    rows = BudgetLine.objects.filter(product=product, producing_location=matrix.italy, revenue__gt=0)
    before = {row.pk: (row.budget_id, row.revenue) for row in rows}
    transfer = plan_transfer(
        Transfer, actor=matrix.sales_manager, product=product, target=matrix.germany, day=year.round.first_month
    )
    with clock.moment(datetime(year.round.first_month.year, 1, 1, 9, tzinfo=UTC)):
        carry_out_transfer(transfer, actor=None)
    assert before
    assert not rows.all().exists()
    made = BudgetLine.objects.filter(product=product, producing_location=matrix.germany)
    assert sorted(made.values_list("budget", "revenue")) == sorted(before.values())


def test_a_budget_that_was_handed_in_keeps_its_rows(year: Year) -> None:
    matrix = year.matrix
    Budget.objects.filter(location=matrix.usa).update(status="submitted", submitted_at=clock.now())
    transfer = plan_transfer(
        Transfer, actor=matrix.sales_manager, plant=matrix.acme_us_plant, source=matrix.usa, target=matrix.italy,
        day=year.round.first_month,
    )  # fmt: skip
    assert outcomes(year, transfer, "budget_rows") == ["stays"]
