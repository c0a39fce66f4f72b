"""Dated rows moved by a decision: what held before the day stays as it was, what was planned after it gives way."""

from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from kam.core.periods import Dated


def between(first: date | None, upper: date | None) -> DateRange:
    """The period from a day to the day before another one."""
    return DateRange(first, upper, "[)")


def clear_from(rows: QuerySet[Any], day: date, upper: date | None = None) -> list[Dated]:
    """Make room in rows of one key from a day on (to the day before `upper`); answers with what held on the day itself.

    A row that began earlier ends the day before; one that lies inside goes; what reaches past `upper` goes on from there.
    History keeps each of them.
    """
    window = between(day, upper)
    held = []
    for row in rows.filter(period__overlap=window).order_by("pk").select_for_update(of=("self",)):
        lower, end = row.period.lower, row.period.upper
        if row.holds_on(day):
            held.append(row)
        beyond = between(upper, end) if upper is not None and (end is None or end > upper) else None
        if lower is None or lower < day:
            row.period = between(lower, day)
            row.save(update_fields=["period"])
            if beyond is not None:
                _copy(row, beyond)
        elif beyond is not None:
            row.period = beyond
            row.save(update_fields=["period"])
        else:
            row.delete()
    return held


def _copy(row: Any, period: DateRange) -> Any:
    values = {
        field.name: getattr(row, field.attname if not field.is_relation else field.name) for field in row._meta.concrete_fields
    }
    for name in ("id", "created_at", "updated_at", "version", "period"):
        values.pop(name, None)
    return type(row).objects.create(**values, period=period)


def day_before(day: date) -> date:
    """The day before."""
    return day - timedelta(days=1)
