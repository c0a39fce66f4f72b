"""How the year of a family or of a customer falls on the months: the profile that is kept, and the one that the actuals show."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from accounts.models import Customer
from budgets.models import BudgetLine
from budgets.models.profiles import WEIGHTS, WHOLE, SeasonalityProfile
from budgets.models.years import MONTHS
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.money import allocate
from orders.models import LineKind, SalesTotal
from orders.models.totals import month_column

STEP = Decimal("0.0001")


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
    reader: Any, years: int, *, family: ProductFamily | None = None, customer: Customer | None = None
) -> list[Decimal] | None:
    """January to December in per cent over the last complete calendar years; None where nothing was sold in them.

    Of the sales that the reader sees. A month in which more came back than went out weighs nothing.
    """
    last = clock.today().year - 1
    rows = SalesTotal.objects.visible_to(reader) if reader is not None else SalesTotal.objects.all()
    rows = rows.filter(year__gt=last - years, year__lte=last, kind=LineKind.GOODS, is_intercompany=False)
    if customer is not None:
        rows = rows.filter(plant__customer=customer)
    if family is not None:
        rows = rows.filter(product__family__in=ProductFamily.objects.with_descendants([family.pk]))
    sums = rows.aggregate(**{f"month_{month}": Sum(month_column("revenue", month)) for month in MONTHS})
    sold = [max(amount or Decimal(0), Decimal(0)) for amount in sums.values()]
    return in_per_cent(sold) if any(sold) else None


def in_per_cent(parts: Sequence[Decimal]) -> list[Decimal]:
    """Parts as weights that add up to 100, by largest remainder."""
    return allocate(WHOLE, list(parts), STEP)


def named(weights: Sequence[Decimal]) -> dict[str, Decimal]:
    """Weights by their columns."""
    return dict(zip(WEIGHTS, weights, strict=True))
