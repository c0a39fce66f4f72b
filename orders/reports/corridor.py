"""The corridor: how far from the list an area manager sets a local price alone, and which prices lie outside it (domain 11.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.models import ListPrice, ProductFamily
from kam.core import formats
from kam.core.parameters import define, parameter
from orders.models import AgreementLine, Offer, OfferLine, PriceAgreement, PriceConsent

FLOOR = define(
    "orders.corridor_floor",
    default=Decimal(10),
    unit="%",
    label=_("Corridor: how far below the list an area manager sets a local price without the account manager's consent"),
)
CEILING = define(
    "orders.corridor_ceiling",
    default=Decimal(25),
    unit="%",
    label=_("Corridor: how far above the list an area manager sets a local price without the account manager's consent"),
)


@dataclass(frozen=True)
class Corridor:
    """From how many per cent below the list to how many above it."""

    floor: Decimal
    ceiling: Decimal

    def holds(self, deviation: Decimal | None) -> bool:
        """Whether a price that lies so many per cent from the list is within; where there is no list price nothing is."""
        return deviation is not None and -self.floor <= deviation <= self.ceiling


class Corridors:
    """The corridors of one location, that of a product line where it has its own; each is looked up once."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.known: dict[int, Corridor] = {}

    def of(self, family: ProductFamily) -> Corridor:
        """The corridor for what belongs to a family: its product line's, else the location's, else the general one."""
        line = family.line
        if line.pk not in self.known:
            scopes = [f"product_line:{line.pk}", f"location:{self.location.pk}"]
            self.known[line.pk] = Corridor(parameter(FLOOR.key, scopes), parameter(CEILING.key, scopes))
        return self.known[line.pk]


def outside(record: Any) -> list[dict[str, Any]]:
    """The lines of an agreement or offer that lie outside the corridor of its location, as a request for consent keeps them.

    What a customer accepted in an offer and is agreed at the same price was asked about with the offer.
    """
    accepted: set[tuple[Any, ...]] = set()
    if isinstance(record, Offer):
        lines = record.lines.filter(product__isnull=False).select_related("product__family__parent")
        found: Iterable[Any] = ((line, line.product, line.list_price, _offered(line)) for line in lines)
        corridors = Corridors(record.selling_location)
    else:
        rows = list(record.lines.select_related("product__family__parent", "family__parent"))
        listed = list_prices(record, [line.product_id for line in rows if line.product_id], record.period.lower)
        found = ((line, line.subject, in_unit(listed.get(line.product_id), line), _agreed(line, record)) for line in rows)
        corridors = Corridors(record.location)
        accepted = _accepted(record)
    kept = []
    for line, subject, list_price, (lowest, highest) in found:
        if (line.product_id, _each(lowest, line), _each(highest, line)) in accepted:
            continue
        corridor = corridors.of(subject if isinstance(subject, ProductFamily) else subject.family)
        deviations = [_deviation(line, price, list_price) for price in (lowest, highest)]
        if all(corridor.holds(one) for one in deviations):
            continue
        far = max(deviations, key=lambda one: _beyond(one, corridor))
        price = None if lowest is None else lowest if far == deviations[0] else highest
        kept.append(
            {
                "position": line.position,
                "product": subject.code,
                "price": _text(price),
                "price_unit": line.price_unit,
                "list_price": _text(list_price),
                "deviation": _text(far),
                "floor": _text(-corridor.floor),
                "ceiling": _text(corridor.ceiling),
            }
        )
    return kept


def _text(value: Decimal | None) -> str | None:
    """A figure as it is kept: an unneeded exponent or zero says nothing."""
    return None if value is None else f"{value.quantize(Decimal('0.00001')).normalize():f}"


def _beyond(deviation: Decimal | None, corridor: Corridor) -> Decimal:
    """By how many points a deviation lies beyond its end of the corridor."""
    return Decimal(0) if deviation is None else max(deviation - corridor.ceiling, -corridor.floor - deviation)


def _offered(line: OfferLine) -> tuple[Decimal, Decimal]:
    """The lowest and the highest price of an offered line."""
    prices = [line.price, *line.step_prices]
    return min(prices), max(prices)


def _agreed(line: AgreementLine, agreement: PriceAgreement) -> tuple[Decimal | None, Decimal | None]:
    """The lowest price that a line ever comes to, its reductions and the highest rate of a rebate taken off, and the highest."""
    prices = [*line.step_prices, *([line.price] if line.price is not None else [])]
    if not prices:
        return None, None
    return lowest_of(line, agreement, min(prices)), max(prices)


def lowest_of(line: AgreementLine, agreement: PriceAgreement, price: Decimal) -> Decimal:
    """What a price of a line comes to at the lowest: its reductions taken off, and the highest rate of the agreement's rebate."""
    fixed = min(line.unreduced or Decimal(0), price)
    for _day, rate in line.reductions:
        price = fixed + (price - fixed) * (1 - rate / 100)
    return price * (1 - max(agreement.rebate_rates, default=Decimal(0)) / 100)


def _each(price: Decimal | None, line: Any) -> Decimal | None:
    """The price of one unit."""
    return None if price is None else price / line.price_unit


def _accepted(agreement: PriceAgreement) -> set[tuple[Any, ...]]:
    """Products with the lowest and the highest price of one unit, as they stood in the accepted offer that an agreement came from."""
    if agreement.offer is None or (agreement.plant_id, agreement.location_id, agreement.currency) != (
        agreement.offer.plant_id, agreement.offer.selling_location_id, agreement.offer.currency,
    ):  # fmt: skip
        return set()
    lines = agreement.offer.lines.filter(product__isnull=False)
    return {(line.product_id, *(_each(price, line) for price in _offered(line))) for line in lines}


def list_prices(agreement: PriceAgreement, products: list[int], day: date) -> dict[int, ListPrice]:
    """The list prices on a day in an agreement's currency; that of its location goes before the general one."""
    rows = ListPrice.objects.filter(product__in=products, currency=agreement.currency).on(day)
    rows = rows.filter(Q(location=agreement.location_id) | Q(location__isnull=True))
    return {row.product_id: row for row in rows.order_by(F("location").desc(nulls_first=True), "pk")}


def in_unit(listed: ListPrice | None, line: AgreementLine) -> Decimal | None:
    """A list price for the price unit of a line."""
    return None if listed is None else listed.per_unit * line.price_unit


def _deviation(line: Any, price: Decimal | None, list_price: Decimal | None) -> Decimal | None:
    """By how many per cent a price lies above the list, below it negative; a discount on the list says so itself."""
    if price is None:
        return None if line.discount is None else -line.discount
    return None if not list_price else (price / list_price - 1) * 100


@dataclass(frozen=True)
class Told:
    """A line outside the corridor, as its readers see it."""

    product: str
    price: str
    list_price: str
    deviation: str
    corridor: str


def told(kept: list[dict[str, Any]]) -> list[Told]:
    """What a request for consent keeps, in the reader's way to write figures."""
    return [
        Told(
            one["product"],
            _price(one["price"], one["price_unit"]),
            _price(one["list_price"], one["price_unit"]),
            formats.EMPTY if one["deviation"] is None else formats.percent(Decimal(one["deviation"]), 1, signed=True),
            f"{formats.percent(Decimal(one['floor']), 1, signed=True)} … {formats.percent(Decimal(one['ceiling']), 1, signed=True)}",
        )
        for one in kept
    ]


def _price(text: str | None, unit: int) -> str:
    if text is None:
        return formats.EMPTY
    price = formats.number(Decimal(text), 2, most=5)
    return price if unit == 1 else f"{price} / {unit}"


def consent_part(record: Any, reader: Any) -> dict[str, Any]:
    """The last request for consent to the prices of an agreement or offer, as its page shows it to this reader."""
    consent = PriceConsent.objects.visible_to(reader).of(record).for_list().order_by("-asked_at", "-pk").first()
    return {"consent": consent, "consent_outside": told(consent.outside) if consent is not None else []}
