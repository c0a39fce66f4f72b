"""Customers: created, edited, given terms, blocked; what is refused changes nothing and tells nothing about others' customers."""

import threading
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.actions.customer import (
    activate_customer,
    block_customer,
    close_customer,
    create_customer,
    edit_customer,
    edit_customer_terms,
    unblock_customer,
)
from accounts.duplicates import ANSWER_DAYS
from accounts.models import Assignment, Customer, PlantOwnership, PlantService
from accounts.vat import checked_vat
from kam.core import clock
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work import late_items
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Refusals
from tests.factories.accounts import CustomerFactory, CustomerGroupFactory, LocationFactory, UserFactory
from tests.matrix import Matrix

GAMMA = {"name": "Gamma Antriebe GmbH", "country": "DE", "city": "Ulm"}


def test_a_name_a_country_and_a_city_make_a_prospect_with_its_plant(matrix: Matrix) -> None:
    customer = create_customer(Customer, actor=matrix.account_manager, **GAMMA)
    plant = customer.plants.get()
    assert (customer.status, customer.language, customer.currency) == ("prospect", "de", "EUR")
    assert customer.code == f"C-DE-{clock.today().year}-00001"
    assert (plant.name, plant.country, plant.code) == ("Ulm", "DE", f"P-DE-{clock.today().year}-00001")
    assert PlantOwnership.objects.get(plant=plant).customer == customer


def test_an_account_manager_leads_what_they_create(matrix: Matrix) -> None:
    customer = create_customer(Customer, actor=matrix.account_manager, **GAMMA)
    row = Assignment.objects.get(customer=customer)
    assert (row.kind, row.user, row.first_day, row.last_day) == ("account_manager", matrix.account_manager, clock.today(), None)
    assert not PlantService.objects.filter(plant__customer=customer).exists()


def test_in_a_group_of_their_own_no_further_assignment_is_needed(matrix: Matrix) -> None:
    customer = create_customer(Customer, actor=matrix.account_manager, group=matrix.acme, **GAMMA)
    assert customer.memberships.get().group == matrix.acme
    assert not Assignment.objects.filter(customer=customer).exists()
    assert Customer.objects.visible_to(matrix.account_manager).filter(pk=customer.pk).exists()


@pytest.mark.parametrize(("person", "country"), [("area_manager_de", "DE"), ("back_office_it", "IT")])
def test_the_location_of_who_creates_it_leads_the_plant(matrix: Matrix, person: str, country: str) -> None:
    customer = create_customer(Customer, actor=getattr(matrix, person), **GAMMA)
    service = PlantService.objects.get(plant__customer=customer)
    assert (service.location.code, service.leads, service.first_day) == (country, True, clock.today())


def test_an_area_manager_names_only_their_own_location(matrix: Matrix, nothing_changed: Any) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.area_manager_de, location=matrix.usa, **GAMMA)
    assert (refusal.value.code, refusal.value.field, refusal.value.status) == ("not_your_location", "location", 403)


@pytest.mark.parametrize("person", ["auditor", "quality_it", "administrator", "nobody"])
def test_who_has_not_the_verb_creates_nothing(matrix: Matrix, nothing_changed: Any, person: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=getattr(matrix, person), **GAMMA)
    assert (refusal.value.code, refusal.value.status) == ("not_permitted", 403)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"country": "XX"}, "unknown_country", "country"),
        ({"city": "  "}, "invalid", "city"),
        ({"name": ""}, "invalid", "name"),
        ({"name": "x" * 161}, "invalid", "name"),
        ({"currency": "XYZ"}, "currency", "currency"),
        ({"website": "no address"}, "invalid", "website"),
        ({"vat_id": "DE136695977"}, "wrong_vat_number", "vat_id"),
        ({"code": "C-BETA"}, "code_taken", "code"),
        ({"status": "active"}, "not_editable", "status"),
        ({"credit_limit": 1}, "not_editable", "credit_limit"),
    ],
)
def test_wrong_values_are_refused_at_their_field(
    matrix: Matrix, nothing_changed: Any, values: dict[str, Any], code: str, field: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, **(GAMMA | values))
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_every_fault_is_told_at_once(matrix: Matrix) -> None:
    with pytest.raises(Refusals) as refusal:
        create_customer(Customer, actor=matrix.account_manager, **(GAMMA | {"name": "", "website": "nothing"}))
    assert {one.field for one in refusal.value.refusals} == {"name", "website"}


@pytest.mark.acceptance("AT-60")
def test_the_check_digit_of_an_italian_vat_number_decides(matrix: Matrix, nothing_changed: Any) -> None:
    sold = {"name": "Olivetti", "country": "IT", "city": "Ivrea"}
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, vat_id="00743110158", **sold)
    assert (refusal.value.code, refusal.value.field, refusal.value.status) == ("wrong_vat_number", "vat_id", 400)
    customer = create_customer(Customer, actor=matrix.account_manager, vat_id="00743110157", **sold)
    assert Customer.objects.get(pk=customer.pk).vat_id == "IT00743110157"


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("it 007.431.101-57", "IT", "IT00743110157"),
        ("136695976", "DE", "DE136695976"),
        ("DE136695976", "IT", "DE136695976"),
        ("EL094259216", "GR", "EL094259216"),
        ("U13585627", "AT", "ATU13585627"),
        ("CHE-107.787.577 MWST", "CH", "CHE107787577"),
        ("CHE-107.787.577 IVA", "CH", "CHE107787577"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("12-3456789", "US", "US123456789"),
        ("", "IT", ""),
    ],
)
def test_a_vat_number_is_kept_one_way(typed: str, country: str, kept: str) -> None:
    assert checked_vat(typed, country) == kept
    assert checked_vat(kept, country) == kept


def test_a_vat_number_that_one_sees_is_named(matrix: Matrix, nothing_changed: Any) -> None:
    Customer.objects.filter(pk=matrix.acme_de.pk).update(vat_id="DE136695976")
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, vat_id="136695976", **GAMMA)
    assert refusal.value.code == "same_vat_number"
    assert "ACME Deutschland GmbH (C-ACME-DE)" in str(refusal.value)


def test_a_vat_number_outside_ones_area_tells_nothing_and_asks_its_owner(matrix: Matrix, nothing_changed: Any) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="DE136695976")
    asked = ("core_workitem", "core_workitemevent", "core_notification", "core_outgoingmail")
    with nothing_changed(apart_from=asked), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, vat_id="136695976", **GAMMA)
    assert (refusal.value.code, refusal.value.field) == ("exists_outside_your_area", "vat_id")
    assert "BETA" not in str(refusal.value)
    item = WorkItem.objects.get()
    assert (item.record, item.assignee) == (matrix.beta, matrix.account_manager2)
    assert not WorkItem.objects.visible_to(matrix.account_manager).exists()
    with pytest.raises(Denied):
        create_customer(Customer, actor=matrix.account_manager, vat_id="136695976", **GAMMA)
    assert WorkItem.objects.count() == 1


def test_the_owner_answers_within_working_days_of_the_location_that_leads(matrix: Matrix) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="DE136695976")

    def asked(name: str) -> WorkItem:
        with pytest.raises(Denied):
            create_customer(Customer, actor=matrix.account_manager, vat_id="136695976", **GAMMA | {"name": name})
        return WorkItem.objects.order_by("-pk")[0]

    with clock.moment(datetime(2028, 10, 2, 9, tzinfo=UTC)):
        # The Monday before 3 October, a holiday in Germany, where BETA's plant is led: Wednesday and Thursday.
        item = asked("Gamma")
        assert item.due_at.astimezone(ZoneInfo("Europe/Berlin")).date() == date(2028, 10, 5)
        set_parameter(ParameterValue, actor=None, key=ANSWER_DAYS.key, value=4, scope=f"location:{matrix.germany.pk}")
        assert asked("Gamma Antriebe").due_at.astimezone(ZoneInfo("Europe/Berlin")).date() == date(2028, 10, 9)
    with clock.moment(datetime(2028, 10, 6, 9, tzinfo=UTC)):
        assert item.pk in late_items(clock.now())


def test_a_similar_name_in_the_same_city_waits_for_confirmation(matrix: Matrix, nothing_changed: Any) -> None:
    twin = {"name": "Acme Deutschland AG", "country": "DE", "city": "leipzig"}
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, **twin)
    assert (refusal.value.code, refusal.value.field) == ("similar_customer", "confirm_similar")
    assert "ACME Deutschland GmbH (C-ACME-DE)" in str(refusal.value)
    assert create_customer(Customer, actor=matrix.account_manager, confirm_similar=True, **twin).pk


def test_a_similar_customer_outside_ones_area_is_not_named(matrix: Matrix) -> None:
    with pytest.raises(Denied) as refusal:
        create_customer(Customer, actor=matrix.account_manager, name="Beta Foerdertechnik", country="DE", city="Kassel")
    assert refusal.value.code == "similar_customer" and "BETA" not in str(refusal.value)
    assert WorkItem.objects.get().assignee == matrix.account_manager2


def test_the_same_name_in_another_city_is_another_company(matrix: Matrix) -> None:
    assert create_customer(Customer, actor=matrix.account_manager, name="ACME Deutschland GmbH", country="DE", city="München").pk


def test_editing_changes_what_is_named_and_nothing_else(matrix: Matrix) -> None:
    before = matrix.acme_de.version
    customer = edit_customer(matrix.acme_de, actor=matrix.area_manager_de, city="Halle", notes="near the airport", reason="moved")
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.city, fresh.notes, fresh.name, fresh.version) == (
        "Halle",
        "near the airport",
        "ACME Deutschland GmbH",
        before + 1,
    )
    event = connection.cursor()
    event.execute(
        "SELECT pgh_context->>'verb', pgh_context->>'reason' FROM accounts_customerevent WHERE pgh_obj_id = %s ORDER BY pgh_id DESC LIMIT 1",
        [fresh.pk],
    )
    assert event.fetchone() == ("accounts.edit_customer", "moved")


def test_an_edit_without_a_change_writes_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    with nothing_changed():
        edit_customer(matrix.acme_de, actor=matrix.account_manager, name="ACME Deutschland GmbH", city="Leipzig")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"credit_limit": 5}, "not_editable"),
        ({"status": "closed"}, "not_editable"),
        ({"group": None}, "not_editable"),
        ({"code": "C-BETA"}, "code_taken"),
        ({"country": "IT", "vat_id": "123"}, "wrong_vat_number"),
        ({"name": ""}, "invalid"),
    ],
)
def test_wrong_edits_are_refused(matrix: Matrix, nothing_changed: Any, values: dict[str, Any], code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_customer(matrix.acme_de, actor=matrix.account_manager, **values)
    assert refusal.value.code == code


def test_an_old_version_is_refused(matrix: Matrix, nothing_changed: Any) -> None:
    edit_customer(matrix.acme_de, actor=matrix.account_manager, notes="first")
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_customer(matrix.acme_de, actor=matrix.area_manager_de, notes="second", version=1)
    assert (refusal.value.code, refusal.value.status) == ("changed_meanwhile", 412)


@pytest.mark.parametrize("person", ["area_manager_us", "account_manager2", "auditor", "quality_it", "nobody"])
def test_who_does_not_work_for_the_customer_edits_nothing(matrix: Matrix, nothing_changed: Any, person: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_customer(matrix.acme_de, actor=getattr(matrix, person), notes="mine")
    assert refusal.value.code == "not_permitted"


def test_terms_are_kept_with_the_version_of_incoterms(matrix: Matrix) -> None:
    edit_customer_terms(
        matrix.acme_us, actor=matrix.account_manager, incoterms="fca", incoterms_place="Columbus", credit_limit=10
    )
    fresh = Customer.objects.get(pk=matrix.acme_us.pk)
    assert (fresh.incoterms, fresh.incoterms_place, fresh.incoterms_version, fresh.credit_limit) == (
        "FCA",
        "Columbus",
        "2020",
        10,
    )


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"incoterms": "DAT"}, "unknown_incoterms"),
        ({"incoterms": "XYZ", "incoterms_version": "2010"}, "unknown_incoterms"),
        ({"credit_limit": -1}, "credit_below_zero"),
        ({"payment_terms": "Z0300"}, "invalid"),
        ({"name": "other"}, "not_editable"),
    ],
)
def test_wrong_terms_are_refused(matrix: Matrix, nothing_changed: Any, values: dict[str, Any], code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_customer_terms(matrix.acme_us, actor=matrix.account_manager, **values)
    assert refusal.value.code == code


@pytest.mark.parametrize("person", ["area_manager_us", "area_manager_de", "back_office_it", "quality_it"])
def test_terms_are_not_everybodys(matrix: Matrix, nothing_changed: Any, person: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_customer_terms(matrix.acme_us, actor=getattr(matrix, person), payment_terms="Z060")
    assert refusal.value.code == "not_permitted"


def test_a_customer_goes_from_prospect_to_closed_and_back(matrix: Matrix) -> None:
    customer = create_customer(Customer, actor=matrix.account_manager, **GAMMA)
    steps = [
        (activate_customer, "", "active"),
        (block_customer, "three invoices unpaid", "blocked"),
        (unblock_customer, "paid", "active"),
        (close_customer, "ceased trading", "closed"),
        (activate_customer, "taken up again", "active"),
    ]
    for verb, reason, status in steps:
        verb(customer, actor=matrix.account_manager, reason=reason)
        customer.refresh_from_db()
        assert (customer.status, customer.status_reason) == (status, reason)


@pytest.mark.parametrize(
    ("verb", "reason", "code"),
    [
        (block_customer, "", "reason_needed"),
        (close_customer, " ", "reason_needed"),
        (unblock_customer, "x", "wrong_status"),
        (activate_customer, "", "wrong_status"),
        (block_customer, "x" * 201, "invalid"),
    ],
)
def test_a_status_moves_only_along_its_transitions(
    matrix: Matrix, nothing_changed: Any, verb: Any, reason: str, code: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        verb(matrix.acme_de, actor=matrix.account_manager, reason=reason)
    assert refusal.value.code == code


def test_a_location_does_not_block_the_customer_of_an_account(matrix: Matrix, nothing_changed: Any) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        block_customer(matrix.acme_de, actor=matrix.area_manager_de, reason="late")
    assert refusal.value.code == "not_permitted"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_create_the_same_vat_number_at_once_one_wins() -> None:
    LocationFactory()
    people = [UserFactory(role="sales_manager") for _ in range(2)]
    start, results = threading.Barrier(2), []

    def create(person: Any, name: str) -> None:
        start.wait()
        try:
            results.append(create_customer(Customer, actor=person, name=name, country="IT", city=name, vat_id="00743110157").code)
        except Denied as denied:
            results.append(denied.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=create, args=pair) for pair in zip(people, ("Alfa Motori", "Zeppelin Werke"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Customer.objects.count() == 1
    assert sorted(results)[1] == "same_vat_number"


def test_the_list_of_statuses_follows_the_workflow(matrix: Matrix) -> None:
    group = CustomerGroupFactory()
    customer = CustomerFactory(group=group, status="active")
    steps = Customer.workflow.next_steps(customer, matrix.sales_manager)
    assert [(step.verb, step.allowed) for step in steps] == [("accounts.block_customer", True), ("accounts.close_customer", True)]
