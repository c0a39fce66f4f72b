"""When a departure from the plan has a colour, and when two plans tally: limits are data, compared unrounded (domain 1.4, 1.10)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.reports.ratio import Ratio


class Colour(models.TextChoices):
    """How far a figure is from its plan."""

    GREEN = "green", _("On plan")
    AMBER = "amber", _("Below plan")
    RED = "red", _("Far below plan")


@dataclass(frozen=True)
class Limits:
    """Beyond which share of the plan a shortfall is amber, and beyond which share and amount it is red (AT-13: strictly)."""

    amber: Decimal
    red: Decimal
    red_amount: Decimal

    def colour(self, plan: Decimal, gap: Decimal) -> Colour:
        """The colour of a gap (actual less plan); a favourable one is green, and so is a gap without a plan."""
        short = -gap
        if plan <= 0 or short <= 0 or short <= self.amber * plan:
            return Colour.GREEN
        return Colour.RED if short > self.red * plan and short > self.red_amount else Colour.AMBER


@dataclass(frozen=True)
class Tally:
    """What was asked from above beside what the cells add up to (K-B10, AT-14), and the stretch that the sales manager owns."""

    top_down: Decimal
    bottom_up: Decimal
    stretch: Decimal = Decimal(0)

    @property
    def gap(self) -> Decimal:
        """What is missing to what was asked; below zero where more is planned."""
        return self.top_down - self.bottom_up - self.stretch

    @property
    def share(self) -> Ratio:
        """K-B10: the gap over what was asked."""
        return Ratio(self.gap, self.top_down)

    def within(self, tolerance: Decimal) -> bool:
        """Whether the two tally: the gap, either way, is at most this share of what was asked."""
        return abs(self.gap) <= tolerance * self.top_down
