"""What runs goes on with the year: handed over with its customer, told of complete months only, and nobody red for what nobody leads."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment
from budgets.actions import accept_deviation, add_action
from budgets.actions.following import responsible_for
from budgets.actions.sweep import _behind
from budgets.models import CorrectiveAction, Deviation, NodeStanding, SalesMeeting
from budgets.reports.closing import months_closed
from budgets.reports.my_year import whole
from budgets.reports.placing import explained
from budgets.reports.standings import Question, standings
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work import reassign_work
from kam.core.work_items import WorkItem
from tests.accounts.test_activity import api, as_
from tests.budgets.deviating import JANUARY, Year, year_of
from tests.factories.accounts import DepartmentFactory, RoleGrantFactory, UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(matrix: Matrix) -> Year:
    found = year_of(matrix)
    found.sweep()
    return found


def hand_over(year: Year) -> None:
    """ACME is led by somebody else from now on."""
    Assignment.objects.filter(group=year.matrix.acme).update(user=year.matrix.account_manager2)


def planned(year: Year, **more: Any) -> CorrectiveAction:
    leader = year.matrix.account_manager
    values: dict[str, Any] = {
        "what": "Visit", "owner": leader, "due_on": date(2026, 7, 20), "first_month": date(2026, 8, 1),
        "expected": [Decimal(1_000)],
    }  # fmt: skip
    with year.july():
        return add_action(year.case, actor=leader, **values | more)


def doers(kind: str) -> list[Any]:
    return [item.assignee for item in WorkItem.objects.open().filter(kind=kind).order_by("pk")]


@pytest.mark.acceptance("AT-87")
def test_a_case_goes_to_whoever_takes_the_customer_over_with_what_is_to_be_done(year: Year) -> None:
    heir, colleague = year.matrix.account_manager2, year.matrix.quality_it
    planned(year)
    given = planned(year, what="Sort the stock", owner=colleague)
    hand_over(year)
    year.sweep(1)
    case = year.case
    assert (case.person, case.responsible) == (heir, heir)
    assert doers("analyse_deviation") == [heir]
    assert doers("carry_out_action") == [heir, colleague]
    assert {action.owner for action in case.actions.exclude(pk=given.pk)} == {heir}
    before = Notification.objects.count()
    year.sweep(2)
    assert Notification.objects.count() == before


def test_what_was_given_to_a_colleague_stays_with_them(year: Year) -> None:
    matrix = year.matrix
    (item,) = WorkItem.objects.open().filter(kind="analyse_deviation")
    with year.july():
        reassign_work(item, actor=matrix.account_manager, to=matrix.sales_manager)
    hand_over(year)
    year.sweep(1)
    assert year.case.responsible == matrix.account_manager2
    assert doers("analyse_deviation") == [matrix.sales_manager]


def test_what_runs_on_an_account_passes_with_it(year: Year) -> None:
    matrix = year.matrix
    on_account = Deviation.objects.filter(kind__in=["group", "customer"], measure="revenue")
    assert on_account.filter(person=matrix.account_manager).count() == on_account.count() > 0
    before = on_account.count()
    hand_over(year)
    year.sweep(1)
    assert on_account.filter(person=matrix.account_manager2).count() == on_account.count() == before
    assert all(row.responsible == matrix.account_manager2 for row in on_account)


def test_a_plant_that_is_handed_over_has_not_turned_red(year: Year) -> None:
    with year.july():
        accept_deviation(year.case, actor=year.matrix.sales_manager, reason="The plant is closed for a rebuild.")
    hand_over(year)
    year.sweep(1)
    assert not Deviation.objects.running().filter(kind__in=["plant", "customer", "group"]).exists()
    assert Deviation.objects.filter(kind="plant", measure="revenue").count() == 1


def test_a_plant_that_is_handed_over_and_recovers_is_noted(year: Year) -> None:
    hand_over(year)
    year.sell(year.matrix.acme_de_plant, year.matrix.germany, 6, 200_000)
    year.sweep(1)
    assert year.case.state == "green"
    told = Notification.objects.filter(kind="deviation_recovered")
    assert [row.reader for row in told] == [year.matrix.account_manager2]


def test_whoever_left_leaves_their_cases_to_the_sales_manager(year: Year) -> None:
    year.matrix.account_manager.grants.all().delete()
    year.sweep(1)
    assert year.case.responsible is None
    (item,) = WorkItem.objects.open().filter(kind="analyse_deviation")
    assert (item.assignee, item.audience) == (None, "role:sales_manager")


def test_nobody_is_red_for_a_plant_that_nobody_leads(year: Year) -> None:
    matrix = year.matrix
    Assignment.objects.filter(Q(customer=matrix.beta) | Q(plant=matrix.beta_plant)).delete()
    year.sweep(1)
    assert not NodeStanding.objects.filter(person=matrix.area_manager_de, state="red").exists()
    assert NodeStanding.objects.get(kind="location", key=matrix.germany.pk, measure="revenue").planned == 420_000
    with year.july(1):
        mine = whole(Question(JANUARY, matrix.area_manager_de))
        assert (mine.planned, mine.reached) == (0, 0)
        nobody = standings(Question(JANUARY), "person")[0]
        assert (nobody.planned, nobody.reached) == (120_000, 120_000)


def short(pk: int, kind: str, key: int, planned: int, missing: int, **more: Any) -> NodeStanding:
    values: dict[str, Any] = {"first_month": JANUARY, "measure": "revenue", "state": "red", "worth": Decimal(planned)} | more
    return NodeStanding(pk=pk, kind=kind, key=key, planned=Decimal(planned), actual=Decimal(planned - missing), **values)


def test_what_explains_is_most_of_the_whole_gap(matrix: Matrix) -> None:
    leader = matrix.account_manager
    whose = {"person": leader}
    rows = [
        short(1, "plant", matrix.acme_de_plant.pk, 600, 55, location=matrix.germany, **whose),
        short(2, "customer", matrix.acme_de.pk, 700, 75, **whose),
        short(3, "group", matrix.acme.pk, 900, 100, **whose),
        short(4, "person", leader.pk, 900, 100, **whose),
    ]
    # 55 of 75 are most of it, and 75 of 100; 55 of 100 are not.
    assert explained(rows) == {1: 1, 2: 1, 3: 3, 4: 3}


def test_a_pointer_leads_on_only_to_what_explains_this_too(year: Year) -> None:
    pointer = Deviation.objects.get(explained_by=year.case, kind="customer", measure="revenue")
    row = {"kind": "group", "key": year.matrix.acme.pk}
    assert _behind(short(1, planned=2_000_000, missing=250_000, **row), pointer) == year.case
    assert _behind(short(1, planned=2_000_000, missing=400_000, **row), pointer) is None
    assert _behind(short(1, planned=2_000_000, missing=400_000, **row), year.case) == year.case


def test_a_month_counts_once_its_sales_are_complete(year: Year) -> None:
    # The fifth working day of August 2026 is Friday the 7th.
    with year.july(23):
        assert len(months_closed(JANUARY)) == 6
    year.sweep(23)
    assert year.case.months == 6
    with year.july(24):
        assert len(months_closed(JANUARY)) == 7
    year.sweep(24)
    assert year.case.months == 7
    with year.july(19):
        set_parameter(ParameterValue, actor=year.matrix.administrator, key="budgets.closing_days", value=0)
        assert len(months_closed(JANUARY)) == 7


def test_margins_of_whoever_serves_a_location_too_are_no_whole(year: Year) -> None:
    matrix, leader = year.matrix, year.matrix.account_manager
    of_margin = {
        "first_month": JANUARY, "measure": "margin", "months": 6, "planned": 100, "actual": 50, "worth": 100, "found_months": 6,
        "found_planned": 100, "found_actual": 50, "found_at": year.case.found_at, "person": leader,
    }  # fmt: skip
    own = Deviation.objects.create(kind="person", key=leader.pk, **of_margin)
    family = Deviation.objects.create(kind="family", key=year.wheel.family_id, family=year.wheel.family, **of_margin)
    led = Deviation.objects.create(kind="group", key=matrix.acme.pk, group=matrix.acme, **of_margin)

    def seen() -> set[Deviation]:
        leader.renew_access()
        return set(Deviation.objects.visible_to(leader).filter(measure="margin"))

    with year.july():
        assert seen() == {own, family, led}
        assert set(responsible_for([own]).values()) == {leader.pk}
        RoleGrantFactory(user=leader, role="area_manager", location=matrix.germany)
        assert seen() == {led}
        assert set(responsible_for([own]).values()) == {None}


def test_the_case_behind_is_named_only_to_who_sees_it(year: Year) -> None:
    matrix = year.matrix
    person = Deviation.objects.get(kind="person", key=matrix.account_manager.pk, measure="revenue")
    Deviation.objects.filter(pk=person.pk).update(explained_by=None)
    Deviation.objects.filter(kind="location", measure="revenue").update(explained_by=person)
    with year.july():
        for reader, named in ((matrix.area_manager_de, False), (matrix.sales_manager, True)):
            page = (
                as_(reader).get("/budgets/deviations/?kind=location&measure=revenue&columns=node,explained_by").content.decode()
            )
            table = page[page.index("<tbody") : page.index("</tbody>")]
            assert str(matrix.germany) in table and (person.node in table) == named
            rows = api(reader).get("/api/v1/deviations/?kind=location&measure=revenue&fields=id,explained_by").json()["results"]
            assert rows and all(row["explained_by"] == (person.pk if named else None) for row in rows)


def test_lists_ask_no_more_for_more_rows(year: Year) -> None:
    matrix = year.matrix
    planned(year)
    planned(year, what="Sort the stock", owner=matrix.quality_it)

    def asked(query: str) -> int:
        with year.july(), CaptureQueriesContext(connection) as found:
            assert client.get(f"/budgets/deviations/?columns=node,explained_by,causes,actions&{query}").status_code == 200
        return len(found)

    with year.july():
        client = as_(matrix.sales_manager)
    asked("")
    assert Deviation.objects.count() > 5 and asked("kind=plant") == asked("")
    for model in (Deviation, CorrectiveAction, SalesMeeting):
        with CaptureQueriesContext(connection) as found:
            for row in model.objects.for_list():
                assert str(row) and (model is not CorrectiveAction or row.deviation.node)  # type: ignore[attr-defined]
        assert len(found) == 1, model


def test_production_hears_of_what_it_makes_in_its_language(matrix: Matrix) -> None:
    made_there = UserFactory(role="production", role__location=matrix.germany, language="de")
    DepartmentFactory(location=matrix.germany, function="production")

    def sell(made: Year) -> None:
        type(made.belt).objects.filter(pk=made.belt.pk).update(
            producing_location=matrix.germany, name_en="Belt", name_de="Riemen"
        )
        made.sell(matrix.acme_us_plant, matrix.usa, 5, 60_000, made.belt)

    year_of(matrix, sell).sweep()
    (told,) = Notification.objects.filter(kind="demand_above_plan")
    assert (told.reader, told.context) == (made_there, {"products": ["KP-3 Riemen"], "others": 0})
