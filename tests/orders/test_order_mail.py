"""Orders and answers that come by e-mail: drafts with the mail as evidence, strangers left to a person, nothing lost and nothing twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from django.db import DatabaseError, transaction
from rest_framework.test import APIClient

from accounts import tasks
from accounts.actions import received_mails
from accounts.actions.received_mails import assign_mail, set_aside_mail, take_mail
from accounts.models import Contact, ReceivedMail
from kam.core.documents import Document
from kam.core.mailbox_access import MailboxAccess
from kam.core.notifications import Notification
from kam.core.sealed_text import unseal
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import discard_order, edit_order
from orders.models import Order
from tests.factories.accounts import ContactFactory, PlantFactory
from tests.factories.files import pdf
from tests.matrix import Matrix
from tests.pages import client_for
from tests.post_office import Mailbox
from tests.receiver import Receiver, make_authority

BUYER = "buyer@acme.example"


def letter(number: int = 1, **said: Any) -> bytes:
    """A mail with an order, as a customer's program makes it."""
    made = EmailMessage()
    made["From"] = said.get("sender", f"Ada Buyer <{BUYER}>")
    made["To"] = "orders@kam.example"
    made["Subject"] = said.get("subject", f"Order 4500{number}")
    made["Message-ID"] = said.get("message_id", f"<order-{number}@acme.example>")
    for name, value in said.get("headers", {}).items():
        made[name] = value
    made.set_content(said.get("text", "Please deliver 12 belts."))
    if "html" in said:
        made.set_content(said["html"], subtype="html")
    for name, content in said.get("files", {"order.pdf": pdf("Order")}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes(policy=policy.SMTP)


def take(raw: bytes, use: str = "orders") -> str:
    return take_mail(raw, use=use, mailbox="orders · mail.example/INBOX")


@pytest.fixture
def buyer(matrix: Matrix) -> Contact:
    """Whom we know at ACME Italy."""
    made: Contact = ContactFactory(customer=matrix.acme_it, plant=matrix.acme_it_plant, email=BUYER)
    return made


def to_do(record: Any) -> list[tuple[str, str]]:
    return [(item.kind, item.audience) for item in WorkItem.objects.on(record).open()]


def test_what_a_known_customer_sends_is_a_draft_with_the_order_attached(
    matrix: Matrix, buyer: Contact, nothing_changed: Callable[..., Any]
) -> None:
    raw = letter(files={"order.pdf": pdf("Order"), "terms.txt": b"Net 30", "run.exe": b"MZ program"})
    assert take(raw) == "filed"
    order = Order.objects.get()
    assert (order.status, order.number, order.channel, order.plant) == ("received", "", "mail", matrix.acme_it_plant)
    assert (order.contact, order.selling_location, order.entered_by) == (buyer, matrix.italy, None)
    assert "12 belts" in order.notes and "document" not in order.incomplete and "lines" in order.incomplete
    kept = Document.objects.about(order)
    assert {(one.original_name, one.type.code) for one in kept} == {
        ("mail.eml", "mail"), ("order.pdf", "purchase_order"), ("terms.txt", "other"),
    }  # fmt: skip
    original = kept.get(type__code="mail")
    assert original.file.read() == raw
    mail = ReceivedMail.objects.get()
    assert (mail.record, mail.plant, mail.state, mail.sender) == (order, matrix.acme_it_plant, "filed", BUYER)
    assert "run.exe" in mail.text
    office = matrix.italy.departments.get(function="back_office")
    assert to_do(order) == [("enter_mailed_order", office.audience)]
    with nothing_changed():
        assert take(raw) == "known"
        assert take(raw, "complaints") == "known"
    # Whoever completes it has entered it: another one reviews it.
    edited = edit_order(order, actor=matrix.back_office_it, customer_reference="45001")
    assert edited.entered_by == matrix.back_office_it
    page = client_for(matrix.back_office_it).get(f"/orders/{order.pk}/").content.decode()
    assert "order.pdf" in page or "order" in page
    with pytest.raises(DatabaseError), transaction.atomic():
        mail.delete()


def test_an_unknown_sender_is_neither_lost_nor_trusted(matrix: Matrix, buyer: Contact) -> None:
    assert take(letter(sender="stranger@else.example", html="<p>Hello</p><script>alert(1)</script><img src=x onerror=a()>")) == (
        "to_assign"
    )
    assert Order.objects.count() == 0
    mail = ReceivedMail.objects.get()
    assert "alert" not in mail.text and "Hello" in mail.text
    assert to_do(mail) == [("assign_mail", "role:back_office")]
    assert Document.objects.about(mail).count() == 2
    for who, status in ((matrix.back_office_it, 200), (matrix.sales_manager, 200), (matrix.account_manager, 404),
                        (matrix.area_manager_us, 404), (matrix.technical_it, 404), (matrix.management, 404), (matrix.nobody, 404)):  # fmt: skip
        answer = client_for(who).get(f"/mails/{mail.pk}/")
        assert answer.status_code == status, who
    page = client_for(matrix.back_office_it).get(f"/mails/{mail.pk}/").content.decode()
    assert "<script>alert" not in page and "onerror" not in page
    assert Document.objects.visible_to(matrix.back_office_it).count() == 2
    assert Document.objects.visible_to(matrix.account_manager).count() == 0


@pytest.mark.parametrize("change", ["left", "two_customers", "two_plants", "closed", "forged_number"])
def test_whose_it_is_must_be_sure(matrix: Matrix, buyer: Contact, change: str) -> None:
    subject = "Order"
    if change == "left":
        Contact.objects.filter(pk=buyer.pk).update(is_active=False)
    elif change == "two_customers":
        ContactFactory(customer=matrix.beta, email=BUYER.upper())
    elif change == "two_plants":
        PlantFactory(customer=matrix.acme_it)
        Contact.objects.filter(pk=buyer.pk).update(plant=None)
    elif change == "closed":
        matrix.acme_it.status = "closed"
        type(matrix.acme_it).objects.filter(pk=matrix.acme_it.pk).update(status="closed")
        Contact.objects.filter(pk=buyer.pk).update(is_active=False)
    else:
        assert take(letter(1)) == "filed"
        order = Order.objects.get()
        Order.objects.filter(pk=order.pk).update(
            number="SO-IT-2026-00001", registered_at=datetime.now(UTC), customer_reference="X", customer_date="2026-01-01"
        )
        assert take(letter(2, subject="About SO-IT-2026-00001", sender="thief@else.example")) == "to_assign"
        return
    assert take(letter(subject=subject)) == "to_assign"
    assert Order.objects.count() == 0


def test_a_person_assigns_it_to_a_plant_or_to_what_it_belongs_to(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    clerk = matrix.back_office_it
    assert [take(letter(number, sender="stranger@else.example")) for number in (1, 2, 3)] == ["to_assign"] * 3
    first, second, third = ReceivedMail.objects.order_by("pk")

    def refused(code: str, mail: ReceivedMail = first, verb: Any = assign_mail, actor: Any = clerk, **said: Any) -> None:
        with nothing_changed(), pytest.raises(Denied) as found:
            verb(ReceivedMail.objects.get(pk=mail.pk), actor=actor, **said)
        assert found.value.code == code

    refused("plant_or_number")
    refused("plant_or_number", plant=matrix.acme_it_plant, number="SO-IT-2026-00001")
    refused("unknown_number", number="SO-IT-2026-00001")
    refused("unknown_use", plant=matrix.acme_it_plant, use="love")
    refused("not_permitted", plant=matrix.acme_it_plant, actor=matrix.account_manager)
    refused("reason_missing", verb=set_aside_mail)
    browser = client_for(clerk)
    assert browser.get(f"/mails/{first.pk}/assign/").status_code == 200
    answered = browser.post(f"/mails/{first.pk}/assign/", {"plant": matrix.acme_it_plant.pk, "use": "orders"})
    assert answered.status_code == 302, answered.content
    order = Order.objects.get()
    assert (order.entered_by, order.channel, answered["Location"]) == (clerk, "mail", order.get_absolute_url())
    assert to_do(first) == [] and Document.objects.about(order).count() == 2
    refused("mail_filed", plant=matrix.acme_it_plant)
    refused("mail_filed", verb=set_aside_mail, reason="Advertising")
    Order.objects.filter(pk=order.pk).update(
        number="SO-IT-2026-00001", registered_at=datetime.now(UTC), customer_reference="X", customer_date="2026-01-01"
    )
    program = APIClient()
    program.force_authenticate(clerk)
    sent = program.post(f"/api/v1/received-mails/{second.pk}/assign/", {"number": "so-it-2026-00001"})
    assert sent.status_code == 200, sent.content
    assert (sent.json()["record_type"], sent.json()["record_id"]) == ("orders.order", order.pk)
    assert Document.objects.about(order).count() == 4
    put = program.post(f"/api/v1/received-mails/{third.pk}/set-aside/", {"reason": "Advertising"})
    assert (put.status_code, put.json()["state"], to_do(third)) == (200, "set_aside", [])
    refused("mail_aside", third, set_aside_mail, reason="Again")
    assign_mail(ReceivedMail.objects.get(pk=third.pk), actor=clerk, plant=matrix.acme_it_plant)
    assert Order.objects.count() == 2


def test_an_answered_thread_goes_to_its_order_and_who_serves_it_is_told(matrix: Matrix, buyer: Contact) -> None:
    assert take(letter(1)) == "filed"
    order = Order.objects.get()
    headers = {"In-Reply-To": "<order-1@acme.example>"}
    ContactFactory(customer=matrix.acme_it, plant=matrix.acme_it_plant, email="second@acme.example")
    assert take(letter(2, sender="second@acme.example", headers=headers, subject="Re: Order", files={})) == "filed"
    assert take(letter(3, sender="thief@else.example", headers=headers)) == "to_assign"
    Order.objects.filter(pk=order.pk).update(
        number="SO-IT-2026-00001", registered_at=datetime.now(UTC), customer_reference="X", customer_date="2026-01-01"
    )
    assert take(letter(4, subject="Your so-it-2026-00001: another date", files={"new.pdf": pdf("New")})) == "filed"
    assert Order.objects.count() == 1
    assert {mail.message_id for mail in ReceivedMail.objects.filter(filed_id=order.pk)} == {
        f"<order-{number}@acme.example>" for number in (1, 2, 4)
    }
    told = Notification.objects.filter(kind="mail_filed")
    assert {one.reader for one in told} == {matrix.account_manager} and told.count() == 2
    assert "SO-IT-2026-00001" in (told.order_by("-pk")[0].text()[0])


def test_a_draft_that_is_discarded_gives_its_mail_back(matrix: Matrix, buyer: Contact) -> None:
    assert take(letter()) == "filed"
    discard_order(Order.objects.get(), actor=matrix.back_office_it)
    mail = ReceivedMail.objects.get()
    assert (mail.state, mail.record, Document.objects.about(mail).count()) == ("set_aside", None, 2)
    assert not WorkItem.objects.open().filter(kind="enter_mailed_order").exists()
    assign_mail(mail, actor=matrix.back_office_it, plant=matrix.acme_it_plant)
    assert Document.objects.about(Order.objects.get()).count() == 2


def test_two_hundred_attachments_are_kept_inside_the_mail(matrix: Matrix, buyer: Contact) -> None:
    raw = letter(files={f"page{number}.txt": b"One page" for number in range(200)})
    assert take(raw) == "filed"
    order, mail = Order.objects.get(), ReceivedMail.objects.get()
    assert Document.objects.about(order).count() == 61
    assert Document.objects.about(order).get(type__code="mail").file.read() == raw
    assert "140 further attachments" in mail.text


def test_what_cannot_be_read_or_filed_is_kept_for_a_person(
    matrix: Matrix, buyer: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert take(b"\x00\x01 no mail at all") == "to_assign"
    assert take(b"\x00\x01 no mail at all") == "known"
    assert ReceivedMail.objects.get().note
    with monkeypatch.context() as patch:
        patch.setattr(received_mails, "_take", lambda *_told: 1 // 0)
        assert take(letter(2)) == "to_assign"
    assert ReceivedMail.objects.get(message_id="<order-2@acme.example>").note == "It could not be filed by itself."
    with monkeypatch.context() as patch:
        patch.setattr(received_mails, "LARGEST", 2000)
        assert take(letter(3, text="x" * 5000)) == "to_assign"
    large = ReceivedMail.objects.get(message_id="<order-3@acme.example>")
    assert "larger than" in large.note and Document.objects.about(large).get(type__code="mail").size == 2000
    assert take(letter(4, headers={"Auto-Submitted": "auto-replied"}, text="I am away", files={})) == "set_aside"
    assert take(letter(5, headers={"Auto-Submitted": "auto-generated"})) == "filed", "an ERP's orders are written by a program"


def test_mailboxes_are_read_each_on_its_own_and_nothing_is_lost_or_taken_twice(
    matrix: Matrix, buyer: Contact, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Mailbox([letter(1), letter(2)]) as mailbox:
        away = "imap://orders:word@127.0.0.1:1/INBOX"
        settings.MAILBOXES = {"orders": [away, mailbox.address], "complaints": []}
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "take_mail", lambda raw, **_where: 1 // 0)
            assert (tasks.fetch_mails(), mailbox.read) == (0, set())
        assert (tasks.fetch_mails(), mailbox.read) == (2, {1, 2})
        mailbox.read.clear()  # the worker died before it could say so
        assert tasks.fetch_mails() == 2
        assert Order.objects.count() == 2
    failed, read = MailboxAccess.objects.order_by("read_at")[1], MailboxAccess.objects.order_by("read_at")[0]
    assert (read.last_error, read.read_at is not None, failed.read_at) == ("", True, None)
    assert failed.last_error and "word" not in failed.mailbox + failed.last_error
    assert client_for(matrix.administrator).get("/support/core/mailboxaccess/").status_code == 200
    assert client_for(matrix.sales_manager).get("/support/core/mailboxaccess/").status_code in {302, 403}


def test_a_mail_is_one_transaction_with_what_it_becomes(
    matrix: Matrix, buyer: Contact, nothing_changed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_told: Any) -> None:
        raise SystemExit

    with nothing_changed(), monkeypatch.context() as patch:
        patch.setattr(received_mails, "_note_filed", killed)
        with pytest.raises(SystemExit):
            take(letter())
    assert (take(letter()), take(letter())) == ("filed", "known")


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[Receiver]:
    """Who gives out the tokens of a mail server."""
    files = make_authority(tmp_path, "localhost")
    settings.OUTGOING_CA, settings.OUTGOING_HOSTS = str(files[0]), ["localhost"]
    with Receiver(files[1]) as server:
        yield server


def test_a_mailbox_is_opened_by_oauth2_and_keeps_the_newest_token(
    matrix: Matrix, buyer: Contact, settings: Any, authority: Receiver
) -> None:
    asked: list[str] = []

    def give(request: Any) -> tuple[int, dict[str, str], bytes]:
        said = parse_qs(request.body.decode())
        asked.append(said["refresh_token"][0])
        assert (said["grant_type"], said["client_id"], said["client_secret"]) == (["refresh_token"], ["kam"], ["s & t"])
        return 200, {}, b'{"access_token": "key-%d", "refresh_token": "next-%d"}' % (len(asked), len(asked))

    authority.answer = give
    with Mailbox([letter(1), letter(2)]) as mailbox:
        mailbox.token = "key-1"
        query = f"token_url={quote(authority.address)}&client_id=kam&client_secret={quote('s & t')}&refresh_token=first"
        url = f"imap://orders%40kam.example@127.0.0.1:{mailbox.server.server_address[1]}/INBOX?{query}"
        settings.MAILBOXES = {"orders": [url], "complaints": []}
        assert tasks.fetch_mails() == 2
        kept = MailboxAccess.objects.get()
        assert kept.refresh_token != "next-1" and unseal(kept.refresh_token) == "next-1"
        mailbox.token, mailbox.read = "another", {1}
        assert tasks.fetch_mails() == 0
        assert "AUTHENTICATE" in MailboxAccess.objects.get().last_error.upper() or MailboxAccess.objects.get().last_error
        mailbox.token = "key-3"
        assert tasks.fetch_mails() == 1
        assert asked == ["first", "next-1", "next-2"]
        settings.MAILBOXES = {"orders": [url.replace("=first", "=given+anew")], "complaints": []}
        tasks.fetch_mails()
        assert asked[-1] == "given anew"
        authority.answer = (400, {}, b'{"error": "invalid_grant"}')
        assert tasks.fetch_mails() == 0
        assert "invalid_grant" in MailboxAccess.objects.get().last_error
