"""Pages of agreements and price lists that went to customers: sent, the list, one with its file, mailed again, signed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core import clock
from kam.core.badges import Badge
from kam.core.kept_prints import unsent_mail
from kam.core.tables import Column
from kam.core.verbs import VERBS
from kam.core.views import Fact, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied
from orders.actions.price_papers import letter_of, why_not_mailed, why_not_signed
from orders.filters import PricePaperFilter
from orders.forms.order_lives import AddressForm
from orders.forms.price_papers import PriceListForm, PricePaperForm, SignatureForm
from orders.models import PriceAgreement, PricePaper
from orders.reports.prices import refuse_price_list
from orders.views.agreements import PricesList
from orders.views.campaign_customers import first_address

KEPT = _("It is printed in the customer's language and kept as it was sent. It is mailed from here, or you send it yourself.")


def state_badge(paper: PricePaper) -> Badge:
    """What became of a paper."""
    return Badge(paper.get_state_display(), PricePaper.STATUS_TONES[paper.state])


class PricePaperList(PricesList):
    """The papers whose every agreement the reader may see, the last first."""

    model = PricePaper
    title = _("Agreements and price lists sent")
    icon = "mail"
    filterset_class = PricePaperFilter
    default_order = ("-issued_at",)
    breadcrumb = ((_("Price agreements"), "/price-agreements/"),)
    tabs = ((_("To be signed"), "signed=false&kind=agreement"), (_("Not mailed"), "state=failed"))
    empty_title = _("Nothing was sent yet")
    empty_text = _("An agreement or price list that goes to a customer is kept here as it was sent.")
    columns = (
        Column("addressee", _("Customer"), value="addressee", link=True),
        Column(
            "kind",
            _("Kind"),
            value=lambda one: one.get_kind_display(),
            second=lambda one: one.agreement.number if one.agreement else "",
        ),
        Column("day", _("Prices on"), kind="date"),
        Column("issued_at", _("Sent"), kind="moment", sort="issued_at"),
        Column("sent_to", _("Sent to")),
        Column("issued_by", _("Sent by"), value="issued_by"),
        Column("state", _("Status"), value=state_badge, kind="status"),
        Column("signed_on", _("Signed on"), kind="date"),
        Column("paper", _("Print kept"), value=lambda one: one.document_id is not None, kind="yes", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class PricePaperPage(RecordPage):
    """A paper: to whom it went, when and by whom, the file that was kept, the mail, and who signed."""

    model = PricePaper
    template_name = "orders/price_paper_page.html"
    list_url = "orders:price_paper_list"
    icon = "mail"
    buttons = (
        VerbButton(
            "orders.note_signature", "orders:price_paper_sign", "pen-line", page=True, primary=True, why_not=why_not_signed
        ),
        VerbButton("orders.send_price_paper", "orders:price_paper_send", "send", page=True, why_not=why_not_mailed),
    )

    def step(self, button: VerbButton) -> Any:
        """A price list is never signed."""
        if button.verb == "orders.note_signature" and self.record.kind != PricePaper.Kind.AGREEMENT:
            return None
        return super().step(button)

    def badges(self) -> list[Badge]:
        signed = [Badge(_("signed"), "ok")] if self.record.signed_on else []
        return [state_badge(self.record), *signed]

    def facts(self) -> list[Fact]:
        one, paper = self.record, self.record.document
        customer = Customer.objects.visible_to(self.reader).filter(pk=one.customer_id).first()
        return [
            Fact(_("Customer"), one.addressee, customer.get_absolute_url() if customer else ""),
            Fact(_("Price agreement"), one.agreement or "", one.agreement.get_absolute_url() if one.agreement else ""),
            Fact(_("Prices on"), one.day),
            Fact(_("Language"), one.get_language_display()),
            Fact(_("Sent to"), one.sent_to),
            Fact(_("Sent by"), one.issued_by or ""),
            Fact(_("Issued"), one.issued_at),
            Fact(_("Mailed"), one.sent_at, note=one.last_error),
            Fact(_("Signed by"), one.signed_by),
            Fact(_("Signed on"), one.signed_on),
            Fact(
                _("Print as it was sent"),
                paper.original_name if paper else _("is being made"),
                paper.get_absolute_url() if paper else "",
                note=f"SHA-256 {one.sha256}" if paper else "",
            ),
        ]

    def context(self) -> dict[str, Any]:
        told = PriceAgreement.objects.visible_to(self.reader).filter(told_in=self.record).for_list()
        mails = self.record.document_id is not None and self.may("orders.send_price_paper")
        return super().context() | {"told": told.order_by("number", "pk"), "can_open_mail": mails}


class PaperStep(VerbView):
    """Send something to the customer: its words are shown first, as usual in the customer's language."""

    text = KEPT

    def paper(self) -> PricePaper:
        """The paper that is not written yet."""
        raise NotImplementedError

    def initial(self) -> dict[str, Any]:
        subject, text = letter_of(self.paper(), sender=self.reader)
        return {"sent_to": self.first_address(), "by_mail": "yes", "subject": subject, "text": text}

    def first_address(self) -> str:
        """The customer's contact to whom prices are usually written."""
        company = self.record if isinstance(self.record, Customer) else self.record.company
        return first_address(company, self.reader) if company else ""

    def next_address(self, result: Any) -> str:
        return str(result.get_absolute_url())


class AgreementSend(PaperStep):
    """Send an agreement to be signed."""

    model = PriceAgreement
    verb = "orders.send_agreement"
    form_class = PricePaperForm

    def paper(self) -> PricePaper:
        one, company = self.record, self.record.company
        return PricePaper(kind="agreement", agreement=one, day=one.first_day, language=company.language if company else "en")


class CustomerPriceListSend(PaperStep):
    """Send a customer their price list of a day."""

    model = Customer
    verb = "orders.send_price_list"
    form_class = PriceListForm

    def paper(self) -> PricePaper:
        refuse_price_list(self.record, self.reader)
        return PricePaper(kind="price_list", customer=self.record, day=clock.today(), language=self.record.language)

    def act(self, form: Any) -> Any:
        values = {name: value for name, value in form.values().items() if name != "version"}
        return VERBS[self.verb].action(PricePaper, actor=self.reader, customer=self.record, **values)


class PricePaperSend(VerbView):
    """Mail a paper that was given out by hand, or that failed."""

    model = PricePaper
    verb = "orders.send_price_paper"
    form_class = AddressForm
    text = _("The print goes out as it was kept.")
    success = _("The mail is on its way.")

    def initial(self) -> dict[str, Any]:
        return {"sent_to": ", ".join(self.record.recipients) or self.record.sent_to}


class PricePaperSign(VerbView):
    """Note who signed."""

    model = PricePaper
    verb = "orders.note_signature"
    form_class = SignatureForm


class PricePaperMail(Signed):
    """A mail with the print as it was kept, for one's own mail program."""

    model = PricePaper

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        paper = self.record_or_404()
        self.require("orders.send_price_paper", paper)
        if paper.document is None:
            raise Denied("no_print_yet", _("The print is being made. Try again in a moment."))
        mail = unsent_mail(paper.document, paper.subject, paper.text, to=paper.sent_to, sender=self.reader)
        answer = HttpResponse(mail.as_bytes(), content_type="message/rfc822")
        answer["Content-Disposition"] = f'attachment; filename="price-paper-{paper.pk}.eml"'
        return answer
