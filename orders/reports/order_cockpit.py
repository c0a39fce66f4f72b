"""What is wrong with the orders that one sees and what is at stake: what waits, is blocked or late, the backlog, and book-to-bill.

Every figure is read from what is kept of orders (orders.models.order_totals), so that it takes as long over a million open lines
as over a few; the orders behind a figure are read from where they stand, by an index.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, F, Q, QuerySet, Sum, When
from django.db.models.functions import Cast, TruncMonth
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.scoping import Way, asking
from orders.models import BlockKind, MarketTotal, OrderStanding, OrderTotal, PlantTotal, reach_of
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import COUNTED

ZERO = Decimal(0)
CENT = Decimal("0.01")
BLOCK = "block:"


@dataclass(frozen=True)
class Flaw:
    """Something that keeps orders from going on: its words, its tone, and how it shows in a standing."""

    label: Any
    tone: str = ""
    #: The column of a standing that says so beside its status, and from or to which day it does.
    column: str = ""


FLAWS: dict[str, Flaw] = {
    "incomplete": Flaw(_("Incomplete"), "amb"),
    "received": Flaw(_("To be registered")),
    "in_review": Flaw(_("In review")),
    "discrepancy": Flaw(_("With differences"), "amb"),
    "blocked": Flaw(_("Blocked"), "neg", "blocked_until__gte"),
    "accepted": Flaw(_("To be confirmed")),
    "waiting": Flaw(_("Waiting for the customer"), "amb", "waiting"),
    "changing": Flaw(_("Change requested")),
    "late": Flaw(_("Late"), "neg", "due_on__lt"),
}


@dataclass(frozen=True)
class Stake:
    """How many orders have a flaw and what they are worth together, in the group's currency."""

    count: int
    worth: Decimal


def _holds(code: str) -> Q:
    """The standings that have a flaw today."""
    column = FLAWS[code].column
    return Q(**{column: True if column == "waiting" else clock.today()}) if column else Q(flaw=code)


def _today() -> Q:
    """The cells that count today: what is late is past its day, what is blocked is not."""
    blocked, today = Q(figure="blocked") | Q(figure__startswith=BLOCK), clock.today()
    return Q(day=None) | blocked & Q(day__gte=today) | Q(figure="late", day__lt=today)


def flawed(reader: Any, code: str = "") -> QuerySet:
    """Where the orders with this flaw stand, or those with any, the most valuable first."""
    condition = Q(pk__in=[])
    for name in [code] if code else FLAWS:
        condition |= Q(flaw__gt="") if not code and not FLAWS[name].column else _holds(name)
    rows = (
        asking(OrderStanding.objects.visible_to(reader), Way.FIRST).filter(condition, alive=True).order_by("-base_net", "-order")
    )
    return rows.select_related("order__plant__customer", "order__selling_location").defer("figures")


def flaws_of(standing: OrderStanding) -> list[str]:
    """The flaws of an order where it stands."""
    today = clock.today()
    found = {
        standing.flaw: True,
        "blocked": standing.blocked_until is not None and standing.blocked_until >= today,
        "waiting": standing.waiting,
        "late": standing.due_on is not None and standing.due_on < today,
    }
    return [code for code in FLAWS if found.get(code)]


def _sums(reader: Any, figures: Q, by: Any) -> Mapping[Any, tuple[int, Decimal]]:
    """Cells that this person sees, added up by something."""
    rows = OrderTotal.objects.visible_to(reader).filter(figures).order_by().values(by=by)
    return {row["by"]: (row["n"], row["of"]) for row in rows.annotate(n=Sum("count"), of=Sum("worth"))}


def stakes(reader: Any) -> tuple[dict[str, Stake], list[tuple[str, Any, int]]]:
    """How many orders have each flaw and what they are worth; and how many each kind of block holds."""
    figures = Q(figure__in=FLAWS) | Q(figure__in=[f"{BLOCK}{kind}" for kind in BlockKind.values])
    found = _sums(reader, figures & _today(), F("figure"))
    held = [(kind.value, kind.label, found[f"{BLOCK}{kind.value}"][0]) for kind in BlockKind if f"{BLOCK}{kind.value}" in found]
    return {code: Stake(*found.get(code, (0, ZERO))) for code in FLAWS}, [one for one in held if one[2]]


def backlog(reader: Any) -> tuple[Decimal, dict[date, Decimal]]:
    """What is promised and not delivered, in the group's currency: what is past due, and the rest by month of its date (K-O3)."""
    month = Case(When(day__gte=clock.today(), then=TruncMonth("day")))
    found = _sums(reader, Q(figure="backlog"), Cast(month, DateField()))
    coming = {month: worth for month, (_count, worth) in found.items() if month and worth}
    return found.get(None, (0, ZERO))[1], dict(sorted(coming.items()))


def intake_by_month(reader: Any, first: date) -> dict[date, Decimal]:
    """Order intake by month, changes and cancellations as they lowered it, in the group's currency."""
    return {month: worth for month, (_n, worth) in _sums(reader, Q(figure="intake", day__gte=first), F("day")).items()}


def billed_by_month(reader: Any, first: date) -> dict[date, Decimal]:
    """Revenue by month as the ledger has it, in the group's currency; from the coarsest totals that tell the reader's rows apart."""
    reach = reach_of(reader)
    if reach.everything or not reach.accounts.statement:
        at_home = Q() if reach.everything else Q(selling_location__in=reach.location_ids)
        rows: Any = MarketTotal.objects.filter(at_home)
    else:
        rows = PlantTotal.objects.visible_to(reader)
    columns = {f"month_{month}": Sum(month_column("revenue", month)) for month in MONTHS}
    rows = rows.filter(year__gte=first.year, kind__in=COUNTED, is_intercompany=False)
    found = rows.order_by().values("year").annotate(**columns)
    billed = {}
    for one in found:
        before = ZERO
        for month in MONTHS:
            until = Decimal(one[f"month_{month}"] or 0)
            if date(one["year"], month, 1) >= first:
                billed[date(one["year"], month, 1)] = (until - before).quantize(CENT)
            before = until if rows.model.running else ZERO
    return billed
