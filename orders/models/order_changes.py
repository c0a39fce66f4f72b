"""What becomes different in an order after it was registered: changes that the customer or we ask for, and cancellations (domain 4.2)."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import NOT_NEGATIVE
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.workflow import Transition, Workflow
from orders.models import order_upkeep
from orders.models.customer_orders import Order
from orders.models.order_confirmations import OrderConfirmation
from orders.models.order_lines import OrderLine
from orders.models.order_papers import OfOrderQuerySet


class OrderChangeQuerySet(OfOrderQuerySet):
    """Changes, read with their order."""

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "confirmation", "asked_by", "document")


@tracked(beside="order", named_by="number")
class OrderChange(Record):
    """One change of an order with the difference that it makes, field by field; confirmed by a later revision of the confirmation."""

    class Cause(models.TextChoices):
        CUSTOMER = "customer", _("The customer")
        OWN = "own", _("Ourselves")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="changes")
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    cause = models.CharField(_("asked for by"), max_length=8, choices=Cause.choices, default=Cause.CUSTOMER)
    reference = models.CharField(_("customer's reference"), max_length=35, blank=True)
    received_on = models.DateField(_("received on"))
    note = models.CharField(_("why"), max_length=400, blank=True)
    differences = models.JSONField(_("what changes"), default=list, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer's document"), related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("entered by"),
        related_name="+",
    )
    confirmation = models.ForeignKey(
        OrderConfirmation,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("confirmed by revision"),
        related_name="changes",
    )

    objects = OrderChangeQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("change of an order")
        verbose_name_plural = _("changes of orders")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_orderchange_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_orderchange_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *order_upkeep.triggers("change"),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_asked", fields=["order", "number", "differences", "cause"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="orders_orderchange_once"),
            models.CheckConstraint(name="orders_orderchange_of_something", condition=~Q(differences=[])),
        ]

    def __str__(self) -> str:
        return str(_("%(order)s, change %(number)d") % {"order": self.order.number, "number": self.number})

    def get_absolute_url(self) -> str:
        """The page of the order, where its changes stand."""
        return f"/orders/{self.order_id}/"


class OrderCancellationQuerySet(OfOrderQuerySet):
    """Cancellations, read with their order."""

    def for_list(self) -> Self:
        return self.select_related(
            "order__plant__customer", "order__selling_location", "asked_by", "decided_by"
        ).prefetch_related("lines")


@tracked(beside="order")
class OrderCancellation(Record):
    """Lines that are cancelled, why, and what the customer is charged for work and material; what is charged for the sales manager decides."""

    class Reason(models.TextChoices):
        CUSTOMER = "customer", _("The customer does not need it any more")
        PROGRAMME = "programme", _("The customer's programme ended")
        REPLACED = "replaced", _("Replaced by another order")
        DUPLICATE = "duplicate", _("Ordered twice")
        PRICE = "price", _("No agreement on the price")
        DATE = "date", _("Our date came too late")
        QUALITY = "quality", _("Quality")
        CREDIT = "credit", _("Credit")
        OTHER = "other", _("Another reason")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("cancellation", "To be decided")
        DONE = "done", pgettext_lazy("cancellation", "Cancelled")
        DECLINED = "declined", pgettext_lazy("cancellation", "Declined")

    STATUS_TONES = {"asked": "wait", "done": "closed", "declined": "no"}

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="cancellations"
    )
    lines = models.ManyToManyField(OrderLine, verbose_name=_("lines"), related_name="cancellations")
    cause = models.CharField(_("reason"), max_length=9, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=400, blank=True)
    work_charge = models.DecimalField(
        _("charged for work in progress"), max_digits=18, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )
    material_charge = models.DecimalField(
        _("charged for material"), max_digits=18, decimal_places=2, default=0, validators=[NOT_NEGATIVE]
    )
    charge = models.GeneratedField(
        expression=F("work_charge") + F("material_charge"),
        output_field=models.DecimalField(_("charged"), max_digits=18, decimal_places=2),
        db_persist=True,
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ASKED, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("asked for by"),
        related_name="+",
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("decided by"),
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)

    objects = OrderCancellationQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.approve_cancellation", (State.ASKED,), State.DONE),
        Transition("orders.decline_cancellation", (State.ASKED,), State.DECLINED),
        field="state",
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("cancellation")
        verbose_name_plural = _("cancellations")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_cancellation_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_cancellation_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="asked"), name="orders_cancellation_one_asked"),
            models.CheckConstraint(name="orders_cancellation_decided", condition=Q(state="asked") | Q(decided_at__isnull=False)),
            models.CheckConstraint(
                name="orders_cancellation_not_negative", condition=Q(work_charge__gte=0, material_charge__gte=0)
            ),
            models.CheckConstraint(
                name="orders_cancellation_two_persons",
                condition=Q(charge=0) | Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
        ]

    def __str__(self) -> str:
        return str(_("Cancellation of %(order)s") % {"order": self.order.number})

    def get_absolute_url(self) -> str:
        """Its own page, where it is decided."""
        return f"/order-cancellations/{self.pk}/"
