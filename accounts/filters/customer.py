"""Filters of customers, customer groups, plants and contacts."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_choices
from accounts.models import (
    Activity,
    Assignment,
    Contact,
    Customer,
    CustomerGroup,
    Location,
    Market,
    Plant,
    PlantService,
    access_of,
)
from kam.core import clock
from kam.core.codes import has_code
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.plain import with_words


def served_by(plants: QuerySet[Plant], locations: Any) -> QuerySet[Plant]:
    """Those plants that one of the locations serves today."""
    return plants.filter(pk__in=PlantService.objects.on(clock.today()).filter(location__in=locations).values("plant"))


def plants_of(user: Any) -> QuerySet[Plant]:
    """The plants that are a person's own: of the accounts that they lead, and those that they run as area manager."""
    run = Assignment.objects.on(clock.today()).filter(user=user, plant__isnull=False).values("plant")
    return Plant.objects.filter(access_of(user).accounts.plants.has("pk") | Q(pk__in=run))


class SearchedFilter(FilterSet):
    """What all of them have: search in names, places and codes, those of other systems too."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Rows that hold every word, or have exactly this code in another system."""
        return with_words(queryset, value, has_code(queryset.model))


class CustomerFilter(SearchedFilter):
    """Customers: mine, group, country, sector, status, who serves, no visit since, terms."""

    shown_first = ("mine", "group", "country", "status", "location")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    group = django_filters.ModelChoiceFilter(queryset=visible_choices(CustomerGroup), label=_("Group"))
    is_global_account = django_filters.BooleanFilter(field_name="group__is_global_account", label=_("Global account"))
    country = Choices(choices=country_choices, label=_("Country"))
    sector = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Sector"))
    status = Choices(choices=Customer.Status.choices, label=_("Status"))
    location = django_filters.ModelMultipleChoiceFilter(
        queryset=visible_choices(Location), method="filter_location", label=_("Served by")
    )
    no_visit_since = django_filters.DateFilter(method="filter_no_visit", label=_("No visit since"))
    code = django_filters.CharFilter(lookup_expr="iexact", label=_("Code"), max_length=20)
    vat_id = django_filters.CharFilter(lookup_expr="iexact", label=_("VAT number"), max_length=20)
    payment_terms = django_filters.CharFilter(lookup_expr="iexact", label=_("Payment terms"), max_length=4)
    credit_limit = django_filters.RangeFilter(label=_("Credit limit"))

    class Meta:
        model = Customer
        fields: list[str] = []

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """The reader's own customers, or those of others."""
        access = access_of(self.reader)
        own = Q(pk__in=plants_of(self.reader).values("customer")) | Q(group__in=access.group_ids)
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_location(self, queryset: Any, name: str, value: Any) -> Any:
        """Customers with a plant that one of these locations serves today."""
        return queryset.filter(pk__in=served_by(Plant.objects.all(), value).values("customer")) if value else queryset

    def filter_no_visit(self, queryset: Any, name: str, value: Any) -> Any:
        """Customers that nobody has visited since a day."""
        visits = Activity.objects.visible_to(self.reader).filter(
            customer=OuterRef("pk"), kind=Activity.Kind.VISIT, status=Activity.Status.DONE
        )
        return queryset.filter(~Exists(visits.filter(starts_at__date__gte=value)))


class CustomerGroupFilter(SearchedFilter):
    """Customer groups: global accounts, tier, sector, mine."""

    shown_first = ("mine", "tier")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    is_global_account = django_filters.BooleanFilter(label=_("Global account"))
    tier = Choices(choices=CustomerGroup.Tier.choices, label=_("Tier"))
    sector = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Sector"))
    parent = django_filters.ModelChoiceFilter(queryset=visible_choices(CustomerGroup), label=_("Parent group"))

    class Meta:
        model = CustomerGroup
        fields: list[str] = []

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """The groups that the reader leads."""
        own = Q(pk__in=access_of(self.reader).group_ids)
        return queryset.filter(own) if value else queryset.exclude(own)


class PlantFilter(SearchedFilter):
    """Plants: mine, customer, group, country, status, who serves; searched by the words of their company, too."""

    shown_first = ("mine", "country", "location")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    group = django_filters.ModelChoiceFilter(
        field_name="customer__group", queryset=visible_choices(CustomerGroup), label=_("Group")
    )
    country = Choices(choices=country_choices, label=_("Country"))
    status = Choices(choices=Plant.Status.choices, label=_("Status"))
    location = django_filters.ModelMultipleChoiceFilter(
        queryset=visible_choices(Location), method="filter_location", label=_("Served by")
    )

    class Meta:
        model = Plant
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Plants that hold every word or have exactly this code, and those of companies of which it is so."""
        return with_words(queryset, value, has_code(Plant), self._of_company)

    def _of_company(self, text: str) -> Q:
        """The condition that the company of a plant, as far as the reader sees it, is found by this text."""
        companies = with_words(Customer.objects.visible_to(self.reader), text, has_code(Customer))
        return Q(customer__in=companies.values("pk"))

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """The reader's own plants, or those of others."""
        own = Q(pk__in=plants_of(self.reader).values("pk"))
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_location(self, queryset: Any, name: str, value: Any) -> Any:
        """Plants that one of these locations serves today."""
        return served_by(queryset, value) if value else queryset


class ContactFilter(SearchedFilter):
    """Contacts: customer, plant, group, role in decisions, strength of the relationship."""

    shown_first = ("customer", "decision_role")
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    group = django_filters.ModelChoiceFilter(
        field_name="customer__group", queryset=visible_choices(CustomerGroup), label=_("Group")
    )
    decision_role = Choices(choices=Contact.DecisionRole.choices, label=_("Role in decisions"))
    relationship = django_filters.RangeFilter(label=_("Strength of the relationship"))
    language = django_filters.ChoiceFilter(
        choices=[("it", "Italiano"), ("en", "English"), ("de", "Deutsch")], label=_("Language")
    )
    is_active = django_filters.BooleanFilter(label=_("Active"))

    class Meta:
        model = Contact
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """People whose name, address or function holds every word."""
        return with_words(queryset, value)
