"""What the price agreements say of a budget's months: the agreed price of each row and month, as far as its reader reads agreements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Plant
from budgets.models import Budget, months_of
from catalog.models import Product
from orders.models import PriceAgreement
from orders.pricing import Priced, Question, price_all

# Rows to a plant of a product in a unit that it knows, where anything at all is agreed about both.
CELLS = """
SELECT line.id, line.plant_id, line.product_id, line.currency,
    CASE WHEN line.unit IN ('', product.base_unit) THEN 1 ELSE measure.factor END, cell.month, cell.quantity, cell.price, cell.revenue
FROM budgets_budgetline AS line
JOIN accounts_plant AS plant ON plant.id = line.plant_id
JOIN accounts_customer AS company ON company.id = plant.customer_id
JOIN catalog_product AS product ON product.id = line.product_id
LEFT JOIN catalog_productunit AS measure ON measure.product_id = line.product_id AND measure.unit = line.unit
JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
WHERE line.budget_id = %(budget)s AND (%(lines)s::bigint[] IS NULL OR line.id = ANY(%(lines)s))
    AND EXISTS (SELECT FROM orders_agreementline AS held WHERE held.agreed
        AND (held.plant_id = plant.id OR held.customer_id = company.id OR held.group_id = company.group_id)
        AND (held.product_id = product.id OR held.family_id IS NOT NULL))
ORDER BY line.id, cell.month
"""


@dataclass(slots=True)
class AgreedMonth:
    """A month of a row: what is planned, and the price of one unit that is agreed on its first day; None where none holds."""

    line: int
    plant: int
    product: int
    currency: str
    factor: Decimal | None
    month: int
    quantity: Decimal | None
    planned: Decimal | None
    revenue: Decimal
    price: Decimal | None = None


def agreed_months(budget: Budget, reader: Any, lines: Iterable[int] | None = None) -> list[AgreedMonth]:
    """The months of the rows about which anything is agreed, each with the net price that holds on its first day.

    The month's quantity decides on the step of a scale. A metal surcharge is part of the price, an amortised tool is not; a clause
    whose index has no value for the month leaves it without a price, and so does what only the list says. Months planned in money
    only have none. At most a dozen queries, whatever their number.
    """
    with connection.cursor() as cursor:
        cursor.execute(CELLS, {"budget": budget.pk, "lines": None if lines is None else list(lines)})
        found = [AgreedMonth(*row) for row in cursor.fetchall()]
    asked = [one for one in found if one.quantity is not None and one.factor is not None]
    if not asked:
        return found
    plants = Plant.objects.select_related("customer").in_bulk({one.plant for one in asked})
    products = Product.objects.in_bulk({one.product for one in asked})
    days = months_of(budget.round.first_month)
    answers = price_all(
        [
            Question(
                plants[one.plant],
                products[one.product],
                _pieces(one),
                days[one.month - 1],
                budget.location,
                currency=one.currency,
            )
            for one in asked
        ]
    )
    named = {answer.winner.line.agreement_id for answer in answers if answer.winner and answer.winner.line}
    read = set(PriceAgreement.objects.visible_to(reader).filter(pk__in=named).values_list("pk", flat=True))
    for one, answer in zip(asked, answers, strict=True):
        line = answer.winner.line if answer.winner else None
        if line is not None and line.agreement_id in read:
            one.price = _per_unit(one, answer)
    return found


def _pieces(one: AgreedMonth) -> Decimal:
    """The month's quantity in base units; a month of nothing asks for one."""
    return (one.quantity or Decimal(1)) * (one.factor or 1)


def _per_unit(one: AgreedMonth, answer: Priced) -> Decimal | None:
    """The net price of one unit of the row, goods and surcharge together."""
    if answer.price is None or answer.blocked is not None:
        return None
    piece = answer.price / answer.price_unit + answer.surcharge / _pieces(one)
    return round(piece * (one.factor or 1), 5)


def agreed_beside(budget: Budget, reader: Any) -> list[dict[str, Any]]:
    """The rows with an agreed price, month by month `[quantity, revenue at that price]`; a month without one has no revenue."""
    rows: dict[int, list[AgreedMonth]] = {}
    for one in agreed_months(budget, reader):
        rows.setdefault(one.line, []).append(one)
    return [
        {"line": line, "months": [[_figure(one.quantity), _figure(_worth(one))] for one in months]}
        for line, months in rows.items()
        if any(one.price is not None for one in months)
    ]


def _figure(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _worth(one: AgreedMonth) -> Decimal | None:
    return None if one.price is None or one.quantity is None else round(one.quantity * one.price, 2)
