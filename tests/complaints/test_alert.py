"""The alert: who is asked in the same transaction, who is called when nobody answers, what the customer gets, and the proof of it all."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import translation

from complaints import tasks
from complaints.actions import edit_complaint, send_receipt
from complaints.documents import keep_complaint_letter
from complaints.models import Complaint, ComplaintLetter
from complaints.reports import alerts_of, proof_of, steps_of, whom_to_call
from kam.core import clock, formats
from kam.core.jobs import Job
from kam.core.mails import suppress_unsent
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work import complete_work, escalate_item, late_items
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import DepartmentFactory, UserFactory
from tests.factories.complaints import complained, on_call
from tests.factories.files import words_of_print
from tests.matrix import Matrix
from tests.pages import client_for
from tests.post_office import PostOffice
from tests.world import api_client

#: Words by which a confirmation would admit something, in three languages.
ADMISSIONS = re.compile(
    r"defect|fault|sorry|apolog|regret|recogni|liab|warrant|difett|colpa|scus|spiac|riconosc|garanz|respons|mangel|fehler|schuld"
    r"|leid|bedauer|anerkenn|haft|gewähr",
    re.IGNORECASE,
)


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    """A mail server."""
    with PostOffice() as server:
        server.set_up(settings)
        settings.DEFAULT_FROM_EMAIL = "KAM <kam@kam.example>"
        yield server


def asked(complaint: Complaint) -> set[str]:
    """The functions of the departments that were alerted, with their location."""
    return {str(item.audience) for item in alerts_of(complaint)}


def departments(matrix: Matrix, *functions: str) -> set[str]:
    return {DepartmentFactory(location=matrix.italy, function=one).audience for one in functions}


def test_departments_are_alerted_by_kind_place_and_gravity(matrix: Matrix) -> None:
    place = (matrix.acme_us_plant, matrix.usa, matrix.italy)
    assert asked(complained(*place)) == departments(matrix, "quality", "production", "technical")
    assert asked(complained(*place, kind="price")) == departments(matrix, "finance", "back_office")
    grave = complained(*place, kind="delivery", line_stop=True)
    assert asked(grave) == departments(matrix, "logistics", "back_office", "quality", "production", "technical")
    assert grave.severity == 1
    management = Notification.objects.filter(reader=matrix.management, kind="work_late")
    assert [one.urgent for one in management] == [True]
    american = DepartmentFactory(location=matrix.usa, function="finance")
    assert american.audience in asked(complained(*place, kind="price")), "who sells accounts for it"


def test_which_departments_is_data(matrix: Matrix) -> None:
    set_parameter(
        ParameterValue, actor=None, key="complaints.alert_quality", value=["service"], scope=f"location:{matrix.italy.pk}"
    )
    assert asked(complained(matrix.acme_us_plant, matrix.usa, matrix.italy)) == departments(matrix, "service")
    assert asked(complained(matrix.acme_us_plant, matrix.usa)) == {"role:sales_manager"}, (
        "the American location has no department"
    )


def test_notices_go_out_at_once_and_never_in_a_digest(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, by=matrix.quality_it)
    told = Notification.objects.filter(urgent=True).select_related("mail")
    assert {note.reader for note in told} == {
        matrix.production_it, matrix.technical_it, matrix.account_manager, matrix.area_manager_us,
    }  # fmt: skip
    assert all(note.mail is not None and not note.digest for note in told)
    assert len(alerts_of(one)) == 3, "whoever takes it in acknowledges it too"


def test_acknowledged_with_its_time_and_shown_on_the_board(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    item = next(item for item in alerts_of(one) if item.audience in departments(matrix, "quality"))
    client = client_for(matrix.quality_it)
    assert "0 of 3" in client.get("/complaints/").content.decode()
    assert f"/inbox/{item.pk}/complete/" in client.get(one.get_absolute_url()).content.decode()
    complete_work(item, actor=matrix.quality_it, comment="On it")
    assert "1 of 3" in client.get("/complaints/").content.decode()
    assert one.number in client.get("/complaints/?unanswered=true").content.decode()
    found = api_client(matrix.area_manager_us).get(f"/api/v1/complaints/{one.pk}/").json()
    assert (found["asked"], found["answered"]) == (3, 1)
    proof = api_client(matrix.area_manager_us).get(f"/api/v1/complaints/{one.pk}/proof/").json()
    [line] = [line for line in proof if line["person"] == str(matrix.quality_it)]
    assert line["answered_by"] == str(matrix.quality_it) and line["told_at"] <= line["answered_at"]
    assert len(proof_of(one)) == len(proof) == 5


def test_after_half_an_hour_the_reporter_sees_whom_to_call(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, by=matrix.area_manager_us)
    quality = DepartmentFactory(location=matrix.italy, function="quality")
    first, second = UserFactory(phone="+39 1"), UserFactory()
    on_call(quality, person=second, place=2, phone="+39 22")
    on_call(quality, person=first, place=1, phone="")
    on_call(DepartmentFactory(location=matrix.italy, function="finance"))
    assert whom_to_call(one) == [] and tasks.tell_of_silence() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        of_quality = [call for call in whom_to_call(one) if call.department.startswith("Quality")]
        assert [(call.person, call.phone) for call in of_quality[:2]] == [(first, "+39 1"), (second, "+39 22")]
        assert of_quality[2].person == matrix.management, "who stands above comes last"
        assert (tasks.tell_of_silence(), tasks.tell_of_silence()) == (3, 0)
        assert Notification.objects.filter(reader=matrix.area_manager_us, kind="complaint_silent", urgent=True).count() == 3
        assert "tel:+39 22" in client_for(matrix.area_manager_us).get(one.get_absolute_url()).content.decode()
        for item in alerts_of(one):
            assert item.pk in late_items(clock.now())
            escalate_item(item.pk)
        assert {item.level for item in alerts_of(one)} == {WorkItem.Level.N2}
        for item in alerts_of(one):
            complete_work(item, actor=None)
        assert whom_to_call(one) == []


def test_what_becomes_graver_alerts_whom_it_then_concerns_once(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    before = asked(one)
    edit_complaint(one, actor=matrix.account_manager, safety=True)
    assert asked(one) == before | departments(matrix, "logistics")
    many = Notification.objects.count()
    edit_complaint(one, actor=matrix.account_manager, batch="B-1")
    assert (len(alerts_of(one)), Notification.objects.count()) == (4, many)


@pytest.mark.acceptance("AT-73")
@pytest.mark.parametrize("language", ["it", "en", "de"])
def test_the_receipt_names_our_number_in_their_language_and_admits_nothing(
    office: PostOffice, matrix: Matrix, language: str, report: Any
) -> None:
    contact = matrix.acme_us_contact
    contact.language, contact.email = language, "grace@acme.example"
    contact.save()
    one = complained(matrix.acme_us_plant, matrix.usa, contact=contact, customer_reference="Q-9")
    answer = api_client(matrix.area_manager_us).post(f"/api/v1/complaints/{one.pk}/confirm-receipt/", {}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "acknowledged"), answer.content
    mail = ComplaintLetter.objects.get()
    assert tasks.sweep_complaint_letters() == 0, "nothing goes out before its print is kept"
    keep_complaint_letter(Job.objects.get(kind="complaints.keep_letter"), report)
    assert (tasks.sweep_complaint_letters(), tasks.sweep_complaint_letters(), tasks.deliver_complaint_letter(mail.pk)) == (
        1,
        0,
        False,
    )
    [taken] = office.taken
    found = message_from_bytes(taken.content, policy=policy.default)
    [print_of_it] = found.iter_attachments()
    first_answer = next(step for step in steps_of(one) if step.step == "d3")
    with translation.override(language):
        due = formats.day(first_answer.due_at)
    printed = words_of_print(print_of_it.get_content())
    text = f"{found['Subject']}\n{found.get_body().get_content()}\n{printed}"
    assert one.number in found["Subject"] and one.number in printed and "Q-9" in printed and due in printed
    assert not ADMISSIONS.search(text), text
    assert {"it": "Gentili", "en": "Good day", "de": "Guten Tag"}[language] in text
    assert (found["To"], found["Reply-To"]) == ("grace@acme.example", matrix.area_manager_us.email)
    assert "q-9" not in client_for(matrix.area_manager_de).get("/complaints/").content.decode().lower()


def test_confirmed_before_it_is_registered_it_is_acknowledged_with_that(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, remedy="")
    sent = send_receipt(one, actor=matrix.area_manager_us, way="phone")
    assert (sent.status, sent.receipt_way) == ("received", "phone")
    edit_complaint(sent, actor=matrix.area_manager_us, remedy="credit")
    client = client_for(matrix.area_manager_us)
    assert client.post(f"/complaints/{one.pk}/register/", {}).status_code == 302
    one.refresh_from_db()
    assert one.status == "acknowledged"


def test_what_cannot_be_mailed_is_refused_and_can_be_confirmed_otherwise(
    office: PostOffice, matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)

    def refused(code: str, **values: Any) -> None:
        with nothing_changed(), pytest.raises(Denied) as found:
            send_receipt(one, actor=matrix.area_manager_us, **values)
        assert found.value.code == code

    refused("no_recipient")
    refused("bad_address", sent_to="grace")
    refused("unknown_way", way="pigeon")
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", DEMO=False):
        refused("no_mail_server", sent_to="grace@acme.example")
    page = client_for(matrix.area_manager_us).post(f"/complaints/{one.pk}/receipt/", {})
    assert page.status_code == 400 and "e-mail addresses" in page.content.decode()
    assert send_receipt(one, actor=matrix.area_manager_us, way="portal").status == "acknowledged"


def test_who_may_no_longer_write_to_the_customer_does_not(office: PostOffice, matrix: Matrix, report: Any) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)
    send_receipt(one, actor=matrix.area_manager_us, sent_to="grace@acme.example")
    matrix.area_manager_us.is_active = False
    matrix.area_manager_us.save()
    keep_complaint_letter(Job.objects.get(kind="complaints.keep_letter"), report)
    assert tasks.sweep_complaint_letters() == 0 and office.taken == []
    assert ComplaintLetter.objects.get().state == "cancelled"


def test_after_a_restore_nothing_is_sent_again(office: PostOffice, matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)
    send_receipt(one, actor=matrix.area_manager_us, sent_to="grace@acme.example")
    assert suppress_unsent() > 0
    assert tasks.sweep_complaint_letters() == 0 and office.taken == []
