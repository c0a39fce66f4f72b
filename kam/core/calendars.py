"""Working calendars as data: which days are worked at a location or a customer's plant, and day arithmetic on them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import holidays
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals

HORIZON = 3660  # days; a calendar without a working day in ten years is a mistake in the data


def validate_time_zone(name: str) -> None:
    """Refuse a time zone that the IANA table does not know."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone; write it as in Europe/Rome."), params={"name": name}, code="time_zone"
        )


def _monday_to_friday() -> list[int]:
    return [1, 2, 3, 4, 5]


@lru_cache(maxsize=1024)
def _national(country: str, subdivision: str, year: int, language: str) -> tuple[dict[date, str], frozenset[date]]:
    """National and regional holidays of one year with their names, and the weekend days that are worked instead.

    The names are in the reader's language where it is known for the country, else in English.
    """
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None)
        spoken = next((code for code in known.supported_languages if code.startswith(language)), "en_US")
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=[year], language=spoken)
    except NotImplementedError:
        return {}, frozenset()
    return dict(known.items()), frozenset(day for day in getattr(known, "weekend_workdays", ()) if day.year == year)


class WorkingCalendarQuerySet(SharedQuerySet):
    """Calendars: everyone reads them."""

    def for_list(self) -> "WorkingCalendarQuerySet":
        return self.annotate(exception_count=models.Count("days"))


@tracked()
class WorkingCalendar(Record):
    """The working days of a place: its weekdays, the holidays of its country and region, its patron saint, its own days."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Two letters, as in IT; empty: no national holidays.")
    )
    subdivision = models.CharField(_("region or province"), max_length=10, blank=True, help_text=_("As in MI, BW or CA."))
    patron_saint = models.CharField(
        _("patron saint"),
        max_length=5,
        blank=True,
        validators=[RegexValidator("^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", _("Write month and day, as in 12-07."))],
        help_text=_("Month and day, as in 12-07."),
    )
    working_weekdays = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(7)]),
        verbose_name=_("working days of the week"),
        default=_monday_to_friday,
        help_text=_("1 is Monday, 7 is Sunday."),
    )
    day_starts = models.TimeField(_("start of the working day"), default=time(8))
    day_ends = models.TimeField(_("end of the working day"), default=time(18))
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Rome", validators=[validate_time_zone])

    objects = WorkingCalendarQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ["code", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(day_starts__lt=models.F("day_ends")), name="core_workingcalendar_day_has_length"
            ),
            models.CheckConstraint(condition=models.Q(working_weekdays__len__gte=1), name="core_workingcalendar_has_weekdays"),
            models.CheckConstraint(
                condition=models.Q(patron_saint="") | models.Q(patron_saint__regex=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
                name="core_workingcalendar_patron_saint_is_month_and_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the calendar."""
        return f"/calendars/{self.pk}/"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone that its days are cut in."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def exceptions(self) -> dict[date, "CalendarDay"]:
        """Its own days (closures, bridge days, days worked out of turn) by date."""
        return {day.date: day for day in self.days.all()} if self.pk else {}

    def why_closed(self, day: date) -> str:
        """Why nobody works on this day (the name of the holiday, the closure, the weekday); empty on a working day."""
        own = self.exceptions.get(day)
        if own is not None:
            return "" if own.kind == CalendarDay.Kind.WORKED else own.note or str(own.get_kind_display())
        language = (get_language() or "en")[:2]
        named, worked = _national(self.country, self.subdivision, day.year, language) if self.country else ({}, frozenset())
        if day in named:
            return named[day]
        if self.patron_saint == f"{day:%m-%d}":
            return str(_("Patron saint"))
        if day.isoweekday() not in self.working_weekdays and day not in worked:
            return str(_("Not a working day of the week"))
        return ""

    def works_on(self, day: date) -> bool:
        """Is this a working day here?"""
        return not self.why_closed(day)


@tracked()
class CalendarDay(Record):
    """A day on which a calendar differs from its rule: closed, a bridge day, or worked out of turn."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("Closed")
        BRIDGE = "bridge", _("Bridge day")
        WORKED = "worked", _("Worked")

    calendar = models.ForeignKey(
        WorkingCalendar, on_delete=models.CASCADE, related_name="days", verbose_name=_("working calendar")
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    note = models.CharField(_("note"), max_length=120, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["date", "pk"]
        constraints = [models.UniqueConstraint(fields=["calendar", "date"], name="core_calendarday_once")]

    def __str__(self) -> str:
        return f"{self.calendar} {self.date:%Y-%m-%d} {self.get_kind_display()}"


class PlainWeek:
    """Monday to Friday, 8 to 18 UTC, no holidays: for a deadline whose place is not known."""

    zone: Any = UTC
    day_starts, day_ends = time(8), time(18)

    def works_on(self, day: date) -> bool:
        return day.isoweekday() <= 5


Calendars = WorkingCalendar | PlainWeek | Sequence[WorkingCalendar | PlainWeek]


def combined(calendar: Calendars) -> tuple[WorkingCalendar | PlainWeek, ...]:
    """One calendar or several as a tuple; the first is the handling location, whose zone and hours count."""
    together = (calendar,) if isinstance(calendar, WorkingCalendar | PlainWeek) else tuple(calendar)
    if not together:
        raise ValueError("at least one calendar is needed")
    return together


def is_working_day(day: date, calendar: Calendars) -> bool:
    """Is this a working day in all of these calendars?"""
    return all(one.works_on(day) for one in combined(calendar))


def _walk(day: date, step: int) -> Iterator[date]:
    for distance in range(1, HORIZON):
        yield day + timedelta(days=step * distance)
    raise Denied("no_working_day", _("The working calendar has no working day in ten years; correct it first."))


def add_working_days(day: date, count: int, calendar: Calendars) -> date:
    """The day `count` working days after (before, if negative) a day; zero is the day itself."""
    left, together = abs(count), combined(calendar)
    if not left:
        return day
    for other in _walk(day, 1 if count > 0 else -1):
        left -= is_working_day(other, together)
        if not left:
            return other
    raise AssertionError("unreachable")


def working_days_between(start: date, end: date, calendar: Calendars) -> int:
    """How many working days lie after `start` up to and including `end`; negative when `end` is before `start`."""
    if end < start:
        return -working_days_between(end, start, calendar)
    together = combined(calendar)
    return sum(is_working_day(start + timedelta(days=distance), together) for distance in range(1, (end - start).days + 1))


def working_day_on_or_after(day: date, calendar: Calendars) -> date:
    """The day itself if it is worked, else the next working day."""
    return day if is_working_day(day, calendar) else add_working_days(day, 1, calendar)


def working_day_on_or_before(day: date, calendar: Calendars) -> date:
    """The day itself if it is worked, else the last working day before."""
    return day if is_working_day(day, calendar) else add_working_days(day, -1, calendar)


def end_of_day(day: date, calendar: Calendars) -> datetime:
    """When the working day ends at the handling location."""
    first = combined(calendar)[0]
    return datetime.combine(day, first.day_ends, first.zone)


def working_seconds(start: datetime, end: datetime, calendar: Calendars) -> float:
    """Working time between two moments in seconds: the hours of the handling location on days worked everywhere."""
    together = combined(calendar)
    first = together[0]
    day, last, total = start.astimezone(first.zone).date(), end.astimezone(first.zone).date(), 0.0
    while day <= last:
        if is_working_day(day, together):
            opens = max(start, datetime.combine(day, first.day_starts, first.zone))
            closes = min(end, end_of_day(day, together))
            total += max(0.0, (closes.astimezone(UTC) - opens.astimezone(UTC)).total_seconds())
        day += timedelta(days=1)
    return total


def _check(values: dict[str, Any]) -> None:
    """Refuse what a calendar cannot be, every fault at once."""
    wrong = []
    if values["day_starts"] >= values["day_ends"]:
        wrong.append(Denied("day_without_length", _("The working day must end after it starts."), field="day_ends", status=400))
    weekdays = values["working_weekdays"]
    if not weekdays or len(set(weekdays)) != len(weekdays) or not set(weekdays) <= set(range(1, 8)):
        wrong.append(
            Denied(
                "weekdays", _("Name at least one day of the week, each once, from 1 to 7."), field="working_weekdays", status=400
            )
        )
    if values["subdivision"]:
        try:
            holidays.country_holidays(values["country"], subdiv=values["subdivision"])
        except (NotImplementedError, KeyError):
            wrong.append(
                Denied(
                    "unknown_region",
                    _("This region is not known for the country; leave it empty."),
                    field="subdivision",
                    status=400,
                )
            )
    if wrong:
        raise Refusals(wrong)


def _values_of(calendar: WorkingCalendar) -> dict[str, Any]:
    return {name: getattr(calendar, name) for name in ("day_starts", "day_ends", "working_weekdays", "country", "subdivision")}


@verb("core.create_calendar", _("Create calendar"))
def create_calendar(model: type[WorkingCalendar], *, actor: Any, reason: str = "", **values: Any) -> WorkingCalendar:
    """Make a working calendar. Raises Denied when its code exists or a value cannot be."""
    if WorkingCalendar.objects.filter(code=values.get("code", "")).exists():
        raise Denied("duplicate_code", _("A calendar with this code exists."), field="code")
    calendar = WorkingCalendar(**values)
    _check(_values_of(calendar))
    calendar.save()
    return calendar


@verb("core.change_calendar", _("Change calendar"))
def change_calendar(calendar: WorkingCalendar, *, actor: Any, reason: str = "", **values: Any) -> WorkingCalendar:
    """Change a working calendar; deadlines that run keep the date they were given. Raises Denied as for a new one."""
    changed = [name for name, value in values.items() if getattr(calendar, name) != value]
    if "code" in changed and WorkingCalendar.objects.filter(code=values["code"]).exists():
        raise Denied("duplicate_code", _("A calendar with this code exists."), field="code")
    _check(_values_of(calendar) | values)
    for name in changed:
        setattr(calendar, name, values[name])
    if changed:
        calendar.save(update_fields=changed)
    return calendar


@verb("core.set_calendar_days", _("Set closures"))
def set_calendar_days(
    calendar: WorkingCalendar, *, actor: Any, reason: str = "", days: Iterable[date], kind: str, note: str = ""
) -> WorkingCalendar:
    """Mark days as closed, bridge or worked; an empty kind takes the marks away and the rule holds again."""
    wanted = sorted(set(days))
    if kind and kind not in CalendarDay.Kind.values:
        raise Denied("unknown_kind", _("Choose closed, bridge day or worked."), field="kind", status=400)
    if len(wanted) > 366:
        raise Denied("too_many_days", _("At most 366 days at once."), field="days", status=400)
    present = {day.date: day for day in calendar.days.filter(date__in=wanted)}
    if not kind:
        calendar.days.filter(date__in=wanted).delete()
    for day in wanted if kind else []:
        row = present.get(day)
        if row is None:
            CalendarDay.objects.create(calendar=calendar, date=day, kind=kind, note=note)
        elif (row.kind, row.note) != (kind, note):
            row.kind, row.note = kind, note
            row.save(update_fields=["kind", "note"])
    calendar.__dict__.pop("exceptions", None)
    return calendar
