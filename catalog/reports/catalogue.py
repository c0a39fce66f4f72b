"""Figures of products: costs and prices in force, hours and materials of a quantity, capacity, the tree of families."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Customer, Location
from catalog.models import (
    BillOfResources,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    StandardCost,
    WorkCentre,
)
from kam.core import clock
from kam.core.calendars import working_days_between
from kam.core.charts import ChartData, Series
from kam.core.formats import day as day_words
from kam.core.money import allocate

HUNDRED = Decimal(100)
LAST_VERSIONS = 8


@dataclass(frozen=True)
class CostSplit:
    """A standard cost as a picture of its parts: each with its share of the whole, in per cent."""

    cost: StandardCost
    parts: list[tuple[str, Decimal, Decimal]]


def cost_split(cost: StandardCost) -> CostSplit:
    """Material, variable conversion and fixed of a cost, each with its share of the whole."""
    total = cost.sum
    names = ("material", "variable_conversion", "fixed")
    return CostSplit(
        cost, [(name, getattr(cost, name), getattr(cost, name) * HUNDRED / total if total else Decimal(0)) for name in names]
    )


def costs_of(product: Product, reader: Any, day: date | None = None) -> list[CostSplit]:
    """The costs of a product that hold on a day, one a location, as far as this person reads them."""
    rows = StandardCost.objects.costs_visible_to(reader).filter(product=product).on(day or clock.today()).for_list()
    return [cost_split(cost) for cost in rows.order_by("location__code", "pk")]


def cost_courses(product: Product, reader: Any) -> list[ChartData]:
    """How the cost of one base unit moved from version to version, a chart a location that has had two; each bar leads to its cost."""
    rows = StandardCost.objects.costs_visible_to(reader).filter(product=product).for_list()
    courses: dict[int, list[StandardCost]] = defaultdict(list)
    for cost in rows.order_by("location__code", "period", "pk"):
        courses[cost.location_id].append(cost)
    return [_course(costs[-LAST_VERSIONS:]) for costs in courses.values() if len(costs) > 1]


def _course(costs: Sequence[StandardCost]) -> ChartData:
    location = costs[0].location
    addresses = [
        f"/standard-costs/?{urlencode({'product': cost.product_id, 'location': cost.location_id, 'cost_version': cost.cost_version})}"
        for cost in costs
    ]
    parts = (
        (_("Material"), "material", "accent"),
        (_("Variable conversion"), "variable_conversion", "light"),
        (_("Fixed"), "fixed", "neutral"),
    )
    return ChartData(
        key=f"costs-{location.code.lower()}",
        title=_("How the cost moved, %(location)s") % {"location": location.name},
        labels=[f"{cost.cost_version}, {day_words(cost.first_day)}" for cost in costs],
        series=[
            Series(
                label,
                [getattr(cost, name) / cost.price_unit for cost in costs],
                tone=tone,
                stack="cost",
                addresses=addresses,
            )
            for label, name, tone in parts
        ],
        unit=_("%(currency)s for one") % {"currency": costs[-1].currency},
        decimals=2,
    )


def prices_of(product: Product, reader: Any, day: date | None = None) -> list[ListPrice]:
    """The list prices of a product that hold on a day or will later, as far as this person reads prices."""
    on = day or clock.today()
    holds = Q(period__endswith__isnull=True) | Q(period__endswith__gt=on)
    rows = ListPrice.objects.visible_to(reader).filter(holds, product=product).for_list()
    return list(rows.order_by("currency", "location__code", "period", "pk"))


def where_used(product: Product, reader: Any) -> Any:
    """Which customers buy a product under which part number, as far as this person sees them."""
    return (
        CustomerItem.objects.visible_to(reader).filter(product=product).for_list().order_by("customer__name", "part_number", "pk")
    )


def count_where_used(product: Product, reader: Any) -> int:
    """How many customer items of a product this person sees."""
    return CustomerItem.objects.visible_to(reader).filter(product=product).count()


def count_items(customer: Customer, reader: Any) -> int:
    """How many items of a customer this person sees."""
    return CustomerItem.objects.visible_to(reader).filter(customer=customer).count()


@dataclass
class Branch:
    """A family in the tree: how many products stand in it and below it."""

    family: ProductFamily
    depth: int
    own: int
    total: int = 0
    children: list["Branch"] = field(default_factory=list)

    def walk(self) -> list["Branch"]:
        """This family and everything below it, from top to bottom."""
        return [self, *(branch for child in self.children for branch in child.walk())]


def family_tree(reader: Any) -> list[Branch]:
    """Every family from the product lines down, each with its number of products; two queries."""
    own = dict(Product.objects.visible_to(reader).order_by().values_list("family").annotate(count=Count("pk")))
    below: dict[int | None, list[ProductFamily]] = defaultdict(list)
    for family in ProductFamily.objects.visible_to(reader).order_by("code", "pk"):
        below[family.parent_id].append(family)

    def grown(family: ProductFamily, depth: int) -> Branch:
        branch = Branch(family, depth, own.get(family.pk, 0))
        branch.children = [grown(child, depth + 1) for child in below[family.pk]]
        branch.total = branch.own + sum(child.total for child in branch.children)
        return branch

    return [branch for line in below[None] for branch in grown(line, 0).walk()]


@dataclass(frozen=True)
class CentreHours:
    """Hours at a work centre in the month that lies `offset_months` before delivery."""

    work_centre: WorkCentre
    offset_months: int
    hours: Decimal


@dataclass(frozen=True)
class MaterialNeed:
    """How much of a material is needed, in its unit, and its gross weight in kilograms where it is known."""

    material: str
    grade: str
    unit: str
    quantity: Decimal
    gross_weight: Decimal | None


@dataclass(frozen=True)
class Resources:
    """What quantities of products take: hours a work centre, materials, and the products whose bill is missing."""

    hours: list[CentreHours]
    materials: list[MaterialNeed]
    missing: list[Product]

    @property
    def total_hours(self) -> Decimal:
        """The hours of all work centres together."""
        return sum((row.hours for row in self.hours), Decimal(0))


def resources_for(quantities: Mapping[Product, Decimal], location: Location, day: date | None = None) -> Resources:
    """Hours and materials for quantities of good units at a location, by the bills that hold on a day (domain 12.1).

    Hours = units started × hours per unit + lots × set-up; units started = quantity ÷ yield. Four queries.
    """
    bills = {
        bill.product_id: bill
        for bill in BillOfResources.objects.filter(product__in=quantities, location=location)
        .on(day or clock.today())
        .with_lines()
    }
    hours: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    centres: dict[int, WorkCentre] = {}
    needs: dict[tuple[str, str, str], list[Decimal | None]] = {}
    missing = []
    for product, quantity in quantities.items():
        bill = bills.get(product.pk)
        if bill is None:
            missing.append(product)
            continue
        for operation in bill.operations.all():
            operation.bill = bill
            centres[operation.work_centre_id] = operation.work_centre
            hours[operation.work_centre_id, operation.offset_months] += operation.hours(quantity)
        for line in bill.materials.all():
            started = bill.started(quantity)
            need = needs.setdefault((line.material, line.grade, line.unit), [Decimal(0), None])
            need[0] = (need[0] or Decimal(0)) + started * line.quantity
            if line.gross_weight is not None:
                need[1] = (need[1] or Decimal(0)) + started * line.gross_weight
    ordered = sorted(hours, key=lambda key: (centres[key[0]].code, key[1]))
    return Resources(
        [CentreHours(centres[centre], offset, hours[centre, offset]) for centre, offset in ordered],
        [MaterialNeed(*key, need[0] or Decimal(0), need[1]) for key, need in sorted(needs.items())],
        missing,
    )


def hours_by_shares(total: Decimal, shares: Sequence[Decimal | int]) -> list[Decimal]:
    """Total hours by the work centres' shares of the past, where no bill is known (overall factors, domain 12.1)."""
    return allocate(total, shares)


def without_bill(location: Location, reader: Any, day: date | None = None) -> Any:
    """The products that a location produces without a bill of resources: their load cannot be planned."""
    bills = BillOfResources.objects.filter(location=location).on(day or clock.today()).values("product")
    return (
        Product.objects.visible_to(reader)
        .filter(producing_location=location, status__in=["active", "phase_out"])
        .exclude(pk__in=bills)
    )


def products_without_bill(products: Any, day: date | None = None) -> Any:
    """Those of these products that are in production at a location which has no bill of resources for them on a day."""
    bills = BillOfResources.objects.filter(product=OuterRef("pk"), location=OuterRef("producing_location")).on(
        day or clock.today()
    )
    return products.filter(~Exists(bills), producing_location__isnull=False, status__in=["active", "phase_out"])


def capacity_hours(centre: WorkCentre, month: date) -> Decimal:
    """Machine hours of a work centre in a month: machines × shifts × hours × working days × efficiency (domain 12.1)."""
    return centre.hours_a_day * working_days_of(centre.location, month)


def working_days_of(location: Location, month: date) -> int:
    """The working days of a month in a location's calendar."""
    before = month.replace(day=1) - timedelta(days=1)
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return working_days_between(before, last, location.calendar)


def next_months(count: int, start: date | None = None) -> list[date]:
    """The first days of this month and of the months that follow."""
    first = (start or clock.today()).replace(day=1)
    months = [first]
    while len(months) < count:
        months.append((months[-1].replace(day=28) + timedelta(days=4)).replace(day=1))
    return months


def capacity_months(centre: WorkCentre, count: int = 12) -> list[tuple[date, int, Decimal]]:
    """Month by month: its first day, the working days, and the machine hours of a work centre."""
    months = [(month, working_days_of(centre.location, month)) for month in next_months(count)]
    return [(month, days, centre.hours_a_day * days) for month, days in months]
