"""Around the lists over REST: saved views, exports as jobs, the time line, the access log; each by the rights of who asks."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.actions.plant import edit_plant
from accounts.models import User
from kam.core import jobs
from kam.core.access_log import AccessLog, log_access
from kam.core.jobs import Job
from kam.core.notifications import notify, read_all_notifications
from kam.core.saved_views import SavedView
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
VIEWS, EXPORT, TIMELINE = "/api/v1/saved-views/", "/api/v1/jobs/export/", "/api/v1/timeline/"
Clients = Callable[..., APIClient]


def test_views_are_saved_replaced_shared_and_removed(matrix: Matrix, client_of: Clients) -> None:
    mine, other = client_of(matrix.account_manager), client_of(matrix.account_manager2)
    body = {"list": "accounts.customer", "name": "Active", "query": "status=active", "columns": ["name", "status"]}
    first = mine.post(VIEWS, body)
    assert (first.status_code, first.data["owner"], first.data["shared"]) == (201, matrix.account_manager.pk, False)
    again = mine.post(VIEWS, {**body, "query": "status=blocked"})
    assert (again.data["id"], again.data["query"]) == (first.data["id"], "status=blocked")
    assert other.get(VIEWS).data["count"] == 0
    assert mine.post(VIEWS, {**body, "shared": True}).data["shared"] is True
    assert other.get(VIEWS, {"list": "accounts.customer"}).data["count"] == 1
    address = f"{VIEWS}{first.data['id']}/"
    assert other.delete(address).status_code == 403 and SavedView.objects.count() == 1
    assert mine.delete(address).status_code == 204 and SavedView.objects.count() == 0
    assert mine.post(VIEWS, {**body, "list": "accounts.nothing"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_an_export_is_a_job_with_what_its_reader_sees(matrix: Matrix, client_of: Clients) -> None:
    client = client_of(matrix.area_manager_us)
    answer = client.post(
        EXPORT, {"list": "accounts.plant", "query": "ordering=name", "columns": ["name", "city"], "format": "csv"}
    )
    assert answer.status_code == 201 and answer.data["state"] == "queued"
    assert jobs.run(answer.data["id"]) == "done"
    text = b"".join(client.get(f"/api/v1/jobs/{answer.data['id']}/file/").streaming_content).decode("utf-8-sig")
    assert "ACME Conveyors" in text and "BETA" not in text
    assert client_of(matrix.account_manager).get(f"/api/v1/jobs/{answer.data['id']}/").status_code == 404
    assert AccessLog.objects.filter(kind="export", user=matrix.area_manager_us).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "list"),
        ({"list": "accounts.nothing"}, "list"),
        ({"list": "core.job"}, "list"),
        ({"list": "accounts.customer", "columns": ["secret"]}, "columns"),
        ({"list": "catalog.product", "columns": ["standard_cost"]}, "columns"),
        ({"list": "accounts.customer", "query": "no_such_filter=1"}, "query"),
        ({"list": "accounts.customer", "query": "status=no_such_status"}, "query"),
        ({"list": "accounts.customer", "format": "pdf"}, "format"),
    ],
)
def test_what_cannot_be_exported_is_refused_at_its_field(
    matrix: Matrix, client_of: Clients, body: dict[str, Any], field: str
) -> None:
    answer = client_of(matrix.quality_it).post(EXPORT, body)
    assert answer.status_code == 400 and [error["field"].split(".")[0] for error in answer.json()["errors"]] == [field]
    assert Job.objects.count() == 0


def test_the_lists_are_told_with_the_columns_that_one_sees(matrix: Matrix, client_of: Clients) -> None:
    def columns(user: User) -> dict[str, set[str]]:
        rows = client_of(user).get("/api/v1/jobs/lists/").data
        return {row["key"]: {column["name"] for column in row["columns"]} for row in rows}

    finance, quality = columns(matrix.finance_it), columns(matrix.quality_it)
    assert "standard_cost" in finance["catalog.product"] and "standard_cost" not in quality["catalog.product"]
    assert "core.job" not in finance and "accounts.customer" in quality


def test_the_time_line_tells_who_did_what_and_why(matrix: Matrix, client_of: Clients) -> None:
    plant = matrix.acme_us_plant
    edit_plant(plant, actor=matrix.account_manager, city="Dayton", reason="They moved")
    asked = {"record_type": "accounts.plant", "record_id": plant.pk}
    first = client_of(matrix.area_manager_us).get(TIMELINE, asked).data[0]
    assert (first["label"], first["actor"], first["principal"], first["reason"]) == (
        "Edit plant",
        matrix.account_manager.pk,
        None,
        "They moved",
    )
    assert [(change["before"], change["after"]) for change in first["changes"]] == [("Columbus", "Dayton")]
    assert client_of(matrix.area_manager_de).get(TIMELINE, asked).data == []  # a card has no time line
    assert len(client_of(matrix.area_manager_us).get(TIMELINE, asked | {"limit": 1}).data) == 1
    for foreign in ({"record_id": matrix.beta_plant.pk}, {"record_id": 999999}, {"record_id": "x"}, {"record_type": "x.y"}):
        assert client_of(matrix.area_manager_us).get(TIMELINE, asked | foreign).status_code == 404
    assert client_of(matrix.area_manager_us).get(TIMELINE, asked | {"limit": "0"}).status_code == 400
    assert client_of(matrix.area_manager_us).get(TIMELINE, asked | {"other": "1"}).status_code == 400


def test_the_access_log_is_for_administrators(matrix: Matrix, client_of: Clients) -> None:
    log_access(AccessLog.Kind.CONFIDENTIAL, matrix.finance_it, about="a dossier")
    client = client_of(matrix.administrator)
    rows = client.get("/api/v1/access-log/", {"kind": "confidential", "user": matrix.finance_it.pk}).data["results"]
    assert [row["about"] for row in rows] == ["a dossier"]
    assert client.get(f"/api/v1/access-log/{rows[0]['id']}/").status_code == 200
    assert client.post("/api/v1/access-log/", {}).status_code == 405
    for user in (matrix.auditor, matrix.finance_it):
        assert client_of(user).get("/api/v1/access-log/").status_code == 403
        assert client_of(user).get(f"/api/v1/access-log/{rows[0]['id']}/").status_code == 404


def test_one_changes_ones_own_profile_and_nothing_else_of_it(matrix: Matrix, client_of: Clients) -> None:
    client = client_of(matrix.quality_it)
    answer = client.patch("/api/v1/users/me/", {"language": "de", "phone": "+39 011 1"})
    assert (answer.status_code, answer.data["language"], answer.data["phone"]) == (200, "de", "+39 011 1")
    for name in ("email", "is_active", "role"):
        assert client.patch("/api/v1/users/me/", {name: "x"}).status_code == 400
    matrix.quality_it.refresh_from_db()
    assert matrix.quality_it.email == "quality.it@kam.example" and matrix.quality_it.is_active


@pytest.mark.parametrize("address", ["/api/v1/comments/", "/api/v1/links/"])
def test_several_are_put_on_records_at_once_or_none(matrix: Matrix, client_of: Clients, address: str) -> None:
    client = client_of(matrix.account_manager)
    on = {"record_type": "accounts.plant", "record_id": matrix.acme_us_plant.pk}
    others = [matrix.acme_us.pk, matrix.acme_de.pk]
    items = [
        {**on, "text": str(key)} if "comments" in address else {**on, "other_type": "accounts.customer", "other_id": key}
        for key in others
    ]
    before = client.get(address).data["count"]
    answer = client.post(address, items)
    assert answer.status_code == 201 and len(answer.data) == 2
    bad = {**items[0], "record_id": matrix.beta_plant.pk}
    refused = client.post(address, [items[0], bad, bad])
    assert refused.status_code == 400 and {error["index"] for error in refused.json()["errors"]} == {1, 2}
    assert client.get(address).data["count"] == before + 2


def test_what_changed_since_is_told_of_notifications_and_jobs(matrix: Matrix, client_of: Clients) -> None:
    user = matrix.account_manager
    client = client_of(user)
    notify("job_finished", matrix.acme_us_plant, to=[f"user:{user.pk}"], occasion="1", context={})
    job = Job.objects.create(kind="core.export_list", actor=user)
    for address, change in (
        ("/api/v1/notifications/", lambda: read_all_notifications(user)),
        ("/api/v1/jobs/", lambda: Job.objects.filter(pk=job.pk).update(done=1)),
    ):
        since = client.get(address, {"updated_since": "2026-01-01T00:00:00Z"}).data
        assert since["count"] == 1 and since["next_since"]
        later = "2099-01-01T00:00:00Z"
        assert client.get(address, {"updated_since": later}).data["count"] == 0
        before = since["results"][0]["updated_at"]
        change()
        assert client.get(address).data["results"][0]["updated_at"] > before
    changed = Job.objects.get(pk=job.pk).updated_at
    Job.objects.filter(pk=job.pk).update(heartbeat_at=job.created_at)
    assert Job.objects.get(pk=job.pk).updated_at == changed  # a sign of life is no change
