"""Figures of the ledger by anything that its totals tell apart: this year beside last, from the coarsest level that has what is asked.

Every figure obeys the row rule; costs and margins appear only where the reader reads them in every row behind the figure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Customer, CustomerGroup, Location, Market, Plant, User
from catalog.models import Product, ProductFamily
from kam.core import clock
from kam.core.scoping import Way
from orders.models import LineKind, cost_reach_of, reach_of
from orders.models.scopes import LedgerReach
from orders.models.totals import LEVELS, MEASURES, MONTHS, NET, YearTotal, month_column

#: What targets and rankings count unless somebody says otherwise: goods; the other kinds stand beside them.
COUNTED = (LineKind.GOODS.value,)


@dataclass(frozen=True)
class Dimension:
    """Something to look at sales by: the column or expression of its key, what the totals must tell apart for it, and what it is."""

    key: str
    needs: str = ""
    joins: tuple[str, ...] = ()
    model: Any = None


PLANT = "JOIN accounts_plant AS plant ON plant.id = total.plant_id"
CUSTOMER = "JOIN accounts_customer AS customer ON customer.id = plant.customer_id"
PRODUCT = "LEFT JOIN catalog_product AS product ON product.id = total.product_id"
# The account manager of today: of the company, else of its group.
PRESENT = """
LEFT JOIN accounts_assignment AS own ON own.customer_id = customer.id AND own.kind = 'account_manager' AND own.period @> %(today)s::date
LEFT JOIN accounts_assignment AS of_group ON of_group.group_id = customer.group_id AND of_group.period @> %(today)s::date
"""
#: Customers and groups are those of today, account managers as they were on the day or as they are.
DIMENSIONS: dict[str, Dimension] = {
    "plant": Dimension("total.plant_id", "plant", (), Plant),
    "customer": Dimension("plant.customer_id", "plant", (PLANT,), Customer),
    "group": Dimension("customer.group_id", "plant", (PLANT, CUSTOMER), CustomerGroup),
    "present_manager": Dimension("coalesce(own.user_id, of_group.user_id)", "plant", (PLANT, CUSTOMER, PRESENT), User),
    "account_manager": Dimension("total.account_manager_id", "account_manager", (), User),
    "product": Dimension("total.product_id", "product", (), Product),
    "family": Dimension("product.family_id", "product", (PRODUCT,), ProductFamily),
    "sector": Dimension("total.sector_id", "sector", (), Market),
    "area": Dimension("total.area_id", "area", (), Market),
    "selling_location": Dimension("total.selling_location_id", "selling_location", (), Location),
    "producing_location": Dimension("total.producing_location_id", "producing_location", (), Location),
    "currency": Dimension("total.currency", "currency"),
    "kind": Dimension("total.kind"),
    "intercompany": Dimension("total.is_intercompany"),
    "unit": Dimension("total.unit"),
}


@dataclass(frozen=True)
class Figures:
    """What was sold: in the group's currency, and in the documents' own where they have one; None is not known or not to be read.

    `cells` is how many rows of totals stand behind it: without one there was no sale at all.
    """

    cells: int = 0
    revenue: Decimal = Decimal(0)
    quantity: Decimal | None = None
    cost: Decimal | None = None
    local_cost: Decimal | None = None
    uncosted: Decimal = Decimal(0)
    net: Decimal | None = None

    @property
    def margin(self) -> Decimal | None:
        """What the group earned on the revenue whose cost is known."""
        return None if self.cost is None else self.revenue - self.uncosted - self.cost

    @property
    def local_margin(self) -> Decimal | None:
        """What the selling locations earned on the revenue whose cost is known."""
        return None if self.local_cost is None else self.revenue - self.uncosted - self.local_cost

    @property
    def margin_rate(self) -> Decimal | None:
        """The group's margin in per cent of the revenue whose cost is known; None where there is none (never 0 or 100)."""
        return rate(self.margin, self.revenue - self.uncosted)

    @property
    def local_margin_rate(self) -> Decimal | None:
        """The local margin in per cent of the revenue whose cost is known."""
        return rate(self.local_margin, self.revenue - self.uncosted)


def together(figures: Sequence[Figures]) -> Figures:
    """Several figures as one; what is not known of one of them is not known of all."""

    def added(name: str) -> Any:
        values = [getattr(one, name) for one in figures if one.cells]
        return None if None in values else sum(values, Decimal(0))

    return Figures(
        sum(one.cells for one in figures),
        *(added(name) for name in ("revenue", "quantity", "cost", "local_cost", "uncosted", "net")),
    )


def without(whole: Figures, part: Figures) -> Figures:
    """What is left of a whole; what is not known of either is not known of the rest."""

    def left(name: str) -> Any:
        held, taken = getattr(whole, name), getattr(part, name)
        return None if held is None or taken is None else held - taken

    return Figures(1, *(left(name) for name in ("revenue", "quantity", "cost", "local_cost", "uncosted", "net")))


def rate(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """A part in per cent of a whole; None where either is not known or there is no whole."""
    return None if part is None or not whole else part * 100 / whole


@dataclass(frozen=True)
class Row:
    """One key with what was sold in the months of this year, in the same ones of the year before, and in the running month apart."""

    key: Any
    label: str
    now: Figures
    before: Figures
    running: Figures = Figures()

    @property
    def so_far(self) -> Decimal:
        """The revenue of all months asked for, the running one too."""
        return self.now.revenue + self.running.revenue

    @property
    def difference(self) -> Decimal:
        """How much more revenue than in the year before."""
        return self.now.revenue - self.before.revenue

    @property
    def growth(self) -> Decimal | None:
        """The difference in per cent of the year before; None where there was nothing."""
        return rate(self.difference, self.before.revenue)


@dataclass(frozen=True)
class Question:
    """What is asked: months of a year beside those of the year before, which kinds, and only some keys of some dimensions.

    `running` is a month of the year that is asked for apart, because it is not over.
    """

    year: int
    first_month: int = 1
    last_month: int = 12
    kinds: tuple[str, ...] = COUNTED
    intercompany: bool | None = False
    only: dict[str, Sequence[Any]] = field(default_factory=dict)
    running: int = 0

    @classmethod
    def to_date(cls, day: date | None = None, **more: Any) -> "Question":
        """This year from January to the running month."""
        day = day or clock.today()
        return cls(day.year, 1, day.month, **more)

    @property
    def months(self) -> range:
        """The months that are asked for."""
        return range(self.first_month, self.last_month + 1)

    @property
    def unfinished(self) -> bool:
        """Whether the months end with one that is not over."""
        today = clock.today()
        return (self.year, self.last_month) >= (today.year, today.month)

    def like_with_like(self) -> "Question":
        """The same of whole months only, so that the year before is not compared with less; the running month stands apart.

        Where no month asked for is over there is nothing else to compare, and the question stays as it is.
        """
        today = clock.today()
        if self.year != today.year or not self.first_month < today.month <= self.last_month:
            return self
        return replace(self, last_month=today.month - 1, running=today.month)

    def periods(self) -> list[tuple[Sequence[int], str]]:
        """What a row adds up: months and the condition on the year, of this year, of the year before, and of the running month."""
        now, before = (f"total.year = {year:d}" for year in (self.year, self.year - 1))
        return [(self.months, now), (self.months, before), *([([self.running], now)] if self.running else [])]


class Asked:
    """A question of a reader, ready for the database: the level, the joins and the conditions."""

    def __init__(
        self, question: Question, reader: Any, by: Iterable[str], years: Iterable[int], measures: Iterable[str] = MEASURES
    ) -> None:
        self.question, self.reader = question, reader
        self.dimensions = [DIMENSIONS[name] for name in by]
        self.reach, self.costs = reach_of(reader), cost_reach_of(reader)
        used = [*self.dimensions, *(DIMENSIONS[name] for name in question.only)]
        needs = {dimension.needs for dimension in used if dimension.needs}
        if not self.reach.everything:
            needs |= {"plant"} if self.reach.accounts.statement else set()
            needs |= {"selling_location"} if self.reach.location_ids else set()
        self.level: Any = level_for(needs, measures)
        self.joins = list(dict.fromkeys(join for dimension in used for join in dimension.joins))
        self.values: dict[str, Any] = {
            "years": list(years),
            "kinds": list(question.kinds),
            "intercompany": question.intercompany,
            "today": clock.today(),
            "locations": list(self.reach.location_ids),
            "cost_locations": list(self.costs.location_ids),
        }

    @property
    def nothing(self) -> bool:
        """Whether this reader reads no sale at all."""
        return self.reach.nothing

    def counted(self) -> list[str]:
        """Which rows of the table count at all."""
        conditions = ["total.year = ANY(%(years)s)", "total.kind = ANY(%(kinds)s)", "total.lines > 0"]
        if self.question.intercompany is not None:
            conditions.append("total.is_intercompany = %(intercompany)s")
        return conditions

    def source(self) -> str:
        """FROM and WHERE."""
        conditions = self.counted()
        if not self.reach.everything:
            parts = [self._led("accounts", self.reach)] if self.reach.accounts.statement else []
            parts += ["total.selling_location_id = ANY(%(locations)s::bigint[])"] if self.reach.location_ids else []
            conditions.append(f"({' OR '.join(parts)})")
        for name, keys in self.question.only.items():
            present = [key for key in keys if key is not None]
            self.values[f"only_{name}"] = present
            condition = f"{DIMENSIONS[name].key} = ANY(%(only_{name})s)"
            conditions.append(f"({condition} OR {DIMENSIONS[name].key} IS NULL)" if len(present) < len(keys) else condition)
        return f"FROM {self.level._meta.db_table} AS total {' '.join(self.joins)} WHERE {' AND '.join(conditions)}"

    def _led(self, name: str, reach: LedgerReach) -> str:
        """SQL: whether the plant of a row is one of the accounts of a reach; its parameters travel by this name."""
        way = Way.FIRST if reach is self.reach and not reach.location_ids else Way.EITHER
        condition, parameters = reach.accounts.in_sql("total.plant_id", name, way)
        self.values |= parameters
        return condition

    @property
    def cost_read(self) -> str:
        """SQL: whether the group's cost of a row is this reader's to read: on the account axis only."""
        only_accounts = not self.reach.everything and not self.reach.location_ids
        if self.costs.everything or (only_accounts and self.costs.has_accounts_of(self.reach)):
            return "true"
        if not self.costs.accounts.statement or "plant" not in self.level.dimensions:
            return "false"
        return self._led("cost_accounts", self.costs)

    @property
    def local_cost_read(self) -> str:
        """SQL: whether the local cost of a row is this reader's to read: what the location sold that shows its costs, too."""
        read = self.cost_read
        if read == "true" or not self.costs.location_ids or "selling_location" not in self.level.dimensions:
            return read
        return f"({read} OR total.selling_location_id = ANY(%(cost_locations)s::bigint[]))"

    def figures(self, months: Sequence[int], year: str) -> list[str]:
        """SQL: the columns of Figures over months of the rows of a year (a condition)."""
        summed = {name: self.summed(name, months, year) for name in (*MEASURES, NET) if name in self.level.measures()}
        read = {"cost": self.cost_read, "local_cost": self.local_cost_read}
        columns = [f"count(*) FILTER (WHERE {year})", summed["revenue"]]
        columns.append(f"CASE WHEN min(total.unit) = max(total.unit) THEN {summed['quantity']} END")
        columns += [f"CASE WHEN bool_and({read[name]}) THEN {summed[name]} END" for name in ("cost", "local_cost")]
        return [*columns, summed["uncosted"], summed.get(NET, "NULL::numeric")]

    def summed(self, measure: str, months: Sequence[int], year: str) -> str:
        """SQL: what a column comes to over months of the rows of a year."""
        if self.level.running:
            last, before = month_column(measure, months[-1]), months[0] - 1
            columns = f"total.{last}" + (f" - total.{month_column(measure, before)}" if before else "")
        else:
            columns = " + ".join(f"coalesce(total.{month_column(measure, month)}, 0)" for month in months)
        return f"coalesce(sum({columns}) FILTER (WHERE {year}), 0)"

    def ranking(self, measure: str, months: Sequence[int], year: str) -> str:
        """SQL: what a measure comes to over months of the rows of a year."""
        if measure == "revenue":
            return self.summed(measure, months, year)
        columns = dict(zip(COLUMNS, self.figures(months, year), strict=True))
        if measure in columns:
            return columns[measure]
        cost = columns["local_cost" if measure == "local_margin" else "cost"]
        return f"{columns['revenue']} - {columns['uncosted']} - {cost}"


COLUMNS = ("cells", "revenue", "quantity", "cost", "local_cost", "uncosted", "net")
FIGURES = len(COLUMNS)


def level_for(needs: set[str], measures: Iterable[str] = MEASURES) -> type[YearTotal]:
    """The coarsest level that tells all of this apart and adds these measures up."""
    wanted = set(measures)
    return next(level for level in reversed(LEVELS) if needs <= set(level.dimensions) and wanted <= set(level.measures()))


def sales_by(by: str, question: Question, reader: Any, *, measure: str = "revenue") -> list[Row]:
    """Sales by one dimension, the largest by a measure first: the months asked for, beside the same ones of the year before."""
    asked = Asked(question, reader, [by], [question.year, question.year - 1])
    if asked.nothing:
        return []
    key = DIMENSIONS[by].key
    statement = f"SELECT {key}, {', '.join(_columns(asked))} {asked.source()} GROUP BY {key}"
    found = [Row(row[0], "", *_parts(row[1:])) for row in rows_of(statement, asked.values)]
    rows = sorted((row for row in found if row.now.cells or row.before.cells), key=lambda row: _rank(row, measure))
    labels = labels_of(by, [row.key for row in rows])
    rows = [replace(row, label=labels.get(row.key, "")) for row in rows]
    return sorted(rows, key=lambda row: (*_rank(row, measure), row.label))


def largest(by: str, question: Question, reader: Any, *, limit: int, measure: str = "revenue") -> tuple[list[Row], int]:
    """The largest rows of one dimension, and how many others there are.

    Only what they are ranked by is added up for all of them, everything else for those that are shown.
    """
    measures = ["revenue"] if measure == "revenue" else MEASURES
    asked = Asked(question, reader, [by], [question.year, question.year - 1], measures)
    if asked.nothing:
        return [], 0
    key = DIMENSIONS[by].key
    ranked = [asked.ranking(measure, months, year) for months, year in question.periods()]
    columns = ", ".join(f"{figure} AS of_{place}" for place, figure in enumerate(ranked))
    order = ", ".join(f"coalesce(of_{place}, 0) DESC" for place in range(len(ranked)))
    statement = (
        f"SELECT key, count(*) OVER () FROM (SELECT {key} AS key, {columns} {asked.source()} GROUP BY {key}) AS found"
        f" ORDER BY {order}, key LIMIT {limit:d}"
    )
    found = rows_of(statement, asked.values)
    if not found:
        return [], 0
    chosen = replace(question, only={**question.only, by: [row[0] for row in found]})
    return sales_by(by, chosen, reader, measure=measure), found[0][1] - len(found)


def _rank(row: Row, measure: str) -> tuple[Decimal, ...]:
    return tuple(-(getattr(part, measure) or Decimal(0)) for part in (row.now, row.before, row.running))


def sales_by_month(question: Question, reader: Any) -> list[Row]:
    """Sales month by month, each beside the same month of the year before."""
    asked = Asked(question, reader, [], [question.year, question.year - 1])
    if asked.nothing:
        return [Row(month, str(month), Figures(), Figures()) for month in MONTHS]
    columns = []
    for month in MONTHS:
        for year in (question.year, question.year - 1):
            columns += asked.figures([month], f"total.year = {year:d}")
    [row] = rows_of(f"SELECT {', '.join(columns)} {asked.source()}", asked.values)
    parts = _parts(row)
    return [Row(month, str(month), parts[2 * month - 2], parts[2 * month - 1]) for month in MONTHS]


def sales_total(question: Question, reader: Any) -> Row:
    """What the reader sees altogether."""
    asked = Asked(question, reader, [], [question.year, question.year - 1])
    if asked.nothing:
        return Row(None, "", Figures(), Figures())
    [row] = rows_of(f"SELECT {', '.join(_columns(asked))} {asked.source()}", asked.values)
    return Row(None, "", *_parts(row))


def _columns(asked: Asked) -> list[str]:
    return [column for months, year in asked.question.periods() for column in asked.figures(months, year)]


def _parts(row: Sequence[Any]) -> list[Figures]:
    return [Figures(*row[place : place + FIGURES]) for place in range(0, len(row), FIGURES)]


def rows_of(statement: str, values: dict[str, Any]) -> list[Any]:
    """What the database answers to a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def labels_of(by: str, keys: Iterable[Any]) -> dict[Any, str]:
    """What the keys of a dimension are called, in the reader's language."""
    model = DIMENSIONS[by].model
    present = [key for key in keys if key is not None]
    if model is Plant:
        return {
            row.pk: f"{row.customer.name} · {row.name}" for row in Plant.objects.filter(pk__in=present).select_related("customer")
        }
    if model is not None:
        return {key: str(row) for key, row in model._default_manager.in_bulk(present).items()}
    if by == "kind":
        return {key: str(LineKind(key).label) for key in present}
    return {key: str(key) for key in present}
