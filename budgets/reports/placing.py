"""Where a case stands: at the lowest node that explains most of its parents' gap, so that causes are written once (domain 9)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from budgets.models import Measure, NodeKind, NodeStanding
from budgets.reports.nodes import areas_of_countries, families_above, shortfalls_at_plants
from catalog.models import Product
from kam.core.parameters import define, parameter

EXPLAINS = define(
    "budgets.explains_percent",
    default=Decimal(70),
    unit="%",
    label=_("Share of a node's gap from which on a node within it explains it"),
)
#: How low a kind stands; within somebody's year lower than in the company.
RANKS = {"plant": 0, "product": 1, "customer": 2, "group": 3, "family": 4, "market": 5, "location": 6, "person": 7}
OF_THE_COMPANY = 10


@dataclass
class Red:
    """A node that is red, with everything that it lies in."""

    standing: NodeStanding
    within: set[tuple[str, int, int | None]] = field(default_factory=set)
    depth: int = 0

    @property
    def node(self) -> tuple[str, int, int | None]:
        """What it is: kind, record, whose part; a plant by its location."""
        return node_of(self.standing)

    @property
    def short(self) -> Decimal:
        """What is missing."""
        return self.standing.planned - self.standing.actual

    @property
    def rank(self) -> tuple[int, int]:
        """How low it stands, the lowest first; of families the deepest."""
        whole = self.standing.person_id is None and self.standing.kind not in {NodeKind.LOCATION, NodeKind.PLANT}
        return RANKS[self.standing.kind] + OF_THE_COMPANY * whole, -self.depth


def node_of(standing: NodeStanding) -> tuple[str, int, int | None]:
    """What a standing is of: its kind, record and whose part it is; of a plant the location, of a location nobody."""
    return standing.kind, standing.key, standing.location_id if standing.kind == NodeKind.PLANT else standing.person_id


def explained(standings: Iterable[NodeStanding]) -> dict[int, int]:
    """For red standings of one year the standing that explains each: itself where nothing below it does."""
    rows = [Red(one) for one in standings]
    _place(rows)
    found: dict[int, int] = {}
    by_measure: dict[tuple[str, str], list[Red]] = defaultdict(list)
    for row in rows:
        by_measure[row.standing.measure, row.standing.unit].append(row)
    for alike in by_measure.values():
        found |= _explained(alike)
    in_money = {row.node: row.standing.pk for row in by_measure[Measure.REVENUE, ""]}
    for row in rows:
        # What is short of quantity and of money is one case, of the money.
        if row.standing.measure != Measure.REVENUE and row.node in in_money:
            found[row.standing.pk] = found[in_money[row.node]]
    return found


def _explained(rows: Sequence[Red]) -> dict[int, int]:
    ordered = sorted(rows, key=lambda row: (row.rank, -row.short, row.standing.pk))
    inside: dict[tuple[str, int, int | None], list[Red]] = defaultdict(list)
    for row in ordered:
        for parent in row.within:
            inside[parent].append(row)
    at_plants = _at_plants(rows)
    reds = {(row.standing.key, row.standing.location_id or 0): row for row in rows if row.standing.kind == NodeKind.PLANT}
    cases: dict[int, Red] = {}
    for row in ordered:
        short = at_plants.get(row.standing.pk, {})
        below = [cases[one.standing.pk] for one in inside[row.node] if one.rank < row.rank and not _is_all_of(one, row)]
        # Of the whole gap: what explains most of a part that is most of it may be less than half of it.
        behind = next((case for case in below if explains(_short_within(case, short), row.short)), None)
        cases[row.standing.pk] = behind or _largest(short, reds, row.short) or row
    return {key: case.standing.pk for key, case in cases.items()}


def explains(short: Decimal, whole: Decimal) -> bool:
    """Whether what is missing here is most of what is missing in all."""
    return short * 100 >= parameter(EXPLAINS.key) * whole


def _short_within(case: Red, short: dict[tuple[int, int], Decimal]) -> Decimal:
    """What a case is short of; a plant only as far as it is of the family or product that is asked."""
    one = case.standing
    return short.get((one.key, one.location_id or 0), Decimal(0)) if short and one.kind == NodeKind.PLANT else case.short


def _is_all_of(one: Red, other: Red) -> bool:
    """Whether a family or a market is the whole of what it lies in, and says nothing more."""
    of_all = one.standing.kind in {NodeKind.FAMILY, NodeKind.MARKET}
    return of_all and (one.standing.planned, one.standing.actual) == (other.standing.planned, other.standing.actual)


def _largest(short: dict[tuple[int, int], Decimal], reds: dict[tuple[int, int], Red], whole: Decimal) -> Red | None:
    """The red plant at which most of a gap arises, if that is enough."""
    place = max(short, key=lambda one: (short[one], one), default=None)
    return reds.get(place) if place is not None and explains(short[place], whole) else None


def _at_plants(rows: Sequence[Red]) -> dict[int, dict[tuple[int, int], Decimal]]:
    """What is missing of families and products at each plant; asked only where plants are short, too, and of revenue."""
    asked = [row for row in rows if row.standing.kind in {NodeKind.FAMILY, NodeKind.PRODUCT}]
    plants = any(row.standing.kind == NodeKind.PLANT for row in rows)
    if not asked or not plants or asked[0].standing.measure != Measure.REVENUE:
        return {}
    nodes = [(row.standing.kind, row.standing.key, row.standing.person_id) for row in asked]
    found = shortfalls_at_plants(asked[0].standing.first_month, nodes)
    return {row.standing.pk: short for row, short in zip(asked, found, strict=True)}


def _place(rows: Sequence[Red]) -> None:
    """Find out what each node lies in, in a handful of queries."""
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        keys[row.standing.kind].add(row.standing.key)
    plants = {plant.pk: plant for plant in Plant.objects.filter(pk__in=keys["plant"]).select_related("customer")}
    companies = {one.pk: one for one in Customer.objects.filter(pk__in=keys["customer"])}
    families = dict(Product.objects.filter(pk__in=keys["product"]).values_list("pk", "family_id"))
    above = families_above()
    areas = areas_of_countries()
    for row in rows:
        one = row.standing
        whose = {one.person_id, None}
        if one.kind == NodeKind.PLANT:
            plant = plants[one.key]
            company = plant.customer
            row.within |= {("location", one.location_id or 0, None), ("person", one.person_id or 0, one.person_id)}
            row.within |= {("customer", company.pk, one.person_id), ("group", company.group_id or 0, one.person_id)}
            markets = (company.sector_id or 0, areas.get(plant.country, 0))
            row.within |= {("market", market, person) for market in markets for person in whose}
        elif one.kind == NodeKind.CUSTOMER:
            company = companies[one.key]
            row.within |= {("group", company.group_id or 0, one.person_id), ("person", one.person_id or 0, one.person_id)}
            row.within |= {("market", company.sector_id or 0, person) for person in whose}
        elif one.kind in {NodeKind.FAMILY, NodeKind.PRODUCT}:
            family = one.key if one.kind == NodeKind.FAMILY else families[one.key]
            way = above.get(family, [])
            row.depth = len(way)
            row.within |= {("family", higher, person) for higher in way for person in whose}
            row.within.add((one.kind, one.key, None))
            row.within.add(("person", one.person_id or 0, one.person_id))
        elif one.kind in {NodeKind.GROUP, NodeKind.MARKET}:
            row.within.add(("person", one.person_id or 0, one.person_id))
            row.within.add((one.kind, one.key, None))
        row.within.discard(row.node)
