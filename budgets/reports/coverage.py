"""Whether what is offered and negotiated covers what is missing to a year's target (K-S4, K-S5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, Sum

from budgets.models import Measure
from budgets.reports.attainment import Standing
from budgets.reports.ratio import Ratio
from budgets.reports.standings import Question, currency_of
from orders.models import Negotiation, Offer
from orders.reports.pipeline import weighted_value


@dataclass(frozen=True)
class Coverage:
    """What is missing to the target of a year, and what could fill it, all in the company's currency.

    `pipeline` is what open negotiations are worth a year, `weighted` the same times their probability, `offers` what is with
    customers in its latest revision and belongs to none of these negotiations: nothing counts twice, and nothing is left out
    because of a negotiation that the reader does not see.
    """

    missing: Decimal
    pipeline: Decimal
    weighted: Decimal
    offers: Decimal

    @property
    def covered(self) -> Ratio:
        """K-S5: the open pipeline over what is missing; nothing where the target is reached."""
        return Ratio(self.pipeline, max(self.missing, Decimal(0)))

    @property
    def likely(self) -> Ratio:
        """Weighted negotiations and offers over what is missing."""
        return Ratio(self.weighted + self.offers, max(self.missing, Decimal(0)))


def coverage(asked: Question, standing: Standing, reader: Any) -> Coverage | None:
    """The coverage of a year as far as its reader sees negotiations and offers; of revenue in the company's currency only.

    A person's are the negotiations that they own and the offers that they sent, a location's those that it sells.
    """
    if asked.measure != Measure.REVENUE or currency_of(asked.first_month) != settings.BASE_CURRENCY:
        return None
    negotiations, offers = Negotiation.objects.visible_to(reader).open(), Offer.objects.visible_to(reader)
    if asked.person is not None:
        negotiations, offers = negotiations.filter(owner=asked.person), offers.filter(sent_by=asked.person)
    if asked.location is not None:
        here = Q(selling_location=asked.location)
        negotiations, offers = negotiations.filter(here), offers.filter(here)
    return Coverage(
        missing=standing.year - standing.reached,
        pipeline=_sum(negotiations),
        weighted=weighted_value(negotiations),
        offers=_sum(offers.latest_out().exclude(negotiation__in=negotiations.values("pk"))),
    )


def _sum(rows: Any) -> Decimal:
    return rows.order_by().aggregate(sum=Sum("base_annual_value"))["sum"] or Decimal(0)
