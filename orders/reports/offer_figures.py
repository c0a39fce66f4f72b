"""Figures of offers: how long they take, how many are won, and how far below the list (K-S1 to K-S3); by month, person and market."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce, ExtractMonth
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Market, User
from kam.core.calendars import Calendars, working_days_between
from kam.core.parameters import define, parameter
from orders.models import Offer
from orders.reports.hit_rates import CENT, HitRates, percent_of

LIMIT = define(
    "orders.offer_lead_days",
    default=[3, 10],
    unit="wd",
    label=_("Working days for an offer of catalogue articles, and for one that has to be costed"),
)
#: What the figures can be looked at by: its label, where its key stands, and what it names.
BY: dict[str, tuple[Any, Any, Any]] = {
    "month": (_("Month"), None, None),
    "person": (_("Sent by"), F("sent_by"), User),
    "market": (_("Sector"), F("plant__customer__sector"), Market),
    "location": (_("Selling location"), F("selling_location"), Location),
}


def lead_days(complete: date, sent: date, pauses: Iterable[tuple[date, date]], calendar: Calendars) -> int:
    """Working days from the complete enquiry to the first sending, less those on which the customer was waited for (AT-24).

    Days are those after the first up to and including the last, as everywhere (AT-22).
    """
    waited = sum(
        working_days_between(max(begins, complete), min(ends, sent), calendar)
        for begins, ends in pauses
        if max(begins, complete) < min(ends, sent)
    )
    return max(working_days_between(complete, sent, calendar) - waited, 0)


def limit_of(offer: Offer) -> int:
    """How many working days an offer may take: one with a free line has to be costed first (domain 1.10)."""
    allowed = [int(days) for days in parameter(LIMIT.key, [f"location:{offer.selling_location_id}"])]
    costed = offer.lines.filter(product__isnull=True).exists()
    return allowed[-1] if costed else allowed[0]


@dataclass
class Figures(HitRates):
    """What was sent and what was decided of one month, person or market in a year; money is a year's, in the group's currency."""

    key: Any
    label: str = ""
    leads: list[tuple[int, int]] = field(default_factory=list)
    won: int = 0
    lost: int = 0
    won_value: Decimal = Decimal(0)
    lost_value: Decimal = Decimal(0)
    undecided: int = 0
    realised: Decimal = Decimal(0)
    listed: Decimal = Decimal(0)

    @property
    def sent(self) -> int:
        """How many were sent for the first time whose enquiry has a day."""
        return len(self.leads)

    @property
    def lead_time(self) -> Decimal | None:
        """The median of their working days (K-S3)."""
        return Decimal(str(median(days for days, _limit in self.leads))) if self.leads else None

    @property
    def in_time(self) -> Decimal | None:
        """How many per cent of them took no longer than they may."""
        return percent_of(Decimal(sum(days <= limit for days, limit in self.leads)), Decimal(len(self.leads)))

    @property
    def realisation(self) -> Decimal | None:
        """What accepted offers are worth of the same quantities at list prices, in per cent."""
        return percent_of(self.realised, self.listed)


def figures_by(rows: Any, by: str, year: int) -> list[Figures]:
    """The figures of these offers by one of BY, in three queries; months in their order, else what was sent and decided most first."""
    _label, key, model = BY[by]
    found: dict[Any, Figures] = {number: Figures(number) for number in range(1, 13)} if model is None else {}
    rows = rows.order_by()
    sent = rows.filter(revision=0, lead_days__isnull=False, sent_at__year=year)
    for one, days, limit in sent.annotate(key=key or ExtractMonth("sent_at")).values_list("key", "lead_days", "lead_limit"):
        found.setdefault(one, Figures(one)).leads.append((days, limit))
    decided = _decided(rows, year)
    for one in decided.annotate(key=key or ExtractMonth("decided")).values("key").annotate(**DECIDED):
        made = found.setdefault(one["key"], Figures(one["key"]))
        made.won, made.lost, made.undecided = one["won"], one["lost"], one["undecided"]
        for name in ("won_value", "lost_value", "realised", "listed"):
            setattr(made, name, (one[name] or Decimal(0)).quantize(CENT, ROUND_HALF_UP))
    if model is None:
        return list(found.values())
    names = {row.pk: str(row) for row in model._default_manager.filter(pk__in=[one for one in found if one])}
    for made in found.values():
        made.label = names.get(made.key, "")
    return sorted(found.values(), key=lambda one: (-(one.sent + one.won + one.lost), one.label))


WON, LOST = Q(status=Offer.Status.ACCEPTED), Q(status=Offer.Status.LOST)
APART = Q(status__in=[Offer.Status.EXPIRED, Offer.Status.WITHDRAWN])
VALUE = Coalesce(F("base_annual_value"), Decimal(0))
DECIDED = {
    "won": Count("pk", filter=WON),
    "lost": Count("pk", filter=LOST),
    "undecided": Count("pk", filter=APART),
    "won_value": Sum(VALUE, filter=WON),
    "lost_value": Sum(VALUE, filter=LOST),
    "realised": Sum(VALUE, filter=WON & Q(list_net__gt=0, net__gt=0)),
    "listed": Sum(VALUE * F("list_net") / F("net"), filter=WON & Q(list_net__gt=0, net__gt=0)),
}


def _decided(rows: Any, year: int) -> Any:
    """The offers that were sent and are over in a year: decided on a day, or expired with their validity."""
    over = rows.filter(WON | LOST | APART, sent_at__isnull=False).annotate(decided=Coalesce("decided_on", "valid_until"))
    return over.filter(decided__year=year)


def together(parts: Iterable[Figures]) -> Figures:
    """The sum of figures."""
    total = Figures(None, str(_("Total")))
    for one in parts:
        total.leads += one.leads
        for name in ("won", "lost", "undecided", "won_value", "lost_value", "realised", "listed"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total
