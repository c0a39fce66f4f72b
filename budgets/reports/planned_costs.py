"""Budgeted account costs as a table: by kind and customer over the months; and how they differ from another version of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.dates import MONTHS

from accounts.models import Customer, User
from budgets.models import AccountCost, Budget, BudgetRound, SubmittedCost, SubmittedLine, months_of
from budgets.models.account_costs import CostKind
from budgets.reports.account_costs import budgets_in_force
from budgets.reports.standings import Question

NOTHING = Decimal(0)
Key = tuple[str, int | None, int | None]


@dataclass
class CostRow:
    """A kind of cost, of one customer or of none: what is set aside for the year as a whole, and month by month."""

    kind: CostKind
    customer: Customer | None
    whole: Decimal = NOTHING
    months: list[Decimal] = field(default_factory=lambda: [NOTHING] * 12)

    @property
    def year(self) -> Decimal:
        """All of it."""
        return sum(self.months, self.whole)


def cost_rows(budgets: Sequence[Budget], reader: Any) -> list[CostRow]:
    """What these budgets set aside, for who reads it in every one of them; for others nothing, half of it would say something false."""
    keys = {one.pk for one in budgets}
    if Budget.objects.by_role(reader).filter(pk__in=keys).count() < len(keys):
        return []
    return _rows(AccountCost.objects.visible_to(reader).filter(budget__in=keys))


def costs_of_year(person: User, first_month: date, reader: Any) -> tuple[list[CostRow], list[int]]:
    """What a person's plan in force sets aside over a year, and at which locations, for who reads all of it."""
    budgets = list(
        Budget.objects.filter(pk__in=budgets_in_force(Question(first_month, person=person)).filter(contributor=person))
    )
    costs = AccountCost.objects.filter(budget__in=budgets)
    if costs.visible_to(reader).count() < costs.count():
        return [], []
    places = {one.pk: one.location_id for one in budgets}
    return _rows(costs), sorted({places[key] for key in costs.order_by().values_list("budget", flat=True).distinct()})


def _rows(costs: Any) -> list[CostRow]:
    found: dict[tuple[str, int | None], CostRow] = {}
    for cost in costs.select_related("customer").order_by("pk"):
        row = found.setdefault((cost.kind, cost.customer_id), CostRow(CostKind(cost.kind), cost.customer))
        if cost.month:
            row.months[cost.month - 1] += cost.amount
        else:
            row.whole += cost.amount
    order = list(CostKind)
    return sorted(found.values(), key=lambda row: (order.index(row.kind), row.customer is not None, str(row.customer or "")))


@dataclass(frozen=True)
class CostChange:
    """A cost that is another than in the version before; None where it was not there, or is gone. The month counts from 1."""

    kind: CostKind
    month: int | None
    customer: Customer | None
    before: Decimal | None
    now: Decimal | None
    month_name: str = ""

    @property
    def difference(self) -> Decimal:
        """Now less before."""
        return (self.now or NOTHING) - (self.before or NOTHING)


def costs_changed_since_submission(budget: Budget, reader: Any) -> list[CostChange]:
    """The costs of a returned budget that differ from those submitted, for who reads them; the largest difference first."""
    returned = budget.status == Budget.Status.RETURNED or SubmittedLine.objects.filter(budget=budget).exists()
    before = SubmittedCost.objects.filter(budget=budget)
    return _changes(before, budget) if (returned or before.exists()) and _reads(budget, reader) else []


def version_before(budget: Budget) -> Budget | None:
    """The last budget of the same person and location that was published in this year before this one."""
    rows = Budget.objects.filter(
        contributor=budget.contributor_id,
        location=budget.location_id,
        round__first_month=budget.round.first_month,
        round__published_at__isnull=False,
    ).exclude(pk=budget.pk)
    if budget.round.published_at:
        rows = rows.filter(round__published_at__lt=budget.round.published_at)
    return rows.select_related("round").order_by("-round__published_at", "-pk").first()


def costs_changed_since_version(budget: Budget, reader: Any) -> tuple[Budget | None, list[CostChange]]:
    """The version before a revised budget, and the costs that are others than in it, for who reads both."""
    before = version_before(budget) if budget.round.kind == BudgetRound.Kind.REVISION else None
    if before is None or not _reads(budget, reader) or not _reads(before, reader):
        return None, []
    return before, _changes(AccountCost.objects.filter(budget=before), budget)


def _reads(budget: Budget, reader: Any) -> bool:
    return bool(Budget.objects.by_role(reader).filter(pk=budget.pk).exists())


def _changes(before: Any, budget: Budget) -> list[CostChange]:
    was, is_ = _amounts(before), _amounts(AccountCost.objects.filter(budget=budget))
    differing = [key for key in {**was, **is_} if was.get(key) != is_.get(key)]
    names = Customer.objects.in_bulk([customer for _kind, _month, customer in differing if customer])
    months = months_of(budget.round.first_month)
    found = [
        CostChange(
            CostKind(key[0]), key[1], names.get(key[2] or 0), was.get(key), is_.get(key),
            str(MONTHS[months[key[1] - 1].month]) if key[1] else "",
        )
        for key in differing
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-abs(row.difference), row.kind, row.month or 0, str(row.customer or "")))


def _amounts(costs: Iterable[Any]) -> dict[Key, Decimal]:
    return {(one.kind, one.month, one.customer_id): one.amount for one in costs}
