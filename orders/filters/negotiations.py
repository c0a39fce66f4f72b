"""Filters of negotiations, dossiers and requests for development."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Market, Plant
from catalog.models import Product
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.plain import with_words
from orders.models import (
    Concession,
    DevelopmentRequest,
    Negotiation,
    NegotiationDossier,
    NegotiationLine,
    NegotiationRound,
    Stage,
)
from orders.models.negotiations import OPEN, named


class NegotiationFilter(FilterSet):
    """Negotiations by stage, whose they are, with whom, where, on what, and by the days of decision."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    stage = Choices(choices=Stage.choices, label=_("Stage"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    stale = django_filters.BooleanFilter(method="filter_stale", label=_("Stale"))
    of_group = django_filters.ModelChoiceFilter(
        queryset=visible_choices(CustomerGroup), method="filter_about", label=_("Group with its companies")
    )
    of_customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), method="filter_about", label=_("Customer with its plants")
    )
    of_plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), field_name="plant", label=_("Plant"))
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), method="filter_product", label=_("Product"))
    market = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), method="filter_market", label=_("Sector"))
    decision = django_filters.DateFromToRangeFilter(field_name="decision_on", label=_("Decision of the customer"))
    decided = django_filters.DateFromToRangeFilter(field_name="decided_on", label=_("Decided"))
    shown_first = ("mine", "stage", "of_customer")

    class Meta:
        model = Negotiation
        fields = ["owner", "selling_location", "producing_location", "currency", "loss_reason"]

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those whose number or subject holds every word."""
        return with_words(rows, value)

    def filter_mine(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that the reader owns or is named in, or those of others."""
        own = named(self.reader)
        return rows.filter(own) if value else rows.exclude(own)

    def filter_open(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that nobody has decided yet, or the others."""
        return rows.filter(stage__in=OPEN) if value else rows.exclude(stage__in=OPEN)

    def filter_stale(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Open ones on which nobody has worked for long."""
        stale = Negotiation.objects.stale().values("pk")
        return rows.filter(pk__in=stale) if value else rows.exclude(pk__in=stale)

    def filter_about(self, rows: Any, name: str, value: Any) -> QuerySet:
        """Those with a group or a company and all below it."""
        return rows.about(value)  # type: ignore[no-any-return]

    def filter_product(self, rows: QuerySet, name: str, value: Product) -> QuerySet:
        """Those about a product."""
        return rows.filter(pk__in=NegotiationLine.objects.filter(product=value).values("negotiation"))

    def filter_market(self, rows: QuerySet, name: str, value: Market) -> QuerySet:
        """Those with a company of a sector."""
        return rows.filter(Q(customer__sector=value) | Q(plant__customer__sector=value))


class NegotiationDossierFilter(FilterSet):
    """Dossiers by their negotiation."""

    class Meta:
        model = NegotiationDossier
        fields = ["negotiation"]


class NegotiationRoundFilter(FilterSet):
    """Rounds by their dossier."""

    class Meta:
        model = NegotiationRound
        fields = ["dossier"]


class ConcessionFilter(FilterSet):
    """Concessions by their dossier, and by who gave."""

    class Meta:
        model = Concession
        fields = ["dossier", "side"]


class DevelopmentRequestFilter(FilterSet):
    """Requests for development by words, status, whose customer, where they come from, and by when they want an answer."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    status = Choices(choices=DevelopmentRequest.Status.choices, label=_("Status"))
    due = django_filters.DateFromToRangeFilter(field_name="answer_by", label=_("Answer by"))
    shown_first = ("status", "customer")

    class Meta:
        model = DevelopmentRequest
        fields = ["customer", "plant", "negotiation", "activity", "location", "answer"]

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those whose number, subject or drawing holds every word."""
        return with_words(rows, value)
