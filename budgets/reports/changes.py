"""What else has changed in a returned budget since it was submitted: row by row before, now and the difference."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetLine

# The months are compared too: a year may be the same and fall on other months.
CHANGES = """
WITH present AS (
    SELECT line.id, line.revenue, line.quantity, array_agg(cell.quantity ORDER BY cell.month) AS quantities,
        array_agg(cell.revenue ORDER BY cell.month) AS revenues
    FROM budgets_budgetline AS line JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
    WHERE line.budget_id = %(budget)s GROUP BY line.id
), submitted AS (
    SELECT line, quantities, revenues, returned, (SELECT sum(one) FROM unnest(revenues) AS one) AS revenue,
        (SELECT coalesce(sum(one), 0) FROM unnest(quantities) AS one) AS quantity
    FROM budgets_submittedline WHERE budget_id = %(budget)s
)
SELECT coalesce(present.id, submitted.line), coalesce(submitted.returned, false), submitted.revenue, present.revenue,
    submitted.quantity, present.quantity
FROM present FULL JOIN submitted ON submitted.line = present.id
WHERE EXISTS (SELECT FROM submitted)
    AND (submitted.revenues, submitted.quantities) IS DISTINCT FROM (present.revenues, present.quantities)
ORDER BY abs(coalesce(present.revenue, 0) - coalesce(submitted.revenue, 0)) DESC, 1
"""
WORDS = ("plant__customer", "customer", "market", "product", "family")


class Kind(models.TextChoices):
    """How a row differs."""

    ADDED = "added", _("New row")
    REMOVED = "removed", _("Taken out")
    CHANGED = "changed", _("Changed")
    MONTHS = "months", _("Other months")


@dataclass(frozen=True)
class LineChange:
    """A row that is not as it was submitted; where it is gone, `line` says in words what it was. `returned` rows went back."""

    line: BudgetLine
    returned: bool
    revenue_before: Decimal | None
    revenue_now: Decimal | None
    quantity_before: Decimal | None
    quantity_now: Decimal | None

    @property
    def difference(self) -> Decimal:
        """The revenue of the year, now less before."""
        return (self.revenue_now or Decimal(0)) - (self.revenue_before or Decimal(0))

    @property
    def kind(self) -> Kind:
        """How it differs."""
        if self.revenue_before is None or self.revenue_now is None:
            return Kind.ADDED if self.revenue_before is None else Kind.REMOVED
        same = (self.revenue_before, self.quantity_before) == (self.revenue_now, self.quantity_now)
        return Kind.MONTHS if same else Kind.CHANGED


def changes_since(budget: Budget) -> list[LineChange]:
    """The rows that differ from what was submitted last, the largest difference first; empty where nothing was returned."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"budget": budget.pk})
        found: list[Any] = cursor.fetchall()
    keys = [key for key, *_rest in found]
    lines = BudgetLine.objects.filter(pk__in=keys).in_bulk()
    lines |= _gone([key for key in keys if key not in lines])
    prefetch_related_objects(list(lines.values()), *WORDS)
    return [LineChange(lines[key], *rest) for key, *rest in found if key in lines]


def _gone(keys: list[int]) -> dict[int, BudgetLine]:
    """Lines that were taken out, as the history knows them."""
    if not keys:
        return {}
    past: Any = BudgetLine.pgh_event_model  # type: ignore[attr-defined]
    names = ("plant_id", "customer_id", "market_id", "product_id", "family_id", "currency", "unit", "chance")
    events = past.objects.filter(pgh_obj_id__in=keys).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
    return {row["pgh_obj_id"]: BudgetLine(**{name: row[name] for name in names}) for row in events.values("pgh_obj_id", *names)}
