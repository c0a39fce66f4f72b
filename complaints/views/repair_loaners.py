"""Pages of loaners: the list of what is where, giving one, taking it back."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import lend_unit
from complaints.filters import RepairLoanerFilter
from complaints.forms.repair_loaners import LoanerBackForm, LoanerForm
from complaints.models import RepairLoaner
from kam.core.tables import Column
from kam.core.views import FormPage, ListPage, VerbView


class LoanerList(ListPage):
    """The loaners of the repairs that the reader may see."""

    model = RepairLoaner
    title = _("Loaners")
    icon = "replace"
    filterset_class = RepairLoanerFilter
    default_order = ("-given_on",)
    create_url = "complaints:repair_loaner_create"
    create_verb = "complaints.lend_unit"
    create_label = _("Give a loaner")
    tabs = ((_("With customers"), "out=true"), (_("Overdue"), "overdue=true"))
    empty_title = _("No loaners here")
    empty_text = _("What a customer works with while their own piece is here; the repair closes when it is back.")
    columns = (
        Column("loaner", _("Loaner"), value=str, link=True, second="repair.number"),
        Column("customer", _("Customer"), value="repair.plant.customer.name", second="repair.plant.name"),
        Column("given_on", _("Given on"), kind="date", sort="given_on", second="note_out"),
        Column("due_on", _("To be returned by"), kind="date", sort="due_on"),
        Column("returned_on", _("Returned on"), kind="date"),
        Column("condition", _("Condition on its return"), default=False),
    )


class LoanerCreate(FormPage):
    """Give a loaner."""

    model = RepairLoaner
    form_class = LoanerForm
    verb = "complaints.lend_unit"
    creates = True
    title = _("Give a loaner")
    cancel_url = "/repair-loaners/"

    def act(self, form: Any) -> Any:
        return lend_unit(RepairLoaner, actor=self.reader, **form.values())


class LoanerBack(VerbView):
    """Note that a loaner is back."""

    model = RepairLoaner
    verb = "complaints.take_back_unit"
    form_class = LoanerBackForm
