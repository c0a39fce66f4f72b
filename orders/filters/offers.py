"""Filters of offers, their mails and workbooks."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Market
from catalog.filters import Searched
from catalog.models import Product
from kam.core.filters import FilterSet, visible_choices
from orders.models import (
    Negotiation,
    Offer,
    OfferMail,
    OfferWorkbook,
)


class OfferFilter(Searched):
    """Offers by words, where they stand, for whom, what, how much and until when."""

    alive = django_filters.BooleanFilter(method="filter_alive", label=_("Open"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    product = django_filters.ModelChoiceFilter(
        field_name="lines__product", queryset=visible_choices(Product), label=_("Product"), distinct=True
    )
    valid_until = django_filters.DateFromToRangeFilter(label=_("Valid until"))
    decided_on = django_filters.DateFromToRangeFilter(label=_("Decided on"))
    sent = django_filters.DateFromToRangeFilter(field_name="sent_at", label=_("Sent"))
    timed = django_filters.BooleanFilter(field_name="lead_days", lookup_expr="isnull", exclude=True, label=_("With a lead time"))
    market = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Market), field_name="plant__customer__sector", label=_("Sector")
    )
    net = django_filters.RangeFilter(label=_("Net value"))
    negotiation = django_filters.ModelChoiceFilter(queryset=visible_choices(Negotiation), label=_("Negotiation"))
    shown_first = ("status", "customer", "product")

    class Meta:
        model = Offer
        fields = ["status", "consent", "plant", "selling_location", "currency", "number", "lost_reason", "sent_by"]

    def filter_alive(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that are made or with the customer, or the others."""
        return rows.alive() if value else rows.exclude(status__in=Offer.ALIVE)


class OfferMailFilter(FilterSet):
    """Mails about offers by offer, state and who wrote them."""

    created_at = django_filters.DateFromToRangeFilter(label=_("Day"))

    class Meta:
        model = OfferMail
        fields = ["offer", "state", "automatic", "message_id"]


class OfferWorkbookFilter(FilterSet):
    """Customers' workbooks by offer."""

    class Meta:
        model = OfferWorkbook
        fields = ["offer"]
