"""Periods of validity: `[from, to)` in the database, inclusive on the screen; what holds on a date."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import IntegrityError, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation

from kam.core.workflow import Denied


def period(first: date | None, last: date | None = None) -> DateRange:
    """The period from the first to the last day, both included; None is open."""
    return DateRange(first, last + timedelta(days=1) if last else None, "[)")


def months_later(day: date, months: int) -> date:
    """The same day so many months later; where that month is shorter, its last day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def end_of_month(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


class DatedQuerySet:
    """What a queryset of rows that hold for a period adds to its scoping; stands before it among the bases."""

    def on(self, day: date) -> Any:
        """What holds on this day."""
        return self.filter(period__contains=day)  # type: ignore[attr-defined]


class Dated(models.Model):
    """A row that holds for a period."""

    period = DateRangeField(_("period"))

    class Meta:
        abstract = True

    @property
    def first_day(self) -> date | None:
        """The first day on which this holds; None is always."""
        return self.period.lower

    @property
    def last_day(self) -> date | None:
        """The last day on which this holds; None is open."""
        return self.period.upper - timedelta(days=1) if self.period.upper else None

    def holds_on(self, day: date) -> bool:
        """Whether this holds on a day."""
        return (self.period.lower is None or self.period.lower <= day) and (self.period.upper is None or day < self.period.upper)


def never_overlapping(name: str, *keys: str, condition: Any = None) -> Any:
    """The constraint that two rows of the same keys never hold on the same day.

    The keys stand first in its index: most rows hold today, so that periods part nothing and keys nearly everything.
    """
    from_keys = [(key, RangeOperators.EQUAL) for key in keys]
    return ExclusionConstraint(name=name, expressions=[*from_keys, ("period", RangeOperators.OVERLAPS)], condition=condition)


def save_apart(row: models.Model, refusal: Callable[[], Denied]) -> None:
    """Save a dated row; where another one of the same keys holds on one of its days, raise what `refusal` says about it.

    The database decides, so that of two writers at once one wins and the other gets the refusal.
    """
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise refusal() from None
        raise
