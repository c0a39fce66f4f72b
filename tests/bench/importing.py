"""The import of ten thousand companies from Excel, and the work that it takes: our processes and the database's together."""

import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import connection

from accounts.excel import Customers
from kam.core import imports
from kam.core.excel_files import Sheet, write_workbook
from kam.core.imports import Import

TICKS = os.sysconf("SC_CLK_TCK")
WRONG = 100


@dataclass
class Step:
    """One step: seconds of work (processors of ours and of the database) and of the clock, rows, faults found."""

    work: float
    clock: float
    rows: int
    faults: int


def workbook(folder: Path, rows: int, wrong: int) -> Path:
    """A workbook of new companies as a person would fill in the form; the last `wrong` of them each have a fault."""
    made = [
        {
            "name": f"Antriebe {number} GmbH",
            "status": "active",
            "country": "XX" if number >= rows - wrong else "IT",
            "city": f"Città {number % 900}",
            "address": f"Via Emilia {number}",
            "postal_code": f"{number % 99999:05}",
            "currency": "EUR",
            "payment_terms": "Z030",
            "incoterms": "DAP",
            "incoterms_place": "Works",
            "credit_limit": 10_000 + number,
            "location": "IT",
        }
        for number in range(rows)
    ]
    file = folder / f"companies-{wrong}.xlsx"
    chosen = [column for column in Customers.columns if column.key in made[0]]
    write_workbook([Sheet("Customers", chosen, made)], file, language="en")
    return file


def _database_work() -> float:
    """Processor seconds of the database's process behind our connection; nothing where it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _our_work() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in spent)


class Stopwatch:
    """Seconds of work and of the clock while a block runs."""

    def __enter__(self) -> "Stopwatch":
        self.work, self.clock = -_our_work() - _database_work(), -time.perf_counter()
        return self

    def __exit__(self, *_: Any) -> None:
        self.clock += time.perf_counter()
        self.work += _our_work() + _database_work()


def _preview(actor: Any, file: Path) -> tuple[Import, Step]:
    with file.open("rb") as stream:
        record = imports.upload_import(Import, actor=actor, kind="accounts.customers", file=File(stream, name=file.name))
    with Stopwatch() as watch:
        imports.run_preview(record.job, lambda *_: None)
    record.refresh_from_db()
    counts = record.counts
    return record, Step(watch.work, watch.clock, counts["create"], counts["errors"])


def measure(actor: Any, rows: int) -> dict[str, Step]:
    """The preview of a sheet with faults, the preview of one without, and the import of it."""
    with tempfile.TemporaryDirectory() as folder:
        _refused, faulty = _preview(actor, workbook(Path(folder), rows, WRONG))
        record, preview = _preview(actor, workbook(Path(folder), rows, 0))
    assert faulty.faults == WRONG and preview.faults == 0 and preview.rows == rows, (faulty, preview)
    imports.confirm_import(record, actor=actor)
    record.refresh_from_db()
    with Stopwatch() as watch:
        imports.run_apply(record.job, lambda *_: None)
    record.refresh_from_db()
    assert record.state == Import.State.APPLIED
    return {"faults": faulty, "preview": preview, "import": Step(watch.work, watch.clock, rows, 0)}
