"""How much of what was decided was won: the same of negotiations and of offers (K-S1, K-S2)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole in per cent, to the hundredth; nothing of nothing."""
    return (part / whole * 100).quantize(CENT, ROUND_HALF_UP) if whole else None


class HitRates:
    """Figures with what was won and lost, by number and by value."""

    won: int
    lost: int
    won_value: Decimal
    lost_value: Decimal

    @property
    def hit_rate(self) -> Decimal | None:
        """Won of what was won or lost, by number; none where nothing was (K-S1)."""
        return percent_of(Decimal(self.won), Decimal(self.won + self.lost))

    @property
    def hit_rate_value(self) -> Decimal | None:
        """The same by value (K-S2)."""
        return percent_of(self.won_value, self.won_value + self.lost_value)
