"""The sales screen, the lines behind it and their documents: the same figures everywhere, and nobody sees another's."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Plant, PlantService, User
from kam.core import clock
from kam.core.access_log import AccessLog
from orders.models import SalesLine
from orders.reports.figures import Question, sales_by, sales_total
from orders.views.asking import BY
from tests.factories.accounts import CustomerFactory, MarketFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.django_db]
SALES, LINES = "/sales/", "/sales/lines/"


def browser(user: User) -> Client:
    """A browser of this person."""
    made = Client()
    made.force_login(user)
    return made


def shown(user: User, address: str = SALES, **query: Any) -> Any:
    """What the page is made of."""
    answer = browser(user).get(address, query)
    assert answer.status_code == 200, answer.content[:400]
    return answer.context


@pytest.fixture
def sold(matrix: Matrix) -> Matrix:
    """ACME buys in Italy and Germany in both years, BETA in Germany, one sale has no account manager and no market."""
    gear, belt = ProductFactory(code="GEAR"), ProductFactory(code="BELT")
    market = MarketFactory(code="LOG")
    for day, plant, location, product, net, currency, manager, sector in (
        (date(2026, 1, 15), matrix.acme_it_plant, matrix.italy, gear, 400, "EUR", matrix.account_manager, market),
        (date(2026, 3, 31), matrix.acme_de_plant, matrix.germany, belt, 250, "USD", matrix.account_manager, market),
        (date(2026, 3, 20), matrix.beta_plant, matrix.germany, gear, 300, "EUR", None, None),
        (date(2025, 3, 1), matrix.acme_de_plant, matrix.germany, gear, 200, "EUR", matrix.account_manager, market),
    ):
        SalesLineFactory(
            date=day, plant=plant, selling_location=location, producing_location=matrix.italy, product=product, net=Decimal(net),
            currency=currency, rate=Decimal("0.8") if currency == "USD" else Decimal(1), cost=Decimal(100), account_manager=manager,
            sector=sector,
        )  # fmt: skip
    SalesLineFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, kind="freight", product=None, unit="", net=Decimal(7)
    )
    return matrix


def revenue_behind(user: User, address: str) -> Decimal:
    """The sum of the lines to which a figure leads."""
    parts = urlsplit(address)
    assert parts.path == LINES
    page = browser(user).get(parts.path, parse_qsl(parts.query)).context
    assert not page["filters"].errors
    return sum((row.revenue for row in page["records"]), Decimal(0))


@pytest.mark.parametrize("by", sorted(BY))
def test_every_figure_leads_to_the_lines_behind_it(sold: Matrix, by):
    page = shown(sold.sales_manager, by=by, year=2026, last=12)
    lines = page["lines"]
    assert lines and page["total"].now == sum(line.now for line in lines)
    for line in lines:
        assert revenue_behind(sold.sales_manager, line.now_address) == line.now, line.label
        assert revenue_behind(sold.sales_manager, line.before_address) == line.before, line.label
    narrowed = parse_qsl(urlsplit(lines[0].address).query)
    assert shown(sold.sales_manager, SALES, **dict(narrowed))["total"].now == lines[0].now


def test_the_chart_shows_both_years_and_leads_to_months(sold: Matrix):
    chart = shown(sold.sales_manager, year=2026, last=12)["chart"]
    before, now = chart.series
    assert (before.name, now.name) == ("2025", "2026")
    assert now.values[:3] == [400, 0, 500] and before.values[2] == 200
    assert now.values[11] is None, "what lies ahead is not zero"
    assert revenue_behind(sold.sales_manager, now.addresses[2]) == 500
    assert revenue_behind(sold.sales_manager, before.addresses[2]) == 200


def test_amounts_as_they_stand_on_the_documents(sold: Matrix):
    page = shown(sold.sales_manager, year=2026, last=12, money="USD")
    assert page["total"].now == 250 and page["asking"].unit == "USD"
    assert list(page["asking"].measures) == ["revenue", "quantity"]
    [line] = page["lines"]
    assert revenue_behind(sold.sales_manager, line.now_address) == 200


def test_months_and_filters_narrow_every_figure(sold: Matrix):
    page = shown(sold.sales_manager, year=2026, first=2, last=3, selling_location=sold.germany.pk)
    assert (page["total"].now, page["total"].before) == (500, 200)
    assert [chip.value for chip in page["chips"]] == [str(sold.germany)]
    assert shown(sold.sales_manager, year=2026, last=12, kind="freight")["total"].now == 7


@pytest.mark.parametrize(
    ("who", "total", "measures"),
    [
        ("sales_manager", 900, {"cost", "margin", "local_margin"}),
        ("account_manager", 600, {"cost", "margin", "local_margin"}),
        ("area_manager_de", 500, {"local_cost", "local_margin"}),
        ("back_office_it", 400, set()),
    ],
)
def test_each_person_sees_their_sales_and_the_margins_that_are_theirs(sold: Matrix, who, total, measures):
    reader = getattr(sold, who)
    page = shown(reader, year=2026, last=12)
    assert page["total"].now == total == sales_total(Question(2026), reader).now.revenue
    offered = set(page["asking"].measures)
    assert measures <= offered and (measures or not offered & {"cost", "margin", "local_cost", "local_margin"})
    if "margin" not in offered:
        assert shown(reader, year=2026, last=12, measure="margin")["asking"].measure == "revenue"
    found = browser(reader).get(LINES, {"columns": "document,cost,margin,local_cost,local_margin"}).context
    names = {column.name for column in found["list"].shown_columns}
    assert names >= measures & {"cost", "margin", "local_cost", "local_margin"}
    assert bool(names & {"cost", "margin"}) == ("margin" in measures)


def test_a_line_shows_a_margin_only_where_it_is_the_readers(sold: Matrix):
    found = browser(sold.area_manager_de).get(LINES, {"columns": "document,local_margin,local_cost"}).context
    assert {row.selling_location for row in found["records"]} == {sold.germany}
    assert all(row.reads_local_cost and not row.reads_cost for row in found["records"])


def test_whoever_reads_no_price_reads_no_sale(sold: Matrix):
    for address in (SALES, LINES):
        answer = browser(sold.quality_it).get(address)
        assert answer.status_code == 403
    assert SALES not in browser(sold.quality_it).get("/").content.decode()
    assert SALES in browser(sold.account_manager).get("/").content.decode()


def test_lines_are_summed_within_one_month_only(sold: Matrix):
    one = shown(sold.sales_manager, LINES, date_after="2026-03-01", date_before="2026-03-31", kind="goods")
    assert {column.name: text for column, text in one["total_cells"]}["revenue"].startswith("500")
    assert shown(sold.sales_manager, LINES, date_after="2026-02-01", date_before="2026-03-31")["total_cells"] == []
    assert shown(sold.sales_manager, LINES)["total_cells"] == []


def test_quantities_of_different_units_are_not_added(sold: Matrix):
    page = shown(sold.sales_manager, year=2026, last=12, measure="quantity")
    assert page["total"].now == 30 and not page["several_units"]
    SalesLineFactory(plant=sold.acme_it_plant, selling_location=sold.italy, unit="kg", quantity=Decimal(2))
    page = shown(sold.sales_manager, year=2026, last=12, measure="quantity")
    assert page["total"].now is None and page["several_units"]
    assert shown(sold.sales_manager, year=2026, last=12, measure="quantity", unit="kg")["total"].now == 2


def test_a_document_shows_the_readers_lines_and_its_total_only_with_all_of_them(sold: Matrix):
    line = SalesLine.objects.get(selling_location=sold.italy, kind="goods")
    SalesLineFactory(document=line.document, number="20", plant=sold.beta_plant, selling_location=sold.italy, net=Decimal(50))
    address = f"/sales/documents/{line.document_id}/"
    assert len(shown(sold.sales_manager, address)["lines"]) == 2 and shown(sold.sales_manager, address)["whole"]
    mine = shown(sold.account_manager, address)
    assert [row.pk for row in mine["lines"]] == [line.pk] and not mine["whole"]
    assert "450" not in re.sub(r"<svg.*?</svg>", "", browser(sold.account_manager).get(address).content.decode())
    assert browser(sold.area_manager_de).get(address).status_code == 404


def test_more_rows_than_are_shown_are_one_row(sold: Matrix, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orders.views.shown.SHOWN", 1)
    page = shown(sold.sales_manager, year=2026, last=12)
    assert len(page["lines"]) == 1 and page["others"].now + page["lines"][0].now == page["total"].now == 900
    assert sum(row.now.revenue for row in sales_by("customer", Question(2026), sold.sales_manager)) == 900


def test_records_show_their_own_sales_as_far_as_the_reader_sees_them(sold: Matrix):
    belt = SalesLine.objects.get(selling_location=sold.germany, product__code="BELT").product
    for address, manager, german in (
        (f"/customers/{sold.acme_de.pk}/sales/", 200, 200),
        (f"/plants/{sold.acme_de_plant.pk}/sales/", 200, 200),
        (f"/products/{belt.pk}/sales/", 200, 200),
        (f"/customer-groups/{sold.acme.pk}/sales/", 600, 200),
        (f"/customers/{sold.acme_it.pk}/sales/", 400, 0),
    ):
        assert shown(sold.sales_manager, address)["total"].now == manager, address
        assert shown(sold.area_manager_de, address)["total"].now == german, address
    assert browser(sold.quality_it).get(f"/customers/{sold.acme_it.pk}/sales/").status_code == 403
    assert browser(sold.area_manager_de).get(f"/customers/{sold.beta_plant.customer_id + 10_000}/sales/").status_code == 404
    part = shown(sold.sales_manager, f"/customers/{sold.acme_de.pk}/sales/")
    assert shown(sold.sales_manager, SALES, **dict(parse_qsl(part["query"])))["total"].now == 200


def test_the_sales_of_a_record_are_a_tab_for_whoever_reads_sales(sold: Matrix):
    for record, reads in ((sold.acme_it, "sales_manager"), (sold.acme_it_plant, "account_manager"), (sold.acme, "management")):
        assert "tab=sales" in browser(getattr(sold, reads)).get(record.get_absolute_url()).content.decode()
    assert "tab=sales" not in browser(sold.quality_it).get(sold.acme_it.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("who", "of", "total"),
    [("account_manager", "customer", 600), ("area_manager_de", "plant", 500), ("sales_manager", "account_manager", 900)],
)
def test_the_first_screen_shows_ones_own_year(sold: Matrix, who, of, total):
    reader = getattr(sold, who)
    assert "/sales/home/" in browser(reader).get("/").content.decode()
    part = shown(reader, "/sales/home/")
    assert (part["asking"].by, part["total"].now) == (of, total)


def test_customers_in_motion_and_the_share_of_what_is_young(sold: Matrix):
    page = shown(sold.sales_manager, "/sales/customers/", year=2026, last=12)
    (_top, top), (_falling, falling) = page["rankings"]
    assert [(row.label, row.now.revenue) for row, _address in top] == [
        ("ACME Italia S.p.A.", 400), ("BETA Fördertechnik GmbH", 300), ("ACME Deutschland GmbH", 200),
    ]  # fmt: skip
    assert falling == []
    new, dormant, lost = ([one.label for one in rows] for _label, _meaning, rows, _count in page["moves"])
    assert (set(new), dormant, lost) == ({"ACME Italia S.p.A.", "BETA Fördertechnik GmbH"}, [], [])
    assert [one.value[:4] for one in page["answers"]] == ["44.4", "3", "100.", "100."]
    narrowed = dict(parse_qsl(urlsplit(top[0][1]).query))
    assert shown(sold.sales_manager, SALES, **narrowed)["total"].now == 400
    assert shown(sold.sales_manager, "/sales/customers/", year=2026, last=12, age=12)["answers"][3].value.startswith("77.8")
    own = shown(sold.area_manager_de, "/sales/customers/", year=2026, last=12)
    assert {row.label for row, _address in own["rankings"][0][1]} == {"BETA Fördertechnik GmbH", "ACME Deutschland GmbH"}


def test_white_space_leads_to_the_lines_of_customer_and_family(sold: Matrix):
    page = shown(sold.sales_manager, "/sales/white-space/", year=2026, last=12)
    assert sum(row.now.revenue for row, _address, _fields in page["rows"]) == 900
    for row, _address, fields in page["rows"]:
        assert sum(field.amount or 0 for field in fields) == row.now.revenue
        for field in fields:
            assert (field.amount is None) == (field.heat == 0)
            if field.amount:
                assert revenue_behind(sold.sales_manager, field.address) == field.amount
    assert [row.label for row, _address, _fields in shown(sold.account_manager2, "/sales/white-space/")["rows"]] == [
        "BETA Fördertechnik GmbH"
    ]


def test_the_way_from_the_area_manager_to_the_company_leads_to_its_lines(sold: Matrix):
    for day, plant, location in (
        (date(2026, 4, 1), sold.acme_de_plant, sold.italy),
        (date(2026, 4, 2), sold.acme_us_plant, sold.usa),
        (date(2026, 4, 3), sold.beta_plant, sold.usa),
    ):
        manager = sold.account_manager2 if plant == sold.beta_plant else sold.account_manager
        SalesLineFactory(date=day, plant=plant, selling_location=location, net=Decimal(10 * day.day), account_manager=manager)
    page = shown(sold.sales_manager, "/sales/reconciliation/", year=2026, last=12, location=sold.germany.pk)
    assert page["remainder"] == 0
    stages = page["stages"]
    totals = [stage.amount for stage in stages if stage.total]
    assert totals[0] + sum(stage.amount for stage in stages if not stage.total) == totals[2]
    beside = [stage for stage in stages if "location_beside" in stage.address]
    assert [stage.amount for stage in beside] == [10, 400 + 20, 30]
    for stage in stages:
        if not stage.total and "exchange" not in str(stage.label).lower():
            assert revenue_behind(sold.sales_manager, stage.address) == abs(stage.amount), str(stage.label)
    assert browser(sold.account_manager).get("/sales/reconciliation/").status_code == 403
    assert "/sales/reconciliation/" not in browser(sold.account_manager).get(SALES).content.decode()
    assert "/sales/reconciliation/" in browser(sold.management).get(SALES).content.decode()


def test_a_page_of_sales_asks_as_much_for_many_customers_as_for_few(sold: Matrix):
    def asked(address: str) -> int:
        client = browser(sold.account_manager)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert not any("orders_salesline" in query["sql"] for query in queries), "a screen reads totals only"
        return len(queries)

    pages = (SALES, "/sales/?by=product", "/sales/customers/", "/sales/white-space/", "/sales/home/")
    before = [asked(page) for page in pages]
    for _number in range(12):
        plant = CustomerFactory(group=sold.acme).plants.get()
        SalesLineFactory(plant=plant, selling_location=sold.italy, account_manager=sold.account_manager)
    assert [asked(page) for page in pages] == before
    assert max(before) < 25


def test_the_table_goes_out_as_a_file_with_every_row_and_only_the_readers_figures(sold: Matrix, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("orders.views.shown.SHOWN", 1)
    for reader, rows, total in (
        (sold.sales_manager, 3, "900"),
        (sold.area_manager_de, 2, "500"),
        (sold.back_office_it, 1, "400"),
    ):
        answer = browser(reader).get(SALES, {"year": 2026, "last": 10, "export": "csv"})
        head, *lines = answer.content.decode("utf-8-sig").splitlines()
        assert len(lines) == rows + 1 and lines[-1].split(";")[1].startswith(total)
        assert head.count(";") == (3 if reader == sold.back_office_it else 4), head
        assert AccessLog.objects.filter(user=reader, kind="export").count() == 1
    assert browser(sold.quality_it).get(SALES, {"export": "csv"}).status_code == 403


def test_what_a_location_sold_to_a_plant_that_it_no_longer_serves_stays_within_reach(sold: Matrix):
    PlantService.objects.filter(plant=sold.beta_plant).delete()
    reader = sold.area_manager_de
    assert not Plant.objects.visible_to(reader).filter(pk=sold.beta_plant.pk).exists()
    for by in ("plant", "customer", "group"):
        page = shown(reader, by=by, year=2026, last=12)
        assert page["total"].now == 500 == sum(line.now for line in page["lines"])
        for line in page["lines"]:
            assert revenue_behind(reader, line.now_address) == line.now
            narrowed = shown(reader, SALES, **dict(parse_qsl(urlsplit(line.address).query)))
            assert not narrowed["filter_errors"] and narrowed["total"].now == line.now
    page = shown(reader, "/sales/customers/", year=2026, last=12)
    for row, address in page["rankings"][0][1]:
        assert shown(reader, SALES, **dict(parse_qsl(urlsplit(address).query)))["total"].now == row.now.revenue
    line = SalesLine.objects.get(plant=sold.beta_plant)
    address = f"/sales/documents/{line.document_id}/"
    assert sold.beta.get_absolute_url() not in browser(reader).get(address).content.decode()
    # A plant without a sale of this reader is refused like one that does not exist.
    for plant in (CustomerFactory().plants.get().pk, sold.acme_us_plant.pk + 10_000):
        assert shown(sold.back_office_it, SALES, plant=plant)["filter_errors"]["plant"]


def test_the_running_month_stands_apart_and_is_never_compared_with_a_whole_one(sold: Matrix):
    # Wednesday 18 March: the whole of March 2025 lies beside a part of March 2026.
    SalesLineFactory(
        date=date(2026, 3, 2),
        plant=sold.acme_us_plant,
        selling_location=sold.usa,
        net=Decimal(60),
        currency="EUR",
        rate=Decimal(1),
    )
    with clock.moment(datetime(2026, 3, 18, 9, tzinfo=UTC)):
        page = shown(sold.sales_manager)
        total = page["total"]
        assert (total.now, total.before, total.running) == (400, 0, 560), "January and February; March apart"
        assert page["asking"].months_compared() == "Jan\N{EN DASH}Feb" and page["running"] == "Mar so far"
        for line in page["lines"]:
            assert revenue_behind(sold.sales_manager, line.now_address) == line.now
            assert revenue_behind(sold.sales_manager, line.running_address) == line.running
        assert {line.label: line.running for line in page["lines"]}["ACME Conveyors Inc."] == 60
        assert "13 of 22" in page["answers"][3].detail and "118" in page["answers"][3].detail, "13/22 of 200"
        assert page["chart"].labels[:4] == ["Jan", "Feb", "Mar*", "Apr"]
        sheet = browser(sold.sales_manager).get(SALES, {"export": "csv"}).content.decode("utf-8-sig").splitlines()
        assert sheet[0].endswith("Mar so far EUR") and sheet[-1].split(";")[-1].startswith("560")
        motion = shown(sold.sales_manager, "/sales/customers/")
        assert [row.difference for row, _address in motion["rankings"][0][1]] == [400]
        assert motion["rankings"][1][1] == [] and motion["answers"][1].detail == "of 4 that bought"
        part = shown(sold.account_manager, "/sales/home/")
        assert (part["total"].now, part["total"].running) == (400, 260)
        # Only the running month is asked for: nothing else can be compared, and the page says so.
        page = shown(sold.sales_manager, first=3)
        assert (page["total"].now, page["total"].before, page["running"]) == (560, 200, "")
        assert page["unlike"].startswith("2026 until") and not shown(sold.sales_manager, first=1, last=2)["unlike"]
        assert shown(sold.sales_manager, year=2025)["total"].now == 200, "a year that is over is compared as a whole"
    with clock.moment(datetime(2026, 4, 1, 9, tzinfo=UTC)):
        assert (shown(sold.sales_manager)["total"].now, shown(sold.sales_manager)["total"].before) == (960, 200)


def test_every_year_in_which_the_reader_sees_a_sale_may_be_chosen(sold: Matrix):
    SalesLineFactory(plant=sold.beta_plant, selling_location=sold.germany, date=date(1996, 7, 4), net=Decimal(12))

    def years(reader: User, **query: Any) -> list[int]:
        [options] = [options for name, _label, options, _chosen in shown(reader, **query)["choosers"] if name == "year"]
        return [year for year, _text in options]

    today = clock.today().year
    assert years(sold.sales_manager) == list(range(today, 1995, -1)) == years(sold.account_manager2)
    assert years(sold.account_manager) == list(range(today, min(2025, today - 2) - 1, -1)), "not theirs"
    assert shown(sold.sales_manager, year=1996)["total"].now == 12
    assert shown(sold.sales_manager, year=1989)["asking"].year == today
