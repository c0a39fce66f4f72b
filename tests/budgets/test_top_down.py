"""What is asked from above: of persons in proportion to what they sold, of families, markets and what is new, each with its gap."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import (
    add_line,
    create_top_down,
    distribute_top_down,
    edit_top_down,
    open_round,
    remove_top_down,
    request_round,
    share_budget,
)
from budgets.models import Budget, BudgetRound, TopDownTarget
from budgets.reports.aims import target_months
from budgets.reports.parts import parts_of_round
from budgets.reports.portfolio import reference_months
from kam.core import clock
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year, next_year
from tests.factories.accounts import MarketFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.mark.acceptance("AT-15")
def test_a_target_is_shared_out_by_what_each_sold(matrix: Matrix, sold: Callable[..., Any], nothing_changed: Any) -> None:
    sold(acme_it=200_000, acme_de=150_000, acme_us=100_000, beta=50_000)
    boss = matrix.sales_manager
    one = request_round(BudgetRound, actor=boss, first_month=next_year(), deadline=clock.today(), top_down=Decimal(540_000))
    with nothing_changed(), pytest.raises(Denied):
        distribute_top_down(one, actor=boss)
    open_round(one, actor=boss)
    with nothing_changed(), pytest.raises(Denied):
        distribute_top_down(one, actor=matrix.account_manager)
    distribute_top_down(one, actor=boss)
    asked = {(budget.location, budget.contributor): budget.top_down for budget in Budget.objects.filter(round=one)}
    assert asked == {
        (matrix.italy, matrix.account_manager): 216_000,
        (matrix.germany, matrix.account_manager): 162_000,
        (matrix.usa, matrix.account_manager): 108_000,
        (matrix.germany, matrix.area_manager_de): 54_000,
    }
    own = Budget.objects.get(round=one, location=matrix.usa)
    Budget.objects.filter(pk=own.pk).update(
        status="approved", submitted_at=clock.now(), approved_at=clock.now(), approved_by=boss, top_down=Decimal(140_000)
    )
    distribute_top_down(one, actor=boss, amount=Decimal(540_000))
    left = dict(Budget.objects.filter(round=one).exclude(pk=own.pk).values_list("pk", "top_down"))
    assert sorted(left.values()) == [50_000, 150_000, 200_000]


@pytest.mark.acceptance("AT-12")
def test_a_budgets_target_falls_on_the_months_as_its_plants_bought(matrix: Matrix) -> None:
    """10.03 by the weights of AT-12, to the cent by largest remainder; for who reads the budget by role, not for whom it is shown to."""
    weights = (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)
    for weight, month in zip(weights, reference_months(next_year()), strict=True):
        for plant, net in ((matrix.beta_plant, weight * 1000), (matrix.acme_de_plant, 777)):
            SalesLineFactory(
                plant=plant, selling_location=matrix.germany, producing_location=matrix.italy, date=month.replace(day=15), net=net
            )
    one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=next_year(), deadline=clock.today())
    open_round(one, actor=matrix.sales_manager)
    budget = Budget.objects.get(round=one, contributor=matrix.area_manager_de)
    me, at = api(matrix.area_manager_de), f"/api/v1/budgets/{budget.pk}/cells/"
    assert me.get(at).json()["top_down"] is None
    Budget.objects.filter(pk=budget.pk).update(top_down=Decimal("10.03"))
    asked = me.get(at).json()
    assert asked["top_down"] == [0.70, 0.80, 0.91, 0.90, 0.90, 0.90, 0.80, 0.40, 1.01, 1.01, 0.90, 0.80]
    assert me.get(at, {"updated_since": asked["next_since"]}).json()["top_down"] is None
    stranger = matrix.quality_it
    share_budget(budget, actor=matrix.area_manager_de, user=stranger)
    assert api(stranger).get(at).json()["top_down"] is None
    # A revision cannot ask anything of the months that are over: they keep what they hold, and the others share the rest.
    held = BudgetRound(kind="revision", first_month=clock.today().replace(month=1, day=1), opened_at=clock.now(), currency="EUR")
    budget = Budget.objects.select_related("round").get(pk=budget.pk)
    budget.round.kind, budget.round.first_month, budget.round.opened_at = held.kind, held.first_month, held.opened_at
    over, budget.top_down = budget.round.months_over, Decimal(200_000)
    months = target_months(budget, matrix.sales_manager)
    assert months is not None and sum(months) == 200_000
    assert months[:over] == [weight * 1000 for weight in weights[:over]]


def test_each_part_stands_beside_what_is_planned_for_it(year: Year) -> None:
    """1,130,000 of one family, 400,000 of it in Italy; a product and a customer that nobody has sold to before are new."""
    matrix, boss = year.matrix, year.matrix.sales_manager
    italian = MarketFactory(dimension="area", countries="IT SM")
    fresh = ProductFactory(code="NEW-1", producing_location=matrix.italy)
    budget = year.budget(matrix.account_manager, matrix.italy)
    add_line(budget, actor=budget.contributor, plant=matrix.acme_it_plant, product=fresh, revenue=Decimal(12_000))
    made = [
        create_top_down(
            TopDownTarget, actor=boss, round=year.round, of="family", family=year.product.family, amount=Decimal(1_200_000)
        ),
        create_top_down(TopDownTarget, actor=boss, round=year.round, of="market", market=italian, amount=Decimal(412_000)),
        create_top_down(TopDownTarget, actor=boss, round=year.round, of="new_products", amount=Decimal(20_000)),
        create_top_down(TopDownTarget, actor=boss, round=year.round, of="new_customers", amount=Decimal(10_000)),
    ]
    gaps = {part.target.pk: (part.tally.bottom_up, part.tally.gap) for part in parts_of_round(year.round, boss)}
    assert [gaps[target.pk] for target in made] == [(1_130_000, 70_000), (412_000, 0), (12_000, 8_000), (0, 10_000)]
    page = as_(boss).get(f"/budgets/rounds/{year.round.pk}/").content.decode()
    assert "70,000" in page and "5.83" in page
    part = as_(matrix.account_manager).get(f"/budgets/rounds/{year.round.pk}/").content.decode()
    assert "1,200,000" not in part


def test_a_part_is_asked_once_and_only_while_budgets_are_prepared(year: Year, nothing_changed: Any) -> None:
    boss = year.matrix.sales_manager
    target = create_top_down(TopDownTarget, actor=boss, round=year.round, of="new_products", amount=Decimal(5))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"of": "new_products"}, "asked_already"),
        ({"of": "family"}, "name_the_part"),
        ({"of": "market", "family": year.product.family}, "name_the_part"),
        ({"of": "new_customers", "family": year.product.family}, "name_the_part"),
    ]
    with nothing_changed():
        for values, code in wrong:
            with pytest.raises(Denied) as denied:
                create_top_down(TopDownTarget, actor=boss, round=year.round, amount=Decimal(1), **values)
            assert denied.value.code == code
        with pytest.raises(Denied):
            create_top_down(
                TopDownTarget, actor=year.matrix.account_manager, round=year.round, of="new_customers", amount=Decimal(1)
            )
    edit_top_down(target, actor=boss, amount=Decimal(7))
    told = api(boss).get(f"/api/v1/top-down-targets/?round={year.round.pk}").json()["results"]
    assert [row["amount"] for row in told] == ["7.00"]
    BudgetRound.objects.filter(pk=year.round.pk).update(status="consolidated")
    with nothing_changed():
        for attempt in (
            lambda: edit_top_down(target, actor=boss, amount=Decimal(9)),
            lambda: remove_top_down(target, actor=boss),
        ):
            with pytest.raises(Denied) as denied:
                attempt()
            assert denied.value.code == "round_not_open"
