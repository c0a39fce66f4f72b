"""On which days a plant bought at a location: a year a row, a bit a day; what says when customers buy and when they fall silent.

Kept by triggers on the lines, beside the totals and in the same transaction. A day counts with a line of goods to a third party
that brought revenue; what a correction ends is looked for once more among the lines of its plant and day.
"""

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant
from orders.models.scopes import LedgerQuerySet

DAYS = 366
NO_DAY = f"repeat('0', {DAYS})::bit({DAYS})"
BIT = f"set_bit({NO_DAY}, extract(doy FROM date)::integer - 1, 1)"
COUNTED = "ended_by_id IS NULL AND kind = 'goods' AND NOT is_intercompany AND revenue > 0"
#: The years of days (`plant_id`, `selling_location_id`, `date`): the columns of a row, one aggregated.
YEARS = f"""
SELECT extract(year FROM date)::smallint AS year, plant_id, selling_location_id,
    bit_or({BIT}) AS days
FROM ({{days}}) AS found GROUP BY extract(year FROM date), plant_id, selling_location_id
"""
#: (The planner takes four conditions for a few rows and would sort them; one that it does not look into for half of all.)
BOUGHT = f"SELECT date, plant_id, selling_location_id FROM {{source}} WHERE CASE WHEN {COUNTED} THEN true ELSE false END"


def years(source: str) -> str:
    """SQL: the rows that lines make."""
    return YEARS.format(days=BOUGHT.format(source=source))


FILL = f"INSERT INTO orders_salesdays (year, plant_id, selling_location_id, days) {years('orders_salesline')}"
TAKE_IN = """
INSERT INTO orders_salesdays AS kept (year, plant_id, selling_location_id, days) {years}
ON CONFLICT (plant_id, selling_location_id, year) DO UPDATE SET days = kept.days | excluded.days
WHERE kept.days | excluded.days <> kept.days;
RETURN NULL;
"""
GONE = f"""
{BOUGHT.format(source="before")} AND NOT EXISTS (
    SELECT FROM orders_salesline AS line
    WHERE line.plant_id = before.plant_id AND line.date = before.date AND line.selling_location_id = before.selling_location_id
        AND line.ended_by_id IS NULL AND line.kind = 'goods' AND NOT line.is_intercompany AND line.revenue > 0
)
"""
TAKE_OUT = f"""
UPDATE orders_salesdays AS kept SET days = kept.days & ~gone.days FROM ({YEARS.format(days=GONE)}) AS gone
WHERE kept.plant_id = gone.plant_id AND kept.selling_location_id = gone.selling_location_id AND kept.year = gone.year;
RETURN NULL;
"""


class DaysField(models.Field):
    """The days of a year, a bit each; the first is 1 January."""

    def db_type(self, connection: Any) -> str:
        return f"bit({DAYS})"


class SalesDays(models.Model):
    """The days of a year on which a plant bought at a location."""

    year = models.PositiveSmallIntegerField(_("year"))
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name=_("plant")
    )
    selling_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("selling location"),
    )
    days = DaysField(_("days"))

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("days of sales")
        verbose_name_plural = _("days of sales")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["plant", "selling_location", "year"], name="orders_days_once")]

    def __str__(self) -> str:
        return f"{self.plant_id} · {self.selling_location_id} · {self.year}"


def triggers() -> list[pgtrigger.Trigger]:
    """What stands on the lines: their days are taken in, those of ended lines taken out where no other line holds them."""
    return [
        pgtrigger.Trigger(
            name="days_new",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="made"),
            func=TAKE_IN.format(years=years("made")),
        ),
        pgtrigger.Trigger(
            name="days_ended",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=pgtrigger.Referencing(old="before"),
            func=TAKE_OUT,
        ),
    ]
