"""Budgets: what one person plans for one of our locations in a round, from the first draft to the approval."""

from datetime import time
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, User
from budgets.models.rounds import NOT_NEGATIVE, BudgetRound
from budgets.models.scopes import BudgetOwnedQuerySet, CostReach
from kam.core import clock
from kam.core.history import tracked
from kam.core.records import Record, version_trigger
from kam.core.sql import Sql
from kam.core.workflow import Denied, Transition, Workflow


def _round_takes(budget: Any) -> Denied | None:
    if budget.being_filled:
        return Denied("being_filled", _("This budget is being filled. Wait until its proposal is complete."))
    if budget.round.accepts_work:
        return None
    return Denied("round_not_open", _("The round is not in preparation; ask the sales manager to return the budget."))


#: On the day of the deadline budgets are due at this hour, where they are prepared.
EVENING = time(18)


class HandIn(models.TextChoices):
    """Whether a budget that is due by now was handed in by then, the first time that it was (K-B9)."""

    ON_TIME = "on_time", _("Handed in on time")
    LATE = "late", _("Late or missing")


class BudgetQuerySet(BudgetOwnedQuerySet):
    """Budgets."""

    def with_hand_in(self) -> Self:
        """The budgets with how they were handed in (`hand_in`, empty while they are not due), as their history knows it."""
        past: Any = Budget.pgh_event_model  # type: ignore[attr-defined]
        submitted = past.objects.filter(pgh_obj_id=OuterRef("pk"), submitted_at__isnull=False).order_by("submitted_at")
        due: Any = Sql(
            f"(({{0}} + time '{EVENING:%H:%M}') AT TIME ZONE {{1}})",
            "round__deadline",
            "location__time_zone",
            output_field=models.DateTimeField(),
        )
        rows = self.alias(due_at=due, first_submitted=Subquery(submitted.values("submitted_at")[:1]))
        return rows.annotate(
            hand_in=models.Case(
                models.When(due_at__gt=clock.now(), then=models.Value("")),
                models.When(first_submitted__lte=F("due_at"), then=models.Value(HandIn.ON_TIME.value)),
                default=models.Value(HandIn.LATE.value),
                output_field=models.CharField(),
            )
        )

    def _costs(self, reach: CostReach) -> Q:
        """A budget's cost is that of all its lines: at one's location only where nothing in it is made elsewhere."""
        lines: Any = Budget._meta.get_field("lines").related_model
        foreign = lines.objects.filter(budget=OuterRef("pk")).exclude(producing_location__in=reach.location_ids)
        return Q(contributor__in=reach.people) | Q(~Exists(foreign), location__in=reach.location_ids)

    def for_list(self) -> Self:
        return self.select_related("round", "contributor", "location")


#: What is kept from the cells or about their filling, and counts as no change of the budget itself.
KEPT = ("revenue", "cost", "uncosted", "line_count", "to_look_at", "being_filled")


@tracked(exclude=(*KEPT, "updated_at"))
class Budget(Record):
    """What one contributor plans for one of our locations; `revenue` is kept, in the round's currency at the round's rates.

    So is `cost`; `uncosted` is the revenue of which a cost is not known, and margins leave it out.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")

    round = models.ForeignKey(BudgetRound, on_delete=models.PROTECT, verbose_name=_("budget round"), related_name="budgets")
    contributor = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("contributor"), related_name="budgets")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="budgets")
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    top_down = models.DecimalField(
        _("top-down target"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    revenue = models.DecimalField(_("revenue"), max_digits=18, decimal_places=2, default=Decimal(0), editable=False)
    cost = models.DecimalField(
        _("cost"), max_digits=18, decimal_places=2, default=Decimal(0), db_default=Decimal(0), editable=False
    )
    uncosted = models.DecimalField(
        _("revenue without a known cost"),
        max_digits=18,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        editable=False,
    )
    line_count = models.PositiveIntegerField(_("lines"), default=0, editable=False)
    to_look_at = models.PositiveIntegerField(_("still to look at"), default=0, db_default=0, editable=False)
    being_filled = models.BooleanField(_("being filled"), default=False, db_default=False, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("approved by"), related_name="+", editable=False
    )

    objects = BudgetQuerySet.as_manager()
    workflow = Workflow(
        Transition("budgets.submit_budget", (Status.DRAFT, Status.RETURNED), Status.SUBMITTED, _round_takes),
        Transition("budgets.return_budget", (Status.SUBMITTED, Status.APPROVED), Status.RETURNED),
        Transition("budgets.approve_budget", (Status.SUBMITTED,), Status.APPROVED),
    )
    STATUS_TONES = {"draft": "draft", "submitted": "wait", "returned": "no", "approved": "ok"}

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["-round", "location", "contributor", "pk"]
        indexes = [models.Index(fields=["contributor", "round"], name="budgets_budget_by_person")]
        triggers = [version_trigger(*KEPT)]
        constraints = [
            models.UniqueConstraint(fields=["round", "contributor", "location"], name="budgets_budget_once"),
            models.CheckConstraint(
                condition=Q(status="draft") ^ Q(submitted_at__isnull=False), name="budgets_budget_submitted_when"
            ),
            models.CheckConstraint(
                condition=Q(status="approved", approved_at__isnull=False, approved_by__isnull=False)
                | ~Q(status="approved") & Q(approved_at__isnull=True, approved_by__isnull=True),
                name="budgets_budget_approved_by",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("contributor")),
                name="budgets_budget_not_by_its_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} · {self.contributor} · {self.location.name}"

    @property
    def margin(self) -> Decimal:
        """Revenue whose cost is known less that cost."""
        return self.revenue - self.uncosted - self.cost

    def get_absolute_url(self) -> str:
        """The budget's page."""
        return f"/budgets/{self.pk}/"

    @property
    def accepts_work(self) -> bool:
        """Whether its lines may be changed now."""
        return self.round.accepts_work and self.status in {self.Status.DRAFT, self.Status.RETURNED}
