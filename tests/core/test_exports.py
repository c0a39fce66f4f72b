"""Exports of a list: exactly what is seen, with the rights of the moment in which the job runs."""

import pytest
from rest_framework.test import APIClient

from accounts.actions.hand_over import hand_over
from accounts.models import Customer, HandOver, RoleGrant
from kam.core import clock, exports, jobs
from kam.core.access_log import AccessLog
from kam.core.excel import Column as SheetColumn
from kam.core.excel_files import read_raw, read_sheet
from kam.core.jobs import start_job
from kam.core.tables import Column
from kam.core.tokens import issue_token
from kam.core.views.list import ListPage
from tests.factories.files import named
from tests.matrix import build
from tests.pages import client_for


class CustomerList(ListPage):
    """The customers of the test."""

    model = Customer
    title = "Customers"
    columns = (Column("name", "Name", sort="name"), Column("city", "City"), Column("country", "Country", default=False))
    default_order = ("name",)


def params(**values):
    return {
        "page": "tests.core.test_exports.CustomerList",
        "query": "ordering=-name",
        "columns": ["name", "country"],
        "format": "xlsx",
        "kwargs": {},
    } | values


@pytest.mark.django_db(transaction=True)
def test_an_export_holds_the_rows_columns_and_order_that_are_seen():
    matrix = build()
    Customer.objects.filter(pk=matrix.acme_us.pk).update(name="=ACME(1)")
    for kind in ("xlsx", "csv"):
        job = start_job("core.export_list", actor=matrix.account_manager, params=params(format=kind))
        assert jobs.run(job.pk) == "done"
        job.refresh_from_db()
        assert job.result == {"rows": 3} and job.file_name.endswith(kind)
        (sheet,) = read_raw(job.file_path)
        name = "'=ACME(1)" if kind == "csv" else "=ACME(1)"
        assert sheet.rows == [["Name", "Country"], ["ACME Italia S.p.A.", "IT"], ["ACME Deutschland GmbH", "DE"], [name, "US"]]
    assert AccessLog.objects.filter(kind="export", user=matrix.account_manager, about="Customers: 3").count() == 2


@pytest.mark.django_db(transaction=True)
def test_rights_are_asked_when_the_job_runs():
    matrix = build()
    job = start_job("core.export_list", actor=matrix.account_manager2, params=params())
    RoleGrant.objects.filter(user=matrix.account_manager2).delete()
    assert jobs.run(job.pk) == "done"
    job.refresh_from_db()
    assert read_raw(job.file_path)[0].rows == [["Name", "Country"]]


@pytest.mark.django_db(transaction=True)
def test_a_file_with_rows_that_were_handed_over_since_is_not_given_out():
    matrix = build()
    leader, area = matrix.account_manager, matrix.area_manager_us
    made = {}
    for person in (leader, area, matrix.sales_manager):
        made[person] = start_job("core.export_list", actor=person, params=params(format="csv"))
        assert jobs.run(made[person].pk) == "done"

    def fetched(person):
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(person, name='x')}")
        address = f"/jobs/{made[person].pk}/file/"
        answers = client_for(person).get(address).status_code, api.get(f"/api/v1{address}").status_code
        page = client_for(person).get(f"/jobs/{made[person].pk}/")
        assert page.status_code == 200 and (address in page.content.decode()) == (answers == (200, 200))
        return answers

    assert [fetched(person) for person in made] == [(200, 200)] * 3
    hand_over(HandOver, actor=matrix.sales_manager, source=leader, target=matrix.account_manager2, day=clock.today())
    assert [fetched(person) for person in made] == [(404, 404), (200, 200), (200, 200)]
    assert fetched_after_a_new_export(leader, made, fetched) == (200, 200)


def fetched_after_a_new_export(person, made, fetched):
    made[person] = start_job("core.export_list", actor=person, params=params(format="csv"))
    assert jobs.run(made[person].pk) == "done"
    return fetched(person)


def test_only_pages_that_are_lists_are_exported(db):
    with pytest.raises(exports.page_of.__globals__["PermissionDenied"]):
        exports.page_of(params(page="kam.core.views.base.Page"), None)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+39 055", "-2+3", "@SUM(1)", "'=quoted", "''+twice", "'plain"])
def test_what_a_spreadsheet_would_run_is_text_in_a_list_taken_along_and_comes_back(matrix, name):
    Customer.objects.filter(pk=matrix.acme_us.pk).update(name=name)
    address = "/customers/?export=csv&columns=name&country=US"
    answer = client_for(matrix.account_manager).get(address)
    line = answer.content.decode("utf-8-sig").splitlines()[1]
    assert not line.strip('"').startswith(("=", "+", "-", "@", "\t"))
    sheet = named(answer.content, "customers.csv")
    rows, errors = read_sheet(sheet, [SheetColumn("name", answer.content.decode("utf-8-sig").splitlines()[0])], language="en")
    assert errors == [] and [row.values["name"] for row in rows] == [name.strip()]
