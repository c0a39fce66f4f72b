"""Not one sale more and not one less, in companies made by chance: lines, totals and margins beside the rule said in plain Python."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Role, User
from orders.models import AccountTotal, SalesDocument, SalesLine, SalesTotal
from orders.reports.figures import Question, sales_by, sales_by_month, sales_total
from tests.accounts.test_row_rule import SEEDS, Scatter
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.row_rule import COST_READERS, Facts, Reader

pytestmark = [pytest.mark.django_db]
PRICE_READERS = {"account_manager", "area_manager", "sales_manager", "back_office", "finance", "management", "auditor"}
YEAR = Question(2026)
#: Dimensions of every level of the totals.
DIMENSIONS = ("customer", "product", "account_manager", "selling_location", "present_manager", "kind")


class Sales:
    """Which sales one person reads, and of which the costs: what their accounts bought, and what their locations sold."""

    def __init__(self, reader: Reader, roles: set[str]) -> None:
        grants = [grant for grant in reader.grants if grant.role in roles]
        others = [grant for grant in grants if grant.role != Role.ACCOUNT_MANAGER]
        self.everything = any(grant.location_id is None for grant in others)
        self.locations = {grant.location_id for grant in others}
        self.led = reader._of([grant for grant in grants if grant.role == Role.ACCOUNT_MANAGER]).plants

    def led_of(self, rows: Iterable[SalesLine]) -> list[SalesLine]:
        """Those that were sold to the accounts that are led."""
        return [row for row in rows if self.everything or row.plant_id in self.led]

    def of(self, rows: Iterable[SalesLine]) -> list[SalesLine]:
        """Those, and what was sold by the locations."""
        return [row for row in rows if self.everything or row.plant_id in self.led or row.selling_location_id in self.locations]


def sell(scatter: Scatter) -> list[SalesLine]:
    """Sales of any plant at any location, whoever leads and serves it."""
    products = [ProductFactory() for _product in range(3)]
    for number in range(120):
        SalesLineFactory(
            plant=scatter.some(scatter.plants), selling_location=scatter.some(scatter.locations), product=scatter.some(products),
            account_manager=scatter.some(scatter.users, 0.8), date=date(2026 - number % 2, 1 + number % 12, 10),
            net=Decimal(scatter.chance.randint(1, 9999)), cost=Decimal(scatter.chance.randint(1, 999)),
            local_cost=Decimal(scatter.chance.randint(1, 999)),
        )  # fmt: skip
    return list(SalesLine.objects.all())


def added(rows: Iterable[SalesLine], name: str = "revenue") -> Any:
    """The sum over the sales of the year."""
    return sum((getattr(row, name) for row in rows if row.date.year == YEAR.year), Decimal(0))


@pytest.mark.parametrize("seed", SEEDS)
def test_sales_totals_and_margins_are_those_of_the_plain_rule(seed: int):
    scatter = Scatter(seed)
    lines = sell(scatter)
    facts = Facts()
    some = False
    for person in scatter.users:
        reader = Reader(facts, person)
        prices, costs = Sales(reader, PRICE_READERS), Sales(reader, COST_READERS & PRICE_READERS)
        user = User.objects.get(pk=person.pk)
        mine = prices.of(lines)
        group_costs, local_costs = costs.led_of(mine), costs.of(mine)
        some = some or 0 < len(mine) < len(lines)

        visible = SalesLine.objects.visible_to(user)
        assert set(visible.values_list("pk", flat=True)) == {row.pk for row in mine}
        assert set(SalesDocument.objects.visible_to(user).values_list("pk", flat=True)) == {row.document_id for row in mine}
        for model in (SalesTotal, AccountTotal):
            assert sum(row.lines for row in model.objects.visible_to(user)) == len(mine)
        marked = visible.with_cost_rights(user)
        assert {row.pk for row in marked if row.reads_cost} == {row.pk for row in group_costs}
        assert {row.pk for row in marked if row.reads_local_cost} == {row.pk for row in local_costs}

        total = sales_total(YEAR, user).now
        assert total.revenue == added(mine)
        assert total.cost in ({added(mine, "cost")} if mine and len(group_costs) == len(mine) else {None})
        assert total.local_cost in ({added(mine, "local_cost")} if mine and len(local_costs) == len(mine) else {None})
        assert sum(row.now.revenue for row in sales_by_month(YEAR, user)) == total.revenue
        for by in DIMENSIONS:
            rows = sales_by(by, YEAR, user)
            assert sum(row.now.revenue for row in rows) == total.revenue, by
            assert sum(row.now.cost or 0 for row in rows) <= added(group_costs, "cost"), by
            assert sum(row.now.local_cost or 0 for row in rows) <= added(local_costs, "local_cost"), by
    assert some, "somebody reads some of the sales"
