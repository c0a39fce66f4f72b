"""How customers move, how much hangs on the largest, what they do not buy yet, and the way from one total to the other."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.models import Customer
from kam.core.workflow import Denied
from orders.models import SalesDays, SalesLine
from orders.models.days import FILL
from orders.reports.check import mismatches
from orders.reports.customers import concentration, falling, movements, white_space, young
from orders.reports.figures import Question, sales_by
from orders.reports.reconciliation import reconcile
from tests.factories.accounts import CustomerFactory, PlantFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesBatchFactory, SalesLineFactory
from tests.matrix import Matrix
from tests.orders.conftest import rate

pytestmark = [pytest.mark.django_db]
TODAY = date(2026, 11, 25)


def bought(name: str, *months: tuple[int, int], net: int = 100) -> Customer:
    """A customer that bought in these months."""
    customer = CustomerFactory(name=name)
    product = ProductFactory()
    for year, month in months:
        SalesLineFactory(plant=customer.plants.get(), product=product, date=date(year, month, 15), net=Decimal(net))
    return customer


def test_new_lost_and_dormant_customers(matrix: Matrix):
    bought("New", (2026, 5), (2026, 11))
    bought("Steady", (2025, 11), (2026, 2), (2026, 5), (2026, 8), (2026, 11))
    bought("Every third month", (2025, 11), (2026, 2), (2026, 5), (2026, 8))  # three months of silence are usual
    bought("Monthly, then silent", *((2026, month) for month in range(1, 9)), (2025, 12))
    bought("Lost", (2024, 1), (2025, 11))
    bought("Once", (2025, 12))
    found = movements(matrix.sales_manager, TODAY)
    assert [one.label for one in found.new] == ["New"]
    assert [one.label for one in found.lost] == ["Lost"]
    assert [(one.label, one.interval, one.silent) for one in found.dormant] == [("Monthly, then silent", Decimal("30.375"), 102)]
    assert found.lost[0].last == date(2025, 11, 15) and found.lost[0].interval == 670
    assert movements(matrix.account_manager, TODAY).new == [] and movements(matrix.quality_it, TODAY).lost == []


def on(customer: Customer, *days: date, **values: Any) -> None:
    """A sale to this customer on each of these days."""
    for day in days:
        SalesLineFactory(**{"plant": customer.plants.first(), "date": day} | values)


def dormant(reader: Any, day: date = TODAY, **more: Any) -> dict[str, tuple[Decimal | None, int]]:
    """The dormant customers, their usual interval and for how many days they have been silent."""
    return {one.label: (one.interval, one.silent) for one in movements(reader, day, **more).dormant}


def test_silence_is_counted_in_days(matrix: Matrix):
    weekly, quiet = CustomerFactory(name="Weekly"), CustomerFactory(name="Weekly, now quiet")
    on(weekly, *(date(2026, 9, 1) + timedelta(7 * week) for week in range(11)))  # the last one on 10 November
    on(quiet, *(date(2026, 9, 1) + timedelta(7 * week) for week in range(10)))
    assert dormant(matrix.sales_manager, date(2026, 11, 24)) == {"Weekly, now quiet": (7, 21)}, "14 days are twice the interval"
    assert dormant(matrix.sales_manager) == {"Weekly": (7, 15), "Weekly, now quiet": (7, 22)}
    # What was sold behind the day is not known on it; nobody falls silent within a week.
    assert dormant(matrix.sales_manager, date(2026, 11, 5)) == {}
    daily = CustomerFactory(name="Daily")
    on(daily, *(date(2026, 11, day) for day in (16, 17, 18)))
    assert "Daily" not in dormant(matrix.sales_manager) and "Daily" in dormant(matrix.sales_manager, date(2026, 11, 26))
    assert movements(matrix.sales_manager, date(2025, 12, 31)).new == []


def test_several_plants_and_documents_of_a_day_are_one_day(matrix: Matrix):
    days = [date(2026, month, 10) for month in range(3, 11)]
    on(matrix.beta, *days, selling_location=matrix.germany)
    on(matrix.beta, *days, selling_location=matrix.italy)
    on(matrix.beta, *days, plant=PlantFactory(customer=matrix.beta), selling_location=matrix.germany)
    interval = Decimal((days[-1] - days[0]).days) / 7
    later = date(2026, 12, 20)
    for reader in (matrix.sales_manager, matrix.account_manager2, matrix.area_manager_de):
        assert dormant(reader, later) == {matrix.beta.name: (interval, 71)}
    assert dormant(matrix.account_manager, later) == dormant(matrix.quality_it, later) == {}
    # Everybody's silence is that of the sales they see.
    on(matrix.beta, date(2026, 12, 10), selling_location=matrix.italy)
    assert dormant(matrix.account_manager2, later) == {} and dormant(matrix.area_manager_de, later)
    assert dormant(matrix.sales_manager, later, only={"selling_location": [matrix.germany.pk]})


def test_other_filters_choose_the_customers(matrix: Matrix):
    gear, belt = ProductFactory(), ProductFactory()
    for name, product in (("Gears", gear), ("Belts", belt)):
        on(CustomerFactory(name=name), *(date(2026, month, 3) for month in range(1, 7)), product=product)
    assert set(dormant(matrix.sales_manager)) == {"Gears", "Belts"}
    assert set(dormant(matrix.sales_manager, only={"product": [gear.pk]})) == {"Gears"}
    assert dormant(matrix.sales_manager, kinds=("freight",)) == {}


def test_only_goods_to_third_parties_with_revenue_make_a_day(matrix: Matrix):
    customer = CustomerFactory(name="C")
    on(customer, date(2026, 3, 1), date(2026, 3, 11))
    on(customer, date(2026, 11, 20), net=Decimal(-5), quantity=Decimal(-1))
    on(customer, date(2026, 11, 21), is_intercompany=True)
    on(customer, date(2026, 11, 22), kind="freight", product=None, unit="", quantity=0)
    assert dormant(matrix.sales_manager) == {"C": (10, 259)}


def test_a_day_stays_while_a_line_holds_it_and_the_check_knows_the_days(matrix: Matrix):
    line = SalesLineFactory(date=date(2024, 12, 31), plant=matrix.beta_plant, selling_location=matrix.germany)
    other = SalesLineFactory(date=date(2024, 12, 31), plant=matrix.beta_plant, selling_location=matrix.germany)
    SalesLineFactory(date=date(2024, 1, 1), plant=matrix.beta_plant, selling_location=matrix.germany)

    def kept() -> list[int]:
        return [place for place, bit in enumerate(SalesDays.objects.get().days, 1) if bit == "1"]

    assert kept() == [1, 366]
    SalesLine.objects.filter(pk=line.pk).update(ended_by=SalesBatchFactory())
    assert kept() == [1, 366] and mismatches() == []
    SalesLine.objects.filter(pk=other.pk).update(ended_by=SalesBatchFactory())
    assert kept() == [1] and mismatches() == []
    SalesDays.objects.update(days="01" + "0" * 364)
    [found] = mismatches()
    assert (found.level, found.missing["lines"]) == ("orders_salesdays", 2)
    SalesDays.objects.all().delete()
    assert len(mismatches()) == 1
    with connection.cursor() as cursor:
        cursor.execute(FILL)
    assert mismatches() == []


def test_falling_customers_and_concentration(matrix: Matrix):
    for name, before, now in (("Down", 500, 100), ("Gone", 300, 0), ("Up", 100, 900), ("Same", 50, 50)):
        customer = bought(name, (2025, 3), net=before)
        if now:
            SalesLineFactory(plant=customer.plants.get(), date=date(2026, 3, 1), net=Decimal(now))
    rows = sales_by("customer", Question(2026), matrix.sales_manager)
    assert [(row.label, row.difference) for row in falling(rows)] == [("Down", -400), ("Gone", -300)]
    found = concentration(rows)
    assert found is not None and (found.customers, found.four_fifths) == (3, 1)
    assert found.largest.quantize(Decimal("0.01")) == Decimal("85.71") and found.ten == 100
    assert concentration([]) is None


def test_white_space_shows_what_is_not_bought(matrix: Matrix):
    gear, belt = ProductFactory(code="GEAR"), ProductFactory(code="BELT")
    one, other = CustomerFactory(name="One"), CustomerFactory(name="Other")
    SalesLineFactory(plant=one.plants.get(), product=gear, net=Decimal(70))
    SalesLineFactory(plant=one.plants.get(), product=belt, net=Decimal(30))
    SalesLineFactory(plant=other.plants.get(), product=gear, net=Decimal(20))
    found = white_space(Question(2026), matrix.sales_manager)
    assert [row.label for row in found.customers] == ["One", "Other"]
    assert found.revenue == {(one.pk, gear.family_id): 70, (one.pk, belt.family_id): 30, (other.pk, gear.family_id): 20}
    assert white_space(Question(2026), matrix.account_manager).customers == []


def test_the_share_of_what_is_young(matrix: Matrix):
    bought("Old", (2024, 1), (2026, 3), net=300)
    bought("Young", (2026, 2), net=100)
    question = Question(2026)
    found = young("customer", question, matrix.sales_manager, months=12)
    assert (found.count, found.revenue, found.whole, found.share) == (1, 100, 400, 25)
    assert young("product", question, matrix.sales_manager, months=36).share == 100
    assert young("customer", Question(2020), matrix.sales_manager, months=12).share is None
    assert young("customer", question, matrix.quality_it, months=12).whole == 0


def test_from_the_area_manager_to_the_company_nothing_is_left_over(matrix: Matrix):
    rate("USD", date(2026, 10, 1), "0.8")
    acme, beta = matrix.account_manager, matrix.account_manager2
    usd = {"currency": "USD", "rate": Decimal("0.9"), "selling_location": matrix.usa, "plant": matrix.acme_us_plant}
    SalesLineFactory(**usd, net=Decimal(1000), account_manager=acme)
    SalesLineFactory(**usd, net=Decimal(100), kind="surcharge")
    SalesLineFactory(**usd, net=Decimal(10), is_intercompany=True)
    SalesLineFactory(**usd, net=Decimal(50), account_manager=None)
    SalesLineFactory(plant=matrix.acme_us_plant, selling_location=matrix.italy, net=Decimal(70), account_manager=acme)
    SalesLineFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, net=Decimal(400), account_manager=acme)
    SalesLineFactory(plant=matrix.beta_plant, selling_location=matrix.germany, net=Decimal(300), account_manager=beta)
    SalesLineFactory(plant=matrix.beta_plant, selling_location=matrix.germany, net=Decimal(5), account_manager=None)
    SalesLineFactory(
        plant=matrix.beta_plant,
        selling_location=matrix.germany,
        net=Decimal(8),
        kind="freight",
        product=None,
        unit="",
        quantity=0,
    )
    found = reconcile(matrix.usa, Question(2026), matrix.sales_manager)
    assert found.area_manager == 1160 * Decimal("0.8")
    assert [step.amount for step in found.to_account_managers] == [116, -90, -9, -45, 70, 400, 300]
    assert (found.account_managers, found.company) == (900 + 70 + 400 + 300, 900 + 45 + 90 + 70 + 400 + 300 + 5 + 8)
    assert sum(step.amount for step in found.to_account_managers) == found.account_managers - found.area_manager
    assert found.remainder == 0
    assert reconcile(matrix.italy, Question(2026), matrix.management).remainder == 0
    with pytest.raises(Denied):
        reconcile(matrix.usa, Question(2026), matrix.area_manager_us)
