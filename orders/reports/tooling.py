"""Tooling that prices carry: how much of it deliveries have paid, and what is left to be invoiced when the programme ends (AT-37)."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from kam.core.money import round_money
from orders.models import AgreementLine, PriceAgreement
from orders.pricing.finding import DELIVERED


@dataclass(frozen=True)
class ToolingLeft:
    """A line with tooling, what was delivered of it, and the quantity and amount that are left."""

    line: AgreementLine
    delivered: Decimal

    @property
    def quantity(self) -> Decimal:
        """How many pieces carry it still."""
        assert self.line.tooling_quantity is not None
        return max(self.line.tooling_quantity - self.delivered, Decimal(0))

    @property
    def amount(self) -> Decimal:
        """What they will pay, or what is to be invoiced where no more are delivered."""
        return round_money(self.quantity * (self.line.tooling_per_unit or Decimal(0)), self.line.currency)


def tooling_left(agreement: PriceAgreement) -> list[ToolingLeft]:
    """Each line of an agreement that carries tooling, with what is left of it."""
    lines = list(agreement.lines.filter(tooling_cost__isnull=False).select_related("product", "family"))
    if not lines:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT line.id, {DELIVERED} FROM orders_agreementline line WHERE line.agreement_id = %s", [agreement.pk])
        delivered = dict(cursor.fetchall())
    return [ToolingLeft(line, delivered[line.pk] or Decimal(0)) for line in lines]
