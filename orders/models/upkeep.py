"""How the database keeps the totals: SQL made from the levels, run by triggers on the lines, once a statement.

Whatever writes lines (COPY, an import, SQL typed by hand), every level takes the statement's changes, added up by its own
keys, in the same transaction. Writers wait for one another at one lock.
"""

from collections.abc import Iterable

import pgtrigger

from orders.models.documents import REFERENCES
from orders.models.totals import LEVELS, MONTHS, AccountTotal, SalesTotal, YearTotal, month_column

#: The advisory lock of whoever writes the ledger.
LOCK = (7205, 1)
TAKE_LOCK = "SELECT pg_advisory_xact_lock({}, {})".format(*LOCK)

#: What a line adds. It counts as costed when both of its costs are known; the revenue of the others stands apart.
ADDS = {
    "lines": "sign",
    "quantity": "sign * quantity",
    "revenue": "sign * revenue",
    "cost": "CASE WHEN cost IS NULL OR local_cost IS NULL THEN 0 ELSE sign * cost END",
    "local_cost": "CASE WHEN cost IS NULL OR local_cost IS NULL THEN 0 ELSE sign * local_cost END",
    "uncosted": "CASE WHEN cost IS NULL OR local_cost IS NULL THEN sign * revenue ELSE 0 END",
    "net": "sign * net",
}
MADE = "(SELECT 1 AS sign, made.* FROM made WHERE ended_by_id IS NULL) AS moved"
MOVED = """(
    SELECT -1 AS sign, before.* FROM before WHERE ended_by_id IS NULL
    UNION ALL SELECT 1, after.* FROM after WHERE ended_by_id IS NULL
) AS moved"""
HEADERS = """
UPDATE orders_salesheader AS header SET lines_net = header.lines_net + found.net
FROM (SELECT document_id, sum(sign * net) AS net FROM {source} GROUP BY document_id) AS found
WHERE header.document_id = found.document_id AND header.ended_by_id IS NULL AND found.net <> 0;
"""
# The lines are not added up first: hardly two of one statement are of the same plant, product and month. Levels without
# products read what accounts have, which is far less. The planner is told how many there are, or it sorts what it could hash.
CELLS = """
CREATE TEMPORARY TABLE orders_moved ON COMMIT DROP AS
SELECT extract(year FROM date)::smallint AS year, extract(month FROM date)::integer AS month, {key}, {adds} FROM {source};
ANALYZE orders_moved (year);
CREATE TEMPORARY TABLE orders_moved_of_accounts ON COMMIT DROP AS
SELECT {account}, month, {summed} FROM orders_moved GROUP BY {account}, month;
ANALYZE orders_moved_of_accounts (year)
"""
FORGET_CELLS = "DROP TABLE orders_moved, orders_moved_of_accounts"
BODY = """
IF NOT EXISTS (SELECT FROM {source}) THEN
    RETURN NULL;
END IF;
{references}
{cells};
FOR stretch IN
    SELECT moved.year, min(moved.month) AS month, count(DISTINCT moved.month) AS months FROM orders_moved AS moved GROUP BY moved.year
LOOP
    IF stretch.months = 1 THEN
        {of_a_month}
    ELSE
        {of_a_year}
    END IF;
END LOOP;
{forget};
{headers}
RETURN NULL;
"""
# `_MM` becomes the month whose columns the statement writes.
OF_A_MONTH = """
    EXECUTE replace($level$
        INSERT INTO {table} AS total ({columns}, lines, {measures})
        SELECT {columns}, {summed} FROM {cells} WHERE year = $1 GROUP BY {columns}
        ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
    $level$, '_MM', to_char(stretch.month, 'FM_00')) USING stretch.year;
"""
# Of several months every row is written once, with all of them: a row is too wide to be written once a month. What is far less
# than the lines is added up by month first.
OF_A_YEAR = """
INSERT INTO {table} AS total ({columns}, lines, {measures})
SELECT {columns}, sum(lines), {spread} FROM ({of_month}) AS of_month GROUP BY {columns}
ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
"""


def listed(names: Iterable[str]) -> str:
    """Names as SQL lists them."""
    return ", ".join(names)


def key_columns() -> list[str]:
    """The columns of a line that its cell is told apart by, but the year."""
    return SalesTotal.columns()[1:]


def cells(source: str) -> str:
    """What lines move, in the tables that the levels read."""
    adds = listed(f"{expression} AS {name}" for name, expression in ADDS.items())
    summed = listed(f"sum({name}) AS {name}" for name in ADDS)
    account = listed(AccountTotal.columns())
    return CELLS.format(source=source, key=listed(key_columns()), adds=adds, account=account, summed=summed)


def cells_of(level: type[YearTotal]) -> str:
    """The smallest table that a level can be taken from."""
    of_accounts = set(level.dimensions) <= set(AccountTotal.dimensions)
    return "orders_moved_of_accounts" if of_accounts else "orders_moved"


def of_a_year(level: type[YearTotal]) -> str:
    """Take what moved in several months of the year $1 into one level."""
    spread = [(name, month, month_column(name, month)) for name in level.measures() for month in MONTHS]
    source, columns = cells_of(level), listed(level.columns())
    summed = listed(f"sum({name}) AS {name}" for name in ("lines", *level.measures()))
    of_month = f"SELECT {columns}, month, {summed} FROM {source} WHERE year = $1 GROUP BY {columns}, month"
    in_month = "coalesce(sum({}) FILTER (WHERE month <= {}), 0)" if level.running else "sum({}) FILTER (WHERE month = {})"
    return OF_A_YEAR.format(
        table=level._meta.db_table,
        columns=columns,
        measures=listed(column for _name, _month, column in spread),
        of_month=f"SELECT * FROM {source} WHERE year = $1" if level in {SalesTotal, AccountTotal} else of_month,
        spread=listed(in_month.format(name, month) for name, month, _column in spread),
        moved=listed(
            f"{column} = coalesce(total.{column} + excluded.{column}, excluded.{column}, total.{column})"
            for _name, _month, column in spread
        ),
    )


def of_a_month(level: type[YearTotal]) -> str:
    """Take what moved in the one month of a year into the columns of that month in one level."""
    if level.running:
        return execute_of_a_year(level)
    measures = level.measures()
    return OF_A_MONTH.format(
        table=level._meta.db_table,
        columns=listed(level.columns()),
        measures=listed(f"{name}_MM" for name in measures),
        cells=cells_of(level),
        summed=listed(f"sum({name})" for name in ("lines", *measures)),
        moved=listed(f"{name}_MM = coalesce(total.{name}_MM, 0) + excluded.{name}_MM" for name in measures),
    )


def execute_of_a_year(level: type[YearTotal]) -> str:
    """The same as a statement of the trigger."""
    return f"EXECUTE $level${of_a_year(level)}$level$ USING stretch.year;"


def upkeep(source: str, *, references: str = "") -> str:
    """The body of a trigger that takes the lines of one statement into every level."""
    return BODY.format(
        source=source,
        references=references,
        cells=cells(source),
        of_a_month="".join(map(of_a_month, LEVELS)),
        of_a_year="".join(map(execute_of_a_year, LEVELS)),
        forget=FORGET_CELLS,
        headers=HEADERS.format(source=source),
    )


def triggers() -> list[pgtrigger.Trigger]:
    """What stands on the lines: writers wait at the lock, lines are only ended, totals follow."""
    stretch = [("stretch", "record")]
    return [
        *(
            pgtrigger.Trigger(
                name=name,
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=operation,
                func=f"PERFORM {TAKE_LOCK.removeprefix('SELECT ')}; RETURN NULL;",
            )
            for name, operation in (("wait_to_insert", pgtrigger.Insert), ("wait_to_update", pgtrigger.Update))
        ),
        pgtrigger.ReadOnly(name="immutable", exclude=["ended_by", "revenue"]),
        pgtrigger.Trigger(
            name="ended_once",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__ended_by__isnull=False),
            func="RAISE check_violation USING MESSAGE = 'an ended line of the sales ledger stays as it is';",
        ),
        pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name="total_new",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="made"),
            declare=stretch,
            func=upkeep(MADE, references=REFERENCES),
        ),
        pgtrigger.Trigger(
            name="total_changed",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=pgtrigger.Referencing(old="before", new="after"),
            declare=stretch,
            func=upkeep(MOVED),
        ),
    ]
