"""What a price campaign is worth: asked and agreed a year, and what of it reached the invoices month by month, as its reader reads sales."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from orders.actions import agree_campaign_customer, approve_campaign, ask_campaign_customer, create_campaign, submit_campaign
from orders.models import CampaignCustomer, PriceCampaign
from orders.reports.campaigns import Money, Month, money_of, together
from tests.factories.campaigns import only_row, silence
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

START = date(2027, 3, 1)


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    """The second of November 2026: the twelve months before begin with November 2025."""
    with clock.moment(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        yield


def sold(matrix: Matrix, product: Any, day: date, quantity: int, net: str, **values: Any) -> None:
    """An invoice of the Italian location to ACME Italy."""
    known = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy, "account_manager": matrix.account_manager}
    SalesLineFactory(product=product, date=day, quantity=quantity, net=Decimal(net), cost=None, **known | values)


def agreed(matrix: Matrix, rate: str, **values: Any) -> CampaignCustomer:
    """The customer of a campaign of five per cent that agreed to less."""
    known: dict[str, Any] = {"title": "2027", "why": "Steel.", "location": matrix.italy, "percentage": Decimal(5)}
    known["effective_on"] = START
    made = create_campaign(PriceCampaign, actor=matrix.account_manager, **known | values)
    submit_campaign(made, actor=matrix.account_manager)
    silence(made)
    approve_campaign(made, actor=matrix.sales_manager)
    row = only_row(made)
    ask_campaign_customer(row, actor=matrix.account_manager, sent_to="buyer@acme.example")
    agree_campaign_customer(row, actor=matrix.account_manager, agreed=Decimal(rate))
    return row


def told(row: CampaignCustomer, reader: Any) -> Money:
    """The money of a customer for a reader."""
    rows = list(CampaignCustomer.objects.visible_to(reader).filter(pk=row.pk).for_list().with_money_rights(reader))
    return money_of(rows, reader)[row.pk]


def test_asked_agreed_and_what_reached_the_invoices(matrix: Matrix) -> None:
    product, fresh, other = ProductFactory(), ProductFactory(), ProductFactory()
    agreement(line(product, 10), line(fresh, 5), customer=matrix.acme_it)
    sold(matrix, product, date(2025, 10, 31), 100, "1000")  # before the twelve months
    sold(matrix, product, date(2025, 11, 3), 100, "1000")
    sold(matrix, product, date(2026, 5, 4), 100, "1000")
    sold(matrix, product, date(2026, 5, 4), 100, "1000", currency="USD")  # another price
    sold(matrix, other, date(2026, 5, 4), 100, "1000")  # not in the campaign
    sold(matrix, product, date(2026, 5, 4), 100, "1000", plant=matrix.acme_de_plant)  # another customer
    row = agreed(matrix, "3")
    sold(matrix, product, date(2027, 2, 26), 10, "103")  # too early
    sold(matrix, product, date(2027, 3, 10), 10, "103")
    sold(matrix, fresh, date(2027, 3, 10), 10, "50")
    sold(matrix, product, date(2027, 4, 12), 10, "100")
    assert told(row, matrix.account_manager).months == [], "the new prices begin later"
    with clock.moment(datetime(2027, 4, 20, 9, tzinfo=UTC)):
        money = told(row, matrix.account_manager)
        whole = together([money, money])
    assert (money.base, money.asked, money.agreed) == (Decimal("2000.00"), Decimal("100.00"), Decimal("60.00"))
    assert money.months == [
        Month(date(2027, 3, 1), Decimal("153.00"), Decimal("3.00"), Decimal("50.00")),
        Month(date(2027, 4, 1), Decimal("100.00"), Decimal("0.00"), Decimal("0.00")),
    ]
    assert (money.reached, money.expected) == (Decimal("3.00"), Decimal("10.00"))
    assert (whole.reached, whole.months[0].effect) == (Decimal("6.00"), Decimal("6.00"))


def test_a_price_of_a_family_counts_everything_below_it(matrix: Matrix) -> None:
    product = ProductFactory()
    parent = ProductFactory().family
    product.family.parent = parent
    product.family.save()
    agreement(line(None, 10, family=parent), customer=matrix.acme_it)
    sold(matrix, product, date(2026, 5, 4), 100, "1000")
    assert told(agreed(matrix, "2"), matrix.account_manager).agreed == Decimal("20.00")


def test_from_the_first_whole_month_on(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(product, 10), customer=matrix.acme_it)
    sold(matrix, product, date(2026, 5, 4), 100, "1000")
    row = agreed(matrix, "5", effective_on=date(2027, 3, 15))
    sold(matrix, product, date(2027, 3, 20), 10, "105")
    sold(matrix, product, date(2027, 4, 12), 10, "105")
    with clock.moment(datetime(2027, 4, 20, 9, tzinfo=UTC)):
        assert [month.first for month in told(row, matrix.account_manager).months] == [date(2027, 4, 1)]


def test_no_part_of_a_turnover_is_told_as_the_whole(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(product, 10), customer=matrix.acme_de)
    row = agreed(matrix, "5")
    assert told(row, matrix.area_manager_de) == Money(), "prices of all locations: not every sale is theirs"
    assert told(row, matrix.sales_manager).base == Decimal(0)
    at_home = agreement(line(ProductFactory(), 10), customer=matrix.acme_de, location=matrix.germany)
    assert at_home.location == matrix.germany
    other = agreed(matrix, "5", of_location=matrix.germany)
    assert told(other, matrix.area_manager_de).base == Decimal(0)
