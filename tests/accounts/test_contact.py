"""Contacts: recorded, edited, erased on request; and customer groups."""

from typing import Any

import pytest
from django.apps import apps

from accounts.actions.contact import create_contact, edit_contact, erase_contact
from accounts.actions.group import create_group, edit_group
from accounts.models import Assignment, Contact, CustomerGroup
from kam.core.workflow import Denied
from tests.factories.accounts import CustomerGroupFactory
from tests.matrix import Matrix


def test_a_contact_takes_the_language_of_its_customer(matrix: Matrix) -> None:
    matrix.acme_de.language = "de"
    matrix.acme_de.save()
    contact = create_contact(
        Contact,
        actor=matrix.area_manager_de,
        customer=matrix.acme_de,
        plant=matrix.acme_de_plant,
        last_name=" Weiß ",
        relationship=4,
        decision_role="decider",
    )
    assert (contact.last_name, contact.language, contact.relationship) == ("Weiß", "de", 4)


@pytest.mark.parametrize(
    ("person", "values", "code"),
    [
        ("account_manager", {"relationship": 6}, "invalid"),
        ("account_manager", {"last_name": ""}, "invalid"),
        ("account_manager", {"email": "nobody"}, "invalid"),
        ("account_manager", {"plant": "beta_plant"}, "foreign_plant"),
        ("area_manager_us", {}, "not_your_customer"),
        ("account_manager2", {}, "not_your_customer"),
        ("quality_it", {}, "not_permitted"),
    ],
)
def test_refused_contacts(matrix: Matrix, nothing_changed: Any, person: str, values: dict[str, Any], code: str) -> None:
    values = {"last_name": "Weiß"} | {
        name: getattr(matrix, value) if name == "plant" else value for name, value in values.items()
    }
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_contact(Contact, actor=getattr(matrix, person), customer=matrix.acme_de, **values)
    assert refusal.value.code == code


def test_a_card_shows_people_but_does_not_let_them_be_edited(matrix: Matrix, nothing_changed: Any) -> None:
    assert Contact.objects.visible_to(matrix.area_manager_de).filter(pk=matrix.acme_us_contact.pk).exists()
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_contact(matrix.acme_us_contact, actor=matrix.area_manager_de, phone="1")
    assert refusal.value.code == "not_permitted"


def test_an_erased_person_is_gone_from_row_history_and_search(matrix: Matrix) -> None:
    contact = edit_contact(matrix.acme_us_contact, actor=matrix.account_manager, email="grace@acme.example", phone="+1 555")
    erase_contact(contact, actor=matrix.sales_manager, reason="request of 3 May")
    fresh = Contact.objects.get(pk=contact.pk)
    assert (str(fresh), fresh.email, fresh.phone, fresh.is_active) == (f"#{fresh.pk}", "", "", False)
    events = apps.get_model("accounts", "ContactEvent").objects.filter(pgh_obj_id=fresh.pk)
    assert events.count() == 3
    assert not events.exclude(last_name=f"#{fresh.pk}", first_name="", email="", phone="").exists()
    assert not Contact.objects.filter(search_text__contains="hopper").exists()
    assert events.latest("pgh_id").pgh_context["reason"] == "request of 3 May"


@pytest.mark.parametrize(
    ("person", "reason", "code"), [("account_manager", "x", "not_permitted"), ("sales_manager", "", "reason_needed")]
)
def test_refused_erasures(matrix: Matrix, nothing_changed: Any, person: str, reason: str, code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        erase_contact(matrix.acme_us_contact, actor=getattr(matrix, person), reason=reason)
    assert refusal.value.code == code


def test_an_erased_contact_stays_erased(matrix: Matrix, nothing_changed: Any) -> None:
    erase_contact(matrix.acme_us_contact, actor=matrix.sales_manager, reason="request")
    with nothing_changed(), pytest.raises(Denied) as refusal:
        edit_contact(matrix.acme_us_contact, actor=matrix.account_manager, last_name="Hopper")
    assert refusal.value.code == "erased"


def test_history_cannot_be_changed_otherwise(matrix: Matrix) -> None:
    with pytest.raises(Exception, match="Cannot update"):
        apps.get_model("accounts", "ContactEvent").objects.update(last_name="x")


def test_who_creates_a_group_leads_it(matrix: Matrix) -> None:
    group = create_group(CustomerGroup, actor=matrix.account_manager2, name="Gamma", is_global_account=True, tier="A")
    assert group.code.startswith("G-KAM-") and group.is_global_account
    assert Assignment.objects.get(group=group).user == matrix.account_manager2
    edit_group(group, actor=matrix.account_manager2, tier="B")
    assert CustomerGroup.objects.get(pk=group.pk).tier == "B"


def test_refused_groups(matrix: Matrix, nothing_changed: Any) -> None:
    below = CustomerGroupFactory(parent=matrix.acme)
    cases = [
        (lambda: create_group(CustomerGroup, actor=matrix.area_manager_de, name="Gamma"), "not_permitted"),
        (lambda: create_group(CustomerGroup, actor=matrix.account_manager, name="Gamma", code="G-ACME"), "code_taken"),
        (lambda: create_group(CustomerGroup, actor=matrix.account_manager, name=""), "invalid"),
        (lambda: edit_group(matrix.acme, actor=matrix.account_manager2, name="mine"), "not_permitted"),
        (lambda: edit_group(matrix.acme, actor=matrix.sales_manager, parent=below), "own_parent"),
        (lambda: edit_group(matrix.acme, actor=matrix.sales_manager, code=below.code), "code_taken"),
    ]
    for run, code in cases:
        with nothing_changed(), pytest.raises(Denied) as refusal:
            run()
        assert refusal.value.code == code
