"""The only source of now, and deadlines in hours, calendar days or working days, with pause and roll."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kam.core.calendars import (
    CalendarDay,
    Calendars,
    PlainWeek,
    WorkingCalendar,
    add_working_days,
    combined,
    end_of_day,
    is_working_day,
    working_day_on_or_after,
    working_day_on_or_before,
    working_days_between,
    working_seconds,
)
from kam.core.history import told_moment, tracked
from kam.core.records import About, Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied

__all__ = [
    "CalendarDay",
    "Calendars",
    "Clock",
    "ClockPause",
    "Deadline",
    "PlainWeek",
    "Roll",
    "Unit",
    "WorkingCalendar",
    "add_working_days",
    "due",
    "is_working_day",
    "meet_clock",
    "moment",
    "now",
    "pause_clock",
    "pause_clocks",
    "resume_clock",
    "resume_clocks",
    "start_clock",
    "stop_clock",
    "today",
    "working_days_between",
]

WARN_SHARE = 0.75


def now() -> datetime:
    """This moment, with its zone (UTC)."""
    return told_moment.get() or timezone.now()


def today(zone: str | tzinfo | None = None) -> date:
    """The date of this moment in a zone; without one, in the zone that is active for the reader."""
    place = ZoneInfo(zone) if isinstance(zone, str) else zone or timezone.get_current_timezone()
    return now().astimezone(place).date()


@contextmanager
def moment(at: datetime) -> Iterator[None]:
    """Take another moment for now until the block ends: how the demonstration company gets its past."""
    token = told_moment.set(at.astimezone(UTC))
    try:
        yield
    finally:
        told_moment.reset(token)


class Unit(models.TextChoices):
    """What a deadline is counted in."""

    HOURS = "hours", _("hours")
    CALENDAR_DAYS = "calendar_days", _("calendar days")
    WORKING_DAYS = "working_days", _("working days")


class Roll(models.TextChoices):
    """Where a deadline goes that falls on a day off."""

    BACK = "back", _("to the last working day before")
    NONE = "none", _("stays")
    FORWARD = "forward", _("to the next working day")


@dataclass(frozen=True)
class Deadline:
    """A deadline as counted (`nominal`) and as it binds (`at`)."""

    nominal: datetime
    at: datetime


def counts_from(start: datetime, calendar: Calendars) -> datetime:
    """From when a working-day deadline counts: a receipt after hours or on a day off counts from the next working day's start."""
    first = combined(calendar)[0]
    local = start.astimezone(first.zone)
    if is_working_day(local.date(), first) and local.time() <= first.day_ends:
        return local
    return datetime.combine(add_working_days(local.date(), 1, calendar), first.day_starts, first.zone)


def due(start: datetime, amount: int, unit: str, calendar: Calendars, roll: str = Roll.BACK) -> Deadline:
    """The deadline `amount` units after `start` on one calendar or several together.

    Hours are exact to the minute and never rolled. Days end with the working day of the handling location (the first
    calendar); calendar days roll from a day off, but never back before the start. Both moments are in UTC.
    """
    first = combined(calendar)[0]
    if unit == Unit.HOURS:
        exact = start.astimezone(UTC) + timedelta(hours=amount)
        return Deadline(exact, exact)
    if unit == Unit.WORKING_DAYS:
        begins = counts_from(start, calendar)
        return _rolled(add_working_days(begins.date(), amount, calendar), start, calendar, roll)
    if unit == Unit.CALENDAR_DAYS:
        return _rolled(start.astimezone(first.zone).date() + timedelta(days=amount), start, calendar, roll)
    raise ValueError(f"unknown unit {unit}")


def _rolled(day: date, start: datetime, calendar: Calendars, roll: str) -> Deadline:
    nominal = end_of_day(day, calendar).astimezone(UTC)
    at = nominal
    if roll == Roll.BACK:
        earlier = end_of_day(working_day_on_or_before(day, calendar), calendar).astimezone(UTC)
        at = earlier if earlier > start else nominal
    elif roll == Roll.FORWARD:
        at = end_of_day(working_day_on_or_after(day, calendar), calendar).astimezone(UTC)
    return Deadline(nominal, at)


@tracked()
class Clock(Record, About):
    """A deadline that runs on a record: what was promised, on which calendar, when it is due, when it was met."""

    class Colour(models.TextChoices):
        GREEN = "green", _("in time")
        AMBER = "amber", _("due soon")
        RED = "red", _("late")

    kind = models.SlugField(_("kind"), max_length=60)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    started_at = models.DateTimeField(_("start"))
    amount = models.PositiveIntegerField(_("amount"))
    unit = models.CharField(_("unit"), max_length=20, choices=Unit)
    roll = models.CharField(_("on a day off"), max_length=10, choices=Roll, default=Roll.BACK)
    calendar = models.ForeignKey(WorkingCalendar, on_delete=models.PROTECT, related_name="+", verbose_name=_("working calendar"))
    other_calendars = models.ManyToManyField(WorkingCalendar, related_name="+", blank=True, verbose_name=_("further calendars"))
    pausable = models.BooleanField(_("pauses while waiting for the customer"), default=True)
    due_nominal = models.DateTimeField(_("due as counted"))
    due_at = models.DateTimeField(_("due"))
    met_at = models.DateTimeField(_("met"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(met_at=None, stopped_at=None), name="core_clock_running")]
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "kind", "round"], name="core_clock_round_once"),
            models.CheckConstraint(condition=Q(met_at=None) | Q(stopped_at=None), name="core_clock_met_or_stopped"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="core_clock_unit"),
            models.CheckConstraint(condition=Q(roll__in=Roll.values), name="core_clock_roll"),
            models.CheckConstraint(condition=Q(due_at__gt=F("started_at")), name="core_clock_due_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def calendars(self) -> tuple[WorkingCalendar | PlainWeek, ...]:
        """The handling location's calendar and those that count with it."""
        return (self.calendar, *self.other_calendars.all())

    @property
    def running(self) -> bool:
        """Neither met nor stopped."""
        return self.met_at is None and self.stopped_at is None

    @property
    def paused(self) -> bool:
        """Waiting for the customer now."""
        return any(pause.resumed_at is None for pause in self.pauses.all())

    def used_share(self, at: datetime | None = None) -> float:
        """How much of the time is used, pauses left out: 0.75 warns, above 1 is late. Working-day clocks count working time."""
        at = at or self.met_at or self.stopped_at or now()
        calendars = self.calendars
        start = counts_from(self.started_at, calendars) if self.unit == Unit.WORKING_DAYS else self.started_at

        def length(begin: datetime, end: datetime) -> float:
            begin = max(begin, start)
            if end <= begin:
                return 0.0
            return working_seconds(begin, end, calendars) if self.unit == Unit.WORKING_DAYS else (end - begin).total_seconds()

        whole, used = length(start, self.due_at), length(start, at)
        for pause in self.pauses.all():
            used -= length(pause.paused_at, min(at, pause.resumed_at or at))
            whole -= (
                length(pause.paused_at, pause.resumed_at) if pause.resumed_at else 0.0
            )  # an open pause has not moved the deadline
        return used / whole if whole > 0 else float(at > self.due_at)

    def colour(self, at: datetime | None = None, *, warn_share: float = WARN_SHARE) -> str:
        """Green, amber from 75 % of the time, red when overdue; a paused clock keeps its share."""
        end = at or self.met_at or self.stopped_at or now()
        if end > self.due_at and not self.paused:
            return self.Colour.RED
        return self.Colour.AMBER if self.used_share(end) >= warn_share else self.Colour.GREEN


@tracked()
class ClockPause(models.Model):
    """An interval in which a clock stood still because the customer was asked."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    paused_at = models.DateTimeField(_("paused"))
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["paused_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["clock"], condition=Q(resumed_at=None), name="core_clockpause_one_open"),
            models.CheckConstraint(
                condition=Q(resumed_at=None) | Q(resumed_at__gte=F("paused_at")), name="core_clockpause_resumed_after_paused"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.paused_at:%Y-%m-%d %H:%M}"


def clocks_of(record: models.Model) -> models.QuerySet[Clock]:
    """Every clock on a record, the rounds in order."""
    kind = ContentType.objects.get_for_model(record)
    return Clock.objects.filter(content_type=kind, object_id=record.pk).select_related("calendar").order_by("kind", "round")


def start_clock(record: models.Model, kind: str, *, start: datetime | None = None, **terms: Any) -> Clock:
    """Start a deadline on a record, as `start_clocks` does several."""
    return start_clocks(record, {kind: terms}, start=start)[0]


def start_clocks(record: models.Model, terms: Mapping[str, Mapping[str, Any]], *, start: datetime | None = None) -> list[Clock]:
    """Start deadlines on a record, by kind: `amount`, `unit`, `calendar`, and where told `roll` and `pausable`.

    When one of a kind ran before (the record was reopened) this is an additional one.
    """
    start = start or now()
    about = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
    before = Clock.objects.filter(kind__in=list(terms), **about).order_by().values_list("kind").annotate(last=models.Max("round"))
    rounds = dict(before) if terms else {}
    started, others = [], []
    for kind, said in terms.items():
        calendars = combined(said["calendar"])
        handling = calendars[0]
        if not isinstance(handling, WorkingCalendar):
            raise TypeError("a stored deadline needs a stored calendar")
        roll = said.get("roll", Roll.BACK)
        deadline = due(start, said["amount"], said["unit"], calendars, roll)
        started.append(
            Clock(
                kind=kind, round=rounds.get(kind, 0) + 1, started_at=start, amount=said["amount"], unit=said["unit"], roll=roll,
                calendar=handling, pausable=said.get("pausable", True), due_nominal=deadline.nominal, due_at=deadline.at, **about,
            )
        )  # fmt: skip
        others.append([other for other in calendars[1:] if isinstance(other, WorkingCalendar)])
    with transaction.atomic(savepoint=False):
        Clock.objects.bulk_create(started)
        for one, further in zip(started, others, strict=True):
            if further:
                one.other_calendars.set(further)
    return started


def _running(clock: Clock) -> Clock:
    """The clock as it is now, locked. Raises Denied when it no longer runs."""
    fresh = Clock.objects.filter(pk=clock.pk).locked().get()
    if not fresh.running:
        raise Denied("clock_not_running", _("This deadline no longer runs."))
    return fresh


@transaction.atomic
def pause_clock(clock: Clock, *, at: datetime | None = None, reason: str = "") -> Clock:
    """Stand still while the customer is asked; a second pause changes nothing. Raises Denied for a deadline that never pauses."""
    clock = _running(clock)
    if not clock.pausable:
        raise Denied("clock_never_pauses", _("The customer imposed this deadline; it does not pause."))
    if not clock.paused:
        ClockPause.objects.create(clock=clock, paused_at=at or now(), reason=reason)
    return clock


@transaction.atomic
def resume_clock(clock: Clock, *, at: datetime | None = None) -> Clock:
    """Run again and move the deadline by what was paused, in the clock's own unit (AT-22)."""
    clock = _running(clock)
    pause = clock.pauses.filter(resumed_at=None).first()
    if pause is None:
        return clock
    pause.resumed_at = max(at or now(), pause.paused_at)
    pause.save(update_fields=["resumed_at"])
    moved = _moved(clock, pause.paused_at, pause.resumed_at)
    if (moved.nominal, moved.at) != (clock.due_nominal, clock.due_at):
        clock.due_nominal, clock.due_at = moved.nominal, moved.at
        clock.save(update_fields=["due_nominal", "due_at"])
    return clock


def _moved(clock: Clock, paused_at: datetime, resumed_at: datetime) -> Deadline:
    """The deadline after a pause: hours move by hours, calendar days by calendar days, working days by working days.

    Days are those after the day of the pause up to and including the day of the resumption.
    """
    if clock.unit == Unit.HOURS:
        later = clock.due_nominal + (resumed_at - paused_at)
        return Deadline(later, later)
    calendars = clock.calendars
    zone = calendars[0].zone
    nominal, left, back = (at.astimezone(zone).date() for at in (clock.due_nominal, paused_at, resumed_at))
    if clock.unit == Unit.CALENDAR_DAYS:
        return _rolled(nominal + (back - left), clock.started_at, calendars, clock.roll)
    left = max(left, counts_from(clock.started_at, calendars).date())
    days = working_days_between(left, back, calendars) if back > left else 0
    return _rolled(add_working_days(nominal, days, calendars), clock.started_at, calendars, clock.roll)


@transaction.atomic
def meet_clock(clock: Clock, *, at: datetime | None = None) -> Clock:
    """Note when the promise was kept, in time or late; a pause that was open ends with it."""
    clock = resume_clock(clock, at=at)
    clock.met_at = at or now()
    clock.save(update_fields=["met_at"])
    return clock


@transaction.atomic
def stop_clock(clock: Clock) -> Clock:
    """End a deadline that no longer matters (its record was cancelled), neither kept nor broken."""
    clock = _running(clock)
    clock.pauses.filter(resumed_at=None).update(resumed_at=now())
    clock.stopped_at = now()
    clock.save(update_fields=["stopped_at"])
    return clock


def pause_clocks(record: models.Model, *, at: datetime | None = None, reason: str = "") -> None:
    """Pause every running deadline of a record that may pause: it begins to wait for the customer."""
    for clock in clocks_of(record).filter(met_at=None, stopped_at=None, pausable=True):
        pause_clock(clock, at=at, reason=reason)


def resume_clocks(record: models.Model, *, at: datetime | None = None) -> None:
    """Let the deadlines of a record run again: the customer answered."""
    for clock in clocks_of(record).filter(met_at=None, stopped_at=None, pauses__resumed_at=None, pauses__isnull=False):
        resume_clock(clock, at=at)


def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a zone."""
    return datetime.combine(day, time(0), zone)
