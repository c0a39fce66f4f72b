"""Pages of complaints: the board, one with its alert and its proof, the intake, and the parts on pages of customers and plants."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant, audience_label
from complaints.actions import edit_complaint, import_report, receive_complaint
from complaints.actions.letters import why_not_sent
from complaints.filters import ComplaintFilter
from complaints.forms import ComplaintForm, DuplicateForm, IntakeForm, ReceiptForm, ReportFileForm
from complaints.models import Complaint
from complaints.models.complaints import ACKNOWLEDGE
from complaints.models.serials import address_of_serial
from complaints.reports import alerts_of, find, likely_same, notice_of, proof_of, steps_of, whom_to_call
from complaints.views.process import BUTTONS, QUIET
from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.work_items import WorkItem

SHOWN = 100
SEVERE = {1: "no", 2: "wait", 3: "accent", 4: "draft"}


def severity_badge(row: Complaint) -> Badge:
    """How grave it is."""
    return Badge(row.get_severity_display(), SEVERE[row.severity], "circle-alert" if row.severity == 1 else "")


def answers_badge(row: Any) -> Badge:
    """How many of the departments asked have acknowledged."""
    if row.asked == row.answered:
        return Badge(_("all %(asked)d") % {"asked": row.asked}, "ok")
    return Badge(_("%(answered)d of %(asked)d") % {"answered": row.answered, "asked": row.asked}, "no")


class ComplaintList(ListPage):
    """The complaints that the reader may see; who has acknowledged and who has not."""

    model = Complaint
    title = _("Complaints")
    icon = "message-square-warning"
    filterset_class = ComplaintFilter
    default_order = ("-received_at",)
    live = 20
    create_url = "complaints:complaint_create"
    create_verb = "complaints.receive_complaint"
    create_label = _("New complaint")
    tabs = (
        (_("Open"), "open=true"),
        (_("Not acknowledged by all"), "unanswered=true&open=true"),
        (_("To complete"), "status=received"),
        (_("Severity 1"), "severity=1&open=true"),
        (_("Repeats"), "repeat=true&open=true"),
        (_("Mine"), "mine=true&open=true"),
    )
    empty_title = _("No complaints here")
    empty_text = _("Take one in with the customer and a sentence: the departments concerned know at once.")
    columns = (
        Column("number", _("Number"), sort="number", link=True, second="customer_reference"),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("severity", _("Severity"), value=severity_badge, kind="status", sort="severity"),
        Column("answers", _("Acknowledged"), value=answers_badge, kind="status"),
        Column("kind", _("Kind"), value="get_kind_display", sort="kind", second="get_defect_display"),
        Column("product", _("Product"), value="product", second="batch"),
        Column("claimed", _("Complained about"), kind="number", most=3, second="get_unit_display"),
        Column("received_at", _("Received"), kind="moment", sort="received_at"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("producing_location", _("Producing location"), value="producing_location.name", default=False),
        Column("text", _("What is wrong"), default=False),
        Column("delivered", _("Delivered"), kind="number", most=3, default=False),
        Column("returned", _("Returned"), kind="number", most=3, default=False),
        Column("confirmed", _("Confirmed defective"), kind="number", most=3, default=False),
        Column("unjustified", _("Without defect"), kind="number", most=3, default=False),
        Column("order", _("Order"), value="order.number", default=False),
        Column("delivery_note", _("Delivery note"), default=False),
        Column("serial", _("Serial number"), default=False),
        Column("remedy", _("What the customer wants"), value="get_remedy_display", default=False),
        Column("reported_by", _("Taken in by"), value="reported_by", default=False),
        Column("receipt_at", _("Receipt confirmed"), kind="moment", default=False),
        Column("depth", _("Depth"), value="get_depth_display", default=False),
        Column("leader", _("Leader"), value="leader", default=False),
    )

    def rows(self) -> Any:
        """With how many departments have acknowledged."""
        return super().rows().with_answers()


class ComplaintPage(RecordPage):
    """A complaint: what it says, whom to call where nobody answers, who was told what and when they answered."""

    model = Complaint
    template_name = "complaints/complaint_page.html"
    list_url = "complaints:complaint_list"
    edit_url = "complaints:complaint_edit"
    edit_verb = "complaints.edit_complaint"
    buttons = (
        VerbButton("complaints.send_receipt", "complaints:complaint_receipt", "send", primary=True),
        VerbButton("complaints.register_complaint", "complaints:complaint_register", "check", primary=True),
        *BUTTONS,
        VerbButton("complaints.mark_duplicate", "complaints:complaint_duplicate", "copy", page=True),
        VerbButton("complaints.withdraw_complaint", "complaints:complaint_withdraw", "undo-2", page=True),
    )

    def steps(self) -> list[Any]:
        """A receipt that was confirmed once is not offered again, nor what has no place now."""
        done = {"complaints.send_receipt"} if self.record.receipt_at is not None else set()
        return [
            step for step in super().steps() if step.button.verb not in done and (step.allowed or step.button.verb not in QUIET)
        ]

    def badges(self) -> list[Badge]:
        marks = [*super().badges(), severity_badge(self.record)]
        return [*marks, Badge(_("Repeat"), "no", "repeat")] if self.record.repeats_id else marks

    def meta(self) -> list[Any]:
        one = self.record
        return [one.plant.customer.name, one.get_kind_display(), formats.moment(one.received_at), one.selling_location.name]

    def facts(self) -> list[Fact]:
        one, seen = self.record, Complaint.objects.visible_to(self.reader)
        customer, unit = one.plant.customer, one.get_unit_display()
        others = {other.pk: other for other in seen.filter(pk__in=[one.repeats_id or 0, one.duplicate_of_id or 0]).for_list()}
        named = ((_("Repeats"), others.get(one.repeats_id)), (_("Duplicate of"), others.get(one.duplicate_of_id)))
        quantities = (
            (_("Delivered"), one.delivered), (_("Complained about"), one.claimed), (_("Returned"), one.returned),
            (_("Confirmed defective"), one.confirmed), (_("Without defect"), one.unjustified),
        )  # fmt: skip
        order = type(one.order)._default_manager.visible_to(self.reader).filter(pk=one.order_id).first() if one.order else None
        return [
            Fact(_("What is wrong"), one.text),
            Fact(_("Customer"), customer.name, customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url()),
            Fact(_("Who complained"), one.contact or "", one.contact.get_absolute_url() if one.contact else ""),
            Fact(_("Product"), one.product or "", one.product.get_absolute_url() if one.product else ""),
            *(Fact(label, formats.number(value, 0, most=3), note=unit) for label, value in quantities if value is not None),
            Fact(_("Defect"), one.get_defect_display(), note=one.detected_at),
            *([Fact(_("Order"), order, order.get_absolute_url())] if order else []),
            Fact(_("Customer's complaint number"), one.customer_reference),
            Fact(_("Customer part number"), one.customer_part),
            Fact(_("Customer's order number"), one.customer_order),
            Fact(_("Customer's business partner number (BPNL)"), one.customer_bpn),
            Fact(_("Our number as the customer's supplier"), one.supplier_number),
            Fact(_("Delivery note"), one.delivery_note),
            Fact(_("Invoice"), one.invoice),
            Fact(_("Batch"), one.batch),
            Fact(_("Serial number"), one.serial, address_of_serial(one.serial)),
            Fact(_("What the customer wants"), one.get_remedy_display()),
            Fact(_("Producing location"), one.producing_location.name),
            Fact(_("Channel"), one.get_channel_display()),
            Fact(_("Defect discovered on"), one.discovered_on),
            Fact(_("Notified by the customer on"), one.notified_on),
            Fact(_("Taken in by"), one.reported_by or "", note=formats.moment(one.created_at)),
            Fact(_("Registered"), one.registered_at),
            Fact(_("Receipt confirmed"), one.receipt_at, note=one.get_receipt_way_display()),
            *(Fact(label, other, other.get_absolute_url()) for label, other in named if other is not None),
            *self.judged(),
        ]

    def judged(self) -> list[Fact]:
        """What was judged, recognised, rejected and answered, and how the notice stands to its term."""
        one, notice = self.record, notice_of(self.record)
        return [
            Fact(_("Notice of the defect"), notice.words, note=_("contract") if notice.by_contract else notice.law),
            Fact(_("Defect recognised"), one.recognised_at, note=one.recognised_by or ""),
            Fact(_("Depth"), one.get_depth_display()),
            Fact(_("Leader"), one.leader or "", one.leader.get_absolute_url() if one.leader else ""),
            Fact(_("Parts asked for"), one.parts_asked_at, note=_("waited for") if one.awaits_parts else ""),
            Fact(_("Parts arrived"), one.parts_arrived_at),
            Fact(_("Why it is not justified"), one.rejection, note=one.rejection_by or ""),
            Fact(_("Rejected"), one.rejected_at, note=one.rejected_by or ""),
            Fact(_("Final answer"), one.answer, note=one.answered_to),
            Fact(_("Answered"), one.answered_at),
            Fact(_("Customer reminded"), one.reminded_at),
            Fact(_("Customer's reply"), one.get_acceptance_display()),
            Fact(_("Closed"), one.closed_at, note=one.closed_by or ""),
            Fact(_("Effectiveness"), one.effectiveness),
            Fact(_("Reopened"), one.reopened_at),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        if context["tab"]:
            return context
        one = self.record
        mine = set(WorkItem.objects.to_do_by(self.reader).on(one).filter(kind=ACKNOWLEDGE).values_list("pk", flat=True))
        return context | {
            "alerts": [(item, audience_label(item.audience), item.pk in mine) for item in alerts_of(one)],
            "calls": [] if one.is_over else whom_to_call(one),
            "proof": proof_of(one),
            "due_steps": steps_of(one),
            "letters": [(letter, why_not_sent(letter) is None) for letter in one.letters.for_list()],
            "may_send": self.may("complaints.send_letter"),
            "same": likely_same(one, self.reader) if self.may("complaints.mark_duplicate") else [],
            "missing": [Complaint.MISSING[name] for name in one.missing] if one.registered_at is None and not one.is_over else [],
            "can_edit": context["can_edit"] and not one.is_over,
        }


class ComplaintCreate(FormPage):
    """Take a complaint in."""

    model = Complaint
    form_class = IntakeForm
    verb = "complaints.receive_complaint"
    creates = True
    title = _("New complaint")
    template_name = "complaints/complaint_intake.html"
    success = _("Taken in. The departments concerned are alerted.")
    cancel_url = "/complaints/"
    submit_label = _("Take in and alert")

    def act(self, form: Any) -> Any:
        return receive_complaint(Complaint, actor=self.reader, **form.values())


class ComplaintImport(FormPage):
    """Take a customer's 8D file in."""

    model = Complaint
    form_class = ReportFileForm
    verb = "complaints.import_report"
    creates = True
    title = _("Complaint from an 8D file")
    success = _("Taken in. The departments concerned are alerted.")
    cancel_url = "/complaints/"
    submit_label = _("Take in and alert")

    def act(self, form: Any) -> Any:
        return import_report(Complaint, actor=self.reader, **form.values())


class ComplaintFind(Signed):
    """What is found by typing part of the number of an order, a delivery, a batch, as a part of the intake."""

    model = Complaint

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require("complaints.receive_complaint")
        text = request.GET.get("q", "")
        return render(request, "complaints/complaint_found.html", {"hits": find(self.reader, text), "q": text.strip()})


class ComplaintEdit(FormPage):
    """Change what a complaint says."""

    model = Complaint
    form_class = ComplaintForm
    verb = "complaints.edit_complaint"
    title = _("Edit complaint")

    def act(self, form: Any) -> Any:
        return edit_complaint(self.record, actor=self.reader, **form.values())


class ComplaintRegister(VerbView):
    """Register a complaint."""

    model = Complaint
    verb = "complaints.register_complaint"


class ComplaintReceive(VerbView):
    """Confirm to the customer that the complaint came."""

    model = Complaint
    verb = "complaints.send_receipt"
    form_class = ReceiptForm
    text = _("The mail is in the customer's language, names our number and admits nothing.")


class ComplaintDuplicate(VerbView):
    """Say that a complaint is the same as another."""

    model = Complaint
    verb = "complaints.mark_duplicate"
    form_class = DuplicateForm

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("of", "")
        return {"of": int(asked)} if asked.isdecimal() and len(asked) < 19 else {}


class ComplaintWithdraw(VerbView):
    """Note that the customer takes a complaint back."""

    model = Complaint
    verb = "complaints.withdraw_complaint"
    reason_required = True


#: Where a part with complaints stands: the record, and how a complaint leads to it.
PARTS: dict[str, tuple[Any, str]] = {"customer": (Customer, "plant__customer"), "plant": (Plant, "plant")}


class RecordComplaints(Signed):
    """The complaints of a company or plant, the last first, as a part of its page; elsewhere number, kind, date and status only."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        about = {PARTS[self.part][1]: record}
        rows = Complaint.objects.visible_to(self.reader).filter(**about).for_list().order_by("-received_at", "-pk")
        cards = Complaint.objects.cards_visible_to(self.reader).filter(**about).order_by("-received_at", "-pk")
        create = self.part == "plant" and self.reader.may("complaints.receive_complaint")
        context = {
            "complaints": [(one, severity_badge(one)) for one in rows[:SHOWN]],
            "cards": [(one, badge_for(one)) for one in cards[:SHOWN]],
            "all": f"{reverse('complaints:complaint_list')}?{self.part}={record.pk}",
            "create": f"{reverse('complaints:complaint_create')}?plant={record.pk}" if create else "",
        }
        return render(request, "complaints/complaints_panel.html", context)
