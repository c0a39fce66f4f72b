"""A real company's quotas become the year's budget inside a round, and its sales the actuals; attainment is held against the files.

The files are not part of the project; without them this test is left out. The fiscal year runs from December 2011 to November 2012.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from accounts.models import Location, User
from budgets.actions import (
    approve_budget,
    approve_round,
    consolidate_round,
    create_budget,
    edit_round,
    open_round,
    publish_round,
    request_round,
    share_round,
    submit_budget,
)
from budgets.models import Budget, BudgetRound, Target
from budgets.models.targets import sum_of
from budgets.reports.my_year import whole
from budgets.reports.phasing import spread
from budgets.reports.standings import Question
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


def test_quotas_become_targets_and_sales_their_actuals(adventureworks: Desk) -> None:
    desk, people = adventureworks, sellers()
    desk.bring("orders.sales", "order_lines.csv", "orders.csv", **SALES, values={"account_manager": with_decimal(people)})
    market, family = MarketFactory(code="WORLD"), ProductFamilyFactory(code="ALL")
    asked = quotas()
    assert (len(asked), sum(sum(parts) for parts in asked.values())) == (14, 29_009_000)

    one = request_round(BudgetRound, actor=desk.person, first_month=DECEMBER, deadline=clock.today())
    users = {number: User.objects.get(email=people[number]) for number in asked}
    one = open_round(one, actor=desk.person, participants=list(users.values()))
    for person in users.values():
        if not Budget.objects.filter(round=one, contributor=person).exists():  # leads sellers, not customers
            create_budget(Budget, actor=desk.person, round=one, contributor=person, location=Location.objects.get())
    for number, parts in asked.items():
        months = [month for part in parts for month in spread(part, [1, 1, 1])]
        row = {"location": "US", "market": market.code, "family": family.code}
        row |= {f"month_{place:02d}": month for place, month in enumerate(months, 1)}
        record = preview("budgets.lines", users[number], [row])
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
