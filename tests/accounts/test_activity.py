"""Activities: reported once, seen with their plant, private ones by their people alone, passed on and merged without loss."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from rest_framework.test import APIClient

from accounts.actions.activity import cancel_activity, complete_activity, create_activity, edit_activity, reopen_activity
from accounts.actions.assignment import assign
from accounts.actions.hand_over import hand_over
from accounts.actions.merge import merge_customers
from accounts.models import Activity, Assignment, Customer, HandOver, User
from kam.core import clock
from kam.core.mails import OutgoingMail, deliver
from kam.core.notifications import Notification, compose
from kam.core.workflow import Denied
from kam.search import search_everything
from tests.factories.accounts import ContactFactory, CustomerFactory, UserFactory
from tests.matrix import Matrix, build

pytestmark = pytest.mark.django_db
LOGS = ("kam_api_quota", "django_session")


def as_(user: User) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def api(user: User) -> APIClient:
    """A program with this person's rights."""
    client = APIClient()
    client.force_authenticate(user)
    return client


def report(matrix: Matrix, actor: User | None = None, **values: Any) -> Activity:
    """A visit to ACME's American plant by the account manager."""
    values = {"kind": "visit", "subject": "Line 7", "plant": matrix.acme_us_plant, **values}
    made: Activity = create_activity(Activity, actor=actor or matrix.account_manager, **values)
    return made


def test_a_report_is_done_and_a_plan_is_planned(matrix: Matrix) -> None:
    done = report(
        matrix,
        text="Volumes move",
        signals=["volume"],
        contacts=[matrix.acme_us_contact],
        next_step="Offer",
        next_step_on=clock.today(),
    )
    planned = report(matrix, starts_at=clock.now() + timedelta(days=3), participants=[matrix.area_manager_us])
    assert (done.status, done.customer, done.owner, list(done.contacts.all())) == (
        "done",
        matrix.acme_us,
        matrix.account_manager,
        [matrix.acme_us_contact],
    )
    assert (planned.status, [one.email for one in planned.participants.all()]) == ("planned", [matrix.area_manager_us.email])
    told = Notification.objects.get(kind="activity_invited")
    assert told.reader == matrix.area_manager_us
    subject, body, (name, content, kind) = compose(told.mail)
    assert (name, kind) == (f"activity-{planned.pk}.ics", "text/calendar; method=REQUEST")
    assert b"SUMMARY:Visit: Line 7" in content and "Line 7" in subject and "ACME Conveyors" in body
    assert not Notification.objects.filter(object_id=done.pk, kind="activity_invited").exists()


def invited(user: User) -> list[tuple[str, str, Any]]:
    """The kinds of what somebody was told, with the method and the event of the calendar file that went along."""
    found = []
    for told in Notification.objects.filter(reader=user).order_by("pk"):
        _subject, _body, (_name, content, media_type) = compose(told.mail)
        calendar = Calendar.from_ical(content)
        assert media_type == f"text/calendar; method={calendar['method']}"
        found.append((told.kind.removeprefix("activity_"), str(calendar["method"]), calendar.walk("VEVENT")[0]))
    return found


def test_who_takes_part_follows_every_change_in_their_own_calendar(matrix: Matrix) -> None:
    begins = clock.now().replace(microsecond=0) + timedelta(days=3)
    quality, area = matrix.quality_it, matrix.area_manager_us
    visit = report(matrix, starts_at=begins, participants=[area, quality])
    visit = edit_activity(visit, actor=matrix.account_manager, text="Bring the samples")
    visit = edit_activity(visit, actor=matrix.account_manager, starts_at=begins + timedelta(days=1))
    visit = edit_activity(visit, actor=matrix.account_manager, participants=[area])
    visit = cancel_activity(visit, actor=area, reason="Line stop")
    reopen_activity(visit, actor=matrix.account_manager)
    told = invited(area)
    assert [(kind, method) for kind, method, _event in told] == [
        ("invited", "REQUEST"), ("changed", "REQUEST"), ("cancelled", "REQUEST"), ("invited", "REQUEST"),
    ]  # fmt: skip
    assert [(kind, method) for kind, method, _event in invited(quality)] == [
        ("invited", "CANCEL"), ("changed", "CANCEL"), ("left", "CANCEL"),
    ]  # fmt: skip
    # Its owner did not call it off and is told like everybody.
    assert [kind for kind, _method, _event in invited(matrix.account_manager)] == ["cancelled"]
    event = told[-1][2]
    assert str(event["attendee"]) == f"MAILTO:{area.email}" and event["attendee"].params["RSVP"] == "TRUE"
    assert event["dtstart"].dt == begins + timedelta(days=1)
    assert int(event["sequence"]) == Activity.objects.get().version > 1


def test_who_takes_part_and_changes_it_themselves_has_it_changed_in_their_calendar_too(matrix: Matrix) -> None:
    area = matrix.area_manager_us
    visit = report(matrix, starts_at=clock.now() + timedelta(days=3), participants=[area])
    visit = edit_activity(visit, actor=area, place="Columbus")
    assert [(kind, method) for kind, method, _event in invited(area)] == [("invited", "REQUEST"), ("changed", "REQUEST")]
    visit = cancel_activity(visit, actor=area, reason="Line stop")
    kind, method, event = invited(area)[-1]
    assert (kind, method, str(event["status"])) == ("cancelled", "CANCEL", "CANCELLED")
    assert str(event["attendee"]) == f"MAILTO:{area.email}"
    reopen_activity(visit, actor=area)
    assert invited(area)[-1][:2] == ("invited", "REQUEST")
    edit_activity(visit, actor=area, participants=[])
    assert [(kind, method) for kind, method, _event in invited(area)][-1] == ("left", "CANCEL")
    # Nobody invites the owner to what is their own: what they change themselves is no news to them.
    before = len(invited(matrix.account_manager))
    edit_activity(visit, actor=matrix.account_manager, place="Dayton")
    assert len(invited(matrix.account_manager)) == before


def test_an_invitation_is_one_that_a_mail_program_accepts(matrix: Matrix, mailoutbox: Any) -> None:
    visit = report(matrix, starts_at=clock.now() + timedelta(days=3), participants=[matrix.area_manager_us])
    cancel_activity(visit, actor=matrix.account_manager)
    for mail in OutgoingMail.objects.order_by("pk"):
        assert deliver(mail.pk, compose)
    parts = [[part for part in mail.message().walk() if part.get_content_type() == "text/calendar"] for mail in mailoutbox]
    assert [[part.get_param("method") for part in found] for found in parts] == [["CANCEL"], ["CANCEL"]]
    assert all(mail.message().get_content_type() == "multipart/alternative" for mail in mailoutbox)


def test_what_cannot_be_is_refused_and_changes_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    now = clock.now()
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("foreign_plant", "plant", {"customer": matrix.acme_it}),
        ("not_your_customer", "plant", {"plant": matrix.beta_plant}),
        ("not_your_customer", "customer", {"plant": None, "customer": matrix.beta}),
        ("far_off", "starts_at", {"starts_at": now - timedelta(days=4000)}),
        ("ends_before_start", "ends_at", {"ends_at": now - timedelta(days=1)}),
        ("step_missing", "next_step", {"next_step_on": clock.today()}),
        ("foreign_contact", "contacts", {"contacts": [matrix.beta_contact]}),
        ("participant_elsewhere", "participants", {"participants": [matrix.account_manager2]}),
        ("invalid", "kind", {"kind": "dance"}),
        ("invalid", "subject", {"subject": " "}),
        ("invalid", "subject", {"subject": "x" * 10_000}),
        ("invalid", "signals", {"signals": ["gossip"]}),
        ("not_editable", "message", {"message": "x"}),
    ]
    for code, field, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            report(matrix, **values)
        assert (refused.value.code, refused.value.field) == (code, field)
    with nothing_changed(), pytest.raises(Denied) as refused:
        report(matrix, actor=matrix.auditor)
    assert refused.value.code == "not_permitted"
    with nothing_changed(), pytest.raises(Denied) as refused:
        create_activity(Activity, actor=None, kind="note", subject="Nobody's")
    assert refused.value.code == "owner_missing"


def test_verbs_move_it_and_refuse_what_is_not_now(matrix: Matrix, nothing_changed: Any) -> None:
    planned = report(matrix, starts_at=clock.now() + timedelta(days=3))
    with nothing_changed(), pytest.raises(Denied) as refused:
        reopen_activity(planned, actor=matrix.account_manager)
    assert refused.value.code == "wrong_status"
    complete_activity(planned, actor=matrix.account_manager, text="All well")
    planned.refresh_from_db()
    assert (planned.status, planned.text) == ("done", "All well")
    for action in (complete_activity, cancel_activity):
        with nothing_changed(), pytest.raises(Denied) as refused:
            action(planned, actor=matrix.account_manager)
        assert refused.value.code == "wrong_status"
    reopen_activity(planned, actor=matrix.account_manager)
    cancel_activity(planned, actor=matrix.account_manager, reason="Strike")
    planned.refresh_from_db()
    assert planned.status == "cancelled"
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_activity(planned, actor=matrix.account_manager2, subject="mine")
    assert refused.value.code == "not_permitted"


def test_an_edit_moves_it_and_drops_foreign_contacts(matrix: Matrix, nothing_changed: Any) -> None:
    made = report(matrix, contacts=[matrix.acme_us_contact])
    edit_activity(made, actor=matrix.account_manager, customer=matrix.acme_it)
    made.refresh_from_db()
    assert (made.customer, made.plant, list(made.contacts.all())) == (matrix.acme_it, None, [])
    with nothing_changed():
        edit_activity(made, actor=matrix.account_manager, subject="Line 7")
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_activity(made, actor=matrix.account_manager, version=made.version + 1, subject="Stale")
    assert refused.value.code == "changed_meanwhile"
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_activity(made, actor=matrix.sales_manager, private=True)
    assert refused.value.code == "not_yours"


@pytest.mark.acceptance("AT-85")
def test_who_sees_it(matrix: Matrix) -> None:
    made, private = report(matrix), report(matrix, private=True, participants=[matrix.area_manager_us])
    own = create_activity(Activity, actor=matrix.account_manager, kind="note", subject="To self")
    seen = {
        person: set(Activity.objects.visible_to(getattr(matrix, person)).values_list("pk", flat=True))
        for person in (
            "account_manager",
            "account_manager2",
            "area_manager_us",
            "area_manager_de",
            "sales_manager",
            "management",
            "quality_it",
            "nobody",
        )
    }
    assert seen == {
        "account_manager": {made.pk, private.pk, own.pk},
        "account_manager2": set(),
        "area_manager_us": {made.pk, private.pk},
        "area_manager_de": {made.pk},
        "sales_manager": {made.pk, own.pk},
        "management": {made.pk, own.pk},
        "quality_it": {made.pk},
        "nobody": set(),
    }


@pytest.mark.acceptance("AT-85")
def test_a_private_one_is_nowhere_for_others(matrix: Matrix, nothing_changed: Any) -> None:
    private = report(matrix, subject="Zebra secret", private=True, next_step="Zebra step", next_step_on=clock.today())
    report(matrix, subject="Plain visit")
    for person in (matrix.sales_manager, matrix.area_manager_us):
        browser, program = as_(person), api(person)
        for address in (
            "/activities/",
            f"/customers/{matrix.acme_us.pk}/activities/",
            f"/plants/{matrix.acme_us_plant.pk}/activities/",
            "/activities/calendar/?mine=",
            "/activities/?export=csv",
        ):
            page = browser.get(address).content.decode()
            assert "Zebra" not in page and "Plain visit" in page, address
        assert "1" in browser.get("/activities/").content.decode()
        assert program.get("/api/v1/activities/").json()["count"] == 1
        assert program.get("/api/v1/activities/?search=zebra").json()["count"] == 0
        assert search_everything(person, "zebra", limit=5) == []
        with nothing_changed(apart_from=LOGS):
            for verb in ("", "edit/", "complete/", "cancel/", "reopen/", "file/"):
                assert browser.get(f"/activities/{private.pk}/{verb}").status_code == 404, verb
                assert browser.post(f"/activities/{private.pk}/{verb}").status_code in {404, 405}, verb
            assert program.get(f"/api/v1/activities/{private.pk}/").status_code == 404
            assert program.patch(f"/api/v1/activities/{private.pk}/", {"subject": "x"}, format="json").status_code == 404
            assert program.post(f"/api/v1/activities/{private.pk}/cancel/", {}, format="json").status_code == 404
    assert search_everything(matrix.account_manager, "zebra", limit=5)[0].hits[0].key == private.pk
    assert "Zebra secret" in as_(matrix.account_manager).get("/activities/").content.decode()


def test_the_same_report_twice_is_one_activity(matrix: Matrix, nothing_changed: Any) -> None:
    key = uuid.uuid4()
    first = report(matrix, client_key=key)
    with nothing_changed():
        assert report(matrix, client_key=key, subject="Again") == first
    with nothing_changed(), pytest.raises(Denied) as refused:
        report(matrix, actor=matrix.area_manager_us, client_key=key)
    assert refused.value.code == "key_taken"


@pytest.mark.django_db(transaction=True)
def test_a_report_sent_by_many_threads_at_once_is_one_activity() -> None:
    matrix, key, together = build(), uuid.uuid4(), Barrier(8)

    def send(_number: int) -> int:
        try:
            together.wait(timeout=20)
            return report(matrix, actor=User.objects.get(pk=matrix.account_manager.pk), client_key=key).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    assert Activity.objects.count() == 1


def test_a_hand_over_moves_what_is_planned_and_leaves_what_was_done(matrix: Matrix) -> None:
    done, planned = report(matrix), report(matrix, starts_at=clock.now() + timedelta(days=3))
    made = hand_over(
        HandOver, actor=matrix.sales_manager, source=matrix.account_manager, target=matrix.account_manager2, day=clock.today()
    )
    done.refresh_from_db()
    planned.refresh_from_db()
    assert (done.owner, planned.owner) == (matrix.account_manager, matrix.account_manager2)
    assert made.status == "done"


def test_a_merge_keeps_activities(matrix: Matrix) -> None:
    twin = CustomerFactory(name="ACME Conveyors")
    assign(Assignment, actor=matrix.sales_manager, kind="account_manager", user=matrix.account_manager, customer=twin)
    made = create_activity(
        Activity, actor=User.objects.get(pk=matrix.account_manager.pk), kind="call", subject="Twin", plant=twin.plants.get()
    )
    merge_customers(twin, actor=matrix.sales_manager, into=matrix.acme_us, reason="The same")
    made.refresh_from_db()
    assert (made.customer, made.plant.customer) == (matrix.acme_us, matrix.acme_us)


def test_by_rest(matrix: Matrix, nothing_changed: Any) -> None:
    leader = api(matrix.account_manager)
    key = str(uuid.uuid4())
    body = {
        "kind": "call",
        "subject": "Prices",
        "plant": matrix.acme_us_plant.pk,
        "contacts": [matrix.acme_us_contact.pk],
        "client_key": key,
    }
    made = leader.post("/api/v1/activities/", body, format="json")
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["customer"], row["status"], row["owner"]) == (matrix.acme_us.pk, "done", matrix.account_manager.pk)
    again = leader.post("/api/v1/activities/", body, format="json")
    assert (again.status_code, again.json()["id"]) == (201, row["id"])
    one = f"/api/v1/activities/{row['id']}/"
    tag = leader.get(one)["ETag"]
    assert leader.get(one, headers={"If-None-Match": tag}).status_code == 304
    assert (
        leader.patch(one, {"subject": "Price list"}, format="json", headers={"If-Match": tag}).json()["subject"] == "Price list"
    )
    with nothing_changed(apart_from=LOGS):
        assert leader.patch(one, {"subject": "Late"}, format="json", headers={"If-Match": tag}).status_code == 412
        for field in ("status", "owner", "message_id", "nonsense"):
            assert leader.patch(one, {field: "done"}, format="json").status_code == 400, field
        assert (
            leader.post(
                "/api/v1/activities/", {**body, "client_key": None, "plant": matrix.beta_plant.pk}, format="json"
            ).status_code
            == 400
        )
        assert leader.post(f"{one}complete/", {}, format="json").json()["code"] == "wrong_status"
        assert api(matrix.account_manager2).get(one).status_code == 404
    assert leader.post(f"{one}reopen/", {}, format="json").json()["status"] == "planned"
    assert leader.post(f"{one}complete/", {"text": "Agreed"}, format="json").json()["text"] == "Agreed"
    leader.post(f"{one}reopen/", {}, format="json")
    assert leader.post(f"{one}cancel/", {"reason": "off"}, format="json").json()["status"] == "cancelled"
    assert APIClient().get("/api/v1/activities/").status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mine=true", {"Call"}),
        ("kind=visit", {"Visit"}),
        ("status=planned", {"Plan"}),
        ("signal=price", {"Call"}),
        ("next_step_due=true", {"Visit"}),
        ("search=vis", {"Visit"}),
        ("when_before=2020-01-01", set()),
    ],
)
def test_filters(matrix: Matrix, query: str, expected: set[str]) -> None:
    report(matrix, subject="Visit", next_step="Send", next_step_on=clock.today())
    create_activity(
        Activity,
        actor=matrix.area_manager_us,
        kind="call",
        subject="Call",
        plant=matrix.acme_us_plant,
        signals=["price"],
        starts_at=clock.now() - timedelta(days=2),
    )
    report(matrix, kind="task", subject="Plan", starts_at=clock.now() + timedelta(days=1))
    rows = api(matrix.area_manager_us).get(f"/api/v1/activities/?{query}").json()["results"]
    assert {row["subject"] for row in rows} == expected


def test_pages(matrix: Matrix) -> None:
    made = report(matrix, text="Line one\nLine two", signals=["competitor"], contacts=[matrix.acme_us_contact], next_step="Offer")
    browser = as_(matrix.account_manager)
    page = browser.get(made.get_absolute_url()).content.decode()
    assert (
        "Line one<br>" in page
        and "Competitor" in page
        and "Grace Hopper" in page
        and "Plan again" in page
        and "ACME Conveyors" in page
    )
    for address in (
        "/activities/",
        "/activities/new/",
        "/activities/new/?kind=call",
        "/activities/calendar/",
        "/activities/calendar/?month=2020-02",
        "/activities/calendar/?month=nonsense",
        f"{made.get_absolute_url()}edit/",
        f"/activities/?drawer={made.pk}",
        "/first-screen/activities/",
        "/first-screen/unvisited/",
    ):
        assert browser.get(address).status_code == 200, address
    saved = browser.post(
        "/activities/new/",
        {"kind": "visit", "plant": matrix.acme_de_plant.pk, "text": "Short\nand more", "starts_at": "2026-03-01 09:30"},
    )
    assert saved.status_code == 302, saved.content.decode()[:3000]
    assert Activity.objects.get(customer=matrix.acme_de).subject == "Short"
    wrong = browser.post(
        "/activities/new/", {"kind": "visit", "plant": matrix.beta_plant.pk, "subject": "Kept", "starts_at": "2026-03-01 09:30"}
    )
    assert wrong.status_code == 422 and "Kept" in wrong.content.decode()
    assert browser.post(f"{made.get_absolute_url()}cancel/", {"reason": "x"}).status_code == 409
    assert browser.post(f"{made.get_absolute_url()}reopen/").status_code == 302
    assert browser.post(f"{made.get_absolute_url()}complete/", {"text": "Done"}).status_code == 302
    made.refresh_from_db()
    assert (made.status, made.text) == ("done", "Done")
    calendar = browser.get(f"{made.get_absolute_url()}file/")
    assert (
        calendar["Content-Type"].startswith("text/calendar")
        and b"SUMMARY:Visit: Line 7" in calendar.content
        and b"Done" not in calendar.content
    )
    assert as_(matrix.auditor).get("/activities/new/").status_code == 403


def test_a_plant_without_a_visit_is_named_until_one_is_reported(matrix: Matrix) -> None:
    browser = as_(matrix.area_manager_us)
    assert "ACME Conveyors" in browser.get("/first-screen/unvisited/").content.decode()
    report(matrix, starts_at=clock.now() - timedelta(days=100))
    assert "ACME Conveyors" in browser.get("/first-screen/unvisited/").content.decode()
    overseer = as_(matrix.sales_manager).get("/first-screen/unvisited/").content.decode()
    assert "ACME Conveyors" in overseer and "BETA" in overseer
    report(matrix, starts_at=clock.now() - timedelta(days=2))
    assert "ACME Conveyors" not in browser.get("/first-screen/unvisited/").content.decode()


def test_the_queries_of_lists_do_not_grow(matrix: Matrix) -> None:
    browser, program = as_(matrix.account_manager), api(matrix.account_manager)
    addresses = (
        "/activities/",
        "/activities/calendar/",
        f"/customers/{matrix.acme_us.pk}/activities/",
        "/first-screen/activities/",
    )

    def counts() -> list[int]:
        found = []
        for client, address in [*((browser, one) for one in addresses), (program, "/api/v1/activities/")]:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    report(matrix, contacts=[matrix.acme_us_contact], participants=[matrix.area_manager_us])
    few = counts()
    for number in range(15):
        report(
            matrix,
            subject=f"Visit {number}",
            contacts=[ContactFactory(customer=matrix.acme_us)],
            participants=[matrix.area_manager_us],
        )
    assert counts() == few
    assert max(few) <= 20


def test_whoever_lost_the_role_edits_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    person = UserFactory(role="account_manager")
    own = create_activity(Activity, actor=person, kind="note", subject="Mine")
    person.role_grants.all().delete() if hasattr(person, "role_grants") else person.grants.all().delete()
    with nothing_changed(), pytest.raises(Denied):
        edit_activity(own, actor=User.objects.get(pk=person.pk), subject="Still mine")


def test_a_customer_that_stays_shows_what_was_done(matrix: Matrix) -> None:
    assert Customer.objects.filter(pk=matrix.acme_us.pk).exists()
    made = report(matrix)
    assert list(matrix.acme_us.activities.all()) == [made]
