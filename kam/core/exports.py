"""The jobs that write sheets: a list as its reader sees it, the rows of an import kind, the faults of an import."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation

from kam.core.access_log import AccessLog, log_access
from kam.core.excel import Column
from kam.core.excel_files import Sheet, write_csv, write_errors, write_workbook
from kam.core.import_kinds import import_kind
from kam.core.imports import Import
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
            written = (
                write_csv(sheet, file, language=language)
                if extension == "csv"
                else write_workbook([sheet], file, language=language)
            )
    return {"rows": written}


def _lines(rows: Any, shown: Any, report: Any, total: int) -> Iterator[dict[str, Any]]:
    """The rows as mappings by column, telling the progress on the way."""
    for number, row in enumerate(rows.iterator(chunk_size=1000)):
        if number % STEP == 0:
            report(number, total)
        yield {column.name: column.export(row) for column in shown}


def write_sheet(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.write_sheet`: a workbook with the columns of an import kind, to be filled in or changed and imported.

    With `rows` in the params it holds the records that the person may read.
    """
    kind = import_kind(job.params["kind"])
    name = str(kind.label)
    rows = kind.export_rows(job.actor) if job.params.get("rows") else ()
    written = write_workbook([Sheet(name, kind.columns, rows)], report.file(f"{name}.xlsx"), language=job.actor.language)
    if written:
        log_access(AccessLog.Kind.EXPORT, job.actor, about=f"{kind.code}: {written}")
    return {"rows": written}


def write_import_errors(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.write_import_errors`: the faults of one import as a workbook."""
    record = Import.objects.visible_to(job.actor).filter(pk=job.params["import"]).first()
    if record is None:
        return {"rows": 0}
    with report.file(f"{record.original_name.rpartition('.')[0]} errors.xlsx").open("wb") as file:
        write_errors(record.errors, file, language=job.actor.language)
    return {"rows": len(record.errors)}
