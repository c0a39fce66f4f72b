"""Pages of price agreements: the list, one with its prices, the draft, and the steps of its life; and the part of other pages."""

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, PaymentTerm, Plant
from catalog.models import Product, reads_prices
from catalog.views.lists import SheetList
from catalog.views.products import LinesPage
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, PrintView, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied
from orders.actions import create_agreement, edit_agreement
from orders.filters import PriceAgreementFilter
from orders.forms import AgreementForm, ConsentForm, ReviseForm, TerminateForm
from orders.models import AgreementLine, Offer, PriceAgreement, PricePaper, Standing
from orders.models.agreements import OF_TERMS, OPINION
from orders.models.opinions import Asked
from orders.reports.agreement_limits import reasons_of_agreement
from orders.reports.corridor import consent_part
from orders.reports.prices import refuse_price_list
from orders.reports.rebates import accrual_of
from orders.reports.tooling import tooling_left

TONES = {
    Standing.DRAFT: "draft",
    Standing.IN_APPROVAL: "wait",
    Standing.FUTURE: "accent",
    Standing.ACTIVE: "ok",
    Standing.EXPIRING: "wait",
    Standing.EXPIRED: "closed",
    Standing.REPLACED: "closed",
    Standing.TERMINATED: "closed",
}
SHOWN = 500
#: How many of the papers that were sent a page shows.
PAPERS = 20


def standing_badge(row: PriceAgreement) -> Badge:
    """Where an agreement stands today."""
    standing = Standing(row.standing)
    return Badge(standing.label, TONES[standing])


def refuse_without_prices(reader: Any) -> None:
    """Raises Denied for whoever reads no price at all."""
    if not reads_prices(reader):
        raise Denied("prices_hidden", _("Prices are not for you to see."), status=403)


class PricesList(ListPage):
    """A list that is refused to whoever reads no price at all."""

    def rows(self) -> QuerySet:
        refuse_without_prices(self.reader)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_prices(self.reader)
        return super().post(request, *args, **kwargs)


def level_of(row: Any) -> Any:
    """For whom an agreement holds, in one word, and whose plant or programme it is."""
    if row.programme_id:
        return f"{_('Programme')} · {row.customer}"
    if row.plant_id:
        return f"{_('Plant')} · {row.plant.customer}"
    return _("Customer") if row.customer_id else _("Group")


class AgreementList(PricesList, SheetList):
    """The price agreements that the reader may see, those to come included."""

    template_name = "orders/agreements.html"
    model = PriceAgreement
    title = _("Price agreements")
    icon = "handshake"
    filterset_class = PriceAgreementFilter
    default_order = ("-period",)
    kind = "orders.price_agreements"
    create_url = "orders:agreement_create"
    create_verb = "orders.create_agreement"
    create_label = _("New price agreement")
    tabs = (
        (_("In force"), "standing=active"),
        (_("Expiring"), "standing=expiring"),
        (_("To be approved"), "standing=in_approval"),
        (_("Future"), "standing=future"),
        (_("Drafts"), "standing=draft"),
    )
    empty_title = _("No price agreements")
    empty_text = _("Draft one for a group, a company or a plant, or import them as a sheet.")
    columns = (
        Column("number", _("Number"), value=lambda row: row.number or _("Draft"), sort="number", link=True, second="reference"),
        Column("holder", _("Agreed with"), value="holder", second=level_of),
        Column("standing", _("Standing"), value=standing_badge, kind="status"),
        Column("first_day", _("Valid from"), kind="date", sort="period"),
        Column("last_day", _("Valid until"), kind="date"),
        Column("location", _("Selling location"), value=lambda row: row.location.name if row.location else _("All locations")),
        Column("currency", _("Currency"), sort="currency"),
        Column("payment_terms", _("Payment terms"), default=False),
        Column("incoterms", _("Incoterms"), second="incoterms_place", default=False),
        Column("approved_by", _("Approved by"), value="approved_by", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class AgreementPage(RecordPage):
    """An agreement: with whom, how long, on which terms, and every price."""

    model = PriceAgreement
    template_name = "orders/agreement_page.html"
    list_url = "orders:agreement_list"
    edit_url = "orders:agreement_edit"
    edit_verb = "orders.edit_agreement"
    buttons = (
        VerbButton("orders.submit_agreement", "orders:agreement_submit", "send", primary=True),
        VerbButton("orders.agree_agreement_terms", "orders:agreement_agree_terms", "check", page=True, primary=True),
        VerbButton("orders.refuse_agreement_terms", "orders:agreement_refuse_terms", "undo-2", page=True),
        VerbButton("orders.approve_agreement", "orders:agreement_approve", "check", page=True, primary=True),
        VerbButton("orders.send_agreement", "orders:agreement_send", "mail", page=True),
        VerbButton("orders.return_agreement", "orders:agreement_return", "undo-2", page=True),
        VerbButton("orders.terminate_agreement", "orders:agreement_terminate", "ban", page=True),
    )

    def badges(self) -> list[Badge]:
        return [standing_badge(self.record)]

    def step(self, button: VerbButton) -> Any:
        """Finance has a part where terms are for it to agree to."""
        return None if button.verb in OF_TERMS and not self.record.waits_for_finance else super().step(button)

    def facts(self) -> list[Fact]:
        one = self.record
        offer = Offer.objects.visible_to(self.reader).filter(pk=one.offer_id).select_related("plant__customer").first()
        terms = " ".join(part for part in (one.incoterms, one.incoterms_place, one.incoterms_version) if part)
        return [
            Fact(_("Agreed with"), one.holder, one.holder.get_absolute_url(), level_of(one)),
            Fact(_("Selling location"), one.location.name if one.location else _("All locations")),
            Fact(_("Valid from"), one.first_day),
            Fact(_("Valid until"), one.last_day),
            Fact(_("Currency"), one.currency),
            Fact(_("Pricing date"), one.get_pricing_date_display()),
            Fact(_("Payment terms"), one.payment_terms, note=PaymentTerm.objects.named(one.payment_terms) or ""),
            Fact(_("Incoterms"), terms),
            Fact(_("Notice period (calendar days)"), one.notice_days),
            Fact(_("Customer's reference"), one.reference),
            *([Fact(_("Offer"), offer, offer.get_absolute_url())] if offer else []),
            Fact(_("Replaces"), one.replaces or "", one.replaces.get_absolute_url() if one.replaces else ""),
            Fact(_("Handed in by"), one.submitted_by),
            Fact(_("Terms agreed to by"), one.finance_by),
            Fact(_("Approved by"), one.approved_by),
            Fact(_("Reopening clauses"), one.reopening),
            Fact(_("Notes"), one.notes),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        agreed = self.record.status == PriceAgreement.Status.ACTIVE
        followers = PriceAgreement.objects.visible_to(self.reader).filter(replaces=self.record).for_list()
        opinions = [] if self.record.location_id else list(self.record.opinions.for_list())
        asked = any(one.verdict == Asked.Verdict.ASKED for one in opinions)
        return (
            context
            | consent_part(self.record, self.reader)
            | {
                "reasons": reasons_of_agreement(self.record, self.reader),
                "lines": self.record.lines.select_related("product", "family")[:SHOWN],
                "clauses": self.record.clauses.for_list(),
                "accrual": accrual_of(self.record, self.reader) if self.record.rebate else None,
                "tooling": tooling_left(self.record),
                "followers": followers,
                "papers": PricePaper.objects.visible_to(self.reader).filter(agreements=self.record).for_list()[:PAPERS],
                "opinions": opinions,
                "can_say": asked and self.may(OPINION),
                "can_edit": context["can_edit"] and self.record.status == PriceAgreement.Status.DRAFT,
                "can_discard": not self.record.number and self.may("orders.discard_agreement"),
                "can_order": agreed and self.reader.may("orders.enter_from_agreement"),
                "can_revise": agreed and not self.record.called_off and self.may("orders.revise_agreement"),
            }
        )


class AgreementCreate(LinesPage):
    """Draft an agreement."""

    model = PriceAgreement
    form_class = AgreementForm
    verb = "orders.create_agreement"
    creates = True
    title = _("New price agreement")
    success = _("Draft saved. Hand it in when it is complete.")
    cancel_url = "/price-agreements/"

    def act(self, form: Any) -> Any:
        return self.run(create_agreement, PriceAgreement, form)


class AgreementEdit(LinesPage):
    """Change a draft."""

    model = PriceAgreement
    form_class = AgreementForm
    verb = "orders.edit_agreement"
    title = _("Edit price agreement")

    def initial(self) -> dict[str, Any]:
        return super().initial() | {"tiers": self.record.tiers, "lines": self.record.lines, "clauses": self.record.clauses}

    def act(self, form: Any) -> Any:
        return self.run(edit_agreement, self.record, form)


class AgreementSubmit(VerbView):
    """Hand a draft in; a local price outside the corridor asks for its reason."""

    model = PriceAgreement
    verb = "orders.submit_agreement"
    reason = True


class AgreementApprove(VerbView):
    """Approve an agreement."""

    model = PriceAgreement
    verb = "orders.approve_agreement"
    reason = True
    text = _("The prices hold from their first day on. What they replace ends the day before.")


class AgreementAgreeTerms(VerbView):
    """Agree to the terms of an agreement, for finance."""

    model = PriceAgreement
    verb = "orders.agree_agreement_terms"
    reason = True
    text = _("You agree to its payment terms. Then it is approved by who decides.")


class AgreementRefuseTerms(VerbView):
    """Send an agreement back whose terms finance does not agree to."""

    model = PriceAgreement
    verb = "orders.refuse_agreement_terms"
    reason_required = True


class AgreementReturn(VerbView):
    """Send an agreement back."""

    model = PriceAgreement
    verb = "orders.return_agreement"
    reason_required = True


class AgreementOpinionGive(VerbView):
    """Say as area manager that the prices may hold, or object."""

    model = PriceAgreement
    verb = OPINION
    form_class = ConsentForm
    text = _("Without an answer in time it counts as no objection. Whoever objects says why; who approves decides.")


class AgreementPrint(PrintView):
    """Have an agreement printed in the customer's language."""

    model = PriceAgreement
    printed = "orders.price_agreement"


class CustomerPriceList(PrintView):
    """Have a customer's price list printed, of the day that was asked for."""

    model = Customer
    printed = "orders.price_list"

    def key(self, record: Any) -> str:
        refuse_price_list(record, self.reader)
        told = self.request.POST.get("day", "")
        try:
            asked = date.fromisoformat(told) if told else clock.today()
        except ValueError:
            raise Denied("bad_day", _("This is no day."), field="day", status=400) from None
        return f"{record.pk}:{asked.isoformat()}"


class AgreementTerminate(VerbView):
    """End an agreement early."""

    model = PriceAgreement
    verb = "orders.terminate_agreement"
    form_class = TerminateForm
    dangerous = True
    text = _("What was priced until then stays. From the next day on the next price in the order holds.")


class AgreementDiscard(VerbView):
    """Take a draft away."""

    model = PriceAgreement
    verb = "orders.discard_agreement"
    dangerous = True
    text = _("The draft goes for good.")

    def next_address(self, result: Any) -> str:
        return reverse("orders:agreement_list")


class AgreementRevise(VerbView):
    """Draft what takes the place of an agreement."""

    model = PriceAgreement
    verb = "orders.revise_agreement"
    form_class = ReviseForm
    text = _("A draft with the same prices is made. What holds goes on until the new agreement is approved.")

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())


#: Where a part with price agreements stands: the record, and which lines price it.
PARTS: dict[str, tuple[Any, Any]] = {
    "group": (CustomerGroup, lambda one: Q(group=one)),
    "customer": (
        Customer,
        lambda one: Q(customer=one) | Q(plant__customer=one) | (Q(group=one.group_id) if one.group_id else Q(pk__in=[])),
    ),
    "plant": (
        Plant,
        lambda one: (
            Q(plant=one)
            | Q(customer=one.customer_id)
            | (Q(group=one.customer.group_id) if one.customer.group_id else Q(pk__in=[]))
        ),
    ),
    "product": (Product, lambda one: Q(product=one) | Q(family__in=_families(one))),
}


def _families(product: Product) -> list[int]:
    found, family = [], product.family
    while family is not None:
        found.append(family.pk)
        family = family.parent  # type: ignore[assignment]
    return found


class RecordAgreements(Signed):
    """The agreed prices that concern a record, in force and to come, as a part of its page."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_prices(self.reader)
        today = clock.today()
        lines = AgreementLine.objects.visible_to(self.reader).filter(PARTS[self.part][1](record), agreed=True)
        lines = lines.filter(Q(period__endswith__gt=today) | Q(period__endswith__isnull=True))
        lines = lines.select_related(
            "agreement__group", "agreement__customer", "agreement__plant", "agreement__programme", "product", "family"
        ).order_by(F("product__code").asc(nulls_last=True), "period", "pk")
        key = {"customer": "of_customer"}.get(self.part, self.part)
        context = {
            "record": record,
            "lines": lines[:SHOWN],
            "today": today,
            "all": f"{reverse('orders:agreement_list')}?{key}={record.pk}",
            "create": self._create(record),
        }
        if self.part == "customer":
            context |= self._papers(record)
        return render(request, "orders/agreements_panel.html", context)

    def _papers(self, customer: Customer) -> dict[str, Any]:
        """Where a customer's price list is printed and sent, and what was sent to them."""
        may_send = Customer.objects.permitted(self.reader, "orders.send_price_list").filter(pk=customer.pk).exists()
        return {
            "price_list": reverse("orders:customer_price_list", args=[customer.pk]),
            "send_list": reverse("orders:customer_price_list_send", args=[customer.pk]) if may_send else "",
            "papers": PricePaper.objects.visible_to(self.reader).filter(customer=customer).for_list()[:PAPERS],
        }

    def _create(self, record: Any) -> str:
        if self.part == "product" or not self.reader.may("orders.create_agreement"):
            return ""
        return f"{reverse('orders:agreement_create')}?{self.part}={record.pk}"
