"""Imports: a sheet is uploaded, read and previewed by the worker, confirmed by a person, and then carried out whole or not at all."""

from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import models, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kam.core import clock, history
from kam.core.bulk import many_rows
from kam.core.excel import SheetError
from kam.core.history import tracked
from kam.core.import_kinds import Change, Plan, import_kind
from kam.core.jobs import start_job
from kam.core.records import Record
from kam.core.scoping import OwnQuerySet
from kam.core.uploads import RandomName, ScannerAway, ScanState, clean_name, digest, scan
from kam.core.verbs import verb
from kam.core.workflow import Denied, Transition, Workflow, not_permitted

SHOWN_CHANGES = 200
SHOWN_ERRORS = 5_000


class ImportQuerySet(OwnQuerySet):
    """Imports belong to who uploaded them."""

    owner_field = "actor"


@tracked(exclude=("errors", "preview"))
class Import(Record):
    """One uploaded sheet: what it would do, what it did, and every fault in it."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("being read")
        PREVIEWED = "previewed", _("to be confirmed")
        APPLYING = "applying", _("being carried out")
        APPLIED = "applied", _("carried out")
        FAILED = "failed", _("not possible")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=60, editable=False)
    file = models.FileField(_("file"), upload_to=RandomName("imports"), max_length=120, editable=False)
    original_name = models.CharField(_("file name"), max_length=200, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    size = models.BigIntegerField(_("size in bytes"), editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED, editable=False)
    counts = models.JSONField(_("counts"), default=dict, editable=False)
    errors = models.JSONField(_("errors"), default=list, editable=False)
    preview = models.JSONField(_("preview"), default=list, editable=False)
    ignored = models.JSONField(_("columns not read"), default=list, editable=False)
    message = models.CharField(_("message"), max_length=500, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    applied_at = models.DateTimeField(_("carried out"), null=True, editable=False)
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
                condition=Q(state="applied", applied_at__isnull=False) | (~Q(state="applied") & Q(applied_at=None)),
                name="core_import_applied_at",
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
    def applicable(self) -> bool:
        """Whether it waits to be confirmed, has no fault and would do something."""
        return (
            self.state == self.State.PREVIEWED
            and not self.counts.get("errors")
            and bool(self.counts.get("create") or self.counts.get("update"))
        )


def _without_faults(record: Import) -> Denied | None:
    """Only a sheet without any fault is carried out, and only if it does something."""
    if record.counts.get("errors"):
        return Denied("import_errors", _("Correct the errors in the file and upload it again; nothing is imported in part."))
    if not record.applicable:
        return Denied("import_nothing", _("Everything in the file is in KAM already; there is nothing to do."))
    return None


FLOW = Workflow(
    Transition("core.confirm_import", ("previewed",), "applying", guard=_without_faults),
    Transition("core.cancel_import", ("uploaded", "previewed"), "cancelled"),
    field="state",
)


@verb("core.upload_import", _("Upload"))
def upload_import(rows: type[Import], *, actor: Any, kind: str, file: File, reason: str = "") -> Import:
    """Take in a sheet of a kind; the worker reads it and shows what it would do. Raises Denied."""
    chosen = import_kind(kind)
    if not actor.may(chosen.verb):
        raise not_permitted()
    if file.size == 0:
        raise Denied("file_empty", _("The file is empty."), field="file", status=400)
    if file.size > 50 * 1024 * 1024:
        raise Denied("file_size", _("The file is larger than 50 MB. Divide it into several files."), field="file", status=400)
    record = Import(kind=kind, actor=actor, original_name=clean_name(file.name or "file"), size=file.size, sha256=digest(file))
    record.file.save(record.original_name, file, save=False)
    record.save()
    record.job = start_job("core.preview_import", actor=actor, params={"import": record.pk}, verb=chosen.verb)
    record.save(update_fields=["job"])
    return record


@verb("core.confirm_import", _("Import"))
def confirm_import(record: Import, *, actor: Any, reason: str = "") -> Import:
    """Confirm what the preview shows; the worker carries out exactly that, whole or not at all. Raises Denied."""
    chosen = import_kind(record.kind)
    if not actor.may(chosen.verb):
        raise not_permitted()
    FLOW.move(record, "core.confirm_import")
    record.job = start_job("core.apply_import", actor=actor, params={"import": record.pk, "reason": reason}, verb=chosen.verb)
    record.save()
    return record


@verb("core.cancel_import", _("Cancel"))
def cancel_import(record: Import, *, actor: Any, reason: str = "") -> Import:
    """Give up a sheet that has not been carried out; nothing was changed by it. Raises Denied."""
    FLOW.move(record, "core.cancel_import")
    record.save()
    return record


def planned(record: Import) -> tuple[Plan, list[str]]:
    """Read the sheet and compare it with what is in KAM: the plan with every fault, and the headers that were not read."""
    from kam.core.excel_files import read_file

    kind = import_kind(record.kind)
    with record.file.open("rb") as file:
        try:
            state = scan(file)
        except ScannerAway:
            raise Denied("scanner_away", _("The virus scanner does not answer. Try again later.")) from None
    if state == ScanState.INFECTED:
        raise Denied("document_infected", _("A virus was found in this file; it was not read."))
    reading = read_file(record.file.path, kind.columns, language=record.actor.language, name=record.original_name)
    with translation.override(record.actor.language):
        plan = kind.prepare(reading.rows, actor=record.actor, sheet=reading.sheet)
    plan.errors = sorted([*reading.errors, *plan.errors], key=lambda error: error.row)
    return plan, reading.ignored


def run_preview(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.preview_import`: what the sheet would do and every fault in it."""
    record = Import.objects.select_related("actor").get(pk=job.params["import"])
    if record.state != Import.State.UPLOADED:
        return record.counts
    try:
        with many_rows():
            plan, ignored = planned(record)
    except Denied as denied:
        return _failed(record, denied)
    report(1, 2)
    counts = plan.counts()
    counts["rows_with_errors"] = len({error.row for error in plan.errors})
    return _note(
        record,
        "core.preview_import",
        state=Import.State.PREVIEWED,
        counts=counts,
        errors=[_error(error) for error in plan.errors[:SHOWN_ERRORS]],
        preview=[_shown(change) for change in [*plan.create[:SHOWN_CHANGES], *plan.update[:SHOWN_CHANGES]]],
        ignored=ignored,
        fingerprint=plan.fingerprint(),
        message="",
    )


def run_apply(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.apply_import`: carry out what was confirmed in one transaction; a second run finds it done."""
    record = Import.objects.select_related("actor").get(pk=job.params["import"])
    if record.state != Import.State.APPLYING:
        return record.counts
    kind = import_kind(record.kind)
    try:
        with (
            many_rows(),
            transaction.atomic(),
            history.bound(actor=record.actor, verb="core.apply_import", reason=job.params.get("reason", "")),
        ):
            record = Import.objects.select_related("actor").select_for_update(of=("self",)).get(pk=record.pk)
            if record.state != Import.State.APPLYING:
                return record.counts
            plan, _ignored = planned(record)
            if plan.errors or plan.fingerprint() != record.fingerprint:
                raise Denied("import_changed", _("The data in KAM have changed since the preview. Look at it again and confirm."))
            report(1, 2)
            kind.apply(plan, actor=record.actor, reason=job.params.get("reason", ""))
            record.state, record.applied_at, record.message = Import.State.APPLIED, clock.now(), ""
            record.save()
    except Denied as denied:
        if denied.code == "import_changed":
            _note(record, "core.apply_import", state=Import.State.UPLOADED, message=str(denied))
            start_job("core.preview_import", actor=record.actor, params={"import": record.pk}, verb=kind.verb)
            raise
        _failed(record, denied)
        raise
    return record.counts


def _failed(record: Import, denied: Denied) -> dict[str, Any]:
    return _note(record, "core.preview_import", state=Import.State.FAILED, message=str(denied)[:500])


def _note(record: Import, code: str, **values: Any) -> dict[str, Any]:
    """Write what came of a step, as the step of the person who asked for it."""
    with transaction.atomic(), history.bound(actor=record.actor, verb=code):
        fresh = Import.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if fresh.state == Import.State.CANCELLED:
            return fresh.counts
        for name, value in values.items():
            setattr(fresh, name, value)
        fresh.save()
        return fresh.counts


def _error(error: SheetError) -> dict[str, Any]:
    return {"sheet": error.sheet, "row": error.row, "column": error.column, "read": error.read, "expected": error.expected}


def _shown(change: Change) -> dict[str, Any]:
    """A change as the preview shows it: row, record, and each field before and after."""
    fields = [[name, _text(change.before.get(name)), _text(change.values[name])] for name in change.changed()]
    return {"row": change.number, "label": change.label[:200], "new": change.record is None, "fields": fields}


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:200]


def done_before(record: Import) -> Import | None:
    """An import of the same file that was carried out, of the same person, if there is one."""
    same = Import.objects.filter(actor=record.actor, kind=record.kind, sha256=record.sha256, state=Import.State.APPLIED)
    return same.exclude(pk=record.pk).first()
