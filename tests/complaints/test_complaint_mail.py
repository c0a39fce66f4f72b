"""Complaints that come by e-mail: taken in with alert and the mail as evidence; answers go to their complaint; photos within bounds."""

import io
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.actions.received_mails import assign_mail, take_mail
from accounts.models import Contact, ReceivedMail
from complaints.actions import receive_complaint, send_receipt
from complaints.models import Complaint, ComplaintLetter
from kam.core import uploads
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.jobs import run as run_job
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.files import image
from tests.matrix import Matrix

WRITER = "quality@acme.example"


def letter(number: int = 1, **said: Any) -> bytes:
    """What a customer's quality writes."""
    made = EmailMessage()
    made["From"] = said.get("sender", f"Ada Quality <{WRITER}>")
    made["Subject"] = said.get("subject", "Belts tear")
    made["Message-ID"] = f"<complaint-{number}@acme.example>"
    for name, value in said.get("headers", {}).items():
        made[name] = value
    made.set_content(said.get("text", "Twelve belts tear at the joint."))
    for name, content in said.get("files", {"joint.png": image()}).items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes(policy=policy.SMTP)


def take(raw: bytes) -> str:
    return take_mail(raw, use="complaints", mailbox="complaints · mail.example/INBOX")


@pytest.fixture
def writer(matrix: Matrix) -> Contact:
    """Whom we know at ACME Italy."""
    made: Contact = ContactFactory(customer=matrix.acme_it, plant=matrix.acme_it_plant, email=WRITER)
    return made


def test_a_mail_of_a_known_customer_is_a_complaint_with_alert(
    matrix: Matrix, writer: Contact, nothing_changed: Callable[..., Any]
) -> None:
    raw = letter()
    assert take(raw) == "filed"
    one = Complaint.objects.get()
    assert (one.number[:6], one.channel, one.status, one.contact) == ("RC-IT-", "mail", "received", writer)
    assert one.text == "Belts tear\n\nTwelve belts tear at the joint."
    assert {item.kind for item in WorkItem.objects.on(one).open()} == {"acknowledge_complaint", "complete_complaint"}
    assert Notification.objects.filter(kind="complaint_received", reader=matrix.account_manager).count() == 1
    kept = Document.objects.about(one)
    assert {(doc.original_name, doc.type.code) for doc in kept} == {("mail.eml", "mail"), ("joint.png", "photo")}
    assert kept.get(type__code="mail").file.read() == raw
    with nothing_changed():
        assert take(raw) == "known"


def test_answers_go_to_their_complaint(matrix: Matrix, writer: Contact) -> None:
    assert take(letter(1)) == "filed"
    one = send_receipt(Complaint.objects.get(), actor=matrix.quality_it, sent_to=WRITER)
    receipt = ComplaintLetter.objects.get()
    assert take(letter(2, headers={"References": f"<x@y> {receipt.message_id}"}, subject="Re: Your complaint")) == "filed"
    assert take(letter(3, subject=f"Photos for {one.number.lower()}")) == "filed"
    assert take(letter(4, headers={"In-Reply-To": receipt.message_id}, sender="thief@else.example")) == "to_assign"
    assert Complaint.objects.count() == 1
    assert Document.objects.about(one).filter(type__code="mail").count() == 3
    assert Notification.objects.filter(kind="mail_filed", reader=matrix.account_manager).count() == 2


def test_of_a_stranger_quality_decides(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    assert take(letter(1, sender="stranger@else.example")) == "to_assign"
    mail = ReceivedMail.objects.get()
    [item] = WorkItem.objects.on(mail).open()
    assert (item.audience, Complaint.objects.count()) == ("role:quality", 0)
    assert ReceivedMail.objects.visible_to(matrix.quality_it).exists()
    with nothing_changed(), pytest.raises(Denied) as refused:
        assign_mail(mail, actor=matrix.quality_it, plant=matrix.acme_it_plant, use="orders")
    assert refused.value.code == "not_permitted", "quality enters no orders"
    assign_mail(mail, actor=matrix.quality_it, plant=matrix.acme_it_plant)
    one = Complaint.objects.get()
    assert (one.reported_by, one.channel, one.plant) == (matrix.quality_it, "mail", matrix.acme_it_plant)
    assert Document.objects.about(one).count() == 2


def _photo(megabytes: int, side: int = 3000) -> SimpleUploadedFile:
    """A photo of so many megabytes."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "JPEG", quality=60)
    content = out.getvalue()
    return SimpleUploadedFile("phone.jpg", content + b"\0" * (megabytes * 1024 * 1024 - len(content)), "image/jpeg")


def test_a_photo_of_forty_megabytes_is_shrunk_and_its_original_kept_within_a_limit(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch, nothing_changed: Callable[..., Any]
) -> None:
    values = {"actor": matrix.quality_it, "plant": matrix.acme_it_plant, "text": "Belts tear"}
    one = receive_complaint(Complaint, photos=[_photo(40)], **values)
    [kept] = Document.objects.about(one)
    assert kept.size == 40 * 1024 * 1024
    for job in Job.objects.filter(kind="core.process_document"):
        assert run_job(job.pk) == "done"
    kept.refresh_from_db()
    assert kept.preview_state == "ready"
    assert kept.preview_type == "image/jpeg" and kept.preview.size < kept.size / 20
    with Image.open(kept.preview.open()) as shown:
        assert max(shown.size) <= 1600
    with kept.file.open() as original:
        assert len(original.read()) == 40 * 1024 * 1024
    monkeypatch.setattr(uploads, "MAX_BYTES", 10 * 1024 * 1024)
    with nothing_changed(), pytest.raises(Denied) as refused:
        receive_complaint(Complaint, photos=[_photo(11)], **values)
    assert refused.value.code == "file_size"
