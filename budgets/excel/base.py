"""What the sheets of a budget share: each row names one of the reader's own budgets that are in preparation, by round and location."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.excel.by_action import ByAction
from budgets.models import Budget, BudgetRound
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan


def round_code(one: BudgetRound) -> str:
    """A round as a sheet names it: 2027 V1."""
    return f"{one.year} {one.name}"


#: The columns that name the budget of a row.
BUDGET_COLUMNS = (
    Column(
        "round",
        _("budget round"),
        "reference",
        source=lambda row: round_code(row.budget.round),
        fixed=True,
        help=_("year and version as in 2027 V1; empty where only one is in preparation"),
    ),
    Column("location", _("location"), "reference", required=True, source="budget.location.code", fixed=True),
)


class OfBudgets(ByAction):
    """A kind whose rows belong to the reader's own budgets."""

    def of_budgets(self, rows: list[SheetRow], plan: Plan, actor: Any, sheet: str) -> list[SheetRow]:
        """Each row with its budget (`budget`): one of the reader's own that is in preparation, by round and location."""
        mine = Budget.objects.permitted(actor, self.verb).select_related("round", "location", "contributor")
        mine = mine.filter(round__status=BudgetRound.Status.OPEN, status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED])
        kept = []
        for row in rows:
            named, place = str(row.values.get("round") or "").strip(), row.values["location"]
            fit = [one for one in mine if one.location.code == place and named in ("", round_code(one.round))]
            if len(fit) == 1:
                row.values |= {"budget": fit[0]}
                kept.append(row)
            else:
                column = "round" if fit or named else "location"
                plan.errors.append(self.error(sheet, row, column, _("one of your own budgets that is in preparation")))
        return kept
