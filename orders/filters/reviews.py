"""Filters of contract reviews and their checklists."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core import clock
from kam.core.filters import Choices, FilterSet, visible_choices
from orders.models import ContractReview, ReviewChecklist
from orders.models.checklists import ReviewClass


class ContractReviewFilter(FilterSet):
    """Reviews by where they stand, class, customer, locations, by when opinions are due, and who is late."""

    state = Choices(choices=ContractReview.State.choices, label=_("Status"))
    klass = Choices(choices=ReviewClass.choices, label=_("Class"))
    running = django_filters.BooleanFilter(method="filter_running", label=_("Open"))
    late = django_filters.BooleanFilter(method="filter_late", label=_("Late"))
    differing = django_filters.BooleanFilter(method="filter_differing", label=_("With differences to settle"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    due = django_filters.DateFromToRangeFilter(field_name="due_at", label=_("Opinions by"))
    shown_first = ("state", "klass", "customer")

    class Meta:
        model = ContractReview
        fields = ["order", "offer", "plant", "selling_location", "producing_location", "result"]

    def filter_running(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those on which somebody has something to do, or the others."""
        return rows.running() if value else rows.exclude(state__in=ContractReview.RUNNING)

    def filter_late(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those whose opinions are overdue, or the others."""
        late = Q(state__in=ContractReview.RUNNING, due_at__lt=clock.now())
        return rows.filter(late) if value else rows.exclude(late)

    def filter_differing(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those with differences that are not settled, or the others."""
        found = ContractReview.objects.filter(differences__gone_at__isnull=True, differences__closed_on__isnull=True)
        found = found.filter(differences__isnull=False)
        return rows.filter(pk__in=found.values("pk")) if value else rows.exclude(pk__in=found.values("pk"))


class ReviewChecklistFilter(FilterSet):
    """Editions of the checklist."""

    class Meta:
        model = ReviewChecklist
        fields = ["edition"]
