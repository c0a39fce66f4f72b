"""The rows that an import left out, as a workbook to mend and bring back: each as it stands in the file, with what is wrong beside it."""

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from kam.core.excel import Column, Rules
from kam.core.excel_layout import FAULTS_HEADER
from kam.core.import_kinds import import_kind
from kam.core.imports.faults import Faults, read_faults
from kam.core.imports.reading import Source, opened
from kam.core.imports.records import Import

MOST_ROWS = 1_000_000


def run(job: Any, report: Any) -> dict[str, Any]:
    """The job kind `core.write_refused_rows`: the rows with errors of one import, an import of the same columns.

    Numbers and days are written as such, so that it does not matter any more how the first file wrote them.
    """
    from kam.core.excel_files import Sheet, write_workbook

    record = Import.objects.visible_to(job.actor).filter(pk=job.params["import"]).first()
    if record is None or not record.faults:
        return {"rows": 0}
    language = job.actor.language
    kind, rules = import_kind(record.kind), Rules.of(record.rules) if record.rules else None
    with (
        closing(Faults()) as again,
        record.faults.open("rb") as faults,
        opened(record.files, kind, rules, again, language=language, report=report) as source,
    ):
        if source.layout is None:
            return {"rows": 0}
        headers = [*source.layout.headers, f"{FAULTS_HEADER}{_('Errors')}"]
        columns = [Column(str(place), header) for place, header in enumerate(headers)]
        sheet = Sheet(source.sheet, columns, islice(_rows(source, faults, len(headers) - 1), MOST_ROWS))
        name = f"{record.original_name.rpartition('.')[0]} {_('rows with errors')}.xlsx"
        return {"rows": write_workbook([sheet], report.file(name), language=language)}


def _rows(source: Source, faults: Any, width: int) -> Iterator[dict[str, Any]]:
    """The rows with a fault and its words; both the file and its faults come in the order of the rows."""
    assert source.layout is not None
    waiting = read_faults(faults)
    row, found = next(waiting, (0, []))
    for number, cells in source.raw_rows():
        while row and row < number:
            row, found = next(waiting, (0, []))
        if not row:
            return
        if row == number:
            written = {str(place): cell for place, cell in enumerate(source.layout.typed(cells)[:width])}
            yield written | {str(width): _words(found)}


def _words(found: list[dict[str, Any]]) -> str:
    """What is wrong with a row, a line each fault: the column, and what was expected there."""
    return "\n".join(": ".join(filter(None, (fault["column"], fault["expected"]))) for fault in found)
