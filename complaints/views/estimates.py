"""Pages of estimates: the list, one estimate with its lines and answer, its steps, and what leads to it: diagnosis and warranty."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions import create_estimate, edit_estimate
from complaints.actions.repair_estimates import overrun_limit, why_not_sent
from complaints.filters import RepairEstimateFilter
from complaints.forms.estimates import (
    ApprovalForm,
    EstimateAddForm,
    EstimateForm,
    FindingsForm,
    RefusalForm,
    WarrantyForm,
    lines_as_text,
)
from complaints.forms.letters import LetterForm
from complaints.models import RepairEstimate, RepairPiece
from kam.core import formats
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton

VISITS = 50


class PieceFindings(VerbView):
    """Note what was found on a piece."""

    model = RepairPiece
    verb = "complaints.note_findings"
    form_class = FindingsForm


class PieceWarranty(VerbView):
    """Decide whether the repair is free under warranty."""

    model = RepairPiece
    verb = "complaints.decide_warranty"
    form_class = WarrantyForm

    def initial(self) -> dict[str, Any]:
        """What was declared."""
        return {"warranty_from": self.record.delivered_on, "notified_on": self.record.notified_on}


class PieceUnrepairable(VerbView):
    """Note that a piece cannot be repaired."""

    model = RepairPiece
    verb = "complaints.declare_unrepairable"
    reason_required = True


class EstimateList(ListPage):
    """The estimates of the repairs that the reader may see."""

    model = RepairEstimate
    title = _("Estimates of repairs")
    icon = "file-text"
    filterset_class = RepairEstimateFilter
    default_order = ("-id",)
    create_url = "complaints:repair_estimate_create"
    create_verb = "complaints.create_estimate"
    create_label = _("New estimate")
    tabs = (
        (_("Open"), "open=true"),
        (_("With the customer"), "status=sent"),
        (_("Expired"), "status=expired"),
        (_("Refused"), "status=refused"),
    )
    empty_title = _("No estimates here")
    empty_text = _("What is not repaired under warranty gets an estimate; the repair begins when the customer consents.")
    columns = (
        Column("estimate", _("Estimate of the repair"), value=str, link=True, second="piece.repair.plant.customer.name"),
        Column("product", _("Product"), value="piece.product", second="piece.known_serial"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("total", _("Total"), kind="money", decimals=2, second="currency"),
        Column("sent_at", _("Sent"), kind="moment", sort="sent_at"),
        Column("valid_until", _("Valid until"), kind="date", sort="valid_until"),
        Column("decided_on", _("Answered on"), kind="date"),
        Column("decided_by", _("Answered by"), default=False),
        Column("uneconomic", _("Beyond economic repair"), kind="yes", default=False),
    )


class EstimatePage(RecordPage):
    """An estimate: its lines, until when it holds, and what the customer answered."""

    model = RepairEstimate
    template_name = "complaints/repair_estimate_page.html"
    list_url = "complaints:repair_estimate_list"
    edit_url = "complaints:repair_estimate_edit"
    edit_verb = "complaints.edit_estimate"
    buttons = (
        VerbButton("complaints.send_estimate", "complaints:repair_estimate_send", "send", page=True, primary=True, why_not=why_not_sent),
        VerbButton("complaints.approve_estimate", "complaints:repair_estimate_approve", "check", page=True, primary=True),
        VerbButton("complaints.refuse_estimate", "complaints:repair_estimate_refuse", "x", page=True),
        VerbButton("complaints.revise_estimate", "complaints:repair_estimate_revise", "copy", page=True),
    )  # fmt: skip

    def badges(self) -> list[Badge]:
        marks = super().badges()
        return [*marks, Badge(_("Beyond economic repair"), "no")] if self.record.uneconomic else marks

    def meta(self) -> list[Any]:
        one = self.record
        return [one.piece.repair.plant.customer.name, one.piece.product or "", formats.money(one.total, one.currency)]

    def facts(self) -> list[Fact]:
        one = self.record
        piece, currency = one.piece, one.currency
        worth = one.replacement_value
        share = formats.percent(one.total * 100 / worth, 2) if worth else ""
        return [
            Fact(_("Piece"), piece, piece.get_absolute_url(), note=piece.known_serial),
            Fact(_("Customer"), piece.repair.plant.customer.name, piece.repair.plant.customer.get_absolute_url()),
            Fact(_("Findings"), piece.findings),
            Fact(_("Work"), one.work),
            Fact(_("Working days for the repair"), formats.number(one.lead_days) if one.lead_days is not None else ""),
            Fact(_("Value of a new one"), formats.money(worth, currency) if worth is not None else "", note=share),
            Fact(
                _("Price of an exchange"), formats.money(one.exchange_price, currency) if one.exchange_price is not None else ""
            ),
            Fact(_("Fee for the diagnosis if refused"), formats.money(one.diagnosis_fee, currency) if one.diagnosis_fee else ""),
            Fact(_("No new approval up to"), formats.money(overrun_limit(one), currency)),
            Fact(_("Written by"), one.written_by or ""),
            Fact(_("Sent"), one.sent_at, note=one.sent_by or ""),
            Fact(_("Valid until"), one.valid_until),
            Fact(_("Answered by"), one.decided_by, note=one.get_channel_display()),
            Fact(_("Answered on"), one.decided_on),
            Fact(_("Customer's order"), one.purchase_order),
            Fact(_("What the customer wants"), one.get_instruction_display()),
            Fact(_("Words of the customer"), one.answer),
            Fact(_("Evidence"), one.evidence or "", one.evidence.get_absolute_url() if one.evidence else ""),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        one = self.record
        return context | {
            "lines": [] if context["tab"] else list(one.lines.all()),
            "letters": [] if context["tab"] else list(one.letters.for_list().order_by("pk")),
            "visits": [] if context["tab"] else list(one.visits.all()[:VISITS]),
            "can_edit": context["can_edit"] and one.status == RepairEstimate.Status.DRAFT,
        }


class EstimateCreate(FormPage):
    """Write an estimate."""

    model = RepairEstimate
    form_class = EstimateAddForm
    verb = "complaints.create_estimate"
    creates = True
    title = _("New estimate")
    cancel_url = "/repair-estimates/"

    def act(self, form: Any) -> Any:
        return create_estimate(RepairEstimate, actor=self.reader, **form.values())


class EstimateEdit(FormPage):
    """Change an estimate that was not sent."""

    model = RepairEstimate
    form_class = EstimateForm
    verb = "complaints.edit_estimate"
    title = _("Edit estimate")

    def value_of(self, name: str) -> Any:
        return lines_as_text(self.record) if name == "lines" else super().value_of(name)

    def act(self, form: Any) -> Any:
        return edit_estimate(self.record, actor=self.reader, **form.values())


class EstimateSend(VerbView):
    """Send an estimate to the customer."""

    model = RepairEstimate
    verb = "complaints.send_estimate"
    form_class = LetterForm
    text = _("The customer gets the estimate in their language, printed or by e-mail. From then on it is not changed any more.")


class EstimateApprove(VerbView):
    """Record that the customer approved."""

    model = RepairEstimate
    verb = "complaints.approve_estimate"
    form_class = ApprovalForm


class EstimateRefuse(VerbView):
    """Record that the customer refused."""

    model = RepairEstimate
    verb = "complaints.refuse_estimate"
    form_class = RefusalForm


class EstimateRevise(VerbView):
    """Replace an estimate by a new draft."""

    model = RepairEstimate
    verb = "complaints.revise_estimate"
    reason = True
    text = _("The customer can answer this estimate no longer. A draft with its lines takes its place.")

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())
