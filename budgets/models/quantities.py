"""The quantity plan of a producing location in a round: what is to be made, without a price, and what Production answers to it."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, User, access_of
from budgets.models.rounds import BudgetRound
from budgets.models.scopes import BUDGET_READERS
from catalog.models import Product
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet

#: Who reads quantities to be made: who makes them, and who oversees the plans of the location.
QUANTITY_READERS = BUDGET_READERS | {Role.PRODUCTION}


def reads_quantities(user: Any) -> bool:
    """Whether there may be any quantity plan that this person reads."""
    scope = access_of(user).scope_of(QUANTITY_READERS)
    return scope.everything or bool(scope.location_ids)


class QuantityPlanQuerySet(ScopedQuerySet):
    """Quantity plans: of the producing locations where one makes or oversees."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(QUANTITY_READERS)
        return self if scope.everything else self.filter(location__in=scope.location_ids)

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)

    def for_list(self) -> Self:
        return self.select_related("round", "location")


@tracked()
class QuantityPlan(Record):
    """What a round asks one of our locations to make; the quantities are those of its lines, the answers Production's."""

    round = models.ForeignKey(
        BudgetRound, on_delete=models.PROTECT, verbose_name=_("budget round"), related_name="quantity_plans"
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("producing location"), related_name="+")
    confirmed_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("answered by"), related_name="+", editable=False
    )

    objects = QuantityPlanQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("quantity plan")
        verbose_name_plural = _("quantity plans")
        ordering = ["-round", "location", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "location"], name="budgets_quantityplan_once"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="budgets_quantityplan_confirmed_by",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Quantities %(round)s · %(location)s") % {"round": self.round, "location": self.location.name}

    def get_absolute_url(self) -> str:
        """The plan's page."""
        return f"/budgets/quantities/{self.pk}/"


class PlanAnswerQuerySet(ScopedQuerySet):
    """Answers; seen with their plan."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(plan__in=QuantityPlan.objects.visible_to(user))


@tracked()
class PlanAnswer(models.Model):
    """What Production answers to a month of a product: yes, up to a limit, from a date, or what it would need."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        LIMIT = "limit", _("Up to a quantity")
        DATE = "date", _("Only from a date")
        NEED = "need", _("Needs something")

    plan = models.ForeignKey(QuantityPlan, on_delete=models.CASCADE, verbose_name=_("quantity plan"), related_name="answers")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="+")
    month = models.PositiveSmallIntegerField(_("month of the year"))
    answer = models.CharField(_("answer"), max_length=5, choices=Answer.choices)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3, null=True, blank=True)
    day = models.DateField(_("from"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)

    objects = PlanAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer of Production")
        verbose_name_plural = _("answers of Production")
        ordering = ["plan", "product", "month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "product", "month"], name="budgets_answer_once"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="budgets_answer_month"),
            models.CheckConstraint(
                condition=Q(answer="yes")
                | Q(answer="limit", quantity__isnull=False)
                | Q(answer="date", day__isnull=False)
                | Q(answer="need") & ~Q(note=""),
                name="budgets_answer_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.month} · {self.get_answer_display()}"
