"""Where a year stands against its plan and where it will end: the key figures K-B1 to K-B8 of domain 13."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgets.reports.ratio import Ratio

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Standing:
    """A plan by month of its year beside the actuals of the months that have passed, in one currency.

    `actual` has one amount a month from the year's first on; it is as long as the months that are over.
    """

    plan: Sequence[Decimal]
    actual: Sequence[Decimal]

    @property
    def months(self) -> int:
        """How many months of the year are over."""
        return len(self.actual)

    @property
    def year(self) -> Decimal:
        """The plan of the whole year."""
        return sum(self.plan, NOTHING)

    @property
    def planned(self) -> Decimal:
        """The phased plan of the months that are over."""
        return sum(self.plan[: self.months], NOTHING)

    @property
    def remaining(self) -> Decimal:
        """The plan of the months to come."""
        return sum(self.plan[self.months :], NOTHING)

    @property
    def reached(self) -> Decimal:
        """The actuals of the months that are over."""
        return sum(self.actual, NOTHING)

    @property
    def gap(self) -> Decimal:
        """Actuals less phased plan; below zero is behind it."""
        return self.reached - self.planned

    @property
    def deviation(self) -> Ratio:
        """The gap over the phased plan."""
        return Ratio(self.gap, self.planned)

    @property
    def attainment(self) -> Ratio:
        """K-B1: actuals over the phased plan to date."""
        return Ratio(self.reached, self.planned)

    @property
    def of_year(self) -> Ratio:
        """K-B2: actuals over the plan of the year."""
        return Ratio(self.reached, self.year)

    @property
    def linear(self) -> Decimal | None:
        """K-B3: the year at the pace of the months that are over; None before the first one is."""
        return self.reached / self.months * len(self.plan) if self.months else None

    @property
    def seasonal(self) -> Decimal | None:
        """K-B4: the year if the rest follows the plan's own shape; None while nothing was planned to date."""
        return self.reached * self.year / self.planned if self.planned else None

    @property
    def base(self) -> Decimal:
        """K-B5: actuals and the plan of the months to come."""
        return self.reached + self.remaining

    def operational(self, backlog: Decimal, pipeline: Decimal) -> Decimal:
        """K-B6: actuals, the backlog due in the year and the weighted pipeline."""
        return self.reached + backlog + pipeline

    @property
    def needed(self) -> Decimal | None:
        """K-B7: what each month to come has to bring to reach the year; None in a year that is over."""
        left = len(self.plan) - self.months
        return (self.year - self.reached) / left if left else None

    @property
    def uplift(self) -> Ratio:
        """K-B7: what is needed over what is still planned (AT-11: a ratio)."""
        return Ratio(self.year - self.reached, self.remaining)


@dataclass(frozen=True)
class Accuracy:
    """K-B8: how well an estimate met what came; a bias above zero is an estimate that was too high."""

    error: Ratio
    bias: Ratio
    mean_percentage: Decimal | None

    @property
    def accuracy(self) -> Decimal | None:
        """One less the weighted error."""
        return None if self.error.value is None else 1 - self.error.value


def accuracy(estimated: Sequence[Decimal], actual: Sequence[Decimal]) -> Accuracy:
    """The weighted error (WAPE), the bias, and the mean percentage error, which needs every actual above zero."""
    total = sum(actual, NOTHING)
    errors = [abs(came - said) for said, came in zip(estimated, actual, strict=True)]
    shares = [error / came for error, came in zip(errors, actual, strict=True)] if all(came > 0 for came in actual) else []
    return Accuracy(
        error=Ratio(sum(errors, NOTHING), total),
        bias=Ratio(sum(estimated, NOTHING) - total, total),
        mean_percentage=sum(shares, NOTHING) / len(shares) if shares else None,
    )
