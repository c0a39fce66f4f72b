"""Documents on records: who sees them, what they must state, which files are taken, and how a revision replaces another."""

import io
import socket
import struct
import threading
import zipfile
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile

from kam.core import clock, previews
from kam.core.documents import (
    Document,
    DocumentType,
    PreviewState,
    Validity,
    attach_document,
    edit_document,
    missing_types,
    retire_document,
    revise_document,
)
from kam.core.file_types import type_of
from kam.core.jobs import Job
from kam.core.uploads import MAX_BYTES, ScanState, clean_name
from kam.core.workflow import Denied
from tests.factories.files import dxf, image, named, packed, pdf
from tests.matrix import matrix  # noqa: F401

TODAY = date(2026, 5, 18)


@pytest.fixture
def drawing(db):
    return DocumentType.objects.create(code="drawing-of-tests", name_en="Drawing", must_have_revision=True)


@pytest.fixture
def letter(db):
    return DocumentType.objects.create(code="letter-of-tests", name_en="Letter", warning_days=30)


def attach(actor, record, type, data=None, name="a.pdf", **stated):
    return attach_document(Document, actor=actor, record=record, type=type, file=named(data or pdf(), name), **stated)


def processed(document):
    """The document after the worker has done with it."""
    previews.run(SimpleNamespace(params={"document": document.pk}), None)
    document.refresh_from_db()
    return document


def test_an_attached_document_keeps_what_it_is(matrix, letter):  # noqa: F811
    document = attach(matrix.account_manager, matrix.acme_us, letter, name="../../Offer\u202efdp.pdf", number="L-1")
    assert (document.original_name, document.media_type, document.size) == ("Offerfdp.pdf", "application/pdf", len(pdf()))
    assert document.title == "Offerfdp" and document.uploaded_by == matrix.account_manager
    assert document.sha256 == __import__("hashlib").sha256(pdf()).hexdigest()
    assert document.file.name.count("/") == 2 and "Offer" not in document.file.name and "." not in document.file.name
    assert document.file.open("rb").read() == pdf()
    assert Job.objects.get().params == {"document": document.pk}


def test_a_document_is_seen_by_whoever_sees_its_record(matrix, letter):  # noqa: F811
    ours = attach(matrix.account_manager, matrix.acme_us, letter)
    theirs = attach(matrix.account_manager2, matrix.beta, letter)
    assert set(Document.objects.visible_to(matrix.account_manager)) == {ours}
    assert set(Document.objects.visible_to(matrix.account_manager2)) == {theirs}
    assert set(Document.objects.visible_to(matrix.sales_manager)) == {ours, theirs}
    assert not Document.objects.visible_to(matrix.nobody).exists()
    assert set(Document.objects.about(matrix.beta)) == {theirs}


def test_nobody_attaches_to_a_record_outside_their_area(matrix, letter, nothing_changed):  # noqa: F811
    with nothing_changed(), pytest.raises(Denied) as caught:
        attach(matrix.account_manager2, matrix.acme_us, letter)
    assert caught.value.code == "outside_your_area"
    with nothing_changed(), pytest.raises(Denied) as caught:
        attach(matrix.auditor, matrix.acme_us, letter)
    assert caught.value.code == "not_permitted"


def test_a_private_document_is_seen_by_its_participants_only(matrix, letter):  # noqa: F811
    document = attach(matrix.account_manager, matrix.acme_us, letter, private_to=[matrix.area_manager_us])
    seers = [user for user in matrix.users.values() if Document.objects.visible_to(user).filter(pk=document.pk).exists()]
    assert set(seers) == {matrix.account_manager, matrix.area_manager_us}


def test_a_revision_replaces_and_both_stay(matrix, drawing):  # noqa: F811
    first = attach(matrix.account_manager, matrix.acme_us, drawing, number="K-2206", revision="B")
    with pytest.raises(Denied) as caught:
        revise_document(first, actor=matrix.account_manager, file=named(pdf("C"), "c.pdf"))
    assert (caught.value.code, caught.value.field) == ("document_same_revision", "revision")
    with pytest.raises(Denied) as caught:
        revise_document(first, actor=matrix.account_manager, file=named(pdf(), "c.pdf"), revision="C")
    assert caught.value.code == "document_same_file"
    second = revise_document(first, actor=matrix.account_manager, file=named(pdf("C"), "c.pdf"), revision="C")
    first.refresh_from_db()
    assert first.superseded_by == second and first.state == Validity.SUPERSEDED
    assert (second.number, second.revision, second.record) == ("K-2206", "C", matrix.acme_us)
    assert list(Document.objects.current()) == [second]
    with pytest.raises(Denied) as caught:
        revise_document(first, actor=matrix.account_manager, file=named(pdf("D"), "d.pdf"), revision="D")
    assert caught.value.code == "document_not_current"
    with pytest.raises(Denied):
        retire_document(second, actor=matrix.account_manager)
    retire_document(second, actor=matrix.account_manager, reason="replaced by K-3000")
    second.refresh_from_db()
    assert second.state == Validity.RETIRED and second.retired_by == matrix.account_manager


def test_a_type_says_what_its_documents_must_state(matrix, nothing_changed):  # noqa: F811
    type = DocumentType.objects.create(code="t", name_en="Certificate", must_expire=True, must_have_number=True)
    for stated, field in (
        ({}, "number"),
        ({"number": "1"}, "valid_to"),
        ({"number": "1", "valid_to": TODAY, "valid_from": date(2027, 1, 1)}, "valid_to"),
    ):
        with nothing_changed(), pytest.raises(Denied) as caught:
            attach(matrix.account_manager, matrix.acme_us, type, **stated)
        assert caught.value.field == field
    document = attach(matrix.account_manager, matrix.acme_us, type, number="1", valid_to=TODAY)
    with pytest.raises(Denied):
        edit_document(document, actor=matrix.account_manager, number="")
    assert edit_document(document, actor=matrix.account_manager, number="2").number == "2"


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({}, Validity.VALID),
        ({"valid_to": TODAY + timedelta(days=31)}, Validity.VALID),
        ({"valid_to": TODAY + timedelta(days=30)}, Validity.EXPIRING),
        ({"valid_to": TODAY}, Validity.EXPIRING),
        ({"valid_to": TODAY - timedelta(days=1)}, Validity.EXPIRED),
        ({"valid_from": TODAY + timedelta(days=1)}, Validity.FUTURE),
    ],
)
def test_validity_is_derived_alike_for_a_row_and_a_list(matrix, letter, dates, state):  # noqa: F811
    document = attach(matrix.account_manager, matrix.acme_us, letter, **dates)
    assert document.state_on(TODAY) == state
    found = [one for one in Validity if Document.objects.in_state(one, TODAY).filter(pk=document.pk).exists()]
    assert found == [state]


def test_missing_types_of_a_record(matrix, letter, drawing):  # noqa: F811
    attach(matrix.account_manager, matrix.acme_us, letter, valid_to=clock.today() - timedelta(days=1))
    attach(matrix.account_manager, matrix.acme_us, drawing, revision="A")
    assert missing_types(matrix.acme_us, [letter.code, drawing.code]) == [letter]


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (pdf(), "a.exe", "application/pdf"),
        (image(), "a.pdf", "image/png"),
        (dxf(), "a.dxf", "image/vnd.dxf"),
        (b"ISO-10303-21;\nHEADER;", "a.stp", "model/step"),
        (
            packed(**{"[Content_Types].xml": "x", "word__document.xml": "x"}),
            "a.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"From: a@b.example\nSubject: x\n\nhello", "a.eml", "message/rfc822"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.msg", "application/vnd.ms-outlook"),
        (b"a;b\n1;2\n", "a.csv", "text/csv"),
        (b"MZ\x90\x00" + bytes(100), "a.pdf", None),
        (b"\x7fELF" + bytes(100), "a.txt", None),
        (b"#!/bin/sh\nrm -rf /\n", "a.txt", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "a.txt", None),
        (b"<?xml version='1.0'?><!-- x --><svg onload='x'/>", "a.svg", None),
        (b"<!doctype html><script>alert(1)</script>", "a.csv", None),
        (packed(**{"[Content_Types].xml": "x", "xl__workbook.xml": "x", "xl__vbaProject.bin": "x"}), "a.xlsx", None),
        (packed(**{"evil.exe": "MZ"}), "a.zip", None),
        (b"PK\x03\x04 not an archive", "a.docx", None),
    ],
    # The name of the case must not hold its content: an archive keeps the second in which it was made.
    ids=lambda value: value if isinstance(value, str) else "…" if isinstance(value, bytes) else None,
)
def test_a_file_is_what_its_content_says(data, name, content_type):
    found = type_of(named(data, name), name)
    assert (found.content_type if found else None) == content_type


def test_an_archive_with_an_endless_list_of_members_is_not_opened():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        for number in range(16_000):
            archive.writestr(f"xl/{number:0100d}", b"")
    assert type_of(file, "a.xlsx") is None


def test_files_that_are_not_taken_are_refused_and_nothing_stays(matrix, letter, nothing_changed, settings, tmp_path):  # noqa: F811
    settings.MEDIA_ROOT = str(tmp_path)
    huge = TemporaryUploadedFile("a.pdf", "application/pdf", 200 * 1024 * 1024, None)
    for file, code in (
        (named(b"", "a.pdf"), "file_empty"),
        (named(b"MZ\x00\x01" * 9, "a.pdf"), "file_kind"),
        (huge, "file_size"),
    ):
        with nothing_changed(), pytest.raises(Denied) as caught:
            attach_document(Document, actor=matrix.account_manager, record=matrix.acme_us, type=letter, file=file)
        assert (caught.value.code, caught.value.field, caught.value.status) == (code, "file", 400)
    assert "100 MB" in str(caught.value) and huge.size > MAX_BYTES
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("C:\\temp\\x.pdf", "x.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\nb.pdf", "a b.pdf"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_names_lose_folders_and_hidden_marks(name, kept):
    assert clean_name(name) == kept


class Scanner:
    """A virus scanner that speaks INSTREAM and knows one virus."""

    def __init__(self, *, says=None):
        self.says, self.seen = says, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                connection, _address = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while length := struct.unpack("!L", stream.read(4))[0]:
                    data += stream.read(length)
                self.seen.append(data)
                virus = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" in data
                connection.sendall(self.says or (b"stream: Eicar-Signature FOUND\0" if virus else b"stream: OK\0"))


@pytest.fixture
def scanner(settings):
    one = Scanner()
    settings.CLAMAV_URL = one.address
    yield one
    one.server.close()


def eicar() -> bytes:
    """The harmless test virus, put together when the test runs."""
    return ("X5O!P%@AP[4" + "\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!" + "$H+H*").encode()


def test_a_scanner_passes_clean_files_and_locks_infected_ones(matrix, letter, scanner):  # noqa: F811
    clean = attach(matrix.account_manager, matrix.acme_us, letter)
    assert clean.why_not_readable().code == "document_unscanned" and not clean.sendable
    processed(clean)
    assert clean.scan_state == ScanState.CLEAN and clean.sendable and clean.why_not_readable() is None
    bad = attach(matrix.account_manager, matrix.acme_us, letter, data=eicar(), name="a.txt")
    processed(bad)
    assert bad.scan_state == ScanState.INFECTED and bad.why_not_readable().code == "document_infected"
    assert scanner.seen == [pdf(), eicar()]


def test_without_a_scanner_files_stay_unscanned_and_are_never_sent_out(matrix, letter):  # noqa: F811
    document = processed(attach(matrix.account_manager, matrix.acme_us, letter))
    assert document.scan_state == ScanState.UNSCANNED and not document.sendable and document.why_not_readable() is None


def test_a_scanner_that_is_away_is_asked_again_later(matrix, letter, settings):  # noqa: F811
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    document = processed(attach(matrix.account_manager, matrix.acme_us, letter))
    assert document.scan_state == ScanState.UNSCANNED and document.preview_state == PreviewState.WAITING
    assert previews.scan_waiting() == 0
    Document.objects.update(created_at=clock.now() - timedelta(hours=1))
    assert previews.scan_waiting() == 1


def test_history_names_who_attached_and_why(matrix, letter):  # noqa: F811
    document = attach(matrix.account_manager, matrix.acme_us, letter)
    event = Document.pgh_event_model.objects.get(pgh_obj_id=document.pk)
    assert event.pgh_context["verb"] == "core.attach_document" and event.pgh_context["actor"] == matrix.account_manager.pk
