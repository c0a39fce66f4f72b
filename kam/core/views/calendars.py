"""Working calendars: the list, a calendar with the days that are not worked, its rule and its closures."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core import clock, formats
from kam.core.calendars import CalendarDay, WorkingCalendar, change_calendar, create_calendar, set_calendar_days
from kam.core.forms import FieldsForm, Form
from kam.core.process_filters import WorkingCalendarFilter
from kam.core.tables import Column
from kam.core.views.form import FormPage
from kam.core.views.list import ListPage
from kam.core.views.record import Fact, RecordPage, VerbButton
from kam.core.views.verb import VerbView
from kam.core.words import country_name

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)
YEARS = range(2000, 2100)


def patron_day(calendar: WorkingCalendar) -> str:
    """The day of the patron saint as the reader writes a day without a year."""
    month, _dash, day = calendar.patron_saint.partition("-")
    return formats.day_of_year(date(2000, int(month), int(day))) if day else ""


class CalendarList(ListPage):
    """Every working calendar."""

    model = WorkingCalendar
    title = _("Working calendars")
    icon = "calendar"
    filterset_class = WorkingCalendarFilter
    default_order = ("code",)
    columns = (
        Column("name", _("Name"), sort="name", link=True, second="code"),
        Column("country", _("Country"), value=lambda row: country_name(row.country), sort="country"),
        Column("subdivision", _("Region or province")),
        Column("patron_saint", _("Patron saint"), value=patron_day),
        Column("time_zone", _("Time zone"), sort="time_zone"),
        Column("exception_count", _("Own days"), kind="number"),
    )
    create_url = "core:calendar_create"
    create_verb = "core.create_calendar"
    create_label = _("New calendar")
    empty_title = _("No calendar yet")
    empty_text = _("Deadlines run on the working calendar of a location or of a customer's plant.")


class CalendarPage(RecordPage):
    """A calendar: its rule, and the days of a year that are not worked, with the reason."""

    model = WorkingCalendar
    template_name = "core/calendar.html"
    list_url = "core:calendar_list"
    icon = "calendar"
    edit_url = "core:calendar_edit"
    edit_verb = "core.change_calendar"
    number_field = "code"
    buttons = (VerbButton("core.set_calendar_days", "core:calendar_days", "calendar-x", page=True),)

    def facts(self) -> list[Fact]:
        calendar = self.record
        days = dict(WEEKDAYS)
        return [
            Fact(_("Country"), country_name(calendar.country), note=calendar.subdivision),
            Fact(_("Patron saint"), patron_day(calendar)),
            Fact(_("Working days"), ", ".join(str(days[day]) for day in sorted(calendar.working_weekdays))),
            Fact(_("Hours"), f"{calendar.day_starts:%H:%M} – {calendar.day_ends:%H:%M}"),
            Fact(_("Time zone"), calendar.time_zone),
        ]

    def context(self) -> dict[str, Any]:
        asked = self.request.GET.get("year", "")
        year = int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in YEARS else clock.today().year
        return super().context() | {"year": year, "before": year - 1, "after": year + 1, "days": self.special_days(year)}

    def special_days(self, year: int) -> list[dict[str, Any]]:
        """The days of a year that differ from the plain week: holidays, closures, days worked out of turn."""
        calendar, found, day = self.record, [], date(year, 1, 1)
        while day.year == year:
            reason, usual = calendar.why_closed(day), day.isoweekday() in calendar.working_weekdays
            own = calendar.exceptions.get(day)
            if own is not None or (usual and reason) or (not usual and not reason):
                found.append({"date": day, "closed": bool(reason), "reason": reason or (own.note if own else ""), "own": own})
            day += timedelta(days=1)
        return found


class CalendarForm(FieldsForm):
    """The rule of a calendar."""

    working_weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days of the week"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=[1, 2, 3, 4, 5],
    )
    field_order = [
        "code",
        "name",
        "country",
        "subdivision",
        "patron_saint",
        "working_weekdays",
        "day_starts",
        "day_ends",
        "time_zone",
    ]

    class Meta:
        model = WorkingCalendar
        fields = [
            "code",
            "name",
            "country",
            "subdivision",
            "patron_saint",
            "working_weekdays",
            "day_starts",
            "day_ends",
            "time_zone",
        ]


class CalendarCreate(FormPage):
    """Make a calendar."""

    model = WorkingCalendar
    title = _("New calendar")
    form_class = CalendarForm
    verb = "core.create_calendar"
    creates = True
    cancel_url = "/calendars/"

    def act(self, form: Any) -> Any:
        """Make it."""
        values = form.values()
        values.pop("version", None)
        return create_calendar(WorkingCalendar, actor=self.reader, **values)


class CalendarEdit(FormPage):
    """Change the rule of a calendar."""

    model = WorkingCalendar
    title = _("Change calendar")
    form_class = CalendarForm
    verb = "core.change_calendar"

    def act(self, form: Any) -> Any:
        """Change it."""
        return change_calendar(self.record, actor=self.reader, **form.values())


class DaysForm(Form):
    """A span of days and what they are."""

    first = forms.DateField(label=pgettext_lazy("date", "From"))
    last = forms.DateField(label=pgettext_lazy("date", "To"))
    kind = forms.ChoiceField(label=_("Kind"), choices=[*CalendarDay.Kind.choices, ("", _("By the rule again"))], required=False)
    note = forms.CharField(label=_("Note"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        """The span must be one."""
        values = super().clean() or self.cleaned_data
        first, last = values.get("first"), values.get("last")
        if first and last and not 0 <= (last - first).days <= 365:
            self.add_error("last", _("The last day must not lie before the first, nor more than a year after it."))
        return dict(values)


class CalendarDays(VerbView):
    """Mark a span of days as closed, bridge days or worked."""

    model = WorkingCalendar
    verb = "core.set_calendar_days"
    form_class = DaysForm
    success = _("The calendar is changed.")

    def act(self, form: Any) -> Any:
        """Mark them."""
        values = form.values()
        first, last = values.pop("first"), values.pop("last")
        days = [first + timedelta(days=distance) for distance in range((last - first).days + 1)]
        return set_calendar_days(self.record, actor=self.reader, days=days, **values)
