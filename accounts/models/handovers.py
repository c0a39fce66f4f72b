"""Hand-overs: one person's accounts or plants pass to another on a day, decided before it or on it."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.people import User
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Transition, Workflow


class HandOverQuerySet(ScopedQuerySet):
    """Hand-overs: seen by who sees everything and by the two people; the sales manager decides them."""

    def visible_to(self, user: Any) -> Self:
        return self if access_of(user).sees_all else self.filter(Q(source=user) | Q(target=user))

    def permitted(self, user: Any, verb: str) -> Self:
        return self if access_of(user).scope(verb).everything else self.none()

    def for_list(self) -> Self:
        return self.select_related("source", "target")


@tracked()
class HandOver(Record):
    """Assignments of `source` pass to `target` on `day`; open work moves that day, at once or by the nightly task.

    The assignments that it began point to it; the ended ones stay as they were, so that reports answer as-was.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    source = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("from"), related_name="hand_overs_given")
    target = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name=_("to"), related_name="hand_overs_taken")
    day = models.DateField(_("first day of the new person"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED, editable=False)
    done_at = models.DateTimeField(_("work moved at"), null=True, blank=True, editable=False)
    moved = models.JSONField(_("what moved"), default=dict, blank=True, editable=False)

    objects = HandOverQuerySet.as_manager()
    workflow = Workflow(
        Transition("accounts.complete_hand_over", (Status.PLANNED,), Status.DONE),
        Transition("accounts.cancel_hand_over", (Status.PLANNED,), Status.CANCELLED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-day", "-pk"]
        indexes = [models.Index(fields=["day"], condition=Q(status="planned"), name="accounts_handover_due")]
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="accounts_handover_two_persons"),
            models.CheckConstraint(
                condition=Q(status="done", done_at__isnull=False) | ~Q(status="done"), name="accounts_handover_done_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    def get_absolute_url(self) -> str:
        """The hand-over's page."""
        return f"/hand-overs/{self.pk}/"
