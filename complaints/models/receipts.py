"""Confirmations that a complaint came: the mail to the customer with our number, which admits nothing."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.complaints import Complaint
from kam.core.history import tracked
from kam.core.mails import Posting
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class ComplaintReceiptQuerySet(ScopedQuerySet):
    """Confirmations, read and written with their complaint."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(complaint__in=Complaint.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(complaint__in=Complaint.objects.permitted(user, verb).values("pk"))


@tracked(exclude=("attempts", "not_before", "text", "message_id", "written_by"), beside="complaint")
class ComplaintReceipt(Record, Posting):
    """A mail that confirms to the customer that their complaint came, in the words as they went out."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, editable=False, verbose_name=_("complaint"), related_name="receipts"
    )
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("written by"),
        related_name="+",
    )
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), editable=False)
    language = models.CharField(_("language"), max_length=2, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=4000, editable=False)

    objects = ComplaintReceiptQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("confirmation of receipt")
        verbose_name_plural = _("confirmations of receipt")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="complaints_receipt_waiting")]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                name="complaints_receipt_sent",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """The page of its complaint."""
        return f"/complaints/{self.complaint_id}/"
