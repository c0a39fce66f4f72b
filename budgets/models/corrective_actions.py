"""Corrective actions: what somebody does by a day so that a node comes back to its plan, and what it is to bring month by month."""

from decimal import Decimal
from typing import Any, Self

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, access_of
from budgets.models.deviations import AroundDeviations, Deviation
from budgets.models.scopes import BUDGET_READERS
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.work_items import WorkItem, define_work, hands_of
from kam.core.workflow import Transition, Workflow

#: The owner's own verb, whatever department they are in.
BY_OWNER = "budgets.complete_action"
MOST_MONTHS = 12
#: Its effect lies in the year of the deviation or in the one after: what is found at the end of a year is put right in the next.
MEASURED_UNTIL = 24
CARRY_OUT = define_work("carry_out_action", _("Carry out: %(record)s"), on_record=True)


class CorrectiveActionQuerySet(AroundDeviations):
    """Corrective actions: read with their deviation, and by whoever has to carry them out."""

    path = "deviation"

    def _mine(self, user: Any) -> Q:
        if not (user.is_authenticated and user.is_active and access_of(user).grants):
            return Q(pk__in=[])
        worked = WorkItem.objects.visible_to(user).filter(content_type=ContentType.objects.get_for_model(self.model))
        return Q(owner__in=hands_of(user).people) | Q(pk__in=worked.values("object_id"))

    def _held_by(self, user: Any) -> Q:
        """Those that somebody has to do: their own, and what was passed on to them."""
        given = WorkItem.objects.to_do_by(user).filter(kind=CARRY_OUT, content_type=ContentType.objects.get_for_model(self.model))
        return Q(owner__in=hands_of(user).people) | Q(pk__in=given.values("object_id"))

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(BUDGET_READERS)
        return self if scope.everything else self.filter(self._within(user, scope) | self._mine(user))

    def permitted(self, user: Any, verb: str) -> Self:
        if verb != BY_OWNER:
            return super().permitted(user, verb)
        if not user.may(verb):
            return self.none()
        # Whoever answers for the deviation may say so, too.
        answering = super().permitted(user, "budgets.edit_action")
        return self.filter(self._held_by(user) | Q(pk__in=answering.values("pk")))

    def for_list(self) -> Self:
        around = ("person", "location", "group", "customer", "plant", "family", "product", "market")
        return self.select_related("owner", *(f"deviation__{name}" for name in around))


@tracked()
class CorrectiveAction(Record):
    """What is done against a deviation: by whom, until when, and what it is to bring in each month from its first one on."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Called off")

    deviation = models.ForeignKey(Deviation, on_delete=models.PROTECT, related_name="actions", verbose_name=_("deviation"))
    what = models.CharField(_("what is done"), max_length=300)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    due_on = models.DateField(_("due on"))
    first_month = models.DateField(_("first month of its effect"))
    expected = ArrayField(
        models.DecimalField(max_digits=16, decimal_places=2), verbose_name=_("expected effect by month"), size=MOST_MONTHS
    )
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=400, blank=True)
    judged_at = models.DateTimeField(_("effect judged"), null=True, blank=True, editable=False)

    objects = CorrectiveActionQuerySet.as_manager()
    workflow = Workflow(
        Transition("budgets.edit_action", (Status.OPEN,), Status.OPEN),
        Transition("budgets.complete_action", (Status.OPEN,), Status.DONE),
        Transition("budgets.cancel_action", (Status.OPEN,), Status.CANCELLED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["owner", "status", "due_on"], name="budgets_action_by_owner")]
        constraints = [
            models.CheckConstraint(condition=Q(first_month__day=1), name="budgets_action_begins_with_a_month"),
            models.CheckConstraint(condition=Q(status="done") ^ Q(done_on__isnull=True), name="budgets_action_done_when"),
            models.CheckConstraint(
                condition=Q(expected__len__gte=1, expected__len__lte=MOST_MONTHS), name="budgets_action_expects_something"
            ),
        ]

    def __str__(self) -> str:
        return self.what

    def get_absolute_url(self) -> str:
        """The action's page."""
        return f"/budgets/actions/{self.pk}/"

    @property
    def expected_total(self) -> Decimal:
        """What it is to bring in all."""
        return sum(self.expected, Decimal(0))

    @property
    def on_time(self) -> bool | None:
        """Whether it was done by its day; None while it is open."""
        return None if self.done_on is None else self.done_on <= self.due_on
