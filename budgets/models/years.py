"""The year of a plan: calendar or fiscal, twelve months from the first of any month."""

from datetime import date

MONTHS = range(1, 13)


def month_after(first: date, count: int) -> date:
    """The first day of the month that many months later."""
    place = first.year * 12 + first.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def months_between(first: date, month: date) -> int:
    """How many months a month lies after the first one of a year; below zero before it."""
    return (month.year - first.year) * 12 + month.month - first.month


def months_of(first: date) -> list[date]:
    """The first days of the twelve months of the year that begins with this one."""
    return [month_after(first, place) for place in range(12)]


def months_over(first: date, day: date) -> int:
    """How many months of the year are over on a day; the running one is not."""
    return sum(month_after(month, 1) <= day for month in months_of(first))


def year_name(first: date) -> str:
    """What the year is called: 2027, or 2026/27 where it does not begin in January."""
    return str(first.year) if first.month == 1 else f"{first.year}/{(first.year + 1) % 100:02d}"
