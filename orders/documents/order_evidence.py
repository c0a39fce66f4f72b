"""The evidence of an order on paper, and as one file: that paper, every document that it names and a list of what each file hashes to."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.documents import letterhead
from kam.core import clock, formats
from kam.core.access_log import AccessLog, log_access
from kam.core.documents import Document
from kam.core.jobs import Job
from kam.core.printing import Contents, render
from kam.core.workflow import Denied
from orders.actions.evidence import CUSTOMERS
from orders.documents.forms import ORDER_EVIDENCE
from orders.documents.review import review_print
from orders.models import Order
from orders.reports.order_evidence import Evidence, trail

CHUNK = 1 << 16


@dataclass(frozen=True)
class Filed:
    """A file of the evidence: its name, its hash, and what its reader must know of it."""

    name: str
    sha256: str
    note: str = ""


def evidence_print(key: str, *, actor: Any) -> Contents:
    """The trail of an order as this person may see it; the key is that of the order and whose language it speaks. Raises Denied."""
    number, _colon, language = str(key).partition(":")
    order = _order(number, actor)
    with translation.override(_language(order, language, actor)):
        found = trail(order, actor)
        files = [Filed(one.original_name, one.sha256) for one in _documents(found)]
        return evidence_contents(order, found, files, actor=actor)


def evidence_contents(order: Order, found: Sequence[Evidence], files: Sequence[Filed], *, actor: Any) -> Contents:
    """What the paper says, in the active language; it is our own and tells of our reviews."""
    title, language = _("Evidence of an order"), translation.get_language() or actor.language
    return Contents(
        template="sheet.typ",
        form=ORDER_EVIDENCE,
        title=title,
        number=order.name,
        language=language,
        path=f"{order.get_absolute_url()}evidence/",
        letterhead=letterhead(order.selling_location, language),
        confidential=True,
        data={
            "subtitle": order.customer.name,
            "addressee": list(dict.fromkeys((order.customer.name, order.plant.name))),
            "reference": [
                [_("Customer's order number"), order.customer_reference or "–"],
                [_("Received"), formats.moment(order.received_at)],
                [_("Status"), str(order.get_status_display())],
                [_("As seen by"), str(actor)],
                [_("On"), formats.moment(clock.now())],
            ],
            "blocks": [*_trail(found), *_files(files)],
        },
        file_name=f"{title} {order.name}.pdf".replace("/", "-"),
    )


def run_evidence(job: Job, report: Any) -> dict[str, Any]:
    """The job kind `orders.evidence_file`: a zip of the trail, all that it names and the list of hashes.

    Each file is read once, piece by piece, whatever its size; what cannot be read is named with its reason.
    """
    order = _order(str(job.params["order"]), job.actor)
    with translation.override(_language(order, job.params["language"], job.actor)):
        found = trail(order, job.actor)
        title = _("Evidence of an order")
        documents, reviews = _documents(found), [one.review for one in found if one.review is not None]
        total, filed = len(documents) + len(reviews) + 1, []
        path = report.file(f"{title} {order.name}.zip".replace("/", "-"))
        with tempfile.TemporaryDirectory(prefix="kam-") as folder, ZipFile(path, "w", ZIP_DEFLATED) as archive:
            for number, one in enumerate(documents, 1):
                report(number, total)
                filed.append(_put_document(archive, number, one))
            for number, review in enumerate(reviews, len(documents) + 1):
                report(number, total)
                filed.append(_put_print(archive, Path(folder), number, review_print(str(review.pk), actor=job.actor), job))
            report(total, total)
            paper = evidence_contents(order, found, filed, actor=job.actor)
            filed.append(_put_print(archive, Path(folder), 0, paper, job))
            sums = "".join(f"{one.sha256}  {one.name}\n" for one in sorted(filed, key=lambda one: one.name) if one.sha256)
            archive.writestr(_entry("SHA256SUMS.txt", clock.now()), sums, ZIP_DEFLATED)
    log_access(AccessLog.Kind.EXPORT, user=job.actor, about=f"{title}: {order.name}")
    return {"files": sum(1 for one in filed if one.sha256)}


def _order(key: str, actor: Any) -> Order:
    found = Order.objects.visible_to(actor)
    found = found.filter(pk=int(key)) if key.isdecimal() and len(key) < 19 else found.none()
    one: Order | None = found.for_list().first()
    if one is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    return one


def _language(order: Order, whose: str, actor: Any) -> str:
    return str(order.language if whose == CUSTOMERS else actor.language)


def _documents(found: Sequence[Evidence]) -> list[Document]:
    """Every document of the trail once, in its order."""
    return list({one.document.pk: one.document for one in found if one.document is not None}.values())


def _trail(found: Sequence[Evidence]) -> list[dict[str, Any]]:
    rows = [[str(one.kind), str(one.text), _when(one.when), str(one.who or "–")] for one in found]
    columns = [
        {"label": _("What"), "width": 32},
        {"label": _("It says")},
        {"label": _("When"), "width": 28},
        {"label": _("Who"), "width": 34},
    ]
    return [{"kind": "table", "columns": columns, "rows": rows, "totals": [], "compact": True}]


def _files(files: Sequence[Filed]) -> list[dict[str, Any]]:
    if not files:
        return []
    rows = [["\n".join(filter(None, (one.name, one.note))), one.sha256 or "–"] for one in files]
    columns = [{"label": _("File")}, {"label": "SHA-256", "width": 97}]
    return [
        {"kind": "heading", "text": _("Files")},
        {"kind": "table", "columns": columns, "rows": rows, "totals": [], "compact": True},
    ]


def _when(when: Any) -> str:
    if not when:
        return "–"
    return formats.moment(when) if isinstance(when, datetime) else formats.day(when)


def _entry(name: str, at: datetime) -> ZipInfo:
    """A place in the zip; a zip knows no year before 1980."""
    entry = ZipInfo(name, at.timetuple()[:6] if at.year >= 1980 else (1980, 1, 1, 0, 0, 0))
    entry.compress_type = ZIP_DEFLATED
    return entry


def _put_document(archive: ZipFile, number: int, one: Document) -> Filed:
    """The document's file as it was kept, or why it is not there."""
    name = f"{number:03d} {one.original_name}"
    denied = one.why_not_readable()
    if denied is not None:
        return Filed(name, "", str(denied.message))
    try:
        with one.file.open("rb") as source:
            sha256 = _put(archive, _entry(name, one.created_at), source)
    except FileNotFoundError:
        return Filed(name, "", _("The file is missing from the store."))
    return Filed(name, sha256, "" if sha256 == one.sha256 else _("The file is not what was kept."))


def _put_print(archive: ZipFile, folder: Path, number: int, contents: Contents, job: Job) -> Filed:
    """A paper that is made for this file."""
    at, made = clock.now(), folder / f"{number}.pdf"
    render(contents, made, actor=job.actor, issued_at=at)
    name = f"{number:03d} {contents.file_name}"
    with made.open("rb") as source:
        return Filed(name, _put(archive, _entry(name, at), source))


def _put(archive: ZipFile, entry: ZipInfo, source: Any) -> str:
    """Write a file into the zip piece by piece; answers its hash."""
    found = hashlib.sha256()
    with archive.open(entry, "w", force_zip64=True) as goal:
        while piece := source.read(CHUNK):
            found.update(piece)
            goal.write(piece)
    return found.hexdigest()
