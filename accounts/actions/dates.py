"""How dated rows begin and end: periods checked, ended before a day, or removed where they never began."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.periods import period
from kam.core.workflow import Denied

EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)


def checked_period(first_day: date | None, last_day: date | None) -> Any:
    """The period of two days, both included. Raises Denied for days in the wrong order or out of any sensible range."""
    for name, day in (("first_day", first_day), ("last_day", last_day)):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise Denied("date_out_of_range", _("Type a date between 1990 and 2099."), field=name, status=400)
    if first_day and last_day and last_day < first_day:
        raise Denied("period_reversed", _("The last day lies before the first day."), field="last_day", status=400)
    return period(first_day, last_day)


def checked_end(row: Any, last_day: date, *, field: str = "last_day") -> None:
    """Refuse an end that would rewrite the past or lies after the present end: only yesterday or later, or the first day's eve."""
    if (clock.today() - last_day).days > 1:
        raise Denied("past_is_kept", _("What was true stays so: end it yesterday at the earliest."), field=field, status=400)
    if last_day > LATEST:
        raise Denied("date_out_of_range", _("Type a date between 1990 and 2099."), field=field, status=400)
    if row.last_day is not None and last_day > row.last_day:
        raise Denied("ends_before", _("It ends before that day already."), field=field, status=400)


def end_on(row: Any, day: date) -> bool:
    """Let a row hold no more from `day` on; one that would never have begun goes. Says whether anything changed."""
    if row.period.upper is not None and row.period.upper <= day:
        return False
    if row.period.lower is not None and row.period.lower >= day:
        row.delete()
        return True
    row.period = type(row.period)(row.period.lower, day, "[)")
    row.save()
    return True
