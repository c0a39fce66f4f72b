"""What stands between a budget and its submission: each point in words, with the lines that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.reports.portfolio import PORTFOLIO, owners_of, reference_months, reference_sum
from kam.core.parameters import define, parameter

define(
    "budgets.zero_needs_reason",
    default=Decimal(10_000),
    unit="",
    label=_("Revenue of the last twelve months above which a plan of zero needs a reason"),
)

# The plants of this budget with what they bought in the last twelve months, and what is planned for them.
SOLD = """
SELECT portfolio.plant_id, sum({revenue}) AS sold
FROM ({owners}) AS portfolio
JOIN orders_accounttotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
    AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
WHERE portfolio.owner_id = %(owner)s AND portfolio.location_id = %(location)s
GROUP BY 1
"""
FORGOTTEN = f"""
SELECT sold.plant_id, plant.name, sold.sold FROM ({SOLD}) AS sold JOIN accounts_plant AS plant ON plant.id = sold.plant_id
WHERE sold.sold > %(threshold)s AND NOT EXISTS (
    SELECT FROM budgets_budgetline AS line WHERE line.budget_id = %(budget)s
        AND (line.plant_id = sold.plant_id OR line.customer_id = plant.customer_id OR line.market_id IS NOT NULL)
        AND (line.revenue > 0 OR line.comment <> ''))
    AND NOT EXISTS (SELECT FROM budgets_zeroreason AS given WHERE given.budget_id = %(budget)s AND given.plant_id = sold.plant_id)
ORDER BY sold.sold DESC, sold.plant_id
"""


@dataclass(frozen=True)
class Point:
    """One open point: a stable code, the words, what it names, the keys of these plants or lines, and whether it is the contributor's
    to do before they submit."""

    code: str
    text: Any
    names: Sequence[str] = ()
    plants: Sequence[int] = ()
    lines: Sequence[int] = ()
    blocks: bool = True


def checklist(budget: Budget) -> list[Point]:
    """What is still to be done before this budget can be submitted, and what is open with others; it can be when nothing of it `blocks`.

    A budget without a line can be submitted where nobody bought: at a location that serves a plant and sold it nothing yet.
    """
    points = []
    plants = [] if budget.round.kind == BudgetRound.Kind.ESTIMATE else forgotten(budget)
    if plants:
        text = _("Plants that bought in the last twelve months have no plan and no reason why.")
        points.append(Point("plan_of_zero", text, [name for _key, name in plants], plants=[key for key, _name in plants]))
    moved = Q(challenge=BudgetLine.Challenge.TAKEN) & ~Q(revenue=F("counter"))
    unanswered = BudgetLine.objects.filter(Q(challenge=BudgetLine.Challenge.RETURNED) | moved, budget=budget)
    rows = list(unanswered.for_list().order_by("pk"))
    if rows:
        text = _("Rows that were returned to you have no answer.")
        points.append(Point("rows_returned", text, [str(row) for row in rows], lines=[row.pk for row in rows]))
    return [*points, *_shared(budget)]


def _shared(budget: Budget) -> list[Point]:
    """What is open between the contributor and those with whom they share rows: their proposals, and what the sales manager decides."""
    moved = Q(settled__isnull=False) & ~Q(revenue=F("settled"))
    found = BudgetLine.objects.filter(
        Q(proposal__in=[BudgetLine.Proposal.PROPOSED, BudgetLine.Proposal.OPEN]) | moved, budget=budget
    )
    rows = list(found.for_list().order_by("pk"))
    points = []
    for code, text, blocks in (
        (
            "rows_proposed",
            _("Figures that were proposed to you for shared rows have no answer, or another figure was settled."),
            True,
        ),
        ("rows_open", _("Shared rows are open; the sales manager decides on them."), False),
    ):
        some = [row for row in rows if (row.proposal != row.Proposal.OPEN) == blocks]
        if some:
            points.append(Point(code, text, [str(row) for row in some], lines=[row.pk for row in some], blocks=blocks))
    return points


def forgotten(budget: Budget) -> list[tuple[int, str]]:
    """The plants that bought more than the threshold and have neither a plan nor a reason, the largest first."""
    first = budget.round.first_month
    statement = FORGOTTEN.format(revenue=reference_sum(reference_months(first)), owners=PORTFOLIO)
    values = owners_of(first) | {
        "owner": budget.contributor_id,
        "location": budget.location_id,
        "budget": budget.pk,
        "threshold": parameter("budgets.zero_needs_reason"),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [(key, name) for key, name, _sold in cursor.fetchall()]
