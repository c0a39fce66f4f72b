"""Rebates that accrue: the turnover of the running year of an agreement, the tier it reached, and what the next one needs (AT-36)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from kam.core import clock
from kam.core.money import round_money
from kam.core.periods import months_later
from orders.models import LineKind, PriceAgreement, SalesLine


@dataclass(frozen=True)
class Accrual:
    """What a rebate came to between two days; without a turnover, as some of its sales are not the reader's to see."""

    first_day: date
    last_day: date
    turnover: Decimal | None
    rate: Decimal = Decimal(0)
    accrued: Decimal = Decimal(0)
    #: Above which turnover the next tier begins and its rate; None where the highest is reached.
    next_from: Decimal | None = None
    next_rate: Decimal | None = None

    @property
    def missing(self) -> Decimal | None:
        """How much turnover is missing to the next tier."""
        return None if self.next_from is None or self.turnover is None else self.next_from - self.turnover


def accrual_of(agreement: PriceAgreement, reader: Any) -> Accrual:
    """What a rebate came to in the year of the agreement that runs today, or in its last one; nothing accrues where none is agreed.

    Counted are goods that were invoiced to whom it was agreed with, in its currency, at its location; of a programme those of
    the products that are priced. A reader who does not see all of these sales is told no amount.
    """
    first, last = running_year(agreement, clock.today())
    rows = counted(agreement, first, last)
    whole = rows.aggregate(turnover=Sum("net"), lines=Count("pk"))
    if rows.visible_to(reader).aggregate(lines=Count("pk"))["lines"] != whole["lines"]:  # type: ignore[attr-defined]
        return Accrual(first, last, None)
    turnover = round_money(whole["turnover"] or Decimal(0), agreement.currency)
    reached = [tier for tier in agreement.tiers if turnover > tier[0]]
    coming = next((tier for tier in agreement.tiers if turnover <= tier[0]), (None, None))
    rate = reached[-1][1] if reached else Decimal(0)
    return Accrual(first, last, turnover, rate, accrued(agreement, turnover), *coming)


def accrued(agreement: PriceAgreement, turnover: Decimal) -> Decimal:
    """The rebate on a turnover: the rate of the tier reached on all of it, or each tranche at its own; a tier begins above its amount."""
    tiers = [tier for tier in agreement.tiers if turnover > tier[0]]
    if not tiers:
        return Decimal(0)
    if agreement.rebate == PriceAgreement.Rebate.RETROACTIVE:
        return round_money(turnover * tiers[-1][1] / 100, agreement.currency)
    ends = [*(begins for begins, _rate in tiers[1:]), turnover]
    exact = sum(((until - begins) * rate for (begins, rate), until in zip(tiers, ends, strict=True)), Decimal(0))
    return round_money(exact / 100, agreement.currency)


def running_year(agreement: PriceAgreement, day: date) -> tuple[date, date]:
    """The twelve months of an agreement in which a day lies, cut at its end; the last ones where it is over."""
    begins = agreement.first_day or day
    end = min(day, agreement.last_day) if agreement.last_day else day
    years = max((end.year - begins.year) - ((end.month, end.day) < (begins.month, begins.day)), 0)
    first = months_later(begins, 12 * years)
    last = months_later(begins, 12 * (years + 1)) - timedelta(days=1)
    return first, min(last, agreement.last_day) if agreement.last_day else last


def counted(agreement: PriceAgreement, first: date, last: date) -> QuerySet[SalesLine]:
    """The sales that count for a rebate."""
    if agreement.plant_id:
        holder = Q(plant=agreement.plant_id)
    elif agreement.customer_id:
        holder = Q(plant__customer=agreement.customer_id)
    else:
        holder = Q(plant__customer__group=agreement.group_id)
    rows = SalesLine.objects.current().filter(
        holder, date__range=(first, last), kind=LineKind.GOODS, is_intercompany=False, currency=agreement.currency
    )
    if agreement.location_id:
        rows = rows.filter(selling_location=agreement.location_id)
    if agreement.programme_id:
        rows = rows.filter(product__in=agreement.lines.filter(product__isnull=False).values("product"))
    return rows
