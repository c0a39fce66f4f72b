"""The calendar of activities by month, and what calendar programs read: feeds by secret address, one activity as a file."""

import calendar
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.actions.calendar_feed import issue_feed, owner_of, revoke_feed
from accounts.calendars import event_file, feed
from accounts.filters.activity import ActivityFilter
from accounts.models import Activity, CalendarFeed
from kam.core import clock
from kam.core.forms import Form
from kam.core.views import Page, Signed

PAST, FUTURE = timedelta(days=90), timedelta(days=400)
MOST = 2000


def own_activities(user: Any) -> Any:
    """The activities that a person owns or takes part in, as far as they still see them."""
    return Activity.objects.visible_to(user).of(user).for_list()


class ActivityCalendar(Page):
    """A month of activities, with the same filters as the list; weeks begin on Monday."""

    model = Activity
    title = _("Calendar")
    template_name = "accounts/activity_calendar.html"

    def month(self) -> date:
        """The month of the address, else the present one."""
        try:
            return datetime.strptime(self.request.GET.get("month", ""), "%Y-%m").date()
        except ValueError:
            return clock.today().replace(day=1)

    def context(self) -> dict[str, Any]:
        first = self.month()
        weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
        zone = timezone.get_current_timezone()
        begin, end = (datetime.combine(day, time(), tzinfo=zone) for day in (weeks[0][0], weeks[-1][-1] + timedelta(days=1)))
        rows = own_activities(self.reader) if "mine" not in self.request.GET else self.rows().for_list()
        found = ActivityFilter(self.request.GET, queryset=rows, request=self.request)
        shown = (
            (found.qs if found.is_valid() else rows.none())
            .filter(starts_at__gte=begin, starts_at__lt=end)
            .order_by("starts_at", "pk")
        )
        days: dict[date, list[Activity]] = defaultdict(list)
        for activity in shown[:MOST]:
            days[timezone.localdate(activity.starts_at)].append(activity)
        return super().context() | {
            "first": first,
            "weeks": [[(day, day.month == first.month, days.get(day, [])) for day in week] for week in weeks],
            "before": (first - timedelta(days=1)).strftime("%Y-%m"),
            "after": (first + timedelta(days=31)).strftime("%Y-%m"),
            "today": clock.today(),
            "own": "mine" not in self.request.GET,
            "any": bool(days),
            "may_create": self.reader.may("accounts.create_activity"),
            "breadcrumb": [(gettext("Activities and visits"), reverse("accounts:activity_list"))],
        }


class ActivityFile(Signed):
    """One activity as a calendar file."""

    model = Activity

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activity = self.record_or_404()
        response = HttpResponse(event_file(activity), content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="activity-{activity.pk}.ics"'
        return response


class FeedForm(Form):
    """The program that will read the feed."""

    name = forms.CharField(label=_("Name of the calendar program"), max_length=80)


class FeedList(Page):
    """One's own calendar feeds: make one, see its address once, revoke it."""

    model = CalendarFeed
    title = _("Calendar feeds")
    template_name = "accounts/feed_list.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"feeds": self.rows().filter(revoked_at=None), "form": FeedForm(reader=self.reader)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FeedForm(request.POST, reader=self.reader)
        context = self.context() | {"form": form}
        if not form.is_valid():
            return render(request, self.template_name, context, status=422)
        secret = issue_feed(self.reader, name=form.cleaned_data["name"])
        address = request.build_absolute_uri(reverse("accounts:feed_read", args=[secret]))
        return render(request, self.template_name, self.context() | {"address": address})


class FeedRevoke(Signed):
    """Close one of one's own feeds."""

    model = CalendarFeed
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        revoke_feed(self.record_or_404())
        return HttpResponseRedirect(reverse("accounts:feed_list"))


@method_decorator(login_not_required, name="dispatch")
class FeedRead(View):
    """What a calendar program reads with a secret: the owner's own activities, nobody else's, without prices or texts."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        owner = owner_of(secret)
        if owner is None:
            raise Http404
        now = clock.now()
        with translation.override(owner.language):
            rows = own_activities(owner).filter(starts_at__gt=now - PAST, starts_at__lt=now + FUTURE)
            body = feed(rows[:MOST], f"KAM {owner}")
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Cache-Control"] = "private, no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response
