"""Mergers, acquisitions, plants sold and closed: everything moves, nothing is lost, the past stays as it was."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings

from accounts.actions.external_code import add_external_code, codes_of
from accounts.actions.merge import merge_customers, merge_preview
from accounts.actions.reorganise import (
    acquire_company,
    acquire_preview,
    apply_dated_changes,
    close_plant,
    close_preview,
    sell_plant,
    sell_preview,
)
from accounts.models import Assignment, Contact, Customer, Plant, PlantService
from kam.core import clock
from kam.core.codes import ExternalCode
from kam.core.workflow import Denied
from tests.factories.accounts import AssignmentFactory, ContactFactory, CustomerFactory, CustomerGroupFactory, PlantFactory
from tests.matrix import Matrix

BUSINESS = ("Plant", "PlantOwnership", "PlantService", "Contact", "Assignment", "GroupMembership", "Customer")


def counts() -> dict[str, int]:
    """How many rows of each business table there are."""
    return {name: apps.get_model("accounts", name)._base_manager.count() for name in BUSINESS}


def test_a_merge_moves_everything_and_loses_nothing(matrix: Matrix) -> None:
    twin = CustomerFactory(
        name="Acme Germany", country="DE", city="Leipzig", vat_id="DE136695976", plant__served_by=[matrix.germany]
    )
    person = ContactFactory(customer=twin)
    add_external_code(twin, actor=matrix.sales_manager, system="SAP DE", code="0000104711")
    plant, before = twin.plants.get(), counts()
    preview = {str(touch.label): touch.count for touch in merge_preview(twin, matrix.acme_de)}
    assert (preview["plants"], preview["contacts"], preview["plant ownerships"], preview["external codes"]) == (1, 1, 1, 1)
    merge_customers(twin, actor=matrix.sales_manager, into=matrix.acme_de, reason="recorded twice")
    assert counts() == before
    twin.refresh_from_db()
    plant.refresh_from_db()
    person.refresh_from_db()
    target = Customer.objects.get(pk=matrix.acme_de.pk)
    assert (twin.status, twin.merged_into) == ("closed", target)
    assert plant.customer == person.customer == target and plant.ownerships.get().customer == target
    assert target.vat_id == "DE136695976" and target.name == "ACME Deutschland GmbH"
    assert sorted(codes_of(target).values_list("system", "code")) == [("KAM", twin.code), ("SAP DE", "0000104711")]


def test_aliases_of_a_merged_customer_follow_through_a_second_merge(matrix: Matrix) -> None:
    first, second = CustomerFactory(code="OLD-1"), CustomerFactory(code="OLD-2")
    merge_customers(first, actor=matrix.sales_manager, into=second)
    merge_customers(second, actor=matrix.sales_manager, into=matrix.acme_it)
    assert set(codes_of(matrix.acme_it).values_list("code", flat=True)) == {"OLD-1", "OLD-2"}
    assert Customer.objects.get(code="OLD-1").merged_into == matrix.acme_it
    assert not Customer.objects.get(code="OLD-2").plants.exists()


def test_of_two_account_managers_the_one_of_the_customer_that_stays_goes_on(matrix: Matrix) -> None:
    twin = CustomerFactory()
    AssignmentFactory(user=matrix.account_manager, customer=twin)
    merge_customers(twin, actor=matrix.sales_manager, into=matrix.beta)
    assert Assignment.objects.get(customer=matrix.beta).user == matrix.account_manager2
    kept = Assignment.objects.get(customer=twin)
    assert (kept.user, kept.last_day) == (matrix.account_manager, clock.today() - timedelta(days=1))


def test_an_assignment_that_the_other_customer_lacks_moves(matrix: Matrix) -> None:
    twin, target = CustomerFactory(), CustomerFactory()
    AssignmentFactory(user=matrix.account_manager, customer=twin)
    merge_customers(twin, actor=matrix.sales_manager, into=target)
    assert Assignment.objects.get(user=matrix.account_manager, customer__isnull=False).customer == target


def test_every_reference_to_a_customer_is_named_by_a_merge(db: None) -> None:
    own = {relation.related_model._meta.app_label for relation in Customer._meta.related_objects}
    named = {path.split(".")[0] for path in settings.PORTS["merge_touches"]}
    assert own <= named, "a higher floor refers to customers: add its function to the port merge_touches"


@pytest.mark.parametrize(
    ("person", "into", "code"),
    [
        ("account_manager", "acme_it", "not_permitted"),
        ("area_manager_de", "acme_it", "not_permitted"),
        ("sales_manager", "acme_de", "same_customer"),
        ("sales_manager", "merged", "merged"),
    ],
)
def test_refused_merges(matrix: Matrix, nothing_changed: Any, person: str, into: str, code: str) -> None:
    target = CustomerFactory(status="closed", merged_into=matrix.beta) if into == "merged" else getattr(matrix, into)
    with nothing_changed(), pytest.raises(Denied) as refusal:
        merge_customers(matrix.acme_de, actor=getattr(matrix, person), into=target)
    assert refusal.value.code == code


def test_a_merged_record_is_not_worked_on(matrix: Matrix, nothing_changed: Any) -> None:
    from accounts.actions.customer import activate_customer, edit_customer, edit_customer_terms

    twin = CustomerFactory()
    merge_customers(twin, actor=matrix.sales_manager, into=matrix.beta)
    for verb, values in (
        (activate_customer, {}),
        (edit_customer, {"notes": "x"}),
        (edit_customer_terms, {"payment_terms": "Z"}),
        (acquire_company, {"group": matrix.acme}),
    ):
        with nothing_changed(), pytest.raises(Denied) as refusal:
            verb(twin, actor=matrix.sales_manager, **values)
        assert refusal.value.code == "merged"


def test_an_acquisition_today_changes_who_leads_and_keeps_the_past(matrix: Matrix) -> None:
    other = CustomerGroupFactory(name="Other")
    customer = CustomerFactory(group=other, country="DE", city="Ulm")
    assert not Customer.objects.visible_to(matrix.account_manager).filter(pk=customer.pk).exists()
    assert [touch.count for touch in acquire_preview(customer, matrix.acme, clock.today())] == [1]
    acquire_company(customer, actor=matrix.sales_manager, group=matrix.acme)
    matrix.account_manager.renew_access()
    assert Customer.objects.visible_to(matrix.account_manager).filter(pk=customer.pk).exists()
    rows = [(row.group, row.first_day, row.last_day) for row in customer.memberships.order_by("pk")]
    assert rows == [(other, None, clock.today() - timedelta(days=1)), (matrix.acme, clock.today(), None)]


def test_an_acquisition_on_a_later_day_takes_effect_that_day(matrix: Matrix) -> None:
    customer = CustomerFactory()
    day = clock.today() + timedelta(days=40)
    acquire_company(customer, actor=matrix.sales_manager, group=matrix.acme, from_day=day)
    assert Customer.objects.get(pk=customer.pk).group is None
    assert apply_dated_changes(Customer, actor=None) == 0
    with time_machine.travel(clock.now() + timedelta(days=43)):
        assert apply_dated_changes(Customer, actor=None) == 1
        assert apply_dated_changes(Customer, actor=None) == 0
    assert Customer.objects.get(pk=customer.pk).group == matrix.acme


def test_a_later_decision_replaces_a_planned_one(matrix: Matrix) -> None:
    customer, other = CustomerFactory(), CustomerGroupFactory()
    acquire_company(customer, actor=matrix.sales_manager, group=other, from_day=clock.today() + timedelta(days=40))
    acquire_company(customer, actor=matrix.sales_manager, group=matrix.acme, from_day=clock.today() + timedelta(days=20))
    assert [row.group for row in customer.memberships.all()] == [matrix.acme]


def test_a_company_leaves_its_group(matrix: Matrix) -> None:
    acquire_company(matrix.acme_us, actor=matrix.sales_manager, group=None)
    assert Customer.objects.get(pk=matrix.acme_us.pk).group is None
    matrix.account_manager.renew_access()
    assert not Customer.objects.visible_to(matrix.account_manager).filter(pk=matrix.acme_us.pk).exists()


@pytest.mark.parametrize(("person", "code"), [("account_manager", "not_permitted"), ("sales_manager", "same_group")])
def test_refused_acquisitions(matrix: Matrix, nothing_changed: Any, person: str, code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        acquire_company(matrix.acme_de, actor=getattr(matrix, person), group=matrix.acme)
    assert refusal.value.code == code


def test_a_sold_plant_takes_its_people_along(matrix: Matrix) -> None:
    PlantFactory(customer=matrix.acme_us, name="Reno")
    touched = {str(touch.label): touch.count for touch in sell_preview(matrix.acme_us_plant, matrix.beta, clock.today())}
    assert touched == {"contacts": 1, "plants served": 2, "assignments": 1}
    sell_plant(matrix.acme_us_plant, actor=matrix.sales_manager, to=matrix.beta)
    plant = Plant.objects.get(pk=matrix.acme_us_plant.pk)
    assert plant.customer == matrix.beta and Contact.objects.get(pk=matrix.acme_us_contact.pk).customer == matrix.beta
    assert [(row.customer, row.first_day) for row in plant.ownerships.order_by("pk")] == [
        (matrix.acme_us, None),
        (matrix.beta, clock.today()),
    ]


def test_a_sale_on_a_later_day_takes_effect_that_day(matrix: Matrix) -> None:
    PlantFactory(customer=matrix.acme_us, name="Reno")
    sell_plant(matrix.acme_us_plant, actor=matrix.sales_manager, to=matrix.beta, from_day=clock.today() + timedelta(days=5))
    assert Plant.objects.get(pk=matrix.acme_us_plant.pk).customer == matrix.acme_us
    with time_machine.travel(clock.now() + timedelta(days=5)):
        assert apply_dated_changes(Customer, actor=None) == 1
    assert Plant.objects.get(pk=matrix.acme_us_plant.pk).customer == matrix.beta


@pytest.mark.parametrize(
    ("person", "to", "code"),
    [
        ("account_manager", "beta", "not_permitted"),
        ("sales_manager", "acme_us", "same_owner"),
        ("sales_manager", "beta", "last_plant"),
    ],
)
def test_refused_sales(matrix: Matrix, nothing_changed: Any, person: str, to: str, code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        sell_plant(matrix.acme_us_plant, actor=getattr(matrix, person), to=getattr(matrix, to))
    assert refusal.value.code == code


def test_a_closed_plant_hands_its_people_to_its_successor(matrix: Matrix) -> None:
    reno = PlantFactory(customer=matrix.acme_us, name="Reno")
    touched = {str(touch.label): touch.count for touch in close_preview(matrix.acme_us_plant, reno, clock.today())}
    assert touched == {"plants served": 2, "assignments": 1, "contacts": 1}
    close_plant(matrix.acme_us_plant, actor=matrix.account_manager, successor=reno, reason="moved to Reno")
    plant = Plant.objects.get(pk=matrix.acme_us_plant.pk)
    assert (plant.status, plant.closed_on, plant.successor) == ("closed", clock.today(), reno)
    assert Contact.objects.get(pk=matrix.acme_us_contact.pk).plant == reno
    yesterday = clock.today() - timedelta(days=1)
    assert {row.last_day for row in PlantService.objects.filter(plant=plant)} == {yesterday}
    assert Assignment.objects.get(plant=plant).last_day == yesterday


def test_a_planned_closing_takes_effect_that_day(matrix: Matrix) -> None:
    close_plant(matrix.acme_us_plant, actor=matrix.account_manager, reason="planned", from_day=clock.today() + timedelta(days=9))
    assert Plant.objects.get(pk=matrix.acme_us_plant.pk).status == "open"
    with time_machine.travel(clock.now() + timedelta(days=12)):
        assert apply_dated_changes(Customer, actor=None) == 1
    assert Plant.objects.get(pk=matrix.acme_us_plant.pk).status == "closed"


@pytest.mark.parametrize(
    ("person", "values", "code"),
    [
        ("area_manager_us", {"reason": "x"}, "not_permitted"),
        ("account_manager", {"reason": ""}, "reason_needed"),
        ("account_manager", {"reason": "x", "successor": "acme_us_plant"}, "unknown_successor"),
        ("account_manager", {"reason": "x", "successor": "beta_plant"}, "unknown_successor"),
    ],
)
def test_refused_closings(matrix: Matrix, nothing_changed: Any, person: str, values: dict[str, Any], code: str) -> None:
    values = {name: getattr(matrix, value) if name == "successor" else value for name, value in values.items()}
    with nothing_changed(), pytest.raises(Denied) as refusal:
        close_plant(matrix.acme_us_plant, actor=getattr(matrix, person), **values)
    assert refusal.value.code == code


def test_a_code_of_another_system_is_unique_in_it(matrix: Matrix, nothing_changed: Any) -> None:
    add_external_code(matrix.acme_de, actor=matrix.area_manager_de, system="SAP DE", code="4711")
    with nothing_changed():
        add_external_code(matrix.acme_de, actor=matrix.area_manager_de, system="SAP DE", code="4711")
    with nothing_changed(), pytest.raises(Denied) as refusal:
        add_external_code(matrix.acme_it, actor=matrix.account_manager, system="SAP DE", code="4711")
    assert refusal.value.code == "code_taken"
    with nothing_changed(), pytest.raises(Denied) as refusal:
        add_external_code(matrix.acme_it, actor=matrix.account_manager, system="kam", code="1")
    assert refusal.value.code == "own_system"
    assert ExternalCode.objects.count() == 1
