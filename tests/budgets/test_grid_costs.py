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


def test_a_save_tells_no_cost_either(year: Year) -> None:
    """What BETA buys in Germany is made in Italy: its area manager plans it and does not read what it costs."""
    matrix = year.matrix
    for contributor, location, reads in (
        (matrix.area_manager_de, matrix.germany, False),
        (matrix.account_manager, matrix.germany, True),
    ):
        budget = year.budget(contributor, location)
        line = budget.lines.get()
        BudgetLine.objects.filter(pk=line.pk).update(unit_cost=Decimal("61.5"))
        body = {"cells": [{"line": line.pk, "month": 3, "quantity": "10", "price": "100"}]}
        answer = api(contributor).post(f"/api/v1/budgets/{budget.pk}/edit-cells/", body, format="json")
        assert answer.status_code == 200
        assert ({"cost", "uncosted", "margin"} <= set(answer.json())) is reads, contributor
        assert answer.json()["cells"][0]["revenue"] == "1000.00"
