"""Pages of offers: the list, one with its lines and why each price, its form, two revisions side by side, its papers."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from catalog.views.products import LinesPage
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, PrintView, RecordPage, Signed
from kam.core.views.record import VerbButton
from orders.actions import create_offer, edit_offer
from orders.actions.mailing import why_no_mail
from orders.actions.offer_papers import unsent_offer
from orders.actions.offer_pauses import why_not_paused
from orders.actions.offer_reviews import why_not_reviewed
from orders.filters import OfferFilter
from orders.forms import OfferForm
from orders.models import Negotiation, Offer, Order, PriceAgreement
from orders.reports.corridor import consent_part
from orders.reports.floor_prices import floor_prices
from orders.reports.limits import reasons
from orders.reports.offers import beside, contribution, discount, reads_cost_of, reads_dossier_of, why
from orders.views.agreements import PricesList, refuse_without_prices
from orders.views.pricing import price_check_of

SHOWN = 100


class OfferList(PricesList):
    """The offers that the reader may see."""

    model = Offer
    title = _("Offers")
    icon = "file-text"
    filterset_class = OfferFilter
    default_order = ("-created_at",)
    template_name = "orders/offers.html"
    create_url = "orders:offer_create"
    create_verb = "orders.create_offer"
    create_label = _("New offer")
    tabs = (
        (_("Open"), "alive=true"),
        (_("Drafts"), "status=draft"),
        (_("To be approved"), "status=in_approval"),
        (_("With the customer"), "status=sent"),
        (_("Accepted"), "status=accepted"),
        (_("Lost"), "status=lost"),
    )
    empty_title = _("No offers")
    empty_text = _("Draft one for a plant: the prices that hold for it are found while you save.")
    columns = (
        Column("number", _("Number"), value="name", sort="number", link=True, second="subject"),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("status", _("Status"), kind="status"),
        Column("net", _("Net value"), kind="money", decimals=2, sort="net", second="currency"),
        Column("valid_until", _("Valid until"), kind="date", sort="valid_until"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("sent_at", _("Sent"), kind="moment", default=False),
        Column("sent_to", _("Sent to"), default=False),
        Column("lead_days", _("Working days until it was sent"), kind="number", default=False),
        Column("enquiry", _("Customer's enquiry"), default=False),
        Column("approved_by", _("Approved by"), value="approved_by", default=False),
        Column("decided_on", _("Decided on"), kind="date", default=False),
        Column("lost_reason", _("Reason of the loss"), value="get_lost_reason_display", default=False),
        Column("created_at", _("Created"), kind="moment", sort="created_at", default=False),
    )


class OfferPage(RecordPage):
    """An offer: for whom, what at which price and why, on which terms, what was approved, and its other revisions."""

    model = Offer
    template_name = "orders/offer_page.html"
    list_url = "orders:offer_list"
    edit_url = "orders:offer_edit"
    edit_verb = "orders.edit_offer"
    buttons = (
        VerbButton("orders.submit_offer", "orders:offer_submit", "send", primary=True),
        VerbButton("orders.agree_terms", "orders:offer_agree_terms", "check", page=True, primary=True),
        VerbButton("orders.refuse_terms", "orders:offer_refuse_terms", "undo-2", page=True),
        VerbButton("orders.approve_offer", "orders:offer_approve", "check", page=True, primary=True),
        VerbButton(
            "orders.open_offer_review", "orders:offer_have_reviewed", "clipboard-check", page=True, why_not=why_not_reviewed
        ),
        VerbButton("orders.return_offer", "orders:offer_return", "undo-2", page=True),
        VerbButton("orders.send_offer", "orders:offer_send", "send", page=True, primary=True),
        VerbButton("orders.accept_offer", "orders:offer_accept", "check", page=True, primary=True),
        VerbButton("orders.negotiate_offer", "orders:offer_negotiate", "handshake"),
        VerbButton("orders.lose_offer", "orders:offer_lose", "x", page=True),
        VerbButton("orders.withdraw_offer", "orders:offer_withdraw", "ban", page=True),
    )

    def step(self, button: VerbButton) -> Any:
        """A review is asked for while an offer waits to be sent; finance has a part where terms are for it to agree to."""
        if button.verb == "orders.open_offer_review" and self.record.status not in {
            Offer.Status.IN_APPROVAL,
            Offer.Status.APPROVED,
        }:
            return None
        if button.verb in {"orders.agree_terms", "orders.refuse_terms"} and not self.record.waits_for_finance:
            return None
        return super().step(button)

    def facts(self) -> list[Fact]:
        one = self.record
        customer = one.plant.customer
        terms = " ".join(part for part in (one.incoterms, one.incoterms_place, one.incoterms_version) if part)
        negotiation = Negotiation.objects.visible_to(self.reader).filter(pk=one.negotiation_id).first()
        return [
            Fact(_("Customer"), customer.name, customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url()),
            Fact(_("Contact"), one.contact or "", one.contact.get_absolute_url() if one.contact else ""),
            *([Fact(_("Negotiation"), negotiation, negotiation.get_absolute_url())] if negotiation else []),
            Fact(_("Selling location"), one.selling_location.name),
            Fact(_("Language"), one.get_language_display()),
            Fact(_("Customer's enquiry"), one.enquiry),
            Fact(_("Enquiry complete on"), one.enquiry_complete_on),
            Fact(_("Delivery wanted on"), one.wanted_on),
            Fact(_("Valid until"), one.valid_until),
            Fact(_("Payment"), one.payment),
            Fact(_("Incoterms"), terms),
            Fact(_("Lead time"), one.delivery),
            Fact(_("Packaging"), one.packaging),
            Fact(_("Warranty"), one.warranty),
            Fact(_("Certificates"), one.certificates),
            Fact(_("Assumptions"), one.assumptions),
            Fact(_("Exclusions"), one.exclusions),
            Fact(_("Deviations from the customer's specification"), one.deviations),
            Fact(_("Internal notes"), one.notes),
            *self._what_became(one),
        ]

    def _what_became(self, one: Offer) -> list[Fact]:
        """What happened to it, as far as it happened."""
        days = "" if one.lead_days is None else formats.number(one.lead_days)
        allowed = _("of %(days)s allowed") % {"days": one.lead_limit} if days else ""
        happened = (
            Fact(_("Handed in by"), one.submitted_by),
            Fact(_("Terms agreed to by"), one.finance_by),
            Fact(_("Approved by"), one.approved_by),
            Fact(_("Sent to"), one.sent_to),
            Fact(_("Sent"), one.sent_at),
            Fact(_("Working days until it was sent"), days, note=allowed),
            Fact(_("Decided on"), one.decided_on),
            Fact(_("Customer's acceptance"), one.accepted_reference),
            Fact(_("Reason of the loss"), one.get_lost_reason_display()),
            Fact(_("Competitor"), one.competitor),
            Fact(_("Competitor's price"), one.competitor_price),
        )
        return [fact for fact in happened if fact.value]

    def context(self) -> dict[str, Any]:
        context = super().context()
        one = self.record
        with_costs = reads_cost_of(one, self.reader)
        lines = list(one.lines.select_related("product__family__parent"))
        floors = floor_prices(one, lines) if with_costs else {}
        day = one.sent_at.date() if one.sent_at else None
        for line in lines:
            line.offer = one
            line.floor = floors.get(line.position)
            line.price_check = price_check_of(line, one, day, self.reader, requested=one.wanted_on, delivery=one.wanted_on)
        pauses = list(one.pauses.all())
        orders = list(Order.objects.visible_to(self.reader).filter(offer=one).for_list())
        revisions = Offer.objects.visible_to(self.reader).filter(number=one.number).order_by("-revision") if one.number else []
        return (
            context
            | consent_part(one, self.reader)
            | {
                "lines": [(line, why(line, with_costs=with_costs)) for line in lines],
                "with_costs": with_costs,
                "contribution": contribution(one) if with_costs else None,
                "discount": discount(one),
                "reasons": reasons(one.triggers, with_costs=with_costs, with_dossier=reads_dossier_of(one, self.reader)),
                "revisions": list(revisions),
                "can_edit": context["can_edit"] and one.status in {Offer.Status.DRAFT, Offer.Status.APPROVED},
                "can_discard": not one.number and self.may("orders.discard_offer"),
                "can_revise": one.sent_at is not None and one.status != Offer.Status.ACCEPTED and self.may("orders.revise_offer"),
                "can_copy": self.may("orders.copy_offer"),
                "pauses": pauses,
                "can_pause": why_not_paused(one) is None and self.may("orders.pause_offer"),
                "can_resume": bool(pauses) and pauses[-1].ends is None and self.may("orders.resume_offer"),
                "is_sent": one.sent_at is not None,
                "orders": orders,
                "can_order": one.status == Offer.Status.ACCEPTED and self.may("orders.enter_from_offer"),
                "agreements": PriceAgreement.objects.visible_to(self.reader).filter(offer=one).for_list(),
                "can_fill": one.status in (Offer.Status.APPROVED, *Offer.OUT) and self.may("orders.take_workbook"),
                "workbooks": list(one.workbooks.for_list()),
                "can_mail": one.status in Offer.OUT and why_no_mail() is None and self.may("orders.mail_offer"),
                "mails": list(one.mails.for_list().order_by("created_at", "pk")) if one.sent_at else [],
            }
        )


class OfferCompare(RecordPage):
    """Two revisions of an offer side by side: what differs in the head, and every position."""

    model = Offer
    template_name = "orders/offer_compare.html"
    list_url = "orders:offer_list"
    title = _("Compare revisions")

    def crumbs(self) -> list[tuple[Any, str]]:
        return [*super().crumbs(), (str(self.record), self.record.get_absolute_url())]

    @cached_property
    def other(self) -> Offer | None:
        """The revision beside it: the one asked for, else the one before."""
        others = Offer.objects.visible_to(self.reader).filter(number=self.record.number).exclude(pk=self.record.pk)
        if not self.record.number:
            return None
        asked = self.request.GET.get("with", "")
        chosen = others.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
        found: Offer | None = chosen or others.order_by("-revision").first()
        return found

    def context(self) -> dict[str, Any]:
        with_costs = reads_cost_of(self.record, self.reader)
        others = Offer.objects.visible_to(self.reader).filter(number=self.record.number).exclude(number="")
        return super().context() | {
            "other": self.other,
            "others": list(others.exclude(pk=self.record.pk).order_by("-revision")),
            "found": beside(self.other, self.record) if self.other else None,
            "with_costs": with_costs,
        }


class OfferCreate(LinesPage):
    """Draft an offer."""

    model = Offer
    form_class = OfferForm
    verb = "orders.create_offer"
    creates = True
    title = _("New offer")
    success = _("Draft saved. Hand it in when it is complete.")
    cancel_url = "/offers/"

    def act(self, form: Any) -> Any:
        return self.run(create_offer, Offer, form)


class OfferEdit(LinesPage):
    """Change an offer that is not sent."""

    model = Offer
    form_class = OfferForm
    verb = "orders.edit_offer"
    title = _("Edit offer")

    def initial(self) -> dict[str, Any]:
        return super().initial() | {"lines": list(self.record.lines.all())}

    def act(self, form: Any) -> Any:
        return self.run(edit_offer, self.record, form)


class OfferPrint(PrintView):
    """The print of an offer."""

    model = Offer
    printed = "orders.offer"


class OfferMail(Signed):
    """A mail with the print as it was sent, for one's own mail program."""

    model = Offer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        offer = self.record_or_404()
        self.require("orders.send_offer", offer)
        answer = HttpResponse(unsent_offer(offer, sender=self.reader).as_bytes(), content_type="message/rfc822")
        answer["Content-Disposition"] = f'attachment; filename="{offer.name.replace("/", "-")}.eml"'
        return answer


#: Where a part with offers stands: the record, and which offers are about it.
PARTS: dict[str, tuple[Any, Any]] = {
    "customer": (Customer, lambda one: Q(plant__customer=one)),
    "plant": (Plant, lambda one: Q(plant=one)),
    "negotiation": (Negotiation, lambda one: Q(negotiation=one)),
}


class RecordOffers(Signed):
    """The offers to a company or plant, the last first, as a part of its page."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_prices(self.reader)
        rows = Offer.objects.visible_to(self.reader).filter(PARTS[self.part][1](record)).for_list()
        context = {
            "record": record,
            "offers": rows.order_by("-created_at", "-pk")[:SHOWN],
            "all": f"{reverse('orders:offer_list')}?{self.part}={record.pk}",
            "create": self._create(record),
        }
        return render(request, "orders/offers_panel.html", context)

    def _create(self, record: Any) -> str:
        """Where an offer to this plant, or for this negotiation, is drafted."""
        if self.part == "customer" or not self.reader.may("orders.create_offer"):
            return ""
        if self.part == "plant":
            return f"{reverse('orders:offer_create')}?plant={record.pk}"
        if not record.is_open:
            return ""
        known = {"negotiation": record.pk, "plant": record.plant_id, "selling_location": record.selling_location_id}
        values = known | {"currency": record.currency, "subject": record.subject}
        return f"{reverse('orders:offer_create')}?{urlencode({name: value for name, value in values.items() if value})}"
