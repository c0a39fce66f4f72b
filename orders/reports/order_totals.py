"""The proof that what is kept of orders is what their lines, blocks, intake, confirmations and changes say, in one statement."""

from django.db import connection

from orders.models.order_upkeep import COLUMNS, FIGURES, LEVELS, STANDING, STANDS

FACTS = STANDING[:-1]
STANDS_OTHERWISE = f"""
SELECT 'standing of order ' || coalesce(standing.order_id, kept.order_id)
FROM standing FULL JOIN orders_orderstanding AS kept USING (order_id)
WHERE ({", ".join(f"standing.{name}" for name in FACTS)}) IS DISTINCT FROM ({", ".join(f"kept.{name}" for name in FACTS)})
"""
ADDS_UP_OTHERWISE = f"""
SELECT concat_ws(' ', figure, 'on ' || day, 'plant ' || plant_id, 'location ' || selling_location_id, 'count', sum(count), 'worth', sum(worth))
FROM (
    SELECT {COLUMNS}, sum(count) AS count, sum(worth) AS worth FROM standing JOIN ({FIGURES}) AS cell USING (order_id) GROUP BY {LEVELS}
    UNION ALL SELECT {COLUMNS}, -count, -worth FROM orders_ordertotal
) AS both_sides
GROUP BY {COLUMNS} HAVING sum(count) <> 0 OR sum(worth) <> 0
"""
MANY = 1_000


def order_mismatches() -> list[str]:
    """Every order that stands otherwise than is kept, and by how much the orders have more than a total; at most a thousand of each."""
    parts = [f"({part} LIMIT {MANY})" for part in (STANDS_OTHERWISE, ADDS_UP_OTHERWISE)]
    statement = f"WITH {STANDS} {' UNION ALL '.join(parts)}".format(some="IS NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [str(words) for (words,) in cursor.fetchall()]
