"""What is asked and what is answered: the question, the prices that won and lost, each step of the computation as data."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant
from catalog.models import ListPrice, Product, Programme
from orders.models import AgreementLine


@dataclass(frozen=True)
class Question:
    """What one line of an offer or order asks; without a currency it is the company's, without a location that of nowhere."""

    plant: Plant
    product: Product
    quantity: Decimal
    day: date
    location: Location | None = None
    currency: str = ""
    programme: Programme | None = None

    @property
    def money(self) -> str:
        """The currency in which a price is looked for."""
        return self.currency or self.plant.customer.currency


@dataclass(frozen=True)
class Step:
    """One step of a computation: what was done (`code`) and its figures; orders.reports.prices says it in words."""

    code: str
    values: dict[str, Any]


@dataclass
class Candidate:
    """A price that could have held, and why it did or did not; the first reason is told."""

    source: AgreementLine | ListPrice
    #: won, less_specific, later, over, currency, location, programme, quantity, no_list_price
    verdict: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    rank: tuple[int, ...] = ()

    @property
    def line(self) -> AgreementLine | None:
        """The line of an agreement, if it is one."""
        return self.source if isinstance(self.source, AgreementLine) else None

    @property
    def listed(self) -> ListPrice | None:
        """The list price, if it is one."""
        return self.source if isinstance(self.source, ListPrice) else None


@dataclass(frozen=True)
class Tranche:
    """A part of the quantity and what one price unit of it costs."""

    quantity: Decimal
    price: Decimal


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

    @property
    def net(self) -> Decimal | None:
        """Goods, surcharge and tooling together."""
        return None if self.goods is None else self.goods + self.surcharge + self.tooling

    def block(self, code: str, **values: Any) -> None:
        """There is no price; nothing half-computed is shown as one."""
        self.blocked = Step(code, values)
        self.price = self.goods = None
        self.surcharge = self.tooling = Decimal(0)
