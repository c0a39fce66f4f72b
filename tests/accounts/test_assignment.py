"""Assignments: never two at once, the gap listed, who holds it named; two at the same moment: one wins."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from accounts.actions.assignment import assign, end_assignment
from accounts.models import Assignment, Customer, Plant, User, account_manager_of, area_manager_of
from accounts.reports.assignment import account_managers, gaps, responsibility
from kam.core import clock
from kam.core.workflow import Denied
from tests.factories.accounts import CustomerFactory, CustomerGroupFactory, PlantServiceFactory, UserFactory
from tests.matrix import Matrix, build

DB = pytest.mark.django_db


@DB
def test_an_assignment_gives_its_rights_from_its_day_on(matrix: Matrix) -> None:
    customer = CustomerFactory(code="C-NEW", name="Neue GmbH")
    assert customer not in Customer.objects.visible_to(matrix.account_manager)
    row = assign(Assignment, actor=matrix.sales_manager, kind="account_manager", user=matrix.account_manager, customer=customer)
    assert row.first_day == clock.today()
    assert customer in Customer.objects.visible_to(User.objects.get(pk=matrix.account_manager.pk))
    assert matrix.account_manager.notifications.filter(kind="assignment_made").count() == 1
    assert account_manager_of(customer, clock.today()) == matrix.account_manager
    assert account_manager_of(customer, clock.today() - timedelta(days=1)) is None


@DB
def test_an_assignment_of_a_company_stands_over_that_of_its_group(matrix: Matrix) -> None:
    assign(Assignment, actor=matrix.sales_manager, kind="account_manager", user=matrix.account_manager2, customer=matrix.acme_de)
    today = clock.today()
    assert account_managers(Customer.objects.order_by("pk"), today) == {
        matrix.acme_it.pk: matrix.account_manager,
        matrix.acme_de.pk: matrix.account_manager2,
        matrix.acme_us.pk: matrix.account_manager,
        matrix.beta.pk: matrix.account_manager2,
    }


@DB
def test_refusals_of_an_assignment_change_nothing(matrix: Matrix, nothing_changed) -> None:
    account, area = {"kind": "account_manager"}, {"kind": "area_manager"}
    free = CustomerFactory()
    cases = [
        ("one_account", {**account, "user": matrix.account_manager}),
        ("one_account", {**account, "user": matrix.account_manager, "group": matrix.acme, "customer": free}),
        ("plant_and_location", {**area, "user": matrix.area_manager_de, "plant": matrix.beta_plant}),
        ("not_served", {**area, "user": matrix.area_manager_us, "plant": matrix.beta_plant, "location": matrix.usa}),
        ("role_not_held", {**account, "user": matrix.quality_it, "customer": free}),
        ("role_not_held", {**area, "user": matrix.area_manager_us, "plant": matrix.acme_it_plant, "location": matrix.italy}),
        ("inactive_user", {**account, "user": UserFactory(is_active=False), "customer": free}),
        (
            "not_backwards",
            {**account, "user": matrix.account_manager, "customer": free, "first_day": clock.today() - timedelta(days=1)},
        ),
        ("unknown_kind", {"kind": "king", "user": matrix.account_manager, "customer": free}),
        ("already_assigned", {**account, "user": matrix.account_manager2, "group": matrix.acme}),
        ("already_assigned", {**area, "user": matrix.area_manager_de, "plant": matrix.acme_de_plant, "location": matrix.germany}),
    ]
    for code, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            assign(Assignment, actor=matrix.sales_manager, **values)
        assert refused.value.code == code


@DB
def test_the_refusal_names_who_holds_it(matrix: Matrix) -> None:
    with pytest.raises(Denied) as refused:
        assign(Assignment, actor=matrix.sales_manager, kind="account_manager", user=matrix.account_manager2, group=matrix.acme)
    assert "Elena Marchetti" in str(refused.value)
    assert "ACME" in str(refused.value) and "None" not in str(refused.value)


@DB
@pytest.mark.parametrize("who", ["account_manager", "area_manager_de", "administrator", "management", "nobody"])
def test_only_the_sales_manager_assigns_and_ends(matrix: Matrix, nothing_changed, who: str) -> None:
    actor = getattr(matrix, who)
    with nothing_changed(), pytest.raises(Denied) as refused:
        assign(Assignment, actor=actor, kind="account_manager", user=matrix.account_manager, customer=CustomerFactory.build())
    assert refused.value.status == 403
    with nothing_changed(), pytest.raises(Denied):
        end_assignment(Assignment.objects.get(group=matrix.acme), actor=actor)


@DB
def test_an_ended_assignment_is_a_gap_and_stays_as_it_was(matrix: Matrix) -> None:
    row = Assignment.objects.get(group=matrix.acme)
    end_assignment(row, actor=matrix.sales_manager)
    yesterday = clock.today() - timedelta(days=1)
    assert row.last_day is None
    assert account_manager_of(matrix.acme_it, yesterday) == matrix.account_manager
    assert account_manager_of(matrix.acme_it, clock.today()) is None
    assert not Plant.objects.visible_to(User.objects.get(pk=matrix.account_manager.pk)).exists()
    assert list(gaps(matrix.sales_manager).groups) == [matrix.acme]


@DB
def test_gaps_are_listed_with_what_ends_soon(matrix: Matrix) -> None:
    lonely_group = CustomerGroupFactory(name="Lonely group")
    CustomerFactory(group=lonely_group)
    CustomerFactory(name="Closed", status="closed")
    lonely = CustomerFactory(name="Lonely", plant__served_by=[matrix.usa])
    end_assignment(
        Assignment.objects.get(plant=matrix.acme_us_plant),
        actor=matrix.sales_manager,
        last_day=clock.today() + timedelta(days=10),
    )
    found = gaps(matrix.sales_manager)
    assert list(found.groups) == [lonely_group]
    assert list(found.customers) == [lonely]
    assert {(row.plant.name, row.location.code) for row in found.services} == {
        (matrix.acme_it_plant.name, "IT"),
        (matrix.acme_de_plant.name, "IT"),
        (matrix.acme_us_plant.name, "IT"),
        (lonely.plants.get().name, "US"),
    }
    assert [row.plant for row in found.ending] == [matrix.acme_us_plant]
    assert found.counts == {"groups": 1, "customers": 1, "services": 4, "ending": 1}
    assert gaps(matrix.area_manager_us).counts == {"groups": 0, "customers": 1, "services": 1, "ending": 1} | {
        "services": gaps(matrix.area_manager_us).services.count()
    }
    assign(
        Assignment, actor=matrix.sales_manager, kind="area_manager", user=matrix.area_manager_us, plant=matrix.acme_us_plant,
        location=matrix.usa, first_day=clock.today() + timedelta(days=11),
    )  # fmt: skip
    assert gaps(matrix.sales_manager).counts["ending"] == 0


@DB
def test_as_was_shows_who_led_and_as_is_who_leads(matrix: Matrix) -> None:
    yesterday = clock.today() - timedelta(days=1)
    end_assignment(Assignment.objects.get(group=matrix.acme), actor=matrix.sales_manager)
    assign(Assignment, actor=matrix.sales_manager, kind="account_manager", user=matrix.account_manager2, group=matrix.acme)
    was = {customer.code: leader for customer, leader in responsibility(matrix.sales_manager, yesterday)}
    now = {customer.code: leader for customer, leader in responsibility(matrix.sales_manager, yesterday, as_is=True)}
    assert (was["C-ACME-IT"], now["C-ACME-IT"]) == (matrix.account_manager, matrix.account_manager2)
    assert was["C-BETA"] == now["C-BETA"] == matrix.account_manager2


@DB
def test_an_area_manager_is_one_of_the_plant_at_the_location(matrix: Matrix) -> None:
    PlantServiceFactory(plant=matrix.beta_plant, location=matrix.usa)
    row = assign(
        Assignment,
        actor=matrix.sales_manager,
        kind="area_manager",
        user=matrix.area_manager_us,
        plant=matrix.beta_plant,
        location=matrix.usa,
    )
    assert area_manager_of(matrix.beta_plant, matrix.usa, clock.today()) == row.user
    assert area_manager_of(matrix.beta_plant, matrix.germany, clock.today()) == matrix.area_manager_de


@pytest.mark.django_db(transaction=True)
def test_of_two_assignments_at_once_one_wins_and_the_other_is_told_who() -> None:
    matrix = build()
    free = CustomerFactory(code="C-FREE")
    start, outcomes = threading.Barrier(2), []

    def run(person: User) -> None:
        try:
            start.wait()
            assign(
                Assignment, actor=User.objects.get(pk=matrix.sales_manager.pk), kind="account_manager", user=person, customer=free
            )
            outcomes.append((person.pk, "done", ""))
        except Denied as denied:
            outcomes.append((person.pk, denied.code, str(denied)))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in (matrix.account_manager, matrix.account_manager2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for _pk, code, _text in outcomes) == ["already_assigned", "done"]
    row = Assignment.objects.get(customer=free)
    winner = next(pk for pk, code, _text in outcomes if code == "done")
    assert row.user_id == winner
    assert str(row.user) in next(text for _pk, code, text in outcomes if code != "done")
