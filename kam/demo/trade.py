"""Who buys what from the demonstration company, how much, how often and at which price: the shape of three years of sales.

Everything is computed from names and numbers, nothing from chance, so that every reset on one day makes the same sales.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import Customer, Plant
from kam.demo import stage
from kam.demo.catalogue import MARKUP, RAISED, RAISED_MARKUP, RAISED_ON
from kam.demo.customers import UNLED
from kam.demo.organisation import DOMAIN
from kam.demo.products import ProductData, products

#: How a month sells at each location, January first: August in Italy, the new year in China.
SEASONS = {
    "IT": (0.95, 1.00, 1.12, 1.02, 1.08, 1.05, 1.10, 0.34, 1.12, 1.15, 1.08, 0.75),
    "DE": (0.95, 0.98, 1.10, 1.00, 1.00, 1.05, 0.98, 0.86, 1.08, 1.12, 1.10, 0.72),
    "US": (0.95, 0.97, 1.08, 1.02, 1.05, 1.02, 0.88, 1.02, 1.05, 1.08, 0.98, 0.85),
    "CN": (1.05, 0.50, 1.10, 1.06, 1.08, 1.05, 1.02, 1.00, 1.08, 0.85, 1.08, 1.10),
}
#: What a customer of a location pays against the price in Italy, and what one unit of its currency is worth there in EUR.
MARKETS = {
    "IT": ("EUR", Decimal(1), Decimal(1)),
    "DE": ("EUR", Decimal("1.03"), Decimal(1)),
    "US": ("USD", Decimal("1.12"), Decimal("0.92")),
    "CN": ("CNY", Decimal("0.94"), Decimal("0.1275")),
}
#: The level of prices by how many Januaries ago they were made.
LEVELS = (Decimal(1), Decimal("0.974"), Decimal("0.952"), Decimal("0.935"))
#: Companies that the source system knew under the other account manager until this day.
HANDED_OVER_ON, HANDED_OVER_EVERY = -425, 16
FIRST_MONTHS = 36


def share(*of: object) -> float:
    """A number between 0 and 1 that always belongs to these names."""
    digest = hashlib.blake2b("/".join(map(str, of)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


@dataclass(frozen=True)
class Buyer:
    """A customer's plant as a buyer: its monthly amount in EUR at today's level, how often it orders, and its story."""

    number: int
    customer: str
    plant: str
    country: str
    location: str
    is_global: bool
    monthly: float
    orders: float
    basket: tuple[ProductData, ...]
    discount: Decimal
    growth: float
    first_day: date
    last_day: date

    @property
    def former_manager(self) -> str:
        """Who was account manager before, as the source system says; empty where nothing changed."""
        if self.is_global or self.number in UNLED or self.number % HANDED_OVER_EVERY != 6:
            return ""
        return f"{('account.manager2', 'account.manager')[self.number % 2]}@{DOMAIN}"

    def amount(self, month: date) -> float:
        """What an order of this month is worth on average, in EUR."""
        years = (month - stage.day(0)).days / 365
        return max(self.monthly / self.orders * (1 + self.growth) ** years, 120.0)

    def price(self, product: ProductData, day: date) -> Decimal:
        """The net price of one piece on a day, in the currency in which the location sells."""
        _currency, level, worth = MARKETS[self.location]
        raised = product.family in RAISED and day >= stage.day(RAISED_ON)
        listed = product.cost * (RAISED_MARKUP if raised else MARKUP) * LEVELS[min(stage.day(0).year - day.year, 3)]
        return (listed * level * (1 - self.discount) / worth).quantize(Decimal("0.01"))


def buyers() -> Iterator[Buyer]:
    """Every plant that buys, in the order of their codes; prospects buy nothing."""
    catalogue = list(products())
    rows = (
        Plant.objects.exclude(customer__status=Customer.Status.PROSPECT)
        .select_related("customer__group")
        .prefetch_related("services__location")
        .order_by("code")
    )
    for plant in rows:
        number = int(plant.customer.code[2:]) - 10000
        location = next((row.location.code for row in plant.services.all() if row.leads), "IT")
        is_global = plant.customer.group is not None
        size = share("size", plant.code)
        monthly = 30_000 + 55_000 * size if is_global else 4_500 + 62_000 * size**3
        growth, first, last = (0.15, -1200, 0) if is_global else _story(number)
        yield Buyer(
            number=number,
            customer=plant.customer.code,
            plant=plant.code,
            country=plant.country,
            location=location,
            is_global=is_global,
            monthly=monthly,
            orders=2.0 if is_global else 0.5 + 1.1 * size,
            basket=_basket(plant.code, number, catalogue, is_global=is_global),
            discount=Decimal(4 + round(14 * share("discount", number)) + (8 if is_global else 0)) / 100,
            growth=growth,
            first_day=stage.day(first),
            last_day=stage.day(last),
        )


def _story(number: int) -> tuple[float, int, int]:
    """Growth a year, and the first and last day of a customer: some are new, lost, asleep, blocked, falling or rising."""
    growth = -0.38 if number % 19 == 7 else 0.30 if number % 11 == 3 else 0.12 * share("growth", number) + 0.09
    if number == 41:  # blocked for what it owes
        return growth, -1200, -14
    if number % 17 == 5:
        return growth, -1200, -240 - number * 13 % 180
    if number % 23 == 11:
        return growth, -1200, -95 - number % 40
    if number % 13 == 4:
        return growth, -300 + number * 7 % 220, 0
    return growth, -1200, 0


def _basket(plant: str, number: int, catalogue: list[ProductData], *, is_global: bool) -> tuple[ProductData, ...]:
    """What a plant buys: products of two or three families, of a global account those that have its part numbers."""
    if is_global:
        return tuple(catalogue[(17 * (number - 1) + 23 * turn) % len(catalogue)] for turn in range(8))
    families = sorted({product.family for product in catalogue}, key=lambda code: share("family", plant, code))
    chosen = families[: 2 + number % 2]
    known = sorted(
        (product for product in catalogue if product.family in chosen), key=lambda product: share("basket", plant, product.code)
    )
    return tuple(known[: 4 + number % 4])
