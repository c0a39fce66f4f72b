"""Where a year ends with orders and negotiations (K-B6): sold, promised, likely; nothing twice, and by whose it is."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from budgets.reports.outlook import outlook
from budgets.reports.standings import Question
from kam.core import clock
from orders.models import Order
from tests.accounts.test_activity import api, as_
from tests.budgets.test_my_year import JANUARY, JULY, planned
from tests.factories.negotiations import negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.order_lives import accepted_order
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

__all__ = ["planned"]
pytestmark = pytest.mark.django_db
#: From here a fifth of the year 2026 is left.
OCTOBER = date(2026, 10, 20)


def promised(matrix: Matrix, day: date, amount: int, **line: Any) -> Order:
    """A line that is confirmed for a day and not delivered."""
    told = {"quantity": Decimal(amount) / 10, "status": "confirmed", "first_confirmed_on": day, "confirmed_on": day}
    return accepted_order(matrix.acme_us_plant, matrix.usa, told | line, status="confirmed")


@pytest.mark.acceptance("AT-11")
def test_the_year_with_the_backlog_and_what_is_likely(planned: Matrix) -> None:
    matrix = planned
    with clock.moment(JULY):
        matrix.account_manager.renew_access()
        promised(matrix, date(2026, 9, 15), 400_000)
        promised(matrix, date(2026, 7, 1), 20_000)
        promised(matrix, date(2027, 1, 2), 70_000)
        negotiation(
            plant=matrix.acme_us_plant, owner=matrix.account_manager, selling_location=matrix.usa, stage="offer_sent", value=955_000,
            probability=50, start_of_production=OCTOBER,
        )  # fmt: skip
        (row,) = api(matrix.account_manager).get("/api/v1/targets/attainment/").json()
        page = as_(matrix.account_manager).get("/budgets/my-year/").content.decode()
        company, italy = Question(JANUARY), Question(JANUARY, location=matrix.italy)
        whole, elsewhere = outlook(company, matrix.sales_manager), outlook(italy, matrix.sales_manager)
        other = outlook(Question(JANUARY, matrix.area_manager_de), matrix.area_manager_de)
    assert row["operational"] == "1086700.00"
    assert "1,086,700" in page
    assert whole is not None and whole.backlog == 420_000
    assert elsewhere is not None and other is not None
    assert (elsewhere.backlog, elsewhere.pipeline, other.backlog, other.pipeline) == (0, 0, 0, 0)


def test_what_left_this_month_and_what_was_ordered_count_once(planned: Matrix, sold: Callable[..., Any]) -> None:
    matrix = planned
    with clock.moment(JULY):
        SalesLineFactory(
            plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, date=date(2026, 7, 10),
            quantity=Decimal(1), net=Decimal(1_000),
        )  # fmt: skip
        promised(matrix, date(2026, 9, 15), 5_000, delivered_quantity=Decimal(100))
        open_one = negotiation(
            plant=matrix.acme_us_plant, owner=matrix.account_manager, selling_location=matrix.usa, stage="offer_sent", value=365_000,
            probability=100, decision_on=date(2026, 12, 31),
        )  # fmt: skip
        before = outlook(Question(JANUARY), matrix.sales_manager)
        offer = offered(
            matrix.acme_us_plant, matrix.usa, offer_line(priced_product(), 1, "22"), status="sent", negotiation=open_one, approver=matrix.sales_manager,
            currency="EUR",
        )  # fmt: skip
        promised(matrix, date(2026, 9, 15), 300)
        Order.objects.filter(pk=Order.objects.latest("pk").pk).update(offer=offer)
        after = outlook(Question(JANUARY), matrix.sales_manager)
    assert before is not None and after is not None
    assert (before.standing.reached, before.backlog, before.pipeline) == (572_200, 4_000, 1_000)
    assert (after.backlog, after.pipeline) == (4_300, 0)


def test_a_year_to_come_has_no_outlook_and_one_that_is_over_is_what_was_sold(planned: Matrix) -> None:
    matrix = planned
    with clock.moment(JULY.replace(year=2025)):
        assert outlook(Question(JANUARY), matrix.sales_manager) is None
    with clock.moment(JULY.replace(year=2027)):
        promised(matrix, date(2026, 9, 15) + timedelta(days=400), 5_000)
        over = outlook(Question(JANUARY), matrix.sales_manager)
    assert over is not None
    assert (over.year, over.backlog) == (over.standing.reached, 0)
