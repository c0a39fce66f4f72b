"""What a person does with an import: upload a file, confirm what it would do, give it up."""

import hashlib
from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from kam.core.excel import Rules, largest, refusal
from kam.core.file_types import SHEETS, type_of
from kam.core.import_kinds import ImportKind, import_kind
from kam.core.imports.keeping import forget
from kam.core.imports.mappings import ImportMapping, refuse_unreadable, save_mapping
from kam.core.imports.records import FLOW, Import, refused_for_errors
from kam.core.jobs import start_job
from kam.core.uploads import MAX_BYTES, clean_name, digest, too_large
from kam.core.verbs import verb
from kam.core.workflow import Denied, not_permitted


def kind_for(actor: Any, code: str) -> ImportKind:
    """The kind of import of this code, if the person may carry it out. Raises Denied."""
    kind = import_kind(code)
    if not actor.may(kind.verb):
        raise not_permitted()
    return kind


def _taken(file: File, field: str) -> str:
    """The name under which a file is kept, if it is a table and not too large. Raises Denied, at the field of the form."""
    name = clean_name(file.name or "file")
    found = None
    if file.size and file.size <= MAX_BYTES:
        found = type_of(file.file or file, name)
    for wrong, denied in (
        (file.size == 0, refusal("empty")),
        (file.size > MAX_BYTES, too_large()),
        (found not in SHEETS, refusal("kind")),
        (file.size > largest(found), refusal("size")),
    ):
        if wrong:
            denied.field = field
            raise denied
    return name


@verb("core.upload_import", _("Upload"))
def upload_import(
    rows: type[Import],
    *,
    actor: Any,
    kind: str,
    file: File,
    second: File | None = None,
    mapping: ImportMapping | None = None,
    reason: str = "",
) -> Import:
    """Take in a sheet of a kind; the worker reads it and shows what it would do.

    A `second` file holds the heads of the lines in the first; a `mapping` says how they are read, else the header does.
    Raises Denied.
    """
    chosen = kind_for(actor, kind)
    if mapping is not None and mapping.kind != kind:
        raise Denied("mapping_kind", _("This mapping is for another kind of import."), field="mapping", status=400)
    record = Import(kind=kind, actor=actor, original_name=_taken(file, "file"), size=file.size, sha256=digest(file))
    record.file.save(record.original_name, file, save=False)
    if second is not None:
        record.second_name = _taken(second, "second")
        record.sha256 = hashlib.sha256(f"{record.sha256}{digest(second)}".encode()).hexdigest()
        record.second.save(record.second_name, second, save=False)
    if mapping is not None:
        record.rules, record.mapping, record.mapping_version = mapping.rules, mapping, mapping.version
    record.save()
    record.job = start_job("core.preview_import", actor=actor, params={"import": record.pk}, verb=chosen.verb)
    record.save(update_fields=["job"])
    return record


@verb("core.map_import", _("Check again"))
def map_import(record: Import, *, actor: Any, rules: Rules | None = None, name: str = "", reason: str = "") -> Import:
    """Say how a file is read, and with a `name` save it for the next one; the worker reads it again and shows what it would do.

    Rules that change where the header is or how the file is written leave open what its columns hold. Raises Denied.
    """
    chosen, rules = kind_for(actor, record.kind), rules or Rules()
    refuse_unreadable(chosen, rules)
    FLOW.move(record, "core.map_import")
    record.rules, record.mapping, record.mapping_version, record.message = rules.kept(), None, None, ""
    if name.strip():
        mapping = save_mapping(
            ImportMapping, actor=actor, kind=record.kind, name=name, rules=rules, headers=record.found.get("headers", [])
        )
        record.mapping, record.mapping_version = mapping, mapping.version
    record.job = start_job("core.preview_import", actor=actor, params={"import": record.pk}, verb=chosen.verb)
    record.save()
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
    forget(record)
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
