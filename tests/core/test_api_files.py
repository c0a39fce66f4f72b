"""Documents, comments and imports over REST: the same rights and refusals as on the screen, files sealed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Market
from kam.core import imports
from kam.core.comments import Comment
from kam.core.documents import Document, DocumentType, install_document_types
from kam.core.imports import Import
from tests.core.test_imports import importer, market, sheet  # noqa: F401
from tests.factories.files import pdf
from tests.matrix import matrix  # noqa: F401

DOCUMENTS, COMMENTS, IMPORTS = (f"/api/v1/{name}/" for name in ("documents", "comments", "imports"))


@pytest.fixture(autouse=True)
def types(db):
    install_document_types()


@pytest.fixture
def leader(matrix, client_of):  # noqa: F811
    """The API as the account manager of ACME."""
    return client_of(matrix.account_manager)


def on(record) -> dict:
    return {"record_type": "accounts.customer", "record_id": record.pk}


def attach(api, record, *, data=None, name="a.pdf", type="other", **values):
    kind = DocumentType.objects.get(code=type).pk
    return api.post(
        DOCUMENTS, on(record) | {"type": kind, "file": SimpleUploadedFile(name, data or pdf())} | values, format="multipart"
    )


def test_a_document_is_attached_read_filtered_and_downloaded(matrix, leader, client_of):  # noqa: F811
    answer = attach(leader, matrix.acme_us, title="Contract", valid_to="2030-01-01")
    assert answer.status_code == 201, answer.data
    assert (answer.data["title"], answer.data["state"], answer.data["media_type"]) == ("Contract", "valid", "application/pdf")
    assert answer.data["record"]["type"] == "accounts.customer" and answer.data["record"]["id"] == matrix.acme_us.pk
    key = answer.data["id"]
    found = leader.get(DOCUMENTS, on(matrix.acme_us) | {"state": "valid"}).data
    assert [row["id"] for row in found["results"]] == [key]
    assert leader.get(DOCUMENTS, {"record_type": "nowhere.none"}).data["count"] == 0
    download = leader.get(f"{DOCUMENTS}{key}/file/")
    assert b"".join(download.streaming_content) == pdf()
    assert download["Content-Disposition"].startswith("attachment") and download["Content-Security-Policy"] == "sandbox"
    foreign = client_of(matrix.account_manager2)
    for path in ("", "file/"):
        assert foreign.get(f"{DOCUMENTS}{key}/{path}").status_code == 404
    assert foreign.get(DOCUMENTS).data["count"] == 0


def test_a_foreign_record_is_answered_like_an_absent_one(matrix, leader, nothing_changed):  # noqa: F811
    with nothing_changed(apart_from=("kam_api_quota", "core_apitoken")):
        foreign = attach(leader, matrix.beta)
        absent = leader.post(
            DOCUMENTS,
            {"record_type": "accounts.customer", "record_id": 10**9, "type": 1, "file": SimpleUploadedFile("a.pdf", pdf())},
            format="multipart",
        )
    assert foreign.status_code == absent.status_code == 400
    assert (
        next(error["message"] for error in foreign.data["errors"] if error["field"] == "record_id") == "There is no such record."
    )


def test_refusals_are_those_of_the_screen(matrix, leader):  # noqa: F811
    for values, field, code in (
        ({"data": b"MZ\x00\x01" * 20, "name": "a.exe"}, "file", "file_kind"),
        ({"type": "drawing"}, "revision", "document_revision"),
        ({"sha256": "0" * 64}, "sha256", "unknown_field"),
        ({"valid_to": "1066-01-01"}, "valid_to", "out_of_range"),
    ):
        answer = attach(leader, matrix.acme_us, **values)
        assert answer.status_code == 400, answer.data
        assert (field, code) in [(error["field"], error["code"]) for error in answer.data["errors"]], answer.data
    answer = attach(leader, matrix.acme_us, data=pdf(), name="a.pdf")
    assert (
        leader.patch(f"{DOCUMENTS}{answer.data['id']}/", {"sha256": "x"}, headers={"if-match": answer["ETag"]}).status_code == 400
    )


def test_a_document_is_corrected_revised_and_retired(matrix, leader):  # noqa: F811
    first = attach(leader, matrix.acme_us, type="drawing", revision="A", title="K-2206")
    address = f"{DOCUMENTS}{first.data['id']}/"
    changed = leader.patch(address, {"number": "K-2206"}, headers={"if-match": first["ETag"]})
    assert changed.status_code == 200 and changed.data["number"] == "K-2206"
    stale = leader.patch(address, {"number": "X"}, headers={"if-match": first["ETag"]})
    assert stale.status_code == 412
    body = {"revision": "B", "file": SimpleUploadedFile("b.pdf", pdf("B"))}
    revised = leader.post(f"{address}revise/", body, format="multipart")
    assert revised.status_code == 200 and revised.data["state"] == "superseded"
    second = Document.objects.get(revision="B")
    assert revised.data["superseded_by"] == second.pk
    assert leader.post(f"{DOCUMENTS}{second.pk}/retire/", {}).status_code == 400
    assert leader.post(f"{DOCUMENTS}{second.pk}/retire/", {"reason": "old"}).data["state"] == "retired"


def test_comments_are_written_changed_and_deleted_by_their_author(matrix, leader, client_of):  # noqa: F811
    answer = leader.post(COMMENTS, on(matrix.acme_us) | {"text": f"@[{matrix.sales_manager.pk}] look"})
    assert answer.status_code == 201 and answer.data["mentioned"] == [matrix.sales_manager.pk]
    address = f"{COMMENTS}{answer.data['id']}/"
    assert leader.patch(address, {"text": "look again"}).data["text"] == "look again"
    assert leader.patch(address, {}).data["text"] == "look again"
    other = client_of(matrix.area_manager_us)
    assert other.get(address).status_code == 200
    assert other.patch(address, {"text": "mine now"}).status_code == 403
    assert client_of(matrix.account_manager2).get(address).status_code == 404
    assert leader.delete(address).status_code == 204
    assert Comment.objects.get().text == "" and leader.get(address).data["text"] == ""
    refused = leader.post(COMMENTS, on(matrix.acme_us) | {"text": "x", "author": 1})
    assert refused.status_code == 400


def test_an_import_runs_over_rest(importer, client_of, matrix):  # noqa: F811
    api = client_of(importer)
    assert [
        (kind["code"], kind["columns"][0]["key"]) for kind in api.get(f"{IMPORTS}kinds/").data if kind["code"].startswith("tests")
    ] == [("tests.markets", "code")]
    answer = api.post(
        IMPORTS, {"kind": "tests.markets", "file": SimpleUploadedFile("m.xlsx", sheet([market(1)]).read())}, format="multipart"
    )
    assert answer.status_code == 201, answer.data
    record = Import.objects.get()
    assert api.post(f"{IMPORTS}{record.pk}/confirm/", {}).status_code == 409
    imports.run_preview(record.job, lambda *_: None)
    assert api.get(f"{IMPORTS}{record.pk}/").data["counts"]["create"] == 1
    assert api.post(f"{IMPORTS}{record.pk}/confirm/", {"reason": "list"}).data["state"] == "applying"
    record.refresh_from_db()
    imports.run_apply(record.job, lambda *_: None)
    assert Market.objects.filter(code="M1").exists()
    foreign = client_of(matrix.area_manager_us)
    assert foreign.get(f"{IMPORTS}{record.pk}/").status_code == 404
    assert (
        foreign.post(
            IMPORTS, {"kind": "tests.markets", "file": SimpleUploadedFile("m.xlsx", b"x")}, format="multipart"
        ).status_code
        == 403
    )


def test_lists_take_a_bounded_number_of_queries(matrix, leader, django_assert_max_num_queries):  # noqa: F811
    for number in range(6):
        attach(leader, matrix.acme_us, data=pdf(str(number)))
        leader.post(COMMENTS, on(matrix.acme_us) | {"text": f"comment {number}"})
    for address in (DOCUMENTS, COMMENTS):
        with django_assert_max_num_queries(15):
            assert leader.get(address).data["count"] == 6


LARGE = 20 * 1024 * 1024


def send(api, record, data, key):
    kind = DocumentType.objects.get(code="other").pk
    body = on(record) | {"type": kind, "file": SimpleUploadedFile("large.txt", data)}
    return api.post(DOCUMENTS, body, format="multipart", HTTP_IDEMPOTENCY_KEY=key)


def test_a_large_file_with_a_key_is_taken_once(matrix, leader):  # noqa: F811
    data = b"a line of text\n" * (LARGE // 15)
    first = send(leader, matrix.acme_us, data, "large-1")
    assert first.status_code == 201, first.data
    assert (first.data["size"], Document.objects.count()) == (len(data), 1)
    again = send(leader, matrix.acme_us, data, "large-1")
    assert (again.status_code, again["Idempotency-Replayed"], again.json()["id"]) == (201, "true", first.data["id"])
    other = send(leader, matrix.acme_us, data[:-1] + b"x", "large-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert Document.objects.count() == 1


def test_a_body_over_the_limit_is_refused_with_the_limit(matrix, leader, nothing_changed):  # noqa: F811
    leader.get(COMMENTS)
    for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "large-2"}):
        with nothing_changed():
            answer = leader.post(COMMENTS, on(matrix.acme_us) | {"text": "x" * 6 * 1024 * 1024}, format="json", **headers)
        assert answer.status_code == 413 and "5 MB" in answer.json()["detail"]
