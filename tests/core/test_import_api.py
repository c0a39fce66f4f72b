"""Imports and mappings over REST: a file with its mapping, columns named from afar, mappings kept, changed and removed."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Market, User
from kam.core import imports
from kam.core.imports import Import, ImportMapping
from kam.core.tokens import issue_token
from tests.core.test_staged_imports import quiet
from tests.factories.accounts import UserFactory
from tests.factories.files import named

pytestmark = [pytest.mark.django_db]
SAP = "KTOKD;BEZEI;ART\nZ01;Italien;GEBIET\nZ02;Spanien;GEBIET\n"
RULES = {
    "columns": {"KTOKD": "code", "BEZEI": "name_en", "ART": "dimension"},
    "values": {"dimension": {"GEBIET": "area"}},
    "delimiter": ";",
}
MAPPING = {"kind": "accounts.markets", "name": "SAP", "rules": RULES, "headers": ["KTOKD", "BEZEI", "ART"]}


def client_of(person: User) -> APIClient:
    """The API with a token of a person."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(person, name='imports')}")
    return client


@pytest.fixture
def client(db: None) -> APIClient:
    """Somebody who may import markets."""
    return client_of(UserFactory(role="sales_manager"))


def uploaded(client: APIClient, text: str = SAP, **values: Any) -> Any:
    """The import after the worker has read the file."""
    body = {"kind": "accounts.markets", "file": named(text.encode(), "sap.csv"), **values}
    answer = client.post("/api/v1/imports/", body, format="multipart")
    assert answer.status_code == 201, answer.content
    return read(Import.objects.get(pk=answer.json()["id"]))


def read(record: Any) -> Any:
    """After the worker has looked at it."""
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def test_a_file_comes_with_its_mapping_and_goes_in(client: APIClient) -> None:
    kept = client.post("/api/v1/import-mappings/", MAPPING, format="json")
    assert kept.status_code == 201 and kept.json()["rules"] == RULES
    record = uploaded(client, mapping=kept.json()["id"])
    seen = client.get(f"/api/v1/imports/{record.pk}/").json()
    assert (seen["state"], seen["mapping"], seen["counts"]["create"]) == ("previewed", kept.json()["id"], 2)
    assert client.post(f"/api/v1/imports/{record.pk}/confirm/", {}, format="json").status_code == 200
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    assert set(Market.objects.values_list("code", "dimension")) == {("Z01", "area"), ("Z02", "area")}


def test_columns_are_named_from_afar_and_two_files_joined(client: APIClient) -> None:
    record = uploaded(client, "NR;ART\n1;GEBIET\n2;GEBIET\n", second=named(b"NR;BEZEI\n1;Italien\n2;Spanien\n", "heads.csv"))
    found = client.get(f"/api/v1/imports/{record.pk}/").json()
    assert (found["state"], found["second_name"]) == ("mapping", "heads.csv")
    assert found["found"]["headers"] == ["NR", "ART", "NR (2)", "BEZEI"] and found["found"]["heads"] == ["NR", "BEZEI"]
    rules = {
        "columns": {"NR": "code", "BEZEI": "name_en", "ART": "dimension"},
        "values": RULES["values"],
        "lines_key": "NR",
        "heads_key": "NR",
    }
    answer = client.post(f"/api/v1/imports/{record.pk}/map/", {"rules": rules, "name": "Two"}, format="json")
    assert answer.status_code == 200, answer.content
    record.refresh_from_db()
    assert read(record).counts["create"] == 2
    assert ImportMapping.objects.get().rules["heads_key"] == "NR"


def test_mappings_are_renamed_changed_and_removed(client: APIClient) -> None:
    key = client.post("/api/v1/import-mappings/", MAPPING, format="json").json()["id"]
    here = f"/api/v1/import-mappings/{key}/"
    changed = client.patch(here, {"name": "SAP 2", "rules": RULES | {"decimal": ","}}, format="json")
    assert changed.status_code == 200 and (changed.json()["name"], changed.json()["rules"]["decimal"]) == ("SAP 2", ",")
    assert client.patch(here, {"kind": "accounts.plants"}, format="json").status_code == 400
    assert [one["id"] for one in client.get("/api/v1/import-mappings/?kind=accounts.markets").json()["results"]] == [key]
    assert client.delete(here).status_code == 204 and not ImportMapping.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rules": {"columns": {"KTOKD": "salary"}}}, "columns"),
        ({"rules": {"columns": {"KTOKD": "code", "BEZEI": "code"}}}, "columns"),
        ({"rules": {"encoding": "rot13"}}, "encoding"),
        ({"rules": {"constants": {"dimension": "nothing"}}}, "constants"),
        ({"rules": {"whatever": 1}}, "rules.whatever"),
        ({"kind": "accounts.nothing"}, "kind"),
        ({"kind": "accounts.locations"}, "kind"),
        ({"name": " "}, "name"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    client: APIClient, nothing_changed: Any, change: dict[str, Any], field: str
) -> None:
    with nothing_changed(apart_from=("core_apitoken",)):
        answer = client.post("/api/v1/import-mappings/", MAPPING | change, format="json")
    assert answer.status_code in {400, 403} and field in [one["field"] for one in answer.json()["errors"]], answer.content


def test_mappings_of_kinds_that_one_may_not_import_do_not_exist(client: APIClient, nothing_changed: Any) -> None:
    key = client.post("/api/v1/import-mappings/", MAPPING, format="json").json()["id"]
    stranger = client_of(UserFactory(role="account_manager"))
    assert stranger.get("/api/v1/import-mappings/").json()["count"] == 0
    with nothing_changed(apart_from=("core_apitoken",)):
        assert stranger.get(f"/api/v1/import-mappings/{key}/").status_code == 404
        assert stranger.patch(f"/api/v1/import-mappings/{key}/", {"name": "X"}, format="json").status_code == 404
        assert stranger.delete(f"/api/v1/import-mappings/{key}/").status_code == 404
    body = {"kind": "accounts.customers", "file": named(SAP.encode(), "sap.csv"), "mapping": key}
    answer = stranger.post("/api/v1/imports/", body, format="multipart")
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "mapping"
