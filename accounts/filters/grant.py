"""Filters of role grants."""

from accounts.filters.dated import DatedFilter
from accounts.models import RoleGrant


class RoleGrantFilter(DatedFilter):
    """Role grants by person, role, location and day."""

    shown_first = ("user", "role", "location", "state")

    class Meta:
        model = RoleGrant
        fields = ["user", "role", "location"]
