"""The signed link of an estimate: shown without an account, answered once, bound to what it shows, limited, logged; tampering is refused."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from complaints.actions import refuse_estimate, revise_estimate, send_estimate
from complaints.actions.repair_links import A_MINUTE, answer_by_link
from complaints.actions.repair_secrets import link_of
from complaints.documents.repairs import keep_letter
from complaints.models import EstimateVisit, RepairEstimate, RepairLetter
from complaints.tasks import sweep_repair_letters
from kam.core import clock
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.complaints.test_estimates import refused, shop, signed
from tests.complaints.test_repair import Report
from tests.factories.accounts import ContactFactory
from tests.factories.repairs import estimated, offered
from tests.matrix import Matrix
from tests.pages import client_for


def path_of(estimate: RepairEstimate) -> str:
    return link_of(estimate)[link_of(estimate).index("/consent/") :]


def what(estimate: RepairEstimate | None) -> list[str]:
    rows = EstimateVisit.objects.filter(estimate=estimate).order_by("pk")
    return list(rows.values_list("what", flat=True))


def test_a_customer_approves_under_the_link_without_an_account(matrix: Matrix) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de")
    estimate = offered(*shop(matrix), contact=contact)
    visitor = Client(headers={"user-agent": "Firefox"})
    shown = visitor.get(path_of(estimate))
    page = shown.content.decode()
    assert shown.status_code == 200 and "733,60" in page and "The seal is worn out." in page and "Ihre Antwort" in page
    assert (shown["Referrer-Policy"], shown["Cache-Control"]) == ("strict-origin", "private, no-store")
    estimate.refresh_from_db()
    assert estimate.status == "sent", "reading decides nothing: mail scanners follow links"
    body = {"answer": "approved", "name": "Ada Lovelace", "purchase_order": "PO 77"}
    assert visitor.post(path_of(estimate), body).status_code == 302
    estimate.refresh_from_db()
    assert (estimate.status, estimate.channel, estimate.decided_by, estimate.purchase_order) == (
        "approved",
        "link",
        "Ada Lovelace",
        "PO 77",
    )
    estimate.piece.refresh_from_db()
    assert estimate.piece.status == "approved"
    assert {item.kind for item in WorkItem.objects.on(estimate.piece).open()} == {"repair_piece"}
    assert Notification.objects.filter(reader=matrix.area_manager_us, kind="estimate_answered").exists()
    again = visitor.post(path_of(estimate), body | {"answer": "refused", "instruction": "scrap"})
    assert again.status_code == 409
    estimate.refresh_from_db()
    assert estimate.status == "approved"
    assert what(estimate) == ["shown", "approved", "denied"]
    visit = estimate.visits.get(what="approved")
    assert (visit.name, visit.browser, bool(visit.address)) == ("Ada Lovelace", "Firefox", True)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        EstimateVisit.objects.filter(pk=visit.pk).update(name="X")
    seller = client_for(matrix.area_manager_us).get(estimate.get_absolute_url()).content.decode()
    assert "Ada Lovelace" in seller and path_of(estimate) not in seller


def test_a_customer_refuses_or_asks_first(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    estimate = offered(*shop(matrix))
    visitor = Client()
    asked = visitor.post(path_of(estimate), {"answer": "question", "name": "Ada", "text": "Is the bearing included?"})
    assert asked.status_code == 302
    estimate.refresh_from_db()
    assert estimate.status == "sent"
    assert WorkItem.objects.on(estimate).open().get().kind == "answer_question"
    assert "Is the bearing included?" in visitor.get(path_of(estimate)).content.decode()
    again = visitor.post(path_of(estimate), {"answer": "question", "name": "Ada", "text": "And the seal?"})
    assert again.status_code == 302 and WorkItem.objects.on(estimate).open().count() == 2, "each question is answered"
    refused(
        "required", lambda: answer_by_link(estimate, actor=None, answer="refused", name="Ada"), nothing_changed, "instruction"
    )
    refused("required", lambda: answer_by_link(estimate, actor=None, answer="question", name="Ada"), nothing_changed, "text")
    refused("required", lambda: answer_by_link(estimate, actor=None, answer="approved"), nothing_changed, "name")
    refused("required", lambda: answer_by_link(estimate, actor=None, name="Ada"), nothing_changed, "answer")
    body = {"answer": "refused", "name": "Ada", "instruction": "return", "text": "Too dear"}
    assert visitor.post(path_of(estimate), {"answer": "refused", "name": "Ada"}).status_code == 422
    assert visitor.post(path_of(estimate), body).status_code == 302
    estimate.refresh_from_db()
    assert (estimate.status, estimate.instruction, estimate.answer) == ("refused", "return", "Too dear")
    assert not WorkItem.objects.on(estimate).open().exists()


def test_a_link_that_was_altered_opens_nothing(matrix: Matrix) -> None:
    estimate, other = offered(*shop(matrix)), offered(matrix.beta_plant, matrix.germany)
    path = path_of(estimate)
    altered = path[:-2] + ("a" if path[-2] != "a" else "b") + "/"
    foreign = path.replace(f"/{estimate.pk}-", f"/{other.pk}-")
    visitor = Client()
    seen = set()
    for wrong in (
        altered,
        foreign,
        "/consent/1/",
        "/consent/x-y/",
        f"/consent/{estimate.pk}-{'a' * 32}/",
        path.upper().replace("/CONSENT/", "/consent/"),
    ):
        answer = visitor.post(wrong, {"answer": "approved", "name": "Eve"})
        assert answer.status_code == 404, wrong
        seen.add(visitor.get(wrong).content)
    assert len(seen) == 1, "what is altered, foreign or never existed looks alike"
    assert set(what(None)) == {"unknown"} and what(estimate) == what(other) == []
    estimate.refresh_from_db()
    assert estimate.status == "sent"


def test_the_link_ends_with_the_validity_and_with_a_new_revision(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    estimate, other = offered(*shop(matrix)), offered(*shop(matrix))
    assert estimate.valid_until is not None
    with clock.moment(clock.now() + timedelta(days=95)):
        late = Client().post(path_of(estimate), {"answer": "approved", "name": "Ada"})
        assert late.status_code == 409
        refused("estimate_expired", lambda: answer_by_link(estimate, actor=None, answer="approved", name="A"), nothing_changed)
    draft = revise_estimate(other, actor=matrix.area_manager_us)
    refused("estimate_replaced", lambda: answer_by_link(other, actor=None, answer="approved", name="A"), nothing_changed)
    assert Client().post(path_of(other), {"answer": "approved", "name": "Ada"}).status_code == 409
    assert path_of(send_estimate(draft, actor=matrix.sales_manager)) != path_of(other)
    answered = refuse_estimate(estimate, actor=matrix.area_manager_us, decided_by="Ada", instruction="scrap", file=signed())
    refused("answered_already", lambda: answer_by_link(answered, actor=None, answer="approved", name="A"), nothing_changed)
    for status in ("sent", "approved"):
        assert not RepairEstimate.objects.filter(pk=answered.pk, status=status).exists()


def test_a_network_address_asks_only_so_often(matrix: Matrix) -> None:
    estimate = offered(*shop(matrix))
    visitor = Client()
    for _number in range(A_MINUTE):
        assert visitor.get("/consent/1-x/").status_code == 404
    busy = visitor.get(path_of(estimate))
    assert (busy.status_code, busy["Retry-After"]) == (429, "60")
    assert visitor.post(path_of(estimate), {"answer": "approved", "name": "Ada"}).status_code == 429
    assert EstimateVisit.objects.count() == A_MINUTE, "what is too much is not written down"
    with clock.moment(clock.now() + timedelta(seconds=61)):
        assert visitor.get(path_of(estimate)).status_code == 200


def test_only_the_mail_carries_the_link(matrix: Matrix, tmp_path: Path) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="it", email="ada@acme.example")
    estimate = send_estimate(estimated(*shop(matrix), contact=contact), actor=matrix.area_manager_us, by_mail=True)
    letter = RepairLetter.objects.get(estimate=estimate)
    secret = path_of(estimate)
    job = Job.objects.get(kind="complaints.keep_repair_letter", params__letter=letter.pk)
    keep_letter(job, Report(tmp_path))
    before = len(mail.outbox)
    sweep_repair_letters()
    letter.refresh_from_db()
    [message] = mail.outbox[before:]
    assert secret in message.body and secret not in letter.text and secret not in str(letter.contents)
    assert message.attachments[0][0].endswith(".pdf") and "733" not in message.body, "no price in the words of a mail"


def test_a_mail_with_a_link_that_holds_no_longer_does_not_go_out(matrix: Matrix, tmp_path: Path) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, email="ada@acme.example")
    estimate = send_estimate(estimated(*shop(matrix), contact=contact), actor=matrix.area_manager_us, by_mail=True)
    letter = RepairLetter.objects.get(estimate=estimate)
    keep_letter(Job.objects.get(kind="complaints.keep_repair_letter", params__letter=letter.pk), Report(tmp_path))
    revise_estimate(estimate, actor=matrix.area_manager_us)
    before = len(mail.outbox)
    sweep_repair_letters()
    letter.refresh_from_db()
    assert letter.state == "cancelled" and len([one for one in mail.outbox[before:] if "/consent/" in one.body]) == 0


def test_what_a_stranger_types_is_shown_as_text(matrix: Matrix) -> None:
    estimate = offered(*shop(matrix))
    text = "<script>alert(1)</script>"
    assert Client().post(path_of(estimate), {"answer": "question", "name": "Eve", "text": text}).status_code == 302
    for page in (Client().get(path_of(estimate)), client_for(matrix.area_manager_us).get(estimate.get_absolute_url())):
        assert text not in page.content.decode() and "&lt;script&gt;" in page.content.decode()
    long = Client().post(path_of(estimate), {"answer": "question", "name": "E" * 500, "text": "x"})
    assert long.status_code == 422
    with pytest.raises(Denied):
        answer_by_link(estimate, actor=None, answer="sent", name="Eve")
