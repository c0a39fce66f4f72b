"""Calendar feeds: a secret that is only known as a hash, its owner's rows alone, closed at once when it must be."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from accounts.actions.calendar_feed import MOST, digest, issue_feed
from accounts.actions.user import deactivate_user
from accounts.models import CalendarFeed, User
from kam.core import clock
from kam.core.workflow import Denied
from tests.accounts.test_activity import as_, report
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def events(secret: str) -> dict[str, Any]:
    """The events of a feed by subject, read like a calendar program."""
    response = Client().get(f"/calendar/{secret}.ics")
    assert response.status_code == 200 and response["Content-Type"].startswith("text/calendar")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("private, no-store", "no-referrer")
    return {str(event["summary"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def test_only_the_hash_is_kept_and_the_address_is_shown_once(matrix: Matrix) -> None:
    browser = as_(matrix.account_manager)
    page = browser.post("/activities/feeds/", {"name": "Phone"})
    address = page.context["address"]
    secret = address.rpartition("/")[2].removesuffix(".ics")
    feed = CalendarFeed.objects.get()
    assert (feed.name, feed.hash) == ("Phone", digest(secret)) and secret not in str(feed.__dict__)
    assert secret not in browser.get("/activities/feeds/").content.decode() and len(secret) >= 40
    assert events(secret) == {}
    feed.refresh_from_db()
    assert feed.last_used_on == clock.today()


def test_it_holds_the_owners_rows_without_text(matrix: Matrix) -> None:
    leader = matrix.account_manager
    report(matrix, subject="Own", text="price 143.90 EUR", next_step="Discount", ends_at=clock.now() + timedelta(hours=2))
    report(
        matrix, actor=matrix.area_manager_us, subject="Joined", participants=[leader], starts_at=clock.now() + timedelta(days=2)
    )
    report(matrix, actor=matrix.area_manager_us, subject="Other")
    report(matrix, subject="Old", starts_at=clock.now() - timedelta(days=120))
    secret = issue_feed(leader, name="x")
    found = events(secret)
    assert set(found) == {"Visit: Own", "Visit: Joined"}
    raw = Client().get(f"/calendar/{secret}.ics").content
    assert b"143.90" not in raw and b"Discount" not in raw and b"Columbus" in raw
    assert str(found["Visit: Own"]["organizer"]) == f"MAILTO:{leader.email}"


def test_a_row_that_is_no_longer_theirs_leaves_the_feed(matrix: Matrix) -> None:
    report(matrix)
    secret = issue_feed(matrix.account_manager, name="x")
    assert len(events(secret)) == 1
    matrix.account_manager.grants.all().delete()
    assert events(secret) == {}


def test_a_revoked_feed_and_one_of_somebody_shut_out_do_not_exist(matrix: Matrix, nothing_changed: Any) -> None:
    browser = as_(matrix.account_manager)
    secret, other = issue_feed(matrix.account_manager, name="one"), issue_feed(matrix.account_manager2, name="two")
    foreign = CalendarFeed.objects.get(user=matrix.account_manager2)
    assert browser.post(f"/activities/feeds/{foreign.pk}/revoke/").status_code == 404
    assert (
        browser.post(f"/activities/feeds/{CalendarFeed.objects.get(user=matrix.account_manager).pk}/revoke/").status_code == 302
    )
    deactivate_user(matrix.account_manager2, actor=matrix.administrator, reason="left")
    with nothing_changed():
        for wrong in (secret, other, "x", "x" * 43):
            assert Client().get(f"/calendar/{wrong}.ics").status_code == 404
    User.objects.filter(pk=matrix.account_manager2.pk).update(is_active=True)
    assert Client().get(f"/calendar/{other}.ics").status_code == 404


def test_ten_are_enough(matrix: Matrix, nothing_changed: Any) -> None:
    for number in range(MOST):
        issue_feed(matrix.account_manager, name=str(number))
    with nothing_changed(), pytest.raises(Denied) as refused:
        issue_feed(matrix.account_manager, name="one more")
    assert refused.value.code == "too_many_feeds"
    assert Client().get("/activities/feeds/").status_code == 302
    page = as_(matrix.account_manager).post("/activities/feeds/", {"name": "more"})
    assert "Ten calendars" in page.content.decode() or page.status_code in {409, 422}


def test_only_who_may_make_an_activity_is_offered_it_on_the_calendar(matrix: Matrix) -> None:
    offered = 'href="/activities/new/'
    assert offered in as_(matrix.account_manager).get("/activities/calendar/").content.decode().partition("<main")[2]
    for user in (matrix.auditor, matrix.administrator):
        assert offered not in as_(user).get("/activities/calendar/").content.decode()
