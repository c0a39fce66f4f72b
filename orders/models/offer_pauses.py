"""Pauses of an offer: from when to when it waited for the customer, which no lead time counts (domain 1.6, K-S3)."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.offers import Offer


class OfferPauseQuerySet(ScopedQuerySet):
    """Pauses; read with their offer."""

    def visible_to(self, user: Any) -> "OfferPauseQuerySet":
        return self.filter(offer__in=Offer.objects.visible_to(user))


@tracked()
class OfferPause(Record):
    """An interval in which an offer waited for what the customer was asked; without a last day it still does."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, verbose_name=_("offer"), related_name="pauses")
    begins = models.DateField(_("waiting since"))
    ends = models.DateField(_("answered on"), null=True, blank=True)
    reason = models.CharField(_("what the customer was asked"), max_length=200)

    objects = OfferPauseQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("pause of an offer")
        verbose_name_plural = _("pauses of offers")
        ordering = ["offer", "begins", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["offer"], condition=Q(ends__isnull=True), name="orders_offerpause_one_open"),
            models.CheckConstraint(name="orders_offerpause_in_order", condition=Q(ends__isnull=True) | Q(ends__gte=F("begins"))),
        ]

    def __str__(self) -> str:
        return f"{self.offer} · {self.begins:%Y-%m-%d}"
