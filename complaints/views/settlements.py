"""Pages of settlements and costs: their part on the complaint's page, a settlement where it is decided, costs one by one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts.models.deciding import DECIDES
from complaints.actions import add_cost, edit_cost
from complaints.actions.settling import credit_key, why_no_credit, why_not_settled
from complaints.forms.settlements import CarriedForm, CostForm, ReplacedForm, SettlementForm
from complaints.models import Complaint, ComplaintCost, Settlement
from complaints.reports.costs import costs_of
from complaints.views.eight_d import RowPage
from complaints.views.process import ComplaintStep
from kam.core import formats
from kam.core.forms import Form
from kam.core.money import base_currency
from kam.core.views import Fact, PrintView, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from orders.models import Order


class ComplaintSettlement(Signed):
    """How a complaint is settled and, for who reads costs, what it cost, as a part of its page."""

    model = Complaint

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        complaint = self.record_or_404()
        reads = Complaint.objects.costs_visible_to(self.reader).filter(pk=complaint.pk).exists()
        costs = ComplaintCost.objects.visible_to(self.reader).filter(complaint=complaint)
        context = {
            "complaint": complaint,
            "settlements": list(complaint.settlements.for_list().order_by("pk")),
            "can_settle": why_not_settled(complaint) is None and self._may("complaints.propose_settlement", complaint),
            "reads_costs": reads,
            "costs": list(costs.for_list()) if reads else [],
            "sum": costs_of(costs) if reads else None,
            "can_cost": reads and self._may("complaints.add_cost", complaint),
            "base_currency": base_currency(),
        }
        return render(request, "complaints/settlement_part.html", context)

    def _may(self, verb: str, complaint: Complaint) -> bool:
        return Complaint.objects.permitted(self.reader, verb).filter(pk=complaint.pk).exists()


class ComplaintSettle(ComplaintStep):
    """Propose a settlement."""

    verb = "complaints.propose_settlement"
    form_class = SettlementForm
    text = _("Within your own limit it is approved at once; above it the sales manager or management decides.")

    def next_address(self, result: Any) -> str:
        return f"{self.record.get_absolute_url()}?tab=settlement"


class SettlementPage(RecordPage):
    """A settlement: how much, why, who decides, by which document it was carried out."""

    model = Settlement
    template_name = "complaints/settlement_page.html"
    icon = "hand-coins"
    buttons = (
        VerbButton("complaints.approve_settlement", "complaints:settlement_approve", "check", page=True, primary=True),
        VerbButton("complaints.decline_settlement", "complaints:settlement_decline", "x", page=True),
        VerbButton("complaints.carry_out_settlement", "complaints:settlement_carry_out", "check", page=True, primary=True),
        VerbButton("complaints.withdraw_settlement", "complaints:settlement_withdraw", "undo-2", page=True),
    )

    def context(self) -> dict[str, Any]:
        return super().context() | {"can_credit": why_no_credit(self.record) is None}

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(self.record.complaint.number, f"{self.record.complaint.get_absolute_url()}?tab=settlement")]

    def facts(self) -> list[Fact]:
        one = self.record
        order = Order.objects.visible_to(self.reader).filter(pk=one.order_id).first() if one.order_id else None
        facts = (
            Fact(_("Complaint"), one.complaint.number, one.complaint.get_absolute_url()),
            Fact(_("Customer"), one.complaint.plant.customer.name, one.complaint.plant.customer.get_absolute_url()),
            Fact(_("Remedy"), one.get_remedy_display()),
            Fact(_("Amount"), formats.money(one.amount, one.currency), note=_("before the analysis") if one.unverified else ""),
            Fact(_("Note"), one.note),
            Fact(_("Decides"), DECIDES[one.level].label if one.level else ""),
            Fact(_("Proposed by"), one.proposed_by),
            Fact(_("Decided by"), one.decided_by),
            Fact(_("Decided"), one.decided_at),
            Fact(_("Carried out"), one.done_at),
            Fact(_("Number of the document"), one.reference, one.repair.get_absolute_url() if one.repair else ""),
            *([Fact(_("Replacement order"), order.name, order.get_absolute_url())] if order else []),
        )
        return [fact for fact in facts if fact.value]


class CreditRequest(PrintView):
    """What finance writes a credit note by."""

    model = Settlement
    printed = "complaints.credit_request"

    def key(self, record: Any) -> str:
        """Only of what is credited."""
        return credit_key(record, self.reader)


class SettlementApprove(VerbView):
    """Approve it."""

    model = Settlement
    verb = "complaints.approve_settlement"
    reason = True


class SettlementDecline(VerbView):
    """Decline it."""

    model = Settlement
    verb = "complaints.decline_settlement"
    reason_required = True


class SettlementCarryOut(VerbView):
    """It was carried out."""

    model = Settlement
    verb = "complaints.carry_out_settlement"

    def form(self, data: Any = None, files: Any = None) -> Any:
        remedy = self.record.remedy
        forms = {Settlement.Remedy.REPLACEMENT: ReplacedForm, Settlement.Remedy.REPAIR: Form}
        self.form_class = forms.get(remedy, CarriedForm)
        self.text = _("A repair is opened for it.") if remedy == Settlement.Remedy.REPAIR else ""
        return super().form(data, files)


class SettlementWithdraw(VerbView):
    """Take it back."""

    model = Settlement
    verb = "complaints.withdraw_settlement"
    reason_required = True


class CostPage(RowPage):
    """A cost of a complaint, written by who reads costs there."""

    model = ComplaintCost
    form_class = CostForm

    def cancel_address(self) -> str:
        return f"{self.complaint.get_absolute_url()}?tab=settlement"


class CostCreate(CostPage):
    """Write down a cost."""

    verb = "complaints.add_cost"
    creates = True
    title = _("Add cost")

    def act(self, form: Any) -> Any:
        values = {name: value for name, value in form.values().items() if name != "version"}
        return add_cost(ComplaintCost, actor=self.reader, complaint=self.complaint, **values)


class CostEdit(CostPage):
    """Change a cost."""

    verb = "complaints.edit_cost"
    title = _("Edit cost")

    def act(self, form: Any) -> Any:
        return edit_cost(self.record, actor=self.reader, **form.values())


class CostRemove(VerbView):
    """Take a cost away."""

    model = ComplaintCost
    verb = "complaints.remove_cost"
    dangerous = True
    text = _("The cost is taken away; it stays in the history.")
