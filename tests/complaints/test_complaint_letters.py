"""Letters about complaints: printed in the customer's language, kept with their hash, mailed once with their print; and our own prints."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from complaints import tasks
from complaints.actions import (
    add_cost,
    approve_settlement,
    decline_settlement,
    finish_containment,
    propose_rejection,
    reject_complaint,
    reopen_complaint,
    send_answer,
    send_letter,
    withdraw_complaint,
)
from complaints.actions.letters import given_up
from complaints.documents import complaint_label, credit_request, keep_complaint_letter, report_print
from complaints.models import Complaint, ComplaintCost, ComplaintLetter
from kam.core import clock
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.printing import Contents, render
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.complaints import assessed, complained, contained, settled
from tests.factories.files import words_of_print
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client

TO = "ada@acme.example"


@pytest.fixture
def complaint(matrix: Matrix) -> Complaint:
    """A complaint of somebody who reads German, with a cost."""
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de", email=TO)
    made = complained(
        matrix.acme_us_plant, matrix.usa, matrix.italy, contact=contact, customer_reference="Q-4711", customer_part="P 12",
        returned=Decimal(3), invoice="INV-9", batch="B-77",
    )  # fmt: skip
    add_cost(
        ComplaintCost,
        actor=None,
        complaint=made,
        kind="debit",
        incurred_on=clock.today(),
        amount=Decimal("98765.43"),
        note="DBT-1",
    )
    return made


def keep(letter: ComplaintLetter, report: Any) -> dict[str, int]:
    return keep_complaint_letter(Job.objects.filter(kind="complaints.keep_letter", params__letter=letter.pk).latest("pk"), report)


def printed(contents: Contents, report: Any, actor: Any = None) -> str:
    path = report.file("print.pdf")
    render(contents, path, actor=actor)
    return words_of_print(path.read_bytes())


def found(complaint: Complaint, matrix: Matrix) -> Complaint:
    """Found not justified, not rejected yet."""
    return propose_rejection(
        assessed(complaint), actor=matrix.quality_it, grounds="It is within revision B, record of measuring 12."
    )


def test_the_report_is_mailed_once_with_its_kept_print(matrix: Matrix, complaint: Complaint, report: Any) -> None:
    one = contained(complaint)
    answer = api_client(matrix.quality_it).post(
        f"/api/v1/complaints/{one.pk}/finish-containment/", {"by_mail": True}, format="json"
    )
    assert answer.status_code == 200 and answer.json()["contained_to"] == TO, answer.content
    letter = ComplaintLetter.objects.get()
    assert (letter.kind, letter.state, letter.recipients, letter.written_by) == ("3d", "waiting", [TO], matrix.quality_it)
    assert tasks.sweep_complaint_letters() == 0, "nothing goes out before its print is kept"
    assert (keep(letter, report), keep(letter, report)) == ({"kept": 1}, {"kept": 0})
    with transaction.atomic():
        assert tasks.deliver_complaint_letter(letter.pk)
        transaction.set_rollback(True)  # the worker dies after the server has taken it
    assert (tasks.sweep_complaint_letters(), tasks.sweep_complaint_letters(), tasks.deliver_complaint_letter(letter.pk)) == (
        1,
        0,
        False,
    )
    first, again = mail.outbox
    assert first.message()["Message-ID"] == again.message()["Message-ID"] == letter.message_id
    kept = Document.objects.about(one).get(type__code="print")
    letter.refresh_from_db()
    assert (letter.state, letter.document, letter.sha256) == ("sent", kept, kept.sha256)
    [(name, content, _type)] = again.attachments
    assert name.endswith(".pdf") and content == kept.file.read() and again.reply_to == [matrix.quality_it.email]
    assert one.number in again.subject and "3D-Report" in again.subject and "Q-4711" in again.body
    page = client_for(matrix.quality_it).get(one.get_absolute_url()).content.decode()
    assert kept.sha256 in page and kept.original_name in page and f"/complaint-letters/{letter.pk}/send/" not in page


def test_what_cannot_be_mailed_is_refused_wherever_a_letter_goes_out(
    matrix: Matrix, complaint: Complaint, settings: Any, nothing_changed: Callable[..., Any]
) -> None:
    other = complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    cases = [
        (finish_containment, contained(complaint), matrix.quality_it, {}),
        (send_answer, assessed(other), matrix.quality_it, {"answer": "The joint was not cured."}),
        (reject_complaint, found(complained(matrix.acme_us_plant, matrix.usa, matrix.italy), matrix), matrix.account_manager, {}),
    ]

    def refused(code: str, **values: Any) -> None:
        for act, record, actor, more in cases:
            with nothing_changed(), pytest.raises(Denied) as denied:
                act(record, actor=actor, **more, **values)
            assert denied.value.code == code, act

    refused("bad_address", by_mail=True, sent_to="ada")
    complaint.contact.email = ""
    complaint.contact.save()
    refused("no_recipient", by_mail=True)
    settings.EMAIL_BACKEND, settings.DEMO = "django.core.mail.backends.filebased.EmailBackend", False
    refused("no_mail_server", by_mail=True, sent_to=TO)
    page = client_for(matrix.quality_it).get(f"/complaints/{complaint.pk}/contained/").content.decode()
    assert 'name="sent_to"' in page and 'name="by_mail"' not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("could not be confirmed", "open it again", "recognises no obligation")),
        ("it", ("non ha trovato conferma", "riapriamo", "non riconosce alcun obbligo")),
        ("de", ("konnte nicht bestätigt werden", "nehmen den Vorgang dann wieder auf", "erkennt keine Verpflichtung an")),
    ],
)
def test_the_rejection_says_what_was_found_and_what_the_customer_can_do(
    matrix: Matrix, complaint: Complaint, report: Any, language: str, words: tuple[str, ...]
) -> None:
    complaint.contact.language = language
    complaint.contact.save()
    one = found(complaint, matrix)
    assert report_print(f"{one.pk}:8d", actor=matrix.quality_it).form == "complaint_report", "nobody has agreed yet"
    sent = client_for(matrix.account_manager).post(f"/complaints/{one.pk}/reject/", {"by_mail": "on", "version": one.version})
    assert sent.status_code == 302, sent.content
    letter = ComplaintLetter.objects.get()
    assert (letter.kind, letter.language, letter.recipients) == ("rejection", language, [TO])
    keep(letter, report)
    letter.refresh_from_db()
    said = words_of_print(letter.document.file.read())
    for part in (*words, one.number, "Q-4711", "record of measuring 12", "MOD 05-01-03"):
        assert part in said, part
    assert "98765" not in said.replace(".", "").replace(",", "") and "DBT-1" not in said
    again = report_print(f"{one.pk}:8d", actor=matrix.account_manager)
    assert (again.form, again.draft) == ("complaint_rejection", False)
    reopened = reopen_complaint(one, actor=matrix.area_manager_us, reason="They contest it")
    assert report_print(f"{reopened.pk}:8d", actor=matrix.account_manager).form == "complaint_report"


def test_what_did_not_arrive_is_mailed_again_in_the_name_of_who_does_it(
    matrix: Matrix, complaint: Complaint, report: Any, nothing_changed: Callable[..., Any]
) -> None:
    send_answer(assessed(complaint), actor=matrix.quality_it, answer="The joint was not cured.", by_mail=True)
    letter = ComplaintLetter.objects.get()
    with nothing_changed(), pytest.raises(Denied) as refused:
        send_letter(letter, actor=matrix.area_manager_us)
    assert refused.value.code == "not_to_be_sent"
    job = Job.objects.get(kind="complaints.keep_letter")
    given_up(job, "Typst refused it")
    letter.refresh_from_db()
    assert (letter.state, letter.last_error) == ("failed", "Typst refused it")
    told = Notification.objects.filter(kind="complaint_letter_not_sent")
    assert {matrix.quality_it, matrix.account_manager} <= {one.reader for one in told}
    path = f"/api/v1/complaint-letters/{letter.pk}/"
    assert api_client(matrix.area_manager_de).post(f"{path}send/", {}, format="json").status_code == 404
    assert client_for(matrix.area_manager_de).get(f"/complaint-letters/{letter.pk}/send/").status_code == 404
    with nothing_changed(), pytest.raises(Denied) as refused:
        send_letter(letter, actor=matrix.area_manager_us, sent_to="ada")
    assert refused.value.code == "bad_address"
    answer = api_client(matrix.area_manager_us).post(f"{path}send/", {"sent_to": "bob@acme.example"}, format="json")
    assert (answer.status_code, answer.json()["state"]) == (200, "waiting"), answer.content
    keep(letter, report)
    assert (tasks.sweep_complaint_letters(), tasks.sweep_complaint_letters()) == (1, 0)
    [message] = mail.outbox
    assert (message.to, message.reply_to) == (["bob@acme.example"], [matrix.area_manager_us.email])
    assert str(matrix.area_manager_us) in message.body and str(matrix.quality_it) not in message.body
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        ComplaintLetter.objects.filter(pk=letter.pk).update(contents={})


def test_the_credit_request_says_what_who_and_why_and_no_cost(matrix: Matrix, complaint: Complaint, report: Any) -> None:
    settlement = settled(assessed(complaint), "2500.00")
    draft = credit_request(str(settlement.pk), actor=matrix.finance_it)
    assert draft.draft and draft.confidential and draft.language == matrix.finance_it.language
    approve_settlement(settlement, actor=matrix.users["sales_manager"])
    contents = credit_request(str(settlement.pk), actor=matrix.finance_it)
    said = printed(contents, report, matrix.finance_it)
    for part in (
        complaint.number,
        "2,500.00",
        "INV-9",
        "B-77",
        "Q-4711",
        "Belts tear",
        str(matrix.users["sales_manager"]),
        "MOD 05-01-04",
    ):
        assert part in said, part
    assert not contents.draft and "98765" not in said.replace(".", "").replace(",", "") and "DBT-1" not in said
    for other in (
        settled(complaint, "3000.00", "sorting"),
        decline_settlement(settled(complaint), actor=matrix.users["sales_manager"], reason="No"),
    ):
        with pytest.raises(Denied) as refused:
            credit_request(str(other.pk), actor=matrix.finance_it)
        assert refused.value.code == "nothing_to_credit"
        assert "print-credit" not in client_for(matrix.finance_it).get(other.get_absolute_url()).content.decode()
        started = api_client(matrix.finance_it).post(f"/api/v1/complaint-settlements/{other.pk}/print-credit/", {}, format="json")
        assert started.status_code == 409 and not Job.objects.filter(kind="core.print").exists()
    assert "print-credit" in client_for(matrix.finance_it).get(settlement.get_absolute_url()).content.decode()


def test_the_label_keeps_the_goods_apart_and_leads_to_the_complaint(matrix: Matrix, complaint: Complaint, report: Any) -> None:
    contents = complaint_label(str(complaint.pk), actor=matrix.quality_it)
    said = printed(contents, report)
    assert contents.path == complaint.get_absolute_url() and "BLOCKED" in said and complaint.number in said and "B-77" in said
    assert dict(contents.data["facts"])["Quantity"].startswith("3 "), "what came back"
    for make in (complaint_label, credit_request):
        with pytest.raises(Denied) as refused:
            make(str(complaint.pk), actor=matrix.area_manager_de)
        assert refused.value.status == 404


def test_goods_of_an_ended_complaint_get_no_label(matrix: Matrix, complaint: Complaint) -> None:
    client, address = client_for(matrix.quality_it), f"{complaint.get_absolute_url()}eight-d/"
    assert "print-label" in client.get(address).content.decode()
    withdraw_complaint(complaint, actor=None, reason="Their gauge was wrong")
    with pytest.raises(Denied) as refused:
        complaint_label(str(complaint.pk), actor=matrix.quality_it)
    assert refused.value.code == "complaint_over"
    started = api_client(matrix.quality_it).post(f"/api/v1/complaints/{complaint.pk}/print-label/", {}, format="json")
    pressed = client.post(f"{complaint.get_absolute_url()}print-label/")
    assert (started.status_code, pressed.status_code) == (409, 409) and not Job.objects.filter(kind="core.print").exists()
    assert "print-label" not in client.get(address).content.decode()
