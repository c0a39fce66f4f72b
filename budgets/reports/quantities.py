"""What a round asks a location to make: product by month, beside the plan that was in force before and what Production answered."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.models import PlanAnswer, QuantityPlan
from budgets.models.targets import month_column
from budgets.models.years import MONTHS
from budgets.reports.portfolio import REPLACED
from catalog.models import Product

# Whatever the unit of a line: the product's own. Lines without pieces ask Production for nothing.
ASKED = """
SELECT line.product_id, cell.month, sum(cell.quantity * CASE WHEN line.unit IN ('', product.base_unit) THEN 1 ELSE measure.factor END)
FROM budgets_budget AS budget
JOIN budgets_budgetline AS line ON line.budget_id = budget.id AND line.producing_location_id = %(location)s
JOIN budgets_budgetcell AS cell ON cell.line_id = line.id AND cell.quantity > 0
JOIN catalog_product AS product ON product.id = line.product_id
LEFT JOIN catalog_productunit AS measure ON measure.product_id = line.product_id AND measure.unit = line.unit
WHERE budget.round_id = %(round)s
GROUP BY 1, 2
"""
# What held until this round and is planned anew in it: nothing else changes by it.
HELD = f"""
FROM budgets_target AS target JOIN budgets_budgetround AS held ON held.id = target.round_id
WHERE target.product_id IS NOT NULL AND held.first_month = %(first_month)s AND held.id <> %(round)s
    AND (%(published)s::timestamptz IS NULL OR held.published_at < %(published)s) AND {REPLACED.format(round="%(round)s")}
    AND NOT EXISTS (
        SELECT FROM budgets_budgetround AS later
        WHERE later.first_month = held.first_month AND later.id <> %(round)s AND later.published_at > held.published_at
            AND (%(published)s::timestamptz IS NULL OR later.published_at < %(published)s) AND {REPLACED.format(round="later.id")})
"""
BEFORE = f"""
SELECT target.product_id, {", ".join(f"sum(target.{month_column('quantity', month)})" for month in MONTHS)}
{HELD} AND target.producing_location_id = %(location)s GROUP BY 1
"""
PLACES = f"""
SELECT line.producing_location_id FROM budgets_budget AS budget JOIN budgets_budgetline AS line ON line.budget_id = budget.id
WHERE budget.round_id = %(round)s AND line.product_id IS NOT NULL AND line.quantity > 0
UNION SELECT target.producing_location_id {HELD} AND ({" + ".join(f"target.{month_column('quantity', month)}" for month in MONTHS)}) > 0
ORDER BY 1
"""


@dataclass(frozen=True)
class QuantityCell:
    """A month of a product: what is asked, what was asked before, and the answer."""

    month: int
    quantity: Decimal
    before: Decimal
    answer: PlanAnswer | None

    @property
    def change(self) -> Decimal:
        """How much more than before."""
        return self.quantity - self.before


@dataclass(frozen=True)
class QuantityRow:
    """A product with its twelve months."""

    product: Product
    cells: list[QuantityCell]

    @property
    def quantity(self) -> Decimal:
        """What the year asks."""
        return sum((cell.quantity for cell in self.cells), Decimal(0))

    @property
    def change(self) -> Decimal:
        """How much more the year asks than before."""
        return sum((cell.change for cell in self.cells), Decimal(0))

    @property
    def changed(self) -> bool:
        """Whether any month is another than before."""
        return any(cell.change for cell in self.cells)

    @property
    def unanswered(self) -> int:
        """Months that ask for something and have no answer."""
        return sum(bool(cell.quantity) and cell.answer is None for cell in self.cells)


def _values(one: Any) -> dict[str, Any]:
    return {"round": one.pk, "first_month": one.first_month, "published": one.published_at}


def places_to_ask(one: Any) -> list[int]:
    """The locations that a round asks to make something, or no longer asks."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, _values(one))
        return [key for (key,) in cursor.fetchall()]


def quantity_rows(plan: QuantityPlan) -> list[QuantityRow]:
    """The products that a plan asks for or no longer asks for, by code. A revision is answered where it changes something."""
    values = _values(plan.round) | {"location": plan.location_id}
    asked: dict[int, dict[int, Decimal]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ASKED, values)
        for product, month, quantity in cursor.fetchall():
            asked.setdefault(product, {})[month] = quantity or Decimal(0)
        cursor.execute(BEFORE, values)
        before = {product: dict(zip(MONTHS, quantities, strict=True)) for product, *quantities in cursor.fetchall()}
    answers = {(answer.product_id, answer.month): answer for answer in plan.answers.all()}
    products = Product.objects.filter(pk__in={*asked, *before}).order_by("code")
    nothing = Decimal(0)
    rows = [
        QuantityRow(
            product,
            [
                QuantityCell(
                    month,
                    asked.get(product.pk, {}).get(month, nothing),
                    before.get(product.pk, {}).get(month, nothing),
                    answers.get((product.pk, month)),
                )
                for month in MONTHS
            ],
        )
        for product in products
    ]
    return [row for row in rows if row.quantity or row.changed]


def to_answer(plan: QuantityPlan, rows: list[QuantityRow]) -> list[tuple[Product, int]]:
    """Product and month of everything that waits for an answer: all of a first plan, in a revision what is another than before."""
    revision = plan.round.kind == "revision"
    return [
        (row.product, cell.month)
        for row in rows
        for cell in row.cells
        if cell.answer is None and (cell.change if revision else cell.quantity)
    ]


def unanswered(one: Any) -> list[tuple[QuantityPlan, int]]:
    """The plans of a round in which something waits for an answer of Production, and how many months of products."""
    plans = QuantityPlan.objects.filter(round=one).for_list().prefetch_related("answers").order_by("location__code")
    found = [(plan, len(to_answer(plan, quantity_rows(plan)))) for plan in plans]
    return [(plan, count) for plan, count in found if count]
