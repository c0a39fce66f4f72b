"""How the database keeps the totals: SQL made from the levels, run by triggers on the lines, once a statement.

Whatever writes lines (COPY, an import, SQL typed by hand), every level takes the statement's changes, added up by its own
keys, in the same transaction. Writers wait for one another at one lock.
"""

from collections.abc import Iterable

import pgtrigger

from orders.models.documents import REFERENCES
from orders.models.totals import LEVELS, MONTHS, AccountTotal, PlantTotal, ProductTotal, SalesTotal, YearTotal, month_column

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
CREATE INDEX ON orders_moved (month);
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
    SELECT moved.year, min(moved.month) AS month, max(moved.month) AS last FROM orders_moved AS moved GROUP BY moved.year
LOOP
    IF stretch.month = stretch.last THEN
        {of_a_month}
    ELSE
        {often}
        FOR part IN stretch.month..stretch.last LOOP
            {alone_in_a_month}
        END LOOP;
        {alone}
        {of_a_year}
        {forget_often}
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
# Hardly a row of the finest levels moves by more than one line, or of accounts in more than one month, even in a file of a whole
# year. What is alone need not be added up, and names no column but those of its month. It is looked at by a few columns of the
# key, which are told apart more seldom than the key: what is alone by them is alone by all.
OFTEN = """
    CREATE TEMPORARY TABLE {cells}_often ON COMMIT DROP AS
    SELECT {named} FROM {cells} AS moved WHERE moved.year = stretch.year GROUP BY {told} HAVING count(*) > 1;
"""
IS_OFTEN = "EXISTS (SELECT FROM {cells}_often AS often WHERE {same})"
ALONE_IN_A_MONTH = """
    EXECUTE replace($level$
        INSERT INTO {table} AS total ({columns}, lines, {measures})
        SELECT {columns}, lines, {added} FROM {cells} AS moved WHERE year = $1 AND month = $2 AND NOT {is_often}
        ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
    $level$, '_MM', to_char(part, 'FM_00')) USING stretch.year, part;
"""
ALONE = """
    EXECUTE $level$
        INSERT INTO {table} AS total ({columns}, lines, {measures})
        SELECT {columns}, lines, {spread} FROM {cells} AS moved WHERE year = $1 AND NOT {is_often}
        ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
    $level$ USING stretch.year;
"""
#: By what a row of these tables is looked at to see whether it is alone, and the levels that have nearly a row for each.
TOLD = {
    "orders_moved": {"plant_id": "moved.plant_id", "product_id": "coalesce(moved.product_id, 0)"},
    "orders_moved_of_accounts": {"plant_id": "moved.plant_id"},
}
FINE = (SalesTotal, AccountTotal, PlantTotal)


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


def of_a_year(level: type[YearTotal], only: str = "") -> str:
    """Take what moved in several months of the year $1 into one level; `only` what fulfils this."""
    spread = [(name, month, month_column(name, month)) for name in level.measures() for month in MONTHS]
    columns = listed(level.columns())
    summed = listed(f"sum({name}) AS {name}" for name in ("lines", *level.measures()))
    chosen = f"FROM {cells_of(level)} AS moved WHERE year = $1 {only and f'AND {only}'}"
    of_month = f"SELECT {columns}, month, {summed} {chosen} GROUP BY {columns}, month"
    in_month = "coalesce(sum({}) FILTER (WHERE month <= {}), 0)" if level.running else "sum({}) FILTER (WHERE month = {})"
    return OF_A_YEAR.format(
        table=level._meta.db_table,
        columns=columns,
        measures=listed(column for _name, _month, column in spread),
        of_month=f"SELECT * {chosen}" if level in {SalesTotal, AccountTotal, ProductTotal} else of_month,
        spread=listed(in_month.format(name, month) for name, month, _column in spread),
        moved=moved_in_a_year(level),
    )


def moved_in_a_year(level: type[YearTotal]) -> str:
    """What becomes of the columns of a row that is there."""
    columns = [month_column(name, month) for name in level.measures() for month in MONTHS]
    return listed(
        f"{column} = coalesce(total.{column} + excluded.{column}, excluded.{column}, total.{column})" for column in columns
    )


def moved_in_a_month(level: type[YearTotal]) -> str:
    """What becomes of those of one month."""
    return listed(f"{name}_MM = coalesce(total.{name}_MM, 0) + excluded.{name}_MM" for name in level.measures())


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
        moved=moved_in_a_month(level),
    )


def often() -> str:
    """Make the tables of what is not alone in the year."""
    return "".join(
        OFTEN.format(
            cells=cells,
            named=listed(f"{expression} AS {name}" for name, expression in told.items()),
            told=listed(told.values()),
        )
        for cells, told in TOLD.items()
    )


def is_often(level: type[YearTotal]) -> str:
    """Whether a row is one of those."""
    cells = cells_of(level)
    same = " AND ".join(f"often.{name} = {expression}" for name, expression in TOLD[cells].items())
    return IS_OFTEN.format(cells=cells, same=same)


def alone(level: type[YearTotal]) -> str:
    """Take what is alone into one level: into the columns of its month, or where these are sums from January on, into all."""
    measures = level.measures()
    words = {
        "table": level._meta.db_table,
        "columns": listed(level.columns()),
        "cells": cells_of(level),
        "is_often": is_often(level),
    }
    if not level.running:
        in_month = listed(f"{name}_MM" for name in measures)
        return ALONE_IN_A_MONTH.format(**words, measures=in_month, added=listed(measures), moved=moved_in_a_month(level))
    spread = {
        month_column(name, month): f"CASE WHEN month <= {month} THEN {name} ELSE 0 END" for name in measures for month in MONTHS
    }
    return ALONE.format(**words, measures=listed(spread), spread=listed(spread.values()), moved=moved_in_a_year(level))


def execute_of_a_year(level: type[YearTotal], only: str = "") -> str:
    """The same as a statement of the trigger."""
    return f"EXECUTE $level${of_a_year(level, only)}$level$ USING stretch.year;"


def upkeep(source: str, *, references: str = "") -> str:
    """The body of a trigger that takes the lines of one statement into every level."""
    return BODY.format(
        source=source,
        references=references,
        cells=cells(source),
        of_a_month="".join(map(of_a_month, LEVELS)),
        often=often(),
        alone_in_a_month="".join(alone(level) for level in FINE if not level.running),
        alone="".join(alone(level) for level in FINE if level.running),
        of_a_year="".join(execute_of_a_year(level, is_often(level) if level in FINE else "") for level in LEVELS),
        forget_often=f"DROP TABLE {listed(f'{cells}_often' for cells in TOLD)};",
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
