"""What every filter of dated rows has: what holds on a day, and whether it is past, running or to come."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.filters import FilterSet

STATES = [("now", _("holds today")), ("later", _("begins later")), ("ended", _("ended"))]


class DatedFilter(FilterSet):
    """Dated rows: on a day, or now, later, ended."""

    on = django_filters.DateFilter(method="filter_on", label=_("Holds on"))
    state = django_filters.ChoiceFilter(choices=STATES, method="filter_state", label=_("State"))

    def filter_on(self, queryset: Any, name: str, value: date) -> Any:
        """What holds on a day."""
        return queryset.filter(period__contains=value)

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        """What holds today, begins later or has ended."""
        today = clock.today()
        if value == "now":
            return queryset.filter(period__contains=today)
        if value == "later":
            return queryset.filter(period__startswith__gt=today)
        return queryset.filter(Q(period__endswith__lte=today))
