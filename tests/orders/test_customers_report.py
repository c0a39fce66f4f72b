"""How customers move, how much hangs on the largest, what they do not buy yet, and the way from one total to the other."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Customer
from kam.core.workflow import Denied
from orders.reports.customers import concentration, falling, movements, white_space, young
from orders.reports.figures import Question, sales_by
from orders.reports.reconciliation import reconcile
from tests.factories.accounts import CustomerFactory
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
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
    assert [(one.label, one.interval, one.silent) for one in found.dormant] == [("Monthly, then silent", 1, 3)]
    assert found.lost[0].last == date(2025, 11, 1) and found.lost[0].interval == 22
    assert movements(matrix.account_manager, TODAY).new == [] and movements(matrix.quality_it, TODAY).lost == []


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
