"""Work items, notifications, jobs, rates, calendars and parameters over the API, the worked deadlines among them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kam.core.calendars import WorkingCalendar
from kam.core.clock import now, pause_clock, resume_clock, start_clock
from kam.core.jobs import Job
from kam.core.money import ExchangeRate
from kam.core.notifications import Notification, notify
from kam.core.work import WORK_KINDS, assign_work, define_work
from tests.factories.accounts import DepartmentFactory, UserFactory, WorkingCalendarFactory

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
RECEIVED = datetime(2026, 4, 3, 16, 30, tzinfo=ROME)


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(WORK_KINDS, "test_api", raising=False)
    define_work("test_api", "Answer %(record)s", answers={"yes": "Yes", "no": "No"}, needs_comment=["no"])


@pytest.fixture
def doer() -> Any:
    return UserFactory(role="quality", role__location=DepartmentFactory(function="quality").location, time_zone="Europe/Rome")


@pytest.fixture
def mine(doer: Any, client_of: Any) -> Any:
    return client_of(doer)


def moments(answer: Any) -> tuple[datetime, datetime]:
    body = answer.json()
    return (
        datetime.fromisoformat(body["due_nominal"].replace("Z", "+00:00")),
        datetime.fromisoformat(body["due"].replace("Z", "+00:00")),
    )


def item_with(
    doer: Any, calendar: WorkingCalendar, amount: int, unit: str, roll: str = "back", start: datetime = RECEIVED
) -> Any:
    deadline = start_clock(calendar, "step", amount=amount, unit=unit, calendar=calendar, roll=roll, start=start)
    return assign_work(calendar, "test_api", to=doer, actor=None, due=deadline, occasion=str(deadline.pk))


@pytest.mark.acceptance("AT-20")
@pytest.mark.parametrize(
    ("amount", "unit", "nominal", "binding"),
    [
        (24, "hours", (4, 4, 16, 30), (4, 4, 16, 30)),
        (1, "working_days", (4, 7, 18), (4, 7, 18)),
        (2, "working_days", (4, 8, 18), (4, 8, 18)),
        (5, "working_days", (4, 13, 18), (4, 13, 18)),
        (10, "working_days", (4, 20, 18), (4, 20, 18)),
        (14, "calendar_days", (4, 17, 18), (4, 17, 18)),
        (30, "calendar_days", (5, 3, 18), (4, 30, 18)),
    ],
)
def test_italian_deadlines_read_back(
    doer: Any, mine: Any, amount: int, unit: str, nominal: tuple[int, ...], binding: tuple[int, ...]
) -> None:
    item = item_with(doer, WorkingCalendarFactory(country="IT"), amount, unit)
    answer = mine.get(f"/api/v1/work-items/{item.pk}/")
    assert moments(answer) == (datetime(2026, *nominal, tzinfo=ROME), datetime(2026, *binding, tzinfo=ROME))


@pytest.mark.acceptance("AT-21")
def test_customer_profiles_read_back(doer: Any, mine: Any) -> None:
    italy = WorkingCalendarFactory(country="IT")
    steps = [(1, "calendar_days"), (7, "calendar_days"), (14, "calendar_days"), (25, "calendar_days"), (30, "calendar_days")]
    steps += [(48, "hours"), (5, "working_days")]
    keys = [item_with(doer, italy, amount, unit, "none").pk for amount, unit in steps]
    due = {row["id"]: row["due"] for row in mine.get("/api/v1/work-items/").json()["results"]}
    assert [due[key] for key in keys] == [
        "2026-04-04T16:00:00Z",
        "2026-04-10T16:00:00Z",
        "2026-04-17T16:00:00Z",
        "2026-04-28T16:00:00Z",
        "2026-05-03T16:00:00Z",
        "2026-04-05T14:30:00Z",
        "2026-04-13T16:00:00Z",
    ]


@pytest.mark.acceptance("AT-22")
def test_a_pause_moves_the_deadline_that_is_read_back(doer: Any, mine: Any) -> None:
    italy = WorkingCalendarFactory(country="IT")
    item = item_with(doer, italy, 10, "working_days", start=datetime(2026, 3, 2, 9, tzinfo=ROME))
    address = f"/api/v1/work-items/{item.pk}/"
    assert mine.get(address).json()["due"] == "2026-03-16T17:00:00Z"
    pause_clock(item.clock, at=datetime(2026, 3, 5, 12, tzinfo=ROME))
    resume_clock(item.clock, at=datetime(2026, 3, 10, 12, tzinfo=ROME))
    assert mine.get(address).json()["due"] == "2026-03-19T17:00:00Z"


def test_an_item_is_completed_once_with_an_answer(doer: Any, mine: Any, client_of: Any, nothing_changed: Any) -> None:
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_api", to=doer, actor=None)
    address = f"/api/v1/work-items/{item.pk}/complete/"
    refused = mine.post(address, {"answer": "no"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "comment")
    assert client_of(UserFactory(role="sales_manager")).post(address, {"answer": "yes"}).status_code == 404
    answer = mine.post(address, {"answer": "no", "comment": "too late"})
    assert (answer.status_code, answer.json()["state"], answer.json()["done_by"]) == (200, "done", doer.pk)
    again = mine.post(address, {"answer": "yes"})
    assert (again.status_code, again.json()["code"]) == (409, "work_closed")


def test_an_item_is_passed_on_to_a_person_or_an_audience(doer: Any, mine: Any) -> None:
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_api", to=doer, actor=None)
    address = f"/api/v1/work-items/{item.pk}/reassign/"
    for body in (
        {},
        {"user": doer.pk, "audience": "role:quality"},
        {"user": 987654321},
        {"audience": "role:nobody"},
        {"audience": "all"},
    ):
        assert mine.post(address, body).status_code == 400, body
    other = UserFactory(role="sales_manager")
    assert mine.post(address, {"audience": "role:sales_manager"}).json()["audience"] == "role:sales_manager"
    assert mine.get("/api/v1/work-items/?whose=me").json()["count"] == 0
    assert other.pk


def test_lists_are_filtered_by_whose_and_late(doer: Any, mine: Any) -> None:
    italy = WorkingCalendarFactory(country="IT")
    late = item_with(doer, italy, 1, "working_days")
    asked = assign_work(italy, "test_api", to=UserFactory(role="technical"), actor=doer, occasion="asked")
    rows = {query: [row["id"] for row in mine.get(f"/api/v1/work-items/?{query}").json()["results"]] for query in ("whose=me", "whose=asked", "late=true", "whose=substitute")}  # fmt: skip
    assert rows == {"whose=me": [late.pk], "whose=asked": [asked.pk], "late=true": [late.pk], "whose=substitute": []}


def test_notifications_are_the_readers_and_hide_what_is_no_longer_theirs(doer: Any, mine: Any, client_of: Any) -> None:
    item = assign_work(WorkingCalendarFactory(country="IT"), "test_api", to=doer, actor=None)
    (row,) = mine.get("/api/v1/notifications/?unread=true").json()["results"]
    assert (row["subject"], row["record"]["id"]) == ("To do: Answer Calendar IT", item.pk)
    stranger = client_of(UserFactory())
    assert stranger.get(f"/api/v1/notifications/{row['id']}/").status_code == 404
    assert stranger.post(f"/api/v1/notifications/{row['id']}/read/").status_code == 404
    assert mine.post(f"/api/v1/notifications/{row['id']}/read/").json()["read_at"]
    type(item).objects.filter(pk=item.pk).update(assignee=None, audience="role:management")
    hidden = mine.get(f"/api/v1/notifications/{row['id']}/").json()
    assert (hidden["subject"], hidden["record"]) == ("", None)


def test_everything_is_read_at_once_and_preferences_are_chosen(doer: Any, mine: Any) -> None:
    calendar = WorkingCalendarFactory(country="IT")
    notify("work_late", calendar, to=[doer], context={"level": "N1"})
    assert mine.post("/api/v1/notifications/read-all/").json() == {"read": 1}
    assert not Notification.objects.filter(read_at=None).exists()
    first = mine.post("/api/v1/notification-preferences/", {"kind": "work_late", "way": "mail"})
    second = mine.post("/api/v1/notification-preferences/", {"kind": "work_late", "way": "app"})
    assert (first.status_code, second.json()["id"], second.json()["way"]) == (201, first.json()["id"], "app")
    assert mine.post("/api/v1/notification-preferences/", {"kind": "work_late", "way": "pigeon"}).status_code == 400


def test_a_job_and_its_file_are_the_owners_while_the_right_holds(doer: Any, mine: Any, client_of: Any) -> None:
    job = Job.objects.create(kind="x", actor=doer, state="done", ended_at=now(), file_name="list.csv", verb="core.set_parameter")
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / "list.csv").write_text("a;b")
    assert mine.get(f"/api/v1/jobs/{job.pk}/").json()["state"] == "done"
    assert mine.get(f"/api/v1/jobs/{job.pk}/file/").status_code == 404
    doer.grants.create(role="administrator", period="[,)")
    answer = mine.get(f"/api/v1/jobs/{job.pk}/file/")
    assert (b"".join(answer.streaming_content), answer["Content-Security-Policy"]) == (b"a;b", "sandbox")
    assert answer["Content-Type"] == "application/octet-stream"
    assert client_of(UserFactory(role="administrator")).get(f"/api/v1/jobs/{job.pk}/file/").status_code == 404
    assert mine.post(f"/api/v1/jobs/{job.pk}/cancel/").json()["code"] == "job_ended"


def test_rates_are_recorded_by_finance_and_corrected_not_changed(mine: Any, client_of: Any) -> None:
    finance = client_of(UserFactory(role="finance"))
    body = {"from_currency": "EUR", "to_currency": "USD", "kind": "spot", "date": "2026-03-02", "rate": "1.25", "source": "ECB"}
    assert mine.post("/api/v1/exchange-rates/", body).status_code == 403
    made = finance.post("/api/v1/exchange-rates/", body)
    assert (made.status_code, made.json()["rate"]) == (201, "1.25000000")
    assert finance.post("/api/v1/exchange-rates/", body).status_code == 409
    assert finance.post("/api/v1/exchange-rates/", {**body, "from_currency": "EUX"}).status_code == 400
    address = f"/api/v1/exchange-rates/{made.json()['id']}/"
    assert finance.patch(address, {"rate": "2"}).status_code == 405
    assert finance.post(f"{address}correct/", {"rate": "0"}).status_code == 400
    assert finance.post(f"{address}correct/", {"rate": "1.26"}).json()["rate"] == "1.26000000"
    assert ExchangeRate.objects.count() == 1


def test_calendars_are_kept_by_administrators_and_read_by_all(mine: Any, api: Any) -> None:
    body = {"code": "BO", "name": "Bologna", "country": "IT", "subdivision": "BO", "patron_saint": "10-04"}
    assert mine.post("/api/v1/working-calendars/", body).status_code == 403
    made = api.post("/api/v1/working-calendars/", body).json()
    address = f"/api/v1/working-calendars/{made['id']}/"
    days = {"days": ["2026-08-10", "2026-08-11"], "kind": "closed", "note": "Summer"}
    assert [day["date"] for day in api.post(f"{address}set-days/", days).json()["days"]] == ["2026-08-10", "2026-08-11"]
    assert mine.get(address).json()["days"][0]["note"] == "Summer"
    wrong = [
        {"subdivision": "Bavaria"}, {"working_weekdays": []}, {"working_weekdays": [1, 1]}, {"day_starts": "19:00"}, {"patron_saint": "13-40"},
        {"time_zone": "Mars/Base"}, {"country": "it"}, {"code": ""},
    ]  # fmt: skip
    assert [api.patch(address, change).status_code for change in wrong] == [400] * len(wrong)
    assert api.patch(address, {"name": "Bologna Nord"}).json()["name"] == "Bologna Nord"
    assert api.post("/api/v1/working-calendars/", body).json()["code"] == "duplicate_code"


def test_parameters_have_definitions_and_dated_values(mine: Any, api: Any) -> None:
    known = {row["key"]: row for row in mine.get("/api/v1/parameters/definitions/").json()}
    assert (known["jobs.retention_days"]["default"], known["jobs.retention_days"]["unit"]) == (14, "cd")
    body = {"key": "jobs.retention_days", "value": 30, "scope": "location:1", "valid_from": "2026-03-01"}
    assert mine.post("/api/v1/parameters/", body).status_code == 403
    made = api.post("/api/v1/parameters/", body)
    assert (made.status_code, made.json()["value"], made.json()["period"]) == (
        201,
        30,
        {"first_day": "2026-03-01", "last_day": None},
    )
    for change in ({"value": "many"}, {"key": "nothing"}, {"scope": "here"}):
        assert api.post("/api/v1/parameters/", {**body, **change}).status_code == 400
