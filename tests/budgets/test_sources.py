"""What a budget reads of agreements, negotiations and offers: agreed prices by month, rows to be won and awarded, beside its own figures."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets.actions import add_line, fill_budget, share_budget
from budgets.models import Budget, BudgetLine
from budgets.reports.agreed import agreed_months
from budgets.reports.sought import sought_rows
from kam.core import clock
from kam.core.workflow import Denied
from orders.actions import accept_offer
from orders.models import Negotiation, NegotiationLine
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year, next_year
from tests.factories.catalog import ListPriceFactory, ProductFactory
from tests.factories.negotiations import negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's budget in Italy."""
    return year.budget(year.matrix.account_manager, year.matrix.italy)


def planned(budget: Budget, matrix: Matrix, product: Any = None, **values: Any) -> BudgetLine:
    """A row of a hundred pieces a month to ACME in Italy, at ten each."""
    made: BudgetLine = add_line(
        budget, actor=budget.contributor, plant=matrix.acme_it_plant, product=product or ProductFactory(), currency="EUR",
        quantity=Decimal(1200), revenue=Decimal(12_000), **values,
    )  # fmt: skip
    return made


def promised(product: Any, quantities: dict[int, int], price: Any, **values: Any) -> Negotiation:
    """A negotiation about so many pieces a year."""
    one = negotiation(**values)
    NegotiationLine.objects.create(
        negotiation=one, position=10, product=product, years=list(quantities), quantities=list(quantities.values()), price=price
    )
    return one


def by_month(line: BudgetLine) -> list[tuple[Decimal | None, Decimal | None, Decimal]]:
    """Quantity, price and revenue of its twelve months."""
    return list(line.cells.order_by("month").values_list("quantity", "price", "revenue"))


def read(reader: Any, address: str, **asked: str) -> Any:
    """What the API answers."""
    return api(reader).get(f"/api/v1/{address}", asked).json()


def compared(reader: Any, budget: Budget, name: str) -> dict[int, Any]:
    """What the grid shows beside the lines."""
    return {row["line"]: row["months"] for row in read(reader, f"budgets/{budget.pk}/compared/", **{"with": name})["lines"]}


def test_each_month_takes_the_price_that_is_agreed_on_its_first_day(year: Year, budget: Budget) -> None:
    """Half a year at 9.50, then 9.20, from October two per cent less (9.02), and in December none: 6 × 950 + 3 × 920 + 2 × 902 + 1,000."""
    matrix, first = year.matrix, next_year()
    row, listed = planned(budget, matrix), planned(budget, matrix)
    held = {"plant": matrix.acme_it_plant, "location": matrix.italy}
    agreement(line(row.product, "9.50"), first_day=first, last_day=first.replace(month=6, day=30), **held)
    agreement(
        line(row.product, "9.20", reductions=[(first.replace(month=10), Decimal(2))]),
        first_day=first.replace(month=7), last_day=first.replace(month=11, day=30), **held,
    )  # fmt: skip
    agreement(line(listed.product, "1.00"), first_day=first, plant=matrix.acme_it_plant, location=matrix.germany)
    ListPriceFactory(product=listed.product, price=Decimal(2))
    beside = compared(matrix.account_manager, budget, "agreed")
    assert beside == {row.pk: [[100, 950]] * 6 + [[100, 920]] * 3 + [[100, 902]] * 2 + [[100, None]]}
    page = as_(matrix.account_manager).get(row.get_absolute_url()).content.decode()
    assert "Agreed price" in page and "none agreed" in page
    fill_budget(budget, actor=matrix.account_manager, source="agreed_prices")
    row.refresh_from_db()
    assert row.revenue == Decimal(11_264)
    prices = [Decimal("9.5")] * 6 + [Decimal("9.2")] * 3 + [Decimal("9.02")] * 2 + [Decimal(10)]
    assert [price for _quantity, price, _revenue in by_month(row)] == prices
    listed.refresh_from_db()
    assert listed.revenue == 12_000, "a list price and another location's agreement change nothing"


def test_the_month_decides_on_the_step_and_an_unknown_index_leaves_the_price(year: Year, budget: Budget) -> None:
    matrix = year.matrix
    scaled, money = planned(budget, matrix), planned(budget, matrix)
    money.cells.update(quantity=None, price=None)
    steps = [(1, "12"), (100, "11"), (500, "10")]
    agreement(line(scaled.product, steps=steps, scale="from"), line(money.product, 1), customer=matrix.acme_it)
    fill_budget(budget, actor=matrix.account_manager, source="agreed_prices")
    scaled.refresh_from_db()
    assert scaled.revenue == 13_200
    assert sum(revenue for _quantity, _price, revenue in by_month(money)) == 12_000, "what is planned in money only has no price"


def test_agreed_prices_cost_no_more_queries_for_more_rows(year: Year, budget: Budget) -> None:
    matrix, counts = year.matrix, []
    for _more in range(2):
        for _row in range(3):
            row = planned(budget, matrix)
            agreement(line(row.product, "9.50"), plant=matrix.acme_it_plant)
        agreed_months(budget, matrix.account_manager)  # what stays in memory is read
        with CaptureQueriesContext(connection) as caught:
            agreed_months(budget, matrix.account_manager)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12


def test_negotiations_propose_rows_as_likely_as_they_are(year: Year, budget: Budget) -> None:
    """1,200 pieces at 10 from July on, half likely: 100 a month for six months; 240 at 5 that were won: 20 a month."""
    matrix, first = year.matrix, next_year()
    sought, won, other = (ProductFactory(producing_location=matrix.italy) for _number in range(3))
    here = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy, "owner": matrix.account_manager, "currency": "EUR"}
    chance = promised(sought, {first.year: 1200}, 10, stage="offer_sent", start_of_production=first.replace(month=7), **here)
    promised(won, {first.year: 240}, 5, stage="won", decided_on=clock.today(), **here)
    promised(other, {first.year: 999}, 5, stage="lost", **here)
    promised(other, {first.year: 999}, 5, stage="won", decided_on=clock.today(), start_of_production=date(2020, 1, 1), **here)
    promised(other, {first.year: 999}, 5, **here | {"plant": matrix.acme_de_plant, "selling_location": matrix.germany})
    promised(other, {first.year: 999}, 5, **here | {"plant": None, "group": matrix.acme, "selling_location": None})
    running = budget.lines.count()
    fill_budget(budget, actor=matrix.account_manager, source="negotiations")
    assert budget.lines.count() == running + 2
    row, awarded = budget.lines.get(product=sought), budget.lines.get(product=won)
    assert (row.chance, row.source, row.revenue, row.quantity) == ("to_be_won", "negotiations", 6000, 600)
    assert by_month(row) == [(None, None, 0)] * 6 + [(100, 10, 1000)] * 6
    assert (awarded.chance, awarded.revenue) == ("awarded", 1200)
    assert by_month(awarded) == [(20, 5, 100)] * 12
    beside = compared(matrix.account_manager, budget, "negotiations")
    assert beside == {row.pk: [[0, 0]] * 6 + [[100, 1000]] * 6, awarded.pk: [[20, 100]] * 12}
    fill_budget(budget, actor=matrix.account_manager, source="negotiations")
    assert budget.lines.count() == running + 2
    Negotiation.objects.filter(pk=chance.pk).update(stage="won", decided_on=clock.today(), probability=100)
    fill_budget(budget, actor=matrix.account_manager, source="negotiations")
    row.refresh_from_db()
    assert (row.chance, row.revenue, budget.lines.count()) == ("awarded", 6000, running + 2), "its figures are its planner's"
    fill_budget(budget, actor=matrix.account_manager, source="negotiations", anew=True)
    assert budget.lines.get(product=sought).revenue == 12_000


def test_negotiations_with_a_company_of_several_plants_promise_its_rest(year: Year, budget: Budget, matrix: Matrix) -> None:
    first, product = next_year(), ProductFactory(producing_location=matrix.italy)
    here = {"customer": matrix.acme_it, "selling_location": matrix.italy, "owner": matrix.account_manager, "probability": 25}
    promised(product, {first.year: 1200}, 10, **here)
    fill_budget(budget, actor=matrix.account_manager, source="negotiations")
    line = budget.lines.get(source="negotiations")
    own = matrix.acme_it.plants.count()
    assert line.revenue == 3000
    assert (line.plant, line.product) == ((matrix.acme_it_plant, product) if own == 1 else (None, None))


def test_an_accepted_offer_awards_its_rows(year: Year, budget: Budget) -> None:
    matrix, product = year.matrix, priced_product()
    row = planned(budget, matrix, product, chance="to_be_won")
    promised(
        product, {next_year().year: 12_000}, 10, plant=matrix.acme_it_plant, selling_location=matrix.italy,
        owner=matrix.account_manager,
    )  # fmt: skip
    me = matrix.account_manager
    sent = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(product, 100, "22", annual_quantity=Decimal(1200)), status="sent",
        currency="EUR", by=me, approver=matrix.sales_manager,
    )  # fmt: skip
    assert read(me, f"budget-lines/{row.pk}/")["awarded"] is False
    accept_offer(sent, actor=me, accepted_reference="PO 7")
    shown = read(me, f"budget-lines/{row.pk}/")
    assert (shown["chance"], shown["awarded"]) == ("to_be_won", True)
    assert {one["id"]: one["chance"] for one in read(me, f"budgets/{budget.pk}/cells/")["lines"]}[row.pk] == "awarded"
    for chance, found in (("awarded", [row.pk]), ("to_be_won", [])):
        asked = {"budget": str(budget.pk), "chance": chance}
        assert [one["id"] for one in read(me, "budget-lines/", **asked)["results"]] == found
    assert "by an accepted offer" in as_(me).get(row.get_absolute_url()).content.decode()
    assert compared(me, budget, "negotiations") == {row.pk: [[100, 2200]] * 12}
    fill_budget(budget, actor=me, source="negotiations")
    added = budget.lines.get(product=product, source="negotiations")
    assert (added.chance, added.revenue) == ("awarded", 26_400), "in place of what was negotiated about the same product"


def test_an_offer_that_names_its_negotiation_begins_with_its_production(year: Year, budget: Budget) -> None:
    """1,200 a year at 22 are 2,200 a month, from April on; what was negotiated with the whole company is settled by it."""
    matrix, product, me = year.matrix, priced_product(), year.matrix.account_manager
    sought = promised(
        product, {next_year().year: 12_000}, 10, plant=matrix.acme_it_plant, selling_location=matrix.italy, owner=me,
        start_of_production=next_year().replace(month=4, day=15),
    )  # fmt: skip
    sent = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(product, 100, "22", annual_quantity=Decimal(1200)), status="sent",
        currency="EUR", by=me, approver=matrix.sales_manager, negotiation=sought,
    )  # fmt: skip
    accept_offer(sent, actor=me, accepted_reference="PO 8")
    fill_budget(budget, actor=me, source="negotiations")
    line = budget.lines.get(product=product)
    assert (line.chance, line.revenue) == ("awarded", 19_800)
    assert by_month(line) == [(None, None, 0)] * 3 + [(100, 22, 2200)] * 9


def test_what_a_hidden_negotiation_says_of_production_is_not_told_by_its_offer(year: Year) -> None:
    matrix, product, me = year.matrix, priced_product(), year.matrix.account_manager
    budget = year.budget(me, matrix.germany)
    hidden = negotiation(
        plant=matrix.acme_de_plant, selling_location=matrix.italy, owner=me, start_of_production=next_year().replace(month=4)
    )
    sent = offered(
        matrix.acme_de_plant, matrix.germany, offer_line(product, 100, "22", annual_quantity=Decimal(1200)), status="sent",
        currency="EUR", by=me, approver=matrix.sales_manager, negotiation=hidden,
    )  # fmt: skip
    accept_offer(sent, actor=me, accepted_reference="PO 9")
    assert not Negotiation.objects.visible_to(matrix.area_manager_de).filter(pk=hidden.pk).exists()
    (row,) = sought_rows(budget, me)
    assert row.revenues == [Decimal(0)] * 3 + [Decimal(2200)] * 9
    (row,) = sought_rows(budget, matrix.area_manager_de)
    assert row.revenues == [Decimal(2200)] * 12


def test_nobody_sees_beside_a_budget_what_they_do_not_read_elsewhere(year: Year, budget: Budget) -> None:
    matrix = year.matrix
    row = planned(budget, matrix, chance="to_be_won")
    agreement(line(row.product, 9), plant=matrix.acme_it_plant)
    promised(
        row.product, {next_year().year: 1200}, 10, plant=matrix.acme_it_plant, selling_location=matrix.italy,
        owner=matrix.account_manager,
    )  # fmt: skip
    share_budget(budget, actor=matrix.account_manager, user=matrix.quality_it)
    for name in ("agreed", "negotiations"):
        assert row.pk in compared(matrix.account_manager, budget, name)
        assert compared(matrix.quality_it, budget, name) == {}
    assert "Agreed price" not in as_(matrix.quality_it).get(row.get_absolute_url()).content.decode()


def test_what_is_agreed_or_negotiated_is_not_changed_by_per_cents(year: Year, budget: Budget, nothing_changed: Any) -> None:
    for source in ("agreed_prices", "negotiations"):
        for name in ("volume_percent", "price_percent"):
            with nothing_changed(), pytest.raises(Denied) as denied:
                fill_budget(budget, actor=budget.contributor, source=source, **{name: Decimal(3)})
            assert (denied.value.code, denied.value.field) == ("percent_not_here", name)
    with nothing_changed():
        fill_budget(budget, actor=budget.contributor, source="agreed_prices")
