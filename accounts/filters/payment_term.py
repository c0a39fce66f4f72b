"""Filters of payment terms."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.filters.location import words_in
from accounts.models import PaymentTerm
from kam.core.filters import FilterSet


class PaymentTermFilter(FilterSet):
    """Payment terms by code or name, and by how the end of the month counts."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    shown_first = ("search", "month_end")

    class Meta:
        model = PaymentTerm
        fields = ["month_end"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Payment terms whose code or name contain every word."""
        return words_in(queryset, value, "code", "name_it", "name_en", "name_de")
