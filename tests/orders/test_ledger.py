"""The ledger's own rules: versions that are never changed, totals that always equal the lines, headers beside their lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

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
from tests.factories.accounts import UserFactory
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


def in_one_statement(document: SalesDocument, *moves: dict[str, Any]) -> None:
    """Lines of a document that are inserted together; what a move does not say is that of any of its lines."""
    like, before = document.lines.first(), document.lines.count()
    same = {name: getattr(like, name) for name in ("batch", "plant", "product", "selling_location", "producing_location")}
    SalesLine.objects.bulk_create(
        SalesLineFactory.build(document=document, number=f"N{place}", **same | move) for place, move in enumerate(moves, before)
    )


def test_a_statement_of_several_months_counts_what_is_alone_and_what_comes_often():
    """A row that moves once is taken in by its month, one that moves more often with all its months; some do both in turn."""
    document = SalesLineFactory(date=date(2026, 1, 10)).document
    once, often, sometimes = (SalesLineFactory() for _number in range(3))
    person = UserFactory()
    moves = [
        {"plant": once.plant, "product": once.product, "date": date(2026, 2, 1), "net": 10},
        {"plant": once.plant, "product": often.product, "date": date(2026, 2, 2), "net": 20, "cost": None},
        {"plant": often.plant, "product": often.product, "date": date(2026, 2, 3), "net": 30},
        {"plant": often.plant, "product": often.product, "date": date(2026, 2, 4), "net": -5, "quantity": -1},
        {"plant": often.plant, "product": often.product, "date": date(2026, 12, 5), "net": 40},
        {"plant": often.plant, "product": often.product, "date": date(2026, 5, 5), "net": 7, "account_manager": person},
        {"plant": often.plant, "product": sometimes.product, "date": date(2026, 5, 6), "net": 50},
        {"plant": sometimes.plant, "product": sometimes.product, "date": date(2025, 5, 7), "net": 60},
        {"plant": sometimes.plant, "product": sometimes.product, "date": date(2026, 5, 8), "net": 70},
        {"plant": sometimes.plant, "product": None, "kind": "freight", "unit": "", "date": date(2026, 6, 9), "net": 3},
        {"plant": sometimes.plant, "product": None, "kind": "freight", "unit": "", "date": date(2025, 6, 9), "net": 4},
        {"plant": sometimes.plant, "product": None, "kind": "freight", "unit": "", "date": date(2025, 7, 9), "net": 5},
    ]
    in_one_statement(document, *moves)
    assert mismatches() == []
    in_one_statement(document, *moves[:-1], {"plant": often.plant, "date": date(2027, 1, 1), "net": 9})
    assert mismatches() == []
    row = SalesTotal.objects.get(plant=often.plant, product=often.product, year=2026, account_manager=None, revenue_12__gt=0)
    assert (row.lines, row.revenue_02, row.revenue_05, row.revenue_12, row.net_02) == (7, 50, None, 80, 50)
    row = SalesTotal.objects.get(plant=once.plant, product=often.product)
    assert (row.lines, row.revenue_02, row.uncosted_02, row.cost_02, row.revenue_03) == (2, 40, 40, 0, None)
    row = PlantTotal.objects.get(plant=sometimes.plant, year=2026, kind="goods")
    assert (row.revenue_02, row.revenue_03, row.revenue_05, row.revenue_12) == (0, 100, 240, 240)
    SalesLine.objects.filter(document=document, net__in=[10, 40, 60, -5, 4]).update(ended_by=SalesBatchFactory())
    assert mismatches() == []
    row = SalesTotal.objects.get(plant=once.plant, product=once.product)
    assert (row.lines, row.revenue_02, row.revenue_03) == (1, 0, 100)
    SalesLine.objects.filter(ended_by=None).update(ended_by=SalesBatchFactory())
    assert mismatches() == []
    assert {(row.lines, row.revenue_05 or 0) for level in LEVELS for row in level.objects.all()} == {(0, 0)}


def test_of_a_total_the_key_stands_before_the_months():
    """A new column of a total comes last by itself; one of the key would make every reader of it pass by all months."""
    with connection.cursor() as cursor:
        for level in LEVELS:
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
                [level._meta.db_table],
            )
            names = [name for (name,) in cursor.fetchall()]
            assert set(names[: len(names) - 12 * len(level.measures())]) == {"id", "lines", *level.columns()}


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
