"""How numbers, money, dates and people's initials are written for the present reader; nothing here rounds what is stored."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import dateformat, timezone
from django.utils.formats import get_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kam.core import clock

MINUS = "\u2212"
EMPTY = "\u2013"
NARROW = "\u202f"
Number = int | float | Decimal


def number(value: Number | None, decimals: int | None = 0, *, most: int = 0, signed: bool = False) -> str:
    """A number in the reader's format with a true minus sign; None is a dash, zero is 0.

    `decimals` are always written, further ones up to `most` only where they say something; `decimals=None` writes all
    that do: a quantity of 50.000 is 50, which no reader takes for fifty thousand.
    """
    if value is None or value == "":
        return EMPTY
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if decimals is None or most > decimals:
        written = max(-int(exact.normalize().as_tuple().exponent), 0)
        decimals = written if decimals is None else max(decimals, min(written, most))
    exact = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    text = number_format(abs(exact), decimal_pos=decimals, use_l10n=True, force_grouping=True)
    if exact < 0:
        return MINUS + text
    return "+" + text if signed and exact > 0 else text


def money(amount: Number | None, currency: str = "", decimals: int = 2) -> str:
    """An amount with the code of its currency behind it."""
    text = number(amount, decimals)
    return f"{text} {currency}" if currency and text != EMPTY else text


def percent(value: Number | None, decimals: int = 1, *, signed: bool = False) -> str:
    """A share that is already in per cent (12.5 is 12.5 %)."""
    text = number(value, decimals, signed=signed)
    return text if text == EMPTY else f"{text}{NARROW}%"


def day(value: date | datetime | None) -> str:
    """A date in the reader's short format."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return str(dateformat.format(value, str(get_format("SHORT_DATE_FORMAT"))))


def long_date(value: date | None) -> str:
    """A date with its month in letters, as it stands in a sentence."""
    if value is None:
        return EMPTY
    text = str(dateformat.format(value, str(get_format("DATE_FORMAT"))))
    return text.lower() if (get_language() or "").startswith("it") else text


def long_day(value: date | None) -> str:
    """Today, yesterday, or the date with its month in letters."""
    near = {clock.today(): _("Today"), clock.today() - timedelta(days=1): _("Yesterday")}
    return near.get(value, "") or long_date(value) if value else EMPTY


def near_day(value: date | datetime | None) -> str:
    """A day that is near in the fewest words: yesterday, today, tomorrow, day and month; with the year where it is another."""
    if value is None or value == "":
        return EMPTY
    local = timezone.localtime(value).date() if isinstance(value, datetime) and timezone.is_aware(value) else value
    on = local.date() if isinstance(local, datetime) else local
    today = clock.today()
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}.get((on - today).days)
    if near:
        return near
    # Without the year the present one is meant, or the one that begins within months.
    if on.year != today.year and not today <= on < today + timedelta(days=90):
        return day(on)
    return day_of_year(on)


def day_of_year(value: date) -> str:
    """Day and month without a year: 7 ago."""
    text = str(dateformat.format(value, str(get_format("MONTH_DAY_FORMAT"))))
    return text.lower() if (get_language() or "").startswith("it") else text


def plain(value: Any) -> Any:
    """A value of any kind as it stands among a record's facts: figures without idle zeros, short dates, yes or no in words."""
    match value:
        case None | "":
            return EMPTY
        case bool():
            return _("yes") if value else _("no")
        case int() | float() | Decimal():
            return number(value, None)
        case datetime():
            return moment(value)
        case date():
            return day(value)
    return value


def moment(value: datetime | None) -> str:
    """A date and a time in the reader's format and time zone."""
    if value is None or value == "":
        return EMPTY
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(local)}, {local:%H:%M}"


def initials(person: Any) -> str:
    """Two letters for the round mark of a person."""
    words = str(person or "").replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"
