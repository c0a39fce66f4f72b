"""Taking an import back: whole, as it was before, and not at all where something rests on it by now."""

import io

import pytest
from rest_framework.test import APIClient

from accounts.actions.market import edit_market
from accounts.excel import Customers
from accounts.models import Customer, Market, Plant, PlantOwnership, PlantService
from kam.core import imports
from kam.core.comments import Comment, write_comment
from kam.core.excel_files import Sheet, write_workbook
from kam.core.imports import Import, confirm_import, undo_import, upload_import
from kam.core.tokens import issue_token
from kam.core.workflow import Denied
from tests.core.test_imports import applied, importer, market, previewed, quiet, upload  # noqa: F401
from tests.databases import contents
from tests.factories.accounts import CustomerFactory
from tests.factories.files import named
from tests.matrix import matrix  # noqa: F401

#: What an import and its undo leave behind: the import itself, its jobs and the history.
LEFT = ("core_import", "core_job", "core_sequence", "pghistory_context", "core_notification", "core_accesslog")

#: What asking for an undo writes, whether or not it is refused.
ASKED = ("core_import", "core_importevent", "core_job", "pghistory_context")


def undone(record):
    """The import after the worker has taken it back."""
    undo_import(record, actor=record.actor, reason="wrong file")
    record.refresh_from_db()
    try:
        imports.run_undo(record.job, quiet)
    finally:
        record.refresh_from_db()
    return record


def business():
    """Count and hash of every business table: no logs, no history."""
    return {table: found for table, found in contents().items() if table not in LEFT and not table.endswith("event")}


def test_what_was_made_is_gone_and_what_was_changed_is_as_before(importer):  # noqa: F811
    Market.objects.create(**market(1, name_en="Old name", name_it="Vecchio"))
    record = applied(previewed(upload(importer, [market(1), market(2), market(3)])), importer)
    assert Market.objects.count() == 3
    undone(record)
    assert record.state == "undone" and record.undone_at
    assert list(Market.objects.values_list("code", "name_en", "name_it")) == [("M1", "Old name", "Vecchio")]
    event = Market.pgh_event_model.objects.filter(pgh_label="delete").first()
    assert event.pgh_context["verb"] == "core.undo_import" and event.pgh_context["reason"] == "wrong file"
    with pytest.raises(Denied):
        undo_import(record, actor=importer)
    again = applied(previewed(upload(importer, [market(1), market(2), market(3)])), importer)
    assert again.state == "applied" and Market.objects.count() == 3


def test_over_rest_an_import_is_taken_back_once(importer):  # noqa: F811
    record = applied(previewed(upload(importer, [market(1), market(2)])), importer)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(importer, name='undo')}")
    answer = client.post(f"/api/v1/imports/{record.pk}/undo/", {"reason": "wrong file"}, format="json")
    assert 200 <= answer.status_code < 300, answer.content
    record.refresh_from_db()
    imports.run_undo(record.job, quiet)
    record.refresh_from_db()
    assert record.state == "undone" and not Market.objects.exists()
    again = client.post(f"/api/v1/imports/{record.pk}/undo/", {"reason": "again"}, format="json")
    assert again.status_code in {403, 409}, again.content


def test_rows_that_were_changed_since_stop_the_whole_and_are_counted(importer, nothing_changed):  # noqa: F811
    record = applied(previewed(upload(importer, [market(1), market(2), market(3)])), importer)
    for number in (1, 2):
        edit_market(Market.objects.get(code=f"M{number}"), actor=None, name_it="Nuovo")
    with nothing_changed(apart_from=ASKED), pytest.raises(Denied) as caught:
        undone(record)
    assert caught.value.code == "import_undo_changed" and str(caught.value.message).startswith(
        "2 rows of this import were changed"
    )
    assert record.state == "applied" and record.message.startswith("2 rows")


def bring_in(matrix, *rows):  # noqa: F811
    """Customers, imported from a sheet."""
    file = io.BytesIO()
    columns = [column for column in Customers.columns if column.key in rows[0]]
    write_workbook([Sheet("Customers", columns, rows)], file, language="en")
    given = named(file.getvalue(), "customers.xlsx")
    record = upload_import(Import, actor=matrix.sales_manager, kind="accounts.customers", file=given)
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    assert record.errors == []
    confirm_import(record, actor=matrix.sales_manager)
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    record.refresh_from_db()
    return record


NEW = {"name": "Neue GmbH", "country": "DE", "city": "Ulm", "location": "DE"}


def test_a_customer_goes_with_its_plant_owner_and_service(matrix):  # noqa: F811
    before = business()
    record = bring_in(matrix, NEW, NEW | {"name": "Andere GmbH"})
    assert Plant.objects.filter(city="Ulm").count() == 2
    undone(record)
    assert business() == before
    assert not Customer.objects.filter(city="Ulm").exists() and not PlantService.objects.filter(plant__city="Ulm").exists()
    assert not PlantOwnership.objects.filter(plant__city="Ulm").exists()


def test_what_others_have_put_on_a_new_record_keeps_it(matrix, nothing_changed):  # noqa: F811
    record = bring_in(matrix, NEW, NEW | {"name": "Andere GmbH"})
    customer = Customer.objects.get(name="Neue GmbH")
    write_comment(Comment, actor=matrix.sales_manager, record=customer, text="A good one")
    with nothing_changed(apart_from=ASKED), pytest.raises(Denied) as caught:
        undone(record)
    assert caught.value.code == "import_undo_used" and "1 new row" in str(caught.value.message)


def test_a_new_record_that_another_record_names_is_kept(matrix, nothing_changed):  # noqa: F811
    record = bring_in(matrix, NEW)
    old = CustomerFactory(name="Alte GmbH")
    Plant.objects.filter(customer=old).update(customer=Customer.objects.get(name="Neue GmbH"))
    with nothing_changed(apart_from=ASKED), pytest.raises(Denied) as caught:
        undone(record)
    assert caught.value.code == "import_undo_used" and str(caught.value.message).startswith("Other records refer to 1 new row")


def test_only_its_owner_takes_an_import_back(importer, matrix, nothing_changed):  # noqa: F811
    record = applied(previewed(upload(importer, [market(1)])), importer)
    with nothing_changed(), pytest.raises(Denied):
        undo_import(record, actor=matrix.sales_manager)
