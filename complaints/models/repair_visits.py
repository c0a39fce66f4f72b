"""Who opened the signed link of an estimate, when, from where, and what they did there; append-only."""

from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.repair_estimates import RepairEstimate
from kam.core import clock
from kam.core.scoping import ScopedQuerySet


class EstimateVisitQuerySet(ScopedQuerySet):
    """Visits, read with their estimate; those of addresses that we never gave out belong to no estimate and are shown to nobody."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(estimate__in=RepairEstimate.objects.visible_to(user).values("pk"))


class EstimateVisit(models.Model):
    """One request to a signed link. It is written once and never changed or deleted."""

    class What(models.TextChoices):
        SHOWN = "shown", pgettext_lazy("visit", "Looked at")
        APPROVED = "approved", pgettext_lazy("visit", "Approved")
        REFUSED = "refused", pgettext_lazy("visit", "Refused")
        QUESTION = "question", pgettext_lazy("visit", "Question")
        DENIED = "denied", pgettext_lazy("visit", "Not taken")
        UNKNOWN = "unknown", pgettext_lazy("visit", "Unknown link")

    estimate = models.ForeignKey(
        RepairEstimate, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("estimate"), related_name="visits"
    )
    what = models.CharField(_("what"), max_length=8, choices=What.choices, editable=False)
    at = models.DateTimeField(_("when"), default=clock.now, editable=False)
    address = models.CharField(_("address"), max_length=45, blank=True, editable=False)
    browser = models.CharField(_("browser"), max_length=200, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True, editable=False)
    text = models.TextField(_("text"), max_length=2000, blank=True, editable=False)

    objects = EstimateVisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit of an estimate's link")
        verbose_name_plural = _("visits of estimates' links")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["address", "-at"], name="complaints_visit_from"),
            models.Index(fields=["estimate", "-at", "-id"], name="complaints_visit_of"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                name="complaints_visit_whose", condition=models.Q(what="unknown") | models.Q(estimate__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.at:%Y-%m-%d %H:%M}"
