"""The price engine under load: the lines of a long offer among very many agreed prices, beside the statements that read them."""

import statistics
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Plant
from catalog.models import Product
from kam.core import clock
from kam.core.money import ExchangeRate
from orders.models import IndexValue, PriceAgreement, PriceClause, PriceIndex
from orders.pricing import Question, price_all
from orders.pricing.finding import DELIVERED
from orders.reports.prices import simulate
from tests.bench import ledger
from tests.bench.sweeping import timed

PRODUCTS, QUESTIONS, LINES_EACH, IN_A_ROUND = 1_000, 200, 50, 5
AGREEMENT = """
INSERT INTO orders_priceagreement (version, period, number, {holder}_id, currency, status, ending, called_off, pricing_date, payment_terms,
    incoterms, incoterms_place, incoterms_version, rebate, rebate_from, rebate_rates, reference, notes, submitted_by_id, submitted_at, approved_by_id, approved_at)
SELECT 1, daterange('2026-01-01', NULL), '{number}-' || record.id, record.id, 'EUR', 'active', '', false, 'order', 'Z030', 'DAP', 'Works',
    '2020', '', '{{}}', '{{}}', '{number}', '', %(one)s, now(), %(other)s, now()
FROM {table} record WHERE {which}
"""
#: Every fourth line has a scale, every tenth tooling to be amortised, every fifth a reduction.
LINES = """
INSERT INTO orders_agreementline (version, period, agreement_id, position, group_id, customer_id, plant_id, currency, agreed, product_id,
    price, scale, step_quantities, step_prices, price_unit, decimals, reduction_days, reduction_rates, tooling_cost, tooling_quantity)
SELECT 1, one.period, one.id, n, one.group_id, one.customer_id, one.plant_id, 'EUR', true,
    (SELECT min(id) FROM catalog_product) + (one.id * 7 + n) %% (SELECT count(*) FROM catalog_product),
    CASE WHEN n %% 4 > 0 THEN 20 + n %% 50 END, CASE WHEN n %% 4 = 0 THEN 'from' ELSE 'none' END,
    CASE WHEN n %% 4 = 0 THEN '{1,100,500}' ELSE '{}' END::numeric[], CASE WHEN n %% 4 = 0 THEN '{30,28,25}' ELSE '{}' END::numeric[], 1, 2,
    CASE WHEN n %% 5 = 0 THEN '{2026-06-01}' ELSE '{}' END::date[], CASE WHEN n %% 5 = 0 THEN '{3}' ELSE '{}' END::numeric[],
    CASE WHEN n %% 10 = 0 THEN 36000 END, CASE WHEN n %% 10 = 0 THEN 60000 END
FROM orders_priceagreement one, generate_series(1, %(lines)s) n WHERE one.reference = %(reference)s
"""
#: What any implementation reads. Every agreed line that could price one of the questions, with its scale and, where it carries tooling,
#: what was delivered of it;
BARE = f"""
SELECT line.id, agreement_id, group_id, customer_id, plant_id, programme_id, location_id, currency, lower(period), upper(period), product_id,
    family_id, price, discount, scale, step_quantities, step_prices, price_unit, decimals, minimum_quantity, reduction_days,
    reduction_rates, unreduced, tooling_cost, tooling_quantity, {DELIVERED}
FROM orders_agreementline line
WHERE agreed AND (plant_id = ANY(%(plants)s) OR customer_id = ANY(%(companies)s) OR group_id = ANY(%(groups)s))
  AND (product_id = ANY(%(products)s) OR family_id = ANY(%(families)s)) AND (upper(period) > %(since)s OR upper(period) IS NULL)
"""
#: the list prices, on which discounts stand;
BARE_LIST = """
SELECT id, product_id, location_id, currency, lower(period), upper(period), price, price_unit
FROM catalog_listprice WHERE product_id = ANY(%(products)s) AND (upper(period) > %(since)s OR upper(period) IS NULL)
"""
#: the clauses of the agreements found;
BARE_CLAUSES = """
SELECT clause.id, agreement_id, kind, product_id, index_id, index.code, index.currency, reference, share, threshold, weight, clause.symmetric,
    averaging, lag, closing_day, floor, cap, missing, fallback_id, fallback_addition
FROM orders_priceclause clause JOIN orders_priceindex index ON index.id = clause.index_id
WHERE agreement_id = ANY(%(agreements)s) ORDER BY agreement_id, position, clause.id
"""
#: the values of their indices, and the rates at which these are converted, as far back as a clause may look for one.
BARE_VALUES = """
SELECT index_id, '', '', day, value FROM orders_indexvalue WHERE index_id = ANY(%(indices)s::bigint[]) AND day >= %(known)s
UNION ALL
SELECT NULL, from_currency, to_currency, date, rate FROM core_exchangerate
WHERE kind = 'spot' AND from_currency IN ('USD', 'EUR') AND to_currency IN ('USD', 'EUR') AND date >= %(rated)s AND date <= %(today)s
ORDER BY 4
"""


def agree(person: Any, lines: int) -> Plant:
    """So many agreed prices; the plant that is answered has prices of its own, of its company and of its group for all questions."""
    plant: Plant = (
        Plant.objects.visible_to(person.user).filter(customer__group__isnull=False).select_related("customer").order_by("pk")[0]
    )
    own = {"plant": plant.pk, "customer": plant.customer_id, "group": plant.customer.group_id}
    tables = {"plant": "accounts_plant", "customer": "accounts_customer", "group": "accounts_customergroup"}
    others = lines // LINES_EACH
    two = list(get_user_model().objects.order_by("pk")[:2])
    values: dict[str, Any] = {"one": two[0].pk, "other": two[1].pk, "own": list(own.values())}
    if not Product.objects.exists():
        ledger.build_catalogue(PRODUCTS)
    with connection.cursor() as cursor:
        for holder, key in own.items():
            reference = f"BENCH-{holder}"
            which = f"record.id = {key}"
            cursor.execute(AGREEMENT.format(holder=holder, number=reference, table=tables[holder], which=which), values)
            cursor.execute(LINES, {"reference": reference, "lines": 1000})
        which = f"record.id <> {plant.pk} ORDER BY record.id LIMIT {others}"
        cursor.execute(AGREEMENT.format(holder="plant", number="BENCH", table=tables["plant"], which=which), values)
        cursor.execute(LINES, {"reference": "BENCH", "lines": LINES_EACH})
        cursor.execute("VACUUM ANALYZE orders_agreementline, orders_priceagreement")
    _indexed(PriceAgreement.objects.get(reference="BENCH-plant"))
    return plant


def _indexed(agreement: PriceAgreement) -> None:
    """A metal surcharge by an index in dollars, so that values and rates are needed as well."""
    index = PriceIndex.objects.create(
        code="LME-CU", name_it="Rame", name_en="Copper", name_de="Kupfer", currency="USD", source="LME"
    )
    today = clock.today()
    for number in range(24):
        place = today.year * 12 + today.month - 1 - number
        day = date(place // 12, place % 12 + 1, 1)
        IndexValue.objects.create(index=index, day=day, value=Decimal("9.50"))
        for of_month in (day, day.replace(day=27)):
            ExchangeRate.objects.create(
                from_currency="USD", to_currency="EUR", kind="spot", date=of_month, rate=Decimal("0.9"), source="bank"
            )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET net_weight = 1, gross_weight = 1.2")
        cursor.execute("UPDATE catalog_standardcost SET period = daterange(%s, NULL)", [today.replace(day=1)])
    clause = PriceClause(agreement=agreement, position=10, kind="surcharge", index=index, reference=Decimal("8.2"), averaging=3)
    clause.save(force_insert=True)


def questions_of(plant: Plant) -> list[Question]:
    """The lines of a long offer."""
    products = Product.objects.select_related("family", "producing_location").order_by("pk")[:QUESTIONS]
    return [Question(plant, product, Decimal(120), clock.today()) for product in products]


def bare(plant: Plant, questions: list[Question]) -> int:
    """The statements that read what the prices are computed from, as rows; how many agreed lines there are."""
    today = clock.today()
    values: dict[str, Any] = {
        "plants": [plant.pk],
        "companies": [plant.customer_id],
        "groups": [plant.customer.group_id],
        "products": [question.product.pk for question in questions],
        "families": list({question.product.family_id for question in questions}),
        "since": date(today.year - 1, 1, 1),
        "known": today - timedelta(days=850),
        "rated": today - timedelta(days=155),
        "today": today,
    }
    with connection.cursor() as cursor:
        cursor.execute(BARE, values)
        lines = cursor.fetchall()
        cursor.execute(BARE_LIST, values)
        cursor.fetchall()
        cursor.execute(BARE_CLAUSES, values | {"agreements": list({line[1] for line in lines})})
        cursor.execute(BARE_VALUES, values | {"indices": list({clause[4] for clause in cursor.fetchall()})})
        cursor.fetchall()
    return len(lines)


def measure(person: Any, lines: int, rounds: int) -> dict[str, float]:
    """Seconds of pricing a long offer, of the same with costs and for a reader, and of the bare statements, in turn; queries, candidates."""
    plant = agree(person, lines)
    questions = questions_of(plant)
    user = person.user
    with CaptureQueriesContext(connection) as asked:
        shown = simulate(questions, user)
    assert all(one.answer.net and one.cost and one.cost.full for one in shown), "every line of the offer has a price and a cost"
    found = bare(plant, questions)
    spent: dict[str, list[float]] = {"bare": [], "engine": [], "reader": []}
    for _turn in range(rounds * IN_A_ROUND):
        spent["bare"].append(timed(lambda: bare(plant, questions)))
        spent["engine"].append(timed(lambda: price_all(questions)))
        spent["reader"].append(timed(lambda: simulate(questions, user)))
    return {
        **{name: statistics.median(times) for name, times in spent.items()},
        "queries": len([query for query in asked if "accounts_rolegrant" not in query["sql"]]),
        "found": found,
    }
