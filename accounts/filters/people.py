"""Filters of people."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, RoleGrant, User
from kam.core import clock
from kam.core.filters import FilterSet, visible_choices


class UserFilter(FilterSet):
    """People by name or e-mail, language, and whether they may log in."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)

    role = django_filters.ChoiceFilter(choices=Role.choices, method="filter_role", label=_("Role"))
    location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), method="filter_location", label=_("Location"))
    without_role = django_filters.BooleanFilter(method="filter_without_role", label=_("Without a role"))
    shown_first = ("search", "role", "location", "is_active")

    class Meta:
        model = User
        fields = ["language", "is_active"]

    def filter_role(self, queryset: Any, name: str, value: str) -> Any:
        """People who hold a role today."""
        return queryset.filter(Exists(RoleGrant.objects.on(clock.today()).filter(user=OuterRef("pk"), role=value)))

    def filter_location(self, queryset: Any, name: str, value: Location) -> Any:
        """People who hold a role at a location today, or one for all locations."""
        held = RoleGrant.objects.on(clock.today()).filter(Q(location=value) | Q(location=None), user=OuterRef("pk"))
        return queryset.filter(Exists(held))

    def filter_without_role(self, queryset: Any, name: str, value: bool) -> Any:
        """People who hold no role, today or later."""
        today = clock.today()
        held = RoleGrant.objects.filter(Q(period__endswith__gt=today) | Q(period__endswith=None), user=OuterRef("pk"))
        return queryset.filter(~Exists(held) if value else Exists(held))

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """People whose name or e-mail contains every word."""
        for word in value.split()[:10]:
            queryset = queryset.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
        return queryset
