"""Filters of our locations and their departments."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Location
from kam.core.filters import FilterSet


def words_in(queryset: QuerySet, value: str, *fields: str) -> QuerySet:
    """The rows in which every word of the text stands in one of the fields."""
    for word in value.split()[:10]:
        found = Q()
        for field in fields:
            found |= Q(**{f"{field}__icontains": word})
        queryset = queryset.filter(found)
    return queryset


class LocationFilter(FilterSet):
    """Locations by code, name or city, country, and what they do."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    shown_first = ("search", "country")

    class Meta:
        model = Location
        fields = ["country", "sells", "produces", "is_active"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Locations whose code, name or city contains every word."""
        return words_in(queryset, value, "code", "name_it", "name_en", "name_de", "city")


class DepartmentFilter(FilterSet):
    """Departments by location, function and head."""

    without_head = django_filters.BooleanFilter(field_name="head", lookup_expr="isnull", label=_("Without a head"))
    shown_first = ("location", "function")

    class Meta:
        model = Department
        fields = ["location", "function", "head"]
