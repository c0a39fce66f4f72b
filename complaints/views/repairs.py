"""Pages of repairs: the list, one repair with its pieces and letters, its steps, and the parts on pages of customers and plants."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from complaints.actions import edit_repair, request_repair, take_in_unannounced
from complaints.actions.repair_arrivals import why_no_receipt_note
from complaints.actions.repair_letters import why_not_sent
from complaints.actions.repair_requests import why_not_authorised
from complaints.filters import RepairFilter
from complaints.forms.letters import AddressForm, LetterForm
from complaints.forms.repairs import DispatchForm, RepairForm, RepairRequestForm, UnannouncedForm
from complaints.models import Complaint, Repair, RepairLetter
from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, PrintView, RecordPage, Signed, VerbView
from kam.core.views.record import NextStep, VerbButton

SHOWN = 100


class RepairList(ListPage):
    """The repairs that the reader may see."""

    model = Repair
    title = _("Repairs")
    icon = "wrench"
    filterset_class = RepairFilter
    default_order = ("-requested_at",)
    create_url = "complaints:repair_create"
    create_verb = "complaints.request_repair"
    create_label = _("New repair")
    tabs = (
        (_("Open"), "open=true"),
        (_("To authorise"), "status=requested"),
        (_("With us"), "status=received"),
        (_("Came without authorisation"), "unannounced=true&open=true"),
        (_("Urgent"), "urgent=true&open=true"),
    )
    empty_title = _("No repairs here")
    empty_text = _("Open a repair when a customer wants to send something back: they get a number and instructions.")
    columns = (
        Column("number", _("Number"), sort="number", link=True, second="customer_reference"),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("urgent", _("Urgent"), kind="yes"),
        Column("origin", _("Origin"), value="get_origin_display", second="complaint.number"),
        Column("requested_at", _("Requested"), kind="moment", sort="requested_at"),
        Column("authorised_at", _("Authorised"), kind="moment"),
        Column("repair_location", _("Repairing location"), value="repair_location.name"),
        Column("selling_location", _("Selling location"), value="selling_location.name", default=False),
        Column("contact", _("Contact"), value="contact", default=False),
        Column("note_in", _("Customer's delivery note"), default=False),
        Column("unannounced", _("Came without authorisation"), kind="yes", default=False),
        Column("contract", _("Contract"), default=False),
    )


class RepairPage(RecordPage):
    """A repair: its pieces, how far each is, and what was written to the customer."""

    model = Repair
    template_name = "complaints/repair_page.html"
    list_url = "complaints:repair_list"
    edit_url = "complaints:repair_edit"
    edit_verb = "complaints.edit_repair"
    buttons = (
        VerbButton(
            "complaints.authorise_repair", "complaints:repair_authorise", "check", page=True, primary=True,
            label=_("Authorise: give the RMA number"), why_not=why_not_authorised,
        ),
        VerbButton("complaints.note_dispatch", "complaints:repair_dispatch", "truck", page=True),
        VerbButton("complaints.close_repair", "complaints:repair_close", "circle-check", primary=True),
        VerbButton("complaints.withdraw_repair", "complaints:repair_withdraw", "undo-2", page=True),
    )  # fmt: skip

    def badges(self) -> list[Badge]:
        one = self.record
        marks = [*super().badges(), *([Badge(_("Urgent"), "no", "circle-alert")] if one.urgent else [])]
        return [*marks, Badge(_("Came without authorisation"), "wait")] if one.unannounced and not one.authorised_at else marks

    def step(self, button: VerbButton) -> Any:
        """Goods that came by themselves are authorised where they are."""
        late = self.record.unannounced and self.record.authorised_at is None and not self.record.is_over
        if button.verb == "complaints.authorise_repair" and late and self.may(button.verb):
            denied = why_not_authorised(self.record)
            address = reverse(button.url_name, args=[self.record.pk])
            return NextStep(button, button.label, address, denied.message if denied else "")
        return super().step(button)

    def meta(self) -> list[Any]:
        one = self.record
        return [one.plant.customer.name, one.get_origin_display(), formats.moment(one.requested_at), one.repair_location.name]

    def facts(self) -> list[Fact]:
        one = self.record
        customer = one.plant.customer
        complaint = Complaint.objects.visible_to(self.reader).filter(pk=one.complaint_id or 0).first()
        return [
            Fact(_("Customer"), customer.name, customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url()),
            Fact(_("Contact"), one.contact or "", one.contact.get_absolute_url() if one.contact else ""),
            Fact(_("Customer's reference"), one.customer_reference),
            *([Fact(_("Complaint"), complaint, complaint.get_absolute_url())] if complaint else []),
            Fact(_("Selling location"), one.selling_location.name),
            Fact(_("Repairing location"), one.repair_location.name),
            Fact(_("Contamination"), one.get_contamination_display()),
            Fact(_("Customs status"), one.get_customs_display()),
            Fact(_("Contract"), one.contract),
            Fact(_("Address for the return"), one.return_address),
            Fact(_("Further instructions to the customer"), one.instructions),
            Fact(_("Customer's delivery note"), one.note_in, note=formats.day(one.note_in_on)),
            Fact(_("Taken in by"), one.requested_by or "", note=formats.moment(one.requested_at)),
            Fact(_("Closed"), one.closed_at),
            Fact(_("Authorised by"), one.authorised_by or "", note=formats.moment(one.authorised_at)),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        if context["tab"]:
            return context
        one = self.record
        country = one.plant.country
        return context | {
            "pieces": list(one.pieces.select_related("product").order_by("position")),
            "letters": [(letter, why_not_sent(letter) is None) for letter in one.letters.for_list().order_by("written_at", "pk")],
            "loaners": list(one.loaners.select_related("product").order_by("pk")),
            "may_lend": self.may("complaints.lend_unit") and not one.is_over,
            "may_fetch": self.may("complaints.take_back_unit"),
            "may_send": self.may("complaints.send_repair_letter"),
            "may_add": self.may("complaints.add_piece") and not one.is_over,
            "may_note": self.may("complaints.issue_receipt_note") and why_no_receipt_note(one) is None,
            "missing": [Repair.MISSING[name] for name in one.missing] if not one.authorised_at and not one.is_over else [],
            "ask_customs": not one.customs and country not in EUROPEAN and not one.is_over,
            "can_edit": context["can_edit"] and not one.is_over,
        }


#: The Union: goods from elsewhere come back through customs (art. 203 and 256 of the Union Customs Code).
EUROPEAN = frozenset(
    ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL",
     "PT", "RO", "SE", "SI", "SK"]
)  # fmt: skip


class RepairCreate(FormPage):
    """Open a repair."""

    model = Repair
    form_class = RepairRequestForm
    verb = "complaints.request_repair"
    creates = True
    title = _("New repair")
    success = _("Opened. Whoever serves the plant authorises it.")
    cancel_url = "/repairs/"

    def act(self, form: Any) -> Any:
        return request_repair(Repair, actor=self.reader, **form.values())


class RepairUnannounced(FormPage):
    """Take in goods that came without authorisation."""

    model = Repair
    form_class = UnannouncedForm
    verb = "complaints.take_in_unannounced"
    creates = True
    title = _("Goods without authorisation")
    success = _("In quarantine. Who leads and serves the customer is told.")
    cancel_url = "/repairs/"
    submit_label = _("Take in")

    def act(self, form: Any) -> Any:
        return take_in_unannounced(Repair, actor=self.reader, **form.values())


class RepairEdit(FormPage):
    """Change what a repair says."""

    model = Repair
    form_class = RepairForm
    verb = "complaints.edit_repair"
    title = _("Edit repair")

    def act(self, form: Any) -> Any:
        return edit_repair(self.record, actor=self.reader, **form.values())


class RepairAuthorise(VerbView):
    """Authorise a repair."""

    model = Repair
    verb = "complaints.authorise_repair"
    form_class = LetterForm
    text = _("The customer gets the RMA number with instructions in their language, printed or by e-mail.")


class RepairDispatch(VerbView):
    """Note that the goods are on their way."""

    model = Repair
    verb = "complaints.note_dispatch"
    form_class = DispatchForm


class RepairWithdraw(VerbView):
    """End a repair of which nothing has come."""

    model = Repair
    verb = "complaints.withdraw_repair"
    reason_required = True


class RepairReceiptNote(VerbView):
    """Tell the customer what came."""

    model = Repair
    verb = "complaints.issue_receipt_note"
    form_class = LetterForm


class LetterSend(VerbView):
    """Mail a letter that was given out by hand, or that failed."""

    model = RepairLetter
    verb = "complaints.send_repair_letter"
    form_class = AddressForm


class LetterPrint(PrintView):
    """A letter, printed again as it was written."""

    model = RepairLetter
    printed = "complaints.repair_letter"


#: Where a part with repairs stands: the record, and how a repair leads to it.
PARTS: dict[str, tuple[Any, str]] = {"customer": (Customer, "plant__customer"), "plant": (Plant, "plant")}


class RecordRepairs(Signed):
    """The repairs of a company or plant, the last first, as a part of its page; elsewhere number, status and date only."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        about = {PARTS[self.part][1]: record}
        rows = Repair.objects.visible_to(self.reader).filter(**about).for_list().order_by("-requested_at", "-pk")
        cards = Repair.objects.cards_visible_to(self.reader).filter(**about).order_by("-requested_at", "-pk")
        create = self.part == "plant" and self.reader.may("complaints.request_repair")
        context = {
            "repairs": rows[:SHOWN],
            "cards": [(one, badge_for(one)) for one in cards[:SHOWN]],
            "all": f"{reverse('complaints:repair_list')}?{self.part}={record.pk}",
            "create": f"{reverse('complaints:repair_create')}?plant={record.pk}" if create else "",
        }
        return render(request, "complaints/repairs_panel.html", context)
