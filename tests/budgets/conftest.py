"""What the tests of plans share: the small matrix with a year of sales, and a round that is open on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Location, Plant, User
from budgets.actions import open_round, request_round
from budgets.models import Budget, BudgetRound
from catalog.models import Product
from kam.core import clock
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix


@dataclass
class Year:
    """An open round over the matrix: what was sold last month to ACME in three countries and to BETA, by location."""

    matrix: Matrix
    product: Product
    round: BudgetRound

    def budget(self, contributor: User, location: Location) -> Budget:
        """A person's budget at a location, as it is now."""
        return Budget.objects.get(round=self.round, contributor=contributor, location=location)


def next_year() -> date:
    """January of the year to come."""
    return date(clock.today().year + 1, 1, 1)


def last_month() -> date:
    """The fifteenth of the month that was over last."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=15)


@pytest.fixture
def sold(matrix: Matrix) -> Callable[..., Product]:
    """Sell a product to the plants of the matrix last month: 400k, 250k, 180k to ACME, 300k to BETA (AT-16)."""

    def sell(**amounts: int) -> Product:
        product = ProductFactory(code="KP-1", producing_location=matrix.italy)
        amounts = {"acme_it": 400_000, "acme_de": 250_000, "acme_us": 180_000, "beta": 300_000} | amounts
        where: dict[str, tuple[Plant, Location]] = {
            "acme_it": (matrix.acme_it_plant, matrix.italy),
            "acme_de": (matrix.acme_de_plant, matrix.germany),
            "acme_us": (matrix.acme_us_plant, matrix.usa),
            "beta": (matrix.beta_plant, matrix.germany),
        }
        for name, amount in amounts.items():
            plant, location = where[name]
            SalesLineFactory(
                plant=plant,
                selling_location=location,
                producing_location=matrix.italy,
                product=product,
                date=last_month(),
                quantity=Decimal(amount) / 100,
                net=Decimal(amount),
            )
        return product

    return sell


@pytest.fixture
def year(matrix: Matrix, sold: Callable[..., Product]) -> Year:
    """The round of next year, open."""
    product = sold()
    one = request_round(
        BudgetRound,
        actor=matrix.sales_manager,
        first_month=next_year(),
        deadline=clock.today() + timedelta(days=30),
        top_down=Decimal(1_130_000),
        guidelines="Hold the prices.",
    )
    return Year(matrix, product, open_round(one, actor=matrix.sales_manager))
