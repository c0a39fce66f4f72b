"""Following indices: the value that a clause takes for a day, what it makes of a price, and the metal surcharge (domain 10.4)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import starmap
from typing import Any

from django.db import connection

from kam.core.money import base_currency, round_money
from orders.models import PriceClause
from orders.pricing.questions import Clause, Priced, Question, Step

#: How long a value may be known before the clause's months where the last one known counts, and a rate before their end.
REMEMBERED, RATE_REMEMBERED = timedelta(days=731), timedelta(days=31)
#: Both kinds of values in one statement, the earliest first.
VALUES = """
SELECT index_id, '', '', day, value FROM orders_indexvalue
WHERE index_id = ANY(%(indices)s::bigint[]) AND day >= %(first)s AND day < %(until)s
UNION ALL
SELECT NULL, from_currency, to_currency, date, rate FROM core_exchangerate
WHERE kind = 'spot' AND from_currency = ANY(%(currencies)s) AND to_currency = ANY(%(currencies)s)
  AND date >= %(rated)s AND date < %(rated_until)s
ORDER BY 4
"""
#: The clauses of agreements, column by column what a Clause is.
CLAUSES = """
SELECT clause.id, clause.agreement_id, clause.kind, clause.product_id, clause.index_id, index.code, index.currency, clause.reference,
    clause.share, clause.threshold, clause.weight, clause.symmetric, clause.averaging, clause.lag, clause.closing_day, clause.floor,
    clause.cap, clause.missing, clause.fallback_id, fallback.code, fallback.currency, clause.fallback_addition
FROM orders_priceclause clause
JOIN orders_priceindex index ON index.id = clause.index_id
LEFT JOIN orders_priceindex fallback ON fallback.id = clause.fallback_id
WHERE clause.agreement_id = ANY(%s) ORDER BY clause.agreement_id, clause.position, clause.id
"""


@dataclass
class Values:
    """The values of indices (by key) and exchange rates (by currencies) day by day, as far as the questions need them."""

    days: dict[Any, list[date]] = field(default_factory=lambda: defaultdict(list))
    values: dict[Any, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    #: What a clause took on a day in a currency, or what it misses, with the steps that tell how.
    taken: dict[tuple[int, date, str], tuple["Decimal | Missing", list[Step]]] = field(default_factory=dict)

    def between(self, index: int, first: date, until: date) -> list[Decimal]:
        """The values of an index from a day to another, that one not included."""
        days = self.days[index]
        low = bisect_right(days, first - timedelta(days=1))
        return self.values[index][low : bisect_right(days, until - timedelta(days=1))]

    def last(self, index: Any, until: date) -> tuple[date, Decimal] | None:
        """The last value before a day."""
        place = bisect_right(self.days[index], until - timedelta(days=1)) - 1
        return (self.days[index][place], self.values[index][place]) if place >= 0 else None

    def rate(self, source: str, target: str, on: date) -> Decimal | None:
        """What one unit of a currency was worth on a day, or shortly before; without a rate of its own by way of the group's currency."""
        direct = self._direct(source, target, on)
        base = base_currency()
        if direct is not None or base in {source, target}:
            return direct
        there, back = self._direct(source, base, on), self._direct(base, target, on)
        return None if there is None or back is None else there * back

    def _direct(self, source: str, target: str, on: date) -> Decimal | None:
        for pair, inverted in (((source, target), False), ((target, source), True)):
            known = self.last(pair, on + timedelta(days=1))
            if known is not None and known[0] >= on - RATE_REMEMBERED:
                return 1 / known[1] if inverted else known[1]
        return None


class Missing(Exception):
    """A clause has no value for the day, and says that there is no price then; the step tells which index and month."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.code)
        self.step = step


def clauses_of(agreements: Iterable[int]) -> dict[int, list[Clause]]:
    """The clauses of these agreements, in their order."""
    found: dict[int, list[Clause]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(CLAUSES, [list(agreements)])
        for clause in starmap(Clause, cursor.fetchall()):
            found[clause.agreement_id].append(clause)
    return found


def read_values(asked: Iterable[tuple[Clause, Question]], exchanged: Sequence[tuple[str, str, date]] = ()) -> Values:
    """The values and rates that these clauses need for these questions, and the rates asked for besides, in one query."""
    found = Values()
    once = {(clause.pk, question.day, question.money): (clause, question) for clause, question in asked}
    windows = [clause.window(question.day) for clause, question in once.values()]
    first = min((window[0][0] for window in windows), default=date.max)
    until = max((window[-1][1] for window in windows), default=date.min)
    indices = {key for clause, _question in once.values() for key in (clause.index_id, clause.fallback_id) if key}
    pairs = [
        (currency, question.money)
        for clause, question in once.values()
        if clause.kind == PriceClause.Kind.SURCHARGE
        for currency in (clause.currency, clause.fallback_currency)
        if currency and currency != question.money
    ]
    currencies = {currency for pair in pairs for currency in pair} | {one for pair in exchanged for one in pair[:2]}
    if not indices and not currencies:
        return found
    if currencies:
        currencies.add(base_currency())
    days = [day for _source, _target, day in exchanged]
    values: dict[str, Any] = {
        "indices": list(indices),
        "first": first if first == date.max else first - REMEMBERED,
        "until": until,
        "currencies": list(currencies),
        "rated": min([first, *days]) - RATE_REMEMBERED,
        "rated_until": max([until, *(day + timedelta(days=1) for day in days)]),
    }
    with connection.cursor() as cursor:
        cursor.execute(VALUES, values)
        for index, source, target, day, value in cursor:
            key = index or (source, target)
            found.days[key].append(day)
            found.values[key].append(value)
    return found


def value_for(clause: Clause, question: Question, values: Values, steps: list[Step]) -> Decimal:
    """The value that a clause takes on a day, kept between its bounds. Raises Missing; what stood in for a value is told in steps.

    The lines of an offer share their day and currency: each value is found once.
    """
    key = (clause.pk, question.day, question.money)
    if key not in values.taken:
        told: list[Step] = []
        try:
            values.taken[key] = (_value_for(clause, question, values, told), told)
        except Missing as missing:
            values.taken[key] = (missing, told)
    found, told = values.taken[key]
    steps += told
    if isinstance(found, Missing):
        raise found
    return found


def _value_for(clause: Clause, question: Question, values: Values, steps: list[Step]) -> Decimal:
    window = clause.window(question.day)
    code, currency, addition = clause.index, clause.currency, Decimal(0)
    found = _mean(clause.index_id, window, values)
    if found is None:
        empty = next(first for first, until in window if not values.between(clause.index_id, first, until))
        told: dict[str, Any] = {"index": clause.index, "month": empty}
        known = values.last(clause.index_id, window[-1][1])
        if clause.missing == PriceClause.Missing.LAST and known is not None:
            found = known[1]
            steps.append(Step("index_last", told | {"day": known[0], "value": known[1]}))
        elif clause.missing == PriceClause.Missing.FALLBACK and clause.fallback_id is not None:
            code, currency, addition = clause.fallback or "", clause.fallback_currency or "", clause.fallback_addition
            found = _mean(clause.fallback_id, window, values)
            if found is not None:
                steps.append(Step("index_fallback", told | {"fallback": code, "addition": addition, "value": found}))
        if found is None:
            raise Missing(Step("no_index_value", told))
    found *= 1 + addition / 100
    if clause.kind == PriceClause.Kind.SURCHARGE and currency and currency != question.money:
        end = window[-1][1] - timedelta(days=1)
        rate = values.rate(currency, question.money, end)
        if rate is None:
            raise Missing(Step("no_rate", {"source": currency, "target": question.money, "day": end}))
        steps.append(Step("index_converted", {"index": code, "value": found, "exchange": rate, "after": found * rate}))
        found *= rate
    if clause.floor is not None:
        found = max(found, clause.floor)
    return found if clause.cap is None else min(found, clause.cap)


def _mean(index: int, window: list[tuple[date, date]], values: Values) -> Decimal | None:
    """The mean of the values of all months, or None where a month has none."""
    months = [values.between(index, first, until) for first, until in window]
    if not all(months):
        return None
    every = [value for month in months for value in month]
    return sum(every, Decimal(0)) / len(every)


def shared(clause: Clause, price: Decimal, value: Decimal, steps: list[Step]) -> Decimal:
    """P = P0·[(1−w) + w·I/I0] where the index moved by the threshold at least, else P0 (AT-32)."""
    assert clause.share is not None
    ratio = value / clause.reference
    change = (ratio - 1) * 100
    figures = {"index": clause.index, "value": value, "reference": clause.reference, "change": change}
    if abs(change) < clause.threshold or (change < 0 and not clause.symmetric):
        steps.append(Step("index_kept", figures | {"threshold": clause.threshold}))
        return price
    share = clause.share / 100
    after = price * ((1 - share) + share * ratio)
    steps.append(Step("index", figures | {"share": clause.share, "before": price, "after": after}))
    return after


def surcharged(clause: Clause, answer: Priced, value: Decimal) -> None:
    """S = weight · max(0, V − V_ref), for every unit; below zero only where the agreement says so (AT-35). Raises Missing."""
    question = answer.question
    weight = clause.weight if clause.weight is not None else question.product.gross_weight
    if weight is None:
        raise Missing(Step("no_weight", {"product": question.product.code}))
    difference = value - clause.reference
    if not clause.symmetric:
        difference = max(difference, Decimal(0))
    per_unit = weight * difference
    amount = round_money(per_unit * question.quantity, answer.currency)
    answer.surcharge += amount
    figures = {
        "index": clause.index,
        "value": value,
        "reference": clause.reference,
        "weight": weight,
        "per_price_unit": per_unit * answer.price_unit,
        "price_unit": answer.price_unit,
        "quantity": question.quantity,
        "amount": amount,
    }
    answer.steps.append(Step("surcharge", figures))
