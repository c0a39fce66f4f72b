"""What is asked from above beside the targets of persons: of a family, a market, of new products and of new customers (domain 8.1)."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Market
from budgets.models.rounds import NOT_NEGATIVE, BudgetRound
from budgets.models.scopes import RoundQuerySet
from catalog.models import ProductFamily
from kam.core.history import tracked
from kam.core.records import Record


class TopDownTargetQuerySet(RoundQuerySet):
    """Top-down targets; seen with their round."""

    def for_list(self) -> Self:
        return self.select_related("round", "family", "market")


@tracked()
class TopDownTarget(Record):
    """An amount that a round is to reach in a family, in a market, with new products or with new customers."""

    class Of(models.TextChoices):
        FAMILY = "family", _("Product family")
        MARKET = "market", _("Market")
        NEW_PRODUCTS = "new_products", _("New products")
        NEW_CUSTOMERS = "new_customers", _("New customers")

    round = models.ForeignKey(BudgetRound, on_delete=models.CASCADE, verbose_name=_("budget round"), related_name="top_downs")
    of = models.CharField(_("of"), max_length=13, choices=Of.choices)
    family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product family"), related_name="+"
    )
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("market"), related_name="+"
    )
    amount = models.DecimalField(_("top-down target"), max_digits=18, decimal_places=2, validators=[NOT_NEGATIVE])

    objects = TopDownTargetQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("top-down target")
        verbose_name_plural = _("top-down targets")
        ordering = ["round", "of", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "of", "family", "market"], nulls_distinct=False, name="budgets_topdown_once"
            ),
            models.CheckConstraint(
                condition=Q(of="family", family__isnull=False, market__isnull=True)
                | Q(of="market", family__isnull=True, market__isnull=False)
                | Q(of__in=["new_products", "new_customers"], family__isnull=True, market__isnull=True),
                name="budgets_topdown_of_one",
            ),
            models.CheckConstraint(condition=Q(amount__gte=Decimal(0)), name="budgets_topdown_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.family or self.market or self.get_of_display())

    def get_absolute_url(self) -> str:
        """The board of its round."""
        return f"/budgets/rounds/{self.round_id}/"
