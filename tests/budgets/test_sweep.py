"""The sweep: which nodes are red, where the case stands, who is told how often; nothing twice, nothing lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import F

from accounts.models import User
from budgets.actions.sweep import sweep_due, sweep_year
from budgets.models import Deviation, DeviationSweep, NodeStanding, Target
from budgets.reports.nodes import months_of_node
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from tests.budgets.deviating import JANUARY, JULY, Year, year_of
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(matrix: Matrix) -> Year:
    return year_of(matrix)


def standings() -> dict[tuple[object, ...], tuple[Decimal, Decimal, str]]:
    rows = NodeStanding.objects.all()
    return {
        (row.kind, row.key, row.person_id, row.location_id, row.measure, row.unit): (row.planned, row.actual, row.state)
        for row in rows
    }


def test_one_case_stands_where_the_gap_arises(year: Year) -> None:
    assert year.sweep() > 1
    (case,) = Deviation.objects.cases()
    assert (case.kind, case.plant, case.location) == ("plant", year.matrix.acme_de_plant, year.matrix.germany)
    assert (case.planned, case.actual, case.gap, case.measure) == (300_000, 100_000, -200_000, "revenue")
    kinds = set(Deviation.objects.filter(explained_by=case).values_list("kind", "measure"))
    assert {(kind, "revenue") for kind in ("person", "location", "group", "customer", "family", "product")} <= kinds
    assert ("plant", "quantity") in kinds
    assert case.responsible == year.matrix.account_manager


def test_every_node_of_the_year_adds_up(year: Year) -> None:
    year.sweep()
    found = standings()
    leader = year.matrix.account_manager.pk
    assert found["person", leader, leader, None, "revenue", ""] == (1_080_000, 886_000, "red")
    assert found["location", year.matrix.germany.pk, None, year.matrix.germany.pk, "revenue", ""] == (420_000, 220_000, "red")
    assert found["plant", year.matrix.beta_plant.pk, year.matrix.area_manager_de.pk, year.matrix.germany.pk, "revenue", ""] == (
        120_000, 120_000, "green",
    )  # fmt: skip
    assert found["family", year.wheel.family_id, None, None, "revenue", ""] == (1_020_000, 820_000, "red")
    assert found["product", year.belt.pk, None, None, "quantity", "pcs"] == (1_800, 1_860, "green")


def test_each_is_told_once_and_not_every_night(year: Year) -> None:
    year.sweep()
    told = Notification.objects.filter(kind="deviations_found")
    assert [row.reader for row in told] == [year.matrix.account_manager]
    (item,) = WorkItem.objects.open().filter(kind="analyse_deviation")
    assert item.assignee == year.matrix.account_manager and item.record == year.case
    assert not Notification.objects.filter(kind="work_assigned", object_id=item.pk).exists()
    before = standings(), Deviation.objects.count(), Notification.objects.count()
    assert [year.sweep(night) for night in (1, 2, 3)] == [0, 0, 0]
    assert (standings(), Deviation.objects.count(), Notification.objects.count()) == before


def test_the_running_month_does_not_count(year: Year) -> None:
    year.sell(year.matrix.acme_de_plant, year.matrix.germany, 7, 900_000)
    year.sweep()
    assert year.case.actual == 100_000


@pytest.mark.acceptance("AT-13")
@pytest.mark.parametrize(
    ("sold", "state"),
    [(285_000, "green"), (284_999, "amber"), (270_000, "amber"), (269_999, "red"), (329_999, "green"), (330_001, "above")],
)
def test_the_limits_are_strict(matrix: Matrix, sold: int, state: str) -> None:
    year = year_of(matrix)
    year.sell(matrix.acme_de_plant, matrix.germany, 6, sold - 100_000)
    year.sweep()
    row = NodeStanding.objects.get(kind="plant", key=matrix.acme_de_plant.pk, measure="revenue")
    assert (row.actual, row.state) == (sold, state)
    assert Deviation.objects.filter(kind="plant", measure="revenue").exists() == (state == "red")


@pytest.mark.acceptance("AT-13")
def test_a_small_amount_is_not_red(matrix: Matrix) -> None:
    year = year_of(matrix)
    with clock.moment(JULY):
        NodeStanding.objects.all().delete()
    year.sell(matrix.beta_plant, matrix.germany, 3, -8_000, quantity=Decimal(-80))
    year.sell(matrix.beta_plant, matrix.germany, 4, -6_400, quantity=Decimal(-64))
    # 12 % of 120,000 are 14,400; of the product's plan by month 8,000 would be amber whatever the share.
    year.sweep()
    assert NodeStanding.objects.get(kind="plant", key=matrix.beta_plant.pk, measure="revenue").state == "red"
    year.sell(matrix.beta_plant, matrix.germany, 5, 4_400)
    year.sweep()
    assert NodeStanding.objects.get(kind="plant", key=matrix.beta_plant.pk, measure="revenue").state == "amber"


def test_sales_that_came_in_touch_only_their_nodes_and_end_the_same(year: Year) -> None:
    year.sweep()
    year.sell(year.matrix.acme_de_plant, year.matrix.germany, 6, 120_000)
    year.sell(year.matrix.acme_us_plant, year.matrix.usa, 7, 9_000, year.belt)
    with year.july():
        assert sweep_due() == 0
    assert not DeviationSweep.objects.latest("pk").whole
    touched = standings()
    year.sweep()
    assert DeviationSweep.objects.latest("pk").whole
    assert standings() == touched
    assert year.case.actual == 220_000


def test_nothing_came_in_and_nothing_is_looked_at(year: Year) -> None:
    year.sweep()
    with year.july():
        assert sweep_due() == 0
    assert DeviationSweep.objects.count() == 1


def test_a_month_that_is_over_is_looked_at_as_a_whole(year: Year) -> None:
    year.sweep()
    with year.july(25):
        sweep_due()
    sweep = DeviationSweep.objects.latest("pk")
    assert (sweep.whole, sweep.months) == (True, 7)


def test_a_corrected_import_is_noted_and_the_case_stays_open(year: Year) -> None:
    year.sweep()
    year.sell(year.matrix.acme_de_plant, year.matrix.germany, 6, 200_000)
    with year.july():
        sweep_due()
    case = year.case
    assert (case.state, case.status, case.ended_at) == ("green", "detected", None)
    assert Notification.objects.filter(kind="deviation_recovered", reader=year.matrix.account_manager).count() == 1
    year.sell(year.matrix.acme_de_plant, year.matrix.germany, 6, -200_000, quantity=Decimal(-2_000))
    year.sweep(1)
    assert Deviation.objects.filter(kind="plant", measure="revenue").count() == 1
    assert Notification.objects.filter(kind="deviations_found").count() == 1


def test_what_was_accepted_is_not_opened_again(year: Year) -> None:
    from budgets.actions import accept_deviation

    year.sweep()
    with year.july():
        accept_deviation(year.case, actor=year.matrix.sales_manager, reason="The plant is closed for a rebuild.")
    year.sweep(1)
    assert not Deviation.objects.running().filter(kind="plant", measure="revenue").exists()
    assert not WorkItem.objects.open().filter(kind="analyse_deviation").exists()


def test_red_upwards_goes_to_production_and_asks_for_nothing(matrix: Matrix) -> None:
    year = year_of(matrix, lambda made: made.sell(matrix.acme_us_plant, matrix.usa, 5, 60_000, made.belt))
    year.sweep()
    (told,) = Notification.objects.filter(kind="demand_above_plan")
    assert (told.reader, told.record) == (matrix.production_it, year.belt)
    assert not Deviation.objects.filter(product=year.belt).exists()
    assert "KP-3" in told.text()[1] and "60,000" not in told.text()[1] and told.context.keys() == {"products", "others"}
    year.sweep(1)
    assert Notification.objects.filter(kind="demand_above_plan").count() == 1


def test_a_worker_that_dies_leaves_nothing_half_done(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    from budgets.actions import sweep

    def dies(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "judge_due", dies)
        with pytest.raises(KeyboardInterrupt):
            year.sweep()
    assert not NodeStanding.objects.exists() and not Deviation.objects.exists() and not Notification.objects.filter(
        kind="deviations_found"
    ).exists()  # fmt: skip
    year.sweep()
    assert Notification.objects.filter(kind="deviations_found").count() == 1


def test_a_plant_goes_on_with_whoever_it_belongs_to(year: Year) -> None:
    from accounts.models import Assignment

    year.sweep()
    Assignment.objects.filter(group=year.matrix.acme).update(user=year.matrix.account_manager2)
    year.sweep(1)
    assert year.case.person == year.matrix.account_manager2


def test_years_long_past_are_left_alone(year: Year) -> None:
    from budgets.actions.sweep import years_in_force

    with year.july():
        assert years_in_force() == [JANUARY]
    with clock.moment(JULY + timedelta(days=365)):
        assert years_in_force() == []
    with clock.moment(JULY - timedelta(days=195)):
        assert clock.today() == date(2026, 1, 1) and years_in_force() == []
        assert sweep_year(JANUARY) == 0


def with_costs(year: Year) -> None:
    """Everything is planned at a cost of 60 of 100; what ACME in America bought cost far more."""
    months = {f"cost_{month:02d}": F(f"revenue_{month:02d}") * Decimal("0.6") for month in range(1, 13)}
    Target.objects.update(**months)
    year.sell(year.matrix.acme_us_plant, year.matrix.usa, 6, 0, year.belt, cost=Decimal(135_640))


def test_a_margin_that_is_short_is_a_case_for_those_who_read_it(matrix: Matrix) -> None:
    year = year_of(matrix, with_costs)
    year.sweep()
    case = Deviation.objects.cases().get(measure="margin", plant=matrix.acme_us_plant)
    # Six lines of 31,000 at a cost of 60 each, and what was charged later.
    assert (case.planned, case.actual) == (72_000, 186_000 - 360 - 135_640)
    assert case.responsible == matrix.account_manager

    def reads(user: User) -> bool:
        user.renew_access()
        return Deviation.objects.visible_to(user).filter(pk=case.pk).exists()

    with year.july():
        assert [reads(user) for user in (matrix.account_manager, matrix.sales_manager, matrix.management)] == [True] * 3
        assert not any(reads(user) for user in (matrix.area_manager_us, matrix.account_manager2, matrix.quality_it))
        assert months_of_node(case).gap == case.gap
    found = standings()
    year.sell(matrix.acme_us_plant, matrix.usa, 5, 1_000, year.belt, cost=Decimal(600))
    with year.july():
        sweep_due()
    touched = standings()
    year.sweep()
    assert standings() == touched != found
