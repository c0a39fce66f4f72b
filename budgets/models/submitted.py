"""What the lines and account costs of a returned budget held when it was submitted, so that whoever approves sees what changed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from budgets.models.account_costs import AccountCostQuerySet, CostKind
from budgets.models.budgets import Budget
from budgets.models.scopes import BudgetOwnedQuerySet


class SubmittedLineQuerySet(BudgetOwnedQuerySet):
    """Lines as they were submitted; seen with their budget."""

    budget_path = "budget"


class SubmittedLine(models.Model):
    """A line as it was submitted, kept when its budget is returned until it is returned again; the line itself may be gone."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="submitted_lines")
    line = models.BigIntegerField(_("budget line"))
    quantities = ArrayField(models.DecimalField(max_digits=18, decimal_places=3, null=True), verbose_name=_("quantities"))
    revenues = ArrayField(models.DecimalField(max_digits=18, decimal_places=2), verbose_name=_("revenues"))
    returned = models.BooleanField(_("returned"))

    objects = SubmittedLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line as it was submitted")
        verbose_name_plural = _("lines as they were submitted")
        ordering = ["budget", "line"]
        constraints = [models.UniqueConstraint(fields=["budget", "line"], name="budgets_submittedline_once")]

    def __str__(self) -> str:
        return f"{self.budget_id} · {self.line}"


class SubmittedCost(models.Model):
    """An account cost as it was submitted, kept when its budget is returned until it is returned again; read as the costs are."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="submitted_costs")
    kind = models.CharField(_("kind of cost"), max_length=15, choices=CostKind.choices)
    month = models.PositiveSmallIntegerField(_("month of the year"), null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, verbose_name=_("customer"), related_name="+")
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)

    objects = AccountCostQuerySet.as_manager()

    class Meta:
        verbose_name = _("account cost as it was submitted")
        verbose_name_plural = _("account costs as they were submitted")
        ordering = ["budget", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "kind", "month", "customer"], nulls_distinct=False, name="budgets_submittedcost_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} · {self.kind}"
