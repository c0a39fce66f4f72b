"""Pages of assignments: the list, one assignment, assigning, ending, and the gaps that nobody leads or serves."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.assignment import assign
from accounts.filters.assignment import AssignmentFilter
from accounts.forms.assignment import AssignmentForm
from accounts.forms.grant import EndForm
from accounts.models import Assignment
from accounts.reports.assignment import gaps
from accounts.views.grant import period_badge
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, Page, RecordPage, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied


class AssignmentList(ListPage):
    """Who leads and serves what."""

    model = Assignment
    title = _("Assignments")
    icon = "git-branch"
    filterset_class = AssignmentFilter
    default_order = ("-period", "pk")
    template_name = "accounts/assignment_list.html"
    columns = (
        Column("subject", _("What"), link=True, second=lambda row: row.location.name if row.location else ""),
        Column("kind", _("As"), value="get_kind_display", sort="kind"),
        Column("user", _("Person"), sort=("user__last_name", "user__first_name")),
        Column("first_day", pgettext_lazy("date", "From"), kind="date", sort="period__startswith"),
        Column("last_day", pgettext_lazy("date", "To"), kind="date", sort="period__endswith"),
        Column("state", _("State"), value=period_badge, kind="status"),
        Column("hand_over", _("Hand-over"), default=False),
    )
    tabs = (
        (_("Today"), "state=now"),
        (_("Account managers"), "kind=account_manager&state=now"),
        (_("Area managers"), "kind=area_manager&state=now"),
        (_("Begins later"), "state=later"),
        (_("Ended"), "state=ended"),
    )
    create_url = "accounts:assignment_create"
    create_verb = "accounts.assign"
    create_label = _("Assign")
    empty_title = _("Nothing is assigned yet")
    empty_text = _("Assign an account manager to each group or customer, and an area manager to each plant at each location.")

    def context(self) -> dict[str, Any]:
        return super().context() | {"may_hand_over": self.reader.may("accounts.hand_over")}


def planned(row: Assignment) -> Denied | None:
    """Why an assignment cannot be ended now."""
    return (
        Denied("planned_hand_over", _("A planned hand-over begins this assignment."))
        if row.hand_over and row.hand_over.status == "planned"
        else None
    )


class AssignmentPage(RecordPage):
    """One assignment."""

    model = Assignment
    list_url = "accounts:assignment_list"
    buttons = (VerbButton("accounts.end_assignment", "accounts:assignment_end", "calendar-off", page=True, why_not=planned),)

    def badges(self) -> list[Any]:
        return [period_badge(self.record)]

    def facts(self) -> list[Fact]:
        row = self.record
        return [
            Fact(_("What"), row.subject, row.subject.get_absolute_url()),
            Fact(
                _("Location"), row.location.name if row.location else "", row.location.get_absolute_url() if row.location else ""
            ),
            Fact(_("As"), row.get_kind_display()),
            Fact(_("Person"), row.user, row.user.get_absolute_url()),
            Fact(pgettext_lazy("date", "From"), formats.day(row.first_day)),
            Fact(pgettext_lazy("date", "To"), formats.day(row.last_day)),
            Fact(_("Hand-over"), row.hand_over or "", row.hand_over.get_absolute_url() if row.hand_over else ""),
        ]


class AssignmentCreate(FormPage):
    """Assign an account or a plant."""

    model = Assignment
    form_class = AssignmentForm
    verb = "accounts.assign"
    creates = True
    title = _("Assign")
    submit_label = _("Assign")
    success = _("Assigned; the person is told.")
    cancel_url = "/assignments/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return assign(Assignment, actor=self.reader, **values)


class AssignmentEnd(VerbView):
    """End an assignment."""

    model = Assignment
    verb = "accounts.end_assignment"
    form_class = EndForm
    text = _(
        "After the last day nobody leads or serves it until somebody is assigned; the gap is listed. To pass it on with its work, hand it over."
    )
    success = _("The assignment ends.")

    def next_address(self, result: Any) -> str:
        return "/assignments/"


class GapsPage(Page):
    """What nobody leads or serves, and what ends soon."""

    model = Assignment
    title = _("Gaps in the assignments")
    template_name = "accounts/gaps.html"
    most = 200

    def context(self) -> dict[str, Any]:
        found = gaps(self.reader)
        return super().context() | {
            "counts": found.counts,
            "groups": found.groups[: self.most],
            "customers": found.customers[: self.most],
            "services": found.services[: self.most],
            "ending": found.ending[: self.most],
            "most": self.most,
            "may_assign": self.reader.may("accounts.assign"),
        }


class HomeGaps(Page):
    """The gaps on the first screen: how many of each, and the first few."""

    model = Assignment
    template_name = "accounts/home_gaps.html"

    def context(self) -> dict[str, Any]:
        found = gaps(self.reader)
        return super().context() | {
            "counts": found.counts,
            "groups": found.groups[:3],
            "customers": found.customers[:3],
            "services": found.services[:3],
            "ending": found.ending[:3],
        }
