"""Whose budget a plant at one of our locations belongs to: exactly one person's (docs/decisions/budgets.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.models.years import month_after
from kam.core import clock
from orders.models.totals import month_column

#: Plant, location and owner on each of the days asked for: the account manager of a global account, else the area manager there,
#: else the account manager. `within` names the plants to look at; NULL is all of them.
OWNERS = """
SELECT asked.day, pair.plant_id, pair.location_id, plant.customer_id, company.group_id, plant.status = 'open' AS is_open,
    CASE WHEN account.is_global_account THEN coalesce(own.user_id, led.user_id, area.user_id)
         ELSE coalesce(area.user_id, own.user_id, led.user_id) END AS owner_id
FROM (
    SELECT plant_id, location_id FROM accounts_plantservice
    WHERE period && daterange(%(first_day)s, %(last_day)s, '[]') AND (%(within)s::bigint[] IS NULL OR plant_id = ANY(%(within)s))
    UNION
    SELECT plant_id, selling_location_id FROM orders_accounttotal
    WHERE year = ANY(%(years)s) AND kind = 'goods' AND NOT is_intercompany
        AND (%(within)s::bigint[] IS NULL OR plant_id = ANY(%(within)s))
    UNION
    SELECT plant_id, selling_location_id FROM budgets_targettotal
    WHERE round_id = ANY(%(rounds)s) AND level = 'account' AND plant_id IS NOT NULL AND (%(within)s::bigint[] IS NULL OR plant_id = ANY(%(within)s))
) AS pair (plant_id, location_id)
CROSS JOIN unnest(%(days)s::date[]) AS asked (day)
JOIN accounts_plant AS plant ON plant.id = pair.plant_id
JOIN accounts_customer AS company ON company.id = plant.customer_id
LEFT JOIN accounts_customergroup AS account ON account.id = company.group_id
LEFT JOIN accounts_assignment AS own
    ON own.customer_id = company.id AND own.kind = 'account_manager' AND own.period @> asked.day
LEFT JOIN accounts_assignment AS led ON led.group_id = company.group_id AND led.period @> asked.day
LEFT JOIN accounts_assignment AS area
    ON area.plant_id = pair.plant_id AND area.location_id = pair.location_id AND area.period @> asked.day
"""
#: What there is to plan today: the plants that are open, each at each of our locations with its owner.
PORTFOLIO = f"SELECT plant_id, location_id, customer_id, owner_id FROM ({OWNERS}) AS everything WHERE is_open"
#: Whom a target without a plant follows: whoever leads most of its customer's plants at a location, of a `portfolio` of one day.
LEADS = """
SELECT DISTINCT ON (customer_id, location_id) customer_id, location_id, owner_id FROM (
    SELECT customer_id, location_id, owner_id, count(*) AS plants FROM {portfolio} WHERE owner_id IS NOT NULL GROUP BY 1, 2, 3
) AS led ORDER BY customer_id, location_id, plants DESC, owner_id
"""
#: The plants that may ever have been this person's, and all others of the same companies.
REACH = """
SELECT plant.id FROM accounts_plant AS plant WHERE plant.customer_id IN (
    SELECT customer_id FROM accounts_assignment WHERE user_id = %(person)s AND customer_id IS NOT NULL
    UNION SELECT company.id FROM accounts_customer AS company JOIN accounts_assignment AS led ON led.group_id = company.group_id
        WHERE led.user_id = %(person)s
    UNION SELECT served.customer_id FROM accounts_plant AS served JOIN accounts_assignment AS area ON area.plant_id = served.id
        WHERE area.user_id = %(person)s
    UNION SELECT coalesce(customer_id, (SELECT sold.customer_id FROM accounts_plant AS sold WHERE sold.id = target.plant_id))
        FROM budgets_targettotal AS target WHERE target.level = 'account' AND target.person_id = %(person)s
)
"""


#: Whether a round plans anew what a target (`target`) asks: its person at its location, or its plant or rest of a customer.
REPLACED = """(
    EXISTS (SELECT FROM budgets_budget AS again WHERE again.round_id = {round}
        AND again.contributor_id = target.person_id AND again.location_id = target.selling_location_id)
    OR EXISTS (SELECT FROM budgets_budget AS again JOIN budgets_budgetline AS row ON row.budget_id = again.id
        WHERE again.round_id = {round} AND again.location_id = target.selling_location_id AND (row.plant_id = target.plant_id
            OR row.plant_id IS NULL AND target.plant_id IS NULL AND row.customer_id = target.customer_id))
)"""


@dataclass(frozen=True)
class Share:
    """What one person is to plan at one of our locations, and how many plants that is; without an owner nobody would."""

    owner_id: int | None
    location_id: int
    plants: int


def reference_months(first_month: date) -> list[date]:
    """For each month of the year of a plan the last month of the same name that is over: the rolling twelve months."""
    running = clock.today().replace(day=1)
    months = []
    for place in range(12):
        month = month_after(first_month, place).month
        year = running.year if month < running.month else running.year - 1
        months.append(date(year, month, 1))
    return months


def reference_sum(months: Iterable[date], measure: str = "revenue") -> str:
    """What a measure of these months adds up to in a row of the ledger's totals (`total`), as SQL."""
    return " + ".join(
        f"CASE WHEN total.year = {month.year} THEN coalesce(total.{month_column(measure, month.month)}, 0) ELSE 0 END"
        for month in months
    )


def owners_on(
    days: Sequence[date], *, years: Iterable[int], rounds: Iterable[int] = (), within: Sequence[int] | None = None
) -> dict[str, Any]:
    """The parameters of OWNERS: the days, the years of sales and the rounds whose plants count, and the plants to look at."""
    return {
        "days": list(days),
        "first_day": min(days),
        "last_day": max(days),
        "years": sorted(years),
        "rounds": list(rounds),
        "within": None if within is None else list(within),
    }


def owners_of(first_month: date) -> dict[str, Any]:
    """The parameters of PORTFOLIO for the year of a plan."""
    return owners_on([clock.today()], years={month.year for month in reference_months(first_month)})


def reach_of(person: int) -> list[int]:
    """The plants that may ever have been a person's."""
    with connection.cursor() as cursor:
        cursor.execute(REACH, {"person": person})
        return [key for (key,) in cursor.fetchall()]


SOLD_BY = """
SELECT portfolio.owner_id, portfolio.location_id, sum({revenue})
FROM ({portfolio}) AS portfolio
JOIN orders_accounttotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
    AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
GROUP BY 1, 2
"""


def sold_by_budget(first_month: date) -> dict[tuple[int, int], Decimal]:
    """The revenue of the last twelve months by the person and location whose budget it belongs to."""
    statement = SOLD_BY.format(revenue=reference_sum(reference_months(first_month)), portfolio=PORTFOLIO)
    with connection.cursor() as cursor:
        cursor.execute(statement, owners_of(first_month))
        return {(owner, location): amount for owner, location, amount in cursor.fetchall()}


def shares_of(first_month: date) -> list[Share]:
    """Everything that there is to plan, by owner and location."""
    statement = f"SELECT owner_id, location_id, count(*) FROM ({PORTFOLIO}) portfolio GROUP BY 1, 2 ORDER BY 2, 1 NULLS FIRST"
    with connection.cursor() as cursor:
        cursor.execute(statement, owners_of(first_month))
        return [Share(*row) for row in cursor.fetchall()]


OWNED = f"""
SELECT EXISTS (SELECT FROM ({PORTFOLIO}) AS portfolio WHERE owner_id = %(owner)s AND location_id = %(location)s
    AND (plant_id = %(plant)s OR customer_id = %(customer)s))
"""


def owns(first_month: date, owner: int, location: int, *, plant: int | None, customer: int | None) -> bool:
    """Whether a plant, or any plant of a customer, belongs to this person's budget at this location."""
    with connection.cursor() as cursor:
        values = {"owner": owner, "location": location, "plant": plant, "customer": customer}
        cursor.execute(OWNED, owners_of(first_month) | values)
        return bool(cursor.fetchone()[0])  # type: ignore[index]


def leads_of(customers: Iterable[int]) -> dict[tuple[int, int], int]:
    """Who leads most of the open plants of these customers at each of our locations today, by customer and location."""
    running = clock.today().replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_plant WHERE customer_id = ANY(%s)", [list(customers)])
        within = [key for (key,) in cursor.fetchall()]
        cursor.execute(
            f"WITH portfolio AS MATERIALIZED ({PORTFOLIO}) {LEADS.format(portfolio='portfolio')}",
            owners_of(running) | {"within": within},
        )
        return {(customer, location): owner for customer, location, owner in cursor.fetchall()}
