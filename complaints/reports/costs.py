"""What complaints cost: the external part of the cost of poor quality, gross and less what suppliers pay back (K-Q5, AT-41)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, Sum

from complaints.models import ComplaintCost


@dataclass(frozen=True)
class Costs:
    """External failure cost in the group's currency."""

    gross: Decimal
    recharged: Decimal

    @property
    def net(self) -> Decimal:
        """What stays with us."""
        return self.gross - self.recharged

    def share(self, revenue: Decimal) -> Decimal | None:
        """Gross in per cent of revenue, two decimals; of none there is no share."""
        return (self.gross / revenue * 100).quantize(Decimal("0.01"), ROUND_HALF_UP) if revenue else None


def costs_of(rows: Any) -> Costs:
    """What these cost lines add up to; the rows are such as their reader may see."""
    back = Q(kind=ComplaintCost.Kind.RECHARGE)
    sums = rows.order_by().aggregate(gross=Sum("amount", filter=~back), recharged=Sum("amount", filter=back))
    return Costs(sums["gross"] or Decimal(0), sums["recharged"] or Decimal(0))
