"""Filters of work items, notifications, jobs, rates, calendars, parameters, saved views and the access log; the same for screen, API and export."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.calendars import WorkingCalendar
from kam.core.filters import FilterSet
from kam.core.jobs import Job
from kam.core.money import ExchangeRate
from kam.core.notifications import KINDS, Notification
from kam.core.parameters import ParameterValue
from kam.core.saved_views import SavedView
from kam.core.work_items import WORK_KINDS, WorkItem, hands_of


def work_kinds() -> list[tuple[str, Any]]:
    """The kinds of work as choices."""
    return sorted((kind, kind.replace("_", " ")) for kind in WORK_KINDS)


def notification_kinds() -> list[tuple[str, Any]]:
    """The kinds of notification as choices, by label."""
    return [(kind, definition.label) for kind, definition in sorted(KINDS.items())]


class WorkItemFilter(FilterSet):
    """Work items: what I have to do, what I substitute for, what I asked; state, kind, level, late."""

    FOR = (("me", _("For me")), ("substitute", _("I substitute")), ("asked", _("I asked")))

    whose = django_filters.ChoiceFilter(method="filter_whose", choices=FOR, label=_("Whose"))
    kind = django_filters.ChoiceFilter(choices=work_kinds, label=_("Kind"))
    late = django_filters.BooleanFilter(method="filter_late", label=_("Late"))
    due_before = django_filters.IsoDateTimeFilter(field_name="due", lookup_expr="lt", label=_("Due before"))
    object_id = django_filters.NumberFilter(label=_("Record"), min_value=1, max_value=2**62)

    class Meta:
        model = WorkItem
        fields = ["state", "level", "object_id"]

    def filter_whose(self, queryset: Any, name: str, value: str) -> Any:
        """Open work by whose it is, or everything that the person asked for."""
        if value == "asked":
            return queryset.filter(asked_by=self.reader)
        hands = hands_of(self.reader)
        theirs = Q(assignee__in=hands.principals) | Q(audience__in=[f"user:{key}" for key in hands.principals])
        todo = queryset.filter(pk__in=WorkItem.objects.to_do_by(self.reader).values("pk"))
        return todo.filter(theirs).exclude(assignee=self.reader) if value == "substitute" else todo.exclude(theirs)

    def filter_late(self, queryset: Any, name: str, value: bool) -> Any:
        """Open and past the deadline, or not."""
        late = Q(state=WorkItem.State.OPEN, due__lt=clock.now())
        return queryset.filter(late) if value else queryset.exclude(late)


class NotificationFilter(FilterSet):
    """Notifications: unread, kind, urgent."""

    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label=_("Unread"))
    kind = django_filters.ChoiceFilter(choices=notification_kinds, label=_("Kind"))

    class Meta:
        model = Notification
        fields = ["urgent"]


class JobFilter(FilterSet):
    """Background jobs: state and kind."""

    kind = django_filters.CharFilter(label=_("Kind"), max_length=60)

    class Meta:
        model = Job
        fields = ["state"]


class ExchangeRateFilter(FilterSet):
    """Exchange rates: currencies, kind, days."""

    shown_first = ("from_currency", "to_currency", "kind")
    from_currency = django_filters.CharFilter(lookup_expr="iexact", label=_("From currency"), max_length=3)
    to_currency = django_filters.CharFilter(lookup_expr="iexact", label=_("To currency"), max_length=3)
    date = django_filters.DateFromToRangeFilter(label=_("Date"))

    class Meta:
        model = ExchangeRate
        fields = ["kind", "date"]


class WorkingCalendarFilter(FilterSet):
    """Working calendars: name or code, country."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    country = django_filters.CharFilter(lookup_expr="iexact", label=_("Country"), max_length=2)

    class Meta:
        model = WorkingCalendar
        fields = ["country"]

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Those whose name or code contains every word."""
        for word in value.split()[:10]:
            queryset = queryset.filter(Q(name__icontains=word) | Q(code__icontains=word))
        return queryset


class ParameterValueFilter(FilterSet):
    """Parameter values: key, scope, in force today."""

    key = django_filters.CharFilter(lookup_expr="icontains", label=_("Parameter"), max_length=80)
    scope = django_filters.CharFilter(label=_("Scope"), max_length=60)
    in_force = django_filters.BooleanFilter(method="filter_in_force", label=_("In force today"))

    class Meta:
        model = ParameterValue
        fields = ["key", "scope"]

    def filter_in_force(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that hold today, or those that do not."""
        today = Q(period__contains=clock.today())
        return queryset.filter(today) if value else queryset.exclude(today)


class SavedViewFilter(FilterSet):
    """Saved views: of which list, shared or not."""

    list = django_filters.CharFilter(field_name="page", label=_("List"), max_length=80)

    class Meta:
        model = SavedView
        fields = ["shared"]


class AccessLogFilter(FilterSet):
    """Entries by kind, person, day, address."""

    since = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label=pgettext_lazy("date", "From"))
    until = django_filters.DateFilter(field_name="at", lookup_expr="date__lte", label=pgettext_lazy("date", "To"))
    about = django_filters.CharFilter(lookup_expr="icontains", label=_("About"), max_length=200)
    shown_first = ("kind", "user", "since")

    class Meta:
        model = AccessLog
        fields = ["kind", "user", "address"]
