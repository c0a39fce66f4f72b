"""Background work: the list of one's own, its progress that survives a reload, cancel, and the result."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kam.core.jobs import Job, cancel_job, may_fetch
from kam.core.tables import Column
from kam.core.verbs import VERBS
from kam.core.views.base import Page, Signed
from kam.core.views.list import ListPage

WORDS = {
    "core.export_list": _("Export"),
    "core.act_on_rows": _("Change of many rows"),
    "core.preview_import": _("Reading a file"),
    "core.apply_import": _("Import"),
    "core.process_document": _("Checking a document"),
    "core.print": _("Print"),
}


def job_title(job: Job) -> Any:
    """What the work is, in words."""
    about = job.params.get("title", "")
    what = WORDS.get(job.kind) or (VERBS[job.verb].label if job.verb in VERBS else "")
    return ": ".join(str(part) for part in (what, about) if part) or job.kind


class JobList(ListPage):
    """One's own background work."""

    model = Job
    title = _("Jobs")
    icon = "timer"
    exportable = False
    default_order = ("-created_at",)
    columns = (
        Column("name", _("What"), value=job_title, link=True),
        Column("state", _("State"), kind="status"),
        Column("done", _("Done"), kind="number"),
        Column("total", _("Of"), kind="number"),
        Column("created_at", _("Started"), kind="moment", sort="created_at"),
        Column("ended_at", _("Ended"), kind="moment", sort="ended_at"),
    )
    empty_title = _("No background work")
    empty_text = _("Exports, imports and prints that take longer are listed here with their results.")


class JobPage(Page):
    """One piece of work: progress while it runs, then its result and its errors by row."""

    model = Job
    template_name = "core/job.html"

    def context(self) -> dict[str, Any]:
        job = self.record_or_404()
        return super().context() | {
            "title": job_title(job),
            "job": job,
            "breadcrumb": [(_("Jobs"), reverse("core:job_list"))],
            "has_file": bool(job.file_path) and may_fetch(job, self.reader),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, "core/job_progress.html" if self.partial else self.template_name, self.context())


class JobCancel(Signed):
    """Stop work that has not ended."""

    model = Job
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.record_or_404()
        cancel_job(job, actor=self.reader)
        return self.done(job.get_absolute_url())


class JobFile(Signed):
    """The result file, if the reader may still fetch it."""

    model = Job

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        job = self.record_or_404()
        path = job.file_path
        if path is None or not may_fetch(job, self.reader):
            raise Http404
        response = FileResponse(path.open("rb"), as_attachment=True, filename=job.file_name)
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
