"""Pages of price campaigns: the list, one with its customers and its money, the draft, and the steps to its approval."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.work import hands_of
from orders.actions import create_campaign, edit_campaign
from orders.filters import PriceCampaignFilter
from orders.forms import CampaignForm, ConsentForm
from orders.models import CampaignConsent, CampaignCustomer, PriceCampaign
from orders.models.campaigns import CONSENT_WHOLE
from orders.reports.agreement_limits import reasons_of_campaign
from orders.reports.campaigns import computation_of, money_of, together
from orders.views.negotiations import refuse_without_negotiations

SHOWN = 500


class CampaignList(ListPage):
    """The price campaigns with a customer whom the reader may see."""

    model = PriceCampaign
    title = _("Price campaigns")
    icon = "trending-up"
    filterset_class = PriceCampaignFilter
    default_order = ("-effective_on",)
    create_url = "orders:campaign_create"
    create_verb = "orders.create_campaign"
    create_label = _("New price campaign")
    tabs = (
        (_("Drafts"), "status=draft"),
        (_("To be approved"), "status=in_approval"),
        (_("Approved"), "status=approved"),
    )
    empty_title = _("No price campaigns")
    empty_text = _("Draft one to change agreed prices of many customers at once: you see every price before anything is written.")
    columns = (
        Column("title", _("Campaign"), value="title", sort="title", link=True, second="name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("percentage", _("Change asked (%)"), kind="percent", decimals=2, sort="percentage", second="get_basis_display"),
        Column("effective_on", _("New prices from"), kind="date", sort="effective_on"),
        Column("last_day_to_send", _("Last day to send"), kind="date"),
        Column("location", _("Location that writes"), value="location.name"),
        Column("open_orders", _("Open orders"), value="get_open_orders_display", default=False),
        Column("submitted_by", _("Handed in by"), value="submitted_by", default=False),
        Column("approved_by", _("Approved by"), value="approved_by", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )

    def rows(self) -> QuerySet:
        refuse_without_negotiations(self.reader)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_negotiations(self.reader)
        return super().post(request, *args, **kwargs)


class CampaignPage(RecordPage):
    """A campaign: why, by how much and how that was computed, each customer that the reader may see, and the money."""

    model = PriceCampaign
    template_name = "orders/campaign_page.html"
    list_url = "orders:campaign_list"
    edit_url = "orders:campaign_edit"
    edit_verb = "orders.edit_campaign"
    buttons = (
        VerbButton("orders.submit_campaign", "orders:campaign_submit", "send", page=True, primary=True),
        VerbButton("orders.approve_campaign", "orders:campaign_approve", "check", page=True, primary=True),
        VerbButton("orders.return_campaign", "orders:campaign_return", "undo-2", page=True),
        VerbButton("orders.withdraw_campaign", "orders:campaign_withdraw", "ban", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        filters = [one.of_group, one.of_customer, one.of_sector, one.of_family, one.of_location]
        return [
            Fact(_("Why"), one.why),
            Fact(_("Location that writes"), one.location.name),
            Fact(_("New prices from"), one.effective_on),
            Fact(_("Notice period (calendar days)"), one.notice_days, note=_("or what an agreement says, where that is longer")),
            Fact(_("Last day to send"), one.last_day_to_send),
            Fact(_("Open orders"), one.get_open_orders_display()),
            Fact(_("Discounts on the list"), _("are changed alike") if one.discounts else _("follow the list")),
            Fact(_("Found by"), ", ".join(str(each) for each in filters if each) or _("all agreed prices")),
            Fact(_("Handed in by"), one.submitted_by),
            Fact(_("Approved by"), one.approved_by),
        ]

    def context(self) -> dict[str, Any]:
        context = super().context()
        one = self.record
        seen = CampaignCustomer.objects.visible_to(self.reader).filter(campaign=one)
        rows = list(seen.for_list().with_money_rights(self.reader).order_by("pk"))
        money = money_of(rows, self.reader)
        consents = CampaignConsent.objects.visible_to(self.reader).filter(row__campaign=one)
        draft = one.status == PriceCampaign.Status.DRAFT
        mine = consents.filter(verdict=CampaignConsent.Verdict.ASKED, person__in=hands_of(self.reader).people)
        return context | {
            "reasons": reasons_of_campaign(one, self.reader),
            "rows": [(row, money[row.pk]) for row in rows[:SHOWN]],
            "total": together(money.values()),
            "computation": computation_of(one, one.percentage),
            "objections": consents.filter(verdict=CampaignConsent.Verdict.OBJECTED).for_list().select_related("row__campaign"),
            "base_currency": settings.BASE_CURRENCY,
            "all": f"{reverse('orders:campaign_customer_list')}?campaign={one.pk}",
            "prices": f"{reverse('orders:campaign_line_list')}?campaign={one.pk}",
            "can_edit": context["can_edit"] and draft,
            "can_discard": draft and not one.number and self.may("orders.discard_campaign"),
            "can_consent": mine.exists() and self.may(CONSENT_WHOLE),
        }


class CampaignConsentWhole(VerbView):
    """Consent at all of one's customers at once, or object."""

    model = PriceCampaign
    verb = CONSENT_WHOLE
    form_class = ConsentForm
    text = _(
        "It holds for every customer at which you have not answered yet. Where you think otherwise of one, answer there first."
    )


class CampaignCreate(FormPage):
    """Draft a campaign."""

    model = PriceCampaign
    form_class = CampaignForm
    verb = "orders.create_campaign"
    creates = True
    title = _("New price campaign")
    success = _("Draft saved. Look at every price before you hand it in; nothing is written to prices yet.")
    cancel_url = "/price-campaigns/"

    def act(self, form: Any) -> Any:
        return create_campaign(PriceCampaign, actor=self.reader, **form.values())


class CampaignEdit(FormPage):
    """Change a draft."""

    model = PriceCampaign
    form_class = CampaignForm
    verb = "orders.edit_campaign"
    title = _("Edit price campaign")

    def act(self, form: Any) -> Any:
        return edit_campaign(self.record, actor=self.reader, **form.values())


class CampaignSubmit(VerbView):
    """Hand a campaign in."""

    model = PriceCampaign
    verb = "orders.submit_campaign"
    text = _("The area managers concerned are asked for their consent, and another person approves the campaign.")


class CampaignApprove(VerbView):
    """Approve a campaign."""

    model = PriceCampaign
    verb = "orders.approve_campaign"
    reason = True
    text = _("The letters may go out. Prices change only where a customer agrees.")


class CampaignReturn(VerbView):
    """Send a campaign back."""

    model = PriceCampaign
    verb = "orders.return_campaign"
    reason_required = True


class CampaignWithdraw(VerbView):
    """Withdraw a campaign."""

    model = PriceCampaign
    verb = "orders.withdraw_campaign"
    reason_required = True
    dangerous = True
    text = _("Nobody is asked any more. What customers agreed to holds.")


class CampaignDiscard(VerbView):
    """Take a draft away."""

    model = PriceCampaign
    verb = "orders.discard_campaign"
    dangerous = True
    text = _("The draft goes for good.")

    def next_address(self, result: Any) -> str:
        return reverse("orders:campaign_list")


class CustomerCampaigns(Signed):
    """The campaigns in which a customer, its plants or its group stand, the last first, as a part of its page."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_negotiations(self.reader)
        rows = CampaignCustomer.objects.visible_to(self.reader).about(record).for_list().with_money_rights(self.reader)
        found = list(rows.order_by("-effective_on", "-pk")[:SHOWN])
        money = money_of(found, self.reader)
        context = {
            "rows": [(row, money[row.pk]) for row in found],
            "base_currency": settings.BASE_CURRENCY,
            "all": f"{reverse('orders:campaign_customer_list')}?of_customer={record.pk}",
            "create": f"{reverse('orders:campaign_create')}?of_customer={record.pk}"
            if self.reader.may("orders.create_campaign")
            else "",
        }
        return render(request, "orders/campaigns_panel.html", context)


def rate_text(value: Any) -> str:
    """A change in per cent, with its sign."""
    return formats.percent(value, 2, signed=True)
