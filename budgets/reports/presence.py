"""The people at the cells of a budget: noted with each look of the grid in one statement, which tells of the others too."""

from datetime import timedelta
from typing import Any

from django.db import connection

from budgets.models import Budget
from kam.core import clock

#: After so much silence somebody is not there any more: a grid looks every six seconds.
SILENCE = timedelta(seconds=15)
#: More names than this nobody reads at the cells of one budget.
MOST = 20
# A row that another look holds at this moment is left to it: two looks never wait for each other.
LOOK = """
WITH here AS (
    INSERT INTO budgets_presence (budget, person, line, month, seen_at)
    SELECT line.budget_id, %(person)s, line.id, %(month)s, %(now)s FROM budgets_budgetline AS line
    WHERE line.id = %(line)s::bigint AND line.budget_id = %(budget)s
    ON CONFLICT (budget, person) DO UPDATE SET line = excluded.line, month = excluded.month, seen_at = excluded.seen_at
), gone AS (
    DELETE FROM budgets_presence WHERE id IN (
        SELECT id FROM budgets_presence WHERE (seen_at < %(since)s AND NOT (%(line)s::bigint IS NOT NULL AND budget = %(budget)s AND person = %(person)s))
            OR (%(leaves)s AND budget = %(budget)s AND person = %(person)s)
        LIMIT 100 FOR UPDATE SKIP LOCKED)
)
SELECT person.id, trim(person.first_name || ' ' || person.last_name), there.line, there.month
FROM budgets_presence AS there JOIN accounts_user AS person ON person.id = there.person
WHERE there.budget = %(budget)s AND there.person <> %(person)s AND there.seen_at >= %(since)s AND person.is_active
ORDER BY person.id LIMIT %(most)s
"""


def people_at(budget: Budget, reader: Any, at: tuple[int, int] | None = None, *, leaves: bool = False) -> list[dict[str, Any]]:
    """Who else is in this budget now, at which line and month (0: the line as a whole).

    `at` is the line and month where the reader is, which the others see until they are silent; `leaves` takes them away at once.
    """
    line, month = at or (None, 0)
    now = clock.now()
    values = {"budget": budget.pk, "person": reader.pk, "line": line, "month": month, "leaves": leaves, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(LOOK, values | {"since": now - SILENCE, "most": MOST})
        return [dict(zip(("id", "person", "line", "month"), row, strict=True)) for row in cursor.fetchall()]
