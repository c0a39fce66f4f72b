"""What a target letter says: a person's targets in force of a year, by month, product family, market, customer and location."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import User
from budgets.models import BudgetRound, Target
from budgets.models.targets import COST, MEASURES, month_column
from budgets.models.years import MONTHS

NOTHING = Decimal(0)
#: By what the targets are told, each with its key in a target.
BY = ("family", "sector", "area", "customer", "selling_location")


@dataclass
class Sum:
    """Targets added up: revenue month by month, the revenue whose cost is known with that cost, and quantities by unit."""

    months: list[Decimal] = field(default_factory=lambda: [NOTHING] * 12)
    costed: Decimal = NOTHING
    cost: Decimal = NOTHING
    quantities: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def revenue(self) -> Decimal:
        """The revenue of the year."""
        return sum(self.months, NOTHING)

    @property
    def margin(self) -> Decimal:
        """Revenue whose cost is known less that cost."""
        return self.costed - self.cost

    def add(self, row: dict[str, Any]) -> None:
        """Add a target."""
        for place, month in enumerate(MONTHS):
            revenue, cost = row[month_column("revenue", month)], row[month_column(COST, month)]
            self.months[place] += revenue
            if cost is not None:
                self.costed, self.cost = self.costed + revenue, self.cost + cost
        quantity = sum((row[month_column("quantity", month)] for month in MONTHS), NOTHING)
        if quantity:
            self.quantities[row["unit"]] += quantity

    def join(self, other: "Sum") -> None:
        """Add what another adds up to."""
        self.months = [one + more for one, more in zip(self.months, other.months, strict=True)]
        self.costed, self.cost = self.costed + other.costed, self.cost + other.cost
        for unit, quantity in other.quantities.items():
            self.quantities[unit] += quantity


@dataclass
class Letter:
    """A person's targets of a year: the whole, its parts, the versions that they come from, and what was asked originally."""

    person: User
    first_month: date
    rounds: Sequence[BudgetRound]
    whole: Sum
    by: dict[str, dict[int | None, Sum]]
    original: Decimal


def letter_targets(reader: Any, person: User, first_month: date) -> Any:
    """The targets that a person's letter is about; none unless the reader sees every one of them: half a letter says something false."""
    theirs = Target.objects.in_force().filter(person=person, round__first_month=first_month)
    return theirs if theirs.visible_to(reader).count() == theirs.count() else theirs.none()


def letter_of(reader: Any, person: User, first_month: date) -> Letter | None:
    """The letter of a person's year; None where there is none for this reader."""
    theirs = letter_targets(reader, person, first_month)
    if not theirs.exists():
        return None
    names = [month_column(measure, month) for measure in (*MEASURES, COST) for month in MONTHS]
    whole = Sum()
    by: dict[str, dict[int | None, Sum]] = {name: defaultdict(Sum) for name in BY}
    for row in theirs.values("unit", *BY, *names).iterator(2_000):
        whole.add(row)
        for name in BY:
            by[name][row[name]].add(row)
    months = [month_column("revenue", month) for month in MONTHS]
    first = Target.objects.original().filter(person=person, round__first_month=first_month)
    original = sum((sum(row, NOTHING) for row in first.values_list(*months).iterator(2_000)), NOTHING)
    rounds = BudgetRound.objects.filter(pk__in=theirs.values("round")).order_by("published_at")
    return Letter(person, first_month, list(rounds), whole, {name: dict(found) for name, found in by.items()}, original)
