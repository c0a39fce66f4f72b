"""Who reads and writes which part of the ledger: the two axes, costs beside them, and nothing of anybody else."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Location, Plant, User
from kam.core.workflow import Denied
from orders.actions import declare_invoice_source, undo_sales
from orders.actions.faults import SalesRefused
from orders.models import AccountTotal, InvoiceSource, SalesBatch, SalesDocument, SalesHeader, SalesLine, SalesTotal
from tests.factories.accounts import RoleGrantFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory, record, stated
from tests.matrix import Matrix

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def sold(matrix: Matrix) -> dict[str, SalesLine]:
    """The cells of AT-16: ACME buys from Italy, Germany and the USA, BETA from Germany."""
    places: list[tuple[str, Plant, Location, int]] = [
        ("acme_it", matrix.acme_it_plant, matrix.italy, 400), ("acme_de", matrix.acme_de_plant, matrix.germany, 250),
        ("acme_us", matrix.acme_us_plant, matrix.usa, 180), ("beta", matrix.beta_plant, matrix.germany, 300),
    ]  # fmt: skip
    return {
        name: SalesLineFactory(
            plant=plant, selling_location=location, producing_location=matrix.italy, net=Decimal(net * 1000), header__total=5
        )
        for name, plant, location, net in places
    }


SEEN = {
    "account_manager": {"acme_it", "acme_de", "acme_us"},
    "account_manager2": {"beta"},
    "area_manager_de": {"acme_de", "beta"},
    "area_manager_us": {"acme_us"},
    "sales_manager": {"acme_it", "acme_de", "acme_us", "beta"},
    "management": {"acme_it", "acme_de", "acme_us", "beta"},
    "auditor": {"acme_it", "acme_de", "acme_us", "beta"},
    "back_office_it": {"acme_it"},
    "finance_it": {"acme_it"},
    "quality_it": set(),
    "production_it": set(),
    "technical_it": set(),
    "logistics_it": set(),
    "service_it": set(),
    "administrator": set(),
    "nobody": set(),
}
READS_COSTS = {"account_manager", "account_manager2", "sales_manager", "management", "auditor"}
READS_LOCAL_COSTS = READS_COSTS | {"area_manager_de", "area_manager_us", "finance_it"}


def names(rows: Any, sold: dict[str, SalesLine], path: str = "pk") -> set[str]:
    """Which of the cells are among the rows."""
    by_key = {getattr(line, f"{path}_id" if path != "pk" else "pk"): name for name, line in sold.items()}
    return {by_key[key] for key in rows.values_list(path, flat=True)}


@pytest.mark.parametrize("who", sorted(SEEN))
def test_lines_totals_documents_and_headers_are_seen_on_both_axes(matrix: Matrix, sold, who):
    reader = getattr(matrix, who)
    assert names(SalesLine.objects.visible_to(reader), sold) == SEEN[who]
    assert names(SalesTotal.objects.visible_to(reader), sold, "plant") == SEEN[who]
    assert names(AccountTotal.objects.visible_to(reader), sold, "plant") == SEEN[who]
    assert names(SalesHeader.objects.visible_to(reader), sold, "document") == SEEN[who]
    assert set(SalesDocument.objects.visible_to(reader)) == {sold[name].document for name in SEEN[who]}


@pytest.mark.parametrize("who", sorted(SEEN))
def test_costs_are_read_by_account_local_costs_also_by_location(matrix: Matrix, sold, who):
    reader = getattr(matrix, who)
    lines = SalesLine.objects.visible_to(reader)
    assert names(lines.costs_visible_to(reader), sold) == (SEEN[who] if who in READS_COSTS else set())
    assert names(lines.local_costs_visible_to(reader), sold) == (SEEN[who] if who in READS_LOCAL_COSTS else set())


def test_both_views_add_up_to_more_than_the_company(matrix: Matrix, sold):
    """AT-16: 830 of the account manager, 550 of the area manager, 1,130 of the company."""

    def total(who: User) -> Decimal:
        return sum((row.revenue_03 for row in AccountTotal.objects.visible_to(who)), Decimal(0))

    assert [total(who) / 1000 for who in (matrix.account_manager, matrix.area_manager_de, matrix.sales_manager)] == [
        830,
        550,
        1130,
    ]


def test_two_roles_of_one_person_add_up_without_mixing_their_costs(matrix: Matrix, sold):
    RoleGrantFactory(user=matrix.account_manager, role="back_office", location=matrix.germany)
    reader = User.objects.get(pk=matrix.account_manager.pk)
    lines = SalesLine.objects.visible_to(reader)
    assert names(lines, sold) == {"acme_it", "acme_de", "acme_us", "beta"}
    assert names(lines.costs_visible_to(reader), sold) == {"acme_it", "acme_de", "acme_us"}


@pytest.fixture
def row(matrix: Matrix) -> dict[str, Any]:
    """A sale to ACME in Italy, as a source states it."""
    return stated(customer="C-ACME-IT", product=ProductFactory().code, selling_location="IT")


def refusals(actor: User, *rows: dict[str, Any]) -> list[tuple[int, str, str]]:
    """What is refused of sales that somebody records."""
    with pytest.raises(SalesRefused) as refused:
        record(*rows, actor=actor)
    return [(fault.row, fault.field, fault.code) for fault in refused.value.faults]


def test_people_record_sales_of_their_accounts_and_of_their_locations(matrix: Matrix, row, nothing_changed):
    assert record(row, actor=matrix.account_manager) is not None
    assert record(row | {"document": "2"}, actor=matrix.back_office_it) is not None
    assert (
        record(row | {"document": "3", "customer": "C-BETA", "selling_location": "DE"}, actor=matrix.area_manager_de) is not None
    )
    with nothing_changed():
        # BETA is not the account manager's: its code stands for nothing.
        assert refusals(matrix.account_manager, row | {"document": "4", "customer": "C-BETA"}) == [(1, "customer", "unknown")]
        # The German area manager sees ACME in Italy as a card, and sells nothing there.
        assert refusals(matrix.area_manager_de, row | {"document": "4"}) == [(1, "document", "outside")]
        for customer in ("C-ACME-US", "C-NONE"):
            assert (1, "document", "outside") in refusals(matrix.area_manager_de, row | {"document": "4", "customer": customer})


def test_a_foreign_line_cannot_be_taken_over(matrix: Matrix, row, nothing_changed):
    record(row | {"customer": "C-BETA", "selling_location": "DE"}, actor=matrix.sales_manager)
    with nothing_changed():
        assert refusals(matrix.account_manager, row) == [(1, "document", "outside")]
        assert refusals(matrix.account_manager, row | {"line": "20"}) == [(1, "document", "outside")]


@pytest.mark.parametrize("who", ["quality_it", "management", "auditor", "administrator", "nobody"])
def test_others_record_nothing(matrix: Matrix, row, nothing_changed, who):
    with nothing_changed(), pytest.raises(Denied) as denied:
        record(row, actor=getattr(matrix, who))
    assert denied.value.code == "not_permitted"


def test_a_recording_is_undone_by_whoever_made_it_or_oversees_all(matrix: Matrix, row, nothing_changed):
    batch = record(row, actor=matrix.back_office_it)
    with nothing_changed(), pytest.raises(Denied):
        undo_sales(batch, actor=matrix.account_manager)
    assert not SalesBatch.objects.visible_to(matrix.account_manager).exists()
    assert SalesBatch.objects.visible_to(matrix.sales_manager).get() == batch
    assert undo_sales(batch, actor=matrix.back_office_it) is not None
    again = record(row, actor=matrix.back_office_it)
    assert undo_sales(again, actor=matrix.sales_manager) is not None


def test_a_source_is_declared_by_finance_of_the_location_and_by_the_administrator(matrix: Matrix, nothing_changed):
    for who, location in ((matrix.account_manager, matrix.italy), (matrix.finance_it, matrix.germany)):
        with nothing_changed(), pytest.raises(Denied):
            declare_invoice_source(InvoiceSource, actor=who, location=location, system="SAP")
    first = declare_invoice_source(InvoiceSource, actor=matrix.finance_it, location=matrix.italy, system=" SAP ")
    assert (first.system, first.first_day) == ("SAP", None)
    with nothing_changed():
        same = declare_invoice_source(
            InvoiceSource, actor=matrix.administrator, location=matrix.italy, system="SAP", first_day=date(2026, 5, 1)
        )
        assert same == first
        for values, code in (({"system": " "}, "system"), ({"system": "KAM"}, "first_day")):
            with pytest.raises(Denied) as denied:
                declare_invoice_source(InvoiceSource, actor=matrix.administrator, location=matrix.italy, **values)
            assert denied.value.code == code
    second = declare_invoice_source(
        InvoiceSource, actor=matrix.administrator, location=matrix.italy, system="KAM", first_day=date(2026, 5, 1)
    )
    first.refresh_from_db()
    assert (first.last_day, second.first_day) == (date(2026, 4, 30), date(2026, 5, 1))
    assert InvoiceSource.objects.of(matrix.italy, date(2026, 5, 1)) == second
    with nothing_changed(), pytest.raises(Denied) as denied:
        declare_invoice_source(InvoiceSource, actor=None, location=matrix.italy, system="X", first_day=date(2026, 4, 1))
    assert denied.value.code == "later_source"
