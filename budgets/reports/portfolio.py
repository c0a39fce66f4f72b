"""Whose budget a plant at one of our locations belongs to: exactly one person's (docs/decisions/budgets.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from budgets.models.years import month_after
from kam.core import clock
from orders.models.totals import month_column

#: Plant, location and owner: the account manager of a global account, else the area manager there, else the account manager.
OWNERS = """
SELECT pair.plant_id, pair.location_id, plant.customer_id,
    CASE WHEN account.is_global_account THEN coalesce(own.user_id, led.user_id, area.user_id)
         ELSE coalesce(area.user_id, own.user_id, led.user_id) END AS owner_id
FROM (
    SELECT plant_id, location_id FROM accounts_plantservice WHERE period @> %(today)s::date
    UNION
    SELECT plant_id, selling_location_id FROM orders_accounttotal
    WHERE year = ANY(%(years)s) AND kind = 'goods' AND NOT is_intercompany
) AS pair (plant_id, location_id)
JOIN accounts_plant AS plant ON plant.id = pair.plant_id AND plant.status = 'open'
JOIN accounts_customer AS company ON company.id = plant.customer_id
LEFT JOIN accounts_customergroup AS account ON account.id = company.group_id
LEFT JOIN accounts_assignment AS own
    ON own.customer_id = company.id AND own.kind = 'account_manager' AND own.period @> %(today)s::date
LEFT JOIN accounts_assignment AS led ON led.group_id = company.group_id AND led.period @> %(today)s::date
LEFT JOIN accounts_assignment AS area
    ON area.plant_id = pair.plant_id AND area.location_id = pair.location_id AND area.period @> %(today)s::date
"""


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


def reference_revenue(months: Iterable[date]) -> str:
    """The revenue of these months in a row of the ledger's totals (`total`), as SQL."""
    return " + ".join(
        f"CASE WHEN total.year = {month.year} THEN coalesce(total.{month_column('revenue', month.month)}, 0) ELSE 0 END"
        for month in months
    )


def owners_of(first_month: date) -> dict[str, Any]:
    """The parameters of OWNERS for the year of a plan."""
    return {"today": clock.today(), "years": sorted({month.year for month in reference_months(first_month)})}


def shares_of(first_month: date) -> list[Share]:
    """Everything that there is to plan, by owner and location."""
    statement = f"SELECT owner_id, location_id, count(*) FROM ({OWNERS}) portfolio GROUP BY 1, 2 ORDER BY 2, 1 NULLS FIRST"
    with connection.cursor() as cursor:
        cursor.execute(statement, owners_of(first_month))
        return [Share(*row) for row in cursor.fetchall()]


OWNED = f"""
SELECT EXISTS (SELECT FROM ({OWNERS}) AS portfolio WHERE owner_id = %(owner)s AND location_id = %(location)s
    AND (plant_id = %(plant)s OR customer_id = %(customer)s))
"""


def owns(first_month: date, owner: int, location: int, *, plant: int | None, customer: int | None) -> bool:
    """Whether a plant, or any plant of a customer, belongs to this person's budget at this location."""
    with connection.cursor() as cursor:
        values = {"owner": owner, "location": location, "plant": plant, "customer": customer}
        cursor.execute(OWNED, owners_of(first_month) | values)
        return bool(cursor.fetchone()[0])  # type: ignore[index]
