"""Following indices: the value that a clause takes for a day, what it makes of a price, and the metal surcharge (domain 10.4)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from kam.core.money import ExchangeRate, round_money
from orders.models import IndexValue, PriceClause
from orders.pricing.questions import Priced, Question, Step

#: How long a value may be known before the clause's months where the last one known counts, and a rate before their end.
REMEMBERED, RATE_REMEMBERED = timedelta(days=731), timedelta(days=31)


@dataclass
class Values:
    """The values of indices by day, and the day's exchange rates, as far as the questions need them."""

    days: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    values: dict[int, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    rates: dict[tuple[str, str], list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    def between(self, index: int, first: date, until: date) -> list[Decimal]:
        """The values of an index from a day to another, that one not included."""
        days = self.days[index]
        low = bisect_right(days, first - timedelta(days=1))
        return self.values[index][low : bisect_right(days, until - timedelta(days=1))]

    def last(self, index: int, until: date) -> tuple[date, Decimal] | None:
        """The last value before a day."""
        place = bisect_right(self.days[index], until - timedelta(days=1)) - 1
        return (self.days[index][place], self.values[index][place]) if place >= 0 else None

    def rate(self, source: str, target: str, on: date) -> Decimal | None:
        """What one unit of a currency was worth on a day, or shortly before."""
        for pair, inverted in (((source, target), False), ((target, source), True)):
            known = [rate for day, rate in self.rates[pair] if on - RATE_REMEMBERED <= day <= on]
            if known:
                return 1 / known[-1] if inverted else known[-1]
        return None


class Missing(Exception):
    """A clause has no value for the day, and says that there is no price then; the step tells which index and month."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.code)
        self.step = step


def clauses_of(agreements: Iterable[int]) -> dict[int, list[PriceClause]]:
    """The clauses of these agreements, in their order."""
    found: dict[int, list[PriceClause]] = defaultdict(list)
    rows = PriceClause.objects.filter(agreement__in=list(agreements)).select_related("index", "fallback")
    for clause in rows.order_by("agreement", "position", "pk"):
        found[clause.agreement_id].append(clause)
    return found


def read_values(asked: Sequence[tuple[PriceClause, Question]]) -> Values:
    """The values and rates that these clauses need for these questions, in two queries at most."""
    found = Values()
    if not asked:
        return found
    windows = [clause.window(question.day) for clause, question in asked]
    first, until = min(window[0][0] for window in windows), max(window[-1][1] for window in windows)
    indices = {key for clause, _question in asked for key in (clause.index_id, clause.fallback_id) if key}
    rows = IndexValue.objects.filter(index__in=indices, day__gte=first - REMEMBERED, day__lt=until).order_by("index", "day")
    for index, day, value in rows.values_list("index", "day", "value"):
        found.days[index].append(day)
        found.values[index].append(value)
    pairs = {
        (one.currency, question.money)
        for clause, question in asked
        if clause.kind == PriceClause.Kind.SURCHARGE
        for one in (clause.index, clause.fallback)
        if one is not None and one.currency and one.currency != question.money
    }
    if pairs:
        wanted = Q()
        for source, target in pairs:
            wanted |= Q(from_currency=source, to_currency=target) | Q(from_currency=target, to_currency=source)
        rates = ExchangeRate.objects.filter(
            wanted, kind=ExchangeRate.Kind.SPOT, date__gte=first - RATE_REMEMBERED, date__lt=until
        )
        for source, target, day, rate in rates.order_by("date", "pk").values_list("from_currency", "to_currency", "date", "rate"):
            found.rates[source, target].append((day, rate))
    return found


def value_for(clause: PriceClause, question: Question, values: Values, steps: list[Step]) -> Decimal:
    """The value that a clause takes on a day, kept between its bounds. Raises Missing; what stood in for a value is told in steps."""
    window = clause.window(question.day)
    index, addition = clause.index, Decimal(0)
    found = _mean(clause.index_id, window, values)
    if found is None:
        empty = next(first for first, until in window if not values.between(clause.index_id, first, until))
        told: dict[str, Any] = {"index": clause.index.code, "month": empty}
        known = values.last(clause.index_id, window[-1][1])
        if clause.missing == PriceClause.Missing.LAST and known is not None:
            found = known[1]
            steps.append(Step("index_last", told | {"day": known[0], "value": known[1]}))
        elif clause.missing == PriceClause.Missing.FALLBACK and clause.fallback is not None:
            index, addition = clause.fallback, clause.fallback_addition
            found = _mean(index.pk, window, values)
            if found is not None:
                steps.append(Step("index_fallback", told | {"fallback": index.code, "addition": addition, "value": found}))
        if found is None:
            raise Missing(Step("no_index_value", told))
    found *= 1 + addition / 100
    if clause.kind == PriceClause.Kind.SURCHARGE and index.currency and index.currency != question.money:
        end = window[-1][1] - timedelta(days=1)
        rate = values.rate(index.currency, question.money, end)
        if rate is None:
            raise Missing(Step("no_rate", {"source": index.currency, "target": question.money, "day": end}))
        steps.append(Step("index_converted", {"index": index.code, "value": found, "exchange": rate, "after": found * rate}))
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


def shared(clause: PriceClause, price: Decimal, value: Decimal, steps: list[Step]) -> Decimal:
    """P = P0·[(1−w) + w·I/I0] where the index moved by the threshold at least, else P0 (AT-32)."""
    assert clause.share is not None
    ratio = value / clause.reference
    change = (ratio - 1) * 100
    figures = {"index": clause.index.code, "value": value, "reference": clause.reference, "change": change}
    if abs(change) < clause.threshold or (change < 0 and not clause.symmetric):
        steps.append(Step("index_kept", figures | {"threshold": clause.threshold}))
        return price
    share = clause.share / 100
    after = price * ((1 - share) + share * ratio)
    steps.append(Step("index", figures | {"share": clause.share, "before": price, "after": after}))
    return after


def surcharged(clause: PriceClause, answer: Priced, value: Decimal) -> None:
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
        "index": clause.index.code,
        "value": value,
        "reference": clause.reference,
        "weight": weight,
        "per_price_unit": per_unit * answer.price_unit,
        "price_unit": answer.price_unit,
        "quantity": question.quantity,
        "amount": amount,
    }
    answer.steps.append(Step("surcharge", figures))
