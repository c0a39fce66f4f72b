"""Pages of who is on call: the roster, one turn, its form."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import edit_on_call, plan_on_call
from complaints.filters import OnCallFilter
from complaints.forms import OnCallForm
from complaints.models import OnCall
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class OnCallList(ListPage):
    """Whom to call, department by department."""

    model = OnCall
    title = _("On call")
    icon = "phone-call"
    filterset_class = OnCallFilter
    default_order = ("department__location__code", "department__function", "place", "-period")
    create_url = "complaints:on_call_create"
    create_verb = "complaints.plan_on_call"
    create_label = _("New turn on call")
    tabs = ((_("Today"), "today=true"),)
    empty_title = _("Nobody is on call")
    empty_text = _("Say who of a department is called first when nobody acknowledges an alert.")
    columns = (
        Column("department", _("Department"), value="department", sort=("department__location__code", "department__function"), second="department.location.name"),
        Column("place", _("Called as number"), kind="number", sort="place", link=True),
        Column("person", _("Person"), value="person", sort=("person__last_name", "person__first_name")),
        Column("phone", _("Phone"), value="number"),
        Column("first_day", _("First day"), kind="date", sort="period"),
        Column("last_day", _("Last day"), kind="date"),
    )  # fmt: skip


class OnCallPage(RecordPage):
    """A turn."""

    model = OnCall
    list_url = "complaints:on_call_list"
    edit_url = "complaints:on_call_edit"
    edit_verb = "complaints.edit_on_call"
    buttons = (VerbButton("complaints.remove_on_call", "complaints:on_call_remove", "trash-2", page=True),)

    def meta(self) -> list[Any]:
        return [self.record.department.location.name]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Department"), one.department, one.department.get_absolute_url()),
            Fact(_("Person"), one.person, one.person.get_absolute_url()),
            Fact(_("Called as number"), one.place),
            Fact(_("Phone"), one.number, f"tel:{one.number}" if one.number else ""),
            Fact(_("First day"), one.first_day),
            Fact(_("Last day"), one.last_day),
        ]


class OnCallCreate(FormPage):
    """Plan a turn."""

    model = OnCall
    form_class = OnCallForm
    verb = "complaints.plan_on_call"
    creates = True
    title = _("New turn on call")
    cancel_url = "/on-call/"

    def act(self, form: Any) -> Any:
        return plan_on_call(OnCall, actor=self.reader, **form.values())


class OnCallEdit(FormPage):
    """Change a turn."""

    model = OnCall
    form_class = OnCallForm
    verb = "complaints.edit_on_call"
    title = _("Edit turn")

    def act(self, form: Any) -> Any:
        return edit_on_call(self.record, actor=self.reader, **form.values())


class OnCallRemove(VerbView):
    """Take a turn away."""

    model = OnCall
    verb = "complaints.remove_on_call"
    dangerous = True
    text = _("The turn is taken away; it stays in the history.")

    def next_address(self, result: Any) -> str:
        return "/on-call/"
