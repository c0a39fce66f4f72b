"""Pages of pieces in repair: the list of what is here, one piece with its steps and the history of its serial number."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from accounts.models.access import COST_READERS
from complaints.actions import add_piece, edit_piece, label_piece
from complaints.actions.repair_arrivals import why_not_labelled, why_not_settled
from complaints.actions.repair_charges import why_not_settled as why_not_charged
from complaints.actions.repair_costs import why_no_costs
from complaints.actions.repair_estimates import why_no_estimate
from complaints.actions.repair_findings import why_decided
from complaints.actions.repair_promises import why_no_delay
from complaints.actions.repair_returns import storage_fee
from complaints.filters import RepairPieceFilter
from complaints.forms.repairs import PieceAddForm, PieceForm, ReceivePieceForm, SettleForm
from complaints.models import RepairPiece
from complaints.reports import serial_history
from kam.core import formats
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, PrintView, RecordPage, VerbView
from kam.core.views.record import VerbButton


def reads_repair_costs(reader: Any) -> bool:
    """Whether a person reads what repairs cost anywhere."""
    return bool(access_of(reader).roles & COST_READERS)


def of_costs(name: str) -> Any:
    """A figure of a piece where its reader reads costs."""
    return lambda piece: getattr(piece, name) if piece.costs_read else None


COST: dict[str, Any] = {"kind": "money", "decimals": 2, "second": "repair.selling_location.currency"}


class PieceList(ListPage):
    """The pieces of the repairs that the reader may see."""

    model = RepairPiece
    title = _("Pieces in repair")
    icon = "package-search"
    filterset_class = RepairPieceFilter
    default_order = ("-received_at",)
    tabs = (
        (_("Open"), "open=true"),
        (_("Received"), "status=received"),
        (_("To be settled with the customer"), "to_settle=true"),
        (_("In diagnosis"), "status=diagnosis"),
        (_("Late"), "late=true"),
        (_("Failed again"), "repeat=true"),
    )
    empty_title = _("No pieces here")
    empty_text = _("Each serial number that a customer sends back for repair is a piece.")
    columns = (
        Column("piece", _("Piece"), value=str, link=True, second="repair.plant.customer.name"),
        Column("product", _("Product"), value="product", second="known_serial"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("received_at", _("Received"), kind="moment", sort="received_at"),
        Column("storage_place", _("Storage place")),
        Column("fault", _("Fault as declared")),
        Column("promised_on", _("Promised for"), kind="date", sort="promised_on"),
        Column("repair_location", _("Repairing location"), value="repair.repair_location.name"),
        Column("mismatch", _("Differs from what was declared"), kind="yes", default=False),
        Column("damaged", _("Damaged on arrival"), kind="yes", default=False),
        Column("batch", _("Batch"), default=False),
        Column("machine", _("Machine or application"), default=False),
        Column("delivered_on", _("Delivered on"), kind="date", default=False),
        Column("fault_code", _("Fault found"), value="get_fault_code_display", default=False),
        Column("warranty", _("Warranty"), value="get_warranty_display", default=False),
        Column("tests", _("Tests"), kind="number", default=False),
        Column("left_at", _("Left"), kind="moment", default=False),
        Column("gross_days", _("Gross turnaround (days)"), kind="number", default=False),
        Column("net_days", _("Net turnaround (days)"), kind="number", default=False),
        Column("gross_working_days", _("Gross turnaround (working days)"), kind="number", default=False),
        Column("net_working_days", _("Net turnaround (working days)"), kind="number", default=False),
        Column("settled", _("Charge"), value="get_settled_display", default=False),
        Column("charge", _("Amount charged"), kind="money", decimals=2, second="repair.selling_location.currency", default=False),
        Column("cost", _("Own cost"), value=of_costs("cost"), permission=reads_repair_costs, default=False, **COST),
        Column("margin", _("Margin"), value=of_costs("margin"), permission=reads_repair_costs, default=False, **COST),
    )

    def rows(self) -> Any:
        rows: Any = super().rows()
        return rows.with_costs_of(self.reader)


class PiecePage(RecordPage):
    """A piece: what was declared, how it came, and everything that ever happened to its serial number."""

    model = RepairPiece
    template_name = "complaints/repair_piece_page.html"
    list_url = "complaints:repair_piece_list"
    edit_url = "complaints:repair_piece_edit"
    edit_verb = "complaints.edit_piece"
    buttons = (
        VerbButton("complaints.receive_piece", "complaints:repair_piece_receive", "package-check", page=True, primary=True),
        VerbButton("complaints.settle_mismatch", "complaints:repair_piece_settle", "handshake", page=True, primary=True, why_not=why_not_settled),
        VerbButton("complaints.label_piece", "complaints:repair_piece_label", "printer", why_not=why_not_labelled),
        VerbButton("complaints.start_diagnosis", "complaints:repair_piece_diagnose", "search", primary=True),
        VerbButton("complaints.note_findings", "complaints:repair_piece_findings", "stethoscope", page=True, primary=True),
        VerbButton("complaints.decide_warranty", "complaints:repair_piece_warranty", "shield-check", page=True, primary=True, why_not=why_decided),
        VerbButton("complaints.declare_unrepairable", "complaints:repair_piece_unrepairable", "ban", page=True),
        VerbButton("complaints.start_repair", "complaints:repair_piece_start", "wrench", primary=True),
        VerbButton("complaints.finish_repair", "complaints:repair_piece_finish", "check", page=True, primary=True),
        VerbButton("complaints.note_expected", "complaints:repair_piece_expected", "pencil", page=True),
        VerbButton("complaints.announce_delay", "complaints:repair_piece_delay", "clock-alert", page=True, why_not=why_no_delay),
        VerbButton("complaints.record_test", "complaints:repair_piece_test", "gauge", page=True, primary=True),
        VerbButton("complaints.ship_piece", "complaints:repair_piece_ship", "truck", page=True, primary=True),
        VerbButton("complaints.return_unrepaired", "complaints:repair_piece_unrepaired", "undo-2", page=True),
        VerbButton("complaints.scrap_piece", "complaints:repair_piece_scrap", "trash-2", page=True),
        VerbButton("complaints.exchange_piece", "complaints:repair_piece_exchange", "copy", page=True),
        VerbButton("complaints.note_costs", "complaints:repair_piece_costs", "coins", page=True, why_not=why_no_costs),
        VerbButton("complaints.charge_piece", "complaints:repair_piece_charge", "receipt", page=True, why_not=why_not_charged),
        VerbButton("complaints.free_piece", "complaints:repair_piece_free", "gift", page=True, why_not=why_not_charged),
        VerbButton("complaints.strike_piece", "complaints:repair_piece_strike", "x", page=True),
    )  # fmt: skip
    #: What has no place on the page, rather than a reason, where there is nothing to do.
    QUIET = (
        "complaints.settle_mismatch",
        "complaints.label_piece",
        "complaints.decide_warranty",
        "complaints.announce_delay",
        "complaints.note_costs",
        "complaints.charge_piece",
        "complaints.free_piece",
    )

    def steps(self) -> list[Any]:
        """Only what there is something to do about."""
        return [step for step in super().steps() if step.allowed or step.button.verb not in self.QUIET]

    def badges(self) -> list[Badge]:
        one = self.record
        open_difference = one.mismatch and one.settled_at is None
        twice = not one.is_over and RepairPiece.objects.visible_to(self.reader).filter(pk=one.pk).twice(self.reader).exists()
        return [
            *super().badges(),
            *([Badge(_("Serial number twice"), "no", "copy")] if twice else []),
            *([Badge(_("Failed again"), "no", "repeat")] if one.repeat_of_id is not None else []),
            *([Badge(_("Late"), "no", "clock-alert")] if one.is_late else []),
            *([Badge(_("To be settled with the customer"), "no", "circle-alert")] if open_difference else []),
        ]

    def meta(self) -> list[Any]:
        one = self.record
        return [one.repair.plant.customer.name, one.product or "", one.known_serial]

    def facts(self) -> list[Fact]:
        one, repair = self.record, self.record.repair
        before = RepairPiece.objects.visible_to(self.reader).filter(pk=one.repeat_of_id).select_related("repair").first()
        return [
            Fact(_("Repair"), repair, repair.get_absolute_url()),
            Fact(_("Customer"), repair.plant.customer.name, repair.plant.customer.get_absolute_url()),
            Fact(_("Product"), one.product or "", one.product.get_absolute_url() if one.product else "", note=one.revision),
            Fact(_("Serial number as declared"), one.serial),
            Fact(_("Serial number found"), one.serial_found),
            Fact(_("Batch"), one.batch),
            Fact(_("Fault as declared"), one.fault),
            Fact(_("Machine or application"), one.machine),
            Fact(_("Hours run"), formats.number(one.hours_run) if one.hours_run is not None else ""),
            Fact(_("Delivered on"), one.delivered_on, note=one.delivery_note),
            Fact(_("Our invoice"), one.invoice),
            Fact(_("Fault notified on"), one.notified_on),
            Fact(_("Received"), one.received_at, note=one.received_by or ""),
            Fact(_("Condition"), one.condition),
            Fact(_("Accessories"), one.accessories),
            Fact(_("Storage place"), one.storage_place),
            Fact(_("Damaged on arrival"), _("yes") if one.damaged else ""),
            Fact(_("Customer told on"), one.informed_on, note=one.get_settlement_display()),
            Fact(_("Failed again after"), before or "", before.get_absolute_url() if before else ""),
            Fact(_("Labelled"), one.labelled_at),
            Fact(_("Fault found"), one.get_fault_code_display(), note=one.get_cause_code_display()),
            Fact(_("Responsibility"), one.get_responsible_display()),
            Fact(_("Findings"), one.findings, note=one.diagnosed_by or ""),
            Fact(_("Hours needed"), formats.number(one.hours_needed, 2) if one.hours_needed is not None else ""),
            Fact(_("Parts needed"), one.parts_needed),
            Fact(_("Warranty"), one.get_warranty_display() if one.diagnosed_at else "", note=one.warranty_decided_by or ""),
            Fact(_("Warranty until"), one.warranty_until),
            *self.facts_of_work(),
            *self.facts_of_costs(),
        ]

    def facts_of_costs(self) -> list[Fact]:
        """What it costs ourselves and what it leaves, where the reader reads costs."""
        one = self.record
        if one.cost is None or not RepairPiece.objects.costs_visible_to(self.reader).filter(pk=one.pk).exists():
            return []
        currency, share = one.repair.selling_location.currency, one.margin_share
        return [
            Fact(_("Own cost"), formats.money(one.cost, currency)),
            Fact(_("Margin"), formats.money(one.margin, currency), note=formats.percent(share, 2) if share is not None else ""),
        ]

    def facts_of_work(self) -> list[Fact]:
        """What was done, how it left, what it cost, how long it took."""
        one = self.record
        currency, fee = one.repair.selling_location.currency, storage_fee(one)
        took = {"gross": one.gross_days, "net": one.net_days, "gross_wd": one.gross_working_days, "net_wd": one.net_working_days}
        words = _("%(gross)d calendar days, %(net)d without the customer; %(gross_wd)d and %(net_wd)d working days")
        return [
            Fact(_("Promised for"), one.promised_on),
            Fact(_("Expected on"), one.expected_on, note=one.late_because),
            Fact(_("Repair begun"), one.started_at),
            Fact(_("Work done"), one.work_done),
            Fact(_("Parts replaced"), one.parts_used),
            Fact(_("Hours spent"), formats.number(one.hours_spent, 2) if one.hours_spent is not None else ""),
            Fact(_("The repair comes to"), formats.money(one.comes_to, currency) if one.comes_to is not None else ""),
            Fact(_("Results of the test"), one.test_results, note=one.tested_by or ""),
            Fact(_("Ready"), one.ready_at),
            Fact(_("Storage fee"), formats.money(fee, currency) if fee else ""),
            Fact(_("Left"), one.left_at, note=one.note_out),
            Fact(_("Serial number of the new one"), one.new_serial),
            Fact(_("Warranty of the repair until"), one.repair_warranty_until),
            Fact(
                _("Charge"),
                one.get_settled_display(),
                note=formats.money(one.charge, currency) if one.charge else one.settled_how,
            ),
            Fact(_("Turnaround"), words % took if one.gross_days is not None else ""),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        over = self.record.is_over or self.record.repair.is_over
        may_estimate = self.may("complaints.create_estimate") and why_no_estimate(self.record) is None
        return context | {
            "estimates": [] if context["tab"] else list(self.record.estimates.all()),
            "may_estimate": may_estimate,
            "past": [] if context["tab"] else serial_history(self.record, self.reader),
            "can_edit": context["can_edit"] and not over,
        }


class PieceAdd(FormPage):
    """Add a piece to a repair."""

    model = RepairPiece
    form_class = PieceAddForm
    verb = "complaints.add_piece"
    creates = True
    title = _("Add piece")
    cancel_url = "/repair-pieces/"

    def act(self, form: Any) -> Any:
        return add_piece(RepairPiece, actor=self.reader, **form.values())


class PieceEdit(FormPage):
    """Change what is declared of a piece."""

    model = RepairPiece
    form_class = PieceForm
    verb = "complaints.edit_piece"
    title = _("Edit piece")

    def act(self, form: Any) -> Any:
        return edit_piece(self.record, actor=self.reader, **form.values())


class PieceReceive(VerbView):
    """Note how a piece came."""

    model = RepairPiece
    verb = "complaints.receive_piece"
    form_class = ReceivePieceForm


class PieceSettle(VerbView):
    """Settle what differs with the customer."""

    model = RepairPiece
    verb = "complaints.settle_mismatch"
    form_class = SettleForm


class PieceLabel(PrintView):
    """Print the label of a piece, which is labelled from then on."""

    model = RepairPiece
    printed = "complaints.repair_label"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note it, then print it."""
        label_piece(self.record_or_404(), actor=self.reader)
        return super().post(request, *args, **kwargs)


class PieceDiagnose(VerbView):
    """Begin the diagnosis of a piece."""

    model = RepairPiece
    verb = "complaints.start_diagnosis"


class PieceStrike(VerbView):
    """Note that a piece never came."""

    model = RepairPiece
    verb = "complaints.strike_piece"
    reason_required = True
