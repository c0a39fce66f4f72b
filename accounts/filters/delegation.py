"""Filters of substitutions."""

from accounts.filters.dated import DatedFilter
from accounts.models import Delegation


class DelegationFilter(DatedFilter):
    """Substitutions by person away, substitute and day."""

    shown_first = ("principal", "substitute", "state")

    class Meta:
        model = Delegation
        fields = ["principal", "substitute", "role"]
