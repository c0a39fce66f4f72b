"""Letters about repairs as they went to the customer: what they said, to whom, when, as which file."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.repair_estimates import RepairEstimate
from complaints.models.repair_pieces import OfRepairQuerySet, RepairPiece
from complaints.models.repairs import Repair
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.mails import Posting
from kam.core.records import Record


class RepairLetterQuerySet(OfRepairQuerySet):
    """Letters, read with their repair."""

    def for_list(self) -> Self:
        return self.select_related("repair__plant__customer", "repair__selling_location", "document", "written_by")


@tracked(
    exclude=("attempts", "not_before", "contents", "text", "message_id", "sha256", "document"),
    beside="repair",
    named_by="subject",
)
class RepairLetter(Record, Posting):
    """A letter about a repair with what it said, so that it prints the same for ever; mailed once under its Message-ID."""

    class Kind(models.TextChoices):
        AUTHORISATION = "authorisation", _("RMA authorisation")
        RECEIPT = "receipt", _("Receipt note")
        ESTIMATE = "estimate", _("Estimate of the repair")
        APPROVAL = "approval", _("Confirmation of the repair order")
        DELAY = "delay", _("Notice of a delay")
        REPORT = "report", _("Repair report")
        RETURN = "return", _("Return note")

    class State(models.TextChoices):
        ISSUED = "issued", _("issued")
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    STATUS_TONES = {"issued": "accent", "waiting": "wait", "sent": "ok", "failed": "no", "cancelled": "closed"}

    repair = models.ForeignKey(Repair, on_delete=models.PROTECT, editable=False, verbose_name=_("repair"), related_name="letters")
    piece = models.ForeignKey(
        RepairPiece, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("piece"), related_name="letters"
    )
    estimate = models.ForeignKey(
        RepairEstimate, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("estimate"), related_name="letters"
    )
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices, editable=False)
    number = models.PositiveSmallIntegerField(_("number of the letter"), editable=False)
    language = models.CharField(_("language"), max_length=2, editable=False)
    contents = models.JSONField(_("contents"), default=dict, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("written by"), related_name="+"
    )  # fmt: skip
    written_at = models.DateTimeField(_("written"), editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True, editable=False)
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), default=list, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=4000, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUED, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("file"), related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, editable=False)
    documents = GenericRelation(Document)

    objects = RepairLetterQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("letter about a repair")
        verbose_name_plural = _("letters about repairs")
        ordering = ["-written_at", "-pk"]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="complaints_letter_by_day"),
            models.Index(fields=["updated_at", "id"], name="complaints_letter_by_change"),
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="complaints_letter_waiting"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_written", fields=["repair", "piece", "estimate", "kind", "number", "language", "contents", "written_at"]
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["repair", "kind", "number"], name="complaints_letter_once"),
            models.CheckConstraint(
                name="complaints_letter_to_somebody", condition=~Q(state__in=["waiting", "sent"]) | ~Q(recipients=[])
            ),
            models.CheckConstraint(name="complaints_letter_of", condition=~Q(kind="estimate") | Q(estimate__isnull=False)),
            models.CheckConstraint(name="complaints_letter_sent", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        """The page of the repair, where its letters stand."""
        return f"/repairs/{self.repair_id}/"

    @property
    def name(self) -> str:
        """The repair's number and the letter's, as the paper is called."""
        return f"{self.repair.number}/{self.number}"
