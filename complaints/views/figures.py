"""The page of the figures of complaints: every figure leads to its complaints; costs only for who reads costs."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location
from complaints.models import Complaint
from complaints.reports.figures import (
    PARETO,
    Asked,
    Bar,
    PoorQuality,
    Ppm,
    Repeats,
    Trend,
    pareto,
    poor_quality,
    ppm_of,
    repeats_of,
    trend,
)
from complaints.reports.step_times import KEEPING, OURS, StepTime, step_times
from kam.core import formats
from kam.core.charts import ChartData, Series
from kam.core.views import Page
from orders.views.asking import last_day_of, month_name, recent_years, year_of
from orders.views.shown import Answer

HEADS = {"defect": _("Defect"), "product": _("Product"), "customer": _("Customer")}


def written(value: Decimal | None, decimals: int = 0) -> str:
    """A figure in words; of nothing there is none."""
    return gettext("n/a") if value is None else formats.number(value, decimals)


def share(value: Decimal | None) -> str:
    """A rate in words."""
    return gettext("n/a") if value is None else formats.percent(value, 2)


def chosen(page: Page, name: str, model: Any) -> Any:
    """The record that the address names, as far as the reader sees it."""
    asked = page.request.GET.get(name, "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return model.objects.visible_to(page.reader).filter(pk=int(asked)).first()


class ComplaintFigures(Page):
    """How many pieces were wrong, how fast we answered, what came back, what it cost, and where it comes from."""

    model = Complaint
    title = _("Figures of complaints")
    template_name = "complaints/complaint_figures.html"
    breadcrumb = ((_("Complaints"), "/complaints/"),)

    @cached_property
    def asked(self) -> Asked:
        """Which complaints: a year, perhaps a customer, perhaps a location."""
        return Asked(year_of(self.request.GET), chosen(self, "customer", Customer), chosen(self, "location", Location))

    def to_list(self, month: int | None = None, **more: Any) -> str:
        """The complaints behind a figure, of a month or of the year."""
        year = self.asked.year
        first, last = date(year, month or 1, 1), last_day_of(date(year, month or 12, 1))
        values: dict[str, Any] = {"counted": "true", "received_after": first.isoformat(), "received_before": last.isoformat()}
        for name, record in (("customer", self.asked.customer), ("location", self.asked.location)):
            values |= {name: record.pk} if record is not None else {}
        return f"{reverse('complaints:complaint_list')}?{urlencode(values | more)}"

    def answers(self, pieces: Ppm, repeats: Repeats, poor: PoorQuality | None) -> list[Answer]:
        """The strip on top."""
        quality = self.to_list(kind="quality")
        sent = gettext("of %(count)s pieces delivered") % {"count": formats.number(pieces.delivered)}
        undecided = gettext("with %(count)s pieces that are not decided") % {"count": formats.number(pieces.undecided)}
        quiet = gettext("of %(count)s closed without a repeat") % {"count": formats.number(repeats.closed)}
        again = gettext("%(count)s complaints") % {"count": formats.number(repeats.repeated)}
        found = [
            Answer(_("Complaints"), formats.number(repeats.complaints), str(self.asked.year), "", self.to_list()),
            Answer(_("PPM"), written(pieces.ppm), sent, "", quality),
            Answer(_("Claimed PPM"), written(pieces.claimed_ppm), undecided, "", quality),
            Answer(_("Repeat rate"), share(repeats.rate), again, "", self.to_list(repeat="true")),
            Answer(_("Effectiveness"), share(repeats.effectiveness), quiet, "", self.to_list(status="closed")),
            Answer(_("No trouble found"), share(pieces.ntf), gettext("of the pieces analysed"), "", quality),
        ]
        if poor is not None:
            net = gettext("net %(amount)s") % {"amount": formats.money(poor.costs.net, settings.BASE_CURRENCY)}
            found.append(
                Answer(_("Cost of poor quality"), formats.money(poor.costs.gross, settings.BASE_CURRENCY), net, "", "#dearest")
            )
        return found

    def chart(self, found: Trend) -> ChartData:
        """Month by month, with the limit above which a month is conspicuous."""
        months = range(1, 13)
        series = [
            Series(str(_("Complaints")), found.months, addresses=[self.to_list(month) for month in months]),
            *([Series(str(_("Alarm limit")), [found.limit] * 12, kind="tick", tone="text")] if found.limit is not None else []),
        ]
        note = _("The limit is the mean of a month and three times its root, of the year before where there is one.")
        return ChartData("trend", _("Complaints by month"), [month_name(month) for month in months], series, note=note)

    def leads(self, by: str, bar: Bar) -> str:
        """The complaints of a bar; what says no defect or no product is found by the others."""
        return self.to_list(**{by: bar.key}) if bar.key else ""

    def steps_behind(self, one: StepTime) -> dict[str, str]:
        """The complaints behind the figures of a step."""
        whose = one.profile or OURS
        return {kept: self.to_list(step=f"{one.step}:{kept}", deadline_of=whose) for kept in KEEPING}

    def context(self) -> dict[str, Any]:
        asked, reader = self.asked, self.reader
        pieces, repeats, poor = ppm_of(reader, asked), repeats_of(reader, asked), poor_quality(reader, asked)
        found = trend(reader, asked)
        places = Location.objects.visible_to(reader).order_by("code")
        return super().context() | {
            "answers": self.answers(pieces, repeats, poor),
            "chart": self.chart(found),
            "alarms": [(month_name(month), found.months[month - 1], self.to_list(month)) for month in found.alarms],
            "limit": found.limit,
            "times": [(one, self.steps_behind(one)) for one in step_times(reader, asked)],
            "paretos": [
                (by, HEADS[by], [(bar, self.leads(by, bar)) for bar in pareto(reader, asked, by)]) for by in PARETO
            ],
            "poor": poor,
            "year": asked.year,
            "customer": asked.customer,
            "base_currency": settings.BASE_CURRENCY,
            "unfiltered": True,
            "choosers": [
                ("year", _("Year"), recent_years(), str(asked.year)),
                ("location", _("Location that sells or produces"), [("", _("All")), *((str(one.pk), one.name) for one in places)],
                 str(asked.location.pk) if asked.location else ""),
            ],
        }  # fmt: skip
