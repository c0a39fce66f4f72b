"""What is asked of a budget from above, month by month: its top-down target in the shape of what its plants bought."""

from decimal import Decimal
from typing import Any

from django.db import connection

from budgets.models import Budget
from budgets.reports.phasing import spread
from budgets.reports.portfolio import PORTFOLIO, owners_of, reach_of, reference_months
from budgets.reports.sheet import months_total
from kam.core.money import minor_unit
from orders.models.totals import month_column

# As the target is shared out to persons: by what the plants of this budget bought in the last twelve months, each month by itself.
SOLD = """
SELECT {months}
FROM ({portfolio}) AS portfolio
JOIN orders_accounttotal AS total ON total.plant_id = portfolio.plant_id AND total.selling_location_id = portfolio.location_id
    AND total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
WHERE portfolio.owner_id = %(owner)s AND portfolio.location_id = %(location)s
"""


def target_months(budget: Budget, reader: Any) -> list[Decimal] | None:
    """The top-down target of a budget over its twelve months, to the cent by largest remainder (AT-12); None where there is none.

    It has the shape of sales, so it is for who reads the budget by their role, not for whom it is only shared with.
    The months weigh what was sold in them in the last twelve; where nothing was, all the same. Months that are over ask for what they
    hold, as far as the target goes, so that the gap stands in months that can still be planned.
    """
    if budget.top_down is None or not Budget.objects.by_role(reader).filter(pk=budget.pk).exists():
        return None
    months = reference_months(budget.round.first_month)
    columns = ", ".join(
        f"coalesce(sum(CASE WHEN total.year = {month.year} THEN total.{month_column('revenue', month.month)} END), 0)"
        for month in months
    )
    person, location = budget.contributor_id, budget.location_id
    values = owners_of(budget.round.first_month) | {"owner": person, "location": location, "within": reach_of(person)}
    with connection.cursor() as cursor:
        cursor.execute(SOLD.format(months=columns, portfolio=PORTFOLIO), values)
        weights = [max(sold, Decimal(0)) for sold in cursor.fetchone() or ()]
    over = months_total(budget)[: budget.round.months_over]
    if sum(over) > budget.top_down or len(over) == 12:
        over = []
    held = [*over, *[None] * (12 - len(over))]
    return spread(budget.top_down, weights, step=minor_unit(budget.round.currency), held=held)
