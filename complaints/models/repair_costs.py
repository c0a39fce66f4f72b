"""What a repair costs ourselves and what it leaves: read only by who reads costs there, and kept out of the history that everybody reads."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.repair_work import amount


class Costed(models.Model):
    """Our own costs of a piece's repair, in the currency of the selling location like what is charged."""

    cost_labour = amount(_("own cost of labour"))
    cost_parts = amount(_("own cost of parts"))
    cost_other = amount(_("own cost of other work and freight"))

    class Meta:
        abstract = True

    charge: Any

    @property
    def cost(self) -> Decimal | None:
        """All of it, as far as it is known."""
        known = [one for one in (self.cost_labour, self.cost_parts, self.cost_other) if one is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def margin(self) -> Decimal | None:
        """What is charged less our own cost; what is free leaves its cost (K-R4)."""
        return None if self.cost is None else (self.charge or Decimal(0)) - self.cost

    @property
    def margin_share(self) -> Decimal | None:
        """The margin in per cent of what is charged."""
        if self.margin is None or not self.charge:
            return None
        return (self.margin * 100 / self.charge).quantize(Decimal("0.01"), ROUND_HALF_UP)


#: What of a piece only readers of costs read: columns, and what follows from them.
COST_COLUMNS = tuple(field.name for field in Costed._meta.local_fields)
COSTS = (*COST_COLUMNS, "cost", "margin", "margin_share")
