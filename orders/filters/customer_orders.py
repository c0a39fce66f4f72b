"""Filters of orders and their blocks: by words, where they stand, for whom, what, by what they are held up, and when wanted."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.filters import Searched
from catalog.models import Product
from kam.core.filters import FilterSet, visible_choices
from orders.models import BlockKind, Order, OrderBlock


class OrderFilter(Searched):
    """Orders by words, where they stand, for whom, what, how much, by what they are blocked and when they are wanted."""

    alive = django_filters.BooleanFilter(method="filter_alive", label=_("Open"))
    blocked = django_filters.BooleanFilter(method="filter_blocked", label=_("Blocked"))
    block = django_filters.ChoiceFilter(method="filter_block", choices=BlockKind.choices, label=_("Blocked for"))
    missing = django_filters.BooleanFilter(method="filter_missing", label=_("Incomplete"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    product = django_filters.ModelChoiceFilter(
        field_name="lines__product", queryset=visible_choices(Product), label=_("Product"), distinct=True
    )
    requested_on = django_filters.DateFromToRangeFilter(label=_("Requested date"))
    received = django_filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))
    net = django_filters.RangeFilter(label=_("Net value"))
    frame = django_filters.ModelChoiceFilter(queryset=visible_choices(Order), label=_("Frame order"))
    elsewhere = django_filters.BooleanFilter(method="filter_elsewhere", label=_("Kept in another system"))
    shown_first = ("status", "customer", "block")

    class Meta:
        model = Order
        fields = [
            "status", "kind", "plant", "selling_location", "producing_location", "currency", "channel", "number",
            "customer_reference", "waiting_customer", "offer", "system",
        ]  # fmt: skip

    def filter_alive(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those on which something is still to be done, or the others."""
        return rows.alive() if value else rows.filter(status__in=Order.OVER)

    def filter_elsewhere(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that follow an ERP's lists, or those that are kept here."""
        return rows.exclude(system="") if value else rows.filter(system="")

    def filter_blocked(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those with an active block, or without."""
        blocked = Exists(OrderBlock.objects.active().filter(order=OuterRef("pk")))
        return rows.filter(blocked if value else ~blocked)

    def filter_block(self, rows: Any, name: str, value: str) -> QuerySet:
        """Those with an active block of this kind."""
        return rows.filter(Exists(OrderBlock.objects.active().filter(order=OuterRef("pk"), kind=value)))

    def filter_missing(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those of which something is missing, or nothing."""
        return rows.exclude(incomplete=[]) if value else rows.filter(incomplete=[])


class OrderBlockFilter(FilterSet):
    """Blocks by order and kind, and whether they hold."""

    active = django_filters.BooleanFilter(method="filter_active", label=_("Holds"))

    class Meta:
        model = OrderBlock
        fields = ["order", "kind", "line"]

    def filter_active(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that hold today, or the others."""
        active = OrderBlock.objects.active().values("pk")
        return rows.filter(pk__in=active) if value else rows.exclude(pk__in=active)
