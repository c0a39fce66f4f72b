"""How customers move: falling, new, lost and dormant ones, how much hangs on the largest, what they do not buy yet, what is young."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kam.core import clock
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import DIMENSIONS, Asked, Question, Row, labels_of, rows_of, sales_by

SHOWN = 10
#: A customer is dormant after so many times its usual interval without a sale, and lost after a year without one.
DORMANT, LOST_AFTER = 2, 12
EVER = range(1990, 2200)


def falling(rows: Sequence[Row], count: int = SHOWN) -> list[Row]:
    """The keys that lost most revenue against the year before."""
    return sorted((row for row in rows if row.difference < 0), key=lambda row: (row.difference, row.label))[:count]


@dataclass(frozen=True)
class Concentration:
    """How much hangs on the largest customers: their shares in per cent, and how few of them make four fifths."""

    customers: int
    largest: Decimal
    five: Decimal
    ten: Decimal
    four_fifths: int


def concentration(rows: Sequence[Row]) -> Concentration | None:
    """The concentration of this year's revenue; None where there is no revenue."""
    amounts = sorted((row.so_far for row in rows if row.so_far > 0), reverse=True)
    whole = sum(amounts, Decimal(0))
    if not whole:
        return None
    running, needed = Decimal(0), 0
    while running * 5 < whole * 4:
        running += amounts[needed]
        needed += 1
    shares = [sum(amounts[:count], Decimal(0)) * 100 / whole for count in (1, 5, 10)]
    return Concentration(len(amounts), shares[0], shares[1], shares[2], needed)


@dataclass(frozen=True)
class Rhythm:
    """When a customer bought: the first and the last month, in how many months, and the usual interval in months."""

    key: int
    label: str
    first: date
    last: date
    months: int
    silent: int

    @property
    def interval(self) -> Decimal | None:
        """The usual interval in months; None for whoever bought in one month only."""
        span = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        return Decimal(span) / (self.months - 1) if self.months > 1 else None


@dataclass(frozen=True)
class Movements:
    """Customers that are new this year, those that have not bought for a year, and those that are silent for too long."""

    new: list[Rhythm]
    lost: list[Rhythm]
    dormant: list[Rhythm]


def _month_of(place: int) -> date:
    return date((place - 1) // 12, (place - 1) % 12 + 1, 1)


def movements(reader: Any, day: date | None = None, *, by: str = "customer", **more: Any) -> Movements:
    """New, lost and dormant customers on a day, by the months in which they bought anything that counts."""
    day = day or clock.today()
    asked = Asked(Question(day.year, **more), reader, [by], EVER)
    if asked.nothing:
        return Movements([], [], [])
    key = DIMENSIONS[by].key
    asked.values |= {"now": day.year * 12 + day.month, "year": day.year, "dormant": DORMANT, "lost": LOST_AFTER}
    bits = " | ".join(
        f"CASE WHEN coalesce(total.{month_column('revenue', month)}, 0) > 0 THEN {1 << (month - 1)} ELSE 0 END"
        for month in MONTHS
    )
    lowest = " ".join(f"WHEN mask & {1 << (month - 1)} > 0 THEN {month}" for month in MONTHS)
    highest = " ".join(f"WHEN mask & {1 << (month - 1)} > 0 THEN {month}" for month in reversed(MONTHS))
    statement = f"""
        SELECT key, min(first), max(last), sum(months), %(now)s - max(last) AS silent FROM (
            SELECT key, bit_count(mask::bit(12)) AS months, year * 12 + CASE {lowest} END AS first, year * 12 + CASE {highest} END AS last
            FROM (
                SELECT {key} AS key, total.year::integer AS year, bit_or({bits}) AS mask {asked.source()} GROUP BY {key}, total.year
            ) AS of_year WHERE mask > 0
        ) AS bought WHERE first <= %(now)s GROUP BY key
        HAVING min(first) > %(year)s * 12 OR %(now)s - max(last) >= %(lost)s
            OR (sum(months) > 1 AND (%(now)s - max(last)) * (sum(months) - 1) > %(dormant)s * (max(last) - min(first)))
        ORDER BY max(last) DESC, key
    """
    found = rows_of(statement, asked.values)
    labels = labels_of(by, [row[0] for row in found])
    rhythms = [
        Rhythm(key, labels.get(key, ""), _month_of(first), _month_of(last), int(months), int(silent))
        for key, first, last, months, silent in found
    ]
    new = [one for one in rhythms if one.first.year == day.year]
    lost = [one for one in rhythms if one.silent >= LOST_AFTER]
    known = {one.key for one in [*lost]}
    dormant = [
        one for one in rhythms if one.key not in known and one.interval is not None and one.silent > DORMANT * one.interval
    ]
    return Movements(new, lost, dormant)


@dataclass(frozen=True)
class WhiteSpace:
    """What customers buy of which family: revenue by customer and family; where nothing stands, nothing was sold."""

    customers: list[Row]
    families: list[Row]
    revenue: dict[tuple[Any, Any], Decimal]


def white_space(question: Question, reader: Any, *, count: int = 30) -> WhiteSpace:
    """The largest customers down, all families across: what is bought, and the fields that are still white."""
    customers = [row for row in sales_by("customer", question, reader) if row.now.revenue > 0][:count]
    families = sales_by("family", question, reader)
    if not customers:
        return WhiteSpace([], families, {})
    narrowed = replace(question, only={**question.only, "customer": [row.key for row in customers]})
    asked = Asked(narrowed, reader, ["customer", "family"], [question.year])
    customer, family = DIMENSIONS["customer"].key, DIMENSIONS["family"].key
    revenue = asked.figures(question.months, "true")[1]
    statement = f"SELECT {customer}, {family}, {revenue} {asked.source()} GROUP BY {customer}, {family}"
    return WhiteSpace(customers, families, {(one, other): amount for one, other, amount in rows_of(statement, asked.values)})


@dataclass(frozen=True)
class Young:
    """How much of the revenue comes from what was first sold less than an age ago."""

    count: int
    revenue: Decimal
    whole: Decimal

    @property
    def share(self) -> Decimal | None:
        """The share in per cent; None where there is no revenue."""
        return self.revenue * 100 / self.whole if self.whole else None


def young(by: str, question: Question, reader: Any, *, months: int) -> Young:
    """The share of revenue from products or customers that were first sold, as far as this reader sees, less than so many months ago."""
    asked = Asked(question, reader, [by], EVER)
    if asked.nothing:
        return Young(0, Decimal(0), Decimal(0))
    key = DIMENSIONS[by].key
    asked.values["from"] = question.year * 12 + question.last_month - months
    first = " ".join(f"WHEN total.{month_column('revenue', month)} > 0 THEN {month}" for month in MONTHS)
    revenue = asked.figures(question.months, f"total.year = {question.year:d}")[1]
    statement = f"""
        SELECT count(*) FILTER (WHERE first > %(from)s AND revenue > 0), coalesce(sum(revenue) FILTER (WHERE first > %(from)s), 0),
            coalesce(sum(revenue), 0)
        FROM (
            SELECT {key} AS key, min(total.year * 12 + CASE {first} END) AS first, {revenue} AS revenue {asked.source()} GROUP BY {key}
        ) AS sold
    """
    [row] = rows_of(statement, asked.values)
    return Young(*row)
