"""The floor price: below it only management lets an article go, whatever the offer as a whole earns (domain 1.8, 10.2).

Data, not code: a share of the list price and a margin on the variable cost, for a product line, a location, or in general; the
higher of the two is the floor. It speaks of costs, so only who reads these reads it.
"""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.parameters import define, parameters_in_turn
from orders.models import Offer, OfferLine

BELOW_LIST = define(
    "orders.floor_below_list",
    default=Decimal(30),
    unit="%",
    label=_("Floor price: so far below the list price; management approves what lies below the floor"),
)
MARGIN = define(
    "orders.floor_margin",
    default=Decimal(15),
    unit="%",
    label=_(
        "Floor price: contribution margin of an article that it keeps at least; management approves what lies below the floor"
    ),
)
#: A tool that is paid with the parts is let go below its cost on purpose.
WITHOUT = OfferLine.Kind.TOOLING


def floor_prices(offer: Offer, lines: Sequence[OfferLine]) -> dict[int, Decimal]:
    """The floor of each position of an offer, per its price unit; where neither list price nor cost is known there is none."""
    priced = [line for line in lines if line.kind != WITHOUT and (line.list_price is not None or line.variable_cost is not None)]
    if not priced:
        return {}
    values = parameters_in_turn([BELOW_LIST.key, MARGIN.key], [_scopes(line, offer) for line in priced])
    return {line.position: _floor(line, one[BELOW_LIST.key], one[MARGIN.key]) for line, one in zip(priced, values, strict=True)}


def _scopes(line: OfferLine, offer: Offer) -> list[str]:
    at_home = f"location:{offer.selling_location_id}"
    return [at_home] if line.product is None else [f"product_line:{line.product.family.line.pk}", at_home]


def _floor(line: OfferLine, below_list: Any, margin: Any) -> Decimal:
    floors = []
    if line.list_price is not None:
        floors.append(line.list_price * (100 - below_list) / 100)
    if line.variable_cost is not None and margin < 100:
        floors.append(line.variable_cost * line.price_unit * 100 / (100 - margin))
    return max(floors, default=Decimal(0)).quantize(_smallest(line), ROUND_UP)


def _smallest(line: OfferLine) -> Decimal:
    """The smallest step of the prices of a line, a cent at most: a floor that is rounded up to it lets the same prices pass."""
    places = [int(price.normalize().as_tuple().exponent) for price in (line.price, *line.step_prices)]
    return Decimal(1).scaleb(min(-2, *places))


def deepest_below_floor(offer: Offer, lines: Sequence[OfferLine]) -> Decimal | None:
    """By how many per cent the worst position lies below its floor, at the lowest step of its scale; None where none does."""
    floors = floor_prices(offer, lines)
    lowest = {line.position: min([line.price, *line.step_prices]) for line in lines}
    below = [(1 - lowest[position] / floor) * 100 for position, floor in floors.items() if lowest[position] < floor]
    return max(below, default=None)
