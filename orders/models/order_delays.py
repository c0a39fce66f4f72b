"""Delays of confirmed dates: what the customer was told, by how many days each line is late, and the liquidated damages that follow (domain 4.5)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.records import Record
from orders.models.customer_orders import Order
from orders.models.order_confirmations import OrderConfirmation
from orders.models.order_lines import OrderLine
from orders.models.order_papers import OfOrderQuerySet, OrderPaper


class OrderDelayQuerySet(OfOrderQuerySet):
    """Delays, read with their order."""

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "noted_by", "confirmation").prefetch_related("lines__line")


@tracked(beside="order", named_by="number")
class OrderDelay(Record):
    """New dates for confirmed lines; where the customer asked for them (the cause is `customer`) nothing is owed and our punctuality is not touched."""

    class Cause(models.TextChoices):
        CAPACITY = "capacity", _("Capacity")
        MATERIAL = "material", _("Material")
        TOOLING = "tooling", _("Tooling")
        QUALITY = "quality", _("Quality")
        TRANSPORT = "transport", _("Transport")
        DOCUMENTS = "documents", _("Documents or approval missing")
        FORCE_MAJEURE = "force_majeure", _("Force majeure")
        CUSTOMER = "customer", _("The customer")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="delays")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    cause = models.CharField(_("cause"), max_length=13, choices=Cause.choices, editable=False)
    note = models.CharField(_("what happened"), max_length=400, blank=True, editable=False)
    noted_on = models.DateField(_("noted on"), editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("noted by"),
        related_name="+",
    )
    confirmation = models.OneToOneField(
        OrderConfirmation, on_delete=models.PROTECT, editable=False, verbose_name=_("confirmed anew by"), related_name="delay"
    )
    notice = models.OneToOneField(
        OrderPaper, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("notice"), related_name="delay"
    )

    objects = OrderDelayQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("delay")
        verbose_name_plural = _("delays")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_orderdelay_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_orderdelay_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]
        constraints = [models.UniqueConstraint(fields=["order", "number"], name="orders_orderdelay_once")]

    def __str__(self) -> str:
        return str(_("%(order)s, delay %(number)d") % {"order": self.order.number, "number": self.number})

    def get_absolute_url(self) -> str:
        """The page of the order, where its delays stand."""
        return f"/orders/{self.order_id}/"

    @property
    def customer_driven(self) -> bool:
        """Whether the customer asked for the new dates."""
        return self.cause == self.Cause.CUSTOMER


class DelayedLineQuerySet(OfOrderQuerySet):
    """Delayed lines, read with their order."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(delay__in=OrderDelay.objects.visible_to(user).values("pk"))


class DelayedLine(models.Model):
    """One line of a delay: the date that was agreed before any delay of ours, the one before, the new one, and what is owed for it."""

    delay = models.ForeignKey(OrderDelay, on_delete=models.CASCADE, related_name="lines", editable=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="delayed_lines", editable=False)
    agreed_on = models.DateField(_("agreed date"))
    before = models.DateField(_("date before"))
    after = models.DateField(_("new date"))
    weeks = models.PositiveSmallIntegerField(_("commenced weeks"), default=0)
    damages = models.DecimalField(_("liquidated damages"), max_digits=18, decimal_places=2, default=0)

    objects = DelayedLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("delayed line")
        verbose_name_plural = _("delayed lines")
        ordering = ["delay", "line__position", "pk"]
        triggers = [
            pgtrigger.ReadOnly(name="as_noted"),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(fields=["delay", "line"], name="orders_delayedline_once"),
            models.CheckConstraint(name="orders_delayedline_another_day", condition=~Q(before=F("after"))),
            models.CheckConstraint(name="orders_delayedline_damages", condition=Q(damages__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.delay} · {self.line.position}"
