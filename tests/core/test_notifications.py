"""Notifications: once in the app, by mail or in the day's digest, in the reader's language, by the rights of that moment."""

import smtplib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.db import connection, transaction

from accounts.models import User
from kam.core import mails, tasks
from kam.core.calendars import WorkingCalendar
from kam.core.mails import OutgoingMail
from kam.core.notifications import (
    KINDS,
    Notification,
    compose,
    notify,
    read_all_notifications,
    read_notification,
    set_preference,
    shown,
    suppress_unsent,
    unread_count,
)
from kam.core.work import WorkItem, assign_work, define_work
from kam.core.workflow import Denied
from tests.factories.accounts import DepartmentFactory, UserFactory, WorkingCalendarFactory

NOON = datetime(2026, 4, 7, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def kind() -> None:
    define_work("test_told", "Look at %(record)s")


@pytest.fixture
def item(db: None) -> WorkItem:
    """A record that only its addressee may see."""
    doer = UserFactory(email="doer@kam.example")
    return assign_work(WorkingCalendarFactory(country="IT"), "test_told", to=doer, actor=None)


def tell(record: Any, *people: Any, **values: Any) -> list[Notification]:
    return notify("work_late", record, to=people, context={"level": "N2", "cause": ""}, **values)


def deliver_all() -> int:
    return tasks.sweep_mails()


@pytest.mark.django_db
def test_each_is_told_once_per_occasion_and_never_of_their_own_doing(item: WorkItem) -> None:
    quality = DepartmentFactory(function="quality")
    members = [UserFactory(role="quality", role__location=quality.location) for _ in range(2)]
    told = [tell(item, quality.audience, members[0], occasion="a", actor=members[1]) for _ in range(2)]
    assert [[row.reader for row in rows] for rows in told] == [[members[0]], []]
    assert len(tell(item, quality.audience, occasion="b")) == 2
    gone = UserFactory(is_active=False)
    assert tell(item, gone) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_tell_once() -> None:
    reader, record = UserFactory(), WorkingCalendarFactory(country="IT")
    barrier = threading.Barrier(8)

    def run() -> None:
        try:
            barrier.wait()
            tell(record, reader, occasion="race", urgent=True)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Notification.objects.count(), OutgoingMail.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_confidential_words_never_enter(item: WorkItem) -> None:
    with pytest.raises(ValueError, match="new_price"):
        notify("work_late", item, to=[item.assignee], context={"new_price": "1"})
    assert not Notification.objects.filter(kind="work_late").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "subject"), [("en", "Late (N2): Look at Calendar IT"), ("it", None), ("de", None)])
def test_a_mail_is_in_the_readers_language_with_one_message_id(item: WorkItem, language: str, subject: str | None) -> None:
    User.objects.filter(pk=item.assignee_id).update(language=language)
    reader = User.objects.get(pk=item.assignee_id)
    (notification,) = tell(item, reader, urgent=True)
    assert deliver_all() == 1
    assert deliver_all() == 0
    (sent,) = outbox.outbox
    row = OutgoingMail.objects.get()
    assert (row.state, row.attempts) == ("sent", 1)
    assert sent.extra_headers["Message-ID"] == row.message_id
    assert sent.to == ["doer@kam.example"]
    assert f"/inbox/{item.pk}/" in sent.body
    if subject:
        assert sent.subject == subject
    assert notification.mail_id is None or notification.mail_id == row.pk


@pytest.mark.django_db
def test_a_refusal_by_the_server_is_tried_again_later_with_the_same_message_id(
    item: WorkItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(item, item.assignee, urgent=True)

    def refuse(message: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    start = datetime.now(UTC) + timedelta(minutes=1)
    waits = []
    with monkeypatch.context() as patch, time_machine.travel(start, tick=False) as clock:
        patch.setattr("django.core.mail.EmailMessage.send", lambda self, **_: refuse(self))
        for _ in range(mails.ATTEMPTS):
            assert tasks.sweep_mails() == 0
            row = OutgoingMail.objects.get()
            assert tasks.deliver_mails([row.pk]) == 0
            waits.append(row.not_before - datetime.now(UTC))
            clock.move_to(row.not_before)
    row = OutgoingMail.objects.get()
    assert [wait.total_seconds() / 60 for wait in waits[:4]] == [1, 2, 4, 8]
    assert (row.state, row.attempts) == ("failed", mails.ATTEMPTS)
    assert "gone" in row.last_error


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_servers_answer_and_our_commit_repeats_the_same_message() -> None:
    reader = UserFactory()
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_told", to=reader, actor=None)
    tell(item, reader, urgent=True)
    key = OutgoingMail.objects.get().pk

    @transaction.atomic
    def crash() -> None:
        assert mails.deliver(key, compose)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        crash()
    assert mails.deliver(key, compose)
    assert not mails.deliver(key, compose)
    first, second = outbox.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_one_mail() -> None:
    reader = UserFactory()
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_told", to=reader, actor=None)
    tell(item, reader, urgent=True)
    key = OutgoingMail.objects.get().pk
    inside, go_on = threading.Event(), threading.Event()
    answers = []

    def slowly(mail: OutgoingMail) -> tuple[str, str]:
        inside.set()
        go_on.wait(20)
        return "subject", "body"

    def first() -> None:
        try:
            answers.append(mails.deliver(key, slowly))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    assert mails.deliver(key, compose) is False
    go_on.set()
    thread.join()
    assert (answers, len(outbox.outbox)) == ([True], 1)


@pytest.mark.django_db
def test_a_mail_whose_record_is_no_longer_the_readers_is_not_sent(item: WorkItem) -> None:
    reader = item.assignee
    tell(item, reader, urgent=True)
    assert unread_count(reader) == 2
    WorkItem.objects.filter(pk=item.pk).update(assignee=None, audience="role:management")
    assert deliver_all() == 0
    assert (OutgoingMail.objects.get().state, outbox.outbox) == ("cancelled", [])
    assert unread_count(reader) == 0
    assert shown(Notification.objects.filter(reader=reader), reader) == []


@pytest.mark.django_db
def test_a_mail_to_somebody_who_left_is_not_sent(item: WorkItem) -> None:
    tell(item, item.assignee, urgent=True)
    User.objects.update(is_active=False)
    assert deliver_all() == 0
    assert OutgoingMail.objects.get().state == "cancelled"


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "rows", "sent"), [("app", 1, 0), ("mail", 1, 1), ("digest", 1, 0), ("off", 0, 0)])
def test_preferences_choose_the_way(item: WorkItem, way: str, rows: int, sent: int) -> None:
    set_preference(item.assignee, "work_late", way)
    tell(item, item.assignee)
    assert Notification.objects.filter(kind="work_late").count() == rows
    assert deliver_all() == sent
    tell(item, item.assignee, occasion="now", urgent=True)
    assert deliver_all() == 1


@pytest.mark.django_db
def test_an_unknown_preference_is_refused(item: WorkItem) -> None:
    for kind, way in (("nothing", "app"), ("work_late", "pigeon")):
        with pytest.raises(Denied) as refused:
            set_preference(item.assignee, kind, way)
        assert refused.value.code == "unknown_preference"


@pytest.mark.django_db
def test_the_digest_comes_once_a_day_at_seven_where_the_reader_is() -> None:
    with time_machine.travel(NOON, tick=False) as clock:  # 12:00 in Rome, 06:00 in Ohio
        rome, ohio = UserFactory(time_zone="Europe/Rome"), UserFactory(time_zone="America/New_York")
        for person in (rome, ohio):
            tell(assign_work(WorkingCalendarFactory(country="IT"), "test_told", to=person, actor=None), person)
        seen = []
        for moment in (
            datetime(2026, 4, 7, 10, 30),
            datetime(2026, 4, 7, 11, 0),
            datetime(2026, 4, 8, 4, 59),
            datetime(2026, 4, 8, 5, 0),
        ):
            clock.move_to(moment.replace(tzinfo=UTC))
            seen.append((tasks.send_digests(), tasks.send_digests(), tasks.sweep_mails()))
    assert seen == [(0, 0, 0), (1, 0, 1), (0, 0, 0), (1, 0, 1)]
    assert sorted(OutgoingMail.objects.values_list("key", flat=True)) == sorted(
        [f"digest:{ohio.pk}:2026-04-07", f"digest:{rome.pk}:2026-04-08"]
    )
    assert [message.body.count("Look at Calendar IT") for message in outbox.outbox] == [2, 2]


@pytest.mark.django_db
def test_what_was_read_in_the_app_is_not_in_the_digest(item: WorkItem) -> None:
    tell(item, item.assignee)
    assert read_all_notifications(item.assignee) == 2
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False):
        assert tasks.send_digests() == 0


@pytest.mark.django_db
def test_reading_is_for_the_reader_alone(item: WorkItem, nothing_changed: Any) -> None:
    (notification,) = tell(item, item.assignee)
    stranger = UserFactory()
    with nothing_changed(), pytest.raises(Denied):
        read_notification(notification, actor=stranger)
    assert read_notification(notification, actor=item.assignee).read_at is not None


@pytest.mark.django_db
def test_after_a_restore_nothing_is_sent_again(item: WorkItem) -> None:
    tell(item, item.assignee, urgent=True)
    assert suppress_unsent() == 1
    assert deliver_all() == 0
    assert outbox.outbox == []


@pytest.mark.django_db
def test_what_is_due_today_does_not_wait_for_the_digest() -> None:
    reader = UserFactory()
    with time_machine.travel(NOON, tick=False):
        assign_work(WorkingCalendarFactory(country="IT"), "test_told", to=reader, actor=None, due=NOON + timedelta(hours=3))
        assign_work(
            WorkingCalendarFactory(country="IT"), "test_told", to=reader, actor=None, occasion="b", due=NOON + timedelta(days=3)
        )
    assert OutgoingMail.objects.filter(reader=reader).count() == 1


@pytest.mark.django_db
def test_every_kind_has_its_text_in_every_language() -> None:
    from django.template.loader import get_template

    for kind in KINDS:
        assert get_template(f"notifications/{kind}.txt")


def test_calendars_can_be_told_about() -> None:
    assert WorkingCalendar(pk=3).get_absolute_url() == "/calendars/3/"
