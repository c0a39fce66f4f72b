"""Papers about an order as they went to the customer: what they said, to whom, when, as which file; who reads what hangs on an order."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.mails import Posting, new_message_id
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.customer_orders import Order
from orders.models.offers import LANGUAGES


class OfOrderQuerySet(ScopedQuerySet):
    """What hangs on an order: read by who reads the order with its terms, written by who may write it."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(order__in=Order.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(order__in=Order.objects.permitted(user, verb).values("pk"))


class OrderPaperQuerySet(OfOrderQuerySet):
    """Papers, read with their order."""

    def for_list(self) -> Self:
        return self.select_related("order__plant__customer", "order__selling_location", "document", "issued_by")


# What a paper says stands in the row, which nobody changes or takes away; its history tells what became of it.
@tracked(
    exclude=("attempts", "not_before", "contents", "text", "message_id", "sha256", "document"), beside="order", named_by="subject"
)
class OrderPaper(Record, Posting):
    """A paper to the customer with its contents as they were issued, so that it prints the same for ever; mailed once under its Message-ID."""

    class Kind(models.TextChoices):
        ACKNOWLEDGEMENT = "acknowledgement", _("Order acknowledgement")
        CONFIRMATION = "confirmation", _("Order confirmation")
        VARIATIONS = "variations", _("Order confirmation with variations")
        CHANGE = "change", _("Confirmation of a change")
        DELAY = "delay", _("Delay notice")
        CANCELLATION = "cancellation", _("Notice of cancellation")
        PRO_FORMA = "pro_forma", _("Pro forma invoice")

    class State(models.TextChoices):
        ISSUED = "issued", _("issued")
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    STATUS_TONES = {"issued": "accent", "waiting": "wait", "sent": "ok", "failed": "no", "cancelled": "closed"}

    order = models.ForeignKey(Order, on_delete=models.PROTECT, editable=False, verbose_name=_("order"), related_name="papers")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices, editable=False)
    number = models.PositiveSmallIntegerField(_("revision"), editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, editable=False)
    contents = models.JSONField(_("contents"), default=dict, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("issued by"),
        related_name="+",
    )
    issued_at = models.DateTimeField(_("issued"), editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True, editable=False)
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), default=list, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=20000, blank=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=120, unique=True, default=new_message_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUED, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("file"), related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, editable=False)
    documents = GenericRelation(Document)

    objects = OrderPaperQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("paper about an order")
        verbose_name_plural = _("papers about orders")
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="orders_orderpaper_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_orderpaper_by_change"),
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="orders_orderpaper_waiting"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_issued", fields=["order", "kind", "number", "language", "contents", "issued_at"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "number"], name="orders_orderpaper_once"),
            models.CheckConstraint(
                name="orders_orderpaper_sent",
                condition=Q(state="sent", sent_at__isnull=False, document__isnull=False) & ~Q(sha256="") | ~Q(state="sent"),
            ),
            models.CheckConstraint(
                name="orders_orderpaper_to_somebody", condition=~Q(state__in=["waiting", "sent"]) | ~Q(recipients=[])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        """The page of the order, where its papers stand."""
        return f"/orders/{self.order_id}/"

    @property
    def name(self) -> str:
        """The order's number and the revision, as the paper is called."""
        return f"{self.order.number}/{self.number}"
