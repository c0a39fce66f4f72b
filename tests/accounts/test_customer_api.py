"""Customers, plants, contacts and groups by REST: the same rows, the same refusals; terms are refused where they are not yours."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Contact, Customer, Plant, User
from kam.core.work_items import WorkItem
from tests.factories.accounts import CustomerFactory
from tests.matrix import Matrix

API = "/api/v1"
LOGS = ("kam_api_quota",)


def as_(user: User) -> APIClient:
    """A program with this person's rights."""
    client = APIClient()
    client.force_authenticate(user)
    return client


def codes(response: Any) -> set[str]:
    """The codes of the rows of a list."""
    return {row["code"] for row in response.json()["results"]}


@pytest.mark.parametrize("noun", ["customers", "customer-groups", "global-accounts", "plants", "contacts"])
def test_nobody_reads_without_a_token(db: None, noun: str) -> None:
    assert APIClient().get(f"{API}/{noun}/").status_code == 401


@pytest.mark.acceptance("AT-85")
def test_lists_and_rows_obey_the_matrix(matrix: Matrix) -> None:
    leader, area = as_(matrix.account_manager), as_(matrix.area_manager_de)
    assert codes(leader.get(f"{API}/customers/")) == {"C-ACME-IT", "C-ACME-DE", "C-ACME-US"}
    assert codes(area.get(f"{API}/customers/")) == {"C-ACME-IT", "C-ACME-DE", "C-ACME-US", "C-BETA"}
    assert codes(as_(matrix.nobody).get(f"{API}/customers/")) == set()
    own = leader.get(f"{API}/customers/{matrix.acme_de.pk}/").json()
    assert (own["payment_terms"], own["credit_limit"]) == ("Z030", "500000.00")
    assert leader.get(f"{API}/customers/{matrix.beta.pk}/").json()["code"] == "not_found"
    card = area.get(f"{API}/customers/{matrix.acme_us.pk}/").json()
    assert card["code"] == "C-ACME-US" and "payment_terms" not in card and "credit_limit" not in card and card["notes"] == ""
    assert leader.patch(f"{API}/customers/{matrix.beta.pk}/", {"name": "mine"}, format="json").status_code == 404
    assert area.patch(f"{API}/customers/{matrix.acme_us.pk}/", {"name": "mine"}, format="json").status_code == 403
    assert codes(as_(matrix.account_manager2).get(f"{API}/plants/")) == {matrix.beta_plant.code}
    assert [row["last_name"] for row in leader.get(f"{API}/contacts/").json()["results"]] == ["Hopper"]


@pytest.mark.acceptance("AT-85")
@pytest.mark.parametrize("field", Customer.commercial_fields)
def test_terms_are_not_sorted_or_filtered_by_where_one_row_is_a_card(matrix: Matrix, field: str) -> None:
    area, leader = as_(matrix.area_manager_de), as_(matrix.account_manager)
    refused = area.get(f"{API}/customers/?ordering={field}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "costs_hidden")
    assert leader.get(f"{API}/customers/?ordering={field}").status_code == 200
    asked = as_(matrix.nobody).get(f"{API}/customers/?fields=name,{field}")
    assert (asked.status_code, asked.json()["errors"][0]["code"]) == (400, "costs_hidden")
    rows = {row["name"]: row for row in area.get(f"{API}/customers/?fields=name,{field}").json()["results"]}
    assert field in rows["ACME Deutschland GmbH"] and field not in rows["ACME Conveyors Inc."]


@pytest.mark.parametrize("query", ["payment_terms=Z030", "credit_limit_min=1", "credit_limit_max=9"])
def test_filters_on_terms_are_refused_where_one_row_is_a_card(matrix: Matrix, query: str) -> None:
    refused = as_(matrix.area_manager_de).get(f"{API}/customers/?{query}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "costs_hidden")
    assert as_(matrix.sales_manager).get(f"{API}/customers/?{query}").status_code == 200


@pytest.mark.acceptance("AT-60")
def test_creating_by_rest(matrix: Matrix, nothing_changed: Any) -> None:
    leader = as_(matrix.account_manager)
    body = {"name": "Olivetti", "country": "IT", "city": "Ivrea", "vat_id": "00743110158"}
    with nothing_changed(apart_from=LOGS):
        refused = leader.post(f"{API}/customers/", body, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "vat_id")
    made = leader.post(f"{API}/customers/", body | {"vat_id": "00743110157"}, format="json")
    assert made.status_code == 201, made.json()
    assert leader.get(f"{API}/customers/{made.json()['id']}/").json()["vat_id"] == "IT00743110157"
    assert leader.get(f"{API}/plants/?customer={made.json()['id']}").json()["count"] == 1


@pytest.mark.parametrize(
    "field", ["status", "status_reason", "merged_into", "credit_limit", "payment_terms", "version", "nonsense"]
)
def test_server_owned_fields_are_refused(matrix: Matrix, nothing_changed: Any, field: str) -> None:
    body = {"name": "Olivetti", "country": "IT", "city": "Ivrea", field: "1"}
    with nothing_changed(apart_from=LOGS):
        assert as_(matrix.account_manager).post(f"{API}/customers/", body, format="json").status_code == 400
        assert (
            as_(matrix.account_manager).patch(f"{API}/customers/{matrix.acme_de.pk}/", {field: "1"}, format="json").status_code
            == 400
        )


def test_a_customer_without_a_currency_has_that_of_the_group(matrix: Matrix, settings: Any) -> None:
    settings.BASE_CURRENCY = "USD"
    body = {"name": "Delta Drives", "country": "US", "city": "Dover"}
    made = as_(matrix.account_manager).post(f"{API}/customers/", body, format="json")
    assert (made.status_code, made.json()["currency"]) == (201, "USD"), made.json()


def test_several_are_created_all_or_none(matrix: Matrix, nothing_changed: Any) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="DE136695976")
    rows = [{"name": f"Company {city}", "country": "DE", "city": city} for city in ("Ulm", "Jena", "Gera")]
    asked = ("core_workitem", "core_workitemevent", "core_notification", "core_outgoingmail", *LOGS)
    with nothing_changed(apart_from=asked):
        wrong = [rows[0], rows[1] | {"country": "XX"}, rows[2] | {"vat_id": "136695976"}]
        refused = as_(matrix.account_manager).post(f"{API}/customers/", wrong, format="json")
    assert refused.status_code in {400, 409}
    assert [(error["index"], error["code"]) for error in refused.json()["errors"]] == [
        (1, "unknown_country"),
        (2, "exists_outside_your_area"),
    ]
    assert "BETA" not in refused.content.decode()
    assert WorkItem.objects.get().assignee == matrix.account_manager2
    made = as_(matrix.account_manager).post(f"{API}/customers/", rows, format="json")
    assert made.status_code == 201 and [row["city"] for row in made.json()] == ["Ulm", "Jena", "Gera"]


def test_a_question_to_an_owner_outlives_an_idempotent_refusal(matrix: Matrix) -> None:
    Customer.objects.filter(pk=matrix.beta.pk).update(vat_id="DE136695976")
    body = {"name": "Delta", "country": "DE", "city": "Ulm", "vat_id": "136695976"}
    refused = as_(matrix.account_manager).post(f"{API}/customers/", body, format="json", headers={"Idempotency-Key": "one"})
    assert refused.json()["code"] == "exists_outside_your_area"
    assert WorkItem.objects.count() == 1


def test_verbs_by_rest(matrix: Matrix) -> None:
    leader, chief = as_(matrix.account_manager), as_(matrix.sales_manager)
    one = f"{API}/customers/{matrix.acme_de.pk}"
    assert leader.post(f"{one}/block/", {}, format="json").json()["errors"][0]["field"] == "reason"
    assert leader.post(f"{one}/block/", {"reason": "unpaid"}, format="json").json()["status"] == "blocked"
    assert leader.post(f"{one}/unblock/", {"reason": "paid"}, format="json").json()["status"] == "active"
    assert leader.post(f"{one}/terms/", {"payment_terms": "Z060"}, format="json").json()["payment_terms"] == "Z060"
    assert leader.post(f"{one}/external-code/", {"system": "SAP", "code": "1"}, format="json").status_code == 200
    assert leader.post(f"{one}/merge/", {"into": matrix.acme_it.pk}, format="json").status_code == 403
    twin = CustomerFactory()
    merged = chief.post(f"{API}/customers/{twin.pk}/merge/", {"into": matrix.acme_it.pk}, format="json")
    assert merged.json()["merged_into"] == matrix.acme_it.pk
    moved = chief.post(f"{API}/customers/{matrix.beta.pk}/acquire/", {"group": matrix.acme.pk}, format="json")
    assert moved.json()["group"] == matrix.acme.pk
    plant = f"{API}/plants/{matrix.acme_us_plant.pk}"
    assert chief.post(f"{plant}/serve/", {"location": matrix.germany.pk, "service": "leads"}, format="json").status_code == 200
    assert chief.post(f"{plant}/sell/", {"to": matrix.beta.pk}, format="json").json()["code"] == "last_plant"
    assert chief.post(f"{plant}/close/", {"reason": "moved"}, format="json").json()["status"] == "closed"
    erased = chief.post(f"{API}/contacts/{matrix.acme_us_contact.pk}/erase/", {"reason": "request"}, format="json").json()
    assert erased["last_name"] == f"#{matrix.acme_us_contact.pk}" and erased["first_name"] == ""


def test_a_foreign_key_in_a_body_does_not_exist(matrix: Matrix, nothing_changed: Any) -> None:
    leader = as_(matrix.account_manager)
    with nothing_changed(apart_from=LOGS):
        for noun, body in (
            ("plants", {"customer": matrix.beta.pk, "name": "x"}),
            ("contacts", {"customer": matrix.beta.pk, "last_name": "x"}),
        ):
            foreign = leader.post(f"{API}/{noun}/", body, format="json")
            absent = leader.post(f"{API}/{noun}/", body | {"customer": 10**9}, format="json")
            assert foreign.status_code == absent.status_code == 400
            assert str(matrix.beta.pk) in foreign.json()["errors"][0]["message"]


def test_editing_by_rest_guards_the_version(matrix: Matrix) -> None:
    area, address = as_(matrix.area_manager_de), f"{API}/customers/{matrix.acme_de.pk}/"
    tag = area.get(address)["ETag"]
    assert area.patch(address, {"city": "Halle"}, format="json", headers={"If-Match": tag}).json()["city"] == "Halle"
    assert area.patch(address, {"city": "Jena"}, format="json", headers={"If-Match": tag}).status_code == 412
    assert Customer.objects.get(pk=matrix.acme_de.pk).city == "Halle"


def test_plants_contacts_and_groups_by_rest(matrix: Matrix) -> None:
    leader = as_(matrix.account_manager)
    plant = leader.post(f"{API}/plants/", {"customer": matrix.acme_de.pk, "name": "Kassel", "city": "Kassel"}, format="json")
    assert plant.status_code == 201, plant.json()
    assert (
        leader.patch(f"{API}/plants/{plant.json()['id']}/", {"unloading_point": "Gate 1"}, format="json").json()[
            "unloading_point"
        ]
        == "Gate 1"
    )
    assert leader.patch(f"{API}/plants/{plant.json()['id']}/", {"customer": matrix.acme_it.pk}, format="json").status_code == 400
    body = {"customer": matrix.acme_de.pk, "plant": plant.json()["id"], "last_name": "Weiß", "relationship": 3}
    person = leader.post(f"{API}/contacts/", body, format="json")
    assert person.status_code == 201 and Contact.objects.get(pk=person.json()["id"]).relationship == 3
    assert leader.patch(f"{API}/contacts/{person.json()['id']}/", {"relationship": 9}, format="json").status_code == 400
    group = leader.post(f"{API}/customer-groups/", {"name": "Gamma", "is_global_account": True, "profile": "grow"}, format="json")
    assert group.status_code == 201 and group.json()["profile"] == "grow"
    assert leader.get(f"{API}/global-accounts/").json()["count"] == 2
    assert "profile" not in as_(matrix.area_manager_de).get(f"{API}/global-accounts/{matrix.acme.pk}/").json()
    assert Plant.objects.get(pk=plant.json()["id"]).ownerships.count() == 1


def test_the_queries_of_a_list_do_not_grow(matrix: Matrix) -> None:
    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        person = User.objects.get(pk=matrix.area_manager_de.pk)
        with CaptureQueriesContext(connection) as captured:
            as_(person).get(f"{API}/customers/")
        return len(captured)

    before = queries()
    for _number in range(20):
        CustomerFactory(group=matrix.acme, plant__served_by=[matrix.germany])
    assert queries() == before <= 6
