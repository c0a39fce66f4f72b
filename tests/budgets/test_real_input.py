"""A real company's quotas become the year's budget inside a round, and its sales the actuals; attainment is held against the files.

The files are not part of the project; without them this test is left out. The fiscal year runs from December 2011 to November 2012.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from accounts.models import Customer, Location, User
from budgets.actions import (
    Cause,
    add_action,
    approve_budget,
    approve_round,
    complete_action,
    consolidate_round,
    create_budget,
    edit_round,
    explain_deviation,
    finish_deviation,
    open_round,
    plan_deviation,
    publish_round,
    request_round,
    share_round,
    start_deviation,
    submit_budget,
    sweep_year,
)
from budgets.models import Budget, BudgetRound, Deviation, Target
from budgets.models.targets import sum_of
from budgets.reports.my_year import whole
from budgets.reports.nodes import bridge_of
from budgets.reports.phasing import spread
from budgets.reports.standings import Question
from catalog.models import ProductFamily
from kam.core import clock
from tests.accounts.test_people_excel import carry_out, preview
from tests.factories.accounts import MarketFactory
from tests.factories.catalog import ProductFamilyFactory
from tests.orders.test_real_input import (
    AW,
    SALES,
    SAMPLES,
    Desk,
    adventureworks,
    dollars,
    files_in_sql,
    rows_of,
    sellers,
    with_decimal,
)

__all__ = ["adventureworks", "dollars"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not on this machine"),
]
DECEMBER = date(2011, 12, 1)
#: The day of a quota only names its quarter.
QUARTERS = {"2011-12-01": 0, "2012-02-29": 1, "2012-05-30": 2, "2012-08-30": 3}
# What the stores of each seller bought, by quarter of the fiscal year.
ACTUALS = """
SELECT store."SalesPersonID"::numeric::int || '/' || ((extract(year FROM head."OrderDate"::date) * 12 + extract(month FROM head."OrderDate"::date)
    - (2011 * 12 + 12))::int / 3), sum(line."LineTotal"::numeric)
FROM aw_order_lines AS line JOIN aw_orders AS head USING ("SalesOrderID") JOIN aw_customers AS customer USING ("CustomerID")
JOIN aw_stores AS store ON store."BusinessEntityID"::numeric = customer."StoreID"::numeric
WHERE head."OrderDate"::date >= '2011-12-01' AND head."OrderDate"::date < '2012-12-01'
GROUP BY 1
"""


def quotas() -> dict[str, list[Decimal]]:
    """Seller → the quotas of the four quarters."""
    found: dict[str, list[Decimal]] = {}
    for row in rows_of(AW, "quotas.csv"):
        if row["QuotaDate"] in QUARTERS:
            found.setdefault(row["BusinessEntityID"], [Decimal(0)] * 4)[QUARTERS[row["QuotaDate"]]] += Decimal(row["SalesQuota"])
    return found


def quota(market: str, family: str, quarter: int, amount: Decimal) -> dict[str, object]:
    """A quota as a row of the sheet: it fills the three months of its quarter (AT-12) and no other."""
    months = {f"month_{quarter * 3 + place:02d}": part for place, part in enumerate(spread(amount, [1, 1, 1]), 1)}
    return {"location": "US", "market": market, "family": family, **months}


def test_quotas_become_targets_and_sales_their_actuals(adventureworks: Desk) -> None:
    desk, people = adventureworks, sellers()
    # One quota is one row at the rest of a market × the root family: everybody's customers and products lie within them.
    market, family = MarketFactory(code="WORLD"), ProductFamilyFactory(code="ALL")
    ProductFamily.objects.filter(parent=None).exclude(pk=family.pk).update(parent=family)
    Customer.objects.update(sector=market)
    desk.bring("orders.sales", "order_lines.csv", "orders.csv", **SALES, values={"account_manager": with_decimal(people)})
    asked = quotas()
    assert (len(asked), sum(sum(parts) for parts in asked.values())) == (14, 29_009_000)

    one = request_round(BudgetRound, actor=desk.person, first_month=DECEMBER, deadline=clock.today())
    users = {number: User.objects.get(email=people[number]) for number in asked}
    one = open_round(one, actor=desk.person, participants=list(users.values()))
    for person in users.values():
        if not Budget.objects.filter(round=one, contributor=person).exists():  # leads sellers, not customers
            create_budget(Budget, actor=desk.person, round=one, contributor=person, location=Location.objects.get())
    for number, parts in asked.items():
        rows = [quota(market.code, family.code, quarter, part) for quarter, part in enumerate(parts) if part]
        record = preview("budgets.lines", users[number], rows)
        assert record.errors == [], (number, record.errors)
        carry_out(record)
        budget = Budget.objects.get(round=one, contributor=users[number])
        assert budget.revenue == sum(parts)
        submit_budget(budget, actor=users[number])
        approve_budget(budget, actor=desk.person)
    one.refresh_from_db()
    edit_round(one, actor=desk.person, top_down=Decimal(29_009_000))
    for step in (consolidate_round, share_round, approve_round, publish_round):
        step(one, actor=desk.person)
    assert Target.objects.in_force().aggregate(total=Sum(sum_of("revenue")))["total"] == 29_009_000

    files_in_sql()
    with connection.cursor() as cursor:
        cursor.execute(ACTUALS)
        bought = dict(cursor.fetchall())
    reached = Decimal(0)
    for number, parts in asked.items():
        standing = whole(Question(DECEMBER, users[number]))
        reached += standing.reached
        for quarter, part in enumerate(parts):
            place = slice(quarter * 3, quarter * 3 + 3)
            assert sum(standing.plan[place]) == part, (number, quarter)
            assert round(sum(standing.actual[place]), 4) == round(bought.get(f"{number}/{quarter}", Decimal(0)), 4), (
                number,
                quarter,
            )
        attained = sum((bought.get(f"{number}/{quarter}", Decimal(0)) for quarter in range(4)), Decimal(0)) / sum(parts)
        assert standing.attainment.value is not None and round(standing.attainment.value, 8) == round(attained, 8)
    # Whoever has no quota sells, too; what is left is theirs.
    everything = sum(bought.values(), Decimal(0))
    assert (
        round(reached, 4)
        == round(sum(amount for key, amount in bought.items() if key.split("/")[0] in asked), 4)
        <= round(everything, 4)
    )
    find_and_correct(desk, users, bought, asked)


def find_and_correct(desk: Desk, users: dict[str, User], bought: dict[str, Decimal], asked: dict[str, list[Decimal]]) -> None:
    """Deviations come out as plain SQL over the files says; the largest is carried through causes and an action to its measured effect."""
    sweep_year(DECEMBER)
    came = {number: sum((bought.get(f"{number}/{quarter}", Decimal(0)) for quarter in range(4)), Decimal(0)) for number in asked}
    short = {users[number].pk: sum(parts) - came[number] for number, parts in asked.items()}
    red = {users[number].pk for number, parts in asked.items() if short[users[number].pk] > max(sum(parts) / 10, Decimal(10_000))}
    rows = Deviation.objects.filter(kind="person", measure="revenue")
    assert {row.person_id for row in rows} == red and red
    assert all(row.explained_by is None and abs(row.gap + short[row.key]) < Decimal("0.01") for row in rows)

    case = rows.order_by("gap").first()
    assert case is not None and case.responsible is not None
    leader = case.responsible
    found = bridge_of(case)
    assert (found.volume, found.planned, found.actual) == (found.difference, round(case.planned, 2), round(case.actual, 2))
    explain_deviation(case, actor=leader, causes=[Cause("demand", round(case.gap, 2))])
    (seller,) = (number for number, user in users.items() if user.pk == leader.pk)
    add_action(
        case, actor=leader, what="Autumn campaign", owner=leader, due_on=clock.today(), first_month=date(2012, 9, 1),
        expected=[Decimal(1_000_000)] * 3,
    )  # fmt: skip
    for step in (plan_deviation, start_deviation):
        step(case, actor=leader)
    complete_action(case.actions.get(), actor=leader)
    finish_deviation(case, actor=leader)
    sweep_year(DECEMBER)
    case.refresh_from_db()
    # What the last quarter brought above the pace of the year.
    pace = came[seller] / sum(asked[seller])
    effect = bought[f"{seller}/3"] - asked[seller][3] * pace
    assert case.status == "not_effective" and case.measured_effect is not None
    assert abs(case.measured_effect - effect) < Decimal("0.05")
    assert case.expected_effect == 3_000_000
