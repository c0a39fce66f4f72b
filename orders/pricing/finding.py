"""Finding every price that could hold for any of the questions, in a number of queries that does not grow with theirs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from catalog.models import ListPrice, ProductFamily
from orders.models import AgreementLine
from orders.pricing.questions import Question

#: Prices that ended longer before the day are not told among those that lost.
REMEMBERED = timedelta(days=366)
#: What was delivered for lines with tooling to be amortised, in the base unit, from their first day on.
DELIVERED = """
SELECT line.id, sum(sold.quantity) FROM orders_agreementline line
JOIN catalog_product product ON product.id = line.product_id
JOIN orders_salesline sold ON sold.product_id = line.product_id AND sold.ended_by_id IS NULL AND sold.kind = 'goods'
    AND NOT sold.is_intercompany AND sold.unit = product.base_unit AND sold.date >= lower(line.period)
JOIN accounts_plant plant ON plant.id = sold.plant_id
JOIN accounts_customer company ON company.id = plant.customer_id
WHERE line.id = ANY(%s::bigint[])
  AND (line.plant_id = plant.id OR line.customer_id = company.id OR line.group_id = company.group_id)
GROUP BY line.id
"""


@dataclass
class Found:
    """What was found: lines by product and by family, list prices by product, and the families above each one."""

    of_product: dict[int, list[AgreementLine]] = field(default_factory=lambda: defaultdict(list))
    of_family: dict[int, list[AgreementLine]] = field(default_factory=lambda: defaultdict(list))
    listed: dict[int, list[ListPrice]] = field(default_factory=lambda: defaultdict(list))
    above: dict[int, list[int]] = field(default_factory=dict)


def find(questions: Sequence[Question]) -> Found:
    """Every agreed line and list price that could hold for one of the questions."""
    found = Found()
    if not questions:
        return found
    parents = dict(ProductFamily.objects.values_list("pk", "parent_id"))
    for question in questions:
        family = question.product.family_id
        found.above.setdefault(family, _chain(family, parents))
    for line in _lines(questions, {key for chain in found.above.values() for key in chain}):
        if line.product_id is not None:
            found.of_product[line.product_id].append(line)
        elif line.family_id is not None:
            found.of_family[line.family_id].append(line)
    since = min(question.day for question in questions) - REMEMBERED
    listed = ListPrice.objects.filter(product__in={question.product.pk for question in questions})
    listed = listed.filter(_lasting(since)).select_related("location").order_by("pk")
    for price in listed:
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


def _lines(questions: Sequence[Question], families: Iterable[int]) -> Iterable[AgreementLine]:
    companies = {question.plant.customer_id for question in questions}
    groups = {question.plant.customer.group_id for question in questions} - {None}
    since = min(question.day for question in questions) - REMEMBERED
    concerning = Q(plant__in={question.plant.pk for question in questions}) | Q(customer__in=companies) | Q(group__in=groups)
    products = {question.product.pk for question in questions}
    rows = AgreementLine.objects.filter(concerning, agreed=True).filter(Q(product__in=products) | Q(family__in=families))
    rows = rows.filter(_lasting(since)).order_by("pk")
    return rows.select_related("agreement", "location", "programme", "plant", "customer", "group", "family")


def _lasting(since: object) -> Q:
    return Q(period__endswith__gt=since) | Q(period__endswith__isnull=True)


def delivered(lines: Iterable[AgreementLine]) -> dict[int, Decimal]:
    """How much was delivered so far of what carries tooling, by line."""
    keys = [line.pk for line in lines if line.tooling_cost is not None]
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DELIVERED, [keys])
        return dict(cursor.fetchall())
