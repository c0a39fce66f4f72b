"""Filters of customers' open items."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup
from catalog.filters import Searched
from kam.core.filters import Choices, visible_choices
from orders.models import OpenItem


def owing_customers(request: Any) -> Any:
    """The customers that a person may see, and those that stand in their open items."""
    rows = visible_choices(Customer)(request)
    if request is None:
        return rows
    owing = OpenItem.objects.visible_to(request.user).order_by().values("customer")
    return Customer.objects.filter(Q(pk__in=rows.values("pk")) | Q(pk__in=owing))


class OpenItemFilter(Searched):
    """Open items by document number, customer, location, when they were due and how far they were dunned."""

    customer = django_filters.ModelChoiceFilter(queryset=owing_customers, label=_("Customer"))
    group = django_filters.ModelChoiceFilter(
        queryset=visible_choices(CustomerGroup), field_name="customer__group", label=_("Group")
    )
    kind = Choices(choices=OpenItem.Kind.choices, label=_("Kind"))
    open = django_filters.BooleanFilter(field_name="settled_on", lookup_expr="isnull", label=_("Open"))
    overdue = django_filters.BooleanFilter(method="filter_overdue", label=_("Overdue"))
    due_on = django_filters.DateFromToRangeFilter(label=_("Due on"))
    dunning_level = django_filters.NumberFilter(label=_("Dunning level"), min_value=0, max_value=9)
    shown_first = ("customer", "selling_location", "due_on")

    class Meta:
        model = OpenItem
        fields = ["selling_location", "currency"]

    def filter_overdue(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that should have been paid by now, or the others."""
        late = OpenItem.objects.overdue().values("pk")
        return rows.overdue() if value else rows.exclude(pk__in=late)
