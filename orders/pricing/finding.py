"""Finding every price that could hold for any of the questions, in a number of queries that does not grow with theirs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import starmap
from typing import Any

from django.db import connection

from kam.core.words import reader_language
from orders.pricing.questions import Line, Listed, Question

#: Prices that ended longer before the day are not told among those that lost.
REMEMBERED = timedelta(days=366)
#: What was delivered of a line with tooling, in the base unit, since its counting begins; nothing is counted for others.
DELIVERED = """
CASE WHEN line.tooling_cost IS NOT NULL THEN (
    SELECT sum(sold.quantity) FROM orders_salesline sold
    JOIN catalog_product product ON product.id = sold.product_id
    JOIN accounts_plant plant ON plant.id = sold.plant_id
    JOIN accounts_customer company ON company.id = plant.customer_id
    WHERE sold.product_id = line.product_id AND sold.ended_by_id IS NULL AND sold.kind = 'goods' AND NOT sold.is_intercompany
      AND sold.unit = product.base_unit AND sold.date >= coalesce(line.tooling_since, lower(line.period))
      AND (line.plant_id = plant.id OR line.customer_id = company.id OR line.group_id = company.group_id)
) END
"""
#: The agreed lines that could price one of the questions, column by column what a Line is.
LINES = """
SELECT line.id, line.agreement_id, agreement.number, line.group_id, line.customer_id, line.plant_id, line.programme_id, programme.name,
    line.location_id, {name}, line.currency, lower(line.period), upper(line.period), line.product_id, line.family_id,
    line.price, line.discount, line.scale, line.step_quantities, line.step_prices, line.price_unit, line.decimals,
    line.minimum_quantity, line.reduction_days, line.reduction_rates, line.unreduced, line.tooling_cost, line.tooling_quantity,
    {delivered}, agreement.pricing_date
FROM orders_agreementline line
JOIN orders_priceagreement agreement ON agreement.id = line.agreement_id
LEFT JOIN accounts_location location ON location.id = line.location_id
LEFT JOIN catalog_programme programme ON programme.id = line.programme_id
WHERE line.agreed AND (line.plant_id = ANY(%(plants)s) OR line.customer_id = ANY(%(companies)s) OR line.group_id = ANY(%(groups)s))
  AND (line.product_id = ANY(%(products)s) OR line.family_id = ANY(%(families)s))
  AND (upper(line.period) > %(since)s OR upper(line.period) IS NULL)
ORDER BY line.id
"""
LISTED = """
SELECT price.id, price.product_id, price.location_id, {name}, price.currency, lower(price.period), upper(price.period), price.price,
    price.price_unit
FROM catalog_listprice price LEFT JOIN accounts_location location ON location.id = price.location_id
WHERE price.product_id = ANY(%(products)s) AND (upper(price.period) > %(since)s OR upper(price.period) IS NULL) ORDER BY price.id
"""


@dataclass
class Found:
    """What was found: lines by product and by family, list prices by product, and the families above each one."""

    of_product: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    of_family: dict[int, list[Line]] = field(default_factory=lambda: defaultdict(list))
    listed: dict[int, list[Listed]] = field(default_factory=lambda: defaultdict(list))
    above: dict[int, list[int]] = field(default_factory=dict)


def find(questions: Sequence[Question]) -> Found:
    """Every agreed line and list price that could hold for one of the questions."""
    found = Found()
    if not questions:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, parent_id FROM catalog_productfamily")
        parents = dict(cursor.fetchall())
    found.above = {family: _chain(family, parents) for family in {question.product.family_id for question in questions}}
    plants, companies, groups = (set(keys) for keys in zip(*{question.holders for question in questions}, strict=True))
    values: dict[str, Any] = {
        "plants": list(plants),
        "companies": list(companies),
        "groups": list(groups - {None}),
        "products": list({question.product.id for question in questions}),
        "families": list({key for chain in found.above.values() for key in chain}),
        "since": min(question.day for question in questions) - REMEMBERED,
    }
    name = f"coalesce(nullif(location.name_{reader_language()}, ''), location.name_en)"
    with connection.cursor() as cursor:
        cursor.execute(LINES.format(name=name, delivered=DELIVERED), values)
        for line in starmap(Line, cursor.fetchall()):
            if line.product_id is not None:
                found.of_product[line.product_id].append(line)
            elif line.family_id is not None:
                found.of_family[line.family_id].append(line)
        cursor.execute(LISTED.format(name=name), values)
        for price in starmap(Listed, cursor.fetchall()):
            found.listed[price.product_id].append(price)
    return found


def _chain(family: int, parents: Mapping[int, int | None]) -> list[int]:
    """A family and those above it, the nearest first."""
    chain: list[int] = []
    at: int | None = family
    while at is not None and at not in chain:
        chain.append(at)
        at = parents.get(at)
    return chain
