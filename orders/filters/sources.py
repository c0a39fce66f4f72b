"""Filters of the sources of invoices."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.filters import FilterSet
from orders.models import InvoiceSource


class InvoiceSourceFilter(FilterSet):
    """Sources by location and system, and whether they count today."""

    today = django_filters.BooleanFilter(method="filter_today", label=_("Today"))
    shown_first = ("location", "today")

    class Meta:
        model = InvoiceSource
        fields = ["location", "system"]

    def filter_today(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that count today, or the others."""
        today = rows.on(clock.today())
        return today if value else rows.exclude(pk__in=today.values("pk"))
