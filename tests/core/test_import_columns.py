"""Many rows at once: to the cell, the fault and the row passed over what is read row by row."""

import io
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as some

from kam.core.excel import Column, RawSheet, Rules
from kam.core.excel_cells import Reader
from kam.core.excel_layout import layout_of
from kam.core.import_kinds import StagedKind
from kam.core.imports.columns import REMEMBERED, Cells, Columns, copied
from kam.core.imports.faults import Faults
from kam.core.imports.reading import Files, Source, opened
from kam.core.imports.staging import stage

COLUMNS = (
    Column("code", "Code", required=True, max_length=12),
    Column("note", "Note"),
    Column("plant", "Plant", "reference"),
    Column("pieces", "Pieces", "integer", minimum=0),
    Column("price", "Price", "decimal", decimals=4),
    Column("since", "Since", "date"),
    Column("active", "Active", "boolean"),
    Column("status", "Status", "choice", values=[("prospect", "Prospect customer"), ("active", "In business")]),
    Column("system", "System", required=True),
)
HEADER = ["Code", "Note", "Plant", "Pieces", "Price", "Since", "Active", "Status", "Foreign"]
RULES = Rules(
    constants={"system": "SAP \\ IT"}, values={"plant": {"old": "P-1"}}, columns={name: name.lower() for name in HEADER[:-1]}
)
CELLS = some.one_of(
    some.sampled_from(
        [
            "", "", "", " ", "A-1", "0001", " A-1 ", "Total", "Summe", "***", "Code", "old", "'=x", "\u00e0", "a\u0300", "a\tb", "a\nb\r\nc",
            "back\\slash", "\\N", "\\.", "long" * 5, "\u202e", "lost\ufffd", "1.234,5", "1,5", "1.234", "-7-", "12,3456789", "31.12.2025",
            "2025-12-31", "20251231", "12/31/2025", "31/12/2025", "s\u00ec", "ja", "nein", "In business", "PROSPECT", "1e5", "x",
        ]
    ),
    some.text(max_size=6),
)  # fmt: skip
TYPED = some.one_of(
    CELLS,
    some.sampled_from(
        [None, True, False, 0, 1, 1.0, 0.0, 12.5, 0.1 + 0.2, 20251231.0, datetime(2025, 12, 31), datetime(2025, 1, 2, 3)]
    ),
    some.floats(allow_nan=False).map(lambda number: number + 0.0),  # -0.0 is 0.0
    some.integers(-5, 5),
)


def rows_of(cells: Any, widths: Any) -> Any:
    """Rows of cells, now and then the header once more."""
    rows = widths.flatmap(lambda width: some.lists(cells, min_size=width, max_size=width))
    return some.lists(some.one_of(rows, some.just(HEADER)), max_size=12)


def check(rows: list[list[Any]], delimiter: str) -> None:
    """Read rows both ways and compare values, faults and what was passed over."""
    layout = layout_of(RawSheet("Sheet", 1, [HEADER, *rows], delimiter), COLUMNS, RULES, "it")
    assert layout is not None
    errors, skipped, told, passed = [], [], [], []
    columns = Columns(layout)
    found = columns.lines(range(2, len(rows) + 2), rows, errors, skipped)
    one_by_one = [layout.read(number, cells, told, passed) for number, cells in enumerate(rows, 2)]
    lines = ["\t".join([str(row.number), *(copied(row.values.get(key)) for key in columns.keys)]) for row in one_by_one if row]
    assert sorted(found) == sorted(lines) and (errors, skipped) == (told, passed)


@given(rows_of(CELLS, some.sampled_from([9, 9, 9, 9, 0, 8, 10, 11])))
@settings(max_examples=250, deadline=None)
def test_texts_of_a_csv_file_are_read_the_same(rows):
    check(rows, ";")


@given(rows_of(TYPED, some.sampled_from([9, 9, 9, 7, 12])))
@settings(max_examples=250, deadline=None)
def test_cells_of_a_sheet_are_read_the_same_whatever_their_kind(rows):
    check(rows, "")


def test_what_a_cell_means_is_forgotten_before_it_fills_the_memory():
    cells = Cells(Reader(Column("note", "Note"), mark=",", language="en", csv=True))
    assert cells.texts([str(number) for number in range(REMEMBERED + 1)])[-1] == str(REMEMBERED)
    assert cells.texts(["0", "0", "1"]) == ["0", "0", "1"] and len(cells.known[str]) == 2


class Things(StagedKind):
    """Rows of every kind of cell."""

    code, label, columns = "tests.things", "Things", COLUMNS


NASTY = (
    "\ufeffCode;Note;Plant;Pieces;Price;Since;Active;Status;Foreign\r\n"
    '0001;"a ""quoted"" ; cell\nover two lines";P-1;1.234;1.234,5000;31.12.2025;ja;In business;\r\n'
    "   A-2   ;'=SUM(1);old;12;-0,5;31/12/2025;nein;PROSPECT;x\r\n"
    "A-3;back\\slash\\N;;;;;;;\r\n"
    "A-4;tab\there;0007;0;7-;20251231;s\u00ec;active;\r\n"
    "A-5;too few;P-1\r\n"
    "A-6;too many;P-1;1;1;;;;;x\r\n"
    "A-7;blank cells beyond;P-1;1;1;;;;;;\r\n"
    ";no code;P-1;x;1,5,5;30.02.2025;vielleicht;neither;\r\n"
    "Code;Note;Plant;Pieces;Price;Since;Active;Status;Foreign\r\n"
    ";Summe;;1.246;;;;;\r\n"
    "\r\n"
    " ; ; ; ; ; ; ; ; \r\n"
    "A-8;accents: a\u0300 \u00df \u6f22;P-1;1'000;1 234,5;2025-1-2;;;\r\n"
    'A-9;"line\rends";P-1;1;0,00001;;;;'
)


def workbook() -> bytes:
    """A sheet in which a column holds numbers, texts, days and truths."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page, day = book.add_worksheet("Things"), book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(0, 0, HEADER)
        for row, cells in enumerate(
            [
                ["A-1", 12.0, True, 3, 0.1 + 0.2, "", True, "active", ""],
                [7, True, 1, "4", "1,5", "31.12.2025", 1, "In business", "x"],
                [7.5, 1, 1.0, 2.5, -1, 20251231, "ja", "none", ""],
                ["Totale", "", "", 12, 99, "", "", "", ""],
                ["", "", "", "", "", "", "", "", ""],
                ["A-2", date(2025, 12, 31), "", True, 1e16, date(1800, 1, 1), 0, "", ""],
            ],
            1,
        ):
            for place, cell in enumerate(cells):
                page.write_datetime(row, place, cell, day) if isinstance(cell, date) else page.write(row, place, cell)
    return file.getvalue()


def source_of(files: Files, faults: Faults) -> Any:
    return opened(files, Things(), RULES, faults, language="de", report=lambda *_values: None)


def one_by_one(source: Source) -> None:
    """The rows in a table of the same columns, each value sent for itself."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE one_by_one (LIKE at_once) ON COMMIT DROP")
        for row in source.rows():
            values = {"row": row.number} | {key: None if value == "" else value for key, value in row.values.items()}
            names, marks = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
            cursor.execute(f"INSERT INTO one_by_one ({names}) VALUES ({marks})", list(values.values()))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [("things.csv", NASTY.encode()), ("western.csv", NASTY[1:].replace("\u6f22", "").replace("a\u0300", "\u00e0").encode("cp1252")),
     ("things.xlsx", workbook())],
    ids=["csv", "western", "excel"],  # a workbook states when it was made: as part of a name it would be another one in each process
)  # fmt: skip
def test_what_is_staged_is_cell_by_cell_what_is_read_row_by_row(name: str, data: bytes, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(data)
    with transaction.atomic(), closing(Faults()) as first, closing(Faults()) as second, connection.cursor() as cursor:
        with source_of(Files(str(path), name), first) as source:
            stage(COLUMNS, source, "at_once")
        with source_of(Files(str(path), name), second) as other:
            one_by_one(other)
        cursor.execute("SELECT array_agg(one::text ORDER BY row) FROM at_once AS one")
        (at_once,) = cursor.fetchone()
        cursor.execute("SELECT array_agg(one::text ORDER BY row), max(price) FROM one_by_one AS one")
        assert cursor.fetchone() == (at_once, Decimal("1234.5000") if name.endswith("csv") else Decimal("1.5"))
        assert list(first) == list(second) and first.count and source.skipped.first == other.skipped.first


@pytest.mark.django_db
def test_faults_of_lines_without_a_head_stand_among_the_others_in_the_order_of_the_rows(tmp_path: Path):
    lines, heads = tmp_path / "lines.csv", tmp_path / "heads.csv"
    lines.write_text("Code;Pieces\n1;x\n9;1\n2;y\n8;2\n1;3\n")
    heads.write_text("Code;Note\n1;one\n2;two\n")
    files = Files(str(lines), "lines.csv", str(heads), "heads.csv")
    rules = Rules(columns={"Code": "code", "Pieces": "pieces", "Note": "note"}, constants={"system": "SAP"})
    rules.lines_key = rules.heads_key = "Code"
    with (
        transaction.atomic(),
        closing(Faults()) as faults,
        opened(files, Things(), rules, faults, language="en", report=lambda *_values: None) as source,
        connection.cursor() as cursor,
    ):
        stage(COLUMNS, source, "at_once")
        assert [(fault.row, fault.column) for fault in faults] == [(2, "Pieces"), (3, "Code"), (4, "Pieces"), (5, "Code")]
        cursor.execute('SELECT row, code, note, pieces, "system" FROM at_once')
        assert cursor.fetchall() == [(6, "1", "one", 3, "SAP")]
