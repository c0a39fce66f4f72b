"""Pages of the deadlines that customers impose: the list, one of them, its form."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import create_deadline, edit_deadline
from complaints.filters import CustomerDeadlineFilter
from complaints.forms.process import DeadlineForm
from complaints.models import CustomerDeadline
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class DeadlineList(ListPage):
    """By when customers want which step of a complaint."""

    model = CustomerDeadline
    title = _("Customers' deadlines")
    icon = "timer"
    filterset_class = CustomerDeadlineFilter
    default_order = ("customer__name", "profile", "step", "-period")
    create_url = "complaints:deadline_create"
    create_verb = "complaints.create_deadline"
    create_label = _("New customer's deadline")
    tabs = ((_("In force"), "today=true"),)
    empty_title = _("No customer has deadlines of their own")
    empty_text = _("Write down what a customer's quality agreement asks for, step by step; elsewhere our own deadlines hold.")
    columns = (
        Column("step", _("Step"), value="get_step_display", sort="step", link=True),
        Column("customer", _("Customer"), value="customer.name", sort=("customer__name", "id")),
        Column("profile", _("Customer's document"), sort="profile"),
        Column("amount", _("Within"), kind="number", sort="amount", second="get_unit_display"),
        Column("roll", _("On a day off"), value="get_roll_display", sort="roll"),
        Column("first_day", _("First day"), kind="date", sort="period"),
        Column("last_day", _("Last day"), kind="date"),
    )


class DeadlinePage(RecordPage):
    """A customer's deadline."""

    model = CustomerDeadline
    list_url = "complaints:deadline_list"
    edit_url = "complaints:deadline_edit"
    edit_verb = "complaints.edit_deadline"
    buttons = (VerbButton("complaints.remove_deadline", "complaints:deadline_remove", "trash-2", page=True),)

    def meta(self) -> list[Any]:
        return [self.record.customer.name]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Customer"), one.customer, one.customer.get_absolute_url()),
            Fact(_("Customer's document"), one.profile),
            Fact(_("Step"), one.get_step_display()),
            Fact(_("Within"), one.amount, note=one.get_unit_display()),
            Fact(_("On a day off"), one.get_roll_display()),
            Fact(_("First day"), one.first_day),
            Fact(_("Last day"), one.last_day),
        ]


class DeadlineCreate(FormPage):
    """Write down a customer's deadline."""

    model = CustomerDeadline
    form_class = DeadlineForm
    verb = "complaints.create_deadline"
    creates = True
    title = _("New customer's deadline")
    cancel_url = "/complaint-deadlines/"

    def initial(self) -> dict[str, Any]:
        return {"roll": "none"} | super().initial()

    def act(self, form: Any) -> Any:
        return create_deadline(CustomerDeadline, actor=self.reader, **form.values())


class DeadlineEdit(FormPage):
    """Change a customer's deadline."""

    model = CustomerDeadline
    form_class = DeadlineForm
    verb = "complaints.edit_deadline"
    title = _("Edit customer's deadline")

    def act(self, form: Any) -> Any:
        return edit_deadline(self.record, actor=self.reader, **form.values())


class DeadlineRemove(VerbView):
    """Take a customer's deadline away."""

    model = CustomerDeadline
    verb = "complaints.remove_deadline"
    dangerous = True
    text = _("Complaints that are under way keep this deadline.")

    def next_address(self, result: Any) -> str:
        return "/complaint-deadlines/"
