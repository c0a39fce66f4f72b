"""Confirmations of orders, revision by revision: what we promised, where it departs from the order, and whether the customer agreed (domain 4.2)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import PriceUnit
from catalog.models.products import ABOVE_ZERO
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.workflow import Transition, Workflow
from orders.models import order_upkeep
from orders.models.customer_orders import Order
from orders.models.order_lines import OrderLine
from orders.models.order_papers import OfOrderQuerySet, OrderPaper


class OrderConfirmationQuerySet(OfOrderQuerySet):
    """Confirmations, read with their order."""

    def waiting(self) -> Self:
        """Those that the customer has not agreed to yet: contracts that are not concluded."""
        return self.filter(state=OrderConfirmation.State.WAITING)

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "paper__document", "confirmed_by", "accepted_document")


@tracked(beside="order", named_by="revision")
class OrderConfirmation(Record):
    """What we promised in one revision; with variations it is a new proposal where the law of the contract says so (art. 1326 c.c.)."""

    class Cause(models.TextChoices):
        FIRST = "first", _("First confirmation")
        CHANGE = "change", _("Change of the order")
        DELAY = "delay", _("Delay")
        RESCHEDULED = "rescheduled", _("Rescheduled by the customer")

    class State(models.TextChoices):
        CONCLUDED = "concluded", pgettext_lazy("contract", "Concluded")
        WAITING = "waiting", _("Waits for the customer")
        ACCEPTED = "accepted", pgettext_lazy("confirmation", "Accepted")
        REFUSED = "refused", pgettext_lazy("confirmation", "Refused")
        SUPERSEDED = "superseded", pgettext_lazy("confirmation", "Superseded")

    class Agreed(models.TextChoices):
        WRITTEN = "written", _("In writing")
        CONDUCT = "conduct", _("By conduct")

    STATUS_TONES = {"waiting": "wait", "concluded": "ok", "accepted": "ok", "refused": "no", "superseded": "closed"}

    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="confirmations"
    )
    revision = models.PositiveSmallIntegerField(_("revision"), editable=False)
    cause = models.CharField(_("cause"), max_length=11, choices=Cause.choices, default=Cause.FIRST, editable=False)
    variations = models.JSONField(_("variations"), default=list, editable=False)
    deviations = models.TextField(_("further variations"), blank=True, max_length=4000, editable=False)
    conditions = models.JSONField(_("conditions of the review"), default=list, editable=False)
    law = models.CharField(_("law of the contract"), max_length=4, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, editable=False)
    paper = models.OneToOneField(
        OrderPaper, on_delete=models.PROTECT, editable=False, verbose_name=_("paper"), related_name="confirmation"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("confirmed by"),
        related_name="+",
    )
    confirmed_at = models.DateTimeField(_("confirmed"), editable=False)
    working_hours = models.DecimalField(
        _("working hours from the receipt of the order"), max_digits=9, decimal_places=2, null=True, editable=False
    )
    in_time = models.BooleanField(_("confirmed in time"), null=True, editable=False)
    agreed_how = models.CharField(_("how the customer agreed"), max_length=8, choices=Agreed.choices, blank=True, editable=False)
    agreed_on = models.DateField(_("the customer agreed on"), null=True, editable=False)
    agreed_note = models.CharField(_("what the customer said or did"), max_length=400, blank=True, editable=False)
    accepted_document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("customer's acceptance"), related_name="+"
    )

    objects = OrderConfirmationQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.accept_confirmation", (State.WAITING,), State.ACCEPTED),
        Transition("orders.refuse_confirmation", (State.WAITING,), State.REFUSED),
        field="state",
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("order confirmation")
        verbose_name_plural = _("order confirmations")
        ordering = ["-confirmed_at", "-pk"]
        indexes = [
            models.Index(fields=["-confirmed_at", "-id"], name="orders_confirmation_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_confirmation_by_change"),
            models.Index(fields=["confirmed_at", "id"], condition=Q(state="waiting"), name="orders_confirmation_waiting"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *order_upkeep.triggers("confirmation"),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_confirmed",
                fields=["order", "revision", "cause", "variations", "deviations", "conditions", "law", "paper", "confirmed_at"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "revision"], name="orders_confirmation_once"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="waiting"), name="orders_confirmation_one_waits"),
            models.CheckConstraint(
                name="orders_confirmation_agreed",
                condition=Q(state="accepted", agreed_on__isnull=False) & ~Q(agreed_how="") | ~Q(state="accepted"),
            ),
            models.CheckConstraint(
                name="orders_confirmation_agreed_how",
                condition=~Q(agreed_how="written") | Q(accepted_document__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_confirmation_timed",
                condition=Q(working_hours__isnull=True, in_time__isnull=True)
                | Q(revision=1, working_hours__isnull=False, in_time__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.paper.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """Its own page."""
        return f"/order-confirmations/{self.pk}/"

    @property
    def name(self) -> str:
        """The order's number and the revision."""
        return f"{self.order.number}/{self.revision}"

    @property
    def conforms(self) -> bool:
        """Whether it says nothing else than the order."""
        return not (self.variations or self.deviations or self.conditions)


class ConfirmedLineQuerySet(OfOrderQuerySet):
    """Lines of confirmations, read with their order."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(confirmation__in=OrderConfirmation.objects.visible_to(user).values("pk"))


class ConfirmedLine(models.Model):
    """One position as one revision of the confirmation promises it; written once, never changed."""

    confirmation = models.ForeignKey(OrderConfirmation, on_delete=models.CASCADE, related_name="lines", editable=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="confirmed_lines", editable=False)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[ABOVE_ZERO])
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=5)
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)
    part_revision = models.CharField(_("revision of the drawing"), max_length=20, blank=True)
    confirmed_on = models.DateField(_("confirmed date"), null=True)

    objects = ConfirmedLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("confirmed line")
        verbose_name_plural = _("confirmed lines")
        ordering = ["confirmation", "line__position", "pk"]
        triggers = [
            *order_upkeep.triggers("promise"),
            pgtrigger.ReadOnly(name="as_confirmed"),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]
        constraints = [models.UniqueConstraint(fields=["confirmation", "line"], name="orders_confirmedline_once")]

    def __str__(self) -> str:
        return f"{self.confirmation.name} · {self.line.position}"
