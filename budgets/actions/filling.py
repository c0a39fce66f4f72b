"""Filling a budget: from the sales ledger, the last approved version, agreed prices or negotiations; in sets, never row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from budgets.actions.costing import cost_lines
from budgets.actions.estimating import begin_estimate
from budgets.actions.proposals import KEY, propose, take_actuals
from budgets.actions.rates import rate_needed
from budgets.actions.sources import add_sought, take_agreed_prices
from budgets.actions.totals import keep_totals
from budgets.models import AccountCost, Budget, BudgetLine, BudgetRound, months_of
from budgets.models.years import month_after
from budgets.reports.portfolio import reference_months
from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied


class FillSource(models.TextChoices):
    """What a budget is filled from."""

    LAST_TWELVE_MONTHS = "last_twelve_months", _("The last twelve months")
    LAST_YEAR = "last_year", _("The last complete year")
    TO_DATE_AND_TO_GO = "to_date_and_to_go", _("The year before: actuals to date and an estimate to go")
    LAST_VERSION = "last_version", _("The last approved version")
    AGREED_PRICES = "agreed_prices", _("The agreed prices, month by month")
    NEGOTIATIONS = "negotiations", _("Negotiations and accepted offers")


NOTHING = Decimal(0)
#: Sources whose figures are what they are.
AS_THEY_ARE = frozenset({FillSource.AGREED_PRICES, FillSource.NEGOTIATIONS})
#: What lines say that they were filled from, where it is not the ledger.
FILLED_AS = {
    FillSource.LAST_VERSION: BudgetLine.Source.LAST_VERSION, FillSource.NEGOTIATIONS: BudgetLine.Source.NEGOTIATIONS,
}  # fmt: skip
#: What is taken over from the lines of another version.
TAKEN_OVER = "plant_id, customer_id, market_id, product_id, family_id, producing_location_id, currency, unit, chance, comment"
SAME = (
    f"line.budget_id = %(budget)s AND {KEY.format(row='line')} = {KEY.format(row='before')}"
    " AND ROW(line.market_id, line.chance)::text = ROW(before.market_id, before.chance)::text"
)
# A version of the same year keeps its costs; another year's lines take those of theirs.
COPY_LINES = f"""
INSERT INTO budgets_budgetline (budget_id, source, review, version, quantity, revenue, standard_cost_id, cost_share, {TAKEN_OVER})
SELECT %(budget)s, 'last_version', 'open', 1, 0, 0, CASE WHEN %(same_year)s THEN standard_cost_id END,
    CASE WHEN %(same_year)s THEN cost_share END, {TAKEN_OVER}
FROM budgets_budgetline AS before
WHERE budget_id = %(from)s AND NOT EXISTS (SELECT FROM budgets_budgetline AS line WHERE {SAME})
ORDER BY id
"""
# Whole pieces stay whole; what does not change stays to the cent.
COPY_CELLS = f"""
INSERT INTO budgets_budgetcell (line_id, month, quantity, price, revenue, version)
SELECT id, month, quantity, price, CASE WHEN %(volume)s = 1 AND %(price)s = 1 THEN revenue
    ELSE round(coalesce(quantity * price, revenue * %(volume)s * %(price)s), %(places)s) END, 1
FROM (
    SELECT line.id, cell.month, cell.revenue, round(cell.price * %(price)s, 5) AS price,
        round(cell.quantity * %(volume)s, CASE WHEN cell.quantity = trunc(cell.quantity) THEN 0 ELSE 3 END) AS quantity
    FROM budgets_budgetline AS before JOIN budgets_budgetcell AS cell ON cell.line_id = before.id
    JOIN budgets_budgetline AS line ON {SAME}
    WHERE before.budget_id = %(from)s AND line.source = 'last_version'
        AND NOT EXISTS (SELECT FROM budgets_budgetcell AS there WHERE there.line_id = line.id)
) AS grown
"""


def refuse_closed(budget: Budget) -> None:
    """A budget that was submitted or whose round is past preparation stays as it is. Raises Denied."""
    if not budget.accepts_work:
        raise Denied("budget_closed", _("This budget is submitted. The sales manager can return it to you."))


def refuse_estimate(budget: Budget) -> None:
    """An estimate is made of its own lines; what fills whole years has no place in it. Raises Denied."""
    if budget.round.kind == BudgetRound.Kind.ESTIMATE:
        raise Denied("estimate_by_hand", _("An estimate is not filled. Type the months that are to come, or add a line."))


EMPTY_OVER = """
UPDATE budgets_budgetcell AS cell SET quantity = NULL, price = NULL, revenue = 0
FROM budgets_budgetline AS line
WHERE line.id = cell.line_id AND line.budget_id = %(budget)s AND NOT line.id = ANY(%(held)s) AND cell.month <= %(over)s
    AND cell.revenue <> 0
"""


@contextmanager
def nothing_planned_over(budget: Budget) -> Iterator[None]:
    """Lines that are made meanwhile plan nothing in the months that are over."""
    over = budget.round.months_over
    held = list(budget.lines.values_list("pk", flat=True)) if over else []
    yield
    if over:
        with connection.cursor() as cursor:
            cursor.execute(EMPTY_OVER, {"budget": budget.pk, "held": held, "over": over})
        keep_totals([budget.pk], budget.round.decimals)


def version_in_force(budget: Budget) -> Budget | None:
    """The last published budget of the same person and location for the same year."""
    return _published_before(budget).filter(round__first_month=budget.round.first_month).first()


def version_before(budget: Budget) -> Budget | None:
    """The last published budget of the same person and location: of the same year, else of the latest year before."""
    return _published_before(budget).first()


def _published_before(budget: Budget) -> Any:
    rows = Budget.objects.filter(
        contributor=budget.contributor_id,
        location=budget.location_id,
        round__first_month__month=budget.round.first_month.month,
        round__first_month__lte=budget.round.first_month,
        round__published_at__isnull=False,
    )
    return rows.exclude(pk=budget.pk).order_by("-round__first_month", "-round__published_at", "-pk")


def begin_with(budget: Budget) -> None:
    """The finished proposal with which a budget opens: the version in force in a revision, else the last twelve months.

    An estimate opens with the actuals of the months that are over and the targets of those to come.
    """
    if budget.round.kind == BudgetRound.Kind.ESTIMATE:
        begin_estimate(budget)
        return
    before = version_in_force(budget) if budget.round.kind == BudgetRound.Kind.REVISION else None
    if before is None:
        with nothing_planned_over(budget):
            propose(budget, reference_months(budget.round.first_month), NOTHING, NOTHING)
    else:
        _take_over(budget, before, NOTHING, NOTHING)
        _take_over_account_costs(budget, before)
    if budget.round.closed_months == BudgetRound.ClosedMonths.ACTUALS:
        take_actuals(budget)


def _take_over(budget: Budget, before: Budget, volume: Decimal, price: Decimal) -> None:
    """Add the lines of another version that are not there, more or less by these per cents."""
    for currency in before.round.rates.values_list("currency", flat=True):
        rate_needed(budget.round, currency)
    values: dict[str, Any] = {
        "budget": budget.pk,
        "from": before.pk,
        "same_year": before.round.first_month == budget.round.first_month,
        "volume": 1 + volume / 100,
        "price": 1 + price / 100,
        "places": budget.round.decimals,
    }
    with connection.cursor() as cursor:
        cursor.execute(COPY_LINES, values)
        cursor.execute(COPY_CELLS, values)
    cost_lines(budget.round, [budget.pk])
    keep_totals([budget.pk], budget.round.decimals)


def _take_over_account_costs(budget: Budget, before: Budget) -> None:
    """A revision begins with the account costs of the version in force, too."""
    kept = before.account_costs.order_by("pk")
    AccountCost.objects.bulk_create(
        [
            AccountCost(budget=budget, kind=cost.kind, month=cost.month, customer_id=cost.customer_id, amount=cost.amount)
            for cost in kept
        ]
    )


def _months_of(source: str, first_month: date) -> list[date]:
    """The months whose sales stand for those of the plan."""
    if source == FillSource.LAST_TWELVE_MONTHS:
        return reference_months(first_month)
    before = month_after(first_month, -12)
    while source == FillSource.LAST_YEAR and month_after(before, 12) > clock.today():
        before = month_after(before, -12)
    return months_of(before)


@verb("budgets.fill_budget", _("Fill"))
def fill_budget(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    source: str = FillSource.LAST_TWELVE_MONTHS,
    volume_percent: Decimal = NOTHING,
    price_percent: Decimal = NOTHING,
    anew: bool = False,
) -> Budget:
    """Add what was sold, or what was planned before, and is not planned yet, more or less by these per cents.

    With `anew` the lines that were filled this way before are taken out first; those made by hand and returned rows stay. Agreed
    prices add nothing: they take the place of the prices of the months to come. Raises Denied.
    """
    refuse_closed(budget)
    refuse_estimate(budget)
    for name, percent in (("volume_percent", volume_percent), ("price_percent", price_percent)):
        if not -100 <= percent <= 1000:
            raise Denied("percent_absurd", _("Choose a change between −100 and +1000 %%.") % {}, field=name, status=400)
        if percent and source in AS_THEY_ARE:
            text = _("Agreements and negotiations say the figures themselves. Leave the change at zero.")
            raise Denied("percent_not_here", text, field=name, status=400)
    reader = actor or budget.contributor
    if source == FillSource.AGREED_PRICES:
        take_agreed_prices(budget, reader)
        budget.refresh_from_db()
        return budget
    before = version_before(budget) if source == FillSource.LAST_VERSION else None
    if source == FillSource.LAST_VERSION and before is None:
        raise Denied("no_version", _("There is no approved version of yours at this location."), field="source", status=400)
    if anew:
        filled = FILLED_AS.get(FillSource(source), BudgetLine.Source.LAST_YEAR)
        lines = BudgetLine.objects.filter(budget=budget, source=filled)
        lines.filter(proposal="").exclude(challenge=BudgetLine.Challenge.RETURNED).delete()
    with nothing_planned_over(budget):
        if source == FillSource.NEGOTIATIONS:
            add_sought(budget, reader)
        elif before is None:
            to_go = source == FillSource.TO_DATE_AND_TO_GO
            propose(budget, _months_of(source, budget.round.first_month), volume_percent, price_percent, to_go=to_go)
        else:
            _take_over(budget, before, volume_percent, price_percent)
    budget.refresh_from_db()
    return budget
