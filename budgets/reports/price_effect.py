"""What the budget in force counts on from other prices: planned revenue less the same quantities at the old price, at budget rates.

It answers the port `budgeted_prices`. A part of a plan would be a wrong figure, so that only who sees every line behind a row is told one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.expressions import Value
from django.db.models.functions import Coalesce, NullIf

from budgets.models import BudgetCell, BudgetLine, BudgetRate, BudgetRound, months_of
from budgets.models.years import month_after, year_name
from budgets.reports.account_costs import budgets_in_force
from budgets.reports.standings import Question
from catalog.models import Product, ProductFamily
from kam.core.money import round_money
from orders.reports.campaign_budget import Budgeted, Concerned, Key

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class Planned:
    """A line of a budget in force: of what it is, whether the reader sees it, and what a unit of its currency is worth."""

    plant: int | None
    company: int | None
    product: int | None
    family: int | None
    location: int
    currency: str
    unit: str
    seen: bool
    rate: Decimal
    cells: list[tuple[int, Decimal | None, Decimal]]

    @property
    def key(self) -> Key | None:
        """By what its prices are compared; None where it is planned of no one plant and product."""
        if self.plant is None or self.product is None:
            return None
        return self.plant, self.product, self.location, self.currency, self.unit


def budgeted_prices(asked: Sequence[Concerned], reader: Any) -> dict[int, Budgeted]:
    """What the last published budget of the year of each row counts on from its new prices; a handful of queries for each year."""
    years = set(BudgetRound.objects.filter(published_at__isnull=False).values_list("first_month", flat=True))
    found: dict[int, Budgeted] = {}
    by_year: dict[date | None, list[Concerned]] = defaultdict(list)
    for row in asked:
        by_year[max((year for year in years if year <= row.since < month_after(year, MONTHS_OF_A_YEAR)), default=None)].append(
            row
        )
    for year, rows in by_year.items():
        if year is None:
            found |= {row.row: Budgeted(why="no_plan") for row in rows}
        else:
            found |= _of_year(year, rows, reader)
    return found


def _of_year(year: date, rows: Sequence[Concerned], reader: Any) -> dict[int, Budgeted]:
    currencies = set(BudgetRound.objects.filter(first_month=year, published_at__isnull=False).values_list("currency", flat=True))
    if currencies != {settings.BASE_CURRENCY}:
        return {row.row: Budgeted(why="other_currency") for row in rows}
    families = _families(rows)
    lines = _lines(year, rows, families, reader)
    return {row.row: _compared(year, row, lines, families[row.row]) for row in rows}


def _families(rows: Sequence[Concerned]) -> dict[int, set[int]]:
    """Of each row the families in which one of its products is, and those above them."""
    products = {product for row in rows for product, _currency, _location in row.priced}
    of_product = dict(Product.objects.filter(pk__in=products).values_list("pk", "family_id"))
    parents: dict[int, int | None] = dict(ProductFamily.objects.values_list("pk", "parent_id"))
    found = {}
    for row in rows:
        above: set[int] = set()
        for product, _currency, _location in row.priced:
            family = of_product.get(product)
            while family is not None and family not in above:
                above.add(family)
                family = parents.get(family)
        found[row.row] = above
    return found


def _lines(year: date, rows: Sequence[Concerned], families: dict[int, set[int]], reader: Any) -> list[Planned]:
    """Every line of the year's budgets in force that may be about one of these rows, the reader's or not, with its months."""
    plants, companies = ({key for row in rows for key in getattr(row, name)} for name in ("plants", "companies"))
    products = {product for row in rows for product, _currency, _location in row.priced}
    concerned = BudgetLine.objects.filter(
        Q(plant__in=plants) | Q(customer__in=companies),
        Q(product__in=products) | Q(family__in=set().union(*families.values())),
        budget__in=list(budgets_in_force(Question(year)).values_list("pk", flat=True)),
    )
    seen = set(BudgetLine.objects.visible_to(reader).filter(pk__in=concerned.values("pk")).values_list("pk", flat=True))
    rates = {(one.round_id, one.currency): one.rate for one in BudgetRate.objects.filter(round__first_month=year)}
    cells: dict[int, list[tuple[int, Decimal | None, Decimal]]] = defaultdict(list)
    for cell in BudgetCell.objects.filter(line__in=seen).order_by("line", "month"):
        cells[cell.line_id].append((cell.month, cell.quantity, cell.revenue))
    unit = Coalesce(NullIf("unit", Value("")), "product__base_unit", Value(""))
    facts = concerned.order_by("pk").values_list(
        "pk", "budget__round_id", "plant_id", "customer_id", "product_id", "family_id", "budget__location_id", "currency", unit
    )
    return [
        Planned(plant, company, product, family, at, money, said, pk in seen, rates.get((one, money), Decimal(1)), cells[pk])
        for pk, one, plant, company, product, family, at, money, said in facts
    ]


def _compared(year: date, row: Concerned, lines: Sequence[Planned], families: set[int]) -> Budgeted:
    """The lines of one row added up, or why they are not: one of them is not the reader's."""
    months = months_of(year)
    effect = uncompared = Decimal(0)
    for line in lines:
        if not _is_about(line, row, families):
            continue
        if not line.seen:
            return Budgeted(why="hidden", year=year_name(year))
        old = row.before.get(line.key) if line.key else None
        for month, quantity, revenue in line.cells:
            if months[month - 1] < row.since:
                continue
            if old is None or quantity is None:
                uncompared += revenue * line.rate
            else:
                effect += (revenue - quantity * old) * line.rate
    money = settings.BASE_CURRENCY
    return Budgeted(round_money(effect, money), round_money(uncompared, money), year=year_name(year))


def _is_about(line: Planned, row: Concerned, families: set[int]) -> bool:
    """Whether a line plans what this row of the campaign prices, wholly or with other things."""
    if line.plant not in row.plants and line.company not in row.companies:
        return False
    if line.product is not None:
        return row.covers(line.product, line.currency, line.location)
    return line.family in families and any(
        currency == line.currency and location in (None, line.location) for _product, currency, location in row.priced
    )
