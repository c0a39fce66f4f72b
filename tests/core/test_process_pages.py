"""Pages of the inbox, notifications, calendars, exchange rates and parameters: what each shows, does and refuses."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from kam.core.calendars import WorkingCalendar
from kam.core.money import ExchangeRate
from kam.core.notifications import Notification, NotificationPreference, notify
from kam.core.parameters import ParameterValue, parameter
from kam.core.work import WORK_KINDS, WorkItem, assign_work, define_work
from tests.factories.accounts import DepartmentFactory, LocationFactory, UserFactory, WorkingCalendarFactory

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
WEDNESDAY = datetime(2026, 4, 8, 10, tzinfo=ROME)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("test_page", "test_elsewhere"):
        monkeypatch.delitem(WORK_KINDS, name, raising=False)
    define_work("test_page", "Answer on %(record)s, %(step)s", answers={"yes": "Yes", "no": "No"}, needs_comment=["no"])
    define_work("test_elsewhere", "Approve %(record)s", on_record=True)


@pytest.fixture
def doer() -> Any:
    return UserFactory(role="quality", role__location=DepartmentFactory(function="quality").location)


def page_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def ask(to: Any, step: str, due: datetime | None = None, actor: Any = None) -> WorkItem:
    return assign_work(
        WorkingCalendarFactory(country="IT"), "test_page", to=to, actor=actor, occasion=step, payload={"step": step}, due=due
    )


def test_the_inbox_groups_by_when_it_is_due(doer: Any) -> None:
    with time_machine.travel(WEDNESDAY, tick=False):
        for step, due in (
            ("none", None),
            ("next", WEDNESDAY + timedelta(days=5)),
            ("week", WEDNESDAY + timedelta(days=4)),
            ("today", WEDNESDAY + timedelta(hours=3)),
            ("late", WEDNESDAY - timedelta(hours=1)),
        ):
            ask(doer, step, due)
        ask(UserFactory(), "foreign")
        answer = page_of(doer).get("/inbox/")
    groups = [(str(label), [item.occasion for item in items]) for label, items in answer.context["groups"]]
    assert groups == [
        ("Late", ["late"]), ("Today", ["today"]), ("This week", ["week"]), ("Later", ["next"]), ("Without a deadline", ["none"]),
    ]  # fmt: skip
    assert [(name, count) for name, _label, count in answer.context["tabs"]] == [("me", 5), ("substitute", 0), ("asked", 0)]
    assert "foreign" not in text_of(answer)


def test_the_inbox_costs_the_same_however_long_it_is(doer: Any, django_assert_max_num_queries: Any) -> None:
    client = page_of(doer)
    for number in range(3):
        ask(doer, f"s{number}", WEDNESDAY)
    with django_assert_max_num_queries(60) as few:
        client.get("/inbox/")
    for number in range(30):
        ask(doer, f"m{number}", WEDNESDAY)
    with django_assert_max_num_queries(60) as many:
        client.get("/inbox/")
    assert len(many) == len(few)


def test_an_item_is_completed_on_its_page_and_a_refusal_keeps_what_was_typed(doer: Any, nothing_changed: Any) -> None:
    item = ask(doer, "drawing")
    client = page_of(doer)
    assert "Answer on Calendar IT, drawing" in text_of(client.get(f"/inbox/{item.pk}/"))
    address = f"/inbox/{item.pk}/complete/"
    version = WorkItem.objects.get(pk=item.pk).version
    with nothing_changed(apart_from=("django_session",)):
        refused = client.post(address, {"answer": "no", "comment": "", "version": version})
    assert refused.status_code == 400
    assert refused.context["form"].errors["comment"]
    done = client.post(address, {"answer": "no", "comment": "Too tight", "version": version})
    assert (done.status_code, done["Location"]) == (302, "/inbox/")
    item.refresh_from_db()
    assert (item.state, item.answer, item.comment, item.done_by) == ("done", "no", "Too tight", doer)
    assert "Too tight" in text_of(client.get(f"/inbox/{item.pk}/"))


def test_what_is_done_on_the_record_is_not_offered_on_the_page_of_the_item(doer: Any) -> None:
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_elsewhere", to=doer, actor=None)
    page = page_of(doer).get(f"/inbox/{item.pk}/")
    assert f"/inbox/{item.pk}/complete/" not in page.content.decode()
    assert "Open the record" in text_of(page)


def test_a_foreign_item_is_not_there(doer: Any, nothing_changed: Any) -> None:
    item = ask(UserFactory(), "foreign")
    client = page_of(doer)
    with nothing_changed(apart_from=("django_session",)):
        for step in ("", "complete/", "claim/", "reassign/", "cancel/"):
            assert client.post(f"/inbox/{item.pk}/{step}").status_code in {404, 405}, step
            if step != "claim/":
                assert client.get(f"/inbox/{item.pk}/{step}").status_code == 404, step


def test_passing_on_claiming_and_calling_off(doer: Any) -> None:
    quality = DepartmentFactory(function="quality")
    item, asker = ask(quality.audience, "one", actor=UserFactory(role="account_manager")), None
    asker = item.asked_by
    client = page_of(doer)
    assert client.post(f"/inbox/{item.pk}/claim/").status_code == 302
    assert WorkItem.objects.get(pk=item.pk).assignee == doer
    other = UserFactory()
    assert client.post(f"/inbox/{item.pk}/reassign/", {"to": other.pk}).status_code == 302
    assert WorkItem.objects.get(pk=item.pk).assignee == other
    assert client.post(f"/inbox/{item.pk}/cancel/").status_code == 403
    assert page_of(asker).post(f"/inbox/{item.pk}/cancel/", {"reason": "not needed"}).status_code == 302
    assert WorkItem.objects.get(pk=item.pk).state == "cancelled"


def test_every_item_is_listed_and_the_first_screen_shows_the_next(doer: Any) -> None:
    for number in range(10):
        ask(doer, f"step{number}", WEDNESDAY)
    client = page_of(doer)
    assert client.get("/inbox/all/?late=true&ordering=-due").context["count"] == 10
    short = text_of(client.get("/inbox/next/"))
    assert short.count("Answer on Calendar IT") == 8
    assert "More in the inbox" in short


def test_notifications_are_opened_read_and_chosen(doer: Any) -> None:
    item = ask(doer, "drawing")
    (notification,) = Notification.objects.filter(reader=doer)
    client = page_of(doer)
    assert "To do: Answer on Calendar IT, drawing" in text_of(client.get("/notifications/"))
    opened = client.get(f"/notifications/{notification.pk}/open/")
    assert (opened.status_code, opened["Location"]) == (302, f"/inbox/{item.pk}/")
    assert "Nothing new" in text_of(client.get("/notifications/"))
    assert "drawing" in text_of(client.get("/notifications/?all=1"))
    assert page_of(UserFactory()).get(f"/notifications/{notification.pk}/open/").status_code == 404
    notify("work_late", item, to=[doer], context={"level": "N1"})
    assert client.post("/notifications/").status_code == 302
    assert not Notification.objects.unread().exists()
    form = client.get("/notifications/preferences/").context["form"]
    chosen = {name: form.initial[name] for name in form.fields if name != "version"} | {"work_late": "off"}
    assert client.post("/notifications/preferences/", chosen).status_code == 302
    assert list(NotificationPreference.objects.values_list("user", "kind", "way")) == [(doer.pk, "work_late", "off")]


def test_a_vanished_record_leaves_no_text(doer: Any) -> None:
    item = ask(doer, "torque")
    WorkItem.objects.filter(pk=item.pk).update(assignee=None, audience="role:management")
    assert "torque" not in text_of(page_of(doer).get("/notifications/?all=1"))


def test_calendars_are_shown_with_their_holidays_and_closed_by_administrators(doer: Any, administrator: Any) -> None:
    client, reader = page_of(administrator), page_of(doer)
    values = {
        "code": "BO", "name": "Bologna", "country": "IT", "patron_saint": "10-04", "working_weekdays": [1, 2, 3, 4, 5],
        "day_starts": "08:00", "day_ends": "18:00", "time_zone": "Europe/Rome",
    }  # fmt: skip
    assert reader.get("/calendars/new/").status_code == 403
    refused = client.post("/calendars/new/", {**values, "day_ends": "07:00"})
    assert (refused.status_code, bool(refused.context["form"].errors["day_ends"])) == (422, True)
    assert client.post("/calendars/new/", values).status_code == 302
    calendar = WorkingCalendar.objects.get(code="BO")
    span = {"first": "2026-08-10", "last": "2026-08-14", "kind": "closed", "note": "Summer closure"}
    assert client.post(f"/calendars/{calendar.pk}/days/", {**span, "last": "2026-08-09"}).status_code == 422
    assert client.post(f"/calendars/{calendar.pk}/days/", span).status_code == 302
    shown = text_of(reader.get(f"/calendars/{calendar.pk}/?year=2026"))
    assert shown.count("Summer closure") == 5
    assert "Easter Monday" in shown
    assert reader.post(f"/calendars/{calendar.pk}/days/", span).status_code == 403
    version = WorkingCalendar.objects.get(code="BO").version
    assert client.post(f"/calendars/{calendar.pk}/edit/", {**values, "name": "Nord", "version": version}).status_code == 302
    assert WorkingCalendar.objects.get(code="BO").name == "Nord"
    assert "Nord" in text_of(reader.get("/calendars/"))


def test_rates_are_recorded_and_corrected_by_finance(doer: Any) -> None:
    client, reader = page_of(UserFactory(role="finance")), page_of(doer)
    values = {"from_currency": "EUR", "to_currency": "USD", "kind": "spot", "date": "2026-03-02", "rate": "1.25", "source": "ECB"}
    assert reader.get("/exchange-rates/new/").status_code == 403
    assert client.post("/exchange-rates/new/", {**values, "to_currency": "EUR"}).status_code == 422
    assert client.post("/exchange-rates/new/", values).status_code == 302
    twice = client.post("/exchange-rates/new/", values)
    assert (twice.status_code, bool(twice.context["form"].errors["date"])) == (422, True)
    row = ExchangeRate.objects.get()
    assert "ECB" in text_of(reader.get("/exchange-rates/"))
    assert reader.post(f"/exchange-rates/{row.pk}/correct/", {"rate": "2"}).status_code == 403
    assert client.post(f"/exchange-rates/{row.pk}/correct/", {"rate": "1.26", "reason": "typing error"}).status_code == 302
    assert str(ExchangeRate.objects.get().rate) == "1.26000000"


def test_parameters_are_set_by_administrators(doer: Any, administrator: Any) -> None:
    client, reader = page_of(administrator), page_of(doer)
    assert "work.warn_share" in text_of(reader.get("/parameters/"))
    assert reader.get("/parameters/new/").status_code == 403
    wrong = client.post("/parameters/new/", {"key": "work.very_late_days", "value": "two"})
    assert (wrong.status_code, bool(wrong.context["form"].errors["value"])) == (422, True)
    place = LocationFactory()
    scope = f"location:{place.pk}"
    unknown = client.post("/parameters/new/", {"key": "work.very_late_days", "value": "3", "scope": f"location:{place.pk + 1}"})
    assert (unknown.status_code, bool(unknown.context["form"].errors["scope"])) == (422, True)
    assert client.post("/parameters/new/", {"key": "work.very_late_days", "value": "3", "scope": scope}).status_code == 302
    assert (parameter("work.very_late_days", [scope]), parameter("work.very_late_days")) == (3, 2)
    assert ParameterValue.objects.get().key == "work.very_late_days"
    assert place.name in text_of(reader.get("/parameters/"))
