"""The register of documents: of every record the types that it must have, what is in hand of each, and what was asked for (domain 12.2)."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Plant
from kam.core import clock
from kam.core.about import AboutQuerySet
from kam.core.documents import Document, DocumentType
from kam.core.history import tracked
from kam.core.records import About, Record


def warned_by(today: date) -> Any:
    """The condition that the warning of a document's end has begun; false where it has no end."""
    begins = models.ExpressionWrapper(
        F("document__valid_to") - F("document__type__warning_days"), output_field=models.DateField()
    )
    return LessThanOrEqual(begins, Value(today, output_field=models.DateField()))


class EntryStatus(models.TextChoices):
    """Where a required document stands; it is derived, never stored."""

    MISSING = "missing", pgettext_lazy("document", "Missing")
    REQUESTED = "requested", pgettext_lazy("document", "Requested")
    RECEIVED = "received", pgettext_lazy("document", "Received")
    CHECKED = "checked", pgettext_lazy("document", "Checked")
    VALID = "valid", pgettext_lazy("document", "Valid")
    EXPIRING = "expiring", pgettext_lazy("document", "Expiring")
    EXPIRED = "expired", pgettext_lazy("document", "Expired")
    SUPERSEDED = "superseded", pgettext_lazy("document", "Superseded")
    NOT_REQUIRED = "not_required", pgettext_lazy("document", "Not required")


#: What can be relied on; and what somebody has to do something about.
IN_FORCE = (EntryStatus.VALID, EntryStatus.EXPIRING)
DUE = (
    EntryStatus.MISSING, EntryStatus.REQUESTED, EntryStatus.RECEIVED, EntryStatus.EXPIRING, EntryStatus.EXPIRED,
    EntryStatus.SUPERSEDED,
)  # fmt: skip


class DocumentEntryQuerySet(AboutQuerySet):
    """The register; an entry is read by whoever reads more than the card of its record."""

    def with_status(self, today: date | None = None) -> Self:
        """The entries with `stands`: their status on a day."""
        today = today or clock.today()
        none = Q(document__isnull=True)
        return self.annotate(
            stands=Case(
                When(waived_at__isnull=False, then=Value(EntryStatus.NOT_REQUIRED)),
                When(none & Q(requested_on__isnull=False), then=Value(EntryStatus.REQUESTED)),
                When(none & Q(required=True), then=Value(EntryStatus.MISSING)),
                When(none, then=Value(EntryStatus.NOT_REQUIRED)),
                When(document__obsolete_since__isnull=False, then=Value(EntryStatus.SUPERSEDED)),
                When(document__valid_to__lt=today, then=Value(EntryStatus.EXPIRED)),
                When(checked_at__isnull=True, then=Value(EntryStatus.RECEIVED)),
                When(document__valid_from__gt=today, then=Value(EntryStatus.CHECKED)),
                When(warned_by(today), then=Value(EntryStatus.EXPIRING)),
                default=Value(EntryStatus.VALID),
                output_field=models.CharField(max_length=12),
            )
        )

    def in_status(self, *statuses: str, today: date | None = None) -> Self:
        """Those of these statuses."""
        return self.with_status(today).filter(stands__in=statuses)

    def due(self) -> Self:
        """Those that are required and cannot be relied on, or not much longer."""
        return self.counting().in_status(*DUE)

    def counting(self) -> Self:
        """Those that the metrics count: required, and nobody has said that they are not."""
        return self.filter(required=True, waived_at=None)

    def for_list(self) -> Self:
        return self.select_related("type", "customer", "plant", "document__type", "owner").prefetch_related("record")


@tracked()
class DocumentEntry(About, Record):
    """One type of document of one record: whether it must be there, what is in hand, who looks after it, who must hold it."""

    STATUS_TONES = {
        "missing": "no", "requested": "wait", "received": "wait", "checked": "accent", "valid": "ok", "expiring": "wait",
        "expired": "no", "superseded": "no", "not_required": "closed",
    }  # fmt: skip

    type = models.ForeignKey(
        DocumentType, on_delete=models.PROTECT, editable=False, verbose_name=_("type of document"), related_name="entries"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("customer"), related_name="document_entries"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("plant"), related_name="document_entries"
    )
    required = models.BooleanField(_("required"), default=False, editable=False)
    blocks_in = ArrayField(
        models.CharField(max_length=12, blank=True), verbose_name=_("blocks orders in"), default=list, editable=False
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("document"), related_name="entries"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("looked after by"),
        related_name="+",
    )
    holders = ArrayField(
        models.CharField(max_length=40), verbose_name=_("must hold the current revision"), default=list, editable=False
    )
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("checked by"),
        related_name="+",
    )
    requested_on = models.DateField(_("requested on"), null=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("requested by"),
        related_name="+",
    )
    due_on = models.DateField(_("due on"), null=True, editable=False)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0, editable=False)
    waived_at = models.DateTimeField(_("declared not required"), null=True, editable=False)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("declared not required by"),
        related_name="+",
    )
    waiver = models.CharField(_("why it is not required"), max_length=400, blank=True, editable=False)

    objects = DocumentEntryQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("entry of the document register")
        verbose_name_plural = _("document register")
        ordering = ["type__code", "pk"]
        indexes = [
            models.Index(fields=["customer", "type", "id"], name="catalog_entry_by_customer"),
            models.Index(fields=["document"], name="catalog_entry_by_document"),
            models.Index(fields=["due_on", "id"], name="catalog_entry_by_due"),
            models.Index(fields=["updated_at", "id"], name="catalog_entry_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["content_type", "object_id", "type"], name="catalog_entry_once"),
            models.CheckConstraint(
                name="catalog_entry_checked", condition=Q(checked_at__isnull=True) | Q(document__isnull=False)
            ),
            models.CheckConstraint(
                name="catalog_entry_requested",
                condition=Q(requested_on__isnull=True, due_on__isnull=True) | Q(requested_on__isnull=False, due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="catalog_entry_waived",
                condition=Q(waived_at__isnull=True, waiver="") | Q(waived_at__isnull=False) & ~Q(waiver=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} · {self.record}"

    def get_absolute_url(self) -> str:
        """The page of the entry."""
        return f"/documents-due/{self.pk}/"

    @property
    def blocks(self) -> bool:
        """Whether an order waits for it."""
        return bool(self.blocks_in)

    @cached_property
    def status(self) -> EntryStatus:
        """Where it stands today."""
        return self.status_on(clock.today())

    def get_status_display(self) -> Any:
        """The status in words."""
        return EntryStatus(self.status).label

    def status_on(self, day: date) -> EntryStatus:
        """Where it stands on a day; the same as `with_status`, for one row."""
        document = self.document
        if self.waived_at is not None:
            return EntryStatus.NOT_REQUIRED
        if document is None:
            if self.requested_on is not None:
                return EntryStatus.REQUESTED
            return EntryStatus.MISSING if self.required else EntryStatus.NOT_REQUIRED
        if document.obsolete_since is not None:
            return EntryStatus.SUPERSEDED
        if document.valid_to is not None and document.valid_to < day:
            return EntryStatus.EXPIRED
        if self.checked_at is None:
            return EntryStatus.RECEIVED
        if document.valid_from is not None and document.valid_from > day:
            return EntryStatus.CHECKED
        if document.valid_to is not None and document.valid_to - timedelta(days=document.type.warning_days) <= day:
            return EntryStatus.EXPIRING
        return EntryStatus.VALID
