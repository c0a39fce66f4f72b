"""The proof that the totals equal the lines: one statement that reads the lines once and says where a level differs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from orders.models.days import BIT, COUNTED, NO_DAY
from orders.models.totals import LEVELS, MEASURES, MONTHS, NET, YearTotal, month_column
from orders.models.upkeep import ADDS, key_columns, listed

FIGURES = [*MEASURES, NET]
MANY = 1_000

CELLS = f"""
cells AS MATERIALIZED (
    SELECT extract(year FROM date)::integer AS year, extract(month FROM date)::integer AS month, {listed(key_columns())},
        {listed(f"sum({expression}) AS {name}" for name, expression in ADDS.items())},
        bit_or({BIT}) FILTER (WHERE {COUNTED}) AS days
    FROM (SELECT 1 AS sign, * FROM orders_salesline WHERE ended_by_id IS NULL) AS line
    GROUP BY extract(year FROM date)::integer, extract(month FROM date)::integer, {listed(key_columns())}
)
"""
# The number of lines is kept by the year, the figures by the month; the year's row stands as month 0.
LEVEL = """
SELECT {name} AS level, jsonb_build_object({pairs})::text AS key, month, {differences} FROM (
    SELECT {columns}, month, 0 AS lines, {figures} FROM cells
    UNION ALL SELECT {columns}, 0, lines, {zeros} FROM cells
    UNION ALL SELECT {columns}, place, 0, {kept} FROM {table}, LATERAL (VALUES {places}) AS kept (place, {figures})
    UNION ALL SELECT {columns}, 0, -lines, {zeros} FROM {table}
) AS both_sides
GROUP BY {columns}, month HAVING {different}
"""
HEADERS = """
SELECT 'header', jsonb_build_object('document_id', header.document_id)::text, 0, 0, {zeros}, found.net - header.lines_net
FROM orders_salesheader AS header
LEFT JOIN (
    SELECT document_id, sum(net) AS net FROM orders_salesline WHERE ended_by_id IS NULL GROUP BY document_id
) AS found USING (document_id)
WHERE header.ended_by_id IS NULL AND header.lines_net <> coalesce(found.net, 0)
"""
# Days that only one side knows; their number stands where a total has the number of its lines.
DAYS_OF_PLANTS = """
SELECT 'orders_salesdays', jsonb_build_object('year', year, 'plant_id', plant_id, 'selling_location_id', selling_location_id)::text,
    0, bit_count(bit_or(days) # bit_or(kept)), {zeros}, 0
FROM (
    SELECT year, plant_id, selling_location_id, days, {nothing} AS kept FROM cells WHERE days IS NOT NULL
    UNION ALL SELECT year, plant_id, selling_location_id, {nothing}, days FROM orders_salesdays
) AS both_sides
GROUP BY year, plant_id, selling_location_id HAVING bit_or(days) <> bit_or(kept)
"""


@dataclass(frozen=True)
class Mismatch:
    """A place where a total is not the sum of its lines: the level, its key, the month (0: the year), what the lines have more."""

    level: str
    key: str
    month: int
    missing: dict[str, Decimal]

    def __str__(self) -> str:
        missing = ", ".join(f"{name} {value:+f}" for name, value in self.missing.items() if value)
        return f"{self.level} {self.key} month {self.month}: {missing}"


def level_statement(level: type[YearTotal]) -> str:
    """What the lines have more than one level, key by key and month by month."""
    columns, measures = level.columns(), level.measures()
    summed = ["lines", *measures]
    return LEVEL.format(
        name=f"'{level._meta.db_table}'",
        table=level._meta.db_table,
        columns=listed(columns),
        pairs=listed(f"'{name}', {name}" for name in columns),
        figures=listed(measures),
        zeros=listed("0" for _name in measures),
        kept=listed(f"-coalesce(kept.{name}, 0)" for name in measures),
        places=listed(f"({month}, {listed(_in_month(level, name, month) for name in measures)})" for month in MONTHS),
        differences=listed(f"sum({name}) AS {name}" if name in summed else f"0 AS {name}" for name in ["lines", *FIGURES]),
        different=" OR ".join(f"sum({name}) <> 0" for name in summed),
    )


def _in_month(level: type[YearTotal], measure: str, month: int) -> str:
    """SQL: what a row of a level keeps for one month."""
    column = month_column(measure, month)
    return f"{column} - {month_column(measure, month - 1)}" if level.running and month > 1 else column


def mismatches() -> list[Mismatch]:
    """Every place where totals and lines differ, at most a thousand of them."""
    zeros = listed("0" for _name in MEASURES)
    parts = [*(level_statement(level) for level in LEVELS), HEADERS.format(zeros=zeros)]
    parts.append(DAYS_OF_PLANTS.format(zeros=zeros, nothing=NO_DAY))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {CELLS} {' UNION ALL '.join(f'({part})' for part in parts)} LIMIT {MANY}")
        return [_mismatch(row) for row in cursor.fetchall()]


def _mismatch(row: tuple[Any, ...]) -> Mismatch:
    level, key, month, *figures = row
    missing = dict(zip(["lines", *FIGURES], (Decimal(figure or 0) for figure in figures), strict=True))
    return Mismatch(level, key, month, missing)
