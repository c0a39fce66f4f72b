"""Filters of what hangs on orders: confirmations, papers, changes, cancellations, delays, deliveries, invoices."""

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core.filters import FilterSet, visible_choices
from orders.models import (
    OrderCancellation,
    OrderChange,
    OrderConfirmation,
    OrderDelay,
    OrderDelivery,
    OrderInvoice,
    OrderPaper,
)


class OfOrderFilter(FilterSet):
    """What hangs on orders, by the customer and by our location that sells."""

    customer = django_filters.ModelChoiceFilter(
        field_name="order__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    shown_first: tuple[str, ...] = ("customer",)


class OrderConfirmationFilter(OfOrderFilter):
    """Confirmations by where they stand, why they were made and when."""

    confirmed_at = django_filters.DateFromToRangeFilter(label=_("Confirmed"))
    shown_first = ("state", "customer")

    class Meta:
        model = OrderConfirmation
        fields = ["order", "state", "cause", "law"]


class OrderPaperFilter(OfOrderFilter):
    """Papers by what they are and what became of their mail."""

    issued_at = django_filters.DateFromToRangeFilter(label=_("Issued"))

    class Meta:
        model = OrderPaper
        fields = ["order", "kind", "state"]


class OrderChangeFilter(OfOrderFilter):
    """Changes by who asked for them and when."""

    received_on = django_filters.DateFromToRangeFilter(label=_("Received"))

    class Meta:
        model = OrderChange
        fields = ["order", "cause"]


class OrderCancellationFilter(OfOrderFilter):
    """Cancellations by reason and by where they stand."""

    class Meta:
        model = OrderCancellation
        fields = ["order", "state", "cause"]


class OrderDelayFilter(OfOrderFilter):
    """Delays by cause and day."""

    noted_on = django_filters.DateFromToRangeFilter(label=_("Noted"))

    class Meta:
        model = OrderDelay
        fields = ["order", "cause"]


class OrderDeliveryFilter(OfOrderFilter):
    """Deliveries by delivery note and day."""

    delivered_on = django_filters.DateFromToRangeFilter(label=_("Delivered"))

    class Meta:
        model = OrderDelivery
        fields = ["order", "line", "note_number"]


class OrderInvoiceFilter(OfOrderFilter):
    """Invoices of orders by number and day."""

    invoiced_on = django_filters.DateFromToRangeFilter(label=_("Invoiced"))

    class Meta:
        model = OrderInvoice
        fields = ["order", "line", "number"]
