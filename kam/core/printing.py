"""Printed documents: contents go as data to a template of the product and come back as PDF, made in a process of its own."""

import io
import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.formats import date_format, time_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.core import clock, sandbox
from kam.core.fonts import font_folders
from kam.core.history import tracked
from kam.core.jobs import Job, start_job
from kam.core.ports import port
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated
from kam.core.workflow import Denied

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "print"
SECONDS = 10


@tracked()
class PrintForm(Translated, Record):
    """The form of a print or checklist as the quality system knows it: procedure, form code and revision, printed in the foot."""

    code = models.SlugField(gettext_lazy("code in KAM"), max_length=40, unique=True)
    procedure = models.CharField(gettext_lazy("procedure"), max_length=40, blank=True)
    form = models.CharField(gettext_lazy("form"), max_length=40)
    revision = models.CharField(gettext_lazy("revision"), max_length=20)
    revised_on = models.DateField(gettext_lazy("revised on"), null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = gettext_lazy("print form")
        verbose_name_plural = gettext_lazy("print forms")
        ordering = ["code", "pk"]

    def foot(self) -> str:
        """Procedure, form code and revision as they stand in the foot, in the active language."""
        revision = _("rev. %(revision)s") % {"revision": self.revision}
        return " · ".join(part for part in [self.procedure, f"{self.form} {revision}"] if part)


@dataclass(frozen=True)
class Letterhead:
    """Who prints: the company's name, what it makes, and the lines at the right of the head."""

    name: str = "KAM"
    subtitle: str = ""
    lines: tuple[str, ...] = ()


@dataclass
class Contents:
    """What one print says, as data for its template: no markup, texts already in the reader's language.

    `template` is a file in templates/print; `form` the code of a PrintForm. `path` is the page of the record, to which
    the QR code leads. `draft` puts a watermark over every page, `confidential` a note in the head, and `marked` that word over
    every page. `issued` is the record, not saved yet, that stands for the print where it is kept as it is sent.
    """

    template: str
    form: str
    title: str
    language: str
    number: str = ""
    revision: str = ""
    path: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    letterhead: Letterhead = field(default_factory=Letterhead)
    draft: bool = False
    confidential: bool = False
    marked: bool = False
    file_name: str = ""
    issued: Any = None


def qr(path: str) -> str:
    """The QR code of a page's full address as SVG."""
    import segno  # only the worker prints

    code = segno.make(f"{settings.PUBLIC_URL}{path}", error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, dark="#17211f", xmldecl=False)
    return out.getvalue().decode()


def foot_note(issued_at: datetime, issued_by: Any) -> str:
    """When and by whom a print was issued, in the active language."""
    local = timezone.localtime(issued_at)
    values = {
        "day": date_format(local, "SHORT_DATE_FORMAT"),
        "time": time_format(local, "TIME_FORMAT"),
        "person": str(issued_by or "KAM"),
    }
    return _("Issued on %(day)s at %(time)s by %(person)s") % values


def frame(contents: Contents, *, actor: Any, issued_at: datetime) -> dict[str, Any]:
    """Head, foot and contents as the data that the template reads."""
    form = PrintForm.objects.filter(code=contents.form).first()
    name = " ".join([contents.title, contents.number]).strip()
    if contents.revision:
        name = _("%(document)s, rev. %(revision)s") % {"document": name, "revision": contents.revision}
    watermark = _("DRAFT") if contents.draft else _("CONFIDENTIAL") if contents.marked else ""
    return {
        "language": contents.language,
        "title": contents.title,
        "document": name,
        "form": form.foot() if form else "",
        "issued": foot_note(issued_at, actor),
        "page": _("Page"),
        "of": _("of"),
        "qr": qr(contents.path) if contents.path else "",
        "watermark": watermark,
        "confidential": _("CONFIDENTIAL") if contents.confidential else "",
        "head": {
            "name": contents.letterhead.name,
            "subtitle": contents.letterhead.subtitle,
            "lines": list(contents.letterhead.lines),
        },
        "contents": contents.data,
    }


def render(contents: Contents, out: Path, *, actor: Any, issued_at: datetime | None = None) -> int:
    """Write the PDF of these contents; gives back its pages. Raises Denied where it took too long or the template refused it."""
    issued_at = issued_at or clock.now()
    with translation.override(contents.language):
        data = frame(contents, actor=actor, issued_at=issued_at)
    template = (TEMPLATES / contents.template).resolve()
    if template.parent != TEMPLATES.resolve() or template.suffix != ".typ":
        raise ValueError(f"Not a template of ours: {contents.template}")
    with tempfile.NamedTemporaryFile("w", prefix="kam-", suffix=".json") as source:
        json.dump(data, source)
        source.flush()
        order = {
            "template": contents.template,
            "root": str(TEMPLATES),
            "data": source.name,
            "out": str(out),
            "fonts": font_folders(),
            "moment": int(issued_at.timestamp()),
        }
        try:
            answer = sandbox.run("paper", order, seconds=SECONDS, megabytes=2048)
        except sandbox.SandboxError as fault:
            texts = {
                "time": _("Printing took longer than %(seconds)d seconds. Print fewer pages at once.") % {"seconds": SECONDS}
            }
            text = texts.get(fault.code, _("The document could not be printed. The administrator finds the cause in the log."))
            raise Denied(f"print_{fault.code}", text) from fault
    return int(answer["pages"])


def start_print(printed: str, key: str, *, actor: Any, title: str, about: models.Model | None = None) -> Job:
    """Have a print made in the background; its job is what the actor waits for, and its file the paper.

    Whoever fetches the paper must still see the record that it is `about`.
    """
    params: dict[str, Any] = {"print": printed, "key": key, "title": title}
    if about is not None:
        params["about"] = [about._meta.label_lower, about.pk]
    return start_job("core.print", actor=actor, params=params)


def run(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.print`: `params` name the print (`print`, a key of the port `prints`) and its record's `key`.

    The function behind the port (`(key, *, actor) -> Contents`) reads the record as its actor may see it now.
    """
    make = import_string(port("prints")[job.params["print"]])
    contents = make(job.params["key"], actor=job.actor)
    name = contents.file_name or f"{contents.number or contents.title}.pdf"
    pages = render(contents, report.file(name), actor=job.actor)
    return {"pages": pages}
