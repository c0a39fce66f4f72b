"""Lines from a pasted list: plant, product, quantity of the year and net price in each row; all or none, every fault at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Plant
from budgets.actions.costing import cost_lines
from budgets.actions.filling import nothing_planned_over, refuse_closed, refuse_estimate
from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.reports.phasing import EQUAL, spread
from budgets.reports.portfolio import PORTFOLIO, owners_of
from budgets.reports.seasonality import profile_of
from catalog.models import Product
from kam.core.excel_cells import decimal_mark, number_of
from kam.core.money import round_money
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals

AT_ONCE = 500
COLUMNS = 4
OWN = f"SELECT plant_id FROM ({PORTFOLIO}) AS portfolio WHERE owner_id = %(owner)s AND location_id = %(location)s"
LARGEST = Decimal("1e9")


@dataclass(frozen=True)
class PastedRow:
    """A row of the list as it was understood."""

    plant: Plant
    product: Product
    quantity: Decimal
    price: Decimal

    @property
    def revenue(self) -> Decimal:
        """Quantity times price, unrounded."""
        return self.quantity * self.price


def read_list(budget: Budget, text: str, reader: Any) -> list[PastedRow]:
    """What a pasted list says. The first column names a plant, or a customer that has one plant in this budget.

    Columns are parted by tabs or semicolons; numbers are written with a comma or a point. Raises Refusals with every fault.
    """
    rows = [[cell.strip() for cell in row.split("\t" if "\t" in row else ";")] for row in text.splitlines() if row.strip()]
    if not 1 <= len(rows) <= AT_ONCE:
        raise Denied("out_of_range", _("Paste from 1 to %(limit)s rows.") % {"limit": AT_ONCE}, field="text", status=400)
    plants, products = _known_plants(budget, rows, reader), _known_products(rows, reader)
    mark = decimal_mark([cell for row in rows for cell in row[2:]], "", get_language() or "en")
    held = set(BudgetLine.objects.filter(budget=budget, chance=BudgetLine.Chance.RUNNING).values_list("plant_id", "product_id"))
    faults, found = [], []

    def fault(place: int, code: str, message: Any) -> None:
        faults.append(Denied(code, _("Row %(row)s: %(fault)s") % {"row": place, "fault": message}, field="text", status=400))

    for place, row in enumerate(rows, 1):
        if len(row) != COLUMNS:
            fault(place, "four_columns", _("plant, product, quantity and price, parted by tabs or semicolons"))
            continue
        plant, product = plants.get(row[0]), products.get(row[1])
        numbers = [number_of(cell, mark) for cell in row[2:]]
        if plant is None:
            fault(
                place,
                "no_plant",
                _("“%(code)s” is no plant of this budget, nor a customer with a single one") % {"code": row[0][:60]},
            )
        if product is None:
            fault(place, "no_product", _("there is no product “%(code)s”") % {"code": row[1][:60]})
        for cell, number in zip(row[2:], numbers, strict=True):
            if number is None or not 0 <= number < LARGEST:
                fault(place, "no_number", _("“%(text)s” is no number from zero up") % {"text": cell[:60]})
        if plant is None or product is None:
            continue
        if (plant.pk, product.pk) in held:
            fault(place, "line_twice", _("this line is in the budget already"))
        held.add((plant.pk, product.pk))
        if None not in numbers:
            found.append(PastedRow(plant, product, round(numbers[0] or Decimal(0), 3), round(numbers[1] or Decimal(0), 5)))
    if faults:
        raise Refusals(faults)
    return found


def _known_plants(budget: Budget, rows: Sequence[Sequence[str]], reader: Any) -> dict[str, Plant]:
    """The plants of the budget by their codes, and by that of their customer where it has no other."""
    with connection.cursor() as cursor:
        cursor.execute(
            OWN, owners_of(budget.round.first_month) | {"owner": budget.contributor_id, "location": budget.location_id}
        )
        keys = {plant for (plant,) in cursor.fetchall()}
    codes = {row[0] for row in rows}
    seen = Plant.objects.visible_to(reader).filter(pk__among=keys).select_related("customer")
    of_customer: dict[str, list[Plant]] = {}
    for plant in seen:
        of_customer.setdefault(plant.customer.code, []).append(plant)
    alone = {code: plants[0] for code, plants in of_customer.items() if code in codes and len(plants) == 1}
    return alone | {plant.code: plant for plant in seen if plant.code in codes}


def _known_products(rows: Sequence[Sequence[str]], reader: Any) -> dict[str, Product]:
    codes = {row[1] for row in rows if len(row) > 1}
    found = Product.objects.visible_to(reader).filter(code__in=codes).select_related("family__parent", "producing_location")
    return {product.code: product for product in found}


@verb("budgets.paste_lines", _("Paste a list"))
def paste_lines(budget: Budget, *, actor: Any, reason: str = "", text: str) -> Budget:
    """Add the lines of a pasted list, each spread over the year by its seasonality profile, else equally. Raises Refusals."""
    refuse_closed(budget)
    refuse_estimate(budget)
    rows = read_list(budget, text, actor or budget.contributor)
    currency = budget.location.currency
    rate_needed(budget.round, currency)
    lines = [
        BudgetLine(
            budget=budget,
            plant=row.plant,
            product=row.product,
            producing_location=row.product.producing_location or budget.location,
            currency=currency,
            unit=row.product.base_unit,
            source=BudgetLine.Source.IMPORTED,
        )
        for row in rows
    ]
    with nothing_planned_over(budget):
        BudgetLine.objects.bulk_create(lines)
        BudgetCell.objects.bulk_create(cell for line, row in zip(lines, rows, strict=True) for cell in _cells(budget, line, row))
    keys = [line.pk for line in lines]
    cost_lines(budget.round, [budget.pk], keys)
    keep_totals([budget.pk], budget.round.decimals, keys)
    budget.refresh_from_db()
    return budget


def _cells(budget: Budget, line: BudgetLine, row: PastedRow) -> list[BudgetCell]:
    profile = profile_of(line)
    weights = EQUAL if profile is None else profile.of_year(budget.round.first_month)
    parts = spread(row.quantity, weights, step=Decimal("0.001") if row.quantity % 1 else 1)
    return [
        BudgetCell(line=line, month=month, quantity=part, price=row.price, revenue=round_money(part * row.price, line.currency))
        for month, part in enumerate(parts, 1)
    ]
