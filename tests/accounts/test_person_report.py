"""Contacts are people: what is stored about one, as a page, a file and an endpoint; and what an erasure reaches."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils import translation
from rest_framework.test import APIClient

from accounts.actions.contact import erase_contact, report_contact
from accounts.models import Activity, Contact, Promise
from kam.core.access_log import AccessLog
from kam.core.comments import Comment, write_comment
from kam.core.documents import Document, attach_document, standard_type
from kam.core.tokens import issue_token
from kam.core.workflow import Denied
from tests.factories.files import named, pdf
from tests.matrix import Matrix
from tests.pages import client_for, words

WHEN = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture
def grace(matrix: Matrix) -> Contact:
    """Grace Hopper of ACME in America, with what was written about her."""
    contact = matrix.acme_us_contact
    Contact.objects.filter(pk=contact.pk).update(email="grace@acme.example", phone="+1 614 555 0100")
    contact.refresh_from_db()
    stands = {"customer": matrix.acme_us, "plant": matrix.acme_us_plant, "owner": matrix.account_manager, "starts_at": WHEN}
    visit = Activity.objects.create(
        kind="visit", subject="Visit", text="GRACE HOPPER wants a sample; call +1 614 555 0100.", **stands
    )
    visit.contacts.add(contact)
    Activity.objects.create(kind="note", subject="What Hopper said", **stands)
    Activity.objects.create(kind="note", subject="The hoppers of the conveyor", **stands)
    Activity.objects.create(kind="note", subject="Grace Hopper in private", private=True, **stands)
    Promise.objects.create(
        what="Sample for Hopper, Grace", customer=matrix.acme_us, owner=matrix.account_manager, contact=contact,
        made_on=date(2026, 3, 4), due_on=date(2026, 4, 1),
    )  # fmt: skip
    write_comment(Comment, actor=matrix.account_manager, record=contact, text="Likes sailing")
    write_comment(Comment, actor=matrix.account_manager, record=matrix.acme_us, text="Write to grace@acme.example")
    attach_document(
        Document,
        actor=matrix.account_manager,
        record=contact,
        type=standard_type(),
        file=named(pdf(), "Grace Hopper.pdf"),
        title="Card",
    )
    return contact


def of(report: Any, name: str) -> list[str]:
    return [line.text for part in report.parts if part.name == name for line in part.lines]


def test_the_report_holds_everything_and_is_logged(matrix: Matrix, grace: Contact) -> None:
    with translation.override("en"):
        report = report_contact(grace, actor=matrix.sales_manager)
    assert ("E-mail", "grace@acme.example") in report.facts and ("Last name", "Hopper") in report.facts
    activities = of(report, "activities")
    assert len(activities) == 2 and "GRACE HOPPER wants a sample" in activities[0] and activities[1] == "What Hopper said"
    assert [part.withheld for part in report.parts if part.name == "activities"] == [1]
    assert of(report, "promises") == ["Sample for Hopper, Grace"]
    assert of(report, "comments") == ["Likes sailing", "Write to grace@acme.example"]
    assert of(report, "documents") == ["Card (Grace Hopper.pdf)"]
    assert len(of(report, "history")) >= 1
    entry = AccessLog.objects.get(kind="confidential")
    assert (entry.user, entry.about) == (matrix.sales_manager, f"accounts.contact {grace.pk}")


@pytest.mark.parametrize("person", ["account_manager", "area_manager_us", "back_office_it", "management", "auditor"])
def test_who_may_not_have_it_made(matrix: Matrix, grace: Contact, nothing_changed: Any, person: str) -> None:
    browser = client_for(getattr(matrix, person))
    with nothing_changed(), pytest.raises(Denied) as refusal:
        report_contact(grace, actor=getattr(matrix, person))
    assert refusal.value.code == "not_permitted"
    with nothing_changed():
        assert browser.get(f"/contacts/{grace.pk}/report/").status_code == 403


def test_page_file_and_endpoint_say_the_same(matrix: Matrix, grace: Contact) -> None:
    browser = client_for(matrix.sales_manager)
    page = words(browser.get(f"/contacts/{grace.pk}/report/"))
    assert "Likes sailing" in page and "Sample for Hopper, Grace" in page and "in private" not in page
    file = browser.get(f"/contacts/{grace.pk}/report/?format=json")
    assert file["Content-Disposition"] == f'attachment; filename="contact-{grace.pk}.json"'
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(matrix.sales_manager, name='tests')}")
    answer = client.get(f"/api/v1/contacts/{grace.pk}/report/")
    assert answer.status_code == 200
    assert [part["name"] for part in answer.json()["parts"]] == [part["name"] for part in file.json()["parts"]]
    assert AccessLog.objects.filter(kind="confidential").count() == 3


def test_erasure_reaches_texts_files_comments_and_their_history(
    matrix: Matrix, grace: Contact, django_capture_on_commit_callbacks: Any
) -> None:
    file = Document.objects.about(grace).get().file
    with django_capture_on_commit_callbacks(execute=True):
        erase_contact(grace, actor=matrix.sales_manager, reason="request of 3 May")
    word = f"#{grace.pk}"
    assert Activity.objects.get(kind="visit").text == f"{word} wants a sample; call {word}."
    assert Promise.objects.get().what == f"Sample for {word}"
    assert list(Comment.objects.order_by("pk").values_list("text", flat=True)) == ["", f"Write to {word}"]
    assert sorted(Activity.objects.filter(kind="note").values_list("subject", flat=True)) == sorted(
        ["What Hopper said", "The hoppers of the conveyor", f"{word} in private"]
    )
    document = Document.objects.get(object_id=grace.pk, content_type=ContentType.objects.get_for_model(Contact))
    assert (document.title, document.original_name, bool(document.file)) == (word, word, False)
    assert not file.storage.exists(file.name)
    denied = document.why_not_readable()
    assert denied is not None and denied.code == "document_erased"
    for app, name, column in (
        ("accounts", "ActivityEvent", "text"),
        ("accounts", "PromiseEvent", "what"),
        ("core", "CommentEvent", "text"),
    ):
        events = apps.get_model(app, name).objects
        assert not events.filter(**{f"{column}__iregex": "grace|555|sailing"}).exists()
    assert not apps.get_model("core", "DocumentEvent").objects.filter(title="Card").exists()


def test_the_page_before_an_erasure_names_what_stays(matrix: Matrix, grace: Contact) -> None:
    page = words(client_for(matrix.sales_manager).get(f"/contacts/{grace.pk}/erase/"))
    assert "What Hopper said" in page and "conveyor" not in page
