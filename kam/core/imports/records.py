"""The import as a record: one uploaded file, what it would do, what it did, and which steps it may take."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.import_kinds import import_kind
from kam.core.imports.mappings import ImportMapping
from kam.core.imports.reading import Files
from kam.core.records import Record
from kam.core.scoping import OwnQuerySet
from kam.core.uploads import RandomName
from kam.core.workflow import Denied, Transition, Workflow

WRITTEN_STATES = ("applied", "undoing", "undone")


class ImportQuerySet(OwnQuerySet):
    """Imports belong to who uploaded them."""

    owner_field = "actor"


@tracked(exclude=("errors", "preview", "skipped", "found", "kept", "stands_on"))
class Import(Record):
    """One uploaded sheet: what it would do, what it did, and every fault in it."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("being read")
        MAPPING = "mapping", _("columns to be named")
        PREVIEWED = "previewed", _("to be confirmed")
        APPLYING = "applying", _("being carried out")
        APPLIED = "applied", _("carried out")
        FAILED = "failed", _("not possible")
        CANCELLED = "cancelled", _("cancelled")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    kind = models.CharField(_("kind"), max_length=60, editable=False)
    file = models.FileField(_("file"), upload_to=RandomName("imports"), max_length=120, editable=False)
    original_name = models.CharField(_("file name"), max_length=200, editable=False)
    second = models.FileField(_("second file"), upload_to=RandomName("imports"), max_length=120, blank=True, editable=False)
    second_name = models.CharField(_("name of the second file"), max_length=200, blank=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    size = models.BigIntegerField(_("size in bytes"), editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED, editable=False)
    rules = models.JSONField(_("how it is read"), default=dict, editable=False)
    found = models.JSONField(_("what was found out about it"), default=dict, editable=False)
    mapping = models.ForeignKey(
        ImportMapping, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("mapping")
    )
    mapping_version = models.PositiveIntegerField(_("version of the mapping"), null=True, editable=False)
    counts = models.JSONField(_("counts"), default=dict, editable=False)
    errors = models.JSONField(_("errors"), default=list, editable=False)
    faults = models.FileField(upload_to=RandomName("imports"), max_length=120, blank=True, editable=False)
    kept = models.FileField(upload_to=RandomName("imports"), max_length=120, blank=True, editable=False)
    stands_on = models.CharField(max_length=64, blank=True, editable=False)
    preview = models.JSONField(_("preview"), default=list, editable=False)
    skipped = models.JSONField(_("rows passed over"), default=list, editable=False)
    ignored = models.JSONField(_("columns not read"), default=list, editable=False)
    message = models.CharField(_("message"), max_length=500, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    quarantine = models.BooleanField(_("without the rows that have errors"), default=False, editable=False)
    written = models.JSONField(default=dict, editable=False)
    applied_at = models.DateTimeField(_("carried out"), null=True, editable=False)
    undone_at = models.DateTimeField(_("taken back"), null=True, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+", verbose_name=_("uploaded by")
    )
    job = models.ForeignKey("core.Job", on_delete=models.SET_NULL, null=True, editable=False, related_name="+")

    objects = ImportQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["actor", "-created_at", "-id"], name="core_import_listed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WRITTEN_STATES, applied_at__isnull=False)
                | (~Q(state__in=WRITTEN_STATES) & Q(applied_at=None)),
                name="core_import_applied_at",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False) | (~Q(state="undone") & Q(undone_at=None)),
                name="core_import_undone_at",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    def get_absolute_url(self) -> str:
        """The page with its preview, progress and result."""
        return f"/imports/{self.pk}/"

    @property
    def kind_label(self) -> str:
        """What kind of rows the file contains."""
        return str(import_kind(self.kind).label)

    @property
    def files(self) -> Files:
        """Where its files lie."""
        second = self.second.path if self.second else ""
        return Files(self.file.path, self.original_name, second, self.second_name)

    @property
    def useful(self) -> bool:
        """Whether it waits to be confirmed and would do something, with or without the rows that have errors."""
        return (
            self.state == self.State.PREVIEWED
            and not self.counts.get("blocked")
            and bool(self.counts.get("create") or self.counts.get("update"))
        )

    @property
    def applicable(self) -> bool:
        """Whether it waits to be confirmed, has no fault and would do something."""
        return self.useful and not self.counts.get("errors")


def refused_for_errors() -> Denied:
    """Why a file with faults is not carried out as it is."""
    text = _("Correct the errors in the file and upload it again, or import only the rows without errors.")
    return Denied("import_errors", text)


def _worth_it(record: Import) -> Denied | None:
    """What does nothing is not carried out, nor what has a fault that leaving out rows does not mend."""
    if record.useful:
        return None
    if record.counts.get("errors"):
        return Denied("import_errors", _("Correct the errors in the file and upload it again."))
    return Denied("import_nothing", _("Everything in the file is in KAM already; there is nothing to do."))


FLOW = Workflow(
    Transition("core.confirm_import", ("previewed",), "applying", guard=_worth_it),
    Transition("core.map_import", ("mapping", "previewed", "failed"), "uploaded"),
    Transition("core.cancel_import", ("uploaded", "mapping", "previewed"), "cancelled"),
    Transition("core.undo_import", ("applied",), "undoing"),
    field="state",
)


def done_before(record: Import) -> Import | None:
    """An import of the same file that was carried out, of the same person, if there is one."""
    same = Import.objects.filter(actor=record.actor, kind=record.kind, sha256=record.sha256, state=Import.State.APPLIED)
    return same.exclude(pk=record.pk).first()


def done_by_another(record: Import, since: Any) -> Import | None:
    """An import of the same file by somebody else that was carried out since a moment: the two were at it at once."""
    same = Import.objects.filter(kind=record.kind, sha256=record.sha256, applied_at__gt=since)
    return same.exclude(actor=record.actor).select_related("actor").first()
