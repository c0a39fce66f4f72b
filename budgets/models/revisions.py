"""Proposals of a revision: why the year's plan no longer holds and what that does; the sales manager decides (domain 8.5)."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, access_of
from budgets.models.rounds import BudgetRound
from budgets.models.scopes import BUDGET_READERS, people_of, reads_budgets
from budgets.models.years import year_name
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow


def _published(proposal: Any) -> Denied | None:
    """Only a published plan is revised."""
    rounds = BudgetRound.objects.filter(first_month=proposal.first_month)
    if rounds.filter(published_at__isnull=False).exists():
        return None
    return Denied("nothing_to_revise", _("There is no published budget of this year to revise."))


class RevisionProposalQuerySet(ScopedQuerySet):
    """Proposals: one's own, and all for who oversees the plans."""

    def visible_to(self, user: Any) -> Self:
        if not reads_budgets(user):
            return self.none()
        if access_of(user).scope_of(BUDGET_READERS).everything:
            return self
        return self.filter(proposed_by__in=[*people_of(user), user.pk])

    def permitted(self, user: Any, verb: str) -> Self:
        if verb in {"budgets.propose_revision", "budgets.withdraw_revision"}:
            return self.filter(proposed_by=user) if user.may(verb) else self.none()
        return self if access_of(user).scope(verb).everything else self.none()

    def for_list(self) -> Self:
        return self.select_related("proposed_by", "decided_by", "round")


@tracked()
class RevisionProposal(Record):
    """What somebody asks the sales manager to plan anew, with the reason and the effect that they expect."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    first_month = models.DateField(_("first month of the year"))
    why = models.TextField(_("why the plan no longer holds"), max_length=4_000)
    effect = models.TextField(_("effect on revenue, customers and production"), max_length=4_000)
    amount = models.DecimalField(_("effect on the year's revenue"), max_digits=18, decimal_places=2, null=True, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, verbose_name=_("proposed by"), related_name="+", editable=False
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("decided by"), related_name="+", editable=False
    )
    round = models.ForeignKey(
        BudgetRound, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("revision"), related_name="proposals",
        editable=False,
    )  # fmt: skip

    objects = RevisionProposalQuerySet.as_manager()
    workflow = Workflow(
        Transition("budgets.accept_revision", (Status.PROPOSED,), Status.ACCEPTED, _published),
        Transition("budgets.decline_revision", (Status.PROPOSED,), Status.DECLINED),
        Transition("budgets.withdraw_revision", (Status.PROPOSED,), Status.WITHDRAWN),
    )
    STATUS_TONES = {"proposed": "wait", "accepted": "ok", "declined": "no", "withdrawn": "closed"}

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("proposal of a revision")
        verbose_name_plural = _("proposals of a revision")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["first_month", "proposed_by"], condition=Q(status="proposed"), name="budgets_proposal_one_open"
            ),
            models.CheckConstraint(condition=Q(status="accepted") ^ Q(round__isnull=True), name="budgets_proposal_of_round"),
            models.CheckConstraint(
                condition=Q(status__in=["accepted", "declined"]) ^ Q(decided_by__isnull=True), name="budgets_proposal_decided_by"
            ),
            models.CheckConstraint(condition=~Q(why="") & ~Q(effect=""), name="budgets_proposal_says_why"),
        ]

    def __str__(self) -> str:
        return gettext("Revision %(year)s · %(person)s") % {"year": year_name(self.first_month), "person": self.proposed_by}

    def get_absolute_url(self) -> str:
        """The proposal's page."""
        return f"/budgets/proposals/{self.pk}/"
