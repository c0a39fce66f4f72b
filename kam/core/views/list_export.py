"""Exports of a list exactly as it is seen: the same filter, order and columns, and the rights of its reader at that moment."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kam.core.access_log import AccessLog, log_access
from kam.core.clock import today
from kam.core.excel_cells import escaped
from kam.core.jobs import start_job
from kam.core.views.base import Page

AT_ONCE = 2_000
FORMATS = ("xlsx", "csv")


def file_name(page: Any, extension: str) -> str:
    """The name of the file: what the list shows and the day."""
    return f"{slugify(str(page.title)) or 'kam'}-{today():%Y-%m-%d}.{extension}"


def sheet(page: Any) -> Iterator[list[Any]]:
    """The head and every row of the filter, with the columns that are shown."""
    columns = page.shown_columns
    yield [str(column.label) for column in columns]
    rows, _order = page.found()
    for row in rows.iterator(chunk_size=1000):
        yield [column.export(row) for column in columns]


def write_csv(lines: Iterable[list[Any]]) -> str:
    """Lines as CSV text with a byte order mark, so that a spreadsheet reads the accents."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";")
    for line in lines:
        writer.writerow([escaped(value) if isinstance(value, str) else value for value in line])
    return out.getvalue()


def csv_file(page: Any, lines: Iterable[list[Any]], about: str) -> HttpResponse:
    """Lines of a page as a file for its reader, which the log of accesses knows of."""
    log_access(AccessLog.Kind.EXPORT, page.reader, about=f"csv {about} ?{page.request.GET.urlencode()}")
    response = HttpResponse(write_csv(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(page, "csv")}"'
    return response


def small_csv(page: Any) -> HttpResponse:
    """A short list as CSV at once; a long one becomes a job."""
    if page.found()[0].count() > AT_ONCE:
        return start_export(page, "csv")
    return csv_file(page, sheet(page), page.page_key)


def list_params(page: Any) -> dict[str, Any]:
    """What a job needs to make the same list again (`page_of`)."""
    return {
        "page": f"{type(page).__module__}.{type(page).__qualname__}",
        "query": page.parameters.urlencode(),
        "columns": [column.name for column in page.shown_columns],
        "kwargs": {name: str(value) for name, value in page.kwargs.items()},
        "path": page.request.path,
        "title": str(page.title),
    }


def start_bulk(page: Any, action: Any, reason: str) -> HttpResponse:
    """Start the job that does one thing to every row of the filter, and go to where its progress is seen."""
    params = list_params(page) | {"bulk": action.name, "reason": reason, "title": f"{page.title}: {action.label}"}
    job = start_job("core.act_on_rows", actor=page.reader, params=params, verb=action.verb)
    return page.done(reverse("core:job_detail", args=[job.pk]), _("This goes on in the background."))


def export_list(page: Any, extension: str) -> Any:
    """The job that writes a list as its reader sees it to a file."""
    params = list_params(page) | {"format": extension if extension in FORMATS else "xlsx"}
    log_access(AccessLog.Kind.EXPORT, page.reader, about=f"{params['format']} {page.page_key} ?{page.parameters.urlencode()}")
    return start_job("core.export_list", actor=page.reader, params=params)


def start_export(page: Any, extension: str = "") -> HttpResponse:
    """Start the job that writes the file, and go to where its progress is seen."""
    job = export_list(page, extension or page.request.POST.get("format", "xlsx"))
    try:
        target = reverse("core:job_detail", args=[job.pk])
    except NoReverseMatch:
        target = page.request.get_full_path()
    return page.done(target, _("The export is being written."))


@cache
def list_pages() -> dict[str, tuple[Any, str]]:
    """Every list that can be exported, by its key: its page and its address."""
    found: dict[str, tuple[Any, str]] = {}
    waiting: list[tuple[str, Any]] = [("/", get_resolver())]
    while waiting:
        start, resolver = waiting.pop()
        for pattern in resolver.url_patterns:
            address = start + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                waiting.append((address, pattern))
                continue
            page_class = getattr(pattern.callback, "view_class", None)
            if getattr(page_class, "exportable", False) and not pattern.pattern.converters:
                found[page_class().page_key] = (page_class, address)  # type: ignore[misc]
    return found


def page_of(params: dict[str, Any], reader: Any) -> Any:
    """The list page of an export's parameters as its reader sees it now, with the rights of now."""
    page_class = import_string(params["page"])
    if not (isinstance(page_class, type) and issubclass(page_class, Page) and getattr(page_class, "exportable", False)):
        raise PermissionDenied
    page: Page = page_class()
    request: Any = HttpRequest()
    request.method, request.path = "GET", params.get("path") or "/"
    parameters = QueryDict(params["query"], mutable=True)
    parameters["columns"] = ",".join(params["columns"])
    request.GET = parameters
    request.user = reader
    page.setup(request, **params.get("kwargs", {}))
    return page
