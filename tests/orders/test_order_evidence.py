"""The evidence of an order as one file: the trail on paper, every document that it names as far as its reader sees it, and the hashes."""

import hashlib
import io
import tracemalloc
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pypdfium2
import pytest
from django.core.files.base import ContentFile

from accounts.models import Assignment, User
from kam.core import jobs
from kam.core.access_log import AccessLog
from kam.core.documents import Document, attach_document, standard_type
from kam.core.jobs import Job, may_fetch
from kam.core.workflow import Denied
from orders.actions.evidence import start_evidence
from orders.actions.order_confirming import confirm_order
from orders.documents import evidence_print
from orders.models import Offer, Order
from tests.factories.files import named, pdf
from tests.factories.offers import offered
from tests.factories.order_lives import accepted_order
from tests.factories.reviews import plain_review
from tests.matrix import Matrix
from tests.world import api_client, browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction is seen by its own connection only: progress is not written beside it."""
    monkeypatch.setattr(jobs.Line, "lock", lambda line, key: True)
    monkeypatch.setattr(jobs.Line, "progress", lambda line, *_said: True)


@pytest.fixture
def order(matrix: Matrix, settings: Any, tmp_path: Any) -> Order:
    """An order of ACME in Italy with a reviewed class, two papers of the customer, one of them private, and a confirmation."""
    settings.MEDIA_ROOT = str(tmp_path)
    made = accepted_order(matrix.acme_it_plant, matrix.italy, language="de")
    for name, private in (("../order.pdf", ()), ("secret.pdf", (matrix.account_manager,))):
        file = named(pdf(name), name)
        attach_document(
            Document, actor=matrix.account_manager, record=made, type=standard_type("purchase_order"), file=file, title=name, private_to=private
        )  # fmt: skip
    confirm_order(made, actor=matrix.back_office_it, sent_to="buyer@acme.example")
    return made


def packed(order: Order, reader: User, **asked: Any) -> tuple[Job, dict[str, bytes]]:
    """The job and what its zip holds."""
    job = start_evidence(order, actor=reader, **asked)
    assert jobs.run(job.pk) == "done", Job.objects.get(pk=job.pk).message
    job.refresh_from_db()
    assert job.file_path is not None
    with ZipFile(job.file_path) as archive:
        assert archive.testzip() is None
        return job, {name: archive.read(name) for name in archive.namelist()}


def words(paper: bytes) -> str:
    """What a PDF says."""
    return " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(io.BytesIO(paper)))


def test_one_file_with_the_trail_its_documents_and_their_hashes(order: Order, matrix: Matrix) -> None:
    for paper in Job.objects.filter(kind="orders.keep_order_paper"):
        assert jobs.run(paper.pk) == "done"
    _job, found = packed(order, matrix.auditor)
    assert len(found) == 4, sorted(found)
    assert any(name.endswith(" order.pdf") for name in found) and not any("secret" in name or "/" in name for name in found)
    sums = dict(reversed(row.split("  ", 1)) for row in found.pop("SHA256SUMS.txt").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    said = words(found[next(name for name in found if name.startswith("000"))])
    kept = order.papers.get()
    assert kept.sha256 in said.replace("\n", "").replace("\r", "") and order.customer_reference in said
    assert "secret" not in said and str(matrix.auditor) in said
    assert AccessLog.objects.filter(user=matrix.auditor, kind=AccessLog.Kind.EXPORT, about__contains=order.number).exists()
    assert any("secret" in name for name in packed(order, matrix.account_manager)[1])


def test_the_record_of_the_review_comes_with_it(order: Order, matrix: Matrix) -> None:
    review = plain_review(matrix.acme_it_plant, matrix.italy, matrix.back_office_it)
    _job, found = packed(review.order, matrix.auditor)
    assert any(review.name in name for name in found)


def test_it_speaks_the_readers_or_the_customers_language(order: Order, matrix: Matrix) -> None:
    reader = matrix.auditor
    User.objects.filter(pk=reader.pk).update(language="it")
    reader = User.objects.get(pk=reader.pk)
    assert evidence_print(f"{order.pk}:reader", actor=reader).title == "Evidenze dell'ordine"
    assert evidence_print(f"{order.pk}:customer", actor=reader).title == "Nachweis eines Auftrags"
    job = start_evidence(order, actor=reader, documents=False, language="customer")
    assert jobs.run(job.pk) == "done"
    job.refresh_from_db()
    assert job.file_path is not None and "Nachweis eines Auftrags" in words(job.file_path.read_bytes())


def test_a_file_that_is_locked_or_gone_is_named_with_its_reason(order: Order, matrix: Matrix) -> None:
    infected, gone = Document.objects.about(order).order_by("pk")
    Document.objects.filter(pk=infected.pk).update(scan_state="infected")
    gone.file.storage.delete(gone.file.name)
    _job, found = packed(order, matrix.account_manager)
    assert len(found) == 2, "the trail and the hashes"
    said = words(found[next(name for name in found if name.startswith("000"))])
    assert "A virus was found" in said and "missing from the store" in said


def test_who_does_not_see_the_order_gets_nothing(order: Order, matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    foreign = matrix.area_manager_us
    for key in (f"{order.pk}:reader", "x:reader", "9" * 30):
        with pytest.raises(Denied) as refused:
            evidence_print(key, actor=foreign)
        assert refused.value.status == 404
    page, api = browser(foreign), api_client(foreign)
    api.get("/api/v1/orders/")
    with nothing_changed():
        assert page.post(f"/orders/{order.pk}/evidence/file/").status_code == 404
        assert api.post(f"/api/v1/orders/{order.pk}/evidence-file/", {}, format="json").status_code == 404
        assert api.get(f"/api/v1/orders/{order.pk}/evidence/").status_code == 404
    job = start_evidence(order, actor=foreign)
    assert jobs.run(job.pk) == "failed" and Job.objects.get(pk=job.pk).file_path is None


def test_it_is_not_fetched_any_more_by_who_has_lost_the_order(order: Order, matrix: Matrix) -> None:
    reader = matrix.account_manager
    job, _found = packed(order, reader)
    assert may_fetch(job, reader) and browser(reader).get(f"/jobs/{job.pk}/file/").status_code == 200
    assert browser(matrix.auditor).get(f"/jobs/{job.pk}/file/").status_code == 404
    Assignment.objects.filter(user=reader).delete()
    fresh = User.objects.get(pk=reader.pk)
    assert not Order.objects.visible_to(fresh).filter(pk=order.pk).exists()
    assert not may_fetch(job, fresh) and browser(fresh).get(f"/jobs/{job.pk}/file/").status_code == 404


def test_an_offer_comes_with_it_only_for_who_may_see_offers(order: Order, matrix: Matrix) -> None:
    offer = offered(matrix.acme_it_plant, matrix.italy)
    attach_document(
        Document, actor=matrix.account_manager, record=offer, type=standard_type("print"), file=named(pdf("offered"), "offered.pdf"), title="Offered"
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(offer=offer)
    assert any("offered" in name for name in packed(order, matrix.account_manager)[1])
    blind = next(one for one in (matrix.logistics_it, matrix.quality_it) if not Offer.objects.visible_to(one).exists())
    _job, found = packed(order, blind)
    said = words(found[next(name for name in found if name.startswith("000"))])
    assert not any("offered" in name for name in found) and offer.name not in said


def test_a_large_file_passes_in_pieces(order: Order, matrix: Matrix) -> None:
    one = Document.objects.about(order).order_by("pk")[0]
    name = one.file.storage.save("documents/large", ContentFile(b"x" * 40_000_000))
    Document.objects.filter(pk=one.pk).update(file=name, sha256=hashlib.sha256(b"x" * 40_000_000).hexdigest())
    job = start_evidence(order, actor=matrix.auditor)
    tracemalloc.start()
    assert jobs.run(job.pk) == "done"
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_the_page_and_the_interface_start_it(order: Order, matrix: Matrix) -> None:
    reader = matrix.auditor
    page = browser(reader).get(f"/orders/{order.pk}/evidence/").content.decode()
    assert f"/orders/{order.pk}/evidence/file/" in page
    for kind, made in (("print", "core.print"), ("file", "orders.evidence_file")):
        answer = browser(reader).post(f"/orders/{order.pk}/evidence/file/", {"kind": kind, "language": "customer"})
        assert answer.status_code == 302 and Job.objects.filter(actor=reader, kind=made).count() == 1
    api = api_client(reader)
    rows = api.get(f"/api/v1/orders/{order.pk}/evidence/").json()
    assert [one["kind"] for one in rows][:2] == ["Received", "Document"] and rows[1]["sha256"]
    answer = api.post(f"/api/v1/orders/{order.pk}/evidence-file/", {"documents": False}, format="json")
    assert answer.status_code == 201 and answer.json()["kind"] == "core.print"
    wrong = api.post(f"/api/v1/orders/{order.pk}/evidence-file/", {"language": "fr"}, format="json")
    assert wrong.status_code == 400
