"""The moments of the demonstration: when things happened, counted from today, so that the company never grows old."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F

from kam.core import clock
from kam.core.notifications import Notification

SEAT = ZoneInfo("Europe/Rome")


def day(offset: int) -> date:
    """The day so many days from today; negative is past."""
    return _today + timedelta(days=offset)


@contextmanager
def at(offset: int, hour: int = 8) -> Iterator[None]:
    """Act as on the day so many days from today, at an hour of the seat's."""
    with clock.moment(datetime.combine(day(offset), time(hour), tzinfo=SEAT)):
        yield


def measure() -> None:
    """Let the database see how much there is by now; within one transaction it would go on planning for empty tables."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def read() -> None:
    """People have read by the next morning what came more than three days ago."""
    old = datetime.combine(day(-3), time(0), tzinfo=SEAT)
    Notification.objects.unread().filter(created_at__lt=old).update(read_at=F("created_at") + timedelta(days=1))


def begin() -> None:
    """Fix today, so that a run over midnight stays one story."""
    global _today
    _today = clock.today()


_today = date.min
