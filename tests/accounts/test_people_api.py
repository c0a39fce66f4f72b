"""People, roles, substitutes, locations, markets, assignments and hand-overs over REST."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Assignment, Delegation, Department, HandOver, RoleGrant, User, account_manager_of
from kam.core import clock
from kam.core.tokens import issue_token
from tests.factories.accounts import CustomerFactory, DelegationFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
API = "/api/v1/"


class Api:
    """A program with the token of one person."""

    def __init__(self, user: User) -> None:
        self.client = Client(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='test')}")

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(API + path, query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(API + path, {} if body is None else body, content_type="application/json")

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.patch(API + path, body, content_type="application/json", headers=headers)


def test_every_collection_answers_everybody_who_is_signed_in(matrix: Matrix) -> None:
    api = Api(matrix.logistics_it)
    for name in ("users", "role-grants", "delegations", "locations", "departments", "markets", "assignments", "hand-overs"):
        answer = api.get(f"{name}/")
        assert (answer.status_code, set(answer.json())) >= (200, {"count", "results"}), name


def test_an_administrator_adds_edits_and_shuts_out_a_person(matrix: Matrix) -> None:
    api = Api(matrix.administrator)
    made = api.post("users/", {"email": "New@kam.example", "first_name": "New", "last_name": "Person"})
    assert (made.status_code, made.json()["email"], made.json()["is_active"]) == (201, "new@kam.example", True)
    key, tag = made.json()["id"], made["ETag"]
    assert api.patch(f"users/{key}/", {"phone": "+39 1"}, **{"If-Match": tag}).json()["phone"] == "+39 1"
    assert api.patch(f"users/{key}/", {"phone": "+39 2"}, **{"If-Match": tag}).status_code == 412
    assert api.post(f"users/{key}/deactivate/", {"reason": "left"}).json()["is_active"] is False
    assert api.post(f"users/{key}/reactivate/").json()["is_active"] is True


@pytest.mark.parametrize("name", ["is_active", "is_staff", "is_superuser", "password", "groups", "version", "last_login"])
def test_server_owned_fields_of_a_person_are_refused(matrix: Matrix, nothing_changed: Any, name: str) -> None:
    api = Api(matrix.administrator)
    with nothing_changed(apart_from=("core_apitoken",)):
        answer = api.patch(f"users/{matrix.nobody.pk}/", {name: True})
    assert answer.status_code == 400


def test_verbs_that_are_not_ones_own_are_403_and_change_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    api = Api(matrix.account_manager)
    grant, row = matrix.quality_it.grants.get(), Assignment.objects.get(group=matrix.acme)
    calls = [
        ("users/", {"email": "x@kam.example", "first_name": "X", "last_name": "Y"}),
        (f"users/{matrix.nobody.pk}/deactivate/", {}),
        ("role-grants/", {"user": matrix.nobody.pk, "role": "finance"}),
        (f"role-grants/{grant.pk}/end/", {}),
        (
            "locations/",
            {
                "code": "X",
                "name_en": "X",
                "country": "IT",
                "time_zone": "Europe/Rome",
                "currency": "EUR",
                "calendar": matrix.italy.calendar_id,
            },
        ),
        ("departments/", {"location": matrix.germany.pk, "function": "quality", "name_en": "Q"}),
        ("markets/", {"code": "X", "dimension": "sector", "name_en": "X"}),
        ("assignments/", {"kind": "account_manager", "user": matrix.account_manager.pk, "customer": matrix.acme_it.pk}),
        (f"assignments/{row.pk}/end/", {}),
        ("hand-overs/", {"source": matrix.account_manager.pk, "target": matrix.account_manager2.pk, "day": "2030-01-01"}),
    ]
    for path, body in calls:
        with nothing_changed(apart_from=("core_apitoken",)):
            answer = api.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), (path, answer.content)


def test_a_role_is_granted_for_a_period_and_ended(matrix: Matrix) -> None:
    api = Api(matrix.administrator)
    body = {"user": matrix.nobody.pk, "role": "quality", "location": matrix.germany.pk, "last_day": "2031-12-31"}
    made = api.post("role-grants/", body)
    assert made.status_code == 201
    assert (made.json()["first_day"], made.json()["last_day"]) == (clock.today().isoformat(), "2031-12-31")
    again = api.post("role-grants/", body)
    assert (again.status_code, again.json()["code"]) == (409, "role_held")
    assert api.get("role-grants/", user=matrix.nobody.pk, state="now").json()["count"] == 1
    assert api.post(f"role-grants/{made.json()['id']}/end/").status_code == 204
    assert RoleGrant.objects.filter(user=matrix.nobody).count() == 0
    own = api.post("role-grants/", {"user": matrix.administrator.pk, "role": "finance"})
    assert (own.status_code, own.json()["code"]) == (403, "no_self_grant")


def test_a_substitute_is_named_and_the_note_is_for_those_concerned(matrix: Matrix) -> None:
    today = clock.today()
    body = {
        "substitute": matrix.account_manager2.pk,
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=2)).isoformat(),
        "note": "clinic",
    }
    made = Api(matrix.account_manager).post("delegations/", body)
    assert (made.status_code, made.json()["principal"], made.json()["note"]) == (201, matrix.account_manager.pk, "clinic")
    assert Api(matrix.quality_it).get(f"delegations/{made.json()['id']}/").json()["note"] == ""
    other = {**body, "principal": matrix.area_manager_de.pk}
    assert Api(matrix.account_manager).post("delegations/", other).status_code == 403
    assert Api(matrix.sales_manager).post("delegations/", other).status_code == 201
    assert Api(matrix.account_manager).post(f"delegations/{made.json()['id']}/end/").status_code == 204
    assert Delegation.objects.filter(principal=matrix.account_manager).count() == 0


def test_locations_departments_and_markets_are_kept(matrix: Matrix) -> None:
    api = Api(matrix.administrator)
    place = api.post(
        "locations/",
        {
            "code": "FR",
            "name_en": "Lyon",
            "country": "fr",
            "time_zone": "Europe/Paris",
            "currency": "eur",
            "calendar": matrix.italy.calendar_id,
        },
    ).json()
    assert (place["country"], place["currency"]) == ("FR", "EUR")
    assert api.patch(f"locations/{place['id']}/", {"city": "Lyon"}).json()["city"] == "Lyon"
    department = api.post("departments/", {"location": place["id"], "function": "service", "name_en": "Service Lyon"}).json()
    assert api.patch(f"departments/{department['id']}/", {"head": matrix.service_it.pk}).json()["head"] == matrix.service_it.pk
    assert api.patch(f"departments/{department['id']}/", {"function": "quality"}).status_code == 400
    assert Department.objects.get(pk=department["id"]).function == "service"
    market = api.post("markets/", {"code": "FR", "dimension": "area", "name_en": "France", "countries": "FR"}).json()
    assert api.get("markets/", dimension="area").json()["results"][0]["id"] == market["id"]
    assert api.patch(f"markets/{market['id']}/", {"countries": "FRA"}).json()["code"] == "unknown_country"


def test_an_assignment_is_made_found_and_refused_with_the_name_of_who_holds_it(matrix: Matrix) -> None:
    api = Api(matrix.sales_manager)
    free = CustomerFactory()
    made = api.post("assignments/", {"kind": "account_manager", "user": matrix.account_manager.pk, "customer": free.pk})
    assert made.status_code == 201
    taken = api.post("assignments/", {"kind": "account_manager", "user": matrix.account_manager2.pk, "customer": free.pk})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_assigned")
    assert "Elena Marchetti" in str(taken.json())
    ended = api.post(f"assignments/{made.json()['id']}/end/", {"last_day": (clock.today() + timedelta(days=30)).isoformat()})
    assert ended.json()["last_day"] == (clock.today() + timedelta(days=30)).isoformat()
    found = {row["id"] for row in Api(matrix.area_manager_us).get("assignments/").json()["results"]}
    assert made.json()["id"] not in found


def test_a_hand_over_is_made_and_called_off(matrix: Matrix) -> None:
    api = Api(matrix.sales_manager)
    row = Assignment.objects.get(group=matrix.acme)
    day = (clock.today() + timedelta(days=10)).isoformat()
    body = {"source": matrix.account_manager.pk, "target": matrix.account_manager2.pk, "day": day, "assignments": [row.pk]}
    made = api.post("hand-overs/", body).json()
    assert (made["status"], len(made["assignments"])) == ("planned", 1)
    assert account_manager_of(matrix.acme_it, clock.today() + timedelta(days=10)) == matrix.account_manager2
    assert api.post(f"hand-overs/{made['id']}/cancel/").json()["status"] == "cancelled"
    assert account_manager_of(matrix.acme_it, clock.today() + timedelta(days=10)) == matrix.account_manager
    assert HandOver.objects.count() == 1


def test_a_foreign_hand_over_does_not_exist(matrix: Matrix) -> None:
    made = HandOver.objects.create(source=matrix.account_manager, target=matrix.account_manager2, day=clock.today())
    foreign, absent = Api(matrix.quality_it).get(f"hand-overs/{made.pk}/"), Api(matrix.quality_it).get("hand-overs/999999/")
    assert matrix.quality_it.grants.get().location is not None
    assert (foreign.status_code, foreign.json()) == (404, absent.json())


def test_a_list_takes_a_bounded_number_of_queries(matrix: Matrix, django_assert_max_num_queries: Any) -> None:
    DelegationFactory(principal=matrix.nobody, substitute=matrix.quality_it)
    api = Api(matrix.sales_manager)
    for name in ("users", "role-grants", "delegations", "locations", "departments", "markets", "assignments", "hand-overs"):
        with django_assert_max_num_queries(8):
            assert api.get(f"{name}/").status_code == 200
