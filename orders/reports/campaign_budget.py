"""What a plan says of a price campaign: asked of the floor of plans by a port, row by row, with the old price of each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.ports import port

#: Plant, product, selling location, currency and unit: what a price is compared by.
Key = tuple[int, int, int, str, str]
#: Why no money is budgeted, in words.
WHY_NOT: dict[str, Any] = {
    "": "",
    "no_plan": _("No published budget holds for the months of the new prices."),
    "hidden": _("Not all budgets concerned are yours to see."),
    "other_currency": _("The budget is in another currency than the company's."),
}


@dataclass(frozen=True)
class Concerned:
    """The prices of one customer of a campaign: of which plants, companies and products, from which month on, and what they were."""

    row: int
    since: date
    plants: frozenset[int]
    companies: frozenset[int]
    #: Product, currency and our location; without one at all of them.
    priced: frozenset[tuple[int, str, int | None]]
    before: Mapping[Key, Decimal]

    def covers(self, product: int, currency: str, location: int) -> bool:
        """Whether the campaign asks for another price of this product, in this currency, at this location."""
        return (product, currency, None) in self.priced or (product, currency, location) in self.priced


@dataclass(frozen=True)
class Budgeted:
    """What the budget counts on from other prices in the company's currency, or why that cannot be said (`why`, of WHY_NOT).

    `uncompared` is revenue that is planned without a price, or of what was not sold before.
    """

    amount: Decimal | None = None
    uncompared: Decimal = Decimal(0)
    why: str = ""
    year: str = field(default="")

    @property
    def why_not(self) -> str:
        """Why there is no figure, in words; empty where there is one."""
        return str(WHY_NOT[self.why])


def budgeted_of(asked: Sequence[Concerned], reader: Any) -> dict[int, Budgeted]:
    """What is budgeted of each row, as far as the reader sees every budget behind it (port `budgeted_prices`)."""
    found: dict[int, Budgeted] = port("budgeted_prices")(asked, reader)
    return found
