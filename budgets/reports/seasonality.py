"""How the year of a family or of a customer falls on the months: the profile that is kept, and the one that the actuals show."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Customer
from budgets.models import BudgetLine
from budgets.models.profiles import WEIGHTS, WHOLE, SeasonalityProfile
from budgets.models.years import MONTHS
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.money import allocate
from orders.models.totals import month_column

STEP = Decimal("0.0001")
SOLD = """
SELECT {months} FROM orders_salestotal AS total
LEFT JOIN accounts_plant AS plant ON plant.id = total.plant_id
LEFT JOIN catalog_product AS product ON product.id = total.product_id
WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany
    AND (%(customer)s::bigint IS NULL OR plant.customer_id = %(customer)s)
    AND (%(families)s::bigint[] IS NULL OR product.family_id = ANY(%(families)s))
"""


def profile_of(line: BudgetLine) -> SeasonalityProfile | None:
    """The profile of a line: its customer's, else that of its family, else of the nearest family above."""
    customer = line.customer_id or (line.plant.customer_id if line.plant else None)
    family = line.family or (line.product.family if line.product else None)
    above: list[int] = []
    while family is not None:
        above.append(family.pk)
        family = family.parent
    found = list(SeasonalityProfile.objects.filter(Q(customer=customer, customer__isnull=False) | Q(family__in=above)))
    by_family = {profile.family_id: profile for profile in found}
    own = next((profile for profile in found if profile.customer_id), None)
    return own or next((by_family[key] for key in above if key in by_family), None)


def weights_from_actuals(
    years: int, *, family: ProductFamily | None = None, customer: Customer | None = None
) -> list[Decimal] | None:
    """January to December in per cent over the last complete calendar years; None where nothing was sold in them.

    A month in which more came back than went out weighs nothing.
    """
    last = clock.today().year - 1
    months = ", ".join(f"coalesce(sum(total.{month_column('revenue', month)}), 0)" for month in MONTHS)
    families = None if family is None else list(ProductFamily.objects.with_descendants([family.pk]))
    values: dict[str, Any] = {
        "years": list(range(last - years + 1, last + 1)),
        "customer": customer and customer.pk,
        "families": families,
    }
    with connection.cursor() as cursor:
        cursor.execute(SOLD.format(months=months), values)
        sold = [max(amount, Decimal(0)) for amount in cursor.fetchone() or ()]
    return in_per_cent(sold) if any(sold) else None


def in_per_cent(parts: Sequence[Decimal]) -> list[Decimal]:
    """Parts as weights that add up to 100, by largest remainder."""
    return allocate(WHOLE, list(parts), STEP)


def named(weights: Sequence[Decimal]) -> dict[str, Decimal]:
    """Weights by their columns."""
    return dict(zip(WEIGHTS, weights, strict=True))
