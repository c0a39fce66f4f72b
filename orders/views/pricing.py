"""The price check: customer plant, product, quantity and day in, the price and why out."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _

from catalog.models import reads_prices
from kam.core import clock
from kam.core.views import Page
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied
from orders.forms import PriceCheckForm
from orders.models import PriceAgreement
from orders.pricing import Question
from orders.reports.prices import simulate
from orders.views.agreements import refuse_without_prices


def price_check_of(line: Any, head: Any, day: date | None, reader: Any, **dates: date | None) -> str:
    """The price check of a line of an order or offer, or of an invoice: who won on its day, who lost and why; empty where there is none to see.

    `dates` are the days that its price may go by instead, by their names in a question.
    """
    if line.product_id is None or head.plant_id is None or not line.quantity or not reads_prices(reader):
        return ""
    asked = {
        "plant": head.plant_id,
        "product": line.product_id,
        "quantity": f"{abs(line.quantity).normalize():f}".replace(".", get_format("DECIMAL_SEPARATOR")),
        "day": (day or clock.today()).isoformat(),
        "location": head.selling_location_id,
        "currency": head.currency,
        **{name: day.isoformat() for name, day in dates.items() if day is not None},
    }
    return f"{reverse('orders:price_check')}?{urlencode({name: value for name, value in asked.items() if value})}"


class PriceCheck(Page):
    """What a product costs a plant, in a quantity on a day, and why; nothing is written."""

    model = PriceAgreement
    title = _("Price check")
    template_name = "orders/price_check.html"
    breadcrumb = ((_("Price agreements"), "/price-agreements/"),)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_prices(self.reader)
        asked = {"plant", "product"} & set(request.GET)
        form = PriceCheckForm(request.GET if len(asked) == 2 else None, initial=request.GET.dict(), reader=self.reader)
        shown: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                [found] = simulate([Question(**form.question())], self.reader)
                named = found.agreements()
                shown = {
                    "shown": found,
                    "won": named.get(found.answer.winner.line.agreement_id)
                    if found.answer.winner and found.answer.winner.line
                    else None,
                    "lost": [(one, named.get(one.line.agreement_id) if one.line else None, why) for one, why in found.lost],
                }
            except Denied as denied:
                place_refusals(form, denied)
        status = 422 if form.is_bound and form.errors else 200
        return render(request, self.template_name, self.context() | {"form": form} | shown, status=status)
