"""Account costs of a year: what was budgeted for each kind beside what was spent, to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Round

from budgets.models import AccountCost, AccountExpense, Budget, BudgetRound
from budgets.models.account_costs import CostKind
from budgets.models.years import month_after
from budgets.reports.standings import Plan, Question

NOTHING = Decimal(0)
AMOUNT: Any = DecimalField(max_digits=24, decimal_places=2)


@dataclass(frozen=True)
class CostStanding:
    """One kind of cost, or all of them (`kind` None): the year's budget beside what was spent in it so far."""

    kind: CostKind | None
    budgeted: Decimal
    actual: Decimal

    @property
    def difference(self) -> Decimal:
        """What was spent beyond the budget; below zero what is left of it."""
        return self.actual - self.budgeted


def account_costs(asked: Question, reader: Any) -> list[CostStanding]:
    """The kinds of a year that hold anything, of a person, a location or the company, as far as this person reads them.

    In the round's currency: each document at the budget rate of the last published round of the year and rounded by itself, at
    the rate of its day where the round has none. A cost stays with the person for whom it was planned or spent.
    """
    planned = AccountCost.objects.visible_to(reader).filter(budget__in=budgets_in_force(asked).values("pk"))
    spent = AccountExpense.objects.visible_to(reader).filter(
        date__gte=asked.first_month, date__lt=month_after(asked.first_month, 12)
    )
    if asked.person is not None:
        planned, spent = planned.filter(budget__contributor=asked.person), spent.filter(person=asked.person)
    if asked.location is not None:
        planned, spent = planned.filter(budget__location=asked.location), spent.filter(location=asked.location)
    budgeted = _by_kind(planned, F("amount"))
    actual = _by_kind(spent, _at_budget_rates(asked))
    return [
        CostStanding(kind, budgeted.get(kind, NOTHING), actual.get(kind, NOTHING))
        for kind in CostKind
        if kind in budgeted or kind in actual
    ]


def total_of(rows: Sequence[CostStanding]) -> CostStanding:
    """All kinds together."""
    return CostStanding(None, sum((row.budgeted for row in rows), NOTHING), sum((row.actual for row in rows), NOTHING))


def _by_kind(rows: Any, amount: Any) -> dict[str, Decimal]:
    return dict(rows.order_by().values("kind").annotate(sum=Sum(amount)).values_list("kind", "sum"))


def budgets_in_force(asked: Question) -> Any:
    """Of each person and location the budget of the last round of the year that was published, or of the first."""
    first = "" if asked.plan == Plan.ORIGINAL else "-"
    published = Budget.objects.filter(round__first_month=asked.first_month, round__published_at__isnull=False)
    return published.order_by("contributor_id", "location_id", f"{first}round__published_at", f"{first}pk").distinct(
        "contributor_id", "location_id"
    )


def _at_budget_rates(asked: Question) -> Any:
    """What a document is worth in the currency of the year's last published round."""
    rounds = BudgetRound.objects.filter(first_month=asked.first_month, published_at__isnull=False)
    last = rounds.order_by("-published_at", "-pk").first()
    if last is None:
        return F("base_amount")
    rates = [
        When(Q(currency=rate.currency), then=Round(F("amount") * Value(rate.rate), precision=last.decimals))
        for rate in last.rates.order_by("pk")
    ]
    return Case(When(Q(currency=last.currency), then=F("amount")), *rates, default=F("base_amount"), output_field=AMOUNT)
