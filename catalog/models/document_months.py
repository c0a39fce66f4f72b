"""The register of documents month by month: how complete, current and compliant it was (domain 13, K-D)."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from kam.core.scoping import ScopedQuerySet


class DocumentMonthQuerySet(ScopedQuerySet):
    """Months of the whole register; read by who sees everything."""

    def visible_to(self, user: Any) -> Self:
        return self if access_of(user).sees_all else self.none()


class DocumentMonth(models.Model):
    """How many documents were required, present and valid on the first day of a month, and what was due."""

    month = models.DateField(_("month"), unique=True)
    required = models.PositiveIntegerField(_("required"))
    present = models.PositiveIntegerField(_("present"))
    valid = models.PositiveIntegerField(_("valid"))
    expiring = models.PositiveIntegerField(_("expiring"))
    expired = models.PositiveIntegerField(_("expired"))

    objects = DocumentMonthQuerySet.as_manager()

    class Meta:
        verbose_name = _("month of the document register")
        verbose_name_plural = _("months of the document register")
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                name="catalog_documentmonth_parts", condition=Q(present__lte=F("required"), valid__lte=F("present"))
            ),
        ]

    def __str__(self) -> str:
        return date_format(self.month, "YEAR_MONTH_FORMAT")

    def get_absolute_url(self) -> str:
        """What is due now."""
        return "/documents-due/?due=true"
