"""What left the house and what was invoiced of orders, line by line, and the order intake that each change of an order makes."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant
from catalog.models import Product
from catalog.models.products import ABOVE_ZERO
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from orders.models import order_upkeep
from orders.models.customer_orders import Order, stays
from orders.models.documents import SalesDocument
from orders.models.order_lines import OrderLine
from orders.models.order_papers import OfOrderQuerySet


class OfLineQuerySet(OfOrderQuerySet):
    """Deliveries and invoices of lines, read with their order."""

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "line__product", "noted_by")


class OfLine(Record):
    """A quantity of a line on a day, by the number of the paper that went with it; the same paper counts a line once."""

    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[ABOVE_ZERO])
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("noted by"),
        related_name="+",
    )

    objects = OfLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True


@tracked(beside="order", named_by="note_number")
class OrderDelivery(OfLine):
    """What was delivered of a line with one delivery note."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="deliveries")
    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, editable=False, verbose_name=_("line"), related_name="deliveries"
    )
    note_number = models.CharField(_("delivery note"), max_length=40)
    delivered_on = models.DateField(_("delivered on"))

    class Meta(OfLine.Meta):
        abstract = False
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-delivered_on", "-pk"]
        indexes = [
            models.Index(fields=["-delivered_on", "-id"], name="orders_delivery_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_delivery_by_change"),
        ]
        triggers = [*Record.Meta.triggers, stays("stays")]
        constraints = [
            models.UniqueConstraint(fields=["line", "note_number"], name="orders_delivery_once"),
            models.CheckConstraint(name="orders_delivery_above_zero", condition=Q(quantity__gt=0) & ~Q(note_number="")),
        ]

    def __str__(self) -> str:
        return f"{self.note_number} · {self.line.position}"

    def get_absolute_url(self) -> str:
        """The page of the order, where its deliveries stand."""
        return f"/orders/{self.order_id}/"


@tracked(beside="order", named_by="number")
class OrderInvoice(OfLine):
    """What was invoiced of a line with one invoice; `document` is the invoice in the sales ledger where the location invoices here."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="invoices")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, editable=False, verbose_name=_("line"), related_name="invoices")
    number = models.CharField(_("invoice"), max_length=40)
    invoiced_on = models.DateField(_("invoiced on"))
    net = models.DecimalField(_("net value"), max_digits=18, decimal_places=2, editable=False)
    document = models.ForeignKey(
        SalesDocument, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("sales document"), related_name="+"
    )

    class Meta(OfLine.Meta):
        abstract = False
        verbose_name = _("invoice of an order")
        verbose_name_plural = _("invoices of orders")
        ordering = ["-invoiced_on", "-pk"]
        indexes = [
            models.Index(fields=["-invoiced_on", "-id"], name="orders_orderinvoice_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_orderinvoice_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["line", "number"], name="orders_orderinvoice_once"),
            models.CheckConstraint(name="orders_orderinvoice_above_zero", condition=Q(quantity__gt=0) & ~Q(number="")),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.line.position}"

    def get_absolute_url(self) -> str:
        """The page of the order, where its invoices stand."""
        return f"/orders/{self.order_id}/"


class OrderIntakeQuerySet(OfOrderQuerySet):
    """Order intake, read with its orders."""

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "product", "plant", "selling_location")


class OrderIntake(models.Model):
    """By how much a position made the order intake of a day larger or smaller; all rows of an order add up to its value, to the cent."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        CHANGED = "changed", _("Changed")
        CANCELLED = "cancelled", _("Cancelled")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="intake")
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("product"), related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, editable=False)
    day = models.DateField(_("day"), editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, editable=False, verbose_name=_("plant"), related_name="+")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, editable=False, verbose_name=_("selling location"), related_name="+"
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency], editable=False)
    net = models.DecimalField(_("net value"), max_digits=18, decimal_places=2, editable=False)
    base_net = models.DecimalField(_("value in the group's currency"), max_digits=18, decimal_places=2, editable=False)

    objects = OrderIntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("order intake")
        verbose_name_plural = _("order intake")
        ordering = ["-day", "-pk"]
        indexes = [
            models.Index(fields=["-day", "-id"], name="orders_intake_by_day"),
            models.Index(fields=["selling_location", "day"], name="orders_intake_by_location"),
            models.Index(fields=["plant", "day"], name="orders_intake_by_plant"),
        ]
        triggers = [
            *order_upkeep.triggers("intake"),
            pgtrigger.ReadOnly(name="as_booked"),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.order.number} · {self.position} · {self.day}"

    def get_absolute_url(self) -> str:
        """The page of the order."""
        return f"/orders/{self.order_id}/"
