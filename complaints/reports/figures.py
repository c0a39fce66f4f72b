"""Figures of the complaints of a year, as far as their reader sees them: PPM, repeats, findings, Pareto, trend with its alarm limit, costs (K-Q1 to K-Q6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, ExtractMonth, Greatest
from django.utils import timezone

from accounts.models import Customer, Location, access_of
from accounts.models.access import COST_READERS
from catalog.models import Product, Unit
from complaints.models import Complaint, ComplaintCost
from complaints.reports.costs import Costs, costs_of
from kam.core import clock
from kam.core.parameters import parameter
from orders.models import Order, OrderDelivery, reads_ledger
from orders.reports.figures import Question, sales_total

ZERO, CENT, MILLION = Decimal(0), Decimal("0.01"), Decimal(1_000_000)
MOST_ROWS = 20


class Percentile(Aggregate):
    """The value below which so many of a hundred lie, between two of them where none does."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


@dataclass(frozen=True)
class Asked:
    """Which complaints: those of a year, perhaps of one customer, or sold or made by one location only."""

    year: int
    customer: Customer | None = None
    location: Location | None = None

    @property
    def first(self) -> datetime:
        """When the year begins."""
        return timezone.make_aware(datetime.combine(date(self.year, 1, 1), time()))

    @property
    def end(self) -> datetime:
        """When it is over."""
        return timezone.make_aware(datetime.combine(date(self.year + 1, 1, 1), time()))

    @property
    def before(self) -> "Asked":
        """The same of the year before."""
        return Asked(self.year - 1, self.customer, self.location)


def counted(reader: Any, asked: Asked) -> QuerySet[Complaint]:
    """The reader's complaints received in the year; duplicates and what was withdrawn were none."""
    rows = Complaint.objects.visible_to(reader).counted().filter(received_at__gte=asked.first, received_at__lt=asked.end)
    if asked.customer is not None:
        rows = rows.filter(plant__customer=asked.customer)
    if asked.location is not None:
        rows = rows.filter(Q(selling_location=asked.location) | Q(producing_location=asked.location))
    return rows.order_by()


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A share in per cent, to two decimals; of nothing there is none."""
    return (Decimal(100) * part / whole).quantize(CENT, ROUND_HALF_UP) if whole else None


@dataclass(frozen=True)
class Ppm:
    """Pieces: delivered, confirmed defective, complained about and not decided, and found without defect (K-Q1, K-Q6)."""

    delivered: Decimal
    confirmed: Decimal
    undecided: Decimal
    unjustified: Decimal

    @property
    def ppm(self) -> Decimal | None:
        """Confirmed defective pieces in a million that were delivered (AT-26)."""
        return self._of(self.confirmed)

    @property
    def claimed_ppm(self) -> Decimal | None:
        """The same with those that are not decided yet."""
        return self._of(self.confirmed + self.undecided)

    @property
    def ntf(self) -> Decimal | None:
        """Pieces without defect, in per cent of those that were analysed."""
        return percent(self.unjustified, self.unjustified + self.confirmed)

    def _of(self, pieces: Decimal) -> Decimal | None:
        return (pieces * MILLION / self.delivered).quantize(Decimal(1), ROUND_HALF_UP) if self.delivered else None


def ppm_of(reader: Any, asked: Asked) -> Ppm:
    """Of complaints about quality, in pieces, beside the pieces that left the house by the reader's orders in the same year."""
    rows = counted(reader, asked).filter(kind=Complaint.Kind.QUALITY, unit=Unit.PIECE)
    zero = Value(ZERO)
    left = F("claimed") - Coalesce("confirmed", zero) - Coalesce("unjustified", zero)
    sums = rows.annotate(left=Greatest(left, zero)).aggregate(
        confirmed=Sum("confirmed"), unjustified=Sum("unjustified"), undecided=Sum("left", filter=~Q(status__in=Complaint.OVER))
    )
    orders = Order.objects.visible_to(reader)
    if asked.customer is not None:
        orders = orders.filter(plant__customer=asked.customer)
    if asked.location is not None:
        orders = orders.filter(Q(selling_location=asked.location) | Q(producing_location=asked.location))
    sent = OrderDelivery.objects.filter(
        delivered_on__year=asked.year, line__unit=Unit.PIECE, order__in=orders.order_by().values("pk")
    )
    delivered = sent.order_by().aggregate(all=Sum("quantity"))["all"]
    return Ppm(delivered or ZERO, *(sums[name] or ZERO for name in ("confirmed", "undecided", "unjustified")))


@dataclass(frozen=True)
class Repeats:
    """How many complaints repeat an earlier one, and how many that were closed have kept quiet (K-Q4)."""

    complaints: int
    repeated: int
    closed: int
    quiet: int

    @property
    def rate(self) -> Decimal | None:
        """Repeats in per cent of all complaints."""
        return percent(self.repeated, self.complaints)

    @property
    def effectiveness(self) -> Decimal | None:
        """Closed ones without a repeat within the days of verification, in per cent of those closed."""
        return percent(self.quiet, self.closed)


def repeats_of(reader: Any, asked: Asked) -> Repeats:
    """Repeats among the complaints of the year, and what was done about those that are closed."""
    days = int(parameter("complaints.effect_days", []))
    window = ExpressionWrapper(OuterRef("closed_at") + timedelta(days=days), output_field=DateTimeField())
    again = Complaint.objects.counted().filter(
        repeats=OuterRef("pk"), received_at__gt=OuterRef("closed_at"), received_at__lte=window
    )
    found = (
        counted(reader, asked)
        .annotate(again=Exists(again))
        .aggregate(
            complaints=Count("pk"),
            repeated=Count("pk", filter=Q(repeats__isnull=False)),
            closed=Count("pk", filter=Q(closed_at__isnull=False)),
            quiet=Count("pk", filter=Q(closed_at__isnull=False, again=False)),
        )
    )
    return Repeats(**found)


@dataclass(frozen=True)
class Bar:
    """One bar of a Pareto: what it is called, how many complaints, their share and the share of it and all before it."""

    key: Any
    label: str
    count: int
    claimed: Decimal
    share: Decimal
    cumulated: Decimal


#: What complaints are ordered by: the key of a row, and the records that it names.
PARETO: dict[str, tuple[str, Any]] = {
    "defect": ("defect", None),
    "product": ("product", Product),
    "customer": ("plant__customer", Customer),
}


def pareto(reader: Any, asked: Asked, by: str) -> list[Bar]:
    """The complaints of the year by defect, product or customer, the most first; at most so many rows, shares of all of them."""
    key, model = PARETO[by]
    rows = counted(reader, asked).values(key).annotate(count=Count("pk"), claimed=Sum("claimed")).order_by("-count", key)
    bars = accumulated(list(rows), key, model, Complaint.Defect.choices)
    return [Bar(row[key], label, row["count"], row["claimed"] or ZERO, part, before) for row, label, part, before in bars]


def accumulated(
    found: Sequence[dict[str, Any]], key: str, model: Any, choices: Sequence[Any]
) -> Iterator[tuple[dict[str, Any], str, Decimal, Decimal]]:
    """The first rows of a Pareto, the most first: what each is of, its share, and the share of all up to it, in per cent of all rows.

    The key of a row names a record of the model, or one of the choices where there is none.
    """
    shown = found[:MOST_ROWS]
    if model is None:
        labels = {value: str(label) for value, label in choices}
    else:
        labels = {one.pk: str(one) for one in model._default_manager.filter(pk__in=[row[key] for row in shown if row[key]])}
    whole, running = sum(row["count"] for row in found), 0
    for row in shown:
        running += row["count"]
        yield row, labels.get(row[key], ""), percent(row["count"], whole) or ZERO, percent(running, whole) or ZERO


@dataclass(frozen=True)
class Trend:
    """Complaints of each month, and the number above which a month is conspicuous."""

    months: list[int]
    limit: Decimal | None

    @property
    def alarms(self) -> list[int]:
        """The months, from 1, that lie above the limit."""
        return [number for number, count in enumerate(self.months, 1) if self.limit is not None and count > self.limit]


def trend(reader: Any, asked: Asked) -> Trend:
    """Month by month; the limit is that of a control chart of counts: mean and three times its root, of the year before where there is one."""
    months, earlier = _by_month(reader, asked), _by_month(reader, asked.before)
    today = clock.today()
    over = 12 if asked.year < today.year else today.month - 1 if asked.year == today.year else 0
    basis = earlier if any(earlier) else months[:over]
    if not any(basis):
        return Trend(months, None)
    mean = Decimal(sum(basis)) / len(basis)
    return Trend(months, (mean + 3 * mean.sqrt()).quantize(CENT, ROUND_HALF_UP))


def _by_month(reader: Any, asked: Asked) -> list[int]:
    rows = counted(reader, asked).annotate(month=ExtractMonth("received_at")).values("month").annotate(count=Count("pk"))
    found = {row["month"]: row["count"] for row in rows.order_by()}
    return [found.get(month, 0) for month in range(1, 13)]


@dataclass(frozen=True)
class PoorQuality:
    """What the complaints of a year cost where the reader reads costs, in per cent of the revenue that they read, and which cost the most."""

    costs: Costs
    revenue: Decimal | None
    dearest: list[tuple[Complaint, Decimal]]

    @property
    def share(self) -> Decimal | None:
        """Gross in per cent of the revenue of the year."""
        return None if self.revenue is None else self.costs.share(self.revenue)


def poor_quality(reader: Any, asked: Asked) -> PoorQuality | None:
    """External failure cost of the year's complaints (K-Q5); None for who reads no costs at all."""
    if not access_of(reader).roles & COST_READERS:
        return None
    lines = ComplaintCost.objects.costs_visible_to(reader).filter(complaint__in=counted(reader, asked).values("pk"))
    back = Q(kind=ComplaintCost.Kind.RECHARGE)
    most = lines.order_by().values("complaint").annotate(gross=Sum("amount", filter=~back)).exclude(gross=None)
    sums = {row["complaint"]: row["gross"] for row in most.order_by("-gross", "complaint")[:MOST_ROWS]}
    rows = {one.pk: one for one in Complaint.objects.visible_to(reader).filter(pk__in=list(sums)).for_list()}
    revenue = None
    if reads_ledger(reader):
        only: dict[str, Sequence[Any]] = {"customer": [asked.customer.pk]} if asked.customer is not None else {}
        only |= {"selling_location": [asked.location.pk]} if asked.location is not None else {}
        revenue = sales_total(Question(asked.year, only=only), reader).now.revenue
    return PoorQuality(costs_of(lines), revenue, [(rows[key], gross) for key, gross in sums.items() if key in rows])
