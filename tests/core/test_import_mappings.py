"""Foreign files: how they are written is found out, what their columns hold is said once, and the next file is known."""

import pytest

from accounts.models import Market
from kam.core import imports
from kam.core.excel import Rules
from kam.core.imports import Import, ImportMapping, delete_mapping, edit_mapping, map_import, save_mapping, upload_import
from kam.core.workflow import Denied
from tests.core.test_staged_imports import applied, importer, names, quiet  # noqa: F401
from tests.factories.accounts import UserFactory
from tests.factories.files import named

SAP = "MANDT;KTOKD;BEZEI;WERT;GEBIET\n100;Z01;Italien;1.234,50;NORD\n100;Z02;Spanien;7-;SUED\n"
COLUMNS = {"KTOKD": "code", "BEZEI": "name_en", "WERT": "size"}


def read(record):
    """The import after the worker has looked at it."""
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def taken(importer, data, name="sap.csv", **values):  # noqa: F811
    data = data.encode() if isinstance(data, str) else data
    return read(upload_import(Import, actor=importer, kind="tests.staged", file=named(data, name), **values))


def said(record, **rules):
    """The import after a person has said how it is read."""
    name = rules.pop("name", "")
    map_import(record, actor=record.actor, rules=Rules(**rules), name=name)
    record.refresh_from_db()
    return read(record)


def test_a_foreign_file_asks_once_and_the_next_one_is_known(importer):  # noqa: F811
    record = taken(importer, SAP)
    assert record.state == "mapping" and record.message and not record.counts
    assert record.found["headers"] == ["MANDT", "KTOKD", "BEZEI", "WERT", "GEBIET"]
    assert record.found["sample"][0] == ["100", "Z01", "Italien", "1.234,50", "NORD"]
    assert (record.found["encoding"], record.found["delimiter"], record.found["header_row"]) == ("utf-8-sig", ";", 1)
    said(record, columns=COLUMNS, decimal=",", name="SAP markets")
    assert (record.state, record.counts["create"], record.counts["errors"], record.counts["size"]) == ("previewed", 2, 0, 1228)
    assert record.ignored == ["MANDT", "GEBIET"]
    applied(record, importer)
    assert names() == {"Z01": "Italien", "Z02": "Spanien"}
    mapping = ImportMapping.objects.get()
    assert (mapping.name, mapping.version, record.mapping, record.mapping_version) == ("SAP markets", 1, mapping, 1)

    next_month = taken(importer, "gebiet;KTOKD;MANDT;WERT;BEZEI\nNORD;Z01;100;1,5;Italia\nX;Z03;100;2;Malta\n")
    assert (next_month.state, next_month.mapping, next_month.mapping_version) == ("previewed", mapping, 1)
    assert (next_month.counts["create"], next_month.counts["update"]) == (1, 1)
    applied(next_month, importer)
    assert names() == {"Z01": "Italia", "Z02": "Spanien", "Z03": "Malta"}


def test_texts_stand_for_others_and_constants_for_columns_that_are_missing(importer):  # noqa: F811
    Market.objects.create(code="N", dimension="area", name_en="North")
    record = taken(importer, SAP)
    said(record, columns=COLUMNS | {"GEBIET": "like"}, values={"like": {"nord": "N", "SUED": "N"}, "code": {"z02": "ES"}})
    assert (record.counts["errors"], record.counts["create"]) == (0, 2)
    applied(record, importer)
    assert names() == {"ES": "Spanien", "N": "North", "Z01": "Italien"}
    again = taken(importer, "KTOKD;WERT\nQ;1\n")
    said(again, columns={"KTOKD": "code", "WERT": "size"}, constants={"name_en": "Unnamed"})
    assert applied(again, importer).state == "applied" and names()["Q"] == "Unnamed"


@pytest.mark.parametrize(
    ("rules", "field", "code"),
    [
        ({"columns": {"KTOKD": "salary"}}, "columns", "import_column"),
        ({"columns": {"KTOKD": "code", "BEZEI": "code"}}, "columns", "import_column_twice"),
        ({"columns": COLUMNS, "decimal": "x"}, "decimal", "import_rule"),
        ({"columns": COLUMNS, "encoding": "rot13"}, "encoding", "import_rule"),
        ({"columns": COLUMNS, "constants": {"size": "many"}}, "constants", "import_constant"),
        ({"columns": COLUMNS, "values": {"nothing": {"a": "b"}}}, "values", "import_column"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused_at_their_field(importer, nothing_changed, rules, field, code):  # noqa: F811
    record = taken(importer, SAP)
    with nothing_changed(), pytest.raises(Denied) as caught:
        map_import(record, actor=importer, rules=Rules(**rules), name="x")
    assert (caught.value.code, caught.value.field) == (code, field)


def test_how_a_file_is_written_is_found_and_can_be_said(importer):  # noqa: F811
    text = "code,name_en,size\nA,Città,1234.5\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        record = taken(importer, text.encode(encoding))
        assert (record.state, record.found["sample"]) == ("previewed", [["A", "Città", "1234.5"]]), encoding
        assert record.counts["create"] == 1 and record.counts["size"] == 1235, (encoding, record.found)
    for mark in (";", "\t", "|"):
        record = taken(importer, text.replace(",", mark))
        assert (record.found["delimiter"], record.counts["create"]) == (mark, 1)
    wrong = said(record, columns={"code": "code", "name_en": "name_en", "size": "size"}, decimal=",")
    assert [error["column"] for error in wrong.errors] == ["Size"]


def test_merged_headers_are_read_as_one(importer):  # noqa: F811
    import io

    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("Report")
        page.merge_range(0, 0, 0, 3, "Sales report")
        page.merge_range(1, 0, 2, 0, "code")
        page.merge_range(1, 1, 1, 2, "Market")
        page.write_row(2, 1, ["name_en", "Like"])
        page.merge_range(1, 3, 2, 3, "Size")
        page.write_row(3, 0, ["A", "Italy", "", 5])
        page.write_row(4, 0, ["Total", "", "", 5])
    record = taken(importer, file.getvalue(), "report.xlsx")
    assert record.found["headers"] == ["code", "Market / name_en", "Market / Like", "Size"]
    assert (record.state, record.counts["create"], record.counts["skipped"], record.counts["size"]) == ("previewed", 1, 1, 5)


HEADS = "Nummer;Name\n0001;Italy\n0002;Spain\n0009;Malta\n"


def test_lines_find_their_heads_in_a_second_file(importer):  # noqa: F811
    lines = "Pos;Nummer;Wert\n10;0001;1,5\n20;0002;2\n"
    record = taken(importer, lines, second=named(HEADS.encode(), "heads.csv"))
    assert record.state == "mapping" and record.found["headers"] == ["Pos", "Nummer", "Wert", "Nummer (2)", "Name"]
    assert (record.found["lines_key"], record.found["heads_key"]) == ("Nummer", "Nummer")
    columns = {"Nummer": "code", "Name": "name_en", "Wert": "size"}
    said(record, columns=columns, lines_key="Nummer", heads_key="Nummer", name="Two files")
    assert (record.counts["create"], record.counts["errors"]) == (2, 0)
    applied(record, importer)
    assert names() == {"0001": "Italy", "0002": "Spain"}
    known = taken(importer, "Pos;Nummer;Wert\n10;0009;1\n20;0008;2\n", second=named(HEADS.encode(), "heads.csv"))
    assert known.mapping.name == "Two files"
    assert [(error["row"], error["read"], error["expected"]) for error in known.errors] == [
        (3, "0008", "a number that the second file has")
    ]
    assert known.counts["create"] == 1


def test_a_head_that_is_there_twice_stops_the_whole(importer):  # noqa: F811
    twice = named((HEADS + "0001;France\n").encode(), "heads.csv")
    record = taken(importer, "Nummer;Wert\n0001;1\n", second=twice)
    said(record, columns={"Nummer": "code", "Name": "name_en"}, lines_key="Nummer", heads_key="Nummer")
    assert not record.useful and "only once in the second file" in record.errors[0]["expected"]


def test_mappings_are_for_whoever_may_import_their_kind(importer, nothing_changed):  # noqa: F811
    colleague, stranger = UserFactory(role="technical"), UserFactory(role="auditor")
    values = {"kind": "tests.staged", "headers": ["A"], "rules": Rules(columns={"A": "code"})}
    mapping = save_mapping(ImportMapping, actor=importer, name="  My   file ", **values)
    assert mapping.name == "My file" and ImportMapping.objects.visible_to(colleague).get() == mapping
    assert not ImportMapping.objects.visible_to(stranger).exists()
    with nothing_changed(), pytest.raises(Denied):
        edit_mapping(mapping, actor=stranger, name="X")
    with nothing_changed(), pytest.raises(Denied):
        save_mapping(ImportMapping, actor=stranger, name="X", **values)
    with nothing_changed(apart_from=("pghistory_context",)):
        assert save_mapping(ImportMapping, actor=colleague, name="My file", **values) == mapping
    changed = save_mapping(ImportMapping, actor=colleague, name="My file", **values | {"rules": Rules(columns={"A": "name_en"})})
    changed.refresh_from_db()
    assert (changed.pk, changed.version) == (mapping.pk, 2)
    other = save_mapping(ImportMapping, actor=importer, name="Other", **values)
    with nothing_changed(), pytest.raises(Denied) as caught:
        edit_mapping(other, actor=importer, name="My file")
    assert caught.value.code == "mapping_name_taken"
    delete_mapping(other, actor=colleague)
    assert ImportMapping.objects.count() == 1


def test_ambiguous_days_are_asked_for_and_not_guessed():
    from kam.core.excel import Column, RawSheet
    from kam.core.excel_layout import layout_of

    columns = [Column("day", "Day", "date", required=True)]

    def layout(*cells, language="en", **rules):
        return layout_of(RawSheet("x", 1, [["Day"], *([cell] for cell in cells)], ","), columns, Rules(**rules), language)

    assert not layout("03/04/2026").settled and layout("03/04/2026", language="it").dates == "dmy"
    assert layout("03/04/2026", "13/04/2026").dates == "dmy" and layout("03/14/2026").dates == "mdy"
    read_as = {order: layout("03/04/2026", dates=order).read(2, ["03/04/2026"], [], []) for order in ("dmy", "mdy")}
    assert [str(row.values["day"]) for row in read_as.values()] == ["2026-04-03", "2026-03-04"]
    for text in ("20180311", "2018-03-11", "11.03.2018", "2018-03-11 00:00:00.000"):
        assert str(layout(text).read(2, [text], [], []).values["day"]) == "2018-03-11"
    assert str(layout("x").read(2, [20180311.0], [], []).values["day"]) == "2018-03-11"
