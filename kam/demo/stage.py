"""The moments of the demonstration: when things happened, counted from today, so that the company never grows old."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

from kam.core import clock


def day(offset: int) -> date:
    """The day so many days from today; negative is past."""
    return _today + timedelta(days=offset)


@contextmanager
def at(offset: int, hour: int = 8) -> Iterator[None]:
    """Act as on the day so many days from today."""
    with clock.moment(datetime.combine(day(offset), time(hour), tzinfo=UTC)):
        yield


def begin() -> None:
    """Fix today, so that a run over midnight stays one story."""
    global _today
    _today = clock.today()


_today = date.min
