"""Correcting a wrong assignment: the sales of the period get the right account manager as new versions, in a logged job."""

from datetime import date
from decimal import Decimal

import pytest

from kam.core.jobs import Job, run
from kam.core.workflow import Denied
from orders.actions import correct_managers, start_correction, undo_sales
from orders.models import ManagerTotal, SalesBatch, SalesLine
from orders.reports.check import mismatches
from orders.tasks import check_totals
from tests.factories.accounts import AssignmentFactory, CustomerFactory, CustomerGroupFactory, UserFactory
from tests.factories.orders import record
from tests.matrix import Matrix
from tests.orders.conftest import Company

pytestmark = [pytest.mark.django_db]
MARCH = {"first_day": date(2026, 3, 1), "last_day": date(2026, 3, 31)}


def managers() -> dict[str, tuple[int, str]]:
    """Who each line is of: its version and its account manager."""
    rows = SalesLine.objects.current().select_related("account_manager", "document")
    return {line.document.number: (line.version, line.account_manager.email if line.account_manager else "") for line in rows}


def test_the_sales_of_the_period_follow_the_corrected_assignment(company: Company, nothing_changed):
    right = UserFactory(email="right@kam.example", role="account_manager")
    record(
        company.line(document="feb", date=date(2026, 2, 27)),
        company.line(document="mar"),
        company.line(document="said", account_manager="manager@kam.example"),
    )
    company.manager.assignments.update(user=right)
    batch = correct_managers(SalesBatch, actor=None, **MARCH)
    assert batch is not None and (batch.kind, batch.counts) == ("managers", {"changed": 1})
    assert managers() == {
        "feb": (1, "manager@kam.example"), "mar": (2, "right@kam.example"), "said": (1, "manager@kam.example"),
    }  # fmt: skip
    assert ManagerTotal.objects.get(account_manager=right).revenue_03 == 100 and mismatches() == []
    with nothing_changed():
        assert correct_managers(SalesBatch, actor=None, **MARCH) is None
        with pytest.raises(Denied):
            correct_managers(SalesBatch, actor=None, first_day=date(2026, 3, 2), last_day=date(2026, 3, 1))
    undo_sales(batch, actor=None)
    assert managers()["mar"] == (3, "manager@kam.example") and mismatches() == []


def test_a_correction_may_be_of_one_group_or_customer_only(company: Company):
    group = CustomerGroupFactory()
    member = CustomerFactory(code="C-2", group=group)
    record(company.line(document="1"), company.line(document="2", customer="C-2"))
    right = UserFactory(email="right@kam.example", role="account_manager")
    company.manager.assignments.update(user=right)
    AssignmentFactory(user=right, group=group)
    correct_managers(SalesBatch, actor=None, group=group.pk, **MARCH)
    assert managers() == {"1": (1, "manager@kam.example"), "2": (2, "right@kam.example")}
    correct_managers(SalesBatch, actor=None, customer=company.customer.pk, **MARCH)
    assert managers()["1"] == (2, "right@kam.example") and member.group == group


def test_the_sales_manager_starts_it_as_a_job(matrix: Matrix, company: Company, nothing_changed):
    record(company.line(net=Decimal(3)))
    company.manager.assignments.update(user=matrix.account_manager2)
    for who in (matrix.account_manager, matrix.finance_it, matrix.administrator):
        with nothing_changed(), pytest.raises(Denied):
            start_correction(actor=who, **MARCH)
    job = start_correction(actor=matrix.sales_manager, reason="Assigned to the wrong person", **MARCH)
    run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE and job.result == {"changed": 1}
    assert managers()["90001"] == (2, "account.manager2@kam.example")
    assert SalesBatch.objects.get(kind="managers").actor == matrix.sales_manager


def test_the_nightly_check_tells_the_log(company: Company, caplog):
    record(company.line())
    assert check_totals() == 0
    ManagerTotal.objects.update(revenue_03=1)
    assert check_totals() == 1 and "orders_managertotal" in caplog.text and "revenue +99" in caplog.text
