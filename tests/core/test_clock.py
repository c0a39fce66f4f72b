"""Deadlines: the worked examples of the domain, pauses, reopening, several calendars, colours; and now itself."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from kam.core import clock
from kam.core.calendars import CalendarDay, WorkingCalendar, create_calendar, set_calendar_days
from kam.core.clock import Clock, due, meet_clock, pause_clock, resume_clock, start_clock, stop_clock
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory, WorkingCalendarFactory

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
RECEIVED = datetime(2026, 4, 3, 16, 30, tzinfo=ROME)


def at(day: int, month: int = 4, hour: int = 18, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ROME)


@pytest.fixture
def italy() -> WorkingCalendar:
    return WorkingCalendarFactory(country="IT")


def stored(calendar: WorkingCalendar, amount: int, unit: str, roll: str = "back", start: datetime = RECEIVED) -> Clock:
    """Start a clock on a record and read it back from the database."""
    started = start_clock(calendar, "step", amount=amount, unit=unit, calendar=calendar, roll=roll, start=start)
    return Clock.objects.get(pk=started.pk)


@pytest.mark.acceptance("AT-20")
@pytest.mark.parametrize(
    ("amount", "unit", "nominal", "binding"),
    [
        (24, "hours", at(4, hour=16, minute=30), at(4, hour=16, minute=30)),
        (1, "working_days", at(7), at(7)),
        (2, "working_days", at(8), at(8)),
        (5, "working_days", at(13), at(13)),
        (10, "working_days", at(20), at(20)),
        (14, "calendar_days", at(17), at(17)),
        (30, "calendar_days", at(3, 5), at(30)),
    ],
)
def test_italian_deadlines(italy: WorkingCalendar, amount: int, unit: str, nominal: datetime, binding: datetime) -> None:
    row = stored(italy, amount, unit)
    assert (row.due_nominal, row.due_at) == (nominal, binding)


@pytest.mark.acceptance("AT-21")
@pytest.mark.parametrize(
    ("step", "amount", "unit", "expected"),
    [
        ("D1-D3", 1, "calendar_days", at(4)),
        ("D4", 7, "calendar_days", at(10)),
        ("D5-D6", 14, "calendar_days", at(17)),
        ("D7", 25, "calendar_days", at(28)),
        ("D8", 30, "calendar_days", at(3, 5)),
        ("D1-D3", 48, "hours", at(5, hour=16, minute=30)),
        ("D1-D5", 5, "working_days", at(13)),
    ],
)
def test_customer_profiles_do_not_roll(italy: WorkingCalendar, step: str, amount: int, unit: str, expected: datetime) -> None:
    row = stored(italy, amount, unit, roll="none")
    assert (row.due_nominal, row.due_at) == (expected, expected)


@pytest.mark.acceptance("AT-22")
def test_a_pause_moves_a_working_day_clock_by_the_paused_working_days(italy: WorkingCalendar) -> None:
    row = stored(italy, 10, "working_days", start=at(2, 3, 9))
    assert row.due_at == at(16, 3)
    pause_clock(row, at=at(5, 3, 11), reason="waiting for the customer")
    resume_clock(row, at=at(10, 3, 15))
    row = Clock.objects.get(pk=row.pk)
    assert row.due_at == at(19, 3)
    assert [(pause.paused_at, pause.resumed_at) for pause in row.pauses.all()] == [(at(5, 3, 11), at(10, 3, 15))]


def test_a_pause_moves_calendar_days_and_hours_in_their_own_unit(italy: WorkingCalendar) -> None:
    days, hours = stored(italy, 14, "calendar_days", start=at(2, 3, 9)), stored(italy, 24, "hours", start=at(2, 3, 9))
    for row in (days, hours):
        pause_clock(row, at=at(2, 3, 10))
        resume_clock(row, at=at(5, 3, 10, 30))
    days.refresh_from_db()
    hours.refresh_from_db()
    assert days.due_at == at(19, 3)
    assert hours.due_at == at(6, 3, 9, 30)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (at(3, hour=17, minute=59), at(7)),
        (at(3), at(7)),
        (at(3, hour=18, minute=1), at(8)),  # after hours: counts from Tuesday, as Monday is Easter Monday
        (at(4, hour=9), at(8)),
        (at(7, hour=7), at(8)),
    ],
)
def test_a_receipt_after_hours_counts_from_the_next_working_day(
    italy: WorkingCalendar, start: datetime, expected: datetime
) -> None:
    assert due(start, 1, "working_days", italy).at == expected


def test_rolling_forward_and_never_back_before_the_start(italy: WorkingCalendar) -> None:
    assert due(RECEIVED, 30, "calendar_days", italy, "forward").at == at(4, 5)
    sunday = due(at(4, hour=10), 1, "calendar_days", italy, "back")
    assert sunday.at == sunday.nominal == at(5)


def test_summer_time_leaves_hours_exact_and_days_at_six_in_the_evening(italy: WorkingCalendar) -> None:
    start = datetime(2026, 3, 28, 12, 0, tzinfo=ROME)
    assert due(start, 24, "hours", italy).at == datetime(2026, 3, 29, 13, 0, tzinfo=ROME)
    assert due(start, 2, "calendar_days", italy, "none").at == datetime(2026, 3, 30, 16, 0, tzinfo=UTC)


def test_holidays_are_national_regional_of_the_patron_and_data() -> None:
    milan = WorkingCalendarFactory(code="MI", country="IT", subdivision="MI", patron_saint="06-24")
    for language, name in (("it", "Sant'Ambrogio"), ("en", "Saint Ambrose's Day"), ("de", "Saint Ambrose's Day")):
        with translation.override(language):
            assert milan.why_closed(date(2026, 12, 7)) == name
    assert not milan.works_on(date(2026, 6, 24))
    assert not milan.works_on(date(2027, 10, 4))  # Saint Francis, a national holiday again from 2026
    assert not milan.works_on(date(2026, 12, 5))
    assert milan.works_on(date(2026, 12, 9))
    china = WorkingCalendarFactory(country="CN")
    assert china.works_on(date(2026, 2, 14))  # a Saturday worked instead
    assert not china.works_on(date(2026, 2, 20))
    baden = WorkingCalendarFactory(code="BW", country="DE", subdivision="BW")
    assert not baden.works_on(date(2026, 1, 6))
    assert WorkingCalendarFactory(country="DE").works_on(date(2026, 1, 6))


def test_own_days_win_over_the_rule_and_can_be_taken_away(italy: WorkingCalendar) -> None:
    administrator = UserFactory(role="administrator")
    august = [date(2026, 8, 10) + timedelta(days=distance) for distance in range(5)]
    set_calendar_days(italy, actor=administrator, days=august, kind="closed", note="Summer closure")
    set_calendar_days(italy, actor=administrator, days=[date(2026, 4, 6)], kind="worked")
    read = WorkingCalendar.objects.get(pk=italy.pk)
    assert read.why_closed(date(2026, 8, 12)) == "Summer closure"
    assert due(RECEIVED, 1, "working_days", read).at == at(6)
    set_calendar_days(italy, actor=administrator, days=[date(2026, 4, 6)], kind="")
    assert due(RECEIVED, 1, "working_days", WorkingCalendar.objects.get(pk=italy.pk)).at == at(7)


def test_closures_of_the_customers_plant_count_too(italy: WorkingCalendar) -> None:
    plant = WorkingCalendar.objects.create(code="ACME", name="ACME Stuttgart", country="DE", time_zone="Europe/Berlin")
    CalendarDay.objects.create(calendar=plant, date=date(2026, 4, 7), kind="closed", note="Stocktaking")
    row = start_clock(italy, "visit", amount=1, unit="working_days", calendar=[italy, plant], start=RECEIVED)
    row = Clock.objects.get(pk=row.pk)
    assert row.due_at == at(8)
    assert row.calendars == (italy, plant)


def test_a_second_pause_changes_nothing_and_a_customers_deadline_never_pauses(italy: WorkingCalendar) -> None:
    row = stored(italy, 10, "working_days")
    pause_clock(row, at=at(8))
    pause_clock(row, at=at(9))
    assert row.pauses.count() == 1
    imposed = start_clock(italy, "d4", amount=7, unit="calendar_days", calendar=italy, start=RECEIVED, pausable=False)
    with pytest.raises(Denied) as refused:
        pause_clock(imposed)
    assert refused.value.code == "clock_never_pauses"
    clock.pause_clocks(italy, at=at(10))
    assert not Clock.objects.get(pk=imposed.pk).paused


def test_pausing_and_resuming_all_clocks_of_a_record(italy: WorkingCalendar) -> None:
    rows = [stored(italy, 10, "working_days"), stored(italy, 5, "working_days")]
    clock.pause_clocks(italy, at=at(8, hour=10))
    assert [Clock.objects.get(pk=row.pk).paused for row in rows] == [True, True]
    clock.resume_clocks(italy, at=at(9, hour=10))
    assert [Clock.objects.get(pk=row.pk).due_at for row in rows] == [at(21), at(14)]


def test_reopening_starts_an_additional_clock(italy: WorkingCalendar) -> None:
    first = stored(italy, 1, "working_days")
    meet_clock(first, at=at(7, hour=9))
    second = stored(italy, 1, "working_days", start=at(20, hour=9))
    first.refresh_from_db()
    assert (first.round, first.met_at, first.due_at) == (1, at(7, hour=9), at(7))
    assert (second.round, second.due_at) == (2, at(21))


def test_a_met_or_stopped_clock_takes_no_further_step(italy: WorkingCalendar) -> None:
    row = stop_clock(stored(italy, 1, "working_days"))
    for step in (meet_clock, pause_clock, resume_clock, stop_clock):
        with pytest.raises(Denied) as refused:
            step(row)
        assert refused.value.code == "clock_not_running"


def test_colours_follow_the_used_working_time(italy: WorkingCalendar) -> None:
    row = stored(italy, 2, "working_days", start=at(7, hour=8))  # due 9 April 18:00: 30 working hours
    assert row.colour(at(7, hour=18)) == "green"
    assert row.used_share(at(8, hour=13)) == pytest.approx(0.5)
    assert row.colour(at(9, hour=10)) == "green"
    assert row.colour(at(9, hour=10, minute=30)) == "amber"
    assert row.colour(at(9)) == "amber"
    assert row.colour(at(9, hour=18, minute=1)) == "red"
    assert row.used_share(at(10, hour=15, minute=30)) == pytest.approx(1.25)


def test_a_paused_clock_keeps_its_share(italy: WorkingCalendar) -> None:
    row = stored(italy, 2, "working_days", start=at(7, hour=8))
    pause_clock(row, at=at(8, hour=13))
    row = Clock.objects.get(pk=row.pk)
    assert row.used_share(at(8, hour=13)) == row.used_share(at(17)) == pytest.approx(0.5)
    assert row.colour(at(17)) == "green"


def test_an_unknown_country_has_no_holidays_and_an_empty_calendar_says_so() -> None:
    nowhere = WorkingCalendar(code="XX", country="XX")
    assert nowhere.works_on(date(2026, 12, 25))
    never = WorkingCalendar(code="NO", country="", working_weekdays=[])
    with pytest.raises(Denied) as refused:
        due(RECEIVED, 1, "working_days", never)
    assert refused.value.code == "no_working_day"


def test_calendars_are_kept_by_administrators(italy: WorkingCalendar) -> None:
    with pytest.raises(Denied) as refused:
        create_calendar(WorkingCalendar, actor=UserFactory(role="account_manager"), code="X", name="X")
    assert refused.value.status == 403
    made = create_calendar(WorkingCalendar, actor=UserFactory(role="administrator"), code="X", name="X", country="US")
    assert not made.works_on(date(2026, 11, 26))


def test_now_is_one_and_can_be_another_moment() -> None:
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        assert clock.today("Europe/Rome") == date(2027, 1, 1)
        assert clock.today("America/New_York") == date(2026, 12, 31)
        with clock.moment(RECEIVED):
            assert clock.now() == RECEIVED
            assert clock.today("Asia/Shanghai") == date(2026, 4, 3)
