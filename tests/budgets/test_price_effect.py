"""What the budget counts on from a price campaign: to the cent, at budget rates, and for nobody who sees only a part of the plans."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Location, User
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRate, BudgetRound
from kam.core import clock
from orders.models import CampaignCustomer
from orders.reports.campaigns import together
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.test_campaign_money import agreed, sold, told
from tests.world import api_client


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with clock.moment(datetime(2026, 11, 2, 9, tzinfo=UTC)):
        yield


def published(matrix: Matrix, **values: Any) -> BudgetRound:
    """The published budget of 2027, with a rate for dollars."""
    known: dict[str, Any] = {
        "first_month": date(2027, 1, 1), "number": 1, "status": "published", "deadline": clock.today(), "currency": "EUR",
        "requested_by": matrix.sales_manager, "opened_at": clock.now(), "approved_at": clock.now(),
        "approved_by": matrix.sales_manager, "published_at": clock.now(),
    }  # fmt: skip
    one = BudgetRound.objects.create(**known | values)
    BudgetRate.objects.create(round=one, currency="USD", rate=Decimal("0.92"))
    return one


def planned(one: BudgetRound, who: User, where: Location, quantity: int | None, revenue: str, **values: Any) -> BudgetLine:
    """The same twelve months of a line in the budget of a person at a location."""
    budget, _new = Budget.objects.get_or_create(round=one, contributor=who, location=where)
    row = BudgetLine.objects.create(budget=budget, producing_location=where, **{"currency": "EUR", "unit": "pcs"} | values)
    price = None if quantity is None else Decimal(revenue) / quantity
    cells = [
        BudgetCell(line=row, month=month, quantity=quantity, price=price, revenue=Decimal(revenue)) for month in range(1, 13)
    ]
    BudgetCell.objects.bulk_create(cells)
    return row


def campaign(matrix: Matrix) -> CampaignCustomer:
    """ACME Italy agrees to three per cent from March 2027 on, of a price in euro and one in dollars."""
    euro, dollar = ProductFactory(), ProductFactory()
    agreement(line(euro, 10), customer=matrix.acme_it)
    agreement(line(dollar, 11), customer=matrix.acme_it, currency="USD")
    sold(matrix, euro, date(2026, 5, 4), 100, "1000")
    sold(matrix, dollar, date(2026, 5, 4), 100, "1100", currency="USD")
    return agreed(matrix, "3", effective_on=date(2027, 3, 1))


def products(row: CampaignCustomer) -> list[Any]:
    """The product in euro, then the one in dollars."""
    return [one.line.product for one in row.lines.order_by("line__currency").select_related("line__product")]


def test_planned_revenue_less_the_same_quantity_at_the_old_price(matrix: Matrix) -> None:
    row, plan = campaign(matrix), published(matrix)
    euro, dollar = products(row)
    mine = (matrix.account_manager, matrix.italy)
    planned(plan, *mine, 10, "103.33", plant=matrix.acme_it_plant, product=euro)  # ten months of 3.33
    planned(plan, *mine, 10, "115.00", plant=matrix.acme_it_plant, product=dollar, currency="USD")  # of 5.00 USD at 0.92
    planned(plan, *mine, 10, "999.00", plant=matrix.acme_it_plant, product=dollar)  # in euro nothing is asked of it
    planned(plan, *mine, 10, "999.00", plant=matrix.acme_de_plant, product=euro)  # another customer
    planned(plan, *mine, None, "50.00", customer=matrix.acme_it, family=euro.family, unit="")  # has no price of its own
    money = told(row, matrix.account_manager)
    assert (money.budgeted, money.budget_uncompared) == (Decimal("79.30"), Decimal("500.00"))
    assert (money.why_not_budgeted, money.budget_year) == ("", "2027")
    assert together([money, money]).budgeted == Decimal("158.60")


def test_the_last_published_budget_counts_and_none_that_is_still_made(matrix: Matrix) -> None:
    row = campaign(matrix)
    assert told(row, matrix.account_manager).why_not_budgeted == "No published budget holds for the months of the new prices."
    euro, _dollar = products(row)
    first = published(matrix)
    planned(first, matrix.account_manager, matrix.italy, 10, "103.33", plant=matrix.acme_it_plant, product=euro)
    with clock.moment(datetime(2026, 12, 2, 9, tzinfo=UTC)):
        second = published(matrix, kind="revision")
    planned(second, matrix.account_manager, matrix.italy, 10, "101.00", plant=matrix.acme_it_plant, product=euro)
    running = published(matrix, number=2, kind="revision", status="open", approved_at=None, approved_by=None, published_at=None)
    planned(running, matrix.account_manager, matrix.italy, 10, "200.00", plant=matrix.acme_it_plant, product=euro)
    assert told(row, matrix.account_manager).budgeted == Decimal("10.00")


def test_a_part_of_the_plans_is_told_to_nobody(matrix: Matrix) -> None:
    """Every role reads the whole figure or none, on the screen and over REST."""
    row, plan = campaign(matrix), published(matrix)
    euro, _dollar = products(row)
    planned(plan, matrix.account_manager, matrix.italy, 10, "103.33", plant=matrix.acme_it_plant, product=euro)
    theirs = planned(plan, matrix.area_manager_de, matrix.germany, 10, "107.77", plant=matrix.acme_it_plant, product=euro)
    whole = Decimal("33.30")  # nothing of it was sold from Germany: that revenue has no price to compare with
    told_to = set()
    for name, reader in matrix.users.items():
        if not CampaignCustomer.objects.visible_to(reader).filter(pk=row.pk).exists():
            continue
        money = told(row, reader)
        sees_all = BudgetLine.objects.visible_to(reader).filter(budget__round=plan).count() == 2
        if money.base is None or not sees_all:
            assert (money.budgeted, money.budget_uncompared) == (None, None), name
        else:
            assert (money.budgeted, money.budget_uncompared) == (whole, Decimal("1077.70")), name
            told_to.add(name)
        answer = api_client(reader).get(f"/api/v1/price-campaigns/{row.campaign_id}/money/")
        assert ("33.30" in answer.content.decode()) == (name in told_to), name
    assert "sales_manager" in told_to
    assert "account_manager" not in told_to
    mine = told(row, matrix.account_manager)
    assert mine.why_not_budgeted == "Not all budgets concerned are yours to see."
    assert together([mine, told(row, matrix.sales_manager)]).budgeted is None
    theirs.cells.all().delete()
    theirs.delete()
    assert told(row, matrix.account_manager).budgeted == whole
