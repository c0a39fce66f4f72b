"""The cockpit of orders: what is wrong with them by value at stake, on time and in full, the backlog, and book-to-bill."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kam.core import clock, formats
from kam.core.charts import ChartData, Series
from kam.core.periods import end_of_month, months_later
from kam.core.views import Page
from kam.core.workflow import Denied
from orders.models import Order, reads_ledger, reads_orders
from orders.reports.figures import COUNTED
from orders.reports.order_cockpit import (
    FLAWS,
    Stake,
    backlog,
    billed_by_month,
    flawed,
    flaws_of,
    intake_by_month,
    stakes,
)
from orders.reports.order_lines_behind import BARS, DUE, lines_behind
from orders.reports.order_service import BASES, Kept, otif, whole
from orders.reports.order_times import all_times, dimension_of, times_by
from orders.views.asking import month_name
from orders.views.shown import Answer

SHOWN, MONTHS_BACK = 50, 12
#: Nobody turns more pages; a filter leads further.
PAGES = 200


def refuse_without_orders(reader: Any) -> None:
    """Raises Denied for whoever reads no order at all."""
    if not reads_orders(reader):
        raise Denied("orders_hidden", _("Orders are not for you to see."), status=403)


def percent(value: Decimal | None) -> str:
    """A rate in words; nothing due is no zero."""
    return str(_("n/a")) if value is None else formats.percent(value, 2)


def label_of(month: date) -> str:
    """A month as the charts write it."""
    return f"{month_name(month.month)} {month.year % 100:02d}"


def billed_lines(month: date) -> str:
    """Where the invoiced lines of a month stand."""
    days = [("date_after", month.isoformat()), ("date_before", end_of_month(month).isoformat())]
    asked = [*days, *(("kind", kind) for kind in sorted(COUNTED)), ("is_intercompany", "false")]
    return f"{reverse('orders:line_list')}?{urlencode(asked)}"


class OrderCockpit(Page):
    """What waits, is blocked or late of the reader's orders; every figure narrows the table below it."""

    model = Order
    title = _("Order cockpit")
    template_name = "orders/order_cockpit.html"

    @cached_property
    def flaw(self) -> str:
        """Which flaw the table is narrowed to."""
        asked = self.request.GET.get("flaw", "")
        return asked if asked in FLAWS else ""

    @cached_property
    def bar(self) -> str:
        """Whose lines are shown instead of the orders: those of a bar of the charts."""
        asked = self.request.GET.get("bar", "")
        return asked if asked == "late" or asked in DUE or (asked in BARS and self.month) else ""

    @cached_property
    def month(self) -> date | None:
        """The month of that bar."""
        try:
            return date.fromisoformat(f"{self.request.GET.get('month', '')[:7]}-01")
        except ValueError:
            return None

    def leads(self, bar: str, month: date) -> str:
        """Where the lines behind a bar stand."""
        return f"{reverse('orders:order_cockpit')}?bar={bar}&month={month:%Y-%m}"

    @cached_property
    def page(self) -> int:
        """Which page of the table is shown, from 1."""
        asked = self.request.GET.get("page", "")
        return min(max(int(asked), 1), PAGES) if asked.isascii() and asked.isdecimal() else 1

    @property
    def offset(self) -> int:
        """How many orders stand before the page."""
        return (self.page - 1) * SHOWN

    @cached_property
    def first(self) -> date:
        """The first of the twelve months that end with the running one."""
        return months_later(clock.today().replace(day=1), 1 - MONTHS_BACK)

    @cached_property
    def months(self) -> list[date]:
        """The twelve months."""
        return [months_later(self.first, number) for number in range(MONTHS_BACK)]

    def answers(self, found: dict[str, Stake]) -> list[Answer]:
        """The strip on top: how many orders have each flaw and what they are worth."""
        base = reverse("orders:order_cockpit")
        return [
            Answer(
                flaw.label,
                formats.number(found[code].count),
                f"{formats.number(found[code].worth)} {settings.BASE_CURRENCY}",
                flaw.tone if found[code].count else "",
                f"{base}?flaw={code}",
            )
            for code, flaw in FLAWS.items()
        ]

    def service(self, kept: dict[str, dict[date, Kept]]) -> ChartData:
        """On time and in full by month, on the three bases."""
        return ChartData(
            "otif",
            _("Lines on time and in full"),
            [label_of(month) for month in self.months],
            [
                Series(
                    str(label),
                    [kept[name].get(month, Kept()).percent("both") for month in self.months],
                    kind="line",
                    tone=tone,
                    addresses=[self.leads(f"due_{name}", month) for month in self.months],
                )
                for (name, label), tone in zip(BASES.items(), ("light", "text", "accent"), strict=True)
            ],
            "%",
            decimals=2,
            note=_("Lines due in the month, delivered or not; what was not promised fails where promises count."),
        )

    def promised(self, late: Decimal, coming: dict[date, Decimal]) -> ChartData:
        """The backlog: past due, then month by month."""
        return ChartData(
            "backlog",
            _("Backlog"),
            [gettext("Past due"), *(label_of(month) for month in coming)],
            [
                Series(
                    str(_("Open value")),
                    [late, *coming.values()],
                    addresses=[
                        f"{reverse('orders:order_cockpit')}?bar=late",
                        *(self.leads("backlog", month) for month in coming),
                    ],
                )
            ],
            settings.BASE_CURRENCY,
            note=_("What is confirmed and not delivered, by the date confirmed last."),
        )

    def booked(self) -> tuple[ChartData, str]:
        """Intake beside what was invoiced, and one divided by the other."""
        intake, billed = intake_by_month(self.reader, self.first), billed_by_month(self.reader, self.first)
        total = sum((billed.get(month, Decimal(0)) for month in self.months), Decimal(0))
        ordered = sum((intake.get(month, Decimal(0)) for month in self.months), Decimal(0))
        chart = ChartData(
            "book-to-bill",
            _("Order intake and revenue"),
            [label_of(month) for month in self.months],
            [
                Series(
                    str(_("Order intake")),
                    [intake.get(month, Decimal(0)) for month in self.months],
                    addresses=[self.leads("intake", month) for month in self.months],
                ),
                Series(
                    str(_("Revenue")),
                    [billed.get(month, Decimal(0)) for month in self.months],
                    tone="light",
                    addresses=[billed_lines(month) for month in self.months],
                ),
            ],
            settings.BASE_CURRENCY,
            note=_("Changes and cancellations lower the intake of their month."),
        )
        return chart, formats.number(ordered / total, 2) if total > 0 else str(_("n/a"))

    def context(self) -> dict[str, Any]:
        refuse_without_orders(self.reader)
        kept = otif(self.reader, self.first, end_of_month(clock.today()))
        late, coming = backlog(self.reader)
        found, held = stakes(self.reader)
        month = self.month if self.bar != "late" else None
        rows: list[Any] = []
        behind: list[Any] = []
        if self.bar:
            behind = lines_behind(self.reader, self.bar, month, self.offset, SHOWN + 1)
        else:
            rows = list(flawed(self.reader, self.flaw)[self.offset : self.offset + SHOWN + 1])
        by = dimension_of(self.reader)
        times = times_by(self.reader, by, self.first)
        booked, ratio = self.booked() if reads_ledger(self.reader) else (None, "")
        return super().context() | {
            "answers": self.answers(found),
            "blocked_by": held,
            "orders": [(one.order, [FLAWS[code] for code in flaws_of(one)]) for one in rows[:SHOWN]],
            "page": self.page,
            "more": len(rows or behind) > SHOWN,
            "bar": BARS.get(self.bar) or DUE.get(self.bar, ""),
            "of_service": self.bar in DUE,
            "month": label_of(month) if month else "",
            "behind": behind[:SHOWN],
            "sorted_by": "" if self.bar else _("The most valuable first"),
            "flaw": FLAWS.get(self.flaw),
            "service": [
                (
                    f"{reverse('orders:order_cockpit')}?bar=due_{name}",
                    label,
                    *(percent(whole(kept[name]).percent(part)) for part in ("on_time", "in_full", "both")),
                    whole(kept[name]).due,
                )
                for name, label in BASES.items()
            ],
            "charts": [chart for chart in (self.service(kept), self.promised(late, coming), booked) if chart is not None],
            "by": _("Customer") if by == "account" else _("Selling location"),
            "times": [*(one for one in times if one.tells), *([all_times(times, gettext("Together"))] if len(times) > 1 else [])],
            "past_due": late,
            "backlog": late + sum(coming.values(), Decimal(0)),
            "book_to_bill": ratio,
            "base_currency": settings.BASE_CURRENCY,
        }
