"""Filters of the ledger, one set a model, the same for screen, API and export."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Market, Plant, User
from catalog.filters import in_family
from catalog.models import Product, ProductFamily
from kam.core.filters import Choices, FilterSet, visible_choices
from orders.models import LineKind, SalesLine, SalesTotal


class LedgerFilter(FilterSet):
    """What lines and totals are told apart by; customers and groups are those of today."""

    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), field_name="plant__customer", label=_("Customer")
    )
    group = django_filters.ModelChoiceFilter(
        queryset=visible_choices(CustomerGroup), field_name="plant__customer__group", label=_("Group")
    )
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), label=_("Product"))
    family = django_filters.ModelChoiceFilter(queryset=visible_choices(ProductFamily), method="filter_family", label=_("Family"))
    selling_location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Selling location"))
    producing_location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Producing location"))
    account_manager = django_filters.ModelChoiceFilter(
        queryset=visible_choices(User), label=_("Account manager"), null_label=_("Nobody"), null_value="none"
    )
    sector = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Sector"))
    area = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Area"))
    kind = Choices(choices=LineKind.choices, label=_("Kind"))
    is_intercompany = django_filters.BooleanFilter(label=_("Intercompany"))
    currency = django_filters.CharFilter(label=_("Currency"), max_length=3)

    def filter_family(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The rows of a family and of everything below it."""
        return in_family(rows, "product__family", value)


class SalesLineFilter(LedgerFilter):
    """Lines by what they are told apart by, by day, document and source."""

    date = django_filters.DateFromToRangeFilter(label=_("Date"))
    document = django_filters.CharFilter(field_name="document__number", label=_("Document"), max_length=40)
    system = django_filters.CharFilter(field_name="document__system", label=_("Source system"), max_length=40)
    shown_first = ("date", "customer", "kind")

    class Meta:
        model = SalesLine
        fields: list[str] = []


class SalesTotalFilter(LedgerFilter):
    """Totals by what they are told apart by, and by year."""

    year = django_filters.NumberFilter(label=_("Year"), min_value=1990, max_value=2199)

    class Meta:
        model = SalesTotal
        fields: list[str] = []
