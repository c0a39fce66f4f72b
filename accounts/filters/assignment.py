"""Filters of assignments and hand-overs."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.filters.dated import DatedFilter
from accounts.filters.location import words_in
from accounts.models import Assignment, Customer, CustomerGroup, HandOver, Plant
from kam.core.filters import FilterSet, visible_choices


class AssignmentFilter(DatedFilter):
    """Assignments by person, kind, what is assigned, and by day."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    group = django_filters.ModelChoiceFilter(queryset=visible_choices(CustomerGroup), label=_("Group"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    shown_first = ("search", "kind", "user", "state")

    class Meta:
        model = Assignment
        fields = ["kind", "user", "group", "customer", "plant", "location"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Assignments in whose person, group, customer, plant or location every word stands."""
        return words_in(
            queryset,
            value,
            "user__last_name",
            "user__first_name",
            "group__name",
            "customer__name",
            "plant__name",
            "location__code",
        )


class HandOverFilter(FilterSet):
    """Hand-overs by person and status."""

    shown_first = ("source", "target", "status")

    class Meta:
        model = HandOver
        fields = ["source", "target", "status", "day"]
