"""Pages of wrong prices: the list, the sums by customer and month, one with the why of its price and its letter, and a customer's part."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.models import unit_words
from kam.core import formats
from kam.core.charts import ChartData, Series
from kam.core.tables import Column
from kam.core.views import Fact, Page, PrintView, RecordPage, Signed, VerbView
from kam.core.views.list import BulkAction
from kam.core.views.record import VerbButton
from orders.actions import explain_price
from orders.filters import PriceFindingFilter
from orders.forms import ClaimForm
from orders.models import PriceAgreement, PriceFinding, PriceLetter
from orders.pricing.keeping import step_of
from orders.reports.prices import say
from orders.reports.wrong_prices import Sums, by_customer, by_month, of_letter, together
from orders.views.asking import last_day_of, month_name
from orders.views.campaign_customers import first_address
from orders.views.lines import AMOUNT, SalesList, refuse_without_sales
from orders.views.pricing import price_check_of

SHOWN = 50
#: What the pages of figures count: everything about which something is still to be done.
UNSETTLED = "unsettled"
PRICE: dict[str, Any] = {"kind": "money", "decimals": 2, "most": 5}


class FindingList(SalesList):
    """The wrong prices that the reader may see, with what is to be recovered and credited."""

    model = PriceFinding
    title = _("Wrong prices")
    icon = "receipt-text"
    filterset_class = PriceFindingFilter
    default_order = ("-date",)
    template_name = "orders/findings.html"
    tabs = (
        (_("Not settled"), "unsettled=true"),
        (_("To recover"), "unsettled=true&favour=recover"),
        (_("To credit"), "unsettled=true&favour=credit"),
        (_("Letter sent"), "status=claimed"),
        (_("Settled"), "unsettled=false"),
    )
    bulk_actions = (BulkAction("explain", _("Explain"), "message-square", "orders.explain_price", explain_price, reason=True),)
    empty_title = _("No wrong prices")
    empty_text = _("Every invoice that follows an agreed price follows it rightly. Each import is checked, and every night.")
    columns = (
        Column("document", _("Document"), value=str, link=True, second="agreement.number"),
        Column("date", _("Date"), kind="date", sort="date"),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("product", _("Product"), value="product.code"),
        Column("quantity", _("Quantity"), kind="number", most=6, second="get_unit_display", default=False),
        Column("agreed_price", _("Agreed price"), **PRICE),
        Column("charged_price", _("Price as invoiced"), **PRICE),
        Column("difference", _("Difference"), kind="difference", decimals=2, second="currency", default=False),
        Column("base_to_recover", _("To recover"), sort="base_to_recover", total=Sum("base_to_recover"), **AMOUNT),
        Column("base_to_credit", _("To credit"), sort="base_to_credit", total=Sum("base_to_credit"), **AMOUNT),
        Column("status", _("Status"), kind="status"),
        Column("reason", _("Reason"), default=False),
        Column("price_unit", _("Price unit"), kind="number", default=False),
        Column("charged", _("Amount as invoiced"), default=False, **AMOUNT),
        Column("agreed", _("Amount as agreed"), default=False, **AMOUNT),
        Column("selling_location", _("Selling location"), value="selling_location.name", default=False),
        Column("decided_by", _("Decided by"), value="decided_by", default=False),
        Column("decided_at", _("Decided"), kind="moment", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class FindingPage(RecordPage):
    """A wrong price: what was invoiced and what was agreed, why, and the letter about it."""

    model = PriceFinding
    template_name = "orders/finding_page.html"
    list_url = "orders:finding_list"
    icon = "receipt-text"
    buttons = (
        VerbButton("orders.claim_price", "orders:finding_claim", "send", page=True, primary=True),
        VerbButton("orders.explain_price", "orders:finding_explain", "message-square", page=True),
        VerbButton("orders.settle_price", "orders:finding_settle", "check", page=True),
        VerbButton("orders.reopen_price", "orders:finding_reopen", "undo-2", page=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        customer, unit = one.plant.customer, formats.number(one.price_unit)
        agreement = one.agreement
        seen = PriceAgreement.objects.visible_to(self.reader).filter(pk=agreement.pk).exists()
        own = Customer.objects.visible_to(self.reader).filter(pk=customer.pk).exists()

        def price(value: Any) -> str:
            return f"{formats.number(value, 2, most=5)} {one.currency}" + (f" / {unit}" if one.price_unit != 1 else "")

        return [
            Fact(_("Document"), str(one), one.document.get_absolute_url()),
            Fact(_("Date"), one.date),
            Fact(_("Customer"), customer.name, customer.get_absolute_url() if own else "", note=one.plant.name),
            Fact(_("Product"), one.product, one.product.get_absolute_url()),
            Fact(_("Quantity"), f"{formats.number(one.quantity, None)} {unit_words(one.unit)}"),
            Fact(_("Selling location"), one.selling_location),
            Fact(_("Price agreement"), agreement.number, agreement.get_absolute_url() if seen else ""),
            Fact(_("Agreed price"), price(one.agreed_price)),
            Fact(_("Price as invoiced"), price(one.charged_price)),
            Fact(_("Amount as agreed"), f"{formats.number(one.agreed, 2)} {one.currency}"),
            Fact(_("Amount as invoiced"), f"{formats.number(one.charged, 2)} {one.currency}"),
            Fact(_("To recover"), f"{formats.number(one.to_recover, 2)} {one.currency}" if one.to_recover else ""),
            Fact(_("To credit"), f"{formats.number(one.to_credit, 2)} {one.currency}" if one.to_credit else ""),
            Fact(_("Reason"), one.reason),
            Fact(_("Decided by"), one.decided_by or ""),
            Fact(_("Decided"), one.decided_at),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        return super().context() | {
            "why": [say(step_of(step), one.currency) for step in one.why],
            "price_check": price_check_of(one, one, one.date, self.reader),
            "letter": of_letter(one, self.reader).count(),
            "letters": PriceLetter.objects.visible_to(self.reader).filter(findings=one).for_list(),
        }


class FindingClaim(VerbView):
    """Note that the letter goes to the customer."""

    model = PriceFinding
    verb = "orders.claim_price"
    form_class = ClaimForm
    text = _("The letter with everything of this customer, location and currency that is not settled is kept as it was sent.")

    def initial(self) -> dict[str, Any]:
        return {"sent_to": first_address(self.record.plant.customer, self.reader)}


class FindingExplain(VerbView):
    """Say why a price is right all the same."""

    model = PriceFinding
    verb = "orders.explain_price"
    reason_required = True


class FindingSettle(VerbView):
    """Note what corrected a wrong price."""

    model = PriceFinding
    verb = "orders.settle_price"
    reason_required = True
    text = _("Name the credit note or invoice that corrects it.")


class FindingReopen(VerbView):
    """Open a wrong price again."""

    model = PriceFinding
    verb = "orders.reopen_price"
    reason_required = True


class FindingLetter(PrintView):
    """The letter to the customer."""

    model = PriceFinding
    printed = "orders.price_letter"


class FindingFigures(Page):
    """What is not settled, by month and by customer; every figure leads to its lines."""

    model = PriceFinding
    title = _("Wrong prices by customer and month")
    template_name = "orders/finding_figures.html"
    breadcrumb = ((_("Wrong prices"), "/wrong-prices/"),)

    @cached_property
    def unsettled(self) -> Any:
        """The reader's rows that count."""
        refuse_without_sales(self.reader)
        return self.rows().unsettled()

    def to_list(self, **values: Any) -> str:
        """The unsettled lines behind a figure."""
        return f"{reverse('orders:finding_list')}?{urlencode({UNSETTLED: 'true'} | values)}"

    def of_month(self, month: Sums) -> str:
        """The lines of a month."""
        return self.to_list(date_after=month.key.isoformat(), date_before=last_day_of(month.key).isoformat())

    def chart(self, months: list[Sums]) -> ChartData:
        """To recover and to credit month by month."""
        addresses = [self.of_month(month) for month in months]
        return ChartData(
            "wrong-prices",
            _("Wrong prices by month"),
            [f"{month_name(month.key.month)} {month.key.year % 100:02d}" for month in months],
            [
                Series(str(_("To recover")), [month.to_recover for month in months], addresses=addresses),
                Series(str(_("To credit")), [month.to_credit for month in months], tone="light", addresses=addresses),
            ],
            settings.BASE_CURRENCY,
            decimals=2,
            note=_("By the month of the document, at the rate of each document."),
        )

    def context(self) -> dict[str, Any]:
        months, customers = by_month(self.unsettled), by_customer(self.unsettled)
        return super().context() | {
            "chart": self.chart(months[-24:]),
            "customers": [(one, self.to_list(customer=one.key)) for one in customers[:SHOWN]],
            "total": together(customers),
            "all": self.to_list(),
            "base_currency": settings.BASE_CURRENCY,
        }


class CustomerFindings(Signed):
    """The unsettled wrong prices of a customer, the last first, as a part of its page."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_sales(self.reader)
        rows = PriceFinding.objects.visible_to(self.reader).unsettled().filter(plant__customer=record)
        months = by_month(rows)
        context = {
            "record": record,
            "findings": rows.for_list().order_by("-date", "-pk")[:SHOWN],
            "total": together(months),
            "base_currency": settings.BASE_CURRENCY,
            "all": f"{reverse('orders:finding_list')}?customer={record.pk}",
        }
        return render(request, "orders/findings_panel.html", context)
