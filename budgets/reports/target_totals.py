"""How the totals of targets follow from the targets, and the proof that they are equal."""

from collections.abc import Sequence

from django.db import connection

from budgets.models.target_totals import FIGURES, KEYS, MARGIN, OF_EVERY_LEVEL
from budgets.models.targets import COST, month_column
from budgets.models.years import MONTHS

COLUMNS = [month_column(figure, month) for figure in FIGURES for month in MONTHS]
KEY_COLUMNS = [*OF_EVERY_LEVEL, *(column for columns in KEYS.values() for column in columns)]


def _sum(figure: str, month: int) -> str:
    if figure == MARGIN:
        return f"sum({month_column('revenue', month)} - {month_column(COST, month)})"
    return f"sum({month_column(figure, month)})"


LEVEL = " ".join(f"WHEN grouping({columns[0]}) = 0 THEN '{level}'" for level, columns in KEYS.items())
SETS = ", ".join(f"({', '.join((*OF_EVERY_LEVEL, *columns))})" for columns in KEYS.values())
#: What the targets of some rounds add up to, level by level.
TOTALS = f"""
SELECT CASE {LEVEL} END AS level, {", ".join(KEY_COLUMNS)}, {", ".join(_sum(figure, month) for figure in FIGURES for month in MONTHS)}
FROM budgets_target WHERE {{rounds}} GROUP BY GROUPING SETS ({SETS})
"""
KEPT = f"SELECT level, {', '.join(KEY_COLUMNS)}, {', '.join(COLUMNS)} FROM budgets_targettotal"
DIFFERENT = """
SELECT DISTINCT level, round_id FROM (
    ({summed} EXCEPT {kept}) UNION ALL ({kept} EXCEPT {summed})
) AS differing ORDER BY 1, 2
"""


def target_totals_differ() -> Sequence[tuple[str, int]]:
    """The levels and rounds whose totals are not the sums of their targets; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENT.format(summed=TOTALS.format(rounds="true"), kept=KEPT))
        return [(str(level), int(key)) for level, key in cursor.fetchall()]
