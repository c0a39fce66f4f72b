"""What is wrong with the orders that one sees and what is at stake: what waits, is blocked or late, the backlog, and book-to-bill."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Round, TruncMonth
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from kam.core import clock
from orders.models import ORDER_READERS, BlockKind, Order, OrderBlock, OrderIntake, OrderLine, SalesTotal
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import COUNTED

ZERO = Decimal(0)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Flaw:
    """Something that keeps orders from going on: its words, its condition over `marked` orders, and the tone of its figure."""

    label: Any
    condition: Q
    tone: str = ""


STATUS = Order.Status
FLAWS: dict[str, Flaw] = {
    "incomplete": Flaw(_("Incomplete"), Q(status=STATUS.RECEIVED) & ~Q(incomplete=[]), "amb"),
    "received": Flaw(_("To be registered"), Q(status=STATUS.RECEIVED, incomplete=[])),
    "in_review": Flaw(_("In review"), Q(status__in=[STATUS.REGISTERED, STATUS.IN_REVIEW])),
    "discrepancy": Flaw(_("With differences"), Q(status=STATUS.DISCREPANCY), "amb"),
    "blocked": Flaw(_("Blocked"), Q(blocked=True), "neg"),
    "accepted": Flaw(_("To be confirmed"), Q(status=STATUS.ACCEPTED)),
    "waiting": Flaw(_("Waiting for the customer"), Q(waiting_customer=True), "amb"),
    "changing": Flaw(_("Change requested"), Q(status=STATUS.CHANGE_REQUESTED)),
    "late": Flaw(_("Late"), Q(late=True), "neg"),
}


@dataclass(frozen=True)
class Stake:
    """How many orders have a flaw and what they are worth together, in the group's currency."""

    count: int
    worth: Decimal


def reads_orders(reader: Any) -> bool:
    """Whether there is any order that this person may read."""
    return bool(access_of(reader).roles & ORDER_READERS)


def marked(orders: QuerySet) -> QuerySet:
    """The orders on which something is still to be done, each with whether it is blocked and whether a line of it is past due."""
    blocks = OrderBlock.objects.active().filter(order=OuterRef("pk"))
    late = OrderLine.objects.filter(order=OuterRef("pk"), status__in=OrderLine.BACKLOG, confirmed_on__lt=clock.today())
    return orders.exclude(status__in=Order.OVER).annotate(blocked=Exists(blocks), late=Exists(late))


def flawed(orders: QuerySet, code: str = "") -> QuerySet:
    """The orders with this flaw, or with any, the most valuable first."""
    condition = Q(pk__in=[])
    for name, flaw in FLAWS.items():
        if code in ("", name):
            condition |= flaw.condition
    return marked(orders).filter(condition).order_by("-base_net", "-pk")


def flaws_of(order: Any) -> list[str]:
    """The flaws of one of the marked orders."""
    status = {
        STATUS.RECEIVED: "incomplete" if order.incomplete else "received",
        STATUS.REGISTERED: "in_review",
        STATUS.IN_REVIEW: "in_review",
        STATUS.DISCREPANCY: "discrepancy",
        STATUS.ACCEPTED: "accepted",
        STATUS.CHANGE_REQUESTED: "changing",
    }.get(order.status)
    found = {status: True, "blocked": order.blocked, "waiting": order.waiting_customer, "late": order.late}
    return [code for code in FLAWS if found.get(code)]


def stakes(orders: QuerySet) -> dict[str, Stake]:
    """How many orders have each flaw and what they are worth, in one query."""
    figures: dict[str, Any] = {}
    for code, flaw in FLAWS.items():
        figures[f"{code}_count"] = Count("pk", filter=flaw.condition)
        figures[f"{code}_worth"] = Coalesce(Sum("base_net", filter=flaw.condition), ZERO)
    found: Mapping[str, Any] = marked(orders).order_by().aggregate(**figures)
    return {code: Stake(found[f"{code}_count"], found[f"{code}_worth"]) for code in FLAWS}


def blocked_by(orders: QuerySet) -> list[tuple[str, Any, int]]:
    """How many orders each kind of block holds."""
    alive = orders.exclude(status__in=Order.OVER).order_by().values("pk")
    found = (
        OrderBlock.objects.active().filter(order__in=alive).order_by().values("kind").annotate(n=Count("order", distinct=True))
    )
    counts = {one["kind"]: one["n"] for one in found}
    return [(kind.value, kind.label, counts[kind.value]) for kind in BlockKind if kind.value in counts]


def backlog(orders: QuerySet) -> tuple[Decimal, dict[date, Decimal]]:
    """What is promised and not delivered, in the group's currency: what is past due, and the rest by month of its date (K-O3)."""
    rate = Case(When(order__net__gt=0, then=F("order__base_net") / F("order__net")), default=Value(ZERO))
    worth = Round((F("quantity") - F("delivered_quantity")) * F("amount") / F("quantity") * rate, 2)
    lines = OrderLine.objects.filter(
        order__in=orders.order_by().values("pk"), status__in=OrderLine.BACKLOG, delivered_quantity__lt=F("quantity")
    )
    today = clock.today()
    due = Q(confirmed_on__lt=today)
    found = (
        lines.order_by()
        .values(month=TruncMonth("confirmed_on"))
        .annotate(late=Coalesce(Sum(worth, filter=due), ZERO), coming=Coalesce(Sum(worth, filter=~due), ZERO))
        .order_by("month")
    )
    rows = list(found)
    return sum((one["late"] for one in rows), ZERO), {one["month"]: one["coming"] for one in rows if one["coming"]}


def intake_by_month(reader: Any, first: date) -> dict[date, Decimal]:
    """Order intake by month, changes and cancellations as they lowered it, in the group's currency."""
    rows = OrderIntake.objects.visible_to(reader).filter(day__gte=first)
    found = rows.order_by().values(month=TruncMonth("day")).annotate(net=Sum("base_net"))
    return {one["month"]: one["net"] for one in found}


def billed_by_month(reader: Any, first: date) -> dict[date, Decimal]:
    """Revenue by month as the ledger has it, in the group's currency."""
    columns = {f"month_{month}": Sum(month_column("revenue", month)) for month in MONTHS}
    rows = SalesTotal.objects.visible_to(reader).filter(year__gte=first.year, kind__in=COUNTED, is_intercompany=False)
    found: Any = rows.order_by().values("year").annotate(**columns)
    return {
        date(one["year"], month, 1): Decimal(one[f"month_{month}"] or 0).quantize(CENT)
        for one in found
        for month in MONTHS
        if date(one["year"], month, 1) >= first
    }
