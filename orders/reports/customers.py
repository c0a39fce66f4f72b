"""How customers move: falling, new, lost and dormant ones, how much hangs on the largest, what they do not buy yet, what is young."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kam.core import clock
from orders.models import SalesDays
from orders.models.days import DAYS
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import COUNTED, DIMENSIONS, Asked, Question, Row, labels_of, rows_of, sales_by

SHOWN = 10
#: A customer is dormant after so many times its usual interval without a sale, though never within a week; lost after a year.
DORMANT, QUIET = 2, 7
#: What the days of sales tell apart.
TOLD_BY_DAYS = frozenset({"plant", "customer", "group", "present_manager", "selling_location"})
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
    """When a customer bought: the first and the last day, on how many days, and for how many days it has been silent."""

    key: int
    label: str
    first: date
    last: date
    days: int
    silent: int

    @property
    def interval(self) -> Decimal | None:
        """The usual interval in days; None for whoever bought on one day only."""
        return Decimal((self.last - self.first).days) / (self.days - 1) if self.days > 1 else None


@dataclass(frozen=True)
class Movements:
    """Customers that are new this year, those that have not bought for a year, and those that are silent for too long.

    Of each the latest, and how many there are.
    """

    new: list[Rhythm]
    lost: list[Rhythm]
    dormant: list[Rhythm]
    counts: dict[str, int]


class AskedDays(Asked):
    """The same question of the days on which plants bought goods; what the days do not tell apart chooses the customers only."""

    def __init__(self, question: Question, reader: Any, by: str) -> None:
        known = {name: keys for name, keys in question.only.items() if name in TOLD_BY_DAYS}
        super().__init__(replace(question, only=known), reader, [by], [])
        self.level = SalesDays
        self.chosen = ""
        if (question.kinds, question.intercompany, known) != (COUNTED, False, question.only):
            buyers = Asked(question, reader, [by], EVER)
            self.chosen = f"{DIMENSIONS[by].key} IN (SELECT {DIMENSIONS[by].key} {buyers.source()})"
            self.values |= buyers.values

    def counted(self) -> list[str]:
        return ["total.year <= %(year)s", *([self.chosen] if self.chosen else [])]


# Days of one customer at several plants and locations are one day; those behind the day that is asked for do not count.
# OFFSET 0: what follows from the days is worked out once, not wherever it is compared.
MOVEMENTS = """
SELECT key, first, last, days, silent, is_new, is_lost, is_dormant FROM (
    SELECT key, first, last, days, silent, first >= make_date(%(year)s, 1, 1) AS is_new,
        last <= (%(day)s::date - interval '1 year')::date AS is_lost,
        days > 1 AND silent > %(quiet)s AND silent * (days - 1) > %(dormant)s * (last - first) AS is_dormant
    FROM (
        SELECT key, days, make_date(years[1], 1, 1) + position(B'1' IN bits[1]) - 1 AS first, last, %(day)s::date - last AS silent
        FROM (
            SELECT key, array_agg(year ORDER BY year) AS years, array_agg(days ORDER BY year) AS bits,
                sum(bit_count(days))::integer AS days
            FROM (
                SELECT {key} AS key, total.year::integer AS year,
                    bit_or(CASE WHEN total.year = %(year)s THEN total.days & %(until)s::bit({all_days}) ELSE total.days END) AS days
                {source} GROUP BY {key}, total.year OFFSET 0
            ) AS of_year WHERE bit_count(days) > 0 GROUP BY key OFFSET 0
        ) AS bought, LATERAL (
            SELECT make_date(years[cardinality(years)], 1, 1) + {all_days} - position('1' IN reverse(bits[cardinality(bits)]::text)) AS last
            OFFSET 0
        ) AS latest OFFSET 0
    ) AS rhythm OFFSET 0
) AS moved WHERE is_new OR is_lost OR is_dormant ORDER BY last DESC, key
"""


def movements(reader: Any, day: date | None = None, *, most: int = 1_000, **more: Any) -> Movements:
    """New, lost and dormant customers on a day, by the days on which they bought goods; at most so many of each."""
    day = day or clock.today()
    asked = AskedDays(Question(day.year, **more), reader, "customer")
    if asked.nothing:
        return Movements([], [], [], {"new": 0, "lost": 0, "dormant": 0})
    passed = day.timetuple().tm_yday
    asked.values |= {"day": day, "year": day.year, "dormant": DORMANT, "quiet": QUIET}
    asked.values["until"] = "1" * passed + "0" * (DAYS - passed)
    moved: dict[str, list[Any]] = {"new": [], "lost": [], "dormant": []}
    for *rhythm, is_new, is_lost, is_dormant in rows_of(
        MOVEMENTS.format(key=DIMENSIONS["customer"].key, source=asked.source(), all_days=DAYS), asked.values
    ):
        for name, meant in (("new", is_new), ("lost", is_lost), ("dormant", is_dormant and not is_lost)):
            if meant:
                moved[name].append(rhythm)
    labels = labels_of("customer", {row[0] for rows in moved.values() for row in rows[:most]})
    shown = {name: [Rhythm(row[0], labels.get(row[0], ""), *row[1:]) for row in rows[:most]] for name, rows in moved.items()}
    return Movements(**shown, counts={name: len(rows) for name, rows in moved.items()})


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
