"""The floor price: below it only management lets an article go, whatever the rest of the offer or agreement earns (domain 1.8, 10.2).

Data, not code: a share of the list price and a margin on the variable cost, for a product line, a location, or in general; the
higher of the two is the floor. It speaks of costs, so only who reads these reads it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.approvals import Trigger
from kam.core.parameters import define, parameters_in_turn
from orders.models import Offer, OfferLine
from orders.reports.limits import FLOOR, MANAGEMENT, scopes_of

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


@dataclass(frozen=True)
class Article:
    """What is offered or agreed at a price, as its floor needs it: the price, the list price and the step per price unit, the cost per unit."""

    subject: str
    scopes: Sequence[str]
    price: Decimal
    price_unit: int
    list_price: Decimal | None
    variable_cost: Decimal | None
    #: The smallest step of its prices, a cent at most: a floor that is rounded up to it lets the same prices pass.
    step: Decimal


def smallest_step(prices: Iterable[Decimal]) -> Decimal:
    """The smallest step of some prices, a cent at most."""
    return Decimal(1).scaleb(min([-2, *(int(price.normalize().as_tuple().exponent) for price in prices)]))


def floors(articles: Sequence[Article]) -> list[Decimal | None]:
    """The floor of each article, per its price unit; where neither list price nor cost is known there is none."""
    if not articles:
        return []
    values = parameters_in_turn([BELOW_LIST.key, MARGIN.key], [one.scopes for one in articles])
    return [_floor(one, of[BELOW_LIST.key], of[MARGIN.key]) for one, of in zip(articles, values, strict=True)]


def _floor(article: Article, below_list: Any, margin: Any) -> Decimal | None:
    found = []
    if article.list_price is not None:
        found.append(article.list_price * (100 - below_list) / 100)
    if article.variable_cost is not None and margin < 100:
        found.append(article.variable_cost * article.price_unit * 100 / (100 - margin))
    return max(found).quantize(article.step, ROUND_UP) if found else None


def below_floor(articles: Sequence[Article]) -> list[Trigger]:
    """For management, each article below its floor, with by how many per cent it lies there."""
    return [
        Trigger(FLOOR, MANAGEMENT, (1 - one.price / floor) * 100, one.subject)
        for one, floor in zip(articles, floors(articles), strict=True)
        if floor and one.price < floor
    ]


def offered_articles(offer: Offer, lines: Sequence[OfferLine]) -> dict[int, Article]:
    """What an offer's floors are about, by position: each at the lowest step of its scale."""
    found = {}
    for line in lines:
        if line.kind == WITHOUT:
            continue
        prices = [line.price, *line.step_prices]
        scopes = scopes_of(None if line.product is None else line.product.family.line.pk, offer.selling_location_id)
        subject = line.description if line.product is None else line.product.code
        found[line.position] = Article(
            subject, scopes, min(prices), line.price_unit, line.list_price, line.variable_cost, smallest_step(prices)
        )
    return found


def floor_prices(offer: Offer, lines: Sequence[OfferLine]) -> dict[int, Decimal]:
    """The floor of each position of an offer, per its price unit; where neither list price nor cost is known there is none."""
    articles = offered_articles(offer, lines)
    known = zip(articles, floors(list(articles.values())), strict=True)
    return {position: floor for position, floor in known if floor is not None}
