"""What a person does with an import: upload a file, confirm what it would do, give it up."""

from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from kam.core.excel import largest, refusal
from kam.core.file_types import SHEETS, type_of
from kam.core.import_kinds import ImportKind, import_kind
from kam.core.imports.records import FLOW, Import, refused_for_errors
from kam.core.jobs import start_job
from kam.core.uploads import MAX_BYTES, clean_name, digest, too_large
from kam.core.verbs import verb
from kam.core.workflow import not_permitted


def kind_for(actor: Any, code: str) -> ImportKind:
    """The kind of import of this code, if the person may carry it out. Raises Denied."""
    kind = import_kind(code)
    if not actor.may(kind.verb):
        raise not_permitted()
    return kind


@verb("core.upload_import", _("Upload"))
def upload_import(rows: type[Import], *, actor: Any, kind: str, file: File, reason: str = "") -> Import:
    """Take in a sheet of a kind; the worker reads it and shows what it would do. Raises Denied."""
    chosen = kind_for(actor, kind)
    name = clean_name(file.name or "file")
    if file.size == 0:
        raise refusal("empty")
    if file.size > MAX_BYTES:
        raise too_large()
    found = type_of(file.file or file, name)
    if found not in SHEETS:
        raise refusal("kind")
    if file.size > largest(found):
        raise refusal("size")
    record = Import(kind=kind, actor=actor, original_name=name, size=file.size, sha256=digest(file))
    record.file.save(record.original_name, file, save=False)
    record.save()
    record.job = start_job("core.preview_import", actor=actor, params={"import": record.pk}, verb=chosen.verb)
    record.save(update_fields=["job"])
    return record


@verb("core.confirm_import", _("Import"))
def confirm_import(record: Import, *, actor: Any, quarantine: bool = False, reason: str = "") -> Import:
    """Confirm what the preview shows; the worker carries out exactly that, whole or without the rows that have errors. Raises Denied."""
    chosen = kind_for(actor, record.kind)
    FLOW.move(record, "core.confirm_import")
    if record.counts.get("errors") and not quarantine:
        raise refused_for_errors()
    record.quarantine = bool(record.counts.get("errors"))
    record.job = start_job("core.apply_import", actor=actor, params={"import": record.pk, "reason": reason}, verb=chosen.verb)
    record.save()
    return record


@verb("core.cancel_import", _("Cancel"))
def cancel_import(record: Import, *, actor: Any, reason: str = "") -> Import:
    """Give up a sheet that has not been carried out; nothing was changed by it. Raises Denied."""
    FLOW.move(record, "core.cancel_import")
    record.save()
    return record


@verb("core.undo_import", _("Take back"))
def undo_import(record: Import, *, actor: Any, reason: str = "") -> Import:
    """Take back what an import wrote: the worker does it whole, or says how many rows have changed since. Raises Denied."""
    chosen = kind_for(actor, record.kind)
    FLOW.move(record, "core.undo_import")
    record.message = ""
    record.job = start_job("core.undo_import", actor=actor, params={"import": record.pk, "reason": reason}, verb=chosen.verb)
    record.save()
    return record
