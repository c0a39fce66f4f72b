"""Offers mailed from here to a real mail server: once, with the file that was kept; and the answers that are filed with them."""

import hashlib
import io
import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from imaplib import IMAP4
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from rest_framework.test import APIClient

from accounts.models import User
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.mails import ATTEMPTS, suppress_unsent
from kam.core.notifications import Notification
from kam.core.timeline import timeline
from kam.core.workflow import Denied
from orders import tasks
from orders.actions import mail_offer, send_offer, withdraw_offer
from orders.actions import replies as reading
from orders.actions.mailing import given_up
from orders.actions.offer_papers import kept_print
from orders.actions.replies import file_reply, token_of
from orders.models import Offer, OfferMail
from tests.factories.accounts import LocationFactory, PlantFactory, UserFactory
from tests.factories.files import pdf
from tests.factories.offers import keep_print, offered
from tests.matrix import Matrix
from tests.pages import client_for
from tests.post_office import Mailbox, PostOffice

BUYER = "buyer@acme.example"


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    """A mail server, and a mailbox for answers."""
    with PostOffice() as server:
        server.set_up(settings)
        settings.REPLY_ADDRESS, settings.DEFAULT_FROM_EMAIL = "offers@kam.example", "KAM <kam@kam.example>"
        yield server


@pytest.fixture
def approved(matrix: Matrix) -> Offer:
    """An offer of the account manager's to ACME Italy that may be sent."""
    people = {"by": matrix.account_manager, "approver": matrix.sales_manager}
    return offered(matrix.acme_it_plant, matrix.italy, status="approved", language="de", **people)


@pytest.fixture
def mailed(office: PostOffice, matrix: Matrix, approved: Offer) -> OfferMail:
    """The same, mailed to the buyer."""
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    keep_print(approved)
    assert tasks.sweep_offer_mails() == 1
    return OfferMail.objects.get()


def told(kind: str) -> set[User]:
    return {one.reader for one in Notification.objects.filter(kind=kind)}


def answer(mail: OfferMail, **changes: Any) -> bytes:
    """What the buyer's mail program makes of "Reply"."""
    made = EmailMessage()
    made["From"] = changes.get("sender", f"Ada Buyer <{BUYER}>")
    made["To"] = changes.get("to", f"offers+{token_of(mail)}@kam.example")
    made["Subject"] = changes.get("subject", "Re: <b>Offer</b>")
    made["Message-ID"] = changes.get("message_id", "<answer-1@acme.example>")
    for name, value in changes.get("headers", {}).items():
        made[name] = value
    made.set_content(changes.get("text", "4 % less <script>alert(1)</script>, please."))
    for name, content in changes.get("files", {}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes(policy=policy.SMTP)


def test_an_offer_is_mailed_once_with_the_file_that_is_kept(office: PostOffice, matrix: Matrix, approved: Offer) -> None:
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=f"{BUYER}; second@acme.example", text="Guten Tag")
    approved.refresh_from_db()
    assert approved.sent_to == f"{BUYER}, second@acme.example"
    mail = OfferMail.objects.get()
    assert (mail.state, mail.recipients) == ("waiting", [BUYER, "second@acme.example"])
    assert mail.subject.startswith("Angebot OF-IT-")
    assert tasks.deliver_offer_mail(mail.pk) is False, "there is no print yet"
    assert (tasks.sweep_offer_mails(), office.taken) == (0, [])
    assert run_job(Job.objects.get(kind="orders.keep_offer").pk) == "done"
    assert (tasks.sweep_offer_mails(), tasks.sweep_offer_mails(), tasks.deliver_offer_mail(mail.pk)) == (1, 0, False)
    [taken] = office.taken
    mail.refresh_from_db()
    paper = kept_print(approved)
    assert paper is not None
    found = message_from_bytes(taken.content, policy=policy.default)
    assert (found["From"], found["Message-ID"]) == (f"{matrix.account_manager} <kam@kam.example>", mail.message_id)
    assert found["To"] == f"{BUYER}, second@acme.example"
    assert re.fullmatch(rf"offers\+{mail.pk}-[a-z2-7]{{32}}@kam\.example", found["Reply-To"])
    assert (taken.sender, taken.recipients) == (found["Reply-To"], mail.recipients)
    assert found.get_body().get_content().strip() == "Guten Tag"
    [attached] = list(found.iter_attachments())
    content = attached.get_content()
    assert content[:4] == b"%PDF"
    assert hashlib.sha256(content).hexdigest() == paper.sha256 == mail.sha256
    assert (mail.state, mail.attempts, mail.document, mail.sent_at is not None) == ("sent", 1, paper, True)
    for change in ({"sent_at": None}, {"sha256": ""}, {"answers": mail.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OfferMail.objects.filter(pk=mail.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        mail.delete()


def test_without_a_mailbox_answers_go_to_whoever_sent_it(
    office: PostOffice, matrix: Matrix, approved: Offer, settings: Any
) -> None:
    settings.REPLY_ADDRESS = ""
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    keep_print(approved)
    assert tasks.sweep_offer_mails() == 1
    found = message_from_bytes(office.taken[0].content, policy=policy.default)
    assert (found["Reply-To"], office.taken[0].sender) == (matrix.account_manager.email, "kam@kam.example")


def test_a_server_that_is_away_is_tried_again_and_who_sent_it_is_told_in_the_end(
    office: PostOffice, matrix: Matrix, approved: Offer
) -> None:
    office.refusal = "451 later"
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    keep_print(approved)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1), tick=False) as clock:
        for _turn in range(ATTEMPTS):
            assert told("offer_not_mailed") == set()
            assert tasks.sweep_offer_mails() == 0
            mail = OfferMail.objects.get()
            clock.move_to(mail.not_before)
    assert (mail.state, mail.attempts) == ("failed", ATTEMPTS)
    assert "later" in mail.last_error
    assert told("offer_not_mailed") == {matrix.account_manager}
    office.refusal = ""
    mail_offer(approved, actor=matrix.account_manager, sent_to=BUYER)
    assert tasks.sweep_offer_mails() == 1
    assert len(office.taken) == 1


def test_an_address_that_does_not_exist_is_told_at_once(office: PostOffice, matrix: Matrix, approved: Offer) -> None:
    office.refusal = "550 no such person"
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    keep_print(approved)
    assert tasks.sweep_offer_mails() == 0
    assert OfferMail.objects.get().state == "failed"
    [notice] = Notification.objects.filter(kind="offer_not_mailed")
    notice.record = approved
    assert BUYER in notice.text()[1]
    assert "no such person" in notice.text()[1]


@pytest.mark.parametrize("change", ["left", "withdrawn", "other_file", "restored"])
def test_what_may_not_go_out_any_more_is_not_sent(office: PostOffice, matrix: Matrix, approved: Offer, change: str) -> None:
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    keep_print(approved)
    if change == "left":
        User.objects.filter(pk=matrix.account_manager.pk).update(is_active=False)
    elif change == "withdrawn":
        withdraw_offer(Offer.objects.get(pk=approved.pk), actor=matrix.account_manager, reason="A mistake")
    elif change == "restored":
        assert suppress_unsent() >= 1
    else:
        paper = kept_print(approved)
        assert paper is not None
        with paper.file.storage.open(paper.file.name, "wb") as file:
            file.write(pdf("Other"))
    assert (tasks.sweep_offer_mails(), office.taken) == (0, [])
    mail = OfferMail.objects.get()
    assert mail.state == ("waiting" if change == "other_file" else "cancelled")
    assert mail.last_error or change == "restored"
    assert told("offer_not_mailed") == ({matrix.account_manager} if change == "withdrawn" else set())


def test_a_print_that_cannot_be_made_ends_the_mail(office: PostOffice, matrix: Matrix, approved: Offer) -> None:
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    given_up(Job.objects.get(kind="orders.keep_offer"), "No font")
    assert (OfferMail.objects.get().state, OfferMail.objects.get().last_error) == ("failed", "No font")
    assert told("offer_not_mailed") == {matrix.account_manager}


def test_what_cannot_be_mailed_is_refused(
    office: PostOffice, matrix: Matrix, approved: Offer, settings: Any, nothing_changed: Callable[..., Any]
) -> None:
    def refused(code: str, verb: Callable[..., Any] = send_offer, **values: Any) -> None:
        if verb is send_offer:
            values |= {"by_mail": True}
        with nothing_changed(), pytest.raises(Denied) as found:
            verb(Offer.objects.get(pk=approved.pk), actor=matrix.account_manager, **values)
        assert found.value.code == code

    refused("no_recipient")
    refused("bad_address", sent_to="Mr Buyer")
    refused("bad_address", sent_to=f"{BUYER}, x@y\r\nBcc: all@acme.example")
    refused("no_recipient", sent_to=", ".join(f"b{number}@acme.example" for number in range(11)))
    refused("not_with_customer", mail_offer, sent_to=BUYER)
    send_offer(approved, actor=matrix.account_manager, by_mail=True, sent_to=BUYER)
    refused("on_its_way", mail_offer, sent_to=f"other@acme.example {BUYER}")
    refused("not_permitted", lambda offer, **values: mail_offer(offer, **values | {"actor": matrix.finance_it}), sent_to=BUYER)
    settings.EMAIL_BACKEND, settings.DEMO = "django.core.mail.backends.filebased.EmailBackend", False
    refused("no_mail_server", mail_offer, sent_to="other@acme.example")


def test_an_answer_is_filed_once_and_never_trusted(
    mailed: OfferMail, matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    raw = answer(mailed, files={"their.pdf": pdf("Terms"), "run.exe": b"MZ program"})
    assert file_reply(raw) == "filed"
    with nothing_changed():
        assert file_reply(raw) == "known"
    found = OfferMail.objects.get(state="received")
    assert (found.offer, found.answers, found.sender, found.sender_name) == (mailed.offer, mailed, BUYER, "Ada Buyer")
    assert "<script>" in found.text
    assert "run.exe" in found.text
    kept = Document.objects.about(mailed.offer).exclude(type__code="print")
    assert {(one.original_name, one.type.code) for one in kept} == {("reply.eml", "mail"), ("their.pdf", "other")}
    assert (found.document.file.read(), found.automatic) == (raw, False)
    assert told("offer_answered") == {matrix.account_manager}
    page = client_for(matrix.account_manager).get(f"/offers/{mailed.offer_id}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "Re: &lt;b&gt;" in page
    assert mailed.sha256 in page
    assert token_of(mailed) not in page
    told_there = [str(change) for moment in timeline(mailed.offer, matrix.account_manager) for change in moment.changes]
    assert [text for text in told_there if BUYER in text]
    assert [text for text in told_there if "waiting" in text and "sent" in text]
    assert not [text for text in told_there if "<script>" in text]


def test_what_answers_nothing_of_ours_is_not_filed(
    mailed: OfferMail, nothing_changed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    forged = f"offers+{mailed.pk}-{'a' * 32}@kam.example"
    strange = {"In-Reply-To": mailed.message_id}
    with nothing_changed():
        assert file_reply(answer(mailed, to=forged)) == "unknown"
        assert file_reply(answer(mailed, to="offers@kam.example")) == "unknown"
        assert file_reply(answer(mailed, to="kam@kam.example", sender="thief@else.example", headers=strange)) == "unknown"
        assert file_reply(b"\x00\x01 no mail at all") == "unreadable"
        assert file_reply(b"") == "unreadable"
        monkeypatch.setattr(reading, "LARGEST", 100)
        assert file_reply(answer(mailed)) == "too_large"
    assert "too_large" in caplog.text
    assert "4 % less" not in caplog.text


def test_an_answer_to_our_own_address_is_known_by_its_message_and_who_writes(mailed: OfferMail, matrix: Matrix) -> None:
    headers = {"References": f"<first@acme.example> {mailed.message_id}"}
    assert file_reply(answer(mailed, to="kam@kam.example", sender=BUYER.upper(), headers=headers)) == "filed"


def test_machines_are_filed_without_a_word_unless_the_mail_did_not_arrive(mailed: OfferMail, matrix: Matrix) -> None:
    away = answer(mailed, headers={"Auto-Submitted": "auto-replied"}, text="I am away.")
    assert file_reply(away) == "automatic"
    assert OfferMail.objects.get(state="received").automatic
    assert told("offer_answered") == set()
    returned = answer(mailed, sender="mailer-daemon@acme.example", message_id="<returned@acme.example>")
    returned = returned.replace(b'Content-Type: text/plain; charset="utf-8"', b"X-Was: text", 1).replace(
        b"MIME-Version: 1.0", b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"', 1
    )
    assert file_reply(returned) == "filed"
    [notice] = Notification.objects.filter(kind="offer_answered")
    notice.record = mailed.offer
    assert "could not be delivered" in notice.text()[0]


def test_a_mail_server_pipes_answers_into_a_command(mailed: OfferMail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(answer(mailed))))
    said = io.StringIO()
    call_command("file_reply", stdout=said)
    assert said.getvalue().strip() == "filed"
    assert OfferMail.objects.filter(state="received").count() == 1


def test_a_mailbox_is_read_by_imap_each_mail_once(mailed: OfferMail, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REPLY_MAILBOX = ""
    assert tasks.fetch_replies() == 0
    monkeypatch.setattr(tasks, "LARGEST", 5000)
    monkeypatch.setattr(reading, "LARGEST", 5000)
    large = answer(mailed, message_id="<large@acme.example>", text="x" * 9000)
    with Mailbox([b"Subject: nothing of ours\r\nFrom: a@b.example\r\n\r\nHello", answer(mailed), large]) as mailbox:
        settings.REPLY_MAILBOX = mailbox.address
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "file_reply", lambda raw: 1 // 0)
            assert (tasks.fetch_replies(), mailbox.read) == (0, set())
        assert (tasks.fetch_replies(), tasks.fetch_replies()) == (3, 0)
        mailbox.read.clear()
        assert tasks.fetch_replies() == 3
        mailbox.password = "another"
        with pytest.raises(IMAP4.error):
            tasks.fetch_replies()
    assert [one.message_id for one in OfferMail.objects.filter(state="received")] == ["<answer-1@acme.example>"]


def test_who_sends_reads_the_words_and_chooses(office: PostOffice, matrix: Matrix, approved: Offer, settings: Any) -> None:
    browser = client_for(matrix.account_manager)
    page = browser.get(f"/offers/{approved.pk}/send/").content.decode()
    assert "anbei unser Angebot" in page or "Angebot OF-IT" in page
    assert 'name="by_mail"' in page
    posted = {"sent_to": BUYER, "by_mail": "yes", "subject": "Our offer", "text": "Hello", "supersede": "on"}
    assert browser.post(f"/offers/{approved.pk}/send/", posted).status_code == 302
    mail = OfferMail.objects.get()
    assert (mail.subject, mail.text, mail.written_by) == ("Our offer", "Hello", matrix.account_manager)
    keep_print(approved)
    tasks.sweep_offer_mails()
    assert "/send-mail/" in browser.get(f"/offers/{approved.pk}/").content.decode()
    answered = browser.post(f"/offers/{approved.pk}/send-mail/", {"sent_to": "second@acme.example"})
    assert answered.status_code == 302
    assert tasks.sweep_offer_mails() == 1
    program = APIClient()
    program.force_authenticate(matrix.account_manager)
    sent = program.post(f"/api/v1/offers/{approved.pk}/mail/", {"sent_to": "third@acme.example"})
    assert sent.status_code == 200, sent.content
    rows = program.get("/api/v1/offer-mails/", {"offer": approved.pk, "ordering": "id"}).json()["results"]
    assert [(row["recipients"], row["state"]) for row in rows] == [
        ([BUYER], "sent"), (["second@acme.example"], "sent"), (["third@acme.example"], "waiting"),
    ]  # fmt: skip
    assert token_of(mail) not in str(rows)
    program.force_authenticate(matrix.account_manager2)
    assert program.get("/api/v1/offer-mails/").json()["count"] == 0
    settings.EMAIL_BACKEND, settings.DEMO = "django.core.mail.backends.filebased.EmailBackend", False
    assert 'name="by_mail"' not in browser.get(f"/offers/{approved.pk}/send/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_four_at_once_file_an_answer_once(office: PostOffice) -> None:
    plant = PlantFactory()
    offer = offered(plant, LocationFactory(country="IT"), status="sent", currency="EUR", by=UserFactory(role="sales_manager"))
    mail = offer.mails.create(recipients=[BUYER], subject="Our offer")
    raw, barrier, outcomes = answer(mail), threading.Barrier(4), list[str]()

    def run() -> None:
        try:
            barrier.wait()
            outcomes.append(file_reply(raw))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["filed", "known", "known", "known"]
    assert Document.objects.about(offer).count() == 1
