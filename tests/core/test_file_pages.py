"""Pages of documents and imports: what is dropped is attached, foreign files do not exist, downloads are sealed, imports are confirmed."""

import itertools
import re
import tracemalloc

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Market
from kam.core import imports, previews
from kam.core.comments import Comment, write_comment
from kam.core.documents import Document, DocumentType, install_document_types, standard_type
from kam.core.imports import Import
from kam.core.jobs import Job
from tests.core.test_imports import importer, market, sheet  # noqa: F401
from tests.factories.files import image, pdf
from tests.matrix import matrix  # noqa: F401


@pytest.fixture(autouse=True)
def types(db):
    install_document_types()


def as_(user) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def panel(record) -> str:
    return f"/about/{ContentType.objects.get_for_model(record).pk}/{record.pk}/documents/"


def drop(client, record, name, data, *, type="other", **values):
    values |= {"type": DocumentType.objects.get(code=type).pk, "file": SimpleUploadedFile(name, data)}
    return client.post(panel(record), values, headers={"hx-request": "true"})


def test_a_dropped_file_is_attached_and_a_refused_one_named(matrix):  # noqa: F811
    client = as_(matrix.account_manager)
    answer = drop(client, matrix.acme_us, "offer.pdf", pdf(), private_to=[matrix.area_manager_us.pk])
    assert answer.status_code == 200 and "offer" in answer.content.decode()
    document = Document.objects.get()
    assert (document.type.code, document.uploaded_by) == ("other", matrix.account_manager)
    assert document.private_to == sorted([matrix.account_manager.pk, matrix.area_manager_us.pk])
    for name, data, text in (("virus.exe", b"MZ\x00\x01" * 20, "does not take this type"), ("empty.pdf", b"", "is empty")):
        answer = drop(client, matrix.acme_us, name, data)
        assert answer.status_code == 422 and text in answer.content.decode()
    answer = drop(client, matrix.acme_us, "k.pdf", pdf(), type="drawing", title="K-2206")
    assert answer.status_code == 422 and "needs its revision" in answer.content.decode() and "K-2206" in answer.content.decode()
    assert Document.objects.count() == 1


def test_a_foreign_record_has_no_documents_page(matrix):  # noqa: F811
    for user in (matrix.account_manager2, matrix.nobody):
        client = as_(user)
        assert client.get(panel(matrix.acme_us)).status_code == 404
        assert drop(client, matrix.acme_us, "offer.pdf", pdf()).status_code == 404
    assert not Document.objects.exists()
    assert as_(matrix.account_manager).get("/about/99999/1/documents/").status_code == 404
    auditor = as_(matrix.auditor)
    assert "drop-zone" not in auditor.get(panel(matrix.acme_us)).content.decode()
    assert drop(auditor, matrix.acme_us, "offer.pdf", pdf()).status_code == 403
    assert not Document.objects.exists()


def test_a_download_is_sealed_and_a_foreign_one_does_not_exist(matrix):  # noqa: F811
    client = as_(matrix.account_manager)
    drop(client, matrix.acme_us, "Zeichnung ä.png", image())
    document = Document.objects.get()
    answer = client.get(document.get_absolute_url())
    assert b"".join(answer.streaming_content) == image()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Zeichnung%20")
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(f"/documents/{document.pk}/preview/").status_code == 404
    previews.run(Job.objects.get(), None)
    answer = client.get(f"/documents/{document.pk}/preview/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png") and "sandbox" in answer["Content-Security-Policy"]
    other = as_(matrix.account_manager2)
    for path in ("", "preview/", "edit/", "revise/", "retire/"):
        assert other.get(f"/documents/{document.pk}/{path}").status_code == 404
    assert Client().get(document.get_absolute_url()).status_code == 302


def test_a_document_waits_for_the_scanner_before_it_is_given_out(matrix, settings):  # noqa: F811
    client = as_(matrix.account_manager)
    drop(client, matrix.acme_us, "a.pdf", pdf())
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    answer = client.get(Document.objects.get().get_absolute_url())
    assert answer.status_code == 409 and "still being checked" in answer.content.decode()


def test_a_document_is_revised_and_retired_by_forms(matrix):  # noqa: F811
    client = as_(matrix.account_manager)
    drop(client, matrix.acme_us, "k.pdf", pdf(), type="drawing", title="K-2206", revision="A")
    first = Document.objects.get()
    answer = client.post(
        f"/documents/{first.pk}/revise/", {"title": "K-2206", "revision": "B", "file": SimpleUploadedFile("k.pdf", pdf("B"))}
    )
    assert answer.status_code == 302, answer.content.decode()
    second = Document.objects.get(revision="B")
    assert second.title == "K-2206" and second.replaces == first
    assert client.post(f"/documents/{second.pk}/retire/", {}).status_code == 422
    assert client.post(f"/documents/{second.pk}/retire/", {"reason": "old"}).status_code == 302
    assert "K-2206" not in client.get(panel(matrix.acme_us)).content.decode()
    page = client.get(f"{panel(matrix.acme_us)}?all=1").content.decode()
    assert "Superseded" in page and "Retired" in page


def test_a_file_over_the_limit_is_not_even_taken_in(matrix, monkeypatch):  # noqa: F811
    monkeypatch.setattr("kam.core.uploads.MAX_BYTES", 3 * 1024 * 1024)
    answer = drop(as_(matrix.account_manager), matrix.acme_us, "a.pdf", pdf() + bytes(4 * 1024 * 1024), title="Long")
    assert (
        answer.status_code == 422
        and "larger than 100 MB" in answer.content.decode()
        and 'value="Long"' in answer.content.decode()
    )
    assert not Document.objects.exists()


class Sent:
    """A form with a file of this many bytes as it comes from the network: made while it is read, never held as a whole."""

    def __init__(self, fields, megabytes, folder):
        border = "--border\r\nContent-Disposition: form-data; "
        head = "".join(f'{border}name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        head += f'{border}name="file"; filename="large.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n'
        end = f'\r\n{border}name="number"\r\n\r\nK-2206\r\n--border--\r\n'.encode()
        self.parts = itertools.chain([head.encode()], itertools.repeat(bytes(1 << 16), megabytes << 4), [end])
        self.length = len(head.encode()) + (megabytes << 20) + len(end)
        self.rest, self.folder, self.stored = b"", folder, 0

    def read(self, size=-1):
        self.stored = max(self.stored, sum(one.stat().st_size for one in self.folder.rglob("*") if one.is_file()))
        while len(self.rest) < size and (part := next(self.parts, b"")):
            self.rest += part
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    readline = read


@pytest.mark.parametrize(("megabytes", "most"), [(200, 0), (103, 100)])
def test_200_megabytes_are_read_past_and_never_stored_or_held(matrix, settings, tmp_path, nothing_changed, megabytes, most):  # noqa: F811
    settings.FILE_UPLOAD_TEMP_DIR, settings.MEDIA_ROOT = str(tmp_path), str(tmp_path / "files")
    sent = Sent({"type": standard_type().pk, "title": "The large one"}, megabytes, tmp_path)
    client = as_(matrix.account_manager)
    tracemalloc.start()
    try:
        with nothing_changed():
            answer = client.generic(
                "POST", panel(matrix.acme_us),
                **{"wsgi.input": sent, "CONTENT_LENGTH": str(sent.length), "CONTENT_TYPE": "multipart/form-data; boundary=border"},
            )  # fmt: skip
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    page = answer.content.decode()
    assert answer.status_code == 422 and "larger than 100 MB" in page
    assert 'value="The large one"' in page and 'value="K-2206"' in page, "what else was typed is kept, what follows the file too"
    assert sent.stored <= most << 20 and held < 40 << 20
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_the_author_changes_a_comment_and_its_mentions_stay(matrix):  # noqa: F811
    text = f"@[{matrix.sales_manager.pk}] look"
    comment = write_comment(Comment, actor=matrix.account_manager, record=matrix.acme_us, text=text)
    client = as_(matrix.account_manager)
    shown = client.get(f"/comments/{comment.pk}/edit/").content.decode()
    assert f"@{matrix.sales_manager} look" in shown
    assert client.post(f"/comments/{comment.pk}/edit/", {"text": f"@{matrix.sales_manager} look again"}).status_code == 302
    comment.refresh_from_db()
    assert comment.text == f"@[{matrix.sales_manager.pk}] look again"
    assert as_(matrix.area_manager_us).get(f"/comments/{comment.pk}/edit/").status_code == 403
    assert as_(matrix.account_manager2).get(f"/comments/{comment.pk}/edit/").status_code == 404


def upload(client, rows):
    answer = client.post(
        "/imports/new/", {"kind": "tests.markets", "file": SimpleUploadedFile("markets.xlsx", sheet(rows).read())}
    )
    assert answer.status_code == 302, re.findall(r"k-error[^<]*<.*?</", answer.content.decode())
    return Import.objects.latest("pk")


def test_an_import_is_uploaded_looked_at_and_confirmed(importer):  # noqa: F811
    client = as_(importer)
    assert "Markets" in client.get("/imports/new/").content.decode()
    record = upload(client, [market(1)])
    assert "every 2s" in client.get(f"/imports/{record.pk}/").content.decode()
    imports.run_preview(record.job, lambda *_: None)
    page = client.get(f"/imports/{record.pk}/").content.decode()
    assert "What will happen" in page and "Market 1" in page and "every 2s" not in page
    assert (
        client.get(f"/imports/{record.pk}/", headers={"hx-request": "true", "hx-target": "import-body"})["HX-Refresh"] == "true"
    )
    assert client.post(f"/imports/{record.pk}/confirm/", {"reason": "new list"}).status_code == 302
    record.refresh_from_db()
    imports.run_apply(record.job, lambda *_: None)
    assert Market.objects.filter(code="M1").exists()
    assert "What was done" in client.get(f"/imports/{record.pk}/").content.decode()
    assert "markets.xlsx" in client.get("/imports/").content.decode()


def test_errors_are_shown_at_their_place_and_the_button_says_why(importer):  # noqa: F811
    client = as_(importer)
    record = upload(client, [market(1, name_en="")])
    imports.run_preview(record.job, lambda *_: None)
    page = client.get(f"/imports/{record.pk}/").content.decode()
    assert "a value: this column must be filled in" in page and "Correct the errors in the file" in page
    assert client.post(f"/imports/{record.pk}/confirm/", {}).status_code == 409
    assert client.post(f"/imports/{record.pk}/errors/").status_code == 302
    assert client.post("/imports/sheet/tests.unknown/").status_code == 400
    assert client.post(f"/imports/{record.pk}/cancel/").status_code == 302


def test_a_foreign_import_does_not_exist(importer, matrix):  # noqa: F811
    record = upload(as_(importer), [market(1)])
    other = as_(matrix.area_manager_us)
    for path in ("", "confirm/", "cancel/", "errors/"):
        method = other.post if path else other.get
        assert method(f"/imports/{record.pk}/{path}").status_code == 404
    answer = other.post(
        "/imports/new/", {"kind": "tests.markets", "file": SimpleUploadedFile("m.xlsx", sheet([market(1)]).read())}
    )
    assert answer.status_code == 422 and Import.objects.count() == 1
