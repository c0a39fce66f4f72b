"""How the database keeps the totals: SQL made from the levels, run by triggers on the lines, once a statement.

Whatever writes lines (COPY, an import, SQL typed by hand), the statement's changes are added up by cell and month, and
every level takes them in the same transaction. Writers wait for one another at one lock.
"""

from collections.abc import Iterable

import pgtrigger

from orders.models.totals import LEVELS, MONTHS, SalesTotal, YearTotal, month_column

#: The advisory lock of whoever writes the ledger.
LOCK = (7205, 1)
TAKE_LOCK = "SELECT pg_advisory_xact_lock({}, {})".format(*LOCK)

#: A line counts as costed when both of its costs are known; the revenue of the others stands apart.
ADDED = """
    sum(sign)::integer AS lines,
    sum(sign * quantity) AS quantity,
    sum(sign * revenue) AS revenue,
    coalesce(sum(sign * cost) FILTER (WHERE cost IS NOT NULL AND local_cost IS NOT NULL), 0) AS cost,
    coalesce(sum(sign * local_cost) FILTER (WHERE cost IS NOT NULL AND local_cost IS NOT NULL), 0) AS local_cost,
    coalesce(sum(sign * revenue) FILTER (WHERE cost IS NULL OR local_cost IS NULL), 0) AS uncosted,
    sum(sign * net) AS net
"""
MADE = "(SELECT 1 AS sign, made.* FROM made WHERE ended_by_id IS NULL) AS moved"
MOVED = """(
    SELECT -1 AS sign, before.* FROM before WHERE ended_by_id IS NULL
    UNION ALL SELECT 1, after.* FROM after WHERE ended_by_id IS NULL
) AS moved"""
REFERENCES = """
IF EXISTS (
    SELECT FROM (SELECT DISTINCT document_id AS key FROM made) AS named
    WHERE NOT EXISTS (SELECT FROM orders_salesdocument WHERE id = named.key)
) OR EXISTS (
    SELECT FROM (SELECT DISTINCT batch_id AS key FROM made) AS named
    WHERE NOT EXISTS (SELECT FROM orders_salesbatch WHERE id = named.key)
) THEN
    RAISE foreign_key_violation USING MESSAGE = 'a line of the sales ledger names a document or a run that does not exist';
END IF;
"""
HEADERS = """
UPDATE orders_salesheader AS header SET lines_net = header.lines_net + found.net
FROM (SELECT document_id, sum(sign * net) AS net FROM {source} GROUP BY document_id) AS found
WHERE header.document_id = found.document_id AND header.ended_by_id IS NULL AND found.net <> 0;
"""
CELLS = """
CREATE TEMPORARY TABLE orders_moved ON COMMIT DROP AS
SELECT extract(year FROM date)::smallint AS year, extract(month FROM date)::integer AS month, {key}, {added}
FROM {source} GROUP BY extract(year FROM date), extract(month FROM date), {key}
"""
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
DROP TABLE orders_moved;
{headers}
RETURN NULL;
"""
# `_MM` becomes the month whose columns the statement writes.
OF_A_MONTH = """
    EXECUTE replace($level$
        INSERT INTO {table} AS total ({columns}, lines, {measures})
        SELECT {columns}, {summed} FROM orders_moved WHERE year = $1 {grouped}
        ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
    $level$, '_MM', to_char(stretch.month, 'FM_00')) USING stretch.year;
"""
# Of several months every row is written once, with all of them: a row is too wide to be written once a month.
OF_A_YEAR = """
INSERT INTO {table} AS total ({columns}, lines, {measures})
SELECT {columns}, sum(lines), {spread} FROM (
    SELECT {columns}, month, {summed} FROM orders_moved WHERE year = $1 GROUP BY {columns}, month
) AS of_month GROUP BY {columns}
ON CONFLICT ({columns}) DO UPDATE SET lines = total.lines + excluded.lines, {moved}
"""


def listed(names: Iterable[str]) -> str:
    """Names as SQL lists them."""
    return ", ".join(names)


def key_columns() -> list[str]:
    """The columns of a line that its cell is told apart by, but the year."""
    return SalesTotal.columns()[1:]


def cells(source: str) -> str:
    """Add lines up by cell and month, in the table that the levels read."""
    return CELLS.format(source=source, key=listed(key_columns()), added=ADDED)


def of_a_year(level: type[YearTotal]) -> str:
    """Take what moved in several months of the year $1 into one level."""
    spread = [(name, month, month_column(name, month)) for name in level.measures() for month in MONTHS]
    return OF_A_YEAR.format(
        table=level._meta.db_table,
        columns=listed(level.columns()),
        measures=listed(column for _name, _month, column in spread),
        summed=listed(f"sum({name}) AS {name}" for name in ("lines", *level.measures())),
        spread=listed(f"sum({name}) FILTER (WHERE month = {month})" for name, month, _column in spread),
        moved=listed(
            f"{column} = coalesce(total.{column} + excluded.{column}, excluded.{column}, total.{column})"
            for _name, _month, column in spread
        ),
    )


def of_a_month(level: type[YearTotal]) -> str:
    """Take what moved in the one month of a year into the columns of that month in one level."""
    measures, finest = level.measures(), level is SalesTotal
    return OF_A_MONTH.format(
        table=level._meta.db_table,
        columns=listed(level.columns()),
        measures=listed(f"{name}_MM" for name in measures),
        summed=listed(name if finest else f"sum({name})" for name in ("lines", *measures)),
        grouped="" if finest else f"GROUP BY {listed(level.columns())}",
        moved=listed(f"{name}_MM = coalesce(total.{name}_MM, 0) + excluded.{name}_MM" for name in measures),
    )


def upkeep(source: str, *, references: str = "") -> str:
    """The body of a trigger that takes the lines of one statement into every level."""
    return BODY.format(
        source=source,
        references=references,
        cells=cells(source),
        of_a_month="".join(map(of_a_month, LEVELS)),
        of_a_year="".join(f"EXECUTE $level${of_a_year(level)}$level$ USING stretch.year;" for level in LEVELS),
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
