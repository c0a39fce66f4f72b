"""Orders as what documents are required of, from their registration until nothing is to be done on them any more (port `document_subjects`)."""

from catalog.models.document_subjects import DocumentSubject
from orders.models.customer_orders import Order

#: Kinds of orders that belong to development and samples; every other belongs to series.
DEVELOPING = (Order.Kind.SAMPLE, Order.Kind.TOOLING)


def _slugs(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


# An order that another system keeps has its documents there, and one without a number may still be discarded.
SUBJECTS = {
    "order": DocumentSubject(
        "orders.Order",
        f"""SELECT head.id AS object_id, head.customer_id, head.plant_id, COALESCE(led.tier, 'C') AS tier,
            CASE WHEN head.kind IN ({_slugs(DEVELOPING)}) THEN 'development' ELSE 'series' END AS process,
            ARRAY(SELECT line.top FROM orders_orderline ordered
                JOIN catalog_product product ON product.id = ordered.product_id JOIN line ON line.family = product.family_id
                WHERE ordered.order_id = head.id AND ordered.status <> 'cancelled') AS lines
        FROM orders_order head JOIN accounts_customer company ON company.id = head.customer_id
        LEFT JOIN accounts_customergroup led ON led.id = company.group_id
        WHERE head.number <> '' AND head.system = '' AND head.status NOT IN ({_slugs(Order.OVER)})""",
    ),
}
