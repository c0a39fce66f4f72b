"""Filters of activities and promises."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.filters.customer import plants_of
from accounts.models import Activity, Contact, Customer, CustomerGroup, Plant, Promise, User
from kam.core import clock
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.plain import with_words


class ActivityFilter(FilterSet):
    """Activities: mine, kind, status, customer, plant, owner, days, signals, next step due."""

    shown_first = ("mine", "kind", "status", "customer")
    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    kind = Choices(choices=Activity.Kind.choices, label=_("Kind"))
    status = Choices(choices=Activity.Status.choices, label=_("Status"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    group = django_filters.ModelChoiceFilter(
        field_name="customer__group", queryset=visible_choices(CustomerGroup), label=_("Group")
    )
    owner = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Owner"))
    contact = django_filters.ModelChoiceFilter(field_name="contacts", queryset=visible_choices(Contact), label=_("Contact"))
    when = django_filters.DateFromToRangeFilter(field_name="starts_at", label=_("When"))
    signal = django_filters.ChoiceFilter(choices=Activity.Signal.choices, method="filter_signal", label=_("Signal"))
    next_step_due = django_filters.BooleanFilter(method="filter_next_step", label=_("Next step due"))

    class Meta:
        model = Activity
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Activities whose subject or text holds every word."""
        return with_words(queryset, value)

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that the reader owns or takes part in, or those of others."""
        joined = Activity.participants.through.objects.filter(user=self.reader).values("activity")
        own = Q(owner=self.reader) | Q(pk__in=joined)
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_signal(self, queryset: Any, name: str, value: str) -> Any:
        """Activities in which this was noticed."""
        return queryset.filter(signals__contains=[value])

    def filter_next_step(self, queryset: Any, name: str, value: bool) -> Any:
        """Activities whose next step was due by today and was not taken yet."""
        due = queryset.model.objects.with_open_step().filter(next_step_on__lte=clock.today()).values("pk")
        return queryset.filter(pk__in=due) if value else queryset.exclude(pk__in=due)


class PromiseFilter(FilterSet):
    """Promises: mine, at my plants, whose, status, customer, due days, late."""

    shown_first = ("mine", "status", "side", "customer")
    search = django_filters.CharFilter(field_name="what", lookup_expr="icontains", label=_("Search"), max_length=200)
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    status = Choices(choices=Promise.Status.choices, label=_("Status"))
    side = django_filters.ChoiceFilter(choices=Promise.Side.choices, label=_("Whose promise"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    owner = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Who keeps or follows it"))
    due = django_filters.DateFromToRangeFilter(field_name="due_on", label=_("Due"))
    late = django_filters.BooleanFilter(method="filter_late", label=_("Late"))

    class Meta:
        model = Promise
        fields: list[str] = []

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that the reader keeps or follows, and those at their own plants."""
        own = Q(owner=self.reader) | Q(plant__in=plants_of(self.reader).values("pk"))
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_late(self, queryset: Any, name: str, value: bool) -> Any:
        """Open ones whose day has passed."""
        late = Q(status=Promise.Status.OPEN, due_on__lt=clock.today())
        return queryset.filter(late) if value else queryset.exclude(late)
