"""How the database keeps where each order stands and what all orders add up to: SQL run by triggers, once a statement.

Whatever writes an order, its lines, blocks, intake, confirmations or changes, what the order counts for in each figure of the
cockpit is found anew, and the difference is appended to the totals. Appending makes nobody wait for anybody; a task folds the
rows of a cell into one (orders.actions.order_totals). See docs/decisions/order-totals.md.
"""

from collections.abc import Iterable

import pgtrigger
from django.conf import settings

#: The last day of what has no end.
NO_END = "DATE '9999-12-31'"
#: By how a cell is told apart, beside plant and locations: the figure, the day that it hangs on, and what was kept of lines due.
CELL = ("figure", "day", "early", "in_full")
PLACE = ("selling_location_id", "producing_location_id")
STANDING = ("plant_id", *PLACE, "base_net", "alive", "flaw", "waiting", "blocked_until", "due_on", "figures")
#: Columns of the source tables without which nothing here changes.
NOTICED = {
    "order": "plant_id, selling_location_id, producing_location_id, kind, status, incomplete, net, base_net, tolerance, "
    "requested_on, waiting_customer",
    "line": "order_id, status, quantity, amount, delivered_quantity, delivered_on, requested_on, first_confirmed_on, confirmed_on",
    "block": "order_id, kind, until, lifted_at",
    "change": "order_id",
    "confirmation": "order_id",
    "intake": "order_id",
}
BACKLOG = "('confirmed', 'produced', 'shipped_part')"
# {some} narrows a column to the orders that are asked for.
STANDS = f"""
standing AS MATERIALIZED (
    SELECT stands.*, CASE WHEN alive THEN held.until END AS blocked_until, CASE WHEN alive THEN promised.due_on END AS due_on
    FROM (
        SELECT id AS order_id, plant_id, selling_location_id, coalesce(producing_location_id, selling_location_id) AS producing_location_id,
            kind, tolerance / 100 AS tolerance, requested_on, base_net, CASE WHEN net > 0 THEN base_net / net ELSE 0 END AS rate,
            status NOT IN ('closed', 'cancelled', 'rejected') AS alive,
            waiting_customer AND status NOT IN ('closed', 'cancelled', 'rejected') AS waiting,
            CASE status
                WHEN 'received' THEN CASE WHEN incomplete = '[]' THEN 'received' ELSE 'incomplete' END
                WHEN 'registered' THEN 'in_review' WHEN 'in_review' THEN 'in_review' WHEN 'discrepancy' THEN 'discrepancy'
                WHEN 'accepted' THEN 'accepted' WHEN 'change_requested' THEN 'changing' ELSE '' END AS flaw
        FROM orders_order WHERE id {{some}}
    ) AS stands
    LEFT JOIN (
        SELECT order_id, max(coalesce(until, {NO_END})) AS until FROM orders_orderblock
        WHERE lifted_at IS NULL AND order_id {{some}} GROUP BY order_id
    ) AS held USING (order_id)
    LEFT JOIN (
        SELECT order_id, min(confirmed_on) AS due_on FROM orders_orderline
        WHERE status IN {BACKLOG} AND order_id {{some}} GROUP BY order_id
    ) AS promised USING (order_id)
)
"""
_OF_ONE = "NULL::integer AS early, NULL::boolean AS in_full, 1::bigint AS count, base_net AS worth FROM standing"
_CONFIRMED = f"date_trunc('month', confirmation.confirmed_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
FIGURES = f"""
SELECT order_id, flaw::text AS figure, NULL::date AS day, {_OF_ONE} WHERE flaw <> ''
UNION ALL SELECT order_id, 'waiting', NULL, {_OF_ONE} WHERE waiting
UNION ALL SELECT order_id, 'blocked', blocked_until, {_OF_ONE} WHERE blocked_until IS NOT NULL
UNION ALL SELECT order_id, 'late', due_on, {_OF_ONE} WHERE due_on IS NOT NULL
UNION ALL SELECT order_id, 'block:' || block.kind, max(coalesce(block.until, {NO_END})), NULL, NULL, 1, base_net
    FROM standing JOIN orders_orderblock AS block USING (order_id)
    WHERE alive AND block.lifted_at IS NULL AND block.order_id {{some}} GROUP BY order_id, block.kind, base_net
UNION ALL SELECT order_id, 'backlog', line.confirmed_on, NULL, NULL, count(*),
    sum(round((line.quantity - line.delivered_quantity) * line.amount / line.quantity * rate, 2))
    FROM standing JOIN orders_orderline AS line USING (order_id)
    WHERE line.status IN {BACKLOG} AND line.delivered_quantity < line.quantity AND line.order_id {{some}}
    GROUP BY order_id, line.confirmed_on
UNION ALL SELECT order_id, 'due:' || basis.name, coalesce(basis.due, line.wanted),
    CASE WHEN line.delivered_quantity > 0 THEN basis.due - line.delivered_on END,
    line.delivered_quantity BETWEEN line.quantity * (1 - tolerance) AND line.quantity * (1 + tolerance), count(*), 0
    FROM (
        SELECT order_id, tolerance, line.quantity, line.delivered_quantity, line.delivered_on, line.first_confirmed_on,
            line.confirmed_on, coalesce(line.requested_on, standing.requested_on) AS wanted
        FROM standing JOIN orders_orderline AS line USING (order_id)
        WHERE standing.kind NOT IN ('frame', 'intercompany') AND line.status <> 'cancelled' AND line.order_id {{some}}
    ) AS line
    CROSS JOIN LATERAL (
        VALUES ('requested', line.wanted), ('first_confirmed', line.first_confirmed_on), ('confirmed', line.confirmed_on)
    ) AS basis (name, due)
    WHERE coalesce(basis.due, line.wanted) IS NOT NULL GROUP BY 1, 2, 3, 4, 5
UNION ALL SELECT order_id, 'intake', date_trunc('month', intake.day)::date, NULL, NULL, count(*), sum(intake.base_net)
    FROM standing JOIN orders_orderintake AS intake USING (order_id) WHERE intake.order_id {{some}} GROUP BY 1, 3
UNION ALL SELECT order_id, 'confirmed', {_CONFIRMED}, NULL, confirmation.in_time, 1, confirmation.working_hours
    FROM standing JOIN orders_orderconfirmation AS confirmation USING (order_id)
    WHERE confirmation.working_hours IS NOT NULL AND confirmation.order_id {{some}}
UNION ALL SELECT order_id, 'promised', {_CONFIRMED}, NULL, NULL, count(*), 0
    FROM standing JOIN orders_orderconfirmation AS confirmation USING (order_id)
    JOIN orders_confirmedline AS line ON line.confirmation_id = confirmation.id
    WHERE confirmation.revision = 1 AND confirmation.order_id {{some}} GROUP BY 1, 3
UNION ALL SELECT order_id, 'changed:' || change.cause, date_trunc('month', change.received_on)::date, NULL, NULL, sum(altered.lines), 0
    FROM standing JOIN orders_orderchange AS change USING (order_id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN bool_or(one -> 'position' = 'null') THEN (
            SELECT count(*) FROM orders_orderline AS line WHERE line.order_id = change.order_id AND line.status <> 'cancelled'
        ) ELSE count(DISTINCT one -> 'position') END AS lines FROM jsonb_array_elements(change.differences) AS one
    ) AS altered
    WHERE change.order_id {{some}} GROUP BY 1, 2, 3
"""
KEEP = f"""
WITH {STANDS}, packed AS (
    SELECT order_id, jsonb_agg(jsonb_build_array({", ".join(CELL)}, count, worth) ORDER BY {", ".join(CELL)}) AS figures
    FROM ({FIGURES}) AS figure GROUP BY order_id
)
INSERT INTO orders_orderstanding AS kept (order_id, {", ".join(STANDING)})
SELECT order_id, {", ".join(STANDING[:-1])}, coalesce(packed.figures, '[]') FROM standing LEFT JOIN packed USING (order_id)
ON CONFLICT (order_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in STANDING)}
WHERE ({", ".join(f"kept.{name}" for name in STANDING)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in STANDING)})
"""
BODY = f"""
orders_touched := ARRAY(SELECT DISTINCT order_id FROM ({{source}}) AS moved);
IF cardinality(orders_touched) = 0 THEN
    RETURN NULL;
END IF;
{KEEP.format(some="= ANY (orders_touched)")};
RETURN NULL;
"""
FORGET = """
DELETE FROM orders_orderstanding AS kept USING before WHERE kept.order_id = before.id;
RETURN NULL;
"""
#: What the figures of standings are as rows; the figure's amounts keep two decimals.
SPREAD = """
SELECT {sign} AS sign, plant_id, selling_location_id, producing_location_id, cell ->> 0 AS figure, (cell ->> 1)::date AS day,
    (cell ->> 2)::integer AS early, (cell ->> 3)::boolean AS in_full, (cell ->> 4)::bigint AS count, (cell ->> 5)::numeric AS worth
FROM {source} CROSS JOIN LATERAL jsonb_array_elements(figures) AS cell
"""
COLUMNS = ", ".join(("plant_id", *PLACE, *CELL))
# The plant is empty in the rows that add up all plants of the locations.
LEVELS = f"GROUPING SETS (({COLUMNS}), ({', '.join((*PLACE, *CELL))}))"
APPEND = f"""
INSERT INTO orders_ordertotal ({COLUMNS}, count, worth, folded)
SELECT {COLUMNS}, sum(sign * count), sum(sign * worth), false FROM ({{moved}}) AS moved GROUP BY {LEVELS}
HAVING sum(sign * count) <> 0 OR sum(sign * worth) <> 0;
RETURN NULL;
"""


def _differs(what: str) -> str:
    """The orders of the rows of which something changed that counts here, as they were and as they are."""
    columns, key = NOTICED[what], "id" if what == "order" else "order_id"
    changed = "({}) IS DISTINCT FROM ({})".format(
        *(", ".join(f"{side}.{column.strip()}" for column in columns.split(",")) for side in ("before", "after"))
    )
    pair = f"FROM before JOIN after USING (id) WHERE {changed}"
    return f"SELECT after.{key} AS order_id {pair}" + ("" if what == "order" else f" UNION SELECT before.order_id {pair}")


def _trigger(name: str, operation: pgtrigger.Operation, source: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        declare=[("orders_touched", "bigint[]")],
        func=BODY.format(source=source),
    )


def triggers(what: str) -> Iterable[pgtrigger.Trigger]:
    """What stands on orders and on what hangs on them: where the orders stand is found anew with every statement.

    The lines of a confirmation are written once and stay.
    """
    if what == "promise":
        of = "FROM made JOIN orders_orderconfirmation AS confirmation ON confirmation.id = made.confirmation_id"
        yield _trigger("stands_new", pgtrigger.Insert, f"SELECT confirmation.order_id {of}", new="made")
        return
    key = "id AS order_id" if what == "order" else "order_id"
    yield _trigger("stands_new", pgtrigger.Insert, f"SELECT {key} FROM made", new="made")
    yield _trigger("stands_changed", pgtrigger.Update, _differs(what), old="before", new="after")
    if what == "order":
        yield pgtrigger.Trigger(
            name="stands_gone",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=pgtrigger.Referencing(old="before"),
            func=FORGET,
        )
    else:
        yield _trigger("stands_gone", pgtrigger.Delete, "SELECT order_id FROM before", old="before")


def total_triggers() -> Iterable[pgtrigger.Trigger]:
    """What stands on the standings: by how much one moves, the totals move."""
    gone, came = SPREAD.format(sign=-1, source="before"), SPREAD.format(sign=1, source="after")
    for name, operation, tables, moved in (
        ("adds_up_new", pgtrigger.Insert, {"new": "after"}, came),
        ("adds_up_changed", pgtrigger.Update, {"old": "before", "new": "after"}, f"{gone} UNION ALL {came}"),
        ("adds_up_gone", pgtrigger.Delete, {"old": "before"}, gone),
    ):
        yield pgtrigger.Trigger(
            name=name,
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(**tables),
            func=APPEND.format(moved=moved),
        )
