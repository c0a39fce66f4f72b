"""Pages of the customers of price campaigns: the list, one with every price before and after, its letter, and the steps of its life."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact
from kam.core.badges import Badge
from kam.core.formats import number
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, PrintView, RecordPage, VerbView
from kam.core.views.record import VerbButton
from orders.actions import edit_campaign_customer
from orders.filters import CampaignCustomerFilter, CampaignLineFilter
from orders.forms import AgreeForm, AnswerForm, AskForm, CampaignCustomerForm, ConsentForm, RefuseForm
from orders.models import CampaignConsent, CampaignCustomer, CampaignLine, PriceAgreement, PriceCampaign
from orders.models.campaign_customers import CONSENT
from orders.reports.campaigns import change_of, changes_of, computation_of, money_of
from orders.views.campaigns import rate_text
from orders.views.negotiations import refuse_without_negotiations

SHOWN = 500
TONES = {
    "draft": "draft", "in_approval": "wait", "approved": "accent", "withdrawn": "closed", "asked": "wait", "answered": "accent",
    "agreed": "ok", "in_force": "ok", "refused": "no", "left_out": "closed",
}  # fmt: skip
LATE = Badge(_("Letter is late"), "no", "hourglass")


def standing_badge(row: CampaignCustomer) -> Badge:
    """Where a customer of a campaign stands."""
    return Badge(row.get_standing_display(), TONES[row.standing])


def holder_level(row: CampaignCustomer) -> Any:
    """Whether it is a group, a company or a plant, and at which of our locations."""
    word = f"{_('Plant')} · {row.plant.customer}" if row.plant else _("Customer") if row.customer_id else _("Group")
    return f"{word} · {row.location.name}" if row.location else word


def first_address(company: Any, reader: Any) -> str:
    """To whom a letter to a company usually goes: the first of its contacts with an address that the reader sees."""
    known = Contact.objects.visible_to(reader).filter(customer=company, is_active=True).exclude(email="")
    return known.order_by("pk").values_list("email", flat=True).first() or ""


class CampaignCustomerList(ListPage):
    """The customers of campaigns that the reader may see."""

    model: Any = CampaignCustomer
    title = _("Customers of price campaigns")
    icon = "factory"
    filterset_class: Any = CampaignCustomerFilter
    default_order: tuple[Any, ...] = ("effective_on",)
    tabs: Sequence[tuple[Any, str]] = (
        (_("Letter is late"), "late=true"),
        (_("Letter sent"), "status=asked"),
        (_("Answered"), "status=answered"),
        (_("Agreed"), "status=agreed"),
        (_("Refused"), "status=refused"),
    )
    empty_title = _("No customers of price campaigns")
    empty_text = _("They stand here once a price campaign has found their agreed prices.")
    columns: Sequence[Column] = (
        Column("holder", _("Customer"), value="holder", link=True, second=holder_level),
        Column("campaign", _("Campaign"), value="campaign.title", second="campaign.name"),
        Column("standing", _("Standing"), value=standing_badge, kind="status"),
        Column("asked", _("Asked (%)"), kind="percent", decimals=2, sort="asked"),
        Column("answered", _("Answered (%)"), kind="percent", decimals=2, sort="answered"),
        Column("agreed", _("Agreed (%)"), kind="percent", decimals=2, sort="agreed"),
        Column("effective_on", _("New prices from"), kind="date", sort="effective_on"),
        Column("last_day_to_send", _("Last day to send"), kind="date"),
        Column("sent_at", _("Sent"), kind="moment", sort="sent_at", default=False),
        Column("sent_to", _("Sent to"), default=False),
        Column("answer", _("What the customer said"), default=False),
        Column("decided_on", _("Decided on"), kind="date", sort="decided_on", default=False),
        Column("refusal", _("Why it was refused"), default=False),
        Column("reference", _("Customer's reference"), default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )

    def rows(self) -> QuerySet:
        refuse_without_negotiations(self.reader)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_negotiations(self.reader)
        return super().post(request, *args, **kwargs)


def _after(row: CampaignLine) -> Any:
    rate = row.row.agreed if row.row.agreed is not None else row.row.asked
    return change_of(row.line, rate)


def _steps(row: CampaignLine, place: int) -> str:
    return " · ".join(f"{number(step[0], None)} = {number(step[place], 2, most=5)}" for step in _after(row).steps)


class CampaignLineList(CampaignCustomerList):
    """Every price of campaigns before and after, to look through and to export before anything is written."""

    model = CampaignLine
    title = _("Prices of campaigns")
    icon = "tag"
    filterset_class = CampaignLineFilter
    default_order = ("row", "pk")
    tabs = ()
    empty_title = _("No prices of campaigns")
    columns = (
        Column("subject", _("Product or family"), value="line.subject.code", link=True, second="line.subject.name"),
        Column("holder", _("Customer"), value="row.holder", second="row.campaign.title"),
        Column("agreement", _("Price agreement"), value="line.agreement.number"),
        Column("also_in", _("Also in the campaign"), value=lambda row: row.also_in or ""),
        Column("before", _("Old price"), value="line.price", kind="number", decimals=2, most=5, second="line.currency"),
        Column("rate", _("Change"), value=lambda row: rate_text(row.row.agreed if row.row.agreed is not None else row.row.asked)),
        Column("after", _("New price"), value=lambda row: _after(row).after, kind="number", decimals=2, most=5),
        Column("price_unit", _("Price unit"), value="line.price_unit", kind="number"),
        Column("discount_before", _("Old discount (%)"), value="line.discount", kind="percent", decimals=2),
        Column("discount_after", _("New discount (%)"), value=lambda row: _after(row).discount_after, kind="percent", decimals=2),
        Column("steps_before", _("Old scale"), value=lambda row: _steps(row, 1)),
        Column("steps_after", _("New scale"), value=lambda row: _steps(row, 2)),
        Column("effective_on", _("New prices from"), value="row.effective_on", kind="date"),
        Column(
            "follower", _("New price agreement"), value=lambda row: row.agreement.number if row.agreement else "", default=False
        ),
    )


class CampaignCustomerPage(RecordPage):
    """A customer of a campaign: what is asked and how it is computed, every price, the consents, the money and the new agreements."""

    model = CampaignCustomer
    template_name = "orders/campaign_customer_page.html"
    list_url = "orders:campaign_customer_list"
    edit_url = "orders:campaign_customer_edit"
    edit_verb = "orders.edit_campaign_customer"
    buttons = (
        VerbButton("orders.ask_campaign_customer", "orders:campaign_customer_ask", "send", page=True, primary=True),
        VerbButton("orders.note_campaign_answer", "orders:campaign_customer_answer", "message-square", page=True),
        VerbButton("orders.agree_campaign_customer", "orders:campaign_customer_agree", "check", page=True, primary=True),
        VerbButton("orders.refuse_campaign_customer", "orders:campaign_customer_refuse", "x", page=True),
        VerbButton("orders.leave_out_campaign_customer", "orders:campaign_customer_leave_out", "ban", page=True),
    )

    def badges(self) -> list[Badge]:
        badge = standing_badge(self.record)
        return [badge, LATE] if self.record.is_late else [badge]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Customer"), one.holder, one.holder.get_absolute_url(), holder_level(one)),
            Fact(_("Price campaign"), one.campaign, one.campaign.get_absolute_url()),
            Fact(_("Asked (%)"), rate_text(one.asked)),
            Fact(_("New prices from"), one.effective_on),
            Fact(_("Notice period (calendar days)"), one.notice_days),
            Fact(_("Last day to send"), one.last_day_to_send),
            Fact(_("Open orders"), one.campaign.get_open_orders_display()),
            Fact(_("Who sends the letter"), one.responsible),
            Fact(_("Sent"), one.sent_at, note=one.sent_to),
            Fact(_("Answered (%)"), rate_text(one.answered) if one.answered is not None else "", note=one.answered_on or ""),
            Fact(_("What the customer said"), one.answer),
            Fact(_("Agreed (%)"), rate_text(one.agreed) if one.agreed is not None else ""),
            Fact(_("Decided on"), one.decided_on),
            Fact(_("Customer's reference"), one.reference),
            Fact(_("Why it was refused"), one.refusal),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        one: Any = CampaignCustomer.objects.for_list().with_money_rights(self.reader).get(pk=self.record.pk)
        lines = list(one.lines.for_list().order_by("pk")[:SHOWN])
        followers = PriceAgreement.objects.visible_to(self.reader).filter(campaign_lines__row=one).distinct().for_list()
        rate = one.agreed if one.agreed is not None else one.asked
        draft = one.campaign.status == PriceCampaign.Status.DRAFT and one.status == CampaignCustomer.Status.PLANNED
        waiting = one.consents.filter(verdict=CampaignConsent.Verdict.ASKED)
        return context | {
            "changes": changes_of(one, lines),
            "computation": computation_of(one.campaign, rate),
            "money": money_of([one], self.reader)[one.pk],
            "reads_money": one.reads_money,
            "base_currency": settings.BASE_CURRENCY,
            "consents": one.consents.for_list(),
            "followers": followers,
            "can_edit": context["can_edit"] and draft,
            "can_consent": waiting.exists() and self.may(CONSENT),
        }


class CampaignCustomerEdit(FormPage):
    """Ask otherwise."""

    model = CampaignCustomer
    form_class = CampaignCustomerForm
    verb = "orders.edit_campaign_customer"
    title = _("Edit customer of the campaign")

    def act(self, form: Any) -> Any:
        return edit_campaign_customer(self.record, actor=self.reader, **form.values())


class CampaignCustomerConsent(VerbView):
    """Consent as area manager, or object."""

    model = CampaignCustomer
    verb = CONSENT
    form_class = ConsentForm
    text = _("Without an answer in time it counts as no objection. Whoever objects says why; who approves decides.")


class CampaignCustomerAsk(VerbView):
    """Note that the letter goes out."""

    model = CampaignCustomer
    verb = "orders.ask_campaign_customer"
    form_class = AskForm
    text = _("The letter with every price and its computation is made in the customer's language and kept as it was sent.")

    def initial(self) -> dict[str, Any]:
        return {"sent_to": first_address(self.record.addressee, self.reader)}


class CampaignCustomerAnswer(VerbView):
    """Note the answer."""

    model = CampaignCustomer
    verb = "orders.note_campaign_answer"
    form_class = AnswerForm


class CampaignCustomerAgree(VerbView):
    """Note what was agreed."""

    model = CampaignCustomer
    verb = "orders.agree_campaign_customer"
    form_class = AgreeForm
    text = _("New price agreements are handed in for approval. Once they are approved, what they replace ends the day before.")


class CampaignCustomerRefuse(VerbView):
    """Note a refusal."""

    model = CampaignCustomer
    verb = "orders.refuse_campaign_customer"
    form_class = RefuseForm


class CampaignCustomerLeaveOut(VerbView):
    """Leave a customer out."""

    model = CampaignCustomer
    verb = "orders.leave_out_campaign_customer"
    reason_required = True


class CampaignLetter(PrintView):
    """The letter; before the campaign is approved it carries a watermark."""

    model = CampaignCustomer
    printed = "orders.campaign_letter"
