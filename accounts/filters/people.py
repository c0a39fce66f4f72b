"""Filters of people."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kam.core.filters import FilterSet


class UserFilter(FilterSet):
    """People by name or e-mail, language, and whether they may log in."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)

    class Meta:
        model = User
        fields = ["language", "is_active"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """People whose name or e-mail contains every word."""
        for word in value.split()[:10]:
            queryset = queryset.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
        return queryset
