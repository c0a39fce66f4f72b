"""People, locations, markets and assignments as sheets: what goes out comes back unchanged; faults at their cells; all or nothing."""

import io
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Assignment, Location, Market, User, account_manager_of
from kam.core import clock, imports
from kam.core.excel_files import Sheet, write_workbook
from kam.core.import_kinds import import_kind
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.mails import OutgoingMail
from kam.core.notifications import Notification
from kam.core.workflow import Denied
from tests.factories.accounts import CustomerFactory, MarketFactory
from tests.factories.files import named
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


def preview(kind: str, actor: User, rows: Any) -> Import:
    """A sheet of a kind, uploaded and read."""
    file = io.BytesIO()
    columns = import_kind(kind).columns
    write_workbook([Sheet("Sheet", columns, rows)], file, language="en")
    record = upload_import(Import, actor=actor, kind=kind, file=named(file.getvalue(), "sheet.xlsx"))
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def carry_out(record: Import) -> None:
    """Confirm and carry out what was previewed."""
    assert record.errors == []
    confirm_import(record, actor=record.actor)
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("accounts.users", "administrator"),
        ("accounts.locations", "administrator"),
        ("accounts.markets", "sales_manager"),
        ("accounts.assignments", "sales_manager"),
    ],
)
def test_what_goes_out_comes_back_unchanged(matrix: Matrix, kind: str, who: str) -> None:
    MarketFactory()
    actor = getattr(matrix, who)
    rows = list(import_kind(kind).export_rows(actor))
    record = preview(kind, actor, rows)
    assert record.errors == []
    assert [record.counts[name] for name in ("create", "update", "unchanged", "errors")] == [0, 0, len(rows), 0]
    assert rows


def test_people_are_added_and_edited(matrix: Matrix) -> None:
    before = User.objects.count()
    rows = [
        {"email": "new@kam.example", "first_name": "New", "last_name": "Person", "language": "de"},
        {"email": matrix.nobody.email.upper(), "first_name": "Known", "last_name": "Nobody", "language": "en"},
    ]
    record = preview("accounts.users", matrix.administrator, rows)
    assert [record.counts[name] for name in ("create", "update", "unchanged", "errors")] == [1, 1, 0, 0]
    assert User.objects.count() == before
    carry_out(record)
    made = User.objects.get(email="new@kam.example")
    assert (made.language, made.has_usable_password(), User.objects.get(pk=matrix.nobody.pk).first_name) == ("de", False, "Known")


def test_faults_of_people_stand_at_their_cells_and_nothing_is_written(matrix: Matrix, nothing_changed: Any) -> None:
    rows = [
        {"email": "no address", "first_name": "A", "last_name": "B"},
        {"email": "good@kam.example", "first_name": "A", "last_name": "B", "time_zone": "Nowhere"},
        {"email": "good@kam.example", "first_name": "A", "last_name": "B"},
    ]
    before = set(User.objects.values_list("email", flat=True))
    record = preview("accounts.users", matrix.administrator, rows)
    assert sorted((fault["row"], fault["column"]) for fault in record.errors) == [(2, "e-mail"), (3, "time zone"), (4, "e-mail")]
    assert set(User.objects.values_list("email", flat=True)) == before
    with nothing_changed(), pytest.raises(Denied) as refused:
        confirm_import(record, actor=matrix.administrator)
    assert refused.value.code == "import_errors"


def test_locations_and_markets_are_added(matrix: Matrix) -> None:
    calendar = matrix.italy.calendar
    carry_out(
        preview(
            "accounts.locations",
            matrix.administrator,
            [
                {
                    "code": "fr",
                    "name_en": "Lyon",
                    "country": "fr",
                    "time_zone": "Europe/Paris",
                    "currency": "eur",
                    "calendar": calendar.code,
                    "sells": True,
                    "produces": False,
                }
            ],
        )
    )
    assert Location.objects.get(code="FR").produces is False
    carry_out(
        preview(
            "accounts.markets",
            matrix.sales_manager,
            [{"code": "dach", "dimension": "area", "name_en": "DACH", "countries": "DE AT CH"}],
        )
    )
    assert Market.objects.get(code="DACH").countries == "AT CH DE"
    wrong = preview(
        "accounts.markets", matrix.sales_manager, [{"code": "two", "dimension": "area", "name_en": "Two", "countries": "AT"}]
    )
    assert [(fault["row"], fault["column"]) for fault in wrong.errors] == [(2, "countries")]


def test_assignments_are_made_and_the_one_who_holds_it_is_named(matrix: Matrix) -> None:
    free = CustomerFactory(code="C-FREE")
    rows = [
        {"kind": "account_manager", "customer": free.code, "user": matrix.account_manager.email},
        {"kind": "account_manager", "group": matrix.acme.code, "user": matrix.account_manager2.email},
    ]
    record = preview("accounts.assignments", matrix.sales_manager, rows)
    assert [(fault["row"], fault["column"]) for fault in record.errors] == [(3, "from")]
    assert "Elena Marchetti" in str(record.errors)
    assert Assignment.objects.filter(customer=free).count() == 0
    carry_out(preview("accounts.assignments", matrix.sales_manager, rows[:1]))
    assert account_manager_of(free, clock.today()) == matrix.account_manager
    row = Assignment.objects.get(customer=free)
    last = clock.today() + timedelta(days=20)
    ending = {"kind": row.kind, "customer": free.code, "user": row.user.email, "first_day": row.first_day, "last_day": last}
    carry_out(preview("accounts.assignments", matrix.sales_manager, [ending]))
    row.refresh_from_db()
    assert row.last_day == last


def test_a_sheet_of_assignments_tells_each_person_once(matrix: Matrix) -> None:
    people = [matrix.account_manager] * 3 + [matrix.account_manager2]
    rows = [Assignment(kind="account_manager", customer=CustomerFactory(), user=person) for person in people]
    record = preview("accounts.assignments", matrix.sales_manager, rows)
    assert not Notification.objects.exists(), "a preview tells nobody"
    carry_out(record)
    assert set(Notification.objects.values_list("reader", "kind")) == {
        (matrix.account_manager.pk, "assignments_made"),
        (matrix.account_manager2.pk, "assignment_made"),
    }
    several = Notification.objects.get(kind="assignments_made")
    assert several.record == matrix.account_manager and several.context == {"count": 3}
    assert OutgoingMail.objects.count() == 2


@pytest.mark.parametrize("kind", ["accounts.users", "accounts.locations", "accounts.assignments"])
def test_only_who_may_write_may_upload(matrix: Matrix, kind: str) -> None:
    with pytest.raises(Denied) as refused:
        preview(kind, matrix.account_manager, [])
    assert refused.value.status == 403
