"""The sales screen: this year beside last by month and by one dimension, every figure leading to its lines."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core.forms import dress_filters
from kam.core.views import Page
from kam.core.views.list_export import csv_file
from kam.core.views.list_state import chips
from orders.models import SalesTotal, reach_of
from orders.reports.figures import sales_by
from orders.views.asking import CHOOSERS, Asking
from orders.views.lines import refuse_without_sales
from orders.views.shown import Shown

EVERY_ROW = 1_000_000
#: The pages of sales: their address and what they are called on the tabs; the last is for whoever sees every sale.
PAGES: tuple[tuple[str, Any], ...] = (
    ("orders:sales", _("This year against last")),
    ("orders:customers", _("Customers in motion")),
    ("orders:white_space", _("White space")),
    ("orders:reconciliation", _("Reconciliation")),
)


class SalesPage(Page):
    """What the pages of sales share: their reader, what is asked, and who reads no sale at all."""

    model = SalesTotal
    #: What one chooses above the figures, beside the filters.
    chosen_by: tuple[str, ...] = ("by", "year", "first", "last", "money")

    @cached_property
    def asking(self) -> Asking:
        """What the address asks."""
        return Asking(self.request.GET, self.request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_sales(self.reader)
        if request.GET.get("part") == "filters":
            form = dress_filters(self.asking.filterset.form)
            return render(request, "orders/filter_form.html", {"filters": form, "kept": self.chosen()})
        return super().get(request, *args, **kwargs)

    def chosen(self) -> list[tuple[str, str]]:
        """What is chosen beside the filters."""
        return [(name, self.request.GET[name]) for name in CHOOSERS if self.request.GET.get(name)]

    def choosers(self, currencies: Sequence[str] = ()) -> list[tuple[str, Any, list[tuple[Any, Any]], Any]]:
        """The choices above the figures."""
        return [one for one in self.asking.choosers(currencies) if one[0] in self.chosen_by]

    def tabs(self) -> list[dict[str, Any]]:
        """The pages of sales, each with what is asked here."""
        asking = self.asking
        chosen = [(name, self.request.GET[name]) for name in ("year", "first", "last") if self.request.GET.get(name)]
        query = urlencode([*chosen, *asking.kept])
        kept = f"?{query}" if query else ""
        found = []
        for name, label in PAGES if reach_of(self.reader).everything else PAGES[:-1]:
            address = reverse(name)
            found.append({"label": label, "address": address + kept, "active": address == self.request.path})
        return found

    def context(self) -> dict[str, Any]:
        asking = self.asking
        return super().context() | {
            "asking": asking,
            "chips": chips(asking.filterset, self.request.GET),
            "chosen": self.chosen(),
            "filter_errors": asking.filterset.form.errors,
            "base_currency": settings.BASE_CURRENCY,
            "sales_tabs": self.tabs(),
        }


class SalesScreen(SalesPage):
    """Sales of a year beside the year before, by month and by what one chooses."""

    title = _("Sales")
    template_name = "orders/sales.html"

    def context(self) -> dict[str, Any]:
        asking = self.asking
        currencies = (
            [row.key for row in sales_by("currency", asking.question, self.reader)] if not asking.money else [asking.money]
        )
        return super().context() | Shown(asking).context() | {"choosers": self.choosers(sorted(currencies))}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "csv":
            refuse_without_sales(self.reader)
            return csv_file(self, Shown(self.asking, rows=EVERY_ROW).sheet(), "orders.sales")
        return super().get(request, *args, **kwargs)
