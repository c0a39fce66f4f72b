"""E-mails that file themselves: .eml and .msg become activities with sender, day, words and attachments; broken ones are refused."""

import struct
from email.message import EmailMessage
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile

from accounts.actions.letter import file_letter
from accounts.models import Activity, Customer
from kam.core.documents import Document
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.compound import compound_file
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
LOGS = ("kam_api_quota", "django_session")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def eml(**changes: Any) -> bytes:
    """An e-mail from ACME's contact with a PDF, a program and a picture in its signature."""
    mail = EmailMessage()
    mail["From"] = changes.get("sender", '"Grace Hopper" <HOPPER@customer.example>')
    mail["To"] = changes.get("to", "account.manager@kam.example")
    mail["Subject"] = changes.get("subject", "Volumes for line 7 – Überblick")
    mail["Date"] = changes.get("date", "Mon, 02 Mar 2026 09:41:00 +0100")
    if changes.get("message_id", True):
        mail["Message-ID"] = "<one@customer.example>"
    if "html" in changes:
        mail.set_content(changes["html"], subtype="html")
    else:
        mail.set_content(changes.get("text", "Hello,\n60 pieces a month.\n"))
    if changes.get("attached", True):
        mail.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
        mail.add_attachment(b"MZ program", maintype="application", subtype="octet-stream", filename="setup.exe")
        mail.add_attachment(PNG, maintype="image", subtype="png", filename="logo.png", disposition="inline", cid="<logo>")
    return mail.as_bytes()


def msg() -> bytes:
    """The same from Outlook, with a PDF: each property is listed, its value stands in a stream of its own."""
    attach = "__attach_version1.0_#00000000"
    words = {
        0x0037: "Samples GE-90",
        0x1000: "Ten pieces, please.",
        0x0C1A: "Grace Hopper",
        0x0C1F: "hopper@customer.example",
        0x1035: "<outlook@customer.example>",
    }
    streams = {f"__substg1.0_{number:04X}001F": value.encode("utf-16-le") for number, value in words.items()}
    listed = b"".join(struct.pack("<IIII", number << 16 | 0x1F, 6, 2 * len(value) + 2, 0) for number, value in words.items())
    sent = struct.pack("<IIQ", 0x00390040, 6, 134_169_000_000_000_000)
    content = b"%PDF-1.4 order " + b"x" * 5000
    entries = [(0x37050003, 1), (0x3707001F, 20), (0x37010102, len(content))]
    return compound_file(
        {
            "__properties_version1.0": struct.pack("<8x4I8x", 0, 1, 0, 1) + listed + sent,
            **streams,
            f"{attach}/__properties_version1.0": b"\0" * 8
            + b"".join(struct.pack("<IIII", tag, 6, value, 0) for tag, value in entries),
            f"{attach}/__substg1.0_3707001F": "order.pdf".encode("utf-16-le"),
            f"{attach}/__substg1.0_37010102": content,
        }
    )


def file_of(content: bytes, name: str = "mail.eml") -> ContentFile:
    """The content as an uploaded file."""
    return ContentFile(content, name=name)


@pytest.fixture(autouse=True)
def _address(matrix: Matrix) -> None:
    matrix.acme_us_contact.email = "hopper@customer.example"
    matrix.acme_us_contact.save()


def documents(activity: Activity) -> dict[str, str]:
    """The documents of an activity: file name and type."""
    return {one.original_name: one.type.code for one in Document.objects.about(activity)}


def test_an_eml_finds_its_sender_and_keeps_its_parts(matrix: Matrix) -> None:
    made = file_letter(file_of(eml()), actor=matrix.account_manager)
    assert (made.kind, made.status, made.subject) == ("mail", "done", "Volumes for line 7 – Überblick")
    assert (made.customer, made.plant, list(made.contacts.all())) == (
        matrix.acme_us,
        matrix.acme_us_plant,
        [matrix.acme_us_contact],
    )
    assert made.starts_at.isoformat() == "2026-03-02T08:41:00+00:00"
    assert "60 pieces a month." in made.text and "setup.exe" in made.text
    assert documents(made) == {"mail.eml": "mail", "plan.pdf": "other"}


def test_a_msg_of_outlook_is_read_like_any_mail(matrix: Matrix) -> None:
    made = file_letter(file_of(msg(), "samples.msg"), actor=matrix.account_manager, record=matrix.acme_us)
    assert (made.subject, made.text, made.message_id) == ("Samples GE-90", "Ten pieces, please.", "<outlook@customer.example>")
    assert list(made.contacts.all()) == [matrix.acme_us_contact]
    assert documents(made) == {"samples.msg": "mail", "order.pdf": "other"}


def test_the_same_message_twice_is_one_activity(matrix: Matrix, nothing_changed: Any) -> None:
    made = file_letter(file_of(eml()), actor=matrix.account_manager)
    with nothing_changed():
        assert file_letter(file_of(eml(subject="Copy")), actor=matrix.account_manager, record=matrix.acme_it) == made
    other = file_letter(file_of(eml()), actor=matrix.area_manager_us)
    assert other != made
    nameless = [file_letter(file_of(content), actor=matrix.account_manager).pk for content in [eml(message_id=False)] * 2]
    assert nameless[0] == nameless[1]


def test_html_becomes_words_and_loads_nothing(matrix: Matrix) -> None:
    page = '<html><head><title>T</title><style>p{}</style></head><body><p>Dear <b>Elena</b>,</p><script>alert(1)</script><img src="https://spy.example/x.png">See&nbsp;you</body></html>'
    made = file_letter(file_of(eml(html=page, attached=False)), actor=matrix.account_manager)
    assert made.text == "Dear Elena,\nSee you"


def test_hidden_letters_and_wild_headers_do_no_harm(matrix: Matrix) -> None:
    raw = (
        b"From: =?utf-8?q?=00bad?= <x@y.example>\r\nSubject: "
        + "\u202eevil ".encode()
        + b"x" * 5000
        + b"\r\nDate: yesterday\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nbody \x07 end\r\n"
    )
    made = file_letter(file_of(raw), actor=matrix.account_manager, record=matrix.acme_it)
    assert len(made.subject) <= 200 and "\u202e" not in made.subject and "\x07" not in made.text
    assert made.customer == matrix.acme_it


def test_a_mail_of_ours_finds_the_contact_among_its_readers(matrix: Matrix) -> None:
    made = file_letter(
        file_of(eml(sender="account.manager@kam.example", to="hopper@customer.example")), actor=matrix.account_manager
    )
    assert (made.customer, list(made.contacts.all())) == (matrix.acme_us, [matrix.acme_us_contact])


def test_a_foreign_contact_is_not_found(matrix: Matrix) -> None:
    made = file_letter(file_of(eml()), actor=matrix.account_manager2)
    assert (made.customer, list(made.contacts.all())) == (None, [])
    assert "HOPPER@customer.example".lower() in made.text.lower()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("mail.eml", b"", "file_empty"),
        ("mail.eml", b"nothing like a mail", "file_kind"),
        ("mail.pdf", b"%PDF-1.4", "not_a_mail"),
        ("mail.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "mail_unreadable"),
        ("mail.msg", msg()[:1500], "mail_unreadable"),
        ("mail.exe", b"MZ", "file_kind"),
    ],
)
def test_what_is_no_mail_is_refused_and_nothing_is_written(
    matrix: Matrix, nothing_changed: Any, name: str, content: bytes, code: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        file_letter(file_of(content, name), actor=matrix.account_manager, record=matrix.acme_it)
    assert (refused.value.code, refused.value.field) == (code, "file")


def test_a_mail_dropped_on_a_customer_files_itself(matrix: Matrix) -> None:
    browser = as_(matrix.account_manager)
    kind = ContentType.objects.get_for_model(Customer).pk
    address = next(
        panel.address
        for panel in browser.get(f"/customers/{matrix.acme_de.pk}/").context["tabs"]
        if panel.panel.name == "documents"
    )
    assert str(kind) in address
    form = browser.get(address)
    kind_of_document = form.context["form"].fields["type"].queryset.get(code="other").pk
    response = browser.post(address, {"file": file_of(eml(), "note.eml"), "type": kind_of_document, "private": "on"})
    made = Activity.objects.get()
    assert (response.status_code, response["Location"]) == (302, made.get_absolute_url())
    assert (made.customer, made.private) == (matrix.acme_de, True)
    assert not Document.objects.about(matrix.acme_de).exists()
    refused = browser.post(
        address, {"file": file_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "x.msg"), "type": kind_of_document}
    )
    assert refused.status_code == 422 and "damaged" in refused.content.decode()
    assert Activity.objects.count() == 1


def test_by_rest(matrix: Matrix, nothing_changed: Any) -> None:
    leader = api(matrix.account_manager)
    made = leader.post(
        "/api/v1/activities/from-mail/", {"file": file_of(eml()), "plant": matrix.acme_us_plant.pk}, format="multipart"
    )
    assert made.status_code == 201, made.json()
    again = leader.post("/api/v1/activities/from-mail/", {"file": file_of(eml())}, format="multipart")
    assert again.json()["id"] == made.json()["id"]
    with nothing_changed(apart_from=LOGS):
        wrong = leader.post("/api/v1/activities/from-mail/", {"file": file_of(b"%PDF-1.4", "a.pdf")}, format="multipart")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "not_a_mail")
        foreign = leader.post(
            "/api/v1/activities/from-mail/",
            {"file": file_of(eml(message_id=False)), "customer": matrix.beta.pk},
            format="multipart",
        )
        assert foreign.status_code == 400
        assert leader.post("/api/v1/activities/from-mail/", {}, format="multipart").status_code == 400
        refused = api(matrix.auditor).post("/api/v1/activities/from-mail/", {"file": file_of(eml())}, format="multipart")
        assert refused.status_code == 403
