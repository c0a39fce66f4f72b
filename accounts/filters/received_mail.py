"""Filters of received e-mails."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.filters.location import words_in
from accounts.models import ReceivedMail
from kam.core.filters import FilterSet


class ReceivedMailFilter(FilterSet):
    """Received e-mails by sender and subject, by what became of them, and by the mailbox that they came into."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    received = django_filters.DateFromToRangeFilter(field_name="received_at", label=_("Received"))
    shown_first = ("search", "state", "use")

    class Meta:
        model = ReceivedMail
        fields = ["state", "use", "automatic", "plant"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """E-mails whose sender or subject contains every word."""
        return words_in(queryset, value, "sender", "sender_name", "subject")
