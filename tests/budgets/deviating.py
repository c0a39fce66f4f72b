"""A year that departs from its plan: what tests of deviations stand on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Location, Plant, User
from budgets.actions import (
    add_line,
    approve_budget,
    approve_round,
    consolidate_round,
    create_budget,
    edit_round,
    open_round,
    publish_round,
    request_round,
    share_round,
    submit_budget,
)
from budgets.actions.sweep import sweep_year
from budgets.models import Budget, BudgetRound, Deviation
from catalog.models import Product
from kam.core import clock
from tests.factories.catalog import ProductFactory, ProductFamilyFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

JANUARY = date(2026, 1, 1)
ROME = ZoneInfo("Europe/Rome")
NOVEMBER = datetime(2025, 11, 20, 12, tzinfo=ROME)
JULY = datetime(2026, 7, 15, 12, tzinfo=ROME)
Planned = tuple[User, Location, Plant, Product, int]


def publish(matrix: Matrix, lines: list[Planned], first_month: date = JANUARY, at: datetime = NOVEMBER) -> BudgetRound:
    """Ask for a year, plan these lines (who, where, to whom, what, revenue of the year at 100 a piece), approve and publish them."""
    with clock.moment(at):
        for person in matrix.users.values():
            person.renew_access()
        one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=first_month, deadline=clock.today())
        one = open_round(one, actor=matrix.sales_manager, participants=[line[0] for line in lines])
        Budget.objects.filter(round=one).update(status="draft")
        for person, location, plant, product, revenue in lines:
            budget = Budget.objects.filter(round=one, contributor=person, location=location).first()
            budget = budget or create_budget(Budget, actor=matrix.sales_manager, round=one, contributor=person, location=location)
            amounts = {"revenue": Decimal(revenue), "quantity": Decimal(revenue) / 100}
            add_line(budget, actor=person, plant=plant, product=product, currency="EUR", **amounts)
        for budget in Budget.objects.filter(round=one):
            submit_budget(budget, actor=budget.contributor)
            approve_budget(budget, actor=matrix.sales_manager)
        one.refresh_from_db()
        edit_round(one, actor=matrix.sales_manager, top_down=sum(Decimal(line[4]) for line in lines))
        for step in (consolidate_round, share_round, approve_round, publish_round):
            step(one, actor=matrix.sales_manager)
        one.refresh_from_db()
        return one


@dataclass
class Year:
    """2026 as of the middle of July: everything on plan but ACME in Germany, which bought a third of it."""

    matrix: Matrix
    wheel: Product
    belt: Product

    def sell(
        self, plant: Plant, location: Location, month: int, amount: int, product: Product | None = None, **more: Any
    ) -> None:
        """Goods sold in a month, at 100 a piece unless told otherwise."""
        SalesLineFactory(
            **{
                "plant": plant, "selling_location": location, "producing_location": self.matrix.italy,
                "product": product or self.wheel, "date": date(2026, month, 15), "quantity": Decimal(amount) / 100,
                "net": Decimal(amount),
            } | more
        )  # fmt: skip

    @contextmanager
    def july(self, days: int = 0) -> Iterator[None]:
        """Act in the middle of July 2026, or so many days later."""
        with clock.moment(JULY + timedelta(days=days)):
            for person in self.matrix.users.values():
                person.renew_access()
            yield

    def sweep(self, days: int = 0) -> int:
        """Look at the year then."""
        with self.july(days):
            return sweep_year(JANUARY)

    @property
    def case(self) -> Deviation:
        """The case of ACME in Germany."""
        return Deviation.objects.get(plant=self.matrix.acme_de_plant, measure="revenue")


def year_of(matrix: Matrix, sell: Callable[[Year], None] | None = None) -> Year:
    """Plan and sell."""
    machines, belts = ProductFamilyFactory(code="A"), ProductFamilyFactory(code="B")
    year = Year(
        matrix,
        ProductFactory(code="KP-1", family=machines, producing_location=matrix.italy),
        ProductFactory(code="KP-3", family=belts, producing_location=matrix.italy),
    )
    leader = matrix.account_manager
    publish(
        matrix,
        [
            (leader, matrix.italy, matrix.acme_it_plant, year.wheel, 1_200_000),
            (leader, matrix.germany, matrix.acme_de_plant, year.wheel, 600_000),
            (leader, matrix.usa, matrix.acme_us_plant, year.belt, 360_000),
            (matrix.area_manager_de, matrix.germany, matrix.beta_plant, year.wheel, 240_000),
        ],
    )
    for month in range(1, 7):
        year.sell(matrix.acme_it_plant, matrix.italy, month, 100_000)
        year.sell(matrix.acme_us_plant, matrix.usa, month, 31_000, year.belt)
        year.sell(matrix.beta_plant, matrix.germany, month, 20_000)
    for month in (1, 2):
        year.sell(matrix.acme_de_plant, matrix.germany, month, 50_000)
    if sell:
        sell(year)
    return year
