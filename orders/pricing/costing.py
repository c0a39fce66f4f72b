"""What a priced quantity costs us: the standard cost that is valid on the day, margins, and the lowest price (K-M1 to K-M3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.models import Product
from kam.core.money import round_money
from kam.core.parameters import define, parameters_by_scope
from kam.core.periods import months_later
from orders.pricing.following import Values, read_values
from orders.pricing.questions import Costed, Held, Priced, Question, Step

VALID = define("orders.cost_valid_months", default=12, label=_("Months after which a standard cost is too old for an offer"))
TARGET = define(
    "orders.contribution_target", default=Decimal(35), unit="%", label=_("Contribution margin below which a price is too low")
)
COMMISSION = define("orders.commission_rate", default=Decimal(0), unit="%", label=_("Commission on the net revenue"))
#: The costs of products where they are made, as far as they hold between two days.
COSTS = """
SELECT cost.product_id, cost.cost_version, cost.material, cost.variable_conversion, cost.fixed, cost.currency, cost.price_unit,
    lower(cost.period), upper(cost.period)
FROM catalog_standardcost cost
JOIN catalog_product product ON product.id = cost.product_id AND product.producing_location_id = cost.location_id
WHERE cost.product_id = ANY(%(products)s) AND cost.period && daterange(%(first)s, %(last)s, '[]') ORDER BY cost.id
"""


@dataclass(frozen=True, eq=False)
class Sale:
    """A quantity at a price that nobody agreed yet, of whomever."""

    product: Product
    quantity: Decimal
    day: date
    location: Location | None
    money: str
    revenue: Decimal
    freight: Decimal = Decimal(0)


#: What a cost is asked for.
Quantity = Question | Sale


@dataclass(slots=True, eq=False)
class Cost(Held):
    """A standard cost as far as margins need it."""

    product_id: int
    version: str
    material: Decimal
    variable_conversion: Decimal
    fixed: Decimal
    currency: str
    price_unit: int
    begins: date | None
    until: date | None


@dataclass
class Costs:
    """The costs of products at their producing locations, and the parameters of each selling location."""

    of_product: dict[int, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def valid_on(self, question: Quantity) -> Cost | Step:
        """The cost of a question's product on its day, or why there is none and who can mend it."""
        product, day = question.product, question.day
        if product.producing_location_id is None:
            return Step("no_producing_location", {"product": product.code})
        told = {"product": product.code, "location": product.producing_location, "day": day}
        for cost in self.of_product[product.pk]:
            if (cost.begins is None or cost.begins <= day) and (cost.until is None or day < cost.until):
                months = self.parameters[_scope(question)][VALID.key]
                if cost.begins is not None and months_later(cost.begins, months) < day:
                    return Step("cost_too_old", told | {"version": cost.version, "first_day": cost.begins, "months": str(months)})
                return cost
        return Step("no_cost", told)


def _scope(question: Quantity) -> str:
    return f"location:{question.location.id}" if question.location else "location:0"


def read_costs(questions: Sequence[Quantity]) -> Costs:
    """The costs that could be valid for these questions, and the parameters, in two queries."""
    if not questions:
        return Costs()
    days = [question.day for question in questions]
    found = Costs(
        parameters=parameters_by_scope(
            [VALID.key, TARGET.key, COMMISSION.key], sorted({_scope(question) for question in questions}), max(days)
        )
    )
    with connection.cursor() as cursor:
        products = list({question.product.id for question in questions})
        cursor.execute(COSTS, {"products": products, "first": min(days), "last": max(days)})
        for row in cursor.fetchall():
            cost = Cost(*row)
            found.of_product[cost.product_id].append(cost)
    return found


def foreign(questions: Iterable[Quantity], costs: Costs) -> list[tuple[str, str, date]]:
    """Which rates the costs need: from which currency to which one, on which day."""
    return [
        (cost.currency, question.money, question.day)
        for question in questions
        for cost in costs.of_product[question.product.id]
        if cost.currency != question.money
    ]


def costed(answer: Priced, costs: Costs, values: Values) -> Costed:
    """The cost and margins of an answer; the net revenue is goods and metal surcharge, as tooling pays for the tool."""
    revenue = None if answer.goods is None else answer.goods + answer.surcharge
    found = _margins(answer.question, revenue, answer.price_unit, costs, values)
    if answer.goods is not None and answer.price is not None and found.minimum is not None and answer.price < found.minimum:
        answer.hints.append(Step("below_lowest", {"lowest": found.minimum}))
    return found


def margins_of(sales: Sequence[Sale]) -> list[Costed]:
    """Cost and margins of quantities at prices that nobody agreed yet, in their order; as many queries for a thousand as for one."""
    costs = read_costs(sales)
    values = read_values((), foreign(sales, costs))
    return [_margins(sale, sale.revenue, 1, costs, values) for sale in sales]


def _margins(question: Quantity, revenue: Decimal | None, price_unit: int, costs: Costs, values: Values) -> Costed:
    """The cost of a quantity, and the margins of what is earned with it."""
    cost = costs.valid_on(question)
    if isinstance(cost, Step):
        return Costed(missing=cost)
    rate: Decimal | None = Decimal(1)
    if cost.currency != question.money:
        rate = values.rate(cost.currency, question.money, question.day)
    if rate is None:
        return Costed(missing=Step("no_rate", {"source": cost.currency, "target": question.money, "day": question.day}))
    settings = costs.parameters[_scope(question)]
    of_price, target = settings[COMMISSION.key] / 100, settings[TARGET.key] / 100
    per_unit = (cost.material + cost.variable_conversion) / cost.price_unit * rate
    varying = per_unit + question.freight
    found = Costed(version=cost.version)
    found.full = round_money((per_unit + cost.fixed / cost.price_unit * rate) * question.quantity, question.money)
    found.variable = round_money(varying * question.quantity, question.money)
    if of_price + target < 1:
        lowest = varying * price_unit / (1 - of_price - target)
        found.minimum = lowest.quantize(Decimal("0.01"), ROUND_CEILING)
    if revenue is not None:
        found.variable += round_money(revenue * of_price, question.money)
        found.margin, found.contribution = revenue - found.full, revenue - found.variable
        if revenue > 0:
            found.margin_rate, found.contribution_rate = found.margin / revenue * 100, found.contribution / revenue * 100
    return found
