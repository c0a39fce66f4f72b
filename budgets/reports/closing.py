"""Which months of a year are closed: over for as many working days as it takes until all of their sales are in the ledger."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from budgets.models import months_of
from budgets.models.years import month_after
from kam.core import clock
from kam.core.calendars import PlainWeek, add_working_days
from kam.core.parameters import define, parameter

CLOSING = define(
    "budgets.closing_days", default=5, unit="wd", label=_("Time after the end of a month until its sales are complete")
)


def months_closed(first_month: date) -> list[date]:
    """The first days of those months of a year that are closed; working days are those on which all our locations work."""
    today = clock.today()
    over = [month for month in months_of(first_month) if month_after(month, 1) <= today]
    if not over:
        return over
    places = Location.objects.filter(is_active=True).select_related("calendar").prefetch_related("calendar__days")
    calendars = tuple(one.calendar for one in places.order_by("pk")) or (PlainWeek(),)
    days = parameter(CLOSING.key)

    def closed(month: date) -> bool:
        return add_working_days(month_after(month, 1) - timedelta(days=1), days, calendars) < today

    while over and not closed(over[-1]):
        over.pop()
    return over
