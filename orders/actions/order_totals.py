"""The upkeep of what orders add up to: the rows of a cell are folded into one, and everything is found anew where it must be."""

from django.db import connection, transaction

from orders.models.order_upkeep import COLUMNS, KEEP, LEVELS, SPREAD

#: The advisory lock of who folds; nobody waits for it.
LOCK = (7205, 6)
# Only cells that have a new row are read; a row that appears meanwhile is left for the next time.
FOLD = f"""
WITH moved AS (SELECT DISTINCT {COLUMNS} FROM orders_ordertotal WHERE NOT folded),
gone AS (
    DELETE FROM orders_ordertotal AS total USING moved
    WHERE total.figure = moved.figure AND total.plant_id IS NOT DISTINCT FROM moved.plant_id
        AND total.day IS NOT DISTINCT FROM moved.day AND total.selling_location_id = moved.selling_location_id
        AND total.producing_location_id = moved.producing_location_id AND total.early IS NOT DISTINCT FROM moved.early
        AND total.in_full IS NOT DISTINCT FROM moved.in_full
    RETURNING total.*
)
INSERT INTO orders_ordertotal ({COLUMNS}, count, worth, folded)
SELECT {COLUMNS}, sum(count), sum(worth), true FROM gone GROUP BY {COLUMNS} HAVING sum(count) <> 0 OR sum(worth) <> 0
"""
FILL = f"""
INSERT INTO orders_ordertotal ({COLUMNS}, count, worth, folded)
SELECT {COLUMNS}, sum(count), sum(worth), true FROM ({SPREAD.format(sign=1, source="orders_orderstanding")}) AS cell GROUP BY {LEVELS}
HAVING sum(count) <> 0 OR sum(worth) <> 0
"""


def fold_order_totals() -> bool:
    """Make one row of each cell that has several; whether it was this turn's to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(FOLD)
    return True


def rebuild_order_totals() -> None:
    """Find anew where every order stands and what all of them add up to; whoever writes orders waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK orders_orderstanding, orders_ordertotal IN EXCLUSIVE MODE")
        cursor.execute(
            "DELETE FROM orders_orderstanding AS kept WHERE NOT EXISTS (SELECT FROM orders_order WHERE id = kept.order_id)"
        )
        cursor.execute(KEEP.format(some="IS NOT NULL"))
        cursor.execute("DELETE FROM orders_ordertotal")
        cursor.execute(FILL)
