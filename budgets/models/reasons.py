"""Why nothing is planned for a plant that bought: one reason, given once for as many plants as it holds for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Plant
from budgets.models.budgets import Budget
from budgets.models.scopes import BudgetOwnedQuerySet
from kam.core.history import tracked


class ZeroReasonQuerySet(BudgetOwnedQuerySet):
    """Reasons; seen with their budget."""

    budget_path = "budget"


@tracked()
class ZeroReason(models.Model):
    """The reason why a budget plans nothing for a plant that bought in the last twelve months."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="zero_reasons")
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("customer plant"), related_name="+")
    why = models.CharField(_("reason"), max_length=400)

    objects = ZeroReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("reason of a zero")
        verbose_name_plural = _("reasons of zeros")
        ordering = ["budget", "plant"]
        constraints = [
            models.UniqueConstraint(fields=["budget", "plant"], name="budgets_zeroreason_once"),
            models.CheckConstraint(condition=~models.Q(why=""), name="budgets_zeroreason_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.plant} · {self.why}"
