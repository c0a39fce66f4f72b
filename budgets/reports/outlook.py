"""Where a year ends with what is ordered and likely: actuals, the backlog that is due in it, and what negotiations may still bring (K-B6)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from budgets.models import Measure
from budgets.models.years import month_after
from budgets.reports.attainment import Standing
from budgets.reports.my_year import whole
from budgets.reports.portfolio import OWNERS, owners_on, reach_of
from budgets.reports.standings import Question, currency_of
from kam.core import clock
from orders.models import Negotiation, Order, OrderTotal

CENT = Decimal("0.01")
BACKLOG = f"""
SELECT coalesce(sum(total.worth), 0) FROM orders_ordertotal AS total
JOIN ({OWNERS}) AS portfolio ON portfolio.plant_id = total.plant_id AND portfolio.location_id = total.selling_location_id
WHERE total.figure = 'backlog' AND total.day <= %(end)s AND portfolio.owner_id = %(person)s AND total.plant_id = ANY(%(within)s)
"""


@dataclass(frozen=True)
class Outlook:
    """The parts of K-B6, in the company's currency: sold until today, promised for the rest of the year, and likely in it."""

    standing: Standing
    backlog: Decimal
    pipeline: Decimal

    @property
    def year(self) -> Decimal:
        """Where the year ends."""
        return self.standing.operational(self.backlog, self.pipeline)


def outlook(asked: Question, reader: Any) -> Outlook | None:
    """The outlook of a year that has begun; of revenue in the company's currency only, negotiations as far as the reader sees them.

    Goods count once: sold until today (the running month, too), else in the backlog until they leave, else likely. A negotiation
    of which something is ordered already no longer counts.
    """
    if asked.measure != Measure.REVENUE or currency_of(asked.first_month) != settings.BASE_CURRENCY:
        return None
    end, today = month_after(asked.first_month, 12) - timedelta(days=1), clock.today()
    if today < asked.first_month:
        return None
    standing = whole(replace(asked, running=True))
    if today > end:
        return Outlook(standing, Decimal(0), Decimal(0))
    return Outlook(standing, _backlog(asked, end), _pipeline(asked, reader, today, end))


def _backlog(asked: Question, end: date) -> Decimal:
    """What is promised until a day and was not delivered, what is late included; of a person by whose each plant is today."""
    if asked.person is not None:
        values = owners_on([clock.today()], years={asked.first_month.year, end.year}, within=reach_of(asked.person.pk))
        with connection.cursor() as cursor:
            cursor.execute(BACKLOG, values | {"end": end, "person": asked.person.pk})
            return Decimal(cursor.fetchone()[0])  # type: ignore[index]
    rows = OrderTotal.objects.filter(plant=None, figure="backlog", day__lte=end)
    if asked.location is not None:
        rows = rows.filter(selling_location=asked.location)
    return rows.aggregate(sum=Sum("worth"))["sum"] or Decimal(0)


def _pipeline(asked: Question, reader: Any, today: date, end: date) -> Decimal:
    """What open negotiations are likely to bring until the end of the year: from their start on, day by day of their annual value."""
    ordered = Order.objects.exclude(status__in=[Order.Status.CANCELLED, Order.Status.REJECTED]).filter(
        offer__negotiation__isnull=False
    )
    rows = Negotiation.objects.visible_to(reader).open().exclude(pk__in=ordered.values("offer__negotiation"))
    if asked.person is not None:
        rows = rows.filter(owner=asked.person)
    if asked.location is not None:
        rows = rows.filter(selling_location=asked.location)
    by_start = rows.order_by().annotate(start=Coalesce("start_of_production", "decision_on")).values_list("start")
    days = (end - asked.first_month).days + 1
    found = Decimal(0)
    for start, worth in by_start.annotate(worth=Sum(F("base_annual_value") * F("probability") / Decimal(100))):
        left = (end - max(start or today, today)).days + 1
        found += max(left, 0) * worth / days
    return found.quantize(CENT, ROUND_HALF_UP)
