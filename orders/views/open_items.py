"""Pages of customers' open items: the list, one item with the interest of its delay, and a customer's part with what is overdue."""

from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core import formats
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, RecordPage, Signed
from orders.filters import OpenItemFilter
from orders.models import OpenItem, OpenItemList
from orders.reports.credit import exposure, reads_exposure
from orders.reports.open_items import InterestRates, classes, owed, with_interest
from orders.views.lines import AMOUNT, SalesList, refuse_without_sales

SHOWN = 50


def state_of(item: OpenItem) -> Badge:
    """Where an item stands."""
    if item.settled_on is not None:
        return Badge(_("Settled"), "closed")
    if item.days_overdue:
        return Badge(_("Overdue"), "no")
    return Badge(_("Open"), "wait")


class OpenItemRows(SalesList):
    """The open items that the reader may see, the longest overdue first."""

    model = OpenItem
    title = _("Open items")
    icon = "hand-coins"
    filterset_class = OpenItemFilter
    default_order = ("due_on",)
    tabs = (
        (_("Open"), "open=true"),
        (_("Overdue"), "overdue=true"),
        (_("Settled"), "open=false"),
    )
    empty_title = _("No open items")
    empty_text = _("Open items come in as a file: Imports, kind “Customers' open items”.")
    columns = (
        Column("document", _("Document"), value=str, link=True, second="get_kind_display"),
        Column("customer", _("Customer"), value="customer.name"),
        Column("due_on", _("Due on"), kind="date", sort="due_on"),
        Column("days_overdue", _("Days overdue"), kind="number", tone=lambda row: "neg" if row.days_overdue else ""),
        Column("open_amount", _("Open amount"), second="currency", **AMOUNT),
        Column("base_open", _("In the group's currency"), sort="base_open", total=Sum("base_open"), **AMOUNT),
        Column("dunning_level", _("Dunning level"), kind="number", sort="dunning_level"),
        Column("status", _("Status"), value=state_of, kind="status"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("as_of", _("As of"), kind="date"),
        Column("date", _("Date"), kind="date", sort="date", default=False),
        Column("amount", _("Amount"), default=False, **AMOUNT),
        Column("settled_on", _("Settled on"), kind="date", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class OpenItemPage(RecordPage):
    """One open item, with the interest that its delay costs until today."""

    model = OpenItem
    list_url = "orders:open_item_list"
    icon = "hand-coins"

    def badges(self) -> list[Badge]:
        return [state_of(self.record)]

    def facts(self) -> list[Fact]:
        one: OpenItem = self.record
        own = Customer.objects.visible_to(self.reader).filter(pk=one.customer_id).exists()

        def amount(value: Any) -> str:
            return f"{formats.number(value, 2)} {one.currency}"

        interest = InterestRates().of_item(one)
        return [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url() if own else ""),
            Fact(_("Kind"), one.get_kind_display()),
            Fact(_("Date"), one.date),
            Fact(_("Due on"), one.due_on),
            Fact(_("Days overdue"), one.days_overdue or ""),
            Fact(_("Amount"), amount(one.amount)),
            Fact(_("Open amount"), amount(one.open_amount)),
            Fact(_("Late interest until today"), amount(interest) if interest else ""),
            Fact(_("Dunning level"), one.dunning_level),
            Fact(_("Selling location"), one.selling_location),
            Fact(_("As of"), one.as_of),
            Fact(_("Settled on"), one.settled_on),
        ]


class CustomerOpenItems(Signed):
    """What a customer owes us, what of it is overdue and how long, as a part of its page."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        refuse_without_sales(self.reader)
        rows = OpenItem.objects.visible_to(self.reader).filter(customer=record)
        overdue = list(rows.overdue().for_list().order_by("due_on", "pk"))
        lists = OpenItemList.objects.visible_to(self.reader).filter(location__in=rows.open().values("selling_location"))
        context = {
            "record": record,
            "owed": with_interest(owed(rows), overdue),
            "ages": [name for name, _of in classes()],
            "overdue": overdue[:SHOWN],
            "lists": lists.select_related("location"),
            "credit": exposure(record) if reads_exposure(self.reader, record) else None,
            "base_currency": settings.BASE_CURRENCY,
            "all": f"{reverse('orders:open_item_list')}?customer={record.pk}&open=true",
        }
        return render(request, "orders/open_items_panel.html", context)
