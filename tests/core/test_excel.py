"""Sheets: what is written is read back, every fault is told at once, and harmful files are refused."""

import io
import struct
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from kam.core.characters import HIDDEN, as_kept, unkept
from kam.core.excel import Column, SheetError
from kam.core.excel_cells import date_of, decimal_mark, escaped, number_of, unescaped
from kam.core.excel_files import Sheet, read_file, read_raw, read_sheet, write_csv, write_errors, write_workbook
from kam.core.workflow import Denied

COLUMNS = [
    Column("code", "Code", required=True, max_length=300),
    Column("note", "Note"),
    Column("pieces", "Pieces", "integer"),
    Column("price", "Price, net", "decimal"),
    Column("since", "Since", "date"),
    Column("active", "Active", "boolean"),
    Column("status", "Status", "choice", values=[("prospect", "Prospect customer"), ("active", "In business")]),
    Column("plant", "Plant", "reference"),
]


def named(data: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(data)
    file.name = name
    return file


def written(rows, language="en", kind="xlsx", columns=COLUMNS):
    file = io.BytesIO()
    if kind == "xlsx":
        write_workbook([Sheet("Customers", columns, rows)], file, language=language)
    else:
        write_csv(Sheet("Customers", columns, rows), file, language=language)
    return named(file.getvalue(), f"customers.{kind}")


def sound(text: str) -> bool:
    return text == as_kept(text).strip() and not unkept(text)


texts = some.one_of(
    some.text(max_size=60).filter(sound),
    some.sampled_from(
        [
            "=1+1",
            "+39 055 1",
            "-5",
            "@cmd",
            "'=x",
            "''+y",
            "_x0041_",
            "007",
            "1,5",
            "1e5",
            "TRUE",
            "2026-01-01",
            "ß€漢",
            "a\nb",
            "=",
            "'",
            "#REF!",
        ]
    ),
)
rows = some.lists(
    some.fixed_dictionaries(
        {
            "code": texts.filter(bool),
            "note": texts,
            "pieces": some.one_of(some.none(), some.integers(-(10**15), 10**15)),
            "price": some.one_of(some.none(), some.decimals(-(10**14), 10**14, allow_nan=False, allow_infinity=False, places=6)),
            "since": some.one_of(some.none(), some.dates(date(1900, 1, 1), date(2199, 12, 31))),
            "active": some.one_of(some.none(), some.booleans()),
            "status": some.sampled_from(["", "prospect", "active"]),
            "plant": texts,
        }
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@given(rows=rows, language=some.sampled_from(["it", "en", "de"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_read_back(kind, rows, language):
    read, errors = read_sheet(written(rows, language, kind), COLUMNS, language=language)
    assert errors == []
    assert [row.values for row in read] == rows
    assert [row.number for row in read] == list(range(2, len(rows) + 2))


@given(text=some.text(alphabet="'=+-@ab\t1", max_size=6))
def test_a_text_that_a_spreadsheet_would_run_is_masked_in_csv_and_comes_back(text):
    assert unescaped(escaped(text)) == text
    assert not escaped(text).startswith(("=", "+", "-", "@", "\t"))


def test_texts_are_texts_and_numbers_numbers_in_the_file_itself():
    file = written([{"code": "=1+1", "note": "-5", "pieces": 7, "price": Decimal("-12.5"), "since": date(2026, 5, 18)}])
    with zipfile.ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert '<c r="A2" t="inlineStr"><is><t>=1+1</t></is></c>' in sheet
    assert "<v>7</v>" in sheet and "<v>-12.5</v>" in sheet
    assert 'state="frozen"' in sheet
    text = written([{"code": "=1+1", "price": Decimal("-12.5")}], "it", "csv").getvalue().decode("utf-8-sig")
    assert text.splitlines()[1] == "'=1+1;;;-12,5;;;;"


def test_all_faults_of_a_sheet_come_at_once_with_their_place():
    lines = [
        "code,pieces,price,since,active,status,unknown",
        "A1,2.5,12,2026-01-01,yes,prospect,x",
        ",1,1.00,2026-01-02,no,active,x",
        "A3,1,abc,2026-02-30,maybe,gone,x",
        "A4,1,1,1899-12-31,yes,In business,x",
        "A5,9,9.5,2026-01-05,ja,Active,x",
    ]
    reading = read_file(named("\n".join(lines).encode(), "some.csv"), COLUMNS, language="en")
    assert reading.ignored == ["unknown"]
    assert [(error.row, error.column, error.read) for error in reading.errors] == [
        (2, "Pieces", "2.5"),
        (3, "Code", ""),
        (4, "Price, net", "abc"),
        (4, "Since", "2026-02-30"),
        (4, "Active", "maybe"),
        (4, "Status", "gone"),
        (5, "Since", "1899-12-31"),
    ]
    assert reading.errors[0] == SheetError("some", 2, "Pieces", "2.5", "a whole number")
    assert reading.errors[5].expected == "one of: Prospect customer, In business"
    assert {row.number for row in reading.rows} == {6}


def test_a_header_is_known_by_key_or_by_label_in_any_language_below_a_title():
    from django.utils.translation import gettext_lazy as _

    columns = [Column("language", _("Italian"), required=True), Column("other", _("German"))]
    for header in ("language;other", "Italian *;GERMAN", "  italian ;german"):
        rows, errors = read_sheet(named(f"Our list;\n\n{header}\na;b\n".encode(), "x.csv"), columns, language="it")
        assert errors == [] and rows[0].values == {"language": "a", "other": "b"} and rows[0].number == 4


def test_missing_and_repeated_headers_are_told():
    _rows, errors = read_sheet(named(b"note;note\na;b\n", "x.csv"), COLUMNS, language="en")
    assert [(error.column, error.expected) for error in errors] == [
        ("Note", "each header only once"),
        ("Code", "a column with this header"),
    ]
    _rows, errors = read_sheet(named(b"foo;bar\na;b\n", "x.csv"), COLUMNS, language="en")
    assert errors[0].read == "foo, bar" and errors[0].expected.startswith("a row with the headers: Code, Note")


@pytest.mark.parametrize("bad", ["a\x07b", "safe\u202etxt.exe", "x\u2066y", "x\u200ey", "M\ufffdller", "x" * 10_001])
def test_hidden_marks_and_endless_cells_are_refused_and_shown_legibly(bad):
    file = named(f"code\n{bad}\nfine\n".encode(), "x.csv")
    rows, errors = read_sheet(file, COLUMNS, language="en")
    assert [row.values["code"] for row in rows] == ["fine"]
    assert errors[0].row == 2 and not HIDDEN.search(errors[0].read) and len(errors[0].read) < 250


@pytest.mark.parametrize(
    ("cells", "delimiter", "language", "mark"),
    [
        (["1.234,50"], ",", "en", ","),
        (["1,234.50"], ";", "it", "."),
        (["12,5"], "", "en", ","),
        (["1.234"], "", "it", ","),
        (["1,234"], "", "en", "."),
        (["1.234"], ",", "it", "."),
        (["1.234.567"], "", "en", ","),
        (["0.125"], "", "it", "."),
        (["0,125", "1,234"], "", "en", ","),
        (["1234.567"], "", "it", "."),
    ],
)
def test_the_decimal_mark_is_found_from_the_numbers_then_the_file_then_the_language(cells, delimiter, language, mark):
    assert decimal_mark(cells, delimiter, language) == mark


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1.234,50", ",", "1234.50"),
        ("1\u00a0234,5", ",", "1234.5"),
        ("1’234.50", ".", "1234.50"),
        ("\u2212 5", ".", None),
        ("\u22125,25", ",", "-5.25"),
        ("1.23.4", ",", None),
        ("1,2,3", ".", None),
        ("12 €", ",", None),
        (",5", ",", "0.5"),
        ("0.125", ",", None),
        ("0,125", ".", None),
        ("0.125", ".", "0.125"),
        ("0,125", ",", "0.125"),
        ("1234.567", ",", None),
        ("-12.345", ",", "-12345"),
        ("+1 234,5", ",", "1234.5"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, mark, number):
    assert number_of(text, mark) == (Decimal(number) if number else None)


def test_a_day_that_could_be_a_month_is_refused_in_english():
    assert date_of("03/04/2026", "en") is None
    assert date_of("03/04/2026", "it") == date(2026, 4, 3)
    assert date_of("18.5.2026", "de") == date(2026, 5, 18)
    assert date_of("2026-02-30", "it") is None


def test_a_formula_counts_by_its_last_result():
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["code", "pieces"])
        page.write_string(1, 0, "A")
        page.write_formula(1, 1, "=3*4", None, 12)
    rows, errors = read_sheet(named(file.getvalue(), "f.xlsx"), COLUMNS, language="en")
    assert errors == [] and rows[0].values == {"code": "A", "pieces": 12}


def refused(data: bytes, name: str) -> str:
    with pytest.raises(Denied) as caught:
        read_raw(named(data, name))
    assert caught.value.field == "file" and str(caught.value.message)
    return caught.value.code


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 * 1024 * 1024))
    return file.getvalue()


def test_harmful_and_broken_files_are_refused_with_a_reason():
    good = written([{"code": "A"}]).getvalue()
    assert refused(b"", "a.xlsx") == "file_empty"
    assert refused(b"%PDF-1.7 ...", "a.xlsx") == "file_kind"
    assert refused(b"MZ\x90\x00\x03", "a.csv") == "file_kind"
    assert refused(bomb(), "a.xlsx") == "file_bomb"
    assert refused(good[: len(good) // 2], "a.xlsx") == "file_kind"
    assert refused("code\nM\u00fcller\n".encode() + b"\xfc\xff\n", "a.csv") == "file_encoding"
    assert refused(b"\xff\xfeA", "a.csv") == "file_cut"
    broken = bytearray(good)
    broken[60:90] = bytes(30)
    assert refused(bytes(broken), "a.xlsx") in {"file_unreadable", "file_kind"}


def test_a_sheet_that_claims_the_whole_grid_ends_in_a_refusal_not_in_all_memory():
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written([{"code": "A"}]).getvalue())) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                end = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
                data = data.replace(b"</sheetData>", end)
            new.writestr(entry.filename, data)
    assert refused(file.getvalue(), "a.xlsx") in {"file_memory", "file_crash", "file_bomb", "file_unreadable"}


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(51 * 1024 * 1024)
    with pytest.raises(Denied) as caught:
        read_raw(path)
    assert caught.value.code == "file_size"


def test_windows_and_utf16_letters_are_read():
    for data in ("code\nMüller\n".encode("cp1252"), "code\nMüller\n".encode("utf-16"), "code\nMüller\n".encode("utf-8-sig")):
        rows, errors = read_sheet(named(data, "x.csv"), COLUMNS, language="de")
        assert errors == [] and rows[0].values == {"code": "Müller"}


def test_old_excel_is_told_from_other_old_office_by_its_name():
    assert refused(struct.pack("<Q", 0xE11AB1A1E011CFD0) + bytes(600), "a.doc") == "file_kind"
    assert refused(struct.pack("<Q", 0xE11AB1A1E011CFD0) + bytes(600), "a.xls") in {"file_unreadable", "file_crash"}


def test_faults_can_be_taken_away_as_a_workbook():
    file = io.BytesIO()
    write_errors([{"sheet": "S", "row": 3, "column": "Code", "read": "=x", "expected": "a value"}], file, language="en")
    sheets = read_raw(named(file.getvalue(), "errors.xlsx"))
    assert sheets[0].rows == [["Sheet", "Row", "Column", "Read", "Expected"], ["S", 3, "Code", "=x", "a value"]]
