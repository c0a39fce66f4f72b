"""Account costs: what serving accounts is to cost beside the goods, planned in a budget, and what it did cost, by import."""

from decimal import Decimal
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, User, access_of
from budgets.models.budgets import Budget
from budgets.models.rounds import NOT_NEGATIVE
from budgets.models.scopes import BUDGET_READERS, BudgetOwnedQuerySet, of_people
from budgets.models.years import months_of
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class CostKind(models.TextChoices):
    """What it is spent on."""

    SAMPLES = "samples", _("Samples")
    TRAVEL = "travel", _("Travel")
    TOOLING = "tooling", _("Tooling share")
    BONUSES = "bonuses", _("Bonuses")
    PREMIUM_FREIGHT = "premium_freight", _("Premium freight")


class AccountCostQuerySet(BudgetOwnedQuerySet):
    """Budgeted account costs: read by whoever reads the budget by a role, and by nobody with whom it is only shared.

    They are what an account costs, and bonuses are part of what was negotiated: the contributor, the roles of the budget's
    location that read its plans and margins, and whoever oversees everything read them (domain 11.3).
    """

    budget_path = "budget"

    def visible_to(self, user: Any) -> Self:
        return self.by_role(user)

    def for_list(self) -> Self:
        return self.select_related("budget__round", "budget__contributor", "budget__location", "customer")


@tracked()
class AccountCost(Record):
    """What a budget sets aside for a kind of cost, in a month (of the round's year, from 1) or over the year, perhaps for one customer.

    In the round's currency; part of the approved budget and as immutable as its lines.
    """

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="account_costs")
    kind = models.CharField(_("kind of cost"), max_length=15, choices=CostKind.choices)
    month = models.PositiveSmallIntegerField(
        _("month of the year"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="+"
    )
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, validators=[NOT_NEGATIVE])

    objects = AccountCostQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("budgeted account cost")
        verbose_name_plural = _("budgeted account costs")
        ordering = ["budget", "kind", "month", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "kind", "month", "customer"], nulls_distinct=False, name="budgets_accountcost_once"
            ),
            models.CheckConstraint(condition=Q(amount__gte=Decimal(0)), name="budgets_accountcost_not_negative"),
            models.CheckConstraint(
                condition=Q(month__isnull=True) | Q(month__gte=1, month__lte=12), name="budgets_accountcost_month"
            ),
        ]

    def __str__(self) -> str:
        return " · ".join(str(part) for part in (self.get_kind_display(), self.month_name, self.customer) if part)

    @property
    def month_name(self) -> str:
        """The month in words; empty for the whole year."""
        return str(MONTHS[months_of(self.budget.round.first_month)[self.month - 1].month]) if self.month else ""

    def get_absolute_url(self) -> str:
        """The page of its budget."""
        return f"/budgets/{self.budget_id}/"


class AccountExpenseQuerySet(ScopedQuerySet):
    """Actual account costs: read as the budgeted ones are, by their person and by the roles of their location that read plans."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(BUDGET_READERS)
        if scope.everything:
            return self
        return self.filter(of_people(user, "person", "location") | Q(location__in=scope.location_ids))

    def for_list(self) -> Self:
        return self.select_related("person", "location", "customer")


@tracked()
class AccountExpense(Record):
    """What was spent on accounts by one document of a source; each counts for one person and one of our locations.

    A credit is negative. `base_amount` is it in the company's currency at the rate of its day.
    """

    source = models.CharField(_("source"), max_length=40)
    document = models.CharField(_("document number"), max_length=40)
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind of cost"), max_length=15, choices=CostKind.choices)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="+")
    person = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("person"), related_name="+")
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="+"
    )
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    base_amount = models.DecimalField(_("amount in the company's currency"), max_digits=18, decimal_places=2, editable=False)

    objects = AccountExpenseQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("actual account cost")
        verbose_name_plural = _("actual account costs")
        ordering = ["-date", "pk"]
        indexes = [
            models.Index(fields=["date", "id"], name="budgets_expense_by_day"),
            models.Index(fields=["person", "date"], name="budgets_expense_by_person"),
            models.Index(fields=["location", "date"], name="budgets_expense_by_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "document"], name="budgets_accountexpense_once"),
            models.CheckConstraint(condition=~Q(source="") & ~Q(document=""), name="budgets_accountexpense_says_its_document"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.document}"

    def get_absolute_url(self) -> str:
        """The list; a document has no page of its own."""
        return "/budgets/account-costs/"
