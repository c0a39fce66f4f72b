"""Pages of the sales meeting: what lies on the table for a person or the team, the minutes, and the sheets that are printed."""

from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.actions import edit_meeting, hold_meeting
from budgets.filters import SalesMeetingFilter
from budgets.forms.deviations import MeetingForm, MinutesForm
from budgets.models import Deviation, PaperKind, SalesMeeting, year_name
from budgets.reports.effect import action_figures
from budgets.reports.meeting import agenda
from budgets.reports.my_year import people_to_see, running_year, years_to_see
from budgets.views.prints import IssuablePrint, papers_of
from kam.core import clock, formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage


def year_asked(reader: Any, asked: str) -> date | None:
    """The year that is asked for, else the one that runs, else the last one with targets."""
    years = years_to_see(reader)
    return next((one for one in years if one.isoformat() == asked), running_year(years))


class MeetingTable(Page):
    """What a meeting is about: deviations, actions due, what to decide; for a person or, without one, for the team."""

    model = Deviation
    title = _("Sales meeting")
    template_name = "budgets/meeting_table.html"

    @cached_property
    def people(self) -> list[User]:
        """Whose years the reader may open."""
        return people_to_see(self.reader)

    @cached_property
    def person(self) -> User | None:
        """Who is asked for; nobody is the team, for who sees more than one year."""
        asked = self.request.GET.get("person", "")
        if not asked:
            return self.people[0] if len(self.people) == 1 else None
        found = next((one for one in self.people if str(one.pk) == asked), None)
        if found is None:
            raise Http404
        return found

    def context(self) -> dict[str, Any]:
        year = year_asked(self.reader, self.request.GET.get("year", ""))
        people = [("", _("Team")), *((one.pk, str(one)) for one in self.people)]
        years = [(one.isoformat(), year_name(one)) for one in years_to_see(self.reader)]
        choosers: list[Any] = [("year", _("Year"), years, year.isoformat() if year else "")]
        if len(self.people) > 1:
            choosers.insert(0, ("person", _("Person"), people, self.person.pk if self.person else ""))
        query = {"person": self.person.pk} if self.person else {}
        meetings = SalesMeeting.objects.visible_to(self.reader).for_list().order_by("-held_on", "-pk")
        found = agenda(self.reader, self.person, year)
        return super().context() | {
            "choosers": choosers,
            "agenda": found,
            "standing": found.standing,
            "figures": action_figures(self.reader, year) if self.person is None else None,
            "meetings": meetings.filter(person=self.person)[:5],
            "hold_address": f"/budgets/meetings/new/?{urlencode(query)}" if self.reader.may("budgets.hold_meeting") else "",
            "print_value": f"{year.isoformat()}:{self.person.pk if self.person else ''}" if year else "",
            **papers_of(self.reader, kind=PaperKind.REPORT, first_month=year, person=self.person),
        }


class MeetingList(ListPage):
    """Minutes of sales meetings, the last one first."""

    model = SalesMeeting
    title = _("Sales meetings")
    icon = "users"
    breadcrumb = ((_("Sales meeting"), "/budgets/meeting/"),)
    filterset_class = SalesMeetingFilter
    default_order = ("-held_on",)
    create_url = "budgets:meeting_create"
    create_verb = "budgets.hold_meeting"
    create_label = _("Write minutes")
    empty_title = _("No minutes yet")
    empty_text = _("Open the sales meeting, go through what is on the table, and write down what was decided.")
    columns = (
        Column("held_on", _("Held on"), kind="date", sort="held_on", link=True),
        Column(
            "person", _("Person"), value=lambda row: row.person or _("Team"), sort=("person__last_name", "person__first_name")
        ),
        Column("held_by", _("Written by"), value="held_by"),
        Column("decisions", _("Decisions"), default=False),
    )


class MeetingPage(RecordPage):
    """The minutes of a meeting."""

    model = SalesMeeting
    template_name = "budgets/meeting_page.html"
    list_url = "budgets:meeting_list"
    edit_url = "budgets:meeting_edit"
    edit_verb = "budgets.edit_meeting"

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Held on"), formats.day(one.held_on)),
            Fact(_("Person"), one.person or _("Team")),
            Fact(_("Written by"), one.held_by),
        ]

    def context(self) -> dict[str, Any]:
        years = [one for one in years_to_see(self.reader) if one <= self.record.held_on]
        found = agenda(self.reader, self.record.person, years[0] if years else None)
        return super().context() | {"agenda": found, **papers_of(self.reader, meeting=self.record)}


class MeetingCreate(FormPage):
    """Begin the minutes of a meeting."""

    model = SalesMeeting
    form_class = MeetingForm
    verb = "budgets.hold_meeting"
    creates = True
    title = _("Sales meeting")
    cancel_url = "/budgets/meeting/"

    def initial(self) -> dict[str, Any]:
        return {"held_on": clock.today()} | super().initial()

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return hold_meeting(SalesMeeting, actor=self.reader, **values)


class MeetingEdit(FormPage):
    """Write on in the minutes."""

    model = SalesMeeting
    form_class = MinutesForm
    verb = "budgets.edit_meeting"
    title = _("Write minutes")

    def act(self, form: Any) -> Any:
        return edit_meeting(self.record, actor=self.reader, **form.values())


class MeetingPrint(IssuablePrint):
    """The sheet of a meeting."""

    model = SalesMeeting
    printed = "budgets.meeting_sheet"


class ReportPrint(IssuablePrint):
    """The deviation report of a year, of one person or of everybody whose year the reader sees."""

    model = Deviation
    printed = "budgets.deviation_report"

    def key(self, record: Any) -> str:
        return str(self.request.POST.get("key", ""))

    def title(self, record: Any) -> str:
        return str(_("Deviation report"))
