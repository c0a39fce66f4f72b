"""What stands behind the nodes of a year, in SQL: plan and actuals side by side, added up for all nodes or looked at for one.

Plan and actuals follow the assignments of today as in "My year" (reports.standings): of a plant to whoever holds it now, if anybody
does; without one to whoever leads most of the customer's plants there. Actuals are goods sold to third parties, in the company's currency at the rate
of each document.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db import connection

from accounts.models import Market
from budgets.models import BudgetRound, Deviation, Measure, NodeKind, months_of
from budgets.models.years import month_after
from budgets.reports.attainment import Standing
from budgets.reports.closing import months_closed
from budgets.reports.measures import planned_in, sold_in
from budgets.reports.portfolio import LEADS, OWNERS, owners_on
from budgets.reports.variance import Amount, Bridge, Item, bridge
from catalog.models import ProductFamily
from kam.core import clock

PLANNED = """
SELECT target.plant_id, coalesce(site.customer_id, target.customer_id) AS customer_id, target.selling_location_id AS location_id,
    CASE WHEN target.plant_id IS NULL THEN coalesce(leads.owner_id, target.person_id) ELSE pair.owner_id END AS owner_id,
    target.product_id, target.family_id, target.sector_id, target.area_id, target.unit{more}, {figures}
FROM budgets_target AS target
JOIN budgets_budgetround AS round ON round.id = target.round_id AND round.first_month = %(first_month)s
LEFT JOIN accounts_plant AS site ON site.id = target.plant_id
LEFT JOIN pair ON pair.plant_id = target.plant_id AND pair.location_id = target.selling_location_id
LEFT JOIN leads ON target.plant_id IS NULL AND leads.customer_id = target.customer_id
    AND leads.location_id = target.selling_location_id
{joins}
WHERE NOT target.superseded
"""
SOLD = """
SELECT total.plant_id, pair.customer_id, total.selling_location_id AS location_id, pair.owner_id, total.product_id, article.family_id,
    total.sector_id, total.area_id, total.unit{more}, {figures}
FROM orders_salestotal AS total
JOIN pair ON pair.plant_id = total.plant_id AND pair.location_id = total.selling_location_id
JOIN catalog_product AS article ON article.id = total.product_id
WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
"""
# What runs of the ledger since the last sweep moved: what they made, less what they ended.
MOVED = """
SELECT line.plant_id, pair.customer_id, line.selling_location_id AS location_id, pair.owner_id, line.product_id, article.family_id,
    line.sector_id, line.area_id, line.unit, 0 AS planned, 0 AS planned_quantity, 0 AS worth, 0 AS planned_margin,
    line.sign * line.revenue AS actual, line.sign * line.quantity AS actual_quantity,
    line.sign * coalesce(line.revenue - line.cost, 0) AS actual_margin
FROM (
    SELECT plant_id, selling_location_id, product_id, sector_id, area_id, unit, revenue, cost, quantity, date, kind, is_intercompany, 1 AS sign
    FROM orders_salesline WHERE batch_id > %(after)s
    UNION ALL
    SELECT plant_id, selling_location_id, product_id, sector_id, area_id, unit, revenue, cost, quantity, date, kind, is_intercompany, -1
    FROM orders_salesline WHERE ended_by_id > %(after)s
) AS line
JOIN pair ON pair.plant_id = line.plant_id AND pair.location_id = line.selling_location_id
JOIN catalog_product AS article ON article.id = line.product_id
WHERE line.kind = 'goods' AND NOT line.is_intercompany AND line.date >= %(first_month)s AND line.date < %(running)s
"""
#: What rows are known by beside their own keys: the group of today.
PLACED = """
SELECT fact.*, company.group_id FROM ({facts}) AS fact LEFT JOIN accounts_customer AS company ON company.id = fact.customer_id
"""
WITH = f"""
WITH RECURSIVE pair AS MATERIALIZED ({OWNERS}),
leads AS MATERIALIZED ({LEADS.format(portfolio="pair")}),
above AS (
    SELECT id AS family_id, id AS ancestor_id FROM catalog_productfamily
    UNION ALL
    SELECT above.family_id, family.parent_id FROM above JOIN catalog_productfamily AS family ON family.id = above.ancestor_id
    WHERE family.parent_id IS NOT NULL
)"""
FIGURES = ("planned", "planned_quantity", "worth", "planned_margin", "actual", "actual_quantity", "actual_margin")
SUMS = ", ".join(f"sum({name}) AS {name}" for name in FIGURES)
LEAF = ("owner_id", "location_id", "group_id", "customer_id", "plant_id", "family_id", "product_id", "sector_id", "area_id")
#: Kind → what its nodes are told apart by, the key of the record last.
SETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("person", ("owner_id",)),
    ("location", ("location_id",)),
    ("group", ("owner_id", "group_id")),
    ("customer", ("owner_id", "customer_id")),
    ("plant", ("owner_id", "location_id", "plant_id")),
    ("family", ("owner_id", "family_id")),
    ("family", ("family_id",)),
    ("product", ("product_id",)),
    ("market", ("owner_id", "sector_id")),
    ("market", ("sector_id",)),
    ("market", ("owner_id", "area_id")),
    ("market", ("area_id",)),
)


def _mask(columns: Sequence[str]) -> int:
    """What GROUPING() answers for a set: a bit for each column that is not in it."""
    return sum(1 << (len(LEAF) - 1 - place) for place, name in enumerate(LEAF) if name not in columns)


def _case(value: Any) -> str:
    return "CASE told " + " ".join(f"WHEN {_mask(columns)} THEN {value(kind, columns)}" for kind, columns in SETS) + " END"


def _nodes(facts: str) -> str:
    """Every node with its sums by unit, as a statement; families with what lies below them."""
    sets = ", ".join(f"({', '.join((*columns, 'unit'))})" for _kind, columns in SETS)
    of_owner = _case(lambda _kind, columns: "owner_id" if "owner_id" in columns else "NULL::bigint")
    of_location = _case(lambda kind, _columns: "location_id" if kind in {"plant", "location"} else "NULL::bigint")
    led = _case(lambda kind, columns: "owner_id IS NOT NULL" if "owner_id" in columns else "true")
    return f"""
, leaf AS MATERIALIZED (
    SELECT {", ".join(LEAF)}, unit, {SUMS} FROM ({PLACED.format(facts=facts)}) AS placed GROUP BY {", ".join(LEAF)}, unit
), grouped AS (
    SELECT GROUPING({", ".join(LEAF)}) AS told, {", ".join(LEAF)}, unit, {SUMS} FROM leaf GROUP BY GROUPING SETS ({sets})
), node AS (
    SELECT {_case(lambda kind, _columns: f"'{kind}'")} AS kind, {_case(lambda _kind, columns: columns[-1])} AS key,
        {of_owner} AS person_id, {of_location} AS location_id, unit, {", ".join(FIGURES)}
    FROM grouped WHERE {led}
), measured AS (
    SELECT kind, key, person_id, location_id, unit, {", ".join(FIGURES)} FROM node WHERE kind <> 'family' AND key IS NOT NULL
    UNION ALL
    SELECT 'family', above.ancestor_id, node.person_id, NULL, node.unit, {SUMS}
    FROM node JOIN above ON above.family_id = node.key WHERE node.kind = 'family'
    GROUP BY above.ancestor_id, node.person_id, node.unit
), standing AS (
    SELECT kind, key, person_id, location_id, 'revenue' AS measure, '' AS unit, sum(planned) AS planned, sum(actual) AS actual,
        sum(planned) AS worth
    FROM measured GROUP BY kind, key, person_id, location_id
    UNION ALL
    SELECT kind, key, person_id, location_id, 'margin', '', sum(planned_margin), sum(actual_margin), sum(planned_margin)
    FROM measured GROUP BY kind, key, person_id, location_id
    UNION ALL
    SELECT kind, key, person_id, location_id, 'quantity', unit, planned_quantity, actual_quantity, worth
    FROM measured WHERE unit <> ''
)"""


@dataclass(frozen=True)
class Closed:
    """The months of a year that are closed: what every statement here asks by."""

    first_month: date

    @cached_property
    def months(self) -> list[date]:
        """Their first days."""
        return months_closed(self.first_month)

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the statements."""
        rounds = BudgetRound.objects.filter(first_month=self.first_month, published_at__isnull=False).values_list("pk", flat=True)
        years = {month.year for month in months_of(self.first_month)}
        running = month_after(self.first_month, len(self.months))
        return owners_on([clock.today()], years=years, rounds=rounds) | {"first_month": self.first_month, "running": running}

    def planned(self, measure: str) -> str:
        """The plan of these months in a row of the targets, as SQL."""
        return " + ".join(_planned(measure, place) for place in range(1, len(self.months) + 1)) or "0"

    def sold(self, measure: str) -> str:
        """What was sold in these months in a row of the ledger's totals, as SQL."""
        return " + ".join(_sold(measure, month) for month in self.months) or "0"

    def facts(self) -> str:
        """Plan and actuals, row by row."""
        revenue, quantity = self.planned("revenue"), self.planned("quantity")
        planned = (
            f"{revenue} AS planned, {quantity} AS planned_quantity, CASE WHEN {quantity} > 0 THEN {revenue} ELSE 0 END AS worth,"
            f" {self.planned('margin')} AS planned_margin, 0 AS actual, 0 AS actual_quantity, 0 AS actual_margin"
        )
        sold = f"0, 0, 0, 0, {self.sold('revenue')}, {self.sold('quantity')}, {self.sold('margin')}"
        return f"{PLANNED.format(more='', joins='', figures=planned)} UNION ALL {SOLD.format(more='', figures=sold)}"

    def whole(self) -> str:
        """The statement that finds how every node stands: one look at the targets and the totals."""
        return f"{WITH}{_nodes(self.facts())} SELECT * FROM standing WHERE planned > 0"

    def moved(self) -> str:
        """The statement that finds what later runs of the ledger (after the parameter `after`) moved, node by node."""
        return f"{WITH}{_nodes(MOVED)} SELECT * FROM standing WHERE actual <> 0"


def _planned(measure: str, place: int) -> str:
    return f"coalesce({planned_in(measure, place)}, 0)"


def _sold(measure: str, month: date) -> str:
    return f"CASE WHEN total.year = {month.year} THEN coalesce({sold_in(measure, month.month)}, 0) ELSE 0 END"


def _behind(node: Deviation) -> tuple[str, dict[str, Any]]:
    """The condition on rows that they are of a node."""
    column = {"person": "owner_id", "market": f"{_dimension(node)}_id"}.get(node.kind, f"{node.kind}_id")
    keys = ProductFamily.objects.with_descendants([node.key]) if node.kind == NodeKind.FAMILY else [node.key]
    condition, values = f"{column} = ANY(%(keys)s)", {"keys": keys}
    if node.kind == NodeKind.PLANT:
        return f"{condition} AND location_id = %(location)s", values | {"location": node.location_id}
    if node.person_id and node.kind != NodeKind.PERSON:
        return f"{condition} AND owner_id = %(owner)s", values | {"owner": node.person_id}
    return condition, values


def _dimension(node: Deviation) -> str:
    return str(node.market.dimension) if node.market else ""


def _of_node(node: Deviation, closed: Closed, columns: str, facts: str, group: str = "") -> list[tuple[Any, ...]]:
    """One question about the rows of a node in a year."""
    condition, values = _behind(node)
    units = " AND unit = %(unit)s" if node.measure == Measure.QUANTITY else ""
    statement = f"{WITH} SELECT {columns} FROM ({PLACED.format(facts=facts)}) AS placed WHERE {condition}{units} {group}"
    with connection.cursor() as cursor:
        cursor.execute(statement, closed.values | values | {"unit": node.unit})
        return list(cursor.fetchall())


def months_of_node(node: Deviation, first_month: date | None = None) -> Standing:
    """Plan by month of a node's year, or of another one, beside the actuals of the months that are over, in its measure."""
    closed = Closed(first_month or node.first_month)
    over = closed.months
    names = [*(f"p{place}" for place in range(1, 13)), *(f"a{place}" for place in range(1, len(over) + 1))]
    planned = [f"{_planned(node.measure, place)} AS p{place}" for place in range(1, 13)]
    planned += [f"0 AS a{place}" for place in range(1, len(over) + 1)]
    sold = [*["0"] * 12, *(_sold(node.measure, month) for month in over)]
    facts = f"{PLANNED.format(more='', joins='', figures=', '.join(planned))} UNION ALL {SOLD.format(more='', figures=', '.join(sold))}"
    (row,) = _of_node(node, closed, ", ".join(f"coalesce(sum({name}), 0)" for name in names), facts)
    return Standing(row[:12], row[12:])


RATE = "LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = round.id AND rate.currency = line.currency"


def bridge_of(node: Deviation) -> Bridge:
    """From the plan to the actuals of a node's revenue, by the one convention of domain 13; an exact identity (AT-17).

    What is planned in money only has no price: beside it stands what was sold of its family and not planned by product, as a volume
    of money. What came back without a quantity counts so, too.
    """
    closed = Closed(node.first_month)
    planned = f"{closed.planned('quantity')} AS planned_quantity, {closed.planned('revenue')} AS planned, 0 AS quantity, 0 AS net, 0 AS actual"
    sold = f"0, 0, {closed.sold('quantity')}, {closed.sold('net')}, {closed.sold('revenue')}"
    facts = PLANNED.format(
        more=", line.currency, coalesce(rate.rate, 1) AS rate",
        joins=f"JOIN budgets_budgetline AS line ON line.id = target.line_id {RATE}",
        figures=planned,
    )
    facts += f" UNION ALL {SOLD.format(more=', total.currency, NULL::numeric', figures=sold)}"
    sums = ", ".join(f"sum({name})" for name in ("planned_quantity", "planned", "quantity", "net", "actual"))
    rows = _of_node(
        _in_money(node), closed, f"product_id, family_id, unit, currency, rate, {sums}", facts, "GROUP BY 1, 2, 3, 4, 5"
    )
    return bridge(_items(rows))


def _in_money(node: Deviation) -> Deviation:
    """The same node, asked for its revenue."""
    return Deviation(
        first_month=node.first_month, kind=node.kind, key=node.key, person_id=node.person_id, location_id=node.location_id,
        market=node.market, measure=Measure.REVENUE,
    )  # fmt: skip


@dataclass
class _Row:
    """What was planned or sold of one product in one currency; `money` is in the currency of the company."""

    quantity: Decimal = Decimal(0)
    net: Fraction = Fraction(0)
    money: Decimal = Decimal(0)

    def add(self, quantity: Decimal, net: Fraction, money: Decimal) -> None:
        """Add a row of the database."""
        self.quantity, self.net, self.money = self.quantity + quantity, self.net + net, self.money + money

    @property
    def price(self) -> Fraction:
        """The average price in its currency."""
        return self.net / Fraction(self.quantity) if self.quantity else Fraction(0)

    @property
    def rate(self) -> Fraction:
        """The average rate."""
        return Fraction(self.money) / self.net if self.net else Fraction(1)


def _items(rows: list[tuple[Any, ...]]) -> list[Item]:
    """The rows of a node as the items of its bridge."""
    planned: dict[tuple[Any, ...], _Row] = defaultdict(_Row)
    sold: dict[tuple[Any, ...], _Row] = defaultdict(_Row)
    in_money: dict[tuple[int, str], tuple[_Row, _Row]] = defaultdict(lambda: (_Row(), _Row()))
    for product, family, unit, currency, rate, planned_quantity, plan, quantity, net, actual in rows:
        if rate is None:
            sold[product, family, unit, currency].add(quantity, Fraction(net), actual)
        elif planned_quantity:
            planned[product, family, unit, currency].add(planned_quantity, Fraction(plan) / Fraction(rate), plan)
        elif plan:
            in_money[family, currency][0].add(Decimal(0), Fraction(plan) / Fraction(rate), plan)
    above = families_above() if in_money else {}
    items = []
    for key in {**planned, **sold}:
        _product, family, unit, currency = key
        plan, came = planned.get(key, _Row()), sold.get(key, _Row())
        rest = next((one for one in above.get(family, []) if (one, currency) in in_money), None)
        if not plan.quantity and rest is not None:
            in_money[rest, currency][1].add(Decimal(0), came.net, came.money)
        elif came.quantity or not came.net:
            items.append(_item((family, unit), plan, came, plan.quantity, came.quantity))
        else:
            items += [
                _item((family, unit), plan, _Row(), plan.quantity, Decimal(0)),
                _item(key, _Row(), came, Decimal(0), came.net),
            ]
    return items + [_item(key, plan, came, plan.net, came.net) for key, (plan, came) in in_money.items()]


def _item(group: object, plan: _Row, came: _Row, planned: Amount, quantity: Amount) -> Item:
    """An item; where the quantity is money itself, its price is one."""
    return Item(
        group,
        planned,
        plan.net / Fraction(planned) if planned else Fraction(0),
        plan.rate,
        quantity,
        came.net / Fraction(quantity) if quantity else Fraction(0),
        came.rate if came.net else plan.rate,
    )


def families_above() -> dict[int, list[int]]:
    """Each family with those above it, itself first."""
    parents = dict(ProductFamily.objects.values_list("pk", "parent_id"))
    found: dict[int, list[int]] = {}
    for key in parents:
        way, one = [], key
        while one is not None:
            way.append(one)
            one = parents.get(one)  # type: ignore[assignment]
        found[key] = way
    return found


def areas_of_countries() -> dict[str, int]:
    """Country → the area that counts its plants."""
    found: dict[str, int] = {}
    for key, countries in Market.objects.filter(dimension="area").order_by("code").values_list("pk", "countries"):
        for country in countries.split():
            found.setdefault(country, key)
    return found


# In which plants the gaps of families and products arise.
AT_PLANTS = """
SELECT asked.place, placed.plant_id, placed.location_id, sum(placed.planned) - sum(placed.actual)
FROM ({placed}) AS placed
{join} AS asked (place, key, person) ON {match} AND (asked.person IS NULL OR asked.person = placed.owner_id)
WHERE placed.plant_id IS NOT NULL
GROUP BY 1, 2, 3
"""
ASKED = "JOIN unnest(%(places)s::int[], %(keys)s::bigint[], %(people)s::bigint[])"


def shortfalls_at_plants(first_month: date, nodes: Sequence[tuple[str, int, int | None]]) -> list[dict[tuple[int, int], Decimal]]:
    """For families and products (kind, key, person) what is missing at each plant and location; two questions for all of them."""
    closed = Closed(first_month)
    found: list[dict[tuple[int, int], Decimal]] = [{} for _node in nodes]
    ways = {
        "family": (f"JOIN above ON above.family_id = placed.family_id {ASKED}", "asked.key = above.ancestor_id"),
        "product": (ASKED, "asked.key = placed.product_id"),
    }
    for kind, (join, match) in ways.items():
        chosen = [(place, key, person) for place, (one, key, person) in enumerate(nodes) if one == kind]
        if not chosen:
            continue
        statement = WITH + AT_PLANTS.format(placed=PLACED.format(facts=closed.facts()), join=join, match=match)
        places, keys, people = (list(values) for values in zip(*chosen, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(statement, closed.values | {"places": places, "keys": keys, "people": people})
            for place, plant, location, short in cursor.fetchall():
                found[place][plant, location] = short
    return found
