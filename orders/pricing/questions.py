"""What is asked and what is answered: the question, the prices that won and lost, each step of the computation as data."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from accounts.models import Location, Plant
from catalog.models import Product, Programme
from orders.models import PriceAgreement
from orders.models.agreement_lines import AgreedPrice

PricingDate = PriceAgreement.PricingDate


@dataclass(eq=False)
class Question:
    """What one line of an offer or order asks; without a currency it is the company's, without a location that of nowhere.

    `day` is that of the order. An agreement may go by the day that the customer asked for or by that of the delivery instead
    (domain 10.4); one that is not known counts as the one before it.
    `freight` is what one unit costs to be sent, in the question's currency; it lowers the contribution margin.
    """

    plant: Plant
    product: Product
    quantity: Decimal
    day: date
    location: Location | None = None
    currency: str = ""
    programme: Programme | None = None
    freight: Decimal = Decimal(0)
    requested: date | None = None
    delivery: date | None = None

    def by(self, rule: str) -> "Question":
        """The same on the pricing date of an agreement's rule: the requested date or the delivery's instead of the order's."""
        day = self.known(rule) or self.day
        return self if day == self.day else replace(self, day=day)

    def known(self, rule: str) -> date | None:
        """The day that a rule goes by, as far as it is known."""
        if rule == PricingDate.ORDER:
            return self.day
        return self.requested if rule == PricingDate.REQUESTED else self.delivery or self.requested

    @cached_property
    def money(self) -> str:
        """The currency in which a price is looked for."""
        return self.currency or self.plant.customer.currency

    @cached_property
    def holders(self) -> tuple[int, int, int | None]:
        """The keys of whoever may have agreed its price: the plant, its company, its group."""
        return self.plant.id, self.plant.customer_id, self.plant.customer.group_id


@dataclass(slots=True)
class Step:
    """One step of a computation: what was done (`code`) and its figures; orders.reports.prices says it in words."""

    code: str
    values: dict[str, Any]


class Held:
    """Days of something that was found, from the first one to before `until`; None is open."""

    __slots__ = ()
    begins: date | None
    until: date | None

    @property
    def first_day(self) -> date | None:
        """The first day on which it holds."""
        return self.begins

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds."""
        return self.until - timedelta(days=1) if self.until else None


@dataclass(slots=True, eq=False)
class Line(AgreedPrice, Held):
    """A line of an agreement as far as a price is decided and computed by it: read without building a record of each row."""

    pk: int
    agreement_id: int
    number: str
    group_id: int | None
    customer_id: int | None
    plant_id: int | None
    programme_id: int | None
    programme: str | None
    location_id: int | None
    location: str | None
    currency: str
    begins: date | None
    until: date | None
    product_id: int | None
    family_id: int | None
    price: Decimal | None
    discount: Decimal | None
    scale: str
    step_quantities: Sequence[Decimal]
    step_prices: Sequence[Decimal]
    price_unit: int
    decimals: int
    minimum_quantity: Decimal | None
    reduction_days: Sequence[date]
    reduction_rates: Sequence[Decimal]
    unreduced: Decimal | None
    tooling_cost: Decimal | None
    tooling_quantity: Decimal | None
    #: What was delivered of it since its first day, counted only where it carries tooling.
    delivered: Decimal | None
    pricing_date: str


@dataclass(slots=True, eq=False)
class Clause:
    """A clause of an agreement as far as a price follows by it, with the codes and currencies of its indices."""

    pk: int
    agreement_id: int
    kind: str
    product_id: int | None
    index_id: int
    index: str
    currency: str
    reference: Decimal
    share: Decimal | None
    threshold: Decimal
    weight: Decimal | None
    symmetric: bool
    averaging: int
    lag: int
    closing_day: int | None
    floor: Decimal | None
    cap: Decimal | None
    missing: str
    fallback_id: int | None
    fallback: str | None
    fallback_currency: str | None
    fallback_addition: Decimal

    def window(self, day: date) -> list[tuple[date, date]]:
        """The months that are averaged for a pricing date, each with its first and last day, the earliest first."""
        months = []
        last = day.year * 12 + day.month - 1 - self.lag
        for place in range(last - self.averaging + 1, last + 1):
            months.append((self._opening(place), self._opening(place + 1)))
        return months

    def _opening(self, place: int) -> date:
        """The first day of a month's window; with a closing day it lies in the month before."""
        if self.closing_day is None:
            return date(place // 12, place % 12 + 1, 1)
        return date((place - 1) // 12, (place - 1) % 12 + 1, self.closing_day + 1)


@dataclass(slots=True, eq=False)
class Listed(Held):
    """A list price as far as a price is decided by it."""

    pk: int
    product_id: int
    location_id: int | None
    location: str | None
    currency: str
    begins: date | None
    until: date | None
    price: Decimal
    price_unit: int


@dataclass(slots=True, eq=False)
class Candidate:
    """A price that could have held, and why it did or did not; the first reason is told."""

    source: Line | Listed
    #: won, less_specific, replaced, later, over, currency, location, programme, quantity, no_list_price
    verdict: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    rank: tuple[int, ...] = ()
    #: The list price that a discount is taken off.
    base: Listed | None = None

    @property
    def line(self) -> Line | None:
        """The line of an agreement, if it is one."""
        return self.source if isinstance(self.source, Line) else None

    @property
    def listed(self) -> Listed | None:
        """The list price, if it is one."""
        return self.source if isinstance(self.source, Listed) else None


@dataclass(slots=True)
class Tranche:
    """A part of the quantity and what one price unit of it costs."""

    quantity: Decimal
    price: Decimal


@dataclass
class Costed:
    """What the quantity costs us, in the question's currency: the whole industrial cost, and what varies with it (K-M1 to K-M3).

    `missing` says why the cost is not known, and who can mend it; an offer is blocked by it.
    """

    version: str = ""
    full: Decimal | None = None
    variable: Decimal | None = None
    margin: Decimal | None = None
    contribution: Decimal | None = None
    #: Both in per cent of the net revenue, not rounded.
    margin_rate: Decimal | None = None
    contribution_rate: Decimal | None = None
    #: Per price unit: below it the contribution margin is under its target.
    minimum: Decimal | None = None
    missing: "Step | None" = None


@dataclass
class Priced:
    """The answer: the price, the amounts, who won, who lost, each step; `blocked` says why there is no price, as a step."""

    question: Question
    winner: Candidate | None = None
    losers: list[Candidate] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    hints: list[Step] = field(default_factory=list)
    blocked: Step | None = None
    currency: str = ""
    #: The price per price unit; of a graduated scale what the tranches cost on average.
    price: Decimal | None = None
    price_unit: int = 1
    goods: Decimal | None = None
    surcharge: Decimal = Decimal(0)
    tooling: Decimal = Decimal(0)
    #: Only where the costs were asked for as well.
    cost: Costed | None = None

    @cached_property
    def dated(self) -> Question:
        """The question on the pricing date of whatever won."""
        line = self.winner.line if self.winner else None
        return self.question.by(line.pricing_date) if line else self.question

    @property
    def net(self) -> Decimal | None:
        """Goods, surcharge and tooling together."""
        return None if self.goods is None else self.goods + self.surcharge + self.tooling

    def block(self, code: str, **values: Any) -> None:
        """There is no price; nothing half-computed is shown as one."""
        self.blocked = Step(code, values)
        self.price = self.goods = None
        self.surcharge = self.tooling = Decimal(0)
