"""My year: targets beside actuals, each sale for one person; the key figures over REST and on the page; nobody sees another's."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from accounts.actions.hand_over import hand_over
from accounts.models import Assignment, HandOver, User
from budgets.actions import (
    approve_budget,
    approve_round,
    consolidate_round,
    edit_cells,
    open_round,
    phase_line,
    publish_round,
    request_round,
    share_round,
    submit_budget,
)
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetLine, BudgetRate, BudgetRound, Measure
from budgets.reports.coverage import coverage
from budgets.reports.my_year import breakdown, whole, years_to_see
from budgets.reports.standings import DIMENSIONS, Owner, Plan, Question, Rates, standings
from budgets.reports.thresholds import Colour
from kam.core import clock
from orders.actions import approve_offer, revise_offer, send_offer, submit_offer
from orders.models import AccountTotal, Negotiation, Offer
from tests.accounts.test_activity import api, as_
from tests.factories.negotiations import negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
WEIGHTS = [Decimal(part) for part in (7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8)]
JANUARY = date(2026, 1, 1)
JULY = datetime(2026, 7, 15, 12, tzinfo=ZoneInfo("Europe/Rome"))
NOVEMBER = datetime(2025, 11, 20, 12, tzinfo=ZoneInfo("Europe/Rome"))


@pytest.fixture
def planned(matrix: Matrix, sold: Callable[..., Any]) -> Matrix:
    """2026 as of 15 July: ACME in America has a target of 1,200,000 by the weights of AT-10 and bought 571,200 until June."""
    product = sold()
    people = [matrix.sales_manager, matrix.account_manager, matrix.area_manager_de]
    with clock.moment(NOVEMBER):
        SalesLineFactory(
            plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, product=product,
            date=date(2025, 10, 15), quantity=Decimal(10), net=Decimal(5_000),
        )  # fmt: skip
        for person in people:
            person.renew_access()
        one = request_round(
            BudgetRound,
            actor=matrix.sales_manager,
            first_month=JANUARY,
            deadline=clock.today(),
            top_down=Decimal(1_200_000),
        )
        open_round(one, actor=matrix.sales_manager, participants=[matrix.account_manager])
        for line in BudgetLine.objects.filter(budget__location=matrix.usa):
            phase_line(line, actor=matrix.account_manager, revenue=Decimal(1_200_000), weights=WEIGHTS)
        for budget in Budget.objects.exclude(location=matrix.usa):
            budget.delete()
        for budget in Budget.objects.all():
            submit_budget(budget, actor=matrix.account_manager)
            approve_budget(budget, actor=matrix.sales_manager)
        one.refresh_from_db()
        for step in (consolidate_round, share_round, approve_round, publish_round):
            step(one, actor=matrix.sales_manager)
    for month, amount in enumerate((84_000, 96_000, 100_000, 100_000, 95_600, 95_600), 1):
        SalesLineFactory(
            plant=matrix.acme_us_plant, selling_location=matrix.usa, producing_location=matrix.italy, product=product,
            date=date(2026, month, 15), quantity=Decimal(10), net=Decimal(amount),
        )  # fmt: skip
    return matrix


@pytest.mark.acceptance("AT-10")
@pytest.mark.acceptance("AT-11")
def test_where_the_year_stands_and_where_it_ends(planned: Matrix) -> None:
    with clock.moment(JULY):
        planned.account_manager.renew_access()
        assert years_to_see(planned.account_manager) == [JANUARY]
        answer = api(planned.account_manager).get("/api/v1/targets/attainment/")
        (row,) = answer.json()
    # What the fixture sold in the month before today lies outside the months that were over in July 2026, or inside none.
    assert row["months_over"] == 6
    assert (row["target_to_date"], row["actual_to_date"], row["gap"]) == ("612000.00", "571200.00", "-40800.00")
    assert (row["attainment_percent"], row["of_year_percent"], row["colour"]) == ("93.33", "47.60", "amber")
    assert (row["linear"], row["seasonal"], row["base"]) == ("1142400.00", "1120000.00", "1159200.00")
    assert (row["needed_a_month"], row["uplift_percent"]) == ("104800.00", "106.94")


def test_the_page_says_the_same_by_customer_and_family(planned: Matrix) -> None:
    with clock.moment(JULY):
        planned.account_manager.renew_access()
        page = as_(planned.account_manager).get("/budgets/my-year/")
        asked = Question(JANUARY, planned.account_manager)
        standing = whole(asked)
        found = {by: breakdown(asked, by, standing).parts for by in DIMENSIONS}
    text = page.content.decode()
    assert "93.33" in text and "1,120,000" in text and "104,800" in text
    customers = {part.label: part for part in found["customer"]}
    acme = customers[str(planned.acme_us)]
    assert (acme.standing.gap, acme.colour) == (-40_800, Colour.AMBER)
    for by, parts in found.items():
        assert sum((part.standing.year for part in parts), Decimal(0)) == standing.year, by
        assert sum((part.standing.reached for part in parts), Decimal(0)) == standing.reached, by


@pytest.mark.acceptance("AT-16")
def test_people_add_up_to_the_company(matrix: Matrix, sold: Callable[..., Any]) -> None:
    sold()
    year = (clock.today().replace(day=1) - timedelta(days=1)).replace(month=1, day=1)
    reached = {
        person: whole(Question(year, person)).reached
        for person in (matrix.account_manager, matrix.account_manager2, matrix.area_manager_de, matrix.area_manager_us)
    }
    assert reached == {
        matrix.account_manager: 830_000,
        matrix.account_manager2: 0,
        matrix.area_manager_de: 300_000,
        matrix.area_manager_us: 0,
    }
    column = f"revenue_{(clock.today().replace(day=1) - timedelta(days=1)).month:02d}"
    assert sum(reached.values()) == AccountTotal.objects.aggregate(total=Sum(column))["total"] == 1_130_000


def test_nobody_opens_the_year_of_another(planned: Matrix) -> None:
    def seen(user: User) -> tuple[int, int]:
        user.renew_access()
        page = as_(user).get(f"/budgets/my-year/?of=person-{planned.account_manager.pk}")
        answer = api(user).get(f"/api/v1/targets/attainment/?person={planned.account_manager.pk}")
        return page.status_code, answer.status_code

    assert seen(planned.account_manager) == seen(planned.sales_manager) == seen(planned.management) == (200, 200)
    for user in (
        planned.account_manager2,
        planned.area_manager_de,
        planned.area_manager_us,
        planned.finance_it,
        planned.quality_it,
    ):
        assert seen(user) == (404, 400), user
    assert api(planned.account_manager).get("/api/v1/targets/attainment/?first_month=1999-01-01").status_code == 400


def test_a_location_and_the_company_add_up_by_every_dimension(planned: Matrix) -> None:
    """The German sale of the area manager's BETA has no target: it counts for the company and for Germany, not for America."""
    with clock.moment(JULY):
        SalesLineFactory(
            plant=planned.beta_plant, selling_location=planned.germany, producing_location=planned.italy,
            date=date(2026, 5, 4), quantity=Decimal(3), net=Decimal(9_000),
        )  # fmt: skip
        expected = {None: 580_200, planned.usa: 571_200, planned.germany: 9_000, planned.italy: 0}
        for location, reached in expected.items():
            for owner in Owner:
                asked = Question(JANUARY, location=location, owner=owner)
                standing = whole(asked)
                assert standing.reached == reached, location
                assert standing.year == (1_200_000 if location in {None, planned.usa} else 0)
                for by in DIMENSIONS:
                    parts = standings(asked, by).values()
                    assert sum(part.reached for part in parts) == reached, (location, owner, by)
                    assert sum(part.year for part in parts) == standing.year, (location, owner, by)
        people = standings(Question(JANUARY), "person")
        assert {key: part.reached for key, part in people.items()} == {
            planned.account_manager.pk: 571_200,
            planned.area_manager_de.pk: 9_000,
        }
        (quantity,) = standings(Question(JANUARY, planned.account_manager, measure=Measure.QUANTITY)).values()
        assert quantity.reached == 60


def test_what_is_not_shown_is_added_up(planned: Matrix) -> None:
    with clock.moment(JULY):
        asked = Question(JANUARY)
        found = breakdown(asked, "location", whole(asked), most=1)
        (shown,), others = found.parts, found.others
        assert (shown.key, others) == (planned.usa.pk, None)
        SalesLineFactory(
            plant=planned.beta_plant, selling_location=planned.germany, producing_location=planned.italy,
            date=date(2026, 5, 4), quantity=Decimal(3), net=Decimal(9_000),
        )  # fmt: skip
        found = breakdown(asked, "location", whole(asked), most=1)
        assert found.others is not None and (found.others.reached, found.others.year) == (9_000, 0)


def test_a_customer_that_changed_hands_brings_its_year_along_or_leaves_it(planned: Matrix) -> None:
    """From 1 April ACME is the second account manager's: as it is today all is theirs, as it was then each has their part."""
    first, second = planned.account_manager, planned.account_manager2
    with clock.moment(datetime(2026, 3, 20, 12, tzinfo=JULY.tzinfo)):
        planned.sales_manager.renew_access()
        rows = Assignment.objects.filter(group=planned.acme, kind="account_manager")
        hand_over(
            HandOver, actor=planned.sales_manager, source=first, target=second, day=date(2026, 4, 1), assignments=list(rows)
        )
    with clock.moment(JULY):
        as_is = {who: whole(Question(JANUARY, who)) for who in (first, second)}
        as_was = {who: whole(Question(JANUARY, who, owner=Owner.AS_WAS)) for who in (first, second)}
        assert (as_is[first].reached, as_is[first].year) == (0, 0)
        assert (as_is[second].reached, as_is[second].year) == (571_200, 1_200_000)
        assert (as_was[first].reached, as_was[first].year) == (280_000, 1_200_000)
        assert (as_was[second].reached, as_was[second].year) == (291_200, 0)
        for owner in Owner:
            people = standings(Question(JANUARY, owner=owner), "person").values()
            assert sum(part.reached for part in people) == 571_200
            assert sum(part.year for part in people) == 1_200_000


def test_the_year_of_many_people_is_kept_until_something_behind_it_changes(planned: Matrix) -> None:
    """Asked again it is read as it was answered; a sale, a hand-over, a rate or another day is seen at once."""
    asked = Question(JANUARY)

    def added_up() -> bool:
        with CaptureQueriesContext(connection) as queries:
            standings(asked, "person")
        return any("FULL JOIN" in one["sql"] for one in queries)

    def sold_again() -> None:
        SalesLineFactory(
            plant=planned.acme_us_plant, selling_location=planned.usa, producing_location=planned.italy, date=date(2026, 5, 5),
            quantity=Decimal(1), net=Decimal(800),
        )  # fmt: skip

    with clock.moment(JULY):
        assert (added_up(), added_up()) == (True, False)
        for change in (
            sold_again,
            lambda: Assignment.objects.filter(group=planned.acme).update(user=planned.account_manager2),
            lambda: BudgetRate.objects.create(round=BudgetRound.objects.get(), currency="USD", rate=Decimal("0.80")),
        ):
            change()
            assert (added_up(), added_up()) == (True, False)
        found = standings(asked, "person")
        assert found[planned.account_manager2.pk].reached == 572_000 and planned.account_manager.pk not in found
    with clock.moment(JULY + timedelta(days=1)):
        assert added_up()


def test_actuals_at_budget_rates_leave_the_exchange_out(planned: Matrix) -> None:
    """2,000 dollars at the document's 0.90 are 1,800, at the round's 0.80 they are 1,600."""
    one = BudgetRound.objects.get()
    BudgetRate.objects.create(round=one, currency="USD", rate=Decimal("0.80"))
    with clock.moment(JULY):
        SalesLineFactory(
            plant=planned.acme_us_plant, selling_location=planned.usa, producing_location=planned.italy, currency="USD",
            rate=Decimal("0.90"), date=date(2026, 5, 4), quantity=Decimal(3), net=Decimal(2_000),
        )  # fmt: skip
        for by in ("", *DIMENSIONS):
            found = {
                rates: sum(
                    part.reached for part in standings(Question(JANUARY, planned.account_manager, rates=rates), by).values()
                )
                for rates in Rates
            }
            assert found == {Rates.ACTUAL: 573_000, Rates.BUDGET: 572_800}, by


@pytest.mark.acceptance("AT-84")
def test_attainment_against_the_original_and_against_the_revision(planned: Matrix) -> None:
    with clock.moment(datetime(2026, 5, 20, 12, tzinfo=JULY.tzinfo)):
        for person in (planned.sales_manager, planned.account_manager):
            person.renew_access()
        revision = request_round(
            BudgetRound, actor=planned.sales_manager, kind="revision", first_month=JANUARY, deadline=clock.today(),
            top_down=Decimal(1_300_000),
        )  # fmt: skip
        open_round(revision, actor=planned.sales_manager, participants=[planned.account_manager])
        for budget in Budget.objects.filter(round=revision).exclude(location=planned.usa):
            budget.delete()
        budget = Budget.objects.get(round=revision)
        line = budget.lines.get()
        cell = line.cells.get(month=6)
        edit_cells(budget, actor=planned.account_manager, cells=[CellValue(line.pk, 6, revenue=cell.revenue + 100_000)])
        submit_budget(budget, actor=planned.account_manager)
        approve_budget(budget, actor=planned.sales_manager)
        revision.refresh_from_db()
        for step in (consolidate_round, share_round, approve_round, publish_round):
            step(revision, actor=planned.sales_manager)
    with clock.moment(JULY):
        planned.account_manager.renew_access()
        found = {plan: whole(Question(JANUARY, planned.account_manager, plan=plan)) for plan in Plan}
        client = api(planned.account_manager)
        rows = {plan: client.get(f"/api/v1/targets/attainment/?plan={plan}").json()[0] for plan in Plan}
    assert (found[Plan.ORIGINAL].planned, found[Plan.CURRENT].planned) == (612_000, 712_000)
    assert [rows[plan]["attainment_percent"] for plan in (Plan.ORIGINAL, Plan.CURRENT)] == ["93.33", "80.22"]
    assert {row["actual_to_date"] for row in rows.values()} == {"571200.00"}


def test_the_page_answers_every_choice_and_shows_whose_years_there_are(planned: Matrix) -> None:
    with clock.moment(JULY):
        for person in (planned.sales_manager, planned.area_manager_us, planned.account_manager):
            person.renew_access()
        client = as_(planned.sales_manager)
        for by in ("", *DIMENSIONS):
            page = client.get(f"/budgets/my-year/?by={by}&owner=as_was&rates=budget&plan=original&measure=revenue")
            assert "571,200" in page.content.decode(), by
        assert client.get("/budgets/my-year/?of=company&measure=quantity").status_code == 200
        area = as_(planned.area_manager_us)
        assert "571,200" in area.get(f"/budgets/my-year/?of=location-{planned.usa.pk}").content.decode()
        for of in (f"location-{planned.germany.pk}", "company", f"person-{planned.account_manager.pk}", "anything"):
            assert area.get(f"/budgets/my-year/?of={of}").status_code == 404, of
            assert as_(planned.account_manager).get(f"/budgets/my-year/?of={of}").status_code == (
                200 if of == f"person-{planned.account_manager.pk}" else 404
            ), of
        for query in (f"location={planned.germany.pk}", "company=true", "location=0", "by=anything", "plan=anything"):
            answer = api(planned.account_manager).get(f"/api/v1/targets/attainment/?{query}")
            assert answer.status_code == 400, query
        rows = api(planned.sales_manager).get("/api/v1/targets/attainment/?company=true&by=area").json()
        assert sum(Decimal(row["target_year"]) for row in rows) == 1_200_000
        (row,) = api(planned.sales_manager).get("/api/v1/targets/attainment/").json()
        assert (row["person"], row["actual_to_date"]) == (planned.account_manager.pk, "571200.00")


def test_negotiations_and_offers_stand_against_what_is_missing(planned: Matrix) -> None:
    leader = planned.account_manager
    with clock.moment(JULY):
        leader.renew_access()
        known = {"plant": planned.acme_us_plant, "selling_location": planned.usa, "owner": leader, "value": 314_400}
        negotiation(probability=50, **known)
        negotiation(probability=75, **known)
        negotiation(stage="won", **known)
        negotiation(plant=planned.beta_plant, owner=planned.account_manager2, value=99_000)
        offered(
            planned.acme_us_plant, planned.usa, offer_line(priced_product(), 100, "22"), status="sent", currency="EUR", by=leader,
            approver=planned.sales_manager,
        )  # fmt: skip
        (row,) = api(leader).get("/api/v1/targets/coverage/").json()
        text = as_(leader).get("/budgets/my-year/").content.decode()
    assert (row["missing"], row["pipeline"], row["weighted"]) == ("628800.00", "628800.00", "393000.00")
    assert (row["offers"], row["covered_percent"], row["likely_percent"]) == ("2200.00", "100.00", "62.85")
    assert "62.85" in text and "628,800" in text


def test_what_is_offered_counts_once_and_not_less_for_what_its_reader_does_not_see(planned: Matrix) -> None:
    leader, local = planned.account_manager, planned.area_manager_us
    with clock.moment(JULY):
        leader.renew_access()
        local.renew_access()
        own = negotiation(plant=planned.acme_us_plant, selling_location=planned.usa, owner=leader, value=300_000)
        hidden = negotiation(plant=planned.acme_us_plant, selling_location=planned.germany, owner=leader, value=1)
        known = {"status": "sent", "currency": "EUR", "approver": planned.sales_manager}
        line = offer_line(priced_product(), 100, "22")
        offered(planned.acme_us_plant, planned.usa, line, by=leader, negotiation=own, **known)
        second = offered(planned.acme_us_plant, planned.usa, line, by=leader, negotiation=hidden, **known)
        assert Negotiation.objects.visible_to(leader).filter(pk=hidden.pk).exists()
        assert not Negotiation.objects.visible_to(local).filter(pk=hidden.pk).exists()
        beside = revise_offer(second, actor=leader)
        submit_offer(beside, actor=leader)
        approve_offer(beside, actor=planned.sales_manager)
        send_offer(beside, actor=leader, sent_to="buyer@acme.example", supersede=False)
        assert set(Offer.objects.filter(number=second.number).values_list("status", flat=True)) == {"sent"}
        standing = whole(Question(JANUARY))
        found = {one.email: coverage(Question(JANUARY), standing, one) for one in (leader, local)}
    of_leader, of_local = found[leader.email], found[local.email]
    assert of_leader is not None and of_local is not None
    assert (of_leader.pipeline, of_leader.offers) == (300_001, 0), "both belong to negotiations that count already"
    assert (of_local.pipeline, of_local.offers) == (300_000, 2200), "one revision, though its negotiation is not the reader's"
