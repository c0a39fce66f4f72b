"""Imports: what a sheet would do is shown before it is done, whole or not at all, and the same file twice changes nothing."""

import io
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy as _

from accounts.models import Market
from kam import jobs as kinds
from kam import roles
from kam.core import imports, jobs
from kam.core.excel import Column
from kam.core.excel_files import Sheet, write_csv, write_workbook
from kam.core.import_kinds import ImportKind, Plan, kinds_for, write_plan
from kam.core.imports import Import, cancel_import, confirm_import, done_before, upload_import
from kam.core.jobs import Job
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.factories.files import named, packed


class Markets(ImportKind):
    """Markets by code; `like` names a market that is in KAM already."""

    code, label, verb = "tests.markets", _("Markets"), "tests.import_markets"
    columns = (
        Column("code", _("code"), required=True, max_length=20),
        Column("dimension", _("dimension"), "choice", required=True, values=Market.Dimension.choices),
        Column("name_en", _("name in English"), required=True, max_length=60),
        Column("like", "Like", "reference"),
    )

    def prepare(self, rows, *, actor, sheet):
        plan = Plan()
        rows = self.once(rows, "code", plan, sheet)
        existing = {market.code: market for market in Market.objects.visible_to(actor)}
        rows = self.resolve(rows, "like", existing, plan, sheet)
        self.compare(rows, existing, "code", ["code", "dimension", "name_en"], plan)
        return plan

    def apply(self, plan, *, actor, reason):
        if reason == "refuse":
            write_plan(Market, plan)
            raise Denied("too_late", "Not today.")
        write_plan(Market, plan)


@pytest.fixture
def importer(db, monkeypatch):
    """Somebody who may import markets."""
    monkeypatch.setitem(kinds.IMPORT_KINDS, "tests.markets", "tests.core.test_imports.Markets")
    monkeypatch.setitem(roles.ROLE_VERBS, "tests.import_markets", frozenset({"technical"}))
    return UserFactory(role="technical")


def market(number, **values):
    return {"code": f"M{number}", "dimension": "area", "name_en": f"Market {number}"} | values


def sheet(rows, *, name="markets.xlsx"):
    file = io.BytesIO()
    page = Sheet("Markets", Markets.columns, rows)
    write_workbook([page], file, language="en") if name.endswith("xlsx") else write_csv(page, file, language="en")
    return named(file.getvalue(), name)


def upload(importer, rows, **values):
    return upload_import(Import, actor=importer, kind="tests.markets", file=sheet(rows, **values))


def quiet(*_values):
    """A report that nobody reads."""


def previewed(record):
    """The import after the worker has read it."""
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def applied(record, importer, reason=""):
    confirm_import(record, actor=importer, reason=reason)
    record.refresh_from_db()
    try:
        imports.run_apply(record.job, quiet)
    finally:
        record.refresh_from_db()
    return record


def test_a_sheet_is_previewed_then_carried_out_and_the_history_says_by_whom(importer, nothing_changed):
    Market.objects.create(**market(1))
    Market.objects.create(**market(2, name_en="Old name"))
    record = upload(importer, [market(1), market(2), market(3, like="M1")])
    with nothing_changed(apart_from=("core_import", "core_importevent", "pghistory_context")):
        previewed(record)
    assert record.state == "previewed" and record.errors == []
    assert record.counts == {"create": 1, "update": 1, "unchanged": 1, "errors": 0, "rows_with_errors": 0, "skipped": 0}
    assert record.preview == [
        {
            "row": 4,
            "label": "M3",
            "new": True,
            "fields": [["code", "", "M3"], ["dimension", "", "area"], ["name_en", "", "Market 3"]],
        },
        {"row": 3, "label": "M2", "new": False, "fields": [["name_en", "Old name", "Market 2"]]},
    ]
    applied(record, importer, reason="new year")
    assert record.state == "applied" and record.applied_at
    assert list(Market.objects.order_by("code").values_list("code", "name_en")) == [
        ("M1", "Market 1"),
        ("M2", "Market 2"),
        ("M3", "Market 3"),
    ]
    event = Market.pgh_event_model.objects.get(code="M2", pgh_label="update")
    assert (event.pgh_context["actor"], event.pgh_context["reason"]) == (importer.pk, "new year")


def test_the_same_file_twice_changes_nothing(importer, nothing_changed):
    data = sheet([market(number) for number in range(5)]).read()
    first, second = (
        upload_import(Import, actor=importer, kind="tests.markets", file=named(data, name))
        for name in ("first.xlsx", "second.xlsx")
    )
    applied(previewed(first), importer)
    previewed(second)
    assert second.counts["unchanged"] == 5 and not second.applicable and done_before(second) == first
    with nothing_changed(), pytest.raises(Denied) as caught:
        confirm_import(second, actor=importer)
    assert caught.value.code == "import_nothing"
    with nothing_changed():
        imports.run_apply(first.job, quiet)


def test_one_fault_stops_the_whole_and_all_faults_are_shown(importer, nothing_changed):
    rows = [market(1), market(1), market(2, like="NOWHERE"), market(3, name_en=""), market(4, dimension="planet"), market(5)]
    record = previewed(upload(importer, rows))
    assert [(error["row"], error["column"], error["read"]) for error in record.errors] == [
        (3, "code", "M1"),
        (4, "Like", "NOWHERE"),
        (5, "name in English", ""),
        (6, "dimension", "planet"),
    ]
    assert record.counts["errors"] == 4 and record.counts["create"] == 2
    assert record.errors[0]["expected"] == "each only once; it stands in row 2 already"
    with nothing_changed(), pytest.raises(Denied) as caught:
        confirm_import(record, actor=importer)
    assert caught.value.code == "import_errors"


def test_what_has_changed_since_the_preview_is_previewed_again(importer):
    record = previewed(upload(importer, [market(1, name_en="New")]))
    Market.objects.create(**market(1, name_en="Meanwhile"))
    with pytest.raises(Denied) as caught:
        applied(record, importer)
    assert caught.value.code == "import_changed"
    record.refresh_from_db()
    assert record.state == "uploaded" and Market.objects.get().name_en == "Meanwhile"
    previewed(record)
    assert record.counts["update"] == 1
    applied(record, importer)
    assert Market.objects.get().name_en == "New"


def test_a_refusal_in_the_middle_leaves_nothing(importer):
    record = previewed(upload(importer, [market(1), market(2)]))
    with pytest.raises(Denied):
        applied(record, importer, reason="refuse")
    assert record.state == "failed" and record.message == "Not today." and not Market.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"), [(b"%PDF-1.4 x", "file_kind"), (b"", "file_empty"), (b"PK\x03\x04 cut off", "file_kind")], ids=["pdf", "empty", "cut"]
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_at_once_and_not_kept(importer, nothing_changed, settings, tmp_path, data, code):
    settings.MEDIA_ROOT = str(tmp_path)
    with nothing_changed(), pytest.raises(Denied) as caught:
        upload_import(Import, actor=importer, kind="tests.markets", file=named(data, "a.xlsx"))
    assert (caught.value.code, caught.value.field) == (code, "file") and list(tmp_path.rglob("*")) == []


def test_a_table_that_cannot_be_read_fails_with_the_reason(importer):
    broken = packed(**{"[Content_Types].xml": "x", "xl__workbook.xml": "x"})
    record = upload_import(Import, actor=importer, kind="tests.markets", file=named(broken, "a.xlsx"))
    previewed(record)
    assert record.state == "failed" and record.message.startswith("The file is damaged")


def test_only_who_may_imports_and_sees_only_their_own(importer, nothing_changed):
    other = UserFactory(role="sales_manager")
    with nothing_changed(), pytest.raises(Denied) as caught:
        upload(other, [market(1)])
    assert caught.value.code == "not_permitted"
    record = upload(importer, [market(1)])
    assert not Import.objects.visible_to(other).exists() and Import.objects.visible_to(importer).get() == record
    may = [{kind.code for kind in kinds_for(person)} for person in (importer, other)]
    assert "tests.markets" in may[0] - may[1]
    with pytest.raises(Denied):
        confirm_import(record, actor=other)


def test_a_cancelled_import_stays_cancelled(importer):
    record = upload(importer, [market(1)])
    cancel_import(record, actor=importer)
    previewed(record)
    assert record.state == "cancelled" and record.counts == {}


def test_ten_thousand_rows_take_a_handful_of_queries_and_little_time(importer):
    record = upload(importer, [market(number) for number in range(10_000)])
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        previewed(record)
    assert record.counts["create"] == 10_000
    assert len(queries) < 20
    # A bound against a query a row, not a measurement: bench says how long it takes.
    assert time.perf_counter() - started < 30


@pytest.mark.django_db(transaction=True)
def test_the_worker_carries_an_import_through(importer):
    record = upload(importer, [market(1)], name="markets.csv")
    assert jobs.run(record.job_id) == "done"
    record.refresh_from_db()
    confirm_import(record, actor=importer)
    record.refresh_from_db()
    assert jobs.run(record.job_id) == "done"
    assert Market.objects.get().code == "M1" and Job.objects.get(pk=record.job_id).percent == 100
