"""What the worker does with an uploaded document: has it scanned, then draws its picture in a process of its own."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import transaction

from kam.core import clock, history, sandbox
from kam.core.documents import Document, PreviewState
from kam.core.file_types import type_of
from kam.core.fonts import font_folders
from kam.core.jobs import start_job
from kam.core.uploads import ScannerAway, ScanState, scan

LIMITS = {"pdf": (20, 1024), "image": (20, 1024), "dxf": (30, 1536)}


def draw(path: Path, kind: str, out: Path) -> dict[str, Any]:
    """Draw a picture of a file to `out`; raises SandboxError where that is not possible within the limits."""
    seconds, megabytes = LIMITS[kind]
    order = {"type": kind, "path": str(path.resolve()), "out": str(out), "fonts": font_folders()}
    return sandbox.run("picture", order, seconds=seconds, megabytes=megabytes)


def run(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.process_document`: scan the document of `params["document"]`, then draw its preview; twice without harm."""
    document = Document.objects.select_related("type").filter(pk=job.params["document"]).first()
    if document is None:
        return {}
    changes: dict[str, Any] = {}
    if document.scan_state == ScanState.UNSCANNED:
        try:
            with document.file.open("rb") as file:
                changes["scan_state"] = scan(file)
        except ScannerAway:
            return _note(document, {})
    if changes.get("scan_state", document.scan_state) == ScanState.INFECTED:
        return _note(document, changes | {"preview_state": PreviewState.NONE})
    if document.preview_state == PreviewState.WAITING:
        changes |= preview(document)
    return _note(document, changes)


def preview(document: Document) -> dict[str, Any]:
    """Draw the picture of a document and store it; answers what to note of it."""
    with document.file.open("rb") as file:
        found = type_of(file.file, document.original_name)
    if found is None or not found.preview:
        return {"preview_state": PreviewState.NONE}
    with tempfile.NamedTemporaryFile(prefix="kam-") as out:
        try:
            answer = draw(Path(document.file.path), found.preview, Path(out.name))
        except sandbox.SandboxError:
            return {"preview_state": PreviewState.FAILED}
        document.preview.save("preview", File(out), save=False)
    return {"preview_state": PreviewState.READY, "preview": document.preview.name, "preview_type": answer["media_type"]}


def _note(document: Document, changes: dict[str, Any]) -> dict[str, Any]:
    if changes:
        with transaction.atomic(), history.bound(actor=None, verb="core.process_document"):
            Document.objects.filter(pk=document.pk).update(**changes)
    return {name: str(value) for name, value in changes.items()}


def scan_waiting() -> int:
    """Queue again the documents that no scanner has answered for, oldest first; for the sweeper. Answers how many."""
    if not settings.CLAMAV_URL:
        return 0
    before = clock.now() - timedelta(minutes=10)
    waiting = Document.objects.filter(scan_state=ScanState.UNSCANNED, created_at__lt=before).order_by("pk")[:100]
    for document in waiting:
        start_job("core.process_document", actor=None, params={"document": document.pk})
    return len(waiting)
