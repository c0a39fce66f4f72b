"""Shares of a budget: to whom else its contributor shows it, to read or to comment too, until when."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, User, access_of
from budgets.models.budgets import Budget
from budgets.models.scopes import BudgetOwnedQuerySet
from kam.core import clock
from kam.core.history import tracked
from kam.core.records import Record


class BudgetShareQuerySet(BudgetOwnedQuerySet):
    """Shares: known to those who read the budget without one; given and withdrawn by its contributor and the sales manager."""

    budget_path = "budget"

    def visible_to(self, user: Any) -> Self:
        return self.by_role(user)

    def for_list(self) -> Self:
        return self.select_related("budget__round", "budget__contributor", "budget__location", "user", "location")

    def running(self) -> Self:
        """Those that hold today."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=clock.today()), withdrawn_at__isnull=True)

    def given_to(self, user: Any) -> Self:
        """Those that hold today for this person: by name, to whom they substitute in everything, or to a role that they hold there."""
        grants = access_of(user).grants
        people = {grant.user_id for grant in grants if grant.wholly}
        if user.is_authenticated and user.is_active:
            people.add(user.pk)
        found = Q(user__in=sorted(people))
        for role, location in sorted({(grant.role, grant.location_id or 0) for grant in grants}):
            found |= Q(role=role, location=location) if location else Q(role=role)
        return self.running().filter(found)


@tracked()
class BudgetShare(Record):
    """A budget that is shown to a person, or to a role at one of our locations, to read and perhaps to comment."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="shares")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("person"), related_name="+")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, blank=True)
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("location"), related_name="+"
    )
    may_comment = models.BooleanField(_("may comment"), default=False)
    until = models.DateField(_("until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    objects = BudgetShareQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("share of a budget")
        verbose_name_plural = _("shares of budgets")
        ordering = ["budget", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, role="", location__isnull=True)
                | Q(user__isnull=True, location__isnull=False) & ~Q(role=""),
                name="budgets_share_with_one",
            ),
            models.UniqueConstraint(
                fields=["budget", "user", "role", "location"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="budgets_share_once",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(withdrawn_at__isnull=True), name="budgets_share_by_user"),
            models.Index(fields=["role", "location"], condition=Q(withdrawn_at__isnull=True), name="budgets_share_by_role"),
        ]

    def __str__(self) -> str:
        return f"{self.budget} · {self.reader}"

    @property
    def reader(self) -> str:
        """To whom it is shown, in words."""
        if self.user is not None:
            return str(self.user)
        return f"{self.get_role_display()} · {self.location}"

    def get_absolute_url(self) -> str:
        """The page of its budget."""
        return f"/budgets/{self.budget_id}/"
