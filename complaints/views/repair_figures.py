"""The page of the figures of repairs: every figure leads to its pieces; margins only for who reads costs."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location
from complaints.models import RepairPiece
from complaints.reports.figures import Asked
from complaints.reports.repair_figures import (
    PARETO,
    Backlog,
    Bar,
    Margin,
    Quality,
    Turnaround,
    backlog,
    margins,
    months,
    pareto,
    quality_of,
    turnarounds,
)
from complaints.views.figures import chosen, share, written
from kam.core import formats
from kam.core.charts import ChartData, Series
from kam.core.views import Page
from orders.views.asking import last_day_of, month_name, recent_years, year_of
from orders.views.shown import Answer

HEADS = {"fault_code": _("Fault found"), "product": _("Product"), "customer": _("Customer")}
SHIPPED = {"status": RepairPiece.Status.SHIPPED.value}


class RepairFigures(Page):
    """What lies here, how long it takes, how well it is repaired, what comes back, what it leaves."""

    model = RepairPiece
    title = _("Figures of repairs")
    template_name = "complaints/repair_figures.html"
    breadcrumb = ((_("Repairs"), "/repairs/"),)

    @cached_property
    def asked(self) -> Asked:
        """Which repairs: a year, perhaps a customer, perhaps a repairing location."""
        return Asked(year_of(self.request.GET), chosen(self, "customer", Customer), chosen(self, "location", Location))

    def to_list(self, **values: Any) -> str:
        """The pieces behind a figure."""
        for name, record in (("customer", self.asked.customer), ("location", self.asked.location)):
            values |= {name: record.pk} if record is not None and name not in values else {}
        return f"{reverse('complaints:repair_piece_list')}?{urlencode(values)}"

    def within(self, what: str, month: int | None = None) -> dict[str, str]:
        """The filter for what came (`received`) or left (`left`) in a month or in the year."""
        first, last = date(self.asked.year, month or 1, 1), last_day_of(date(self.asked.year, month or 12, 1))
        return {f"{what}_after": first.isoformat(), f"{what}_before": last.isoformat()}

    def to_shipped(self, month: int | None = None, **more: Any) -> str:
        """What left repaired."""
        return self.to_list(**SHIPPED, **self.within("left", month), **more)

    def to_analysed(self, **more: Any) -> str:
        """What came in the year and was diagnosed."""
        return self.to_list(analysed="true", **self.within("received"), **more)

    def answers(self, here: Backlog, quality: Quality, took: list[Turnaround], money: list[Margin] | None) -> list[Answer]:
        """The strip on top."""
        _gross, net, *_worked = took
        late = gettext("%(count)s late, %(share)s") % {"count": formats.number(here.late), "share": share(here.share)}
        slow = gettext("median; nine of ten within %(days)s") % {"days": written(net.ninety, 1)}
        promised = gettext("of %(count)s with a promised day") % {"count": formats.number(quality.promised)}
        first = gettext("passed at the first test: %(share)s") % {"share": share(quality.first_pass)}
        back = gettext("%(count)s of %(all)s came back") % {
            "count": formats.number(quality.returned), "all": formats.number(quality.shipped),
        }  # fmt: skip
        without = gettext("%(count)s of %(all)s analysed") % {
            "count": formats.number(quality.no_fault), "all": formats.number(quality.analysed),
        }  # fmt: skip
        found = [
            Answer(_("In repair today"), formats.number(here.open), late, "neg" if here.late else "", self.to_list(open="true")),
            Answer(_("Shipped repaired"), formats.number(quality.shipped), str(self.asked.year), "", self.to_shipped()),
            Answer(_("Net turnaround (days)"), written(net.median, 1), slow, "", "#turnaround"),
            Answer(_("Ready as promised"), share(quality.punctual), promised, "", self.to_shipped()),
            Answer(_("Yield of the tests"), share(quality.test_yield), first, "", self.to_shipped()),
            Answer(_("Failed again"), share(quality.return_rate), back, "", self.to_shipped(returned="true")),
            Answer(_("No fault found"), share(quality.no_fault_rate), without, "", self.to_analysed(fault_code="none")),
        ]
        if money is not None and len({one.currency for one in money}) == 1:
            charge, margin = (sum((getattr(one, name) for one in money), Decimal(0)) for name in ("charge", "margin"))
            of = Margin(0, "", money[0].currency, 0, charge, charge - margin, 0, Decimal(0))
            found.append(Answer(_("Margin"), share(of.share), formats.money(of.margin, of.currency), "", "#margins"))
        return found

    def charts(self, here: Backlog) -> list[ChartData]:
        """What lies here by state, and how long it took month by month."""
        states, labels, counts = [one[0] for one in here.states], [one[1] for one in here.states], [one[2] for one in here.states]
        found = months(self.reader, self.asked)
        leads = [self.to_shipped(month) for month in range(1, 13)]
        times = [
            Series(_("Median"), [one[1] for one in found], addresses=leads),
            Series(_("Nine of ten within"), [one[2] for one in found], kind="tick", tone="text", addresses=leads),
        ]
        open_ones = Series(_("Pieces"), counts, addresses=[self.to_list(open="true", status=status) for status in states])
        return [
            ChartData("backlog", _("Pieces in repair today by state"), labels, [open_ones]),
            ChartData(
                "times", _("Net turnaround by month"), [month_name(month) for month in range(1, 13)], times, unit=_("days"),
                decimals=1, note=_("Calendar days from the arrival until it left, without those of waiting for the customer."),
            ),
        ]  # fmt: skip

    def leads(self, by: str, bar: Bar) -> str:
        """The pieces of a row; what says no product is found by the others."""
        return self.to_analysed(**{by: bar.key}) if bar.key else ""

    def context(self) -> dict[str, Any]:
        asked, reader = self.asked, self.reader
        here, quality = backlog(reader, asked), quality_of(reader, asked)
        took, money = turnarounds(reader, asked), margins(reader, asked)
        places = Location.objects.visible_to(reader).order_by("code")
        return super().context() | {
            "answers": self.answers(here, quality, took, money),
            "charts": self.charts(here),
            "times": took,
            "shipped_address": self.to_shipped(),
            "paretos": [
                (by, HEADS[by], [(bar, self.leads(by, bar)) for bar in pareto(reader, asked, by)]) for by in PARETO
            ],
            "margins": [(one, *self.of_margin(one)) for one in money or ()],
            "reads_costs": money is not None,
            "year": asked.year,
            "customer": asked.customer,
            "unfiltered": True,
            "choosers": [
                ("year", _("Year"), recent_years(), str(asked.year)),
                ("location", _("Repairing location"), [("", _("All")), *((str(one.pk), one.name) for one in places)],
                 str(asked.location.pk) if asked.location else ""),
            ],
        }  # fmt: skip

    def of_margin(self, one: Margin) -> tuple[str, str]:
        """Where the charged and the free repairs of a selling location stand."""
        return tuple(self.to_shipped(selling_location=one.location, settled=how) for how in ("charged", "free"))  # type: ignore[return-value]
