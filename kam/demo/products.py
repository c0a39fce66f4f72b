"""What the demonstration company makes: six families of power transmission parts, 300 products built from sizes and ratios.

Everything is invented; nothing here depends on chance, so that every reset makes the same catalogue.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class FamilyData:
    """A family: its code, its names, the name of one piece, and how size and variant make a product's code, weight and cost."""

    code: str
    name_it: str
    name_en: str
    name_de: str
    one: tuple[str, str, str]
    sizes: tuple[int, ...]
    variants: tuple[str, ...]
    base_cost: Decimal
    grams_per_size: int
    hs_code: str


FAMILIES = (
    FamilyData(
        "GE",
        "Giunti elastici",
        "Flexible couplings",
        "Elastische Kupplungen",
        ("Giunto elastico", "Flexible coupling", "Elastische Kupplung"),
        (38, 42, 48, 55, 65, 75, 90, 110, 125, 140),
        ("28", "32", "38", "42", "48"),
        Decimal("0.62"),
        55,
        "84836080",
    ),
    FamilyData(
        "RO",
        "Riduttori ortogonali",
        "Bevel-helical gearboxes",
        "Kegelstirnradgetriebe",
        ("Riduttore ortogonale", "Bevel-helical gearbox", "Kegelstirnradgetriebe"),
        (63, 80, 100, 125, 160, 200, 250, 315, 355, 400),
        ("8", "16", "28", "31", "45"),
        Decimal("5.40"),
        420,
        "84834051",
    ),
    FamilyData(
        "RE",
        "Riduttori epicicloidali",
        "Planetary gearboxes",
        "Planetengetriebe",
        ("Riduttore epicicloidale", "Planetary gearbox", "Planetengetriebe"),
        (60, 80, 100, 120, 140, 160, 180, 200, 240, 280),
        ("4", "7", "10", "25", "50"),
        Decimal("6.85"),
        310,
        "84834051",
    ),
    FamilyData(
        "CA",
        "Alberi cardanici",
        "Cardan shafts",
        "Gelenkwellen",
        ("Albero cardanico", "Cardan shaft", "Gelenkwelle"),
        (40, 50, 60, 75, 90, 110, 120, 150, 180, 200),
        ("600", "900", "1200", "1500", "1800"),
        Decimal("2.90"),
        260,
        "84831095",
    ),
    FamilyData(
        "CL",
        "Calettatori",
        "Shrink discs",
        "Schrumpfscheiben",
        ("Calettatore", "Shrink disc", "Schrumpfscheibe"),
        (30, 40, 50, 62, 75, 90, 110, 125, 140, 165),
        ("A", "B", "C", "H", "S"),
        Decimal("0.95"),
        48,
        "84836080",
    ),
    FamilyData(
        "LC",
        "Limitatori di coppia",
        "Torque limiters",
        "Drehmomentbegrenzer",
        ("Limitatore di coppia", "Torque limiter", "Drehmomentbegrenzer"),
        (25, 32, 45, 55, 65, 80, 95, 110, 130, 150),
        ("1", "2", "3", "F", "R"),
        Decimal("1.85"),
        70,
        "84836080",
    ),
)


@dataclass(frozen=True)
class ProductData:
    """A product with what a price or a load is computed from; weights in kilograms, cost in EUR a piece."""

    code: str
    family: str
    name_it: str
    name_en: str
    name_de: str
    net_weight: Decimal
    gross_weight: Decimal
    cost: Decimal
    lead_time: int
    minimum_quantity: int
    hs_code: str

    @property
    def producer(self) -> str:
        """The location that makes it: planetary gearboxes come from Germany."""
        return "DE" if self.family == "RE" else "IT"


def is_young(product: ProductData) -> bool:
    """Is this one of the products that came last, the torque limiters with a flange?"""
    return product.family == "LC" and product.code.endswith("F")


def products() -> Iterator[ProductData]:
    """The 300 products, always the same."""
    for family in FAMILIES:
        one_it, one_en, one_de = family.one
        for step, size in enumerate(family.sizes):
            for turn, variant in enumerate(family.variants):
                net = (Decimal(family.grams_per_size) * size / 1000).quantize(Decimal("0.001"))
                yield ProductData(
                    code=f"{family.code}-{size}-{variant}",
                    family=family.code,
                    name_it=f"{one_it} {size}, {variant}",
                    name_en=f"{one_en} {size}, {variant}",
                    name_de=f"{one_de} {size}, {variant}",
                    net_weight=net,
                    gross_weight=(net * Decimal("1.08")).quantize(Decimal("0.001")),
                    cost=(family.base_cost * size * (10 + turn) / 10).quantize(Decimal("0.01")),
                    lead_time=15 + 5 * (step % 4),
                    minimum_quantity=(50, 20, 10, 5)[min(step // 3, 3)],
                    hs_code=family.hs_code,
                )
