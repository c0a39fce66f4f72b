"""The ledger's own rules: versions that are never changed, totals that always equal the lines, headers beside their lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from orders.models import (
    AccountTotal,
    ManagerTotal,
    MarketTotal,
    PlantTotal,
    ProductTotal,
    SalesDocument,
    SalesHeader,
    SalesLine,
    SalesTotal,
)
from orders.models.totals import LEVELS, MEASURES
from orders.reports.check import mismatches
from tests.factories.orders import SalesBatchFactory, SalesLineFactory

pytestmark = [pytest.mark.django_db]


@contextmanager
def refused() -> Iterator[None]:
    """The database refuses, and the test goes on."""
    with pytest.raises(DatabaseError), transaction.atomic():
        yield


def test_a_line_counts_in_its_month_in_every_level():
    line = SalesLineFactory(date=date(2026, 3, 16), net=Decimal("100.000001"), rate=Decimal("0.5"), quantity=4, cost=30)
    for level in LEVELS:
        row = level.objects.get()
        assert (row.year, row.lines) == (2026, 1)
        before, after = (0, Decimal("50.000001")) if level.running else (None, None)
        assert (row.revenue_02, row.revenue_03, row.revenue_04) == (before, Decimal("50.000001"), after), level
        if set(MEASURES) <= set(level.measures()):
            assert (row.quantity_03, row.cost_03, row.local_cost_03, row.uncosted_03) == (4, 30, 30, 0)
    assert SalesTotal.objects.get().net_03 == Decimal("100.000001")
    assert AccountTotal.objects.get().plant == line.plant and ProductTotal.objects.get().product == line.product
    assert ManagerTotal.objects.get().account_manager is None and MarketTotal.objects.get().currency == "EUR"


def test_lines_of_one_cell_are_added_up_and_an_ended_one_is_taken_out():
    first = SalesLineFactory(date=date(2026, 3, 16))
    second = SalesLineFactory(
        document=first.document, number="20", date=date(2026, 5, 4), plant=first.plant, product=first.product, net=Decimal(7)
    )
    total = SalesTotal.objects.get()
    assert (total.lines, total.revenue_03, total.revenue_05) == (2, 100, 7)
    SalesLine.objects.filter(pk=first.pk).update(ended_by=SalesBatchFactory())
    total = SalesTotal.objects.get()
    assert (total.lines, total.revenue_03, total.revenue_05) == (1, 0, 7)
    SalesLine.objects.filter(pk=second.pk).update(ended_by=SalesBatchFactory())
    assert {(row.lines, row.revenue_03, row.revenue_05) for level in LEVELS for row in level.objects.all()} == {(0, 0, 0)}
    assert {row.cost_03 for level in LEVELS if "cost" in level.measures() for row in level.objects.all()} == {0}


def test_different_currencies_units_kinds_and_years_are_never_added():
    line = SalesLineFactory()
    same = {"document": line.document, "plant": line.plant, "product": line.product}
    SalesLineFactory(number="20", currency="USD", **same)
    SalesLineFactory(number="30", unit="kg", **same)
    SalesLineFactory(number="40", kind="surcharge", **same)
    SalesLineFactory(number="50", is_intercompany=True, **same)
    SalesLineFactory(number="60", date=date(2025, 3, 16), **same)
    assert SalesTotal.objects.count() == AccountTotal.objects.count() == 6
    assert ProductTotal.objects.count() == 5  # a product alone does not keep the currency


def test_revenue_without_a_cost_stands_apart():
    line = SalesLineFactory(cost=None)
    SalesLineFactory(document=line.document, number="20", plant=line.plant, net=Decimal(50), cost=Decimal(20))
    found = AccountTotal.objects.get()
    assert (found.revenue_03, found.cost_03, found.uncosted_03) == (150, 20, 100)


def test_a_line_is_never_changed_only_ended_once():
    line, batch = SalesLineFactory(), SalesBatchFactory()
    rows = SalesLine.objects.filter(pk=line.pk)
    for change in ({"net": Decimal(5)}, {"date": date(2026, 1, 1)}, {"account_manager": None, "quantity": Decimal(1)}):
        with refused():
            rows.update(**change)
    with refused():
        rows.delete()
    assert rows.update(ended_by=batch) == 1
    for change in ({"ended_by": None}, {"ended_by": SalesBatchFactory()}):
        with refused():
            rows.update(**change)
    assert rows.get().net == 100 and rows.get().ended_by == batch


def test_a_line_holds_once():
    line = SalesLineFactory()
    with refused():
        SalesLineFactory(document=line.document, plant=line.plant)
    SalesLine.objects.filter(pk=line.pk).update(ended_by=SalesBatchFactory())
    SalesLineFactory(document=line.document, plant=line.plant, version=2)
    assert SalesLine.objects.current().get().version == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "free_of_charge"},
        {"quantity": Decimal(-1)},
        {"product": None},
        {"unit": ""},
        {"rate": Decimal(0)},
    ],
)
def test_the_database_refuses_lines_that_cannot_be(wrong):
    with refused():
        SalesLineFactory(**wrong)
    assert not SalesLine.objects.exists() and not SalesTotal.objects.exists()


def test_a_return_lowers_quantity_and_amount_a_rebate_the_amount_alone():
    line = SalesLineFactory(quantity=Decimal(-2), net=Decimal(-20), cost=Decimal(-12))
    SalesLineFactory(
        document=line.document, number="20", plant=line.plant, kind="rebate", product=None, unit="", quantity=0, net=-5
    )
    assert sorted(row.revenue_03 for row in SalesTotal.objects.all()) == [-20, -5]


def test_a_line_names_a_document_a_run_and_records_that_exist():
    line = SalesLineFactory()
    values = {
        "document_id": line.document_id, "batch_id": line.batch_id, "date": line.date, "plant_id": line.plant_id,
        "selling_location_id": line.selling_location_id, "producing_location_id": line.producing_location_id,
        "product_id": line.product_id, "unit": "pcs", "quantity": 1, "net": 1, "currency": "EUR",
    }  # fmt: skip
    SalesLine.objects.create(**values, number="20")
    keys = (
        "document_id",
        "batch_id",
        "plant_id",
        "selling_location_id",
        "producing_location_id",
        "product_id",
        "account_manager_id",
        "sector_id",
    )
    for number, key in enumerate(keys):
        with refused():
            SalesLine.objects.create(**values | {key: 0}, number=f"3{number}")
            connection.check_constraints()
    assert SalesLine.objects.count() == 2


def test_a_header_names_a_document_a_run_and_a_customer_that_exist_and_runs_stay():
    line = SalesLineFactory()
    header = SalesHeader.objects.values().get()
    values = {name: header[name] for name in ("batch_id", "customer_id", "selling_location_id", "date", "currency", "rate")}
    for key in ("batch_id", "customer_id", "document_id"):
        document = SalesDocument.objects.create(system="OTHER", number=key)
        with refused():
            SalesHeader.objects.create(**{"document_id": document.pk} | values | {key: 0})
            connection.check_constraints()
    assert SalesHeader.objects.count() == 1
    with refused(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders_salesbatch WHERE id = %s", [line.batch_id])


def test_a_header_knows_the_sum_of_its_lines_and_where_they_differ():
    line = SalesLineFactory(header__total=Decimal("150.004"))
    header = SalesHeader.objects.get()
    assert (header.lines_net, header.difference) == (100, Decimal("50.004"))
    SalesLineFactory(document=line.document, number="20", plant=line.plant, net=Decimal(50))
    header.refresh_from_db()
    assert header.lines_net == 150 and header.difference is None  # 0.004 is within the tolerance
    SalesLine.objects.filter(pk=line.pk).update(ended_by=SalesBatchFactory())
    header.refresh_from_db()
    assert header.lines_net == 50 and SalesHeader.objects.different().get() == header


def test_a_new_version_of_a_header_begins_with_the_lines_that_are_there():
    line = SalesLineFactory()
    batch = SalesBatchFactory()
    SalesHeader.objects.update(ended_by=batch)
    header = SalesHeader.objects.create(
        document=line.document, version=2, batch=batch, date=line.date, customer=line.plant.customer,
        selling_location=line.selling_location, currency="EUR", rate=1, total=90,
    )  # fmt: skip
    header.refresh_from_db()
    assert header.lines_net == 100 and header.difference == -10
    with refused():
        SalesHeader.objects.filter(pk=header.pk).update(total=100)


def test_the_check_says_where_totals_and_lines_differ(capsys):
    line = SalesLineFactory()
    SalesLineFactory(document=line.document, number="20", plant=line.plant, kind="freight", product=None, unit="", quantity=0)
    assert mismatches() == []
    call_command("check_totals")
    assert "Every total is the sum" in capsys.readouterr().out
    SalesTotal.objects.filter(product=line.product).update(revenue_05=1)
    ProductTotal.objects.filter(kind="freight").delete()
    PlantTotal.objects.filter(kind="goods").update(revenue_05=F("revenue_05") + 5)
    SalesHeader.objects.update(lines_net=1)
    found = {(one.level, one.month): one.missing for one in mismatches()}
    assert found["orders_salestotal", 5]["revenue"] == -1
    assert found["orders_producttotal", 3]["revenue"] == 100 and found["orders_producttotal", 0]["lines"] == 1
    assert (found["orders_planttotal", 5]["revenue"], found["orders_planttotal", 6]["revenue"]) == (-5, 5)
    assert found["header", 0]["net"] == 199 and len(found) == 6
    with pytest.raises(CommandError, match="6 places"):
        call_command("check_totals")
    assert f'"product_id": {line.product.pk}' in capsys.readouterr().err
