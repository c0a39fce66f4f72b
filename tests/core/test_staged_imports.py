"""Large kinds of import: rows in a temporary table, faults of the database beside those of the cells, whole or without the bad rows."""

import io
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.models import Market
from kam import jobs as kinds
from kam import roles
from kam.core import clock, imports, jobs
from kam.core.excel import Column
from kam.core.excel_files import Sheet, read_raw, write_workbook
from kam.core.import_kinds import Fault, Outcome, StagedKind
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.imports.staging import digest_of
from kam.core.jobs import start_job
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.factories.files import named

LOOK_UP = """
CREATE TEMPORARY TABLE staged_markets ON COMMIT DROP AS
SELECT staged.*, held.id AS held, held.name_en AS before FROM {table} AS staged LEFT JOIN accounts_market AS held USING (code)
"""
LIKE = """
SELECT row, 'like', "like", 'a market that is in KAM or in this file' FROM staged_markets AS one WHERE "like" IS NOT NULL
AND NOT EXISTS (SELECT FROM staged_markets AS other WHERE other.code = one.like)
AND NOT EXISTS (SELECT FROM accounts_market AS other WHERE other.code = one.like) ORDER BY row
"""
TO_DO = "SELECT * FROM staged_markets WHERE held IS NULL OR name_en IS DISTINCT FROM before"


class StagedMarkets(StagedKind):
    """Markets by code, written by the database."""

    code, label, verb = "tests.staged", _("Markets"), "tests.import_markets"
    columns = (
        Column("code", _("code"), required=True, max_length=20),
        Column("name_en", _("name in English"), required=True, max_length=60),
        Column("like", "Like", "reference"),
        Column("size", "Size", "decimal"),
    )

    def prepare_staged(self, table, *, actor):
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS staged_markets")
            cursor.execute(LOOK_UP.format(table=table))
            cursor.execute(LIKE)
            faults = [Fault(*row) for row in cursor.fetchall()]
            cursor.execute(
                "SELECT count(*) FILTER (WHERE held IS NULL), count(*) FILTER (WHERE name_en IS DISTINCT FROM before AND held IS NOT NULL),"
                " count(*) FILTER (WHERE name_en = before), coalesce(sum(size), 0)::int FROM staged_markets"
            )
            new, changed, same, size = cursor.fetchone()
        return Outcome(new, changed, same, faults, digest_of(TO_DO), more={"size": size})

    def write_staged(self, table, *, actor, reason, put):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_market (code, dimension, name_en, name_it, name_de, countries, version)"
                " SELECT code, 'area', name_en, '', '', '', 1 FROM staged_markets WHERE held IS NULL"
            )
            made = cursor.rowcount
            cursor.execute(
                "UPDATE accounts_market AS held SET name_en = now.name_en FROM staged_markets AS now WHERE held.id = now.held"
            )
        if reason == "refuse":
            raise Denied("too_late", "Not today.")
        return {"made": made}


@pytest.fixture
def importer(db, monkeypatch):
    """Somebody who may import markets."""
    monkeypatch.setitem(kinds.IMPORT_KINDS, "tests.staged", "tests.core.test_staged_imports.StagedMarkets")
    monkeypatch.setitem(roles.ROLE_VERBS, "tests.import_markets", frozenset({"technical"}))
    return UserFactory(role="technical")


def quiet(*_values):
    """A report that nobody reads."""


def previewed(importer, *lines, name="markets.csv"):
    """The import of these lines after the worker has read it."""
    file = named("\n".join(["code;name_en;like;size", *lines]).encode() + b"\n", name)
    record = upload_import(Import, actor=importer, kind="tests.staged", file=file)
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def applied(record, importer, **values):
    confirm_import(record, actor=importer, **values)
    record.refresh_from_db()
    try:
        imports.run_apply(record.job, quiet)
    finally:
        record.refresh_from_db()
    return record


def names():
    return dict(Market.objects.order_by("code").values_list("code", "name_en"))


def test_rows_are_previewed_and_written_by_the_database_and_the_same_file_changes_nothing(importer, nothing_changed):
    Market.objects.create(code="A", dimension="area", name_en="Old")
    with nothing_changed(apart_from=("core_import", "core_importevent", "core_job", "pghistory_context")):
        record = previewed(importer, "A;New;;1,5", "B;Italy;A;2,5")
    assert record.state == "previewed" and record.applicable
    assert record.counts == {
        "create": 1, "update": 1, "unchanged": 0, "size": 4, "errors": 0, "rows_with_errors": 0, "skipped": 0,
    }  # fmt: skip
    applied(record, importer, reason="new year")
    assert names() == {"A": "New", "B": "Italy"} and record.written == {"made": 1}
    event = Market.pgh_event_model.objects.get(code="B", pgh_label="insert")
    assert (event.pgh_context["actor"], event.pgh_context["reason"]) == (importer.pk, "new year")
    again = previewed(importer, "A;New;;1,5", "B;Italy;A;2,5")
    assert again.counts["unchanged"] == 2 and not again.useful
    with nothing_changed(), pytest.raises(Denied) as caught:
        confirm_import(again, actor=importer)
    assert caught.value.code == "import_nothing"


def test_faults_of_cells_and_of_the_database_come_at_once_and_stop_the_whole(importer, nothing_changed):
    record = previewed(importer, "A;Italy;;x", "B;Spain;NOWHERE;", "C;France;;1", "D;;;")
    assert [(error["row"], error["column"], error["read"]) for error in record.errors] == [
        (2, "Size", "x"),
        (3, "Like", "NOWHERE"),
        (5, "name in English", ""),
    ]
    assert (record.counts["create"], record.counts["errors"], record.counts["rows_with_errors"]) == (1, 3, 3)
    assert record.useful and not record.applicable
    with nothing_changed(), pytest.raises(Denied) as caught:
        confirm_import(record, actor=importer)
    assert caught.value.code == "import_errors"


def test_the_good_rows_are_written_without_the_bad_ones_and_those_that_rely_on_them(importer):
    record = previewed(importer, "A;Italy;NOWHERE;", "B;Spain;A;", "C;France;;1", "D;Malta;C;")
    assert [(error["row"], error["read"]) for error in record.errors] == [(2, "NOWHERE"), (3, "A")]
    applied(record, importer, quarantine=True)
    assert names() == {"C": "France", "D": "Malta"} and record.quarantine
    mended = previewed(importer, "A;Italy;;", "B;Spain;A;", "C;France;;1", "D;Malta;C;")
    assert (mended.counts["create"], mended.counts["unchanged"], mended.counts["errors"]) == (2, 2, 0)


def fetched(record, importer):
    """The workbook of the rows with errors, as a file to bring back, and its cells."""
    job = start_job("core.write_refused_rows", actor=importer, params={"import": record.pk})
    assert jobs.run(job.pk) == "done"
    job.refresh_from_db()
    return job.file_path.read_bytes(), read_raw(job.file_path)[0].rows


@pytest.mark.django_db(transaction=True)
def test_the_bad_rows_come_back_as_a_workbook_are_mended_and_brought_in(importer):
    lines = ("A;Italy;NOWHERE;1.234", "B;Spain;;2,5", "C;;;x", "Total;;;6", "D;Malta;;7")
    record = applied(previewed(importer, *lines), importer, quarantine=True)
    assert names() == {"B": "Spain", "D": "Malta"}
    _data, rows = fetched(record, importer)
    assert rows == [
        ["code", "name_en", "like", "size", "KAM: Errors"],
        ["A", "Italy", "NOWHERE", 1234, "Like: a market that is in KAM or in this file"],
        ["C", "", "", "x", "name in English: a value: this column must be filled in\nSize: a number"],
    ]
    rows[1][2], rows[2][1], rows[2][3] = "B", "France", 3
    mended = io.BytesIO()
    columns = [Column(str(place), header) for place, header in enumerate(rows[0])]
    write_workbook([Sheet("x", columns, [dict(zip("01234", row, strict=True)) for row in rows[1:]])], mended, language="en")
    again = upload_import(Import, actor=importer, kind="tests.staged", file=named(mended.getvalue(), "mended.xlsx"))
    imports.run_preview(again.job, quiet)
    again.refresh_from_db()
    assert (again.counts["create"], again.counts["errors"], again.counts["size"], again.ignored) == (2, 0, 1237, [])
    applied(again, importer)
    assert names() == {"A": "Italy", "B": "Spain", "C": "France", "D": "Malta"}


def test_what_has_changed_since_the_preview_is_previewed_again(importer):
    record = previewed(importer, "A;New;;")
    Market.objects.create(code="A", dimension="area", name_en="Meanwhile")
    with pytest.raises(Denied) as caught:
        applied(record, importer)
    assert caught.value.code == "import_changed"
    assert record.state == "uploaded" and names() == {"A": "Meanwhile"}


@pytest.fixture
def keeper(importer, monkeypatch):
    """Somebody whose imports keep what their preview has found, as long as there are as many markets as then."""
    monkeypatch.setattr(StagedMarkets, "kept", {"staged_markets": "SELECT code, name_en, held FROM staged_markets"})
    monkeypatch.setattr(StagedMarkets, "stands_on", lambda _self, *, actor: f"{Market.objects.count()} of {actor.pk}")
    return importer


def test_what_the_preview_has_found_is_carried_out_without_reading_the_file_again(
    keeper, django_capture_on_commit_callbacks, monkeypatch
):
    Market.objects.create(code="A", dimension="area", name_en="Old")
    record = previewed(keeper, "A;New;;1,5", "B;Italy;A;2,5", "C;Spain;NOWHERE;")
    kept = Path(record.kept.path)
    assert kept.exists() and record.counts["errors"] == 1
    monkeypatch.setattr(StagedMarkets, "prepare_staged", None)
    with django_capture_on_commit_callbacks(execute=True):
        applied(record, keeper, quarantine=True)
    assert names() == {"A": "New", "B": "Italy"} and record.written == {"made": 1}
    assert not kept.exists() and not record.kept


@pytest.mark.parametrize("lost", [True, False])
def test_the_file_is_read_again_when_something_has_changed_or_what_was_kept_is_lost(keeper, lost):
    record = previewed(keeper, "A;New;;", "B;Italy;;")
    if lost:
        Path(record.kept.path).unlink()
    else:
        Market.objects.create(code="Z", dimension="area", name_en="Other")
    applied(record, keeper)
    assert record.state == "applied" and names() == {"A": "New", "B": "Italy"} | ({} if lost else {"Z": "Other"})


def test_a_change_that_matters_is_not_written_over_from_what_was_kept(keeper):
    record = previewed(keeper, "A;New;;")
    Market.objects.create(code="A", dimension="area", name_en="Meanwhile")
    with pytest.raises(Denied) as caught:
        applied(record, keeper)
    assert caught.value.code == "import_changed" and names() == {"A": "Meanwhile"}


def test_what_was_kept_goes_with_an_import_that_is_given_up_or_that_nobody_confirms(keeper, django_capture_on_commit_callbacks):
    given_up, forgotten = previewed(keeper, "A;New;;"), previewed(keeper, "B;New;;")
    files = [Path(record.kept.path) for record in (given_up, forgotten)]
    with django_capture_on_commit_callbacks(execute=True):
        imports.cancel_import(given_up, actor=keeper)
        assert imports.forget_old() == 0
    assert [file.exists() for file in files] == [False, True]
    with django_capture_on_commit_callbacks(execute=True), clock.moment(clock.now() + timedelta(days=15)):
        assert imports.forget_old() == 1
    assert not files[1].exists()
    forgotten.refresh_from_db()
    assert applied(forgotten, keeper).state == "applied" and names() == {"B": "New"}


def test_a_refusal_while_writing_leaves_nothing(importer):
    record = previewed(importer, "A;New;;")
    with pytest.raises(Denied):
        applied(record, importer, reason="refuse")
    assert record.state == "failed" and record.message == "Not today." and names() == {}


def test_two_people_with_the_same_file_one_wins_and_the_other_is_told_who(importer):
    other = UserFactory(role="technical")
    first, second = previewed(importer, "A;New;;"), previewed(other, "A;New;;")
    applied(first, importer)
    with pytest.raises(Denied) as caught:
        applied(second, other)
    assert caught.value.code == "import_changed" and str(importer) in str(caught.value.message)
    assert second.state == "uploaded" and names() == {"A": "New"}


def test_totals_and_repeated_headers_are_passed_over_and_listed(importer):
    record = previewed(importer, "A;Italy;;1,5", "Total;;;1,5", "code;name_en;like;size", ";;;", "B;Total Gas;;2")
    assert [(row["row"], row["reason"]) for row in record.skipped] == [(3, "a total of other rows"), (4, "the header once more")]
    assert (record.counts["create"], record.counts["errors"], record.counts["skipped"]) == (2, 0, 2)


def test_a_row_of_another_width_and_a_cut_file_are_told(importer):
    record = previewed(importer, "A;Italy;;1", "B;Spain;1", "C;France;;1;2", "D;Malta;;1;;")
    assert [(error["row"], error["expected"]) for error in record.errors] == [
        (3, "4 cells, as the header has"),
        (4, "4 cells, as the header has"),
    ]
    record = previewed(importer, "A;Italy;;1", 'B;"Spain;;1')
    assert record.state == "failed" and record.message.startswith("The file ends in the middle of row 3")


def test_many_rows_take_no_more_memory_than_few(importer):
    def peak(count):
        lines = (f"M{number};Market {number};;{number},5" for number in range(count))
        tracemalloc.start()
        record = previewed(importer, *lines)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert record.counts["create"] == count
        return most

    file_of = 30 * 20_000  # what the test itself holds of the lines
    assert peak(20_000) - peak(2_000) < 6 * file_of
