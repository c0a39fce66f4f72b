"""Filters of markets."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.filters.location import words_in
from accounts.models import Market
from kam.core.filters import FilterSet


class MarketFilter(FilterSet):
    """Markets by code or name, and by dimension."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    shown_first = ("search", "dimension")

    class Meta:
        model = Market
        fields = ["dimension"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Markets whose code, name or countries contain every word."""
        return words_in(queryset, value, "code", "name_it", "name_en", "name_de", "countries")
