"""Prints as they were issued: which paper, about what, of which version, by whom and when; the PDF is the document on it."""

from typing import Any, Self

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, access_of
from budgets.models.budgets import Budget
from budgets.models.meetings import SalesMeeting
from budgets.models.quantities import QuantityPlan
from budgets.models.rounds import BudgetRound
from budgets.models.scopes import BUDGET_READERS, cost_reach_of, people_of, whole_margins_of
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class PaperKind(models.TextChoices):
    """Which paper."""

    BOOK = "budget_book", _("Budget book")
    LETTER = "target_letter", _("Target letter")
    QUANTITIES = "quantity_plan", _("Quantity plan")
    REPORT = "deviation_report", _("Deviation report")
    MEETING = "sales_meeting", _("Minutes of the sales meeting")


class IssuedPaperQuerySet(ScopedQuerySet):
    """Issued prints: whoever may read every figure that is in one may read it, by the roles of today."""

    def visible_to(self, user: Any) -> Self:
        scope, costs = access_of(user).scope_of(BUDGET_READERS), cost_reach_of(user)
        mine, margins = people_of(user), whole_margins_of(user)
        plain = Q(with_costs=False)
        readable = Budget.objects.by_role(user)
        told = Q(with_costs__in=[False, costs.everything])
        found = Q(plan__in=QuantityPlan.objects.visible_to(user))
        found |= Q(meeting__in=SalesMeeting.objects.visible_to(user)) & (told | Q(person__in=margins))
        found |= Q(budget__in=readable) & (plain | Q(budget__in=readable.costs_visible_to(user)))
        personal = Q(kind__in=[PaperKind.LETTER, PaperKind.REPORT], people__contained_by=mine)
        found |= personal & (plain | Q(people__contained_by=margins))
        found |= plain & Q(kind=PaperKind.LETTER, locations__contained_by=list(scope.location_ids))
        if scope.everything:
            found |= Q(kind__in=[PaperKind.BOOK, PaperKind.LETTER, PaperKind.REPORT], budget=None) & told
        return self.filter(found)

    def permitted(self, user: Any, verb: str) -> Self:
        """A print is issued by who may read it; nothing else is ever done to one."""
        return self.visible_to(user) if verb == "budgets.issue_paper" and user.may(verb) else self.none()

    def for_list(self) -> Self:
        return self.select_related("round", "issued_by", "person").prefetch_related("documents")


@tracked()
class IssuedPaper(Record):
    """A print as it was issued; its document holds the same bytes for ever.

    `people` and `locations` are those whose figures are in it, `with_costs` says that costs or margins are.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=PaperKind.choices)
    title = models.CharField(_("title"), max_length=200)
    versions = models.CharField(_("version"), max_length=80, blank=True)
    first_month = models.DateField(_("first month of the year"), null=True, blank=True)
    round = models.ForeignKey(
        BudgetRound, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("budget round"), related_name="papers"
    )
    budget = models.ForeignKey(
        Budget, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("budget"), related_name="papers"
    )
    plan = models.ForeignKey(
        QuantityPlan, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("quantity plan"), related_name="papers"
    )
    meeting = models.ForeignKey(
        SalesMeeting, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("sales meeting"), related_name="papers"
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("recipient"), related_name="+"
    )
    people = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    locations = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    with_costs = models.BooleanField(_("with costs"), default=False, editable=False)
    issued_at = models.DateTimeField(_("issued"), editable=False)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("issued by"), related_name="+", editable=False)
    #: The job and what it was asked for, so that a job that is repeated issues nothing twice.
    job = models.BigIntegerField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=120, blank=True, editable=False)
    documents = GenericRelation(Document)

    objects = IssuedPaperQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("issued print")
        verbose_name_plural = _("issued prints")
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["-issued_at", "-id"], name="budgets_paper_listed")]
        constraints = [
            models.UniqueConstraint(fields=["job", "source"], name="budgets_paper_once_a_job"),
            models.CheckConstraint(
                condition=Q(kind=PaperKind.BOOK, round__isnull=False, plan=None, meeting=None)
                | Q(
                    kind=PaperKind.LETTER,
                    person__isnull=False,
                    people__len=1,
                    locations__len__gt=0,
                    budget=None,
                    plan=None,
                    meeting=None,
                )
                | Q(kind=PaperKind.QUANTITIES, plan__isnull=False, budget=None, meeting=None, with_costs=False)
                | Q(kind=PaperKind.REPORT, people__len__gt=0, budget=None, plan=None, meeting=None)
                | Q(kind=PaperKind.MEETING, meeting__isnull=False, budget=None, plan=None),
                name="budgets_paper_is_about_its_record",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def document(self) -> Document | None:
        """The file as it was issued."""
        return next(iter(self.documents.all()), None)

    def get_absolute_url(self) -> str:
        """The file."""
        return self.document.get_absolute_url() if self.document else "/budgets/papers/"
