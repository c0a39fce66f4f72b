"""A key figure as it is kept and shown: numerator over denominator, and "n/a" where there is nothing to divide by (domain 13)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Ratio:
    """What stands over what; compared unrounded, shown in per cent with two decimals (domain 1.4)."""

    numerator: Decimal
    denominator: Decimal

    @property
    def value(self) -> Decimal | None:
        """The quotient; None, shown as n/a, over an empty denominator, never 0 and never 1."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> Decimal | None:
        """The quotient in per cent with two decimals, or None."""
        value = self.value
        return None if value is None else (value * 100).quantize(HUNDREDTH, ROUND_HALF_UP)
