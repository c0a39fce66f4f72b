"""Filters of webhooks and of their deliveries; the same for screen, API and export."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.filters import FilterSet, visible_choices
from kam.core.webhooks import CHANGE_WORDS, Webhook, WebhookDelivery


class WebhookFilter(FilterSet):
    """Webhooks: name or address, owner, status."""

    STATUS = (("active", _("In use")), ("paused", _("Paused")), ("off", _("Off")))

    shown_first = ("search", "status")
    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    status = django_filters.ChoiceFilter(method="filter_status", choices=STATUS, label=_("Status"))
    event = django_filters.CharFilter(field_name="event_types", lookup_expr="contains", method="filter_event", label=_("Event"))

    class Meta:
        model = Webhook
        fields = ["owner"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Those whose name or address contains every word."""
        for word in value.split()[:10]:
            queryset = queryset.filter(Q(name__icontains=word) | Q(url__icontains=word))
        return queryset

    def filter_status(self, queryset: Any, name: str, value: str) -> Any:
        """In use, paused or off."""
        if value == "off":
            return queryset.filter(is_active=False)
        return queryset.filter(is_active=True, paused_at__isnull=value == "active")

    def filter_event(self, queryset: Any, name: str, value: str) -> Any:
        """Those that are told of an event, such as accounts.plant.changed."""
        return queryset.filter(event_types__contains=[value])


class WebhookDeliveryFilter(FilterSet):
    """Deliveries: webhook, state, kind of record, what happened, days."""

    shown_first = ("webhook", "state", "record_type")
    webhook = django_filters.ModelChoiceFilter(queryset=visible_choices(Webhook), label=_("Webhook"))
    record_type = django_filters.CharFilter(label=_("Kind of record"), max_length=100, help_text="accounts.plant")
    record_id = django_filters.NumberFilter(label=_("Record"), min_value=1, max_value=2**62, decimal_places=0)
    change = django_filters.ChoiceFilter(choices=tuple(CHANGE_WORDS.items()), label=_("What happened"))
    since = django_filters.DateFilter(field_name="happened_at", lookup_expr="date__gte", label=pgettext_lazy("date", "From"))
    until = django_filters.DateFilter(field_name="happened_at", lookup_expr="date__lte", label=pgettext_lazy("date", "To"))

    class Meta:
        model = WebhookDelivery
        fields = ["state"]
