"""The board of a round: who stands where, and what was asked from above beside what the budgets add up to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetRound, HandIn, cost_reach_of
from budgets.reports.ratio import Ratio
from budgets.reports.thresholds import Tally
from kam.core.parameters import define, parameter

GAP_TOLERANCE = define(
    "budgets.gap_tolerance",
    default=Decimal(2),
    unit="%",
    label=_("Gap between top-down and bottom-up up to which a round is consolidated"),
)


def tally_of(budget_round: BudgetRound) -> Tally | None:
    """Top-down beside bottom-up over all budgets of a round (K-B10); None while no target is set."""
    if budget_round.top_down is None:
        return None
    bottom_up = Budget.objects.filter(round=budget_round).aggregate(total=Sum("revenue"))["total"] or Decimal(0)
    return Tally(budget_round.top_down, bottom_up, budget_round.stretch)


@dataclass(frozen=True)
class RoundStanding:
    """How far a round is, over the budgets that its reader sees: `whole` says whether these are all of them.

    The tally is for those who see all; the others see their own part beside what was asked of it. The margin, over the revenue
    whose cost is known, is for those who read it everywhere. `on_time` is K-B9: of the budgets that are due by now those that
    were handed in by the deadline, the first time that they were.
    """

    budgets: int
    submitted: int
    approved: int
    revenue: Decimal
    asked: Decimal | None
    lines: int
    to_look_at: int
    whole: bool
    tally: Tally | None
    within: bool
    margin: Ratio | None
    on_time: Ratio

    @property
    def late(self) -> int:
        """How many are due by now and came late or not at all."""
        return int(self.on_time.denominator - self.on_time.numerator)


def standing_of(budget_round: BudgetRound, reader: Any) -> RoundStanding:
    """The figures of a round's board for this reader."""
    rows = Budget.objects.visible_to(reader).filter(round=budget_round)
    found = rows.with_hand_in().aggregate(
        budgets=Count("pk"),
        submitted=Count("pk", filter=Q(status__in=[Budget.Status.SUBMITTED, Budget.Status.APPROVED])),
        approved=Count("pk", filter=Q(status=Budget.Status.APPROVED)),
        revenue=Sum("revenue", default=Decimal(0)),
        asked=Sum("top_down"),
        lines=Sum("line_count", default=0),
        to_look_at=Sum("to_look_at", default=0),
        cost=Sum("cost", default=Decimal(0)),
        uncosted=Sum("uncosted", default=Decimal(0)),
        in_time=Count("pk", filter=Q(hand_in=HandIn.ON_TIME)),
        due=Count("pk", filter=~Q(hand_in="")),
    )
    on_time = Ratio(Decimal(found.pop("in_time")), Decimal(found.pop("due")))
    cost, costed = found.pop("cost"), found["revenue"] - found.pop("uncosted")
    margin = Ratio(costed - cost, costed) if cost_reach_of(reader).everything else None
    whole = not Budget.objects.filter(round=budget_round).exclude(pk__in=rows.values("pk")).exists()
    tally = tally_of(budget_round) if whole else None
    within = tally is not None and tally.within(parameter(GAP_TOLERANCE.key) / 100)
    return RoundStanding(**found, whole=whole, tally=tally, within=within, margin=margin, on_time=on_time)
