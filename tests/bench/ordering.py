"""Orders under load: a long one compared and checked beside reading what it is compared with by plain SQL; the cockpit over a million lines."""

import statistics
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Plant
from catalog.models import Product
from kam.core import clock
from orders.actions.customer_orders import create_order
from orders.actions.order_totals import rebuild_order_totals
from orders.models import Order, PriceAgreement
from orders.pricing import Question
from orders.reports.order_checks import check_order
from orders.reports.order_differences import compare
from orders.reports.order_facts import USUAL, OrderFacts
from tests.bench import growth, pricing
from tests.bench.stage import Person
from tests.bench.sweeping import timed

LONG, EACH = 500, 5
#: Orders as rows: a tenth each in review, with differences and waiting for the customer, one of twenty late; their triggers are off.
ORDERS = """
INSERT INTO orders_order (version, number, kind, status, held_from, customer_id, plant_id, selling_location_id, customer_reference,
    customer_date, received_at, channel, language, currency, incoterms, incoterms_place, incoterms_version, requested_on, requested_type,
    partial_allowed, tolerance, certificates, packaging, transport, vat_treatment, declaration_of_intent, own_terms, notes, net, base_net,
    registered_at, reviewed, confirmed_at, confirmation, waiting_customer, ended_reason, incomplete)
SELECT 1, 'SO-' || n, 'standard', CASE n %% 10 WHEN 0 THEN 'in_review' WHEN 1 THEN 'discrepancy' ELSE 'confirmed' END, '', p.customer_id, p.id,
    s.location_id, 'PO-' || n, current_date - 30, now() - n * interval '1 minute', 'mail', 'en', 'EUR', '', '', '',
    current_date + (n %% 300)::integer, 'ship', true, 0, '', '', '', '', '', false, '', 5000 + n %% 90000, 5000 + n %% 90000, now(), n %% 10 > 1,
    CASE WHEN n %% 10 > 1 THEN now() END, CASE WHEN n %% 10 > 1 THEN 1 ELSE 0 END, n %% 10 = 2, '', '[]'
FROM generate_series(1, %(orders)s) n
JOIN (SELECT id, customer_id, row_number() OVER (ORDER BY id) AS place FROM accounts_plant) p ON p.place = 1 + n::bigint * 7919 %% %(plants)s
JOIN LATERAL (SELECT location_id FROM accounts_plantservice WHERE plant_id = p.id LIMIT 1) s ON true
"""
LINES = """
INSERT INTO orders_orderline (version, order_id, position, product_id, description, customer_part, part_revision, agreed_revision, quantity,
    unit, price, price_unit, surcharge, discount, requested_on, first_confirmed_on, confirmed_on, status, delivered_quantity,
    invoiced_quantity, lot_required, notes)
SELECT 1, one.id, n * 10, (SELECT min(id) FROM catalog_product) + (one.id * 7 + n) %% (SELECT count(*) FROM catalog_product), '', '', 'B', 'B',
    100, 'pcs', 20 + n, 1, 0, 0, one.requested_on, due.on_day, due.on_day,
    CASE WHEN one.confirmation > 0 THEN 'confirmed' ELSE 'in_review' END, 0, 0, false, ''
FROM orders_order one CROSS JOIN generate_series(1, %(each)s) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN one.confirmation > 0 THEN one.requested_on - CASE WHEN one.id %% 20 = 0 THEN 320 ELSE 0 END + n / 3 END AS on_day
) due
"""
TABLES = ("orders_order", "orders_orderline")
#: What the checks of an order have to know beside what its prices are computed from: its lines with their articles and what was offered
#: and agreed for them; what the customer calls the articles; their revisions; their units; what the plant ordered of them before; what it
#: ever bought of them.
READ = (
    """
SELECT line.*, product.*, family.*, offered.*, agreed.* FROM orders_orderline line
LEFT JOIN catalog_product product ON product.id = line.product_id LEFT JOIN catalog_productfamily family ON family.id = product.family_id
LEFT JOIN orders_offerline offered ON offered.id = line.offer_line_id
LEFT JOIN orders_agreementline agreed ON agreed.id = line.agreement_line_id
WHERE line.order_id = %(order)s AND line.status <> 'cancelled' ORDER BY line.position
""",
    """
SELECT item.*, revision.* FROM catalog_customeritem item LEFT JOIN catalog_productrevision revision ON revision.id = item.agreed_revision_id
WHERE item.customer_id = %(customer)s AND (item.plant_id IS NULL OR item.plant_id = %(plant)s) AND item.product_id = ANY(%(products)s)
""",
    "SELECT * FROM catalog_productrevision WHERE product_id = ANY(%(products)s) AND period IS NOT NULL ORDER BY period",
    "SELECT product_id, unit, factor FROM catalog_productunit WHERE product_id = ANY(%(products)s)",
    """
SELECT * FROM (
    SELECT line.*, row_number() OVER (PARTITION BY line.product_id ORDER BY earlier.received_at DESC, line.id DESC) AS place
    FROM orders_orderline line JOIN orders_order earlier ON earlier.id = line.order_id
    WHERE earlier.plant_id = %(plant)s AND line.product_id = ANY(%(products)s) AND earlier.id <> %(order)s
        AND earlier.status NOT IN ('received', 'cancelled', 'rejected') AND line.status <> 'cancelled'
) AS ordered WHERE place <= %(usual)s
""",
    "SELECT DISTINCT product_id FROM orders_salestotal WHERE plant_id = %(plant)s AND product_id = ANY(%(products)s)",
    "SELECT * FROM accounts_paymentterm",
    "SELECT * FROM core_parametervalue",
)


def entered(plant: Plant, lines: int, reference: str) -> Order:
    """An order of so many lines, every tenth of them at another price than the one that holds."""
    today = clock.today()
    told = [
        {"product": product, "quantity": Decimal(120)} | ({"price": Decimal("19.90")} if number % 10 == 0 else {})
        for number, product in enumerate(Product.objects.select_related("family", "producing_location").order_by("pk")[:lines])
    ]
    order: Order = create_order(
        Order,
        actor=None,
        plant=plant,
        selling_location=plant.services.select_related("location")[0].location,
        customer_reference=reference,
        customer_date=today,
        requested_on=today + timedelta(days=90),
        lines=told,
    )
    return order


def read(order: Order, questions: list[Question]) -> int:
    """Everything that an order is compared with, as rows; how many lines it has."""
    values = {
        "order": order.pk,
        "customer": order.customer_id,
        "plant": order.plant_id,
        "products": [question.product.pk for question in questions],
        "usual": USUAL,
    }
    with connection.cursor() as cursor:
        for statement in READ:
            cursor.execute(statement, values)
            rows = cursor.fetchall()
    pricing.bare(order.plant, questions)
    return len(rows)


def checked(order: int) -> tuple[int, int]:
    """An order read anew, compared and checked: how many fields were compared, and how many findings there are."""
    facts = OrderFacts(Order.objects.for_list().get(pk=order))
    return len(compare(facts)), len(check_order(facts.order, facts=facts))


def measure_checks(person: Any, agreements: int, rounds: int) -> dict[str, float]:
    """Seconds of comparing and checking a long order, and of reading the same, in turn; queries of a long one and of a short one."""
    made = PriceAgreement.objects.filter(reference="BENCH-plant").select_related("plant__customer").first()
    plant = made.plant if made and made.plant else pricing.agree(person, agreements)
    for number in range(USUAL):
        earlier = entered(plant, LONG, f"BENCH-{number}")
        Order.objects.filter(pk=earlier.pk).update(
            status="registered", number=earlier.customer_reference, registered_at=clock.now(), incomplete=[]
        )
    long, short = entered(plant, LONG, "BENCH-LONG"), entered(plant, 5, "BENCH-SHORT")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order, orders_orderline")
    questions = [
        Question(plant, product, Decimal(120), clock.today())
        for product in Product.objects.select_related("family", "producing_location").order_by("pk")[:LONG]
    ]
    found: dict[str, list[float]] = {"checked": [], "read": []}
    checked(long.pk)
    for _turn in range(3 * rounds):
        found["read"].append(timed(lambda: read(long, questions)))
        found["checked"].append(timed(lambda: checked(long.pk)))
    asked = {}
    for name, order in (("long", long), ("short", short)):
        with CaptureQueriesContext(connection) as queries:
            checked(order.pk)
        asked[name] = float(len(queries))
    compared, findings = checked(long.pk)
    return (
        {name: statistics.median(times) for name, times in found.items()} | asked | {"compared": compared, "findings": findings}
    )


def open_lines(lines: dict[str, int]) -> Callable[[growth.Side, dict[str, Person], dict[str, str]], growth.Pages]:
    """Each database gets orders with so many open lines, by its name; everyone opens the cockpit, and the late orders in it."""

    def opened(side: growth.Side, people: dict[str, Person], _customers: dict[str, str]) -> growth.Pages:
        values = {"orders": lines[side.name] // EACH, "each": EACH, "plants": Plant.objects.count()}
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(ORDERS, values)
            cursor.execute(LINES, values)
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute("ANALYZE")
        rebuild_order_totals()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return {who: {"Order cockpit": "/order-cockpit/", "Late orders": "/order-cockpit/?flaw=late"} for who in people}

    return opened
