"""Mails about an offer: what was sent to the customer from here, with the print as it went out, and what came back."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.mails import Posting, new_message_id
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.offers import Offer


class OfferMailQuerySet(ScopedQuerySet):
    """Mails about offers, read and written with them."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(offer__in=Offer.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(offer__in=Offer.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("offer__plant__customer", "document", "written_by")


# What was written once stays in the row, which nobody takes away; its history tells what became of it.
@tracked(
    exclude=(
        "attempts",
        "not_before",
        "text",
        "message_id",
        "sha256",
        "document",
        "sender_name",
        "written_by",
        "answers",
        "automatic",
    ),
    beside="offer",
)
class OfferMail(Record, Posting):
    """A mail to a customer with an offer's print, or an answer to one (`answers`); the words of an answer are a stranger's: plain text."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        RECEIVED = "received", _("received")

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, editable=False, verbose_name=_("offer"), related_name="mails")
    answers = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("answer to"), related_name="replies"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("written by"),
        related_name="+",
    )
    sender = models.CharField(_("sender"), max_length=250, blank=True, editable=False)
    sender_name = models.CharField(_("sender's name"), max_length=120, blank=True, editable=False)
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), default=list, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=20000, blank=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=250, default=new_message_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING, editable=False)
    automatic = models.BooleanField(_("written by a machine"), default=False, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("file"), related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, editable=False)

    objects = OfferMailQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("mail about an offer")
        verbose_name_plural = _("mails about offers")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_offermail_by_day"),
            models.Index(fields=["offer", "created_at", "id"], name="orders_offermail_by_offer"),
            models.Index(fields=["updated_at", "id"], name="orders_offermail_by_change"),
            models.Index(fields=["message_id"], name="orders_offermail_by_message"),
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="orders_offermail_waiting"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["offer", "message_id"], name="orders_offermail_once"),
            models.CheckConstraint(
                name="orders_offermail_sent",
                condition=Q(state="sent", sent_at__isnull=False, document__isnull=False) & ~Q(sha256="")
                | ~Q(state="sent") & Q(sent_at=None),
            ),
            models.CheckConstraint(
                name="orders_offermail_received",
                condition=Q(state="received", answers__isnull=False, written_by=None, document__isnull=False)
                | ~Q(state="received") & Q(answers=None),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """The page of the offer, where its mails stand."""
        return f"/offers/{self.offer_id}/"

    @property
    def is_answer(self) -> bool:
        """Whether it came from the customer."""
        return self.state == self.State.RECEIVED
