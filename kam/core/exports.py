"""The job that writes a list exactly as its reader sees it to Excel or CSV, with the rights that they have when it runs."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation

from kam.core.access_log import AccessLog, log_access
from kam.core.excel import Column
from kam.core.excel_files import Sheet, write_csv, write_workbook
from kam.core.views.list_export import file_name, page_of

STEP = 500


def run(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.export_list`: the rows of the list of `params` (page, query, columns, format) as a file."""
    language = job.actor.language
    with translation.override(language):
        page = page_of(job.params, job.actor)
        extension = "csv" if job.params.get("format") == "csv" else "xlsx"
        shown = page.shown_columns
        columns = [Column(column.name, column.label) for column in shown]
        rows, _order = page.found()
        total = rows.count()
        log_access(AccessLog.Kind.EXPORT, user=job.actor, about=f"{page.title}: {total}")
        sheet = Sheet(str(page.title), columns, _lines(rows, shown, report, total))
        path = report.file(file_name(page, extension))
        with path.open("wb") as file:
            written = write_csv(sheet, file, language=language) if extension == "csv" else write_workbook([sheet], file, language=language)
    return {"rows": written}


def _lines(rows: Any, shown: Any, report: Any, total: int) -> Iterator[dict[str, Any]]:
    """The rows as mappings by column, telling the progress on the way."""
    for number, row in enumerate(rows.iterator(chunk_size=1000)):
        if number % STEP == 0:
            report(number, total)
        yield {column.name: column.export(row) for column in shown}
