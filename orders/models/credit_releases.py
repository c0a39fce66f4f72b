"""Releases of orders that the customer's credit does not cover: who let which order go on, why, by how much, and until when."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.customer_orders import Order
from orders.models.order_blocks import OrderBlock


class CreditReleaseQuerySet(ScopedQuerySet):
    """Releases; read with their order."""

    def visible_to(self, user: Any) -> "CreditReleaseQuerySet":
        return self.filter(order__in=Order.objects.visible_to(user))

    def valid(self) -> "CreditReleaseQuerySet":
        """Those whose last day is not over."""
        return self.filter(until__gte=clock.today())


@tracked(beside="order", named_by="until")
class CreditRelease(Record):
    """A credit block that finance lifted: it stays lifted until its last day, for as much as was exceeded or overdue then."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, verbose_name=_("order"), related_name="credit_releases")
    block = models.OneToOneField(OrderBlock, on_delete=models.PROTECT, verbose_name=_("block"), related_name="release")
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    exceeded = models.DecimalField(_("credit limit exceeded by"), max_digits=18, decimal_places=2)
    overdue = models.DecimalField(_("overdue"), max_digits=18, decimal_places=2)
    until = models.DateField(_("released until"))
    reason = models.CharField(_("reason"), max_length=400)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, verbose_name=_("released by"), related_name="+"
    )
    released_at = models.DateTimeField(_("released"))

    objects = CreditReleaseQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("release of credit")
        verbose_name_plural = _("releases of credit")
        ordering = ["order", "-released_at", "-pk"]
        indexes = [models.Index(fields=["until", "id"], name="orders_creditrelease_by_end")]
        constraints = [
            models.CheckConstraint(name="orders_creditrelease_why", condition=~Q(reason="")),
            models.CheckConstraint(name="orders_creditrelease_amounts", condition=Q(exceeded__gte=0, overdue__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.order.name} · {self.until.isoformat()}"
