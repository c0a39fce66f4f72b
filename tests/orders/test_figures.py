"""Figures from the totals: by every dimension, this year beside last, under the rules of rows and costs."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from orders.models import AccountTotal, ManagerTotal, MarketTotal, PlantTotal, ProductTotal, SalesTotal
from orders.reports.figures import DIMENSIONS, Question, largest, level_for, sales_by, sales_by_month, sales_total
from tests.factories.accounts import AssignmentFactory, MarketFactory, RoleGrantFactory, UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.django_db]
YEAR = Question(2026)


@pytest.fixture
def sold(matrix: Matrix) -> Matrix:
    """ACME buys in Italy and Germany in both years, BETA in Germany this year; Italy makes everything."""
    gear, belt = ProductFactory(code="GEAR"), ProductFactory(code="BELT")
    common: dict[str, Any] = {"producing_location": matrix.italy, "sector": MarketFactory(code="LOG")}
    acme, beta = matrix.account_manager, matrix.account_manager2
    for day, plant, location, product, net, cost, local, manager in (
        (date(2026, 1, 15), matrix.acme_it_plant, matrix.italy, gear, 400, 300, 300, acme),
        (date(2026, 3, 15), matrix.acme_de_plant, matrix.germany, belt, 250, 100, 150, acme),
        (date(2026, 3, 20), matrix.beta_plant, matrix.germany, gear, 300, 200, 240, beta),
        (date(2025, 3, 15), matrix.acme_de_plant, matrix.germany, gear, 200, 150, 160, acme),
        (date(2025, 11, 15), matrix.acme_it_plant, matrix.italy, belt, 70, 50, 50, None),
        (date(2024, 3, 15), matrix.acme_it_plant, matrix.italy, belt, 999, 50, 50, acme),
    ):
        SalesLineFactory(
            date=day, plant=plant, selling_location=location, product=product, net=Decimal(net), cost=Decimal(cost),
            local_cost=Decimal(local), account_manager=manager, **common,
        )  # fmt: skip
    line = SalesLineFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, product=gear, kind="surcharge", net=Decimal(11)
    )
    SalesLineFactory(
        document=line.document, number="20", plant=line.plant, selling_location=matrix.italy, product=gear, is_intercompany=True
    )
    return matrix


def revenue(by: str, reader: User, question: Question = YEAR) -> dict[str, tuple[int, int]]:
    """Label → revenue of this year and of the last."""
    return {row.label: (int(row.now.revenue), int(row.before.revenue)) for row in sales_by(by, question, reader)}


@pytest.mark.parametrize(
    ("by", "found"),
    [
        ("customer", {"ACME Italia S.p.A.": (400, 70), "BETA Fördertechnik GmbH": (300, 0), "ACME Deutschland GmbH": (250, 200)}),
        ("group", {"ACME": (650, 270), "": (300, 0)}),
        ("unit", {"pcs": (950, 270)}),
        ("account_manager", {"Elena Marchetti": (650, 200), "Marco Bini": (300, 0), "": (0, 70)}),
        ("present_manager", {"Elena Marchetti": (650, 270), "Marco Bini": (300, 0)}),
        ("selling_location", {"Germany": (550, 200), "Italy": (400, 70)}),
        ("producing_location", {"Italy": (950, 270)}),
        ("kind", {"Goods": (950, 270)}),
        ("currency", {"EUR": (950, 270)}),
    ],
)
def test_sales_by(sold: Matrix, by, found):

    with translation.override("en"):
        assert revenue(by, sold.sales_manager) == found


def test_a_plant_is_named_with_its_company(sold: Matrix):
    plant = sold.acme_it_plant
    assert f"ACME Italia S.p.A. · {plant.name}" in revenue("plant", sold.sales_manager)


def test_every_dimension_adds_up_to_the_same(sold: Matrix):
    total = sales_total(YEAR, sold.sales_manager)
    assert (total.now.revenue, total.before.revenue, total.difference) == (950, 270, 680)
    for by in DIMENSIONS:
        rows = sales_by(by, YEAR, sold.sales_manager)
        assert sum(row.now.revenue for row in rows) == 950 and sum(row.before.revenue for row in rows) == 270, by
        assert sum(row.now.margin or 0 for row in rows) == 350, by


def test_months_stand_beside_those_of_the_year_before(sold: Matrix):
    rows = sales_by_month(YEAR, sold.sales_manager)
    assert {row.key: (row.now.revenue, row.before.revenue) for row in rows if row.now.revenue or row.before.revenue} == {
        1: (400, 0), 3: (550, 200), 11: (0, 70),
    }  # fmt: skip
    march = sales_total(Question(2026, 3, 3), sold.sales_manager)
    assert (march.now.revenue, march.before.revenue, march.growth) == (550, 200, 175)
    assert sales_total(Question(2026, 6, 6), sold.sales_manager).growth is None


def test_kinds_and_intercompany_stand_apart(sold: Matrix):
    reader = sold.sales_manager
    assert sales_total(Question(2026, kinds=("surcharge",)), reader).now.revenue == 11
    assert sales_total(Question(2026, intercompany=True), reader).now.revenue == 100
    assert sales_total(Question(2026, intercompany=None), reader).now.revenue == 1050


def test_only_some_keys(sold: Matrix):
    gear = sales_by("product", Question(2026, only={"selling_location": [sold.germany.pk]}), sold.sales_manager)
    assert sorted(int(row.now.revenue) for row in gear) == [250, 300]
    unassigned = sales_by("customer", Question(2026, only={"account_manager": [None]}), sold.sales_manager)
    assert [(row.label, row.before.revenue) for row in unassigned] == [("ACME Italia S.p.A.", 70)]


@pytest.mark.parametrize(
    ("needs", "level"),
    [
        (set(), MarketTotal),
        ({"currency", "area"}, MarketTotal),
        ({"account_manager"}, ManagerTotal),
        ({"product", "selling_location"}, ProductTotal),
        ({"plant", "sector"}, AccountTotal),
        ({"plant", "product"}, SalesTotal),
    ],
)
def test_a_report_reads_the_coarsest_level_that_has_what_is_asked(needs, level):
    assert level_for(needs) is level


def test_a_ranking_of_plants_by_revenue_reads_a_narrow_level_and_says_the_same(sold: Matrix):
    assert level_for({"plant", "selling_location"}, ["revenue"]) is PlantTotal
    for first, last in ((1, 12), (1, 3), (3, 3), (4, 12), (2, 11)):
        for by in ("customer", "plant", "group", "present_manager"):
            for reader in (sold.sales_manager, sold.account_manager, sold.area_manager_de):
                question = Question(2026, first, last)
                rows, others = largest(by, question, reader, limit=2)
                whole = sales_by(by, question, reader)
                assert [row.now.revenue for row in rows] == [row.now.revenue for row in whole[:2]] and rows
                assert others == max(0, len(whole) - 2)


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("account_manager", (650, 250, 200)),
        ("account_manager2", (300, 100, 60)),
        ("area_manager_de", (550, None, 160)),
        ("finance_it", (400, None, 100)),
        ("back_office_it", (400, None, None)),
        ("management", (950, 350, 260)),
        ("quality_it", (0, None, None)),
        ("administrator", (0, None, None)),
    ],
)
def test_revenue_group_margin_and_local_margin_of_each_role(sold: Matrix, who, found):
    reader = getattr(sold, who)
    now = sales_total(YEAR, reader).now
    assert (now.revenue, now.margin, now.local_margin) == found
    for by in ("customer", "product", "family", "account_manager", "selling_location", "kind"):
        rows = sales_by(by, YEAR, reader)
        assert sum(row.now.revenue for row in rows) == found[0], by
        margins = [row.now.margin for row in rows]
        assert all(margin is None for margin in margins) if found[1] is None else sum(filter(None, margins)) == found[1]


def test_a_figure_over_rows_of_which_one_cost_is_not_to_be_read_has_no_margin(sold: Matrix):
    RoleGrantFactory(user=sold.account_manager, role="back_office", location=sold.germany)
    reader = User.objects.get(pk=sold.account_manager.pk)
    assert sales_total(YEAR, reader).now.margin is None
    assert {row.label: row.now.margin for row in sales_by("customer", YEAR, reader)} == {
        "ACME Italia S.p.A.": 100, "ACME Deutschland GmbH": 150, "BETA Fördertechnik GmbH": None,
    }  # fmt: skip


def test_revenue_without_a_cost_is_left_out_of_margins(matrix: Matrix):
    line = SalesLineFactory(net=Decimal(100), cost=Decimal(60))
    SalesLineFactory(document=line.document, number="20", plant=line.plant, net=Decimal(50), cost=None)
    now = sales_total(YEAR, matrix.sales_manager).now
    assert (now.revenue, now.uncosted, now.margin, now.margin_rate) == (150, 50, 40, 40)
    assert sales_total(Question(2030), matrix.sales_manager).now.margin_rate is None


def test_different_units_are_never_added(matrix: Matrix):
    line = SalesLineFactory(quantity=Decimal(3))
    assert sales_total(YEAR, matrix.sales_manager).now.quantity == 3
    SalesLineFactory(document=line.document, number="20", plant=line.plant, unit="kg", quantity=Decimal(2))
    assert sales_total(YEAR, matrix.sales_manager).now.quantity is None
    assert {row.key: row.now.quantity for row in sales_by("unit", YEAR, matrix.sales_manager)} == {"pcs": 3, "kg": 2}


def test_as_is_follows_the_assignment_of_today(sold: Matrix):
    new = UserFactory(first_name="Neue", last_name="Hand", role="account_manager")
    AssignmentFactory(user=new, customer=sold.acme_it)
    assert revenue("present_manager", sold.sales_manager)["Neue Hand"] == (400, 70)
    assert "Neue Hand" not in revenue("account_manager", sold.sales_manager)


def test_a_report_is_one_query_and_one_for_its_names(sold: Matrix):
    reader = sold.sales_manager
    sales_total(YEAR, reader)
    with CaptureQueriesContext(connection) as queries:
        sales_by("customer", YEAR, reader)
    assert len(queries) == 2 and not any("orders_salesline" in query["sql"] for query in queries)
