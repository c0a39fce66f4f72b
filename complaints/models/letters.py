"""Letters about complaints as they went to the customer: confirmation of receipt, reports, rejection; what they said, to whom, as which file."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaints import Complaint
from complaints.models.eight_d import OfComplaintQuerySet
from complaints.models.repair_letters import RepairLetter
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.mails import Posting
from kam.core.records import Record


class ComplaintLetterQuerySet(OfComplaintQuerySet):
    """Letters, read and written with their complaint."""

    def for_list(self) -> Self:
        return self.select_related(
            "complaint__plant__customer", "complaint__selling_location", "complaint__contact", "document", "written_by"
        )


@tracked(
    exclude=("attempts", "not_before", "contents", "text", "message_id", "written_by", "written_at", "sha256", "document"),
    beside="complaint",
    named_by="subject",
)
class ComplaintLetter(Record, Posting):
    """A letter about a complaint with what it said, so that its print says the same for ever; mailed once under its Message-ID."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Confirmation of receipt")
        INTERIM = "3d", _("First answer")
        FINAL = "8d", _("Final answer")
        REJECTION = "rejection", _("Rejection of a complaint")

    State = RepairLetter.State
    STATUS_TONES = RepairLetter.STATUS_TONES

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, editable=False, verbose_name=_("complaint"), related_name="letters"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, editable=False)
    number = models.PositiveSmallIntegerField(_("number of the letter"), default=1, editable=False)
    language = models.CharField(_("language"), max_length=2, editable=False)
    contents = models.JSONField(_("contents"), default=dict, editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("written by"), related_name="+"
    )  # fmt: skip
    written_at = models.DateTimeField(_("written"), editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, editable=False)
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), default=list, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=4000, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUED, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("file"), related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, editable=False)

    objects = ComplaintLetterQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("letter about a complaint")
        verbose_name_plural = _("letters about complaints")
        ordering = ["-written_at", "-pk"]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="complaints_to_customer_by_day"),
            models.Index(fields=["updated_at", "id"], name="complaints_to_customer_changed"),
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="complaints_to_customer_waiting"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_written", fields=["complaint", "kind", "number", "language", "contents", "subject", "written_at"]
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "kind", "number"], name="complaints_to_customer_once"),
            models.CheckConstraint(
                name="complaints_to_customer_whom", condition=~Q(state__in=["waiting", "sent"]) | ~Q(recipients=[])
            ),
            models.CheckConstraint(
                name="complaints_to_customer_sent",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        """The page of its complaint, where its letters stand."""
        return f"/complaints/{self.complaint_id}/"

    @property
    def name(self) -> str:
        """The complaint's number, and which of its letters of this kind it is."""
        which = f"/{self.number}" if self.number > 1 else ""
        return f"{self.complaint.number} {self.kind.upper()}{which}"
