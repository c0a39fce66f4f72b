"""What the grid tells of costs: to who reads them, and to nobody else."""

from decimal import Decimal
from typing import Any

import pytest

from budgets.models import Budget, BudgetLine
from tests.accounts.test_activity import api
from tests.budgets.conftest import Year
from tests.pages import client_for

pytestmark = pytest.mark.django_db


def lines_read(user: Any, budget: Budget) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api(user).get(f"/api/v1/budgets/{budget.pk}/cells/").json()["lines"]
    return found


def test_what_a_unit_costs_is_told_to_who_reads_costs_of_the_line(year: Year) -> None:
    matrix = year.matrix
    budget = year.budget(matrix.account_manager, matrix.germany)
    BudgetLine.objects.filter(budget=budget).update(unit_cost=Decimal("61.5"), cost_share=None)
    (line,) = lines_read(matrix.account_manager, budget)
    assert (line["reads_cost"], line["unit_cost"], line["cost_share"]) == (True, 61.5, None)
    # The area manager there reads the plan, but not what another location's goods cost.
    (line,) = lines_read(matrix.area_manager_de, budget)
    assert (line["reads_cost"], line["unit_cost"], line["cost_share"]) == (False, None, None)
    for user, offered in ((matrix.account_manager, True), (matrix.area_manager_de, False), (matrix.sales_manager, True)):
        page = client_for(user).get(f"/budgets/{budget.pk}/grid/").content.decode()
        assert ('data-measure="margin"' in page) is offered, user
