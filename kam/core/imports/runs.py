"""What the worker does with an import: reads the file and shows what it would do, carries out exactly that, whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from django.core.files import File
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kam.core import clock, history
from kam.core.bulk import many_rows
from kam.core.excel import Rules
from kam.core.import_kinds import StagedKind, import_kind
from kam.core.imports.faults import Faults, as_dict
from kam.core.imports.keeping import brought_back, forget, keep
from kam.core.imports.mappings import known_for
from kam.core.imports.reading import Source, opened, refuse_infected
from kam.core.imports.records import Import, done_by_another
from kam.core.imports.staging import STAGED, insert
from kam.core.imports.trials import Trial, try_out
from kam.core.imports.undo import noted, take_back
from kam.core.jobs import start_job
from kam.core.workflow import Denied

SHOWN_ERRORS = 5_000
LOCK = "SELECT pg_advisory_xact_lock(7206, hashtext(%s))"


@contextmanager
def _tried(record: Import, faults: Faults, report: Any) -> Iterator[tuple[Trial | None, Source]]:
    """What the file of an import would do now. Raises Denied."""
    kind = import_kind(record.kind)
    language = record.actor.language
    with translation.override(language):
        with record.file.open("rb") as file:
            refuse_infected(file)
        if record.second:
            with record.second.open("rb") as file:
                refuse_infected(file)
        rules = Rules.of(record.rules) if record.rules else None
        known = known_for(record.kind) if rules is None else {}
        with opened(record.files, kind, rules, faults, language=language, report=report, known=known) as source:
            # What nobody has said yet is asked for before the rows are looked at.
            ready = source.settled or bool(rules and rules.columns)
            trial = try_out(kind, source, faults, actor=record.actor) if ready else None
        yield trial, source


def run_preview(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.preview_import`: what the sheet would do and every fault in it; what was written to find out is taken back."""
    record = Import.objects.select_related("actor").get(pk=job.params["import"])
    if record.state != Import.State.UPLOADED:
        return record.counts
    try:
        with closing(Faults()) as faults, many_rows(), transaction.atomic(), _tried(record, faults, report) as (trial, source):
            found = _learned(source) | (_asked(faults) if trial is None else _found(trial, source, faults))
            found |= {"faults": _keep(record, faults)} | _kept(record, trial)
            transaction.set_rollback(True)
    except Denied as denied:
        return _failed(record, denied)
    return _note(record, "core.preview_import", **found)


def _learned(source: Source) -> dict[str, Any]:
    """How the file is read, as the import keeps it: from now on it is read like this."""
    mapping = source.mapping
    return {"found": source.found, "ignored": source.ignored} | (
        {"mapping": mapping, "mapping_version": mapping.version, "rules": source.rules.kept()} if mapping else {}
    )


def _asked(faults: Faults) -> dict[str, Any]:
    """A file of which somebody has to say first what its columns hold."""
    return {
        "state": Import.State.MAPPING,
        "counts": {},
        "preview": [],
        "skipped": [],
        "errors": [as_dict(error) for error in islice(faults, SHOWN_ERRORS)],
        "message": _(
            "KAM does not know yet what the columns of this file hold. Say it once; save it, and the next file is known."
        ),
    }


def _keep(record: Import, faults: Faults) -> str:
    """Keep every fault beside the file and answer the name; those of an earlier reading go."""
    if record.faults:
        record.faults.delete(save=False)
    if not faults.count:
        return ""
    with tempfile.TemporaryFile() as lines:
        lines.writelines(faults.lines())
        record.faults.save("faults", File(lines), save=False)
    return str(record.faults.name)


def _kept(record: Import, trial: Trial | None) -> dict[str, Any]:
    """What carrying out can begin from without reading the file again; what an earlier reading has kept goes."""
    kind = import_kind(record.kind)
    if record.kept:
        record.kept.delete(save=False)
    if isinstance(kind, StagedKind) and trial is not None and trial.stands_on and not trial.blocked:
        return {"kept": keep(record, kind), "stands_on": trial.stands_on}
    return {"kept": "", "stands_on": ""}


def _found(trial: Trial, source: Source, faults: Faults) -> dict[str, Any]:
    """What a trial has shown, as the import keeps it."""
    counts = trial.counts | {
        "errors": faults.count,
        "rows_with_errors": faults.rows.count,
        "skipped": source.skipped.count,
    }
    return {
        "state": Import.State.PREVIEWED,
        "found": source.found | {"remarks": trial.remarks},
        "message": "",
        "counts": counts | ({"blocked": True} if trial.blocked else {}),
        "errors": [as_dict(error) for error in islice(faults, SHOWN_ERRORS)],
        "preview": trial.shown,
        "skipped": [row._asdict() for row in source.skipped.first],
        "fingerprint": trial.digest,
    }


def run_apply(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.apply_import`: carry out what was confirmed in one transaction; a second run finds it done."""
    record = Import.objects.select_related("actor").get(pk=job.params["import"])
    if record.state != Import.State.APPLYING:
        return record.counts
    reason = job.params.get("reason", "")
    try:
        with (
            closing(Faults()) as faults,
            many_rows(),
            transaction.atomic(),
            history.bound(actor=record.actor, verb="core.apply_import", reason=reason),
        ):
            # Of two who import at once the second waits here, and then finds what the first has done.
            with connection.cursor() as cursor:
                cursor.execute(LOCK, [record.kind])
            record = Import.objects.select_related("actor").select_for_update(of=("self",)).get(pk=record.pk)
            if record.state != Import.State.APPLYING:
                return record.counts
            _carry_out(record, faults, report, reason)
            forget(record)
            record.state, record.applied_at, record.message = Import.State.APPLIED, clock.now(), ""
            record.save()
    except Denied as denied:
        if denied.code == "import_changed":
            with transaction.atomic():
                verb = import_kind(record.kind).verb
                again = start_job("core.preview_import", actor=record.actor, params={"import": record.pk}, verb=verb)
                _note(record, "core.apply_import", state=Import.State.UPLOADED, message=str(denied), job=again)
            raise
        _failed(record, denied)
        raise
    return record.counts


def run_undo(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.undo_import`: take back what was written, in one transaction; a second run finds it done."""
    record = Import.objects.select_related("actor").get(pk=job.params["import"])
    if record.state != Import.State.UNDOING:
        return record.counts
    kind, reason = import_kind(record.kind), job.params.get("reason", "")
    try:
        with (
            transaction.atomic(),
            history.bound(actor=record.actor, verb="core.undo_import", reason=reason),
            translation.override(record.actor.language),
        ):
            with connection.cursor() as cursor:
                cursor.execute(LOCK, [record.kind])
            record = Import.objects.select_related("actor").select_for_update(of=("self",)).get(pk=record.pk)
            if record.state != Import.State.UNDOING:
                return record.counts
            if isinstance(kind, StagedKind):
                kind.undo_staged(record.written, actor=record.actor, reason=reason)
            else:
                take_back(record.written, actor=record.actor)
                kind.taken_back(actor=record.actor)
            record.state, record.undone_at, record.message = Import.State.UNDONE, clock.now(), ""
            record.save()
    except Denied as denied:
        with translation.override(record.actor.language):
            _note(record, "core.undo_import", state=Import.State.APPLIED, message=str(denied)[:500])
        raise
    return record.counts


def given_up(job: Any, message: str) -> None:
    """The work on an import was cancelled or failed: the import says so, and nothing of it was written or taken back."""
    left = {
        Import.State.UPLOADED: Import.State.FAILED,
        Import.State.APPLYING: Import.State.FAILED,
        Import.State.UNDOING: Import.State.APPLIED,
    }
    with transaction.atomic(), history.bound(actor=job.actor, verb=job.kind):
        record = Import.objects.select_for_update(of=("self",)).filter(pk=job.params.get("import")).first()
        if record is None or record.state not in left or record.job_id not in {None, job.pk}:
            return
        record.state, record.message = left[Import.State(record.state)], message or str(_("The work was cancelled."))
        record.save()


def _carry_out(record: Import, faults: Faults, report: Any, reason: str) -> None:
    kind = import_kind(record.kind)
    if isinstance(kind, StagedKind):
        with brought_back(record, kind) as put:
            if put is not None:
                record.written = kind.write_staged(STAGED, actor=record.actor, reason=reason, put=put)
                return
    with _tried(record, faults, report) as (trial, _source):
        if trial is None or trial.digest != record.fingerprint or (faults.count and not record.quarantine):
            raise _changed(record)
        if isinstance(kind, StagedKind):
            rows = kind.rows
            record.written = kind.write_staged(
                STAGED, actor=record.actor, reason=reason, put=lambda name: insert(name, *rows[name])
            )
        elif trial.plan is not None:
            written: dict[str, Any] = {}
            with noted(written):
                kind.apply(trial.plan, actor=record.actor, reason=reason)
            record.written = written


def _changed(record: Import) -> Denied:
    """Why what was confirmed is not what would happen now."""
    other = done_by_another(record, record.created_at)
    if other is None:
        text = _("The data in KAM have changed since the preview. Look at it again and confirm.")
        return Denied("import_changed", text)
    text = _("%(person)s has imported this same file meanwhile. Look at what is left of it.")
    return Denied("import_changed", text % {"person": other.actor})


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
