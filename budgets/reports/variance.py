"""Why actuals differ from the plan: volume, mix, price, exchange, new and ceased, by the one convention of domain 13 (K-V0 to K-V5).

The convention is printed with every figure: price at actual quantity, volume at the plan's average price of what is in both, mix
within a family of one unit. Others give other figures; here the parts add up to the whole to the cent.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from decimal import Decimal
from fractions import Fraction

from django.conf import settings

from budgets.reports.ratio import Ratio
from kam.core.money import round_money

#: A figure as it was written, or an average, exact.
Amount = Decimal | Fraction


@dataclass(frozen=True)
class Item:
    """One product in one currency within a node: quantity, net price and rate of the plan and of what came.

    Prices are per unit of quantity in the item's currency, rates are company currency for one unit of it; prices and rates are
    averages of the period weighted by quantity. `group` is the family and unit within which volume and mix are told apart.
    """

    group: object
    planned_quantity: Amount
    planned_price: Amount
    planned_rate: Amount
    actual_quantity: Amount
    actual_price: Amount
    actual_rate: Amount

    @property
    def planned(self) -> Fraction:
        """The plan in company currency, unrounded."""
        return Fraction(self.planned_quantity) * Fraction(self.planned_price) * Fraction(self.planned_rate)

    @property
    def actual(self) -> Fraction:
        """The actuals in company currency, unrounded."""
        return Fraction(self.actual_quantity) * Fraction(self.actual_price) * Fraction(self.actual_rate)


@dataclass(frozen=True)
class Bridge:
    """From the plan to the actuals in whole minor units of the company's currency; the six parts add up to the difference."""

    planned: Decimal
    actual: Decimal
    volume: Decimal
    mix: Decimal
    price: Decimal
    exchange: Decimal
    new: Decimal
    ceased: Decimal

    @property
    def difference(self) -> Decimal:
        """K-V0: actuals less plan."""
        return self.actual - self.planned

    @property
    def realisation(self) -> Ratio:
        """K-S8, price realisation: what was sold of what was planned, at its net prices over the same quantities at planned prices."""
        at_plan = self.planned + self.volume + self.mix + self.ceased
        return Ratio(at_plan + self.price, at_plan)


@dataclass
class _Parts:
    volume: Fraction = field(default_factory=Fraction)
    mix: Fraction = field(default_factory=Fraction)
    price: Fraction = field(default_factory=Fraction)
    exchange: Fraction = field(default_factory=Fraction)
    new: Fraction = field(default_factory=Fraction)
    ceased: Fraction = field(default_factory=Fraction)


def bridge(items: Iterable[Item]) -> Bridge:
    """The bridge of a node. What is only in one of the two is new or ceased and has no price effect; a zero is not there.

    The exact parts are rounded to the minor unit; what rounding leaves over goes to the mix, so that they still add up.
    """
    parts = _Parts()
    groups: dict[object, list[Item]] = {}
    planned = actual = Fraction(0)
    for item in items:
        planned, actual = planned + item.planned, actual + item.actual
        if not item.planned_quantity:
            parts.new += item.actual
        elif not item.actual_quantity:
            parts.ceased -= item.planned
        else:
            groups.setdefault(item.group, []).append(item)
    for both in groups.values():
        _compare(both, parts)
    return _rounded(planned, actual, parts)


def _compare(items: list[Item], parts: _Parts) -> None:
    """Volume, mix, price and exchange of what is in both, within one family and unit."""
    planned_quantity = sum(Fraction(item.planned_quantity) for item in items)
    actual_quantity = sum(Fraction(item.actual_quantity) for item in items)
    average = sum(item.planned for item in items) / planned_quantity if planned_quantity else Fraction(0)
    parts.volume += (actual_quantity - planned_quantity) * average
    for item in items:
        quantity, rate = Fraction(item.actual_quantity), Fraction(item.planned_rate)
        worth = Fraction(item.planned_price) * rate
        parts.mix += quantity * worth - Fraction(item.planned_quantity) * worth
        parts.price += quantity * (Fraction(item.actual_price) - Fraction(item.planned_price)) * rate
        parts.exchange += quantity * Fraction(item.actual_price) * (Fraction(item.actual_rate) - rate)
    # Quantity at plan prices less plan is volume and mix together.
    parts.mix -= (actual_quantity - planned_quantity) * average


def _rounded(planned: Fraction, actual: Fraction, parts: _Parts) -> Bridge:
    cents = [_money(one) for one in (planned, actual)]
    volume, _mix, price, exchange, new, ceased = (_money(one) for one in astuple(parts))
    mix = cents[1] - cents[0] - volume - price - exchange - new - ceased
    return Bridge(cents[0], cents[1], volume, mix, price, exchange, new, ceased)


def _money(amount: Fraction) -> Decimal:
    return round_money(Decimal(amount.numerator) / Decimal(amount.denominator), settings.BASE_CURRENCY)
