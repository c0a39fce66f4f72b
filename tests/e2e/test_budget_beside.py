"""What agreements and negotiations say beside the lines of the grid, in a browser, in Italian: shown when it is asked for."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from budgets.actions import add_line
from budgets.models import Budget
from tests.e2e.pages import Desk
from tests.e2e.test_budget_grid import Grid, budget
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

__all__ = ["budget"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_agreed_prices_stand_beside_when_they_are_asked_for(world: Matrix, desk: Desk, budget: Budget) -> None:
    """1,200 pieces at 10 are 12,000; at the 9.50 that are agreed until November 11 × 950 and a December as planned: 11,450."""
    first = budget.round.first_month
    row = add_line(
        budget, actor=world.area_manager_de, plant=world.beta_plant, product=ProductFactory(code="AG-1"), currency="EUR",
        quantity=Decimal(1200), revenue=Decimal(12_000),
    )  # fmt: skip
    agreement(line(row.product, "9.50"), plant=world.beta_plant, first_day=first, last_day=first.replace(month=11, day=30))
    kam = desk.open(world.area_manager_de)
    grid = Grid(kam, budget)
    heads = grid.page.locator(".tabulator-header")
    expect(heads).not_to_contain_text("Ai prezzi concordati")
    grid.page.locator("[data-compare=agreed]").check()
    expect(heads).to_contain_text("Ai prezzi concordati")
    shown = grid.page.locator(".tabulator-row").filter(has_text="AG-1")
    expect(shown).to_contain_text("11.450")
    expect(shown).to_contain_text(re.compile("550"))
    grid.page.locator("[data-compare=agreed]").uncheck()
    expect(heads).not_to_contain_text("Ai prezzi concordati")
    grid.page.locator("[data-compare=negotiations]").check()
    expect(grid.told).to_contain_text("non c'è nulla con cui confrontare")
