"""In what two versions of a budget differ, or a returned one from what was submitted: row by row before, now and the difference."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetLine
from budgets.reports.grid import KIN, SAME

# The lines of a version: those of another one are the same where they sell the same to the same buyer from the same place; of
# what is planned by class the same class first, else it is the line whose class was changed.
VERSION = f"""
SELECT {SAME.format("line")} AS same, {KIN.format("line")} AS kin, line.chance, line.id AS line, false AS returned,
    array_agg(cell.quantity ORDER BY cell.month) AS quantities, array_agg(cell.revenue ORDER BY cell.month) AS revenues
FROM budgets_budgetline AS line JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
WHERE line.budget_id = {{budget}} GROUP BY line.id
"""
# As it was submitted, a line is compared with itself; it may be gone.
SUBMITTED = """
SELECT line::text AS same, line::text AS kin, '' AS chance, line, returned, quantities, revenues
FROM budgets_submittedline WHERE budget_id = %(before)s
"""
PRESENT = f"""
SELECT line::text AS same, line::text AS kin, '' AS chance, line, returned, quantities, revenues FROM ({VERSION}) AS version
WHERE EXISTS (SELECT FROM budgets_submittedline WHERE budget_id = %(before)s)
"""
PAIRED = """
SELECT one.*, (other.same IS NOT NULL)::text || one.kin
    || CASE WHEN other.same IS NULL THEN row_number() OVER (PARTITION BY one.kin, other.same IS NULL ORDER BY one.same)::text
        ELSE one.chance END AS pair
FROM {these} AS one LEFT JOIN {those} AS other ON other.same = one.same
"""
# The months are compared too: a year may be the same and fall on other months.
CHANGES = f"""
WITH present_lines AS MATERIALIZED ({{present}}), past_lines AS MATERIALIZED ({{past}}),
    present AS ({PAIRED.format(these="present_lines", those="past_lines")}),
    past AS ({PAIRED.format(these="past_lines", those="present_lines")})
SELECT coalesce(present.line, past.line), coalesce(past.returned, false), past.revenues, present.revenues, past.quantities,
    present.quantities, coalesce(past.chance, ''), coalesce(present.chance, '')
FROM present FULL JOIN past ON past.pair = present.pair
WHERE (past.revenues, past.quantities, past.chance) IS DISTINCT FROM (present.revenues, present.quantities, present.chance)
ORDER BY abs(coalesce((SELECT sum(one) FROM unnest(present.revenues) AS one), 0)
    - coalesce((SELECT sum(one) FROM unnest(past.revenues) AS one), 0)) DESC, 1
"""
WORDS = ("plant__customer", "customer", "market", "product", "family")


class Kind(models.TextChoices):
    """How a row differs."""

    ADDED = "added", _("New row")
    REMOVED = "removed", _("Taken out")
    CHANGED = "changed", _("Changed")
    MONTHS = "months", _("Other months")


Months = list[Decimal | None]


def _sum(months: Months | None) -> Decimal | None:
    """What the months add up to; None where the row is not there, or plans nothing of the kind in any month."""
    known = [month for month in months or [] if month is not None]
    return sum(known, Decimal(0)) if known else None


@dataclass(frozen=True)
class LineChange:
    """A row that is another one than before, month by month; where it is gone, `line` says what it was. `returned` rows went back."""

    line: BudgetLine
    returned: bool
    revenues_before: Months | None
    revenues_now: Months | None
    quantities_before: Months | None
    quantities_now: Months | None
    chance_before: str
    chance_now: str

    @property
    def revenue_before(self) -> Decimal | None:
        """The revenue of the year before; None where the row was not there."""
        return _sum(self.revenues_before)

    @property
    def revenue_now(self) -> Decimal | None:
        """The revenue of the year now; None where the row is gone."""
        return _sum(self.revenues_now)

    @property
    def quantity_before(self) -> Decimal | None:
        """The quantity of the year before; None where none was planned, as of a rest."""
        return _sum(self.quantities_before)

    @property
    def quantity_now(self) -> Decimal | None:
        """The quantity of the year now."""
        return _sum(self.quantities_now)

    @property
    def difference(self) -> Decimal:
        """The revenue of the year, now less before."""
        return (self.revenue_now or Decimal(0)) - (self.revenue_before or Decimal(0))

    def differences(self, measure: str) -> list[Decimal]:
        """What each month is more than before, in revenue or quantity."""
        before, now = (
            (self.quantities_before, self.quantities_now) if measure == "quantity" else (self.revenues_before, self.revenues_now)
        )
        nothing: Months = [None] * 12
        return [(one or Decimal(0)) - (other or Decimal(0)) for one, other in zip(now or nothing, before or nothing, strict=True)]

    @property
    def kind(self) -> Kind:
        """How it differs."""
        if self.revenue_before is None or self.revenue_now is None:
            return Kind.ADDED if self.revenue_before is None else Kind.REMOVED
        before = self.revenue_before, self.quantity_before, self.chance_before
        return Kind.MONTHS if before == (self.revenue_now, self.quantity_now, self.chance_now) else Kind.CHANGED

    @property
    def class_change(self) -> str:
        """From which class to which, in words; empty where it is the same, or the row came or went."""
        if self.chance_before == self.chance_now or not (self.chance_before and self.chance_now):
            return ""
        return f"{BudgetLine.Chance(self.chance_before).label} → {BudgetLine.Chance(self.chance_now).label}"

    @property
    def quantity_difference(self) -> Decimal | None:
        """The quantity of the year, now less before; None where none is planned."""
        if self.quantity_before is None and self.quantity_now is None:
            return None
        return (self.quantity_now or Decimal(0)) - (self.quantity_before or Decimal(0))


def changes_since(budget: Budget) -> list[LineChange]:
    """The rows that differ from what was submitted last, the largest difference first; empty where nothing was returned."""
    return _changes(CHANGES.format(present=PRESENT.format(budget="%(now)s"), past=SUBMITTED), budget, budget)


def changes_between(before: Budget, now: Budget) -> list[LineChange]:
    """The rows in which two versions differ, the largest difference first: added, gone, changed, or in other months."""
    past, present = VERSION.format(budget="%(before)s"), VERSION.format(budget="%(now)s")
    return _changes(CHANGES.format(present=present, past=past), before, now)


def versions_of(budget: Budget, reader: Any) -> list[Budget]:
    """The budgets of the same person and location that this person reads, the latest first: what a version is compared with."""
    rows = Budget.objects.visible_to(reader).filter(contributor=budget.contributor_id, location=budget.location_id)
    return list(rows.for_list().order_by("-round__first_month", "-round__created_at", "-pk"))


def _changes(statement: str, before: Budget, now: Budget) -> list[LineChange]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"before": before.pk, "now": now.pk})
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
