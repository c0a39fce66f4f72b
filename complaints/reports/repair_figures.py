"""Figures of repairs, as far as their reader sees them: backlog, turnaround, promises kept, yield, no fault found, returns, margin (K-Q6, K-R1 to K-R5)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, ExtractMonth

from accounts.models import Customer, Location, access_of
from accounts.models.access import COST_READERS
from catalog.models import Product
from complaints.models import RepairPiece
from complaints.models.repair_costs import COST_COLUMNS
from complaints.reports.figures import CENT, ZERO, Asked, Percentile, accumulated, percent

Status = RepairPiece.Status


def pieces(reader: Any, asked: Asked) -> QuerySet[RepairPiece]:
    """The reader's pieces, perhaps of one customer, or repaired at one location."""
    rows = RepairPiece.objects.visible_to(reader)
    if asked.customer is not None:
        rows = rows.filter(repair__plant__customer=asked.customer)
    if asked.location is not None:
        rows = rows.filter(repair__repair_location=asked.location)
    return rows.order_by()


def shipped(reader: Any, asked: Asked) -> Any:
    """Those of them that left us repaired in the year."""
    return pieces(reader, asked).filter(status=Status.SHIPPED, left_at__gte=asked.first, left_at__lt=asked.end)


def analysed(reader: Any, asked: Asked) -> Any:
    """Those of them that came in the year and were diagnosed."""
    return pieces(reader, asked).filter(received_at__gte=asked.first, received_at__lt=asked.end, diagnosed_at__isnull=False)


@dataclass(frozen=True)
class Backlog:
    """What there is to do today, whatever the year: pieces in each state, and how many are past the promised day (K-R3)."""

    states: list[tuple[str, Any, int]]
    open: int
    late: int

    @property
    def share(self) -> Decimal | None:
        """The late ones in per cent of all open ones."""
        return percent(self.late, self.open)


def backlog(reader: Any, asked: Asked) -> Backlog:
    """The open pieces by state, in the order of the procedure."""
    rows: Any = pieces(reader, asked)
    found = dict(rows.open().values_list("status").annotate(Count("pk")))
    states = [(value, label, found[value]) for value, label in Status.choices if value in found]
    return Backlog(states, sum(found.values()), rows.late().count())


@dataclass(frozen=True)
class Turnaround:
    """Days from the arrival until the piece left repaired: with the customer's time or without it, of the calendar or worked (K-R1)."""

    net: bool
    working: bool
    mean: Decimal | None
    median: Decimal | None
    ninety: Decimal | None


#: Gross before net, calendar days before working days: whether net, whether worked, and the columns.
TIMES = (
    (False, False, F("gross_days")),
    (True, False, F("gross_days") - Coalesce("waited_days", 0)),
    (False, True, F("gross_working_days")),
    (True, True, F("gross_working_days") - Coalesce("waited_working_days", 0)),
)
NET_DAYS = TIMES[1][2]


def days(value: Any) -> Decimal | None:
    """A number of days, to one decimal."""
    return None if value is None else Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)


def turnarounds(reader: Any, asked: Asked) -> list[Turnaround]:
    """Mean, median and ninth decile of the year's pieces, four ways of counting."""
    wanted: dict[str, Any] = {}
    for number, (_net, _working, column) in enumerate(TIMES):
        wanted |= {
            f"mean{number}": Avg(column, output_field=FloatField()),
            f"median{number}": Percentile(column, 0.5),
            f"ninety{number}": Percentile(column, 0.9),
        }
    found = shipped(reader, asked).aggregate(**wanted)
    return [
        Turnaround(net, working, *(days(found[f"{name}{number}"]) for name in ("mean", "median", "ninety")))
        for number, (net, working, _column) in enumerate(TIMES)
    ]


def months(reader: Any, asked: Asked) -> list[tuple[int, Decimal | None, Decimal | None]]:
    """Of each month how many pieces left repaired, and median and ninth decile of their net calendar days."""
    rows = shipped(reader, asked).annotate(month=ExtractMonth("left_at")).values("month")
    rows = rows.annotate(count=Count("pk"), median=Percentile(NET_DAYS, 0.5), ninety=Percentile(NET_DAYS, 0.9))
    found = {row["month"]: (row["count"], days(row["median"]), days(row["ninety"])) for row in rows.order_by()}
    return [found.get(month, (0, None, None)) for month in range(1, 13)]


@dataclass(frozen=True)
class Quality:
    """How well it was repaired: promises kept, tests passed, what came back (K-R2, K-R5), and what had no fault at all (K-Q6)."""

    shipped: int
    promised: int
    in_time: int
    all_tests: int
    at_first: int
    returned: int
    analysed: int
    no_fault: int

    @property
    def punctual(self) -> Decimal | None:
        """Ready on the promised day or before, in per cent of those of which a day was promised."""
        return percent(self.in_time, self.promised)

    @property
    def test_yield(self) -> Decimal | None:
        """Tests passed in per cent of all tests."""
        return percent(self.shipped, self.all_tests)

    @property
    def first_pass(self) -> Decimal | None:
        """Pieces that passed their first test, in per cent."""
        return percent(self.at_first, self.shipped)

    @property
    def return_rate(self) -> Decimal | None:
        """Pieces that failed again within the days of a repeat, in per cent of those that left."""
        return percent(self.returned, self.shipped)

    @property
    def no_fault_rate(self) -> Decimal | None:
        """Pieces without fault in per cent of those that were analysed."""
        return percent(self.no_fault, self.analysed)


#: The day on which a piece was ready, where it is repaired.
READY_DAY = Cast(
    Func(F("repair__repair_location__calendar__time_zone"), F("ready_at"), function="timezone", output_field=DateTimeField()),
    DateField(),
)


def quality_of(reader: Any, asked: Asked) -> Quality:
    """Of what left repaired in the year, and of what came in it."""
    again = RepairPiece.objects.filter(repeat_of=OuterRef("pk"))
    found = (
        shipped(reader, asked)
        .annotate(again=Exists(again), ready_day=READY_DAY)
        .aggregate(
            shipped=Count("pk"),
            promised=Count("pk", filter=Q(promised_on__isnull=False)),
            in_time=Count("pk", filter=Q(ready_day__lte=F("promised_on"))),
            all_tests=Coalesce(Sum("tests"), 0),
            at_first=Count("pk", filter=Q(tests=1)),
            returned=Count("pk", filter=Q(again=True)),
        )
    )
    without = Count("pk", filter=Q(fault_code=RepairPiece.Fault.NONE))
    return Quality(**found, **analysed(reader, asked).aggregate(analysed=Count("pk"), no_fault=without))


@dataclass(frozen=True)
class Bar:
    """What came in the year of one fault, product or customer: pieces, their share, and how many had no fault."""

    key: Any
    label: str
    count: int
    share: Decimal
    cumulated: Decimal
    no_fault: Decimal | None


#: What pieces are ordered by: the key of a row, and the records that it names.
PARETO: dict[str, tuple[str, Any]] = {
    "fault_code": ("fault_code", None),
    "product": ("product", Product),
    "customer": ("repair__plant__customer", Customer),
}


def pareto(reader: Any, asked: Asked, by: str) -> list[Bar]:
    """The analysed pieces of the year by what was found, by product or customer, the most first; at most so many rows, shares of all."""
    key, model = PARETO[by]
    none = Count("pk", filter=Q(fault_code=RepairPiece.Fault.NONE))
    rows = analysed(reader, asked).values(key).annotate(count=Count("pk"), none=none).order_by("-count", key)
    bars = accumulated(list(rows), key, model, RepairPiece.Fault.choices)
    return [
        Bar(row[key], label, row["count"], part, before, percent(row["none"], row["count"])) for row, label, part, before in bars
    ]


@dataclass(frozen=True)
class Margin:
    """What was charged for the year's repairs of one selling location, in its currency, and what they cost ourselves (K-R4)."""

    location: int
    name: str
    currency: str
    charged: int
    charge: Decimal
    cost: Decimal
    free: int
    free_cost: Decimal

    @property
    def margin(self) -> Decimal:
        """What was charged less what it cost."""
        return self.charge - self.cost

    @property
    def share(self) -> Decimal | None:
        """The margin in per cent of what was charged."""
        return percent(self.margin, self.charge)


def margins(reader: Any, asked: Asked) -> list[Margin] | None:
    """Charge, cost and margin of what left repaired and is charged or free, where the reader reads costs; None for who reads none at all."""
    if not access_of(reader).roles & COST_READERS:
        return None
    cost: Any = sum((Coalesce(F(name), Value(ZERO)) for name in COST_COLUMNS), Value(ZERO))
    paid, free = Q(settled=RepairPiece.Settled.CHARGED), Q(settled=RepairPiece.Settled.FREE)
    place = "repair__selling_location"
    rows = shipped(reader, asked).costs_visible_to(reader).values(place).annotate(
        charged=Count("pk", filter=paid), charge_sum=Sum("charge", filter=paid), cost_sum=Sum(cost, filter=paid),
        free_count=Count("pk", filter=free), free_sum=Sum(cost, filter=free),
    )  # fmt: skip
    found = {row[place]: row for row in rows}
    return [
        Margin(
            one.pk, one.name, one.currency, found[one.pk]["charged"], _cents(found[one.pk]["charge_sum"]),
            _cents(found[one.pk]["cost_sum"]), found[one.pk]["free_count"], _cents(found[one.pk]["free_sum"]),
        )
        for one in Location.objects.filter(pk__in=list(found)).order_by("code")
    ]  # fmt: skip


def _cents(value: Decimal | None) -> Decimal:
    return (value or ZERO).quantize(CENT)
