"""The totals of targets, three levels of them, written with the targets, so that a year is read without its lines.

A report reads the coarsest level that has what it needs; `manage.py check_target_totals` proves that they are equal to the targets.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant, User
from budgets.models.rounds import BudgetRound
from budgets.models.targets import MEASURES, TargetQuerySet, month_column
from budgets.models.years import MONTHS
from catalog.models import ProductFamily

#: Revenue less cost, of that of which the cost is known; empty where it is known of nothing.
MARGIN = "margin"
FIGURES = (*MEASURES, MARGIN)


class Level(models.TextChoices):
    """What the rows of a level are told apart by, beside round, state and selling location."""

    ACCOUNT = "account", _("Person, plant, customer")
    FAMILY = "family", _("Product family")
    MARKET = "market", _("Market")


#: The columns of each level in the database.
KEYS = {
    Level.ACCOUNT: ("person_id", "plant_id", "customer_id"),
    Level.FAMILY: ("family_id",),
    Level.MARKET: ("sector_id", "area_id"),
}
OF_EVERY_LEVEL = ("round_id", "superseded", "original", "selling_location_id")


def _key(model: Any, label: Any) -> Any:
    return models.ForeignKey(
        model,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=label,
    )


class TargetTotal(models.Model):
    """What targets of a round add up to; the months are columns, in the currency of the round."""

    round = models.ForeignKey(
        BudgetRound, on_delete=models.PROTECT, verbose_name=_("budget round"), related_name="+", db_index=False
    )
    level = models.CharField(_("level"), max_length=7, choices=Level.choices)
    superseded = models.BooleanField(_("superseded"))
    original = models.BooleanField(_("original"))
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="+", db_index=False
    )
    person = _key(User, _("person"))
    plant = _key(Plant, _("customer plant"))
    customer = _key(Customer, _("customer"))
    family = _key(ProductFamily, _("product family"))
    sector = _key(Market, _("sector"))
    area = _key(Market, _("area"))

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of targets")
        verbose_name_plural = _("totals of targets")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "level", "superseded", "original", "selling_location", "person", "plant", "customer", "family",
                        "sector", "area"],
                nulls_distinct=False,
                name="budgets_targettotal_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["person"], condition=models.Q(level="account"), name="budgets_targettotal_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} · {self.level}"


for _figure in FIGURES:
    for _month in MONTHS:
        TargetTotal.add_to_class(  # type: ignore[attr-defined]
            month_column(_figure, _month),
            models.DecimalField(max_digits=22, decimal_places=3 if _figure == "quantity" else 2, null=True, editable=False),
        )
