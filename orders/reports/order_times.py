"""How long customers wait for our word and how often an order changes afterwards (K-O2, K-O4), by location and by account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from accounts.models import Customer, Location, access_of
from orders.models import ORDER_READERS, OrderTotal

CENT, HUNDRED = Decimal("0.01"), Decimal(100)
#: What is asked by: where the row's key stands, and the record that names it.
BY: dict[str, tuple[str, Any]] = {"location": ("selling_location", Location), "account": ("plant__customer", Customer)}


@dataclass
class Times:
    """Of one place: first confirmations with their working hours, how many were in time, what waits, and what changed."""

    label: str = ""
    confirmed: int = 0
    hours: Decimal = Decimal(0)
    in_time: int = 0
    waiting: int = 0
    waiting_worth: Decimal = Decimal(0)
    lines: int = 0
    by_customer: int = 0
    by_us: int = 0

    @property
    def tells(self) -> bool:
        """Whether anything was confirmed, waits or changed here; what was only promised before says nothing of these months."""
        return bool(self.confirmed or self.waiting or self.by_customer or self.by_us)

    @property
    def mean_hours(self) -> Decimal | None:
        """Working hours from the receipt of an order to its confirmation, on average."""
        return (self.hours / self.confirmed).quantize(CENT) if self.confirmed else None

    @property
    def in_time_percent(self) -> Decimal | None:
        """How many of the confirmations were in time."""
        return (HUNDRED * self.in_time / self.confirmed).quantize(CENT) if self.confirmed else None

    def changed(self, lines: int) -> Decimal | None:
        """Changed lines for a hundred that were confirmed."""
        return (HUNDRED * lines / self.lines).quantize(CENT) if self.lines else None

    @property
    def customer_changes(self) -> Decimal | None:
        """Lines that customers changed, of a hundred confirmed."""
        return self.changed(self.by_customer)

    @property
    def own_changes(self) -> Decimal | None:
        """Lines that we changed, of a hundred confirmed."""
        return self.changed(self.by_us)

    @property
    def figures(self) -> tuple[Decimal | None, Decimal | None]:
        """How long and how much in time."""
        return self.mean_hours, self.in_time_percent

    @property
    def changes(self) -> tuple[Decimal | None, Decimal | None]:
        """What changed, by the customer and by us."""
        return self.customer_changes, self.own_changes

    def count(self, figure: str, in_full: bool | None, count: int, worth: Decimal) -> None:
        """Take a cell in."""
        match figure:
            case "confirmed":
                self.confirmed, self.hours = self.confirmed + count, self.hours + worth
                self.in_time += count if in_full else 0
            case "waiting":
                self.waiting, self.waiting_worth = self.waiting + count, self.waiting_worth + worth
            case "promised":
                self.lines += count
            case "changed:customer":
                self.by_customer += count
            case _:
                self.by_us += count


def dimension_of(reader: Any) -> str:
    """By what a reader looks at it: who only leads accounts by account, everybody else by location."""
    scope = access_of(reader).scope_of(ORDER_READERS)
    return "location" if scope.everything or scope.location_ids else "account"


def times_by(reader: Any, by: str, first: date) -> list[Times]:
    """The times since the first of a month, of each location or account that this person sees, by name."""
    key, model = BY[by]
    since = Q(figure__in=["confirmed", "promised", "changed:customer", "changed:own"], day__gte=first)
    rows = OrderTotal.objects.visible_to(reader).filter(since | Q(figure="waiting")).order_by()
    cells = rows.values_list(key, "figure", "in_full").annotate(count=Sum("count"), worth=Sum("worth"))
    found: dict[Any, Times] = {}
    for place, figure, in_full, count, worth in cells:
        found.setdefault(place, Times()).count(figure, in_full, count, worth or Decimal(0))
    for place in model.objects.filter(pk__in=found):
        found[place.pk].label = place.name
    return sorted(found.values(), key=lambda one: one.label)


def all_times(parts: Iterable[Times], label: str) -> Times:
    """All places together."""
    whole = Times(label)
    for one in parts:
        for name in ("confirmed", "hours", "in_time", "waiting", "waiting_worth", "lines", "by_customer", "by_us"):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
    return whole
