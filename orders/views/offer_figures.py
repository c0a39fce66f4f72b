"""The page of the figures of offers: lead time, hit rates and prices against the list, by month, person, market or location."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kam.core import formats
from kam.core.charts import ChartData, Series
from kam.core.views import Page
from orders.models import Offer
from orders.reports.offer_figures import BY, Figures, figures_by, together
from orders.views.agreements import refuse_without_prices
from orders.views.asking import last_day_of, month_name, recent_years, year_of
from orders.views.shown import Answer

#: The filter of the list that narrows to a row of each breakdown.
FILTERS = {"person": "sent_by", "market": "market", "location": "selling_location"}


def percent(value: Any) -> str:
    """A rate in words; nothing decided is no zero."""
    return str(_("n/a")) if value is None else formats.percent(value, 2)


class OfferFigures(Page):
    """What became of offers in a year, and how long they took; every figure leads to its offers."""

    model = Offer
    title = _("Figures of offers")
    template_name = "orders/offer_figures.html"
    breadcrumb = ((_("Offers"), "/offers/"),)

    @cached_property
    def by(self) -> str:
        """What the table is by."""
        asked = self.request.GET.get("by", "")
        return asked if asked in BY else "month"

    @cached_property
    def year(self) -> int:
        """Of which year."""
        return year_of(self.request.GET)

    def days(self, name: str, month: int | None) -> dict[str, str]:
        """A month, or the year, as the filter of a range of days."""
        first, last = date(self.year, month or 1, 1), last_day_of(date(self.year, month or 12, 1))
        return {f"{name}_after": first.isoformat(), f"{name}_before": last.isoformat()}

    def to_list(self, what: str, key: Any = None) -> str:
        """The offers behind a figure: sent with a lead time, accepted, or lost; of a row, or of all."""
        chosen = {FILTERS[self.by]: key} if key and self.by in FILTERS else {}
        month = key if self.by == "month" else None
        if what == "sent":
            return self._address(chosen | {"timed": "true"} | self.days("sent", month))
        return self._address(chosen | {"status": what} | self.days("decided_on", month))

    @staticmethod
    def _address(values: dict[str, Any]) -> str:
        return f"{reverse('orders:offer_list')}?{urlencode(values)}"

    def answers(self, total: Figures) -> list[Answer]:
        """The strip on top."""
        said = gettext("%(won)s won, %(lost)s lost, %(apart)s undecided") % {
            "won": total.won, "lost": total.lost, "apart": total.undecided,
        }  # fmt: skip
        worth = gettext("%(won)s won, %(lost)s lost") % {
            "won": formats.number(total.won_value), "lost": formats.number(total.lost_value),
        }  # fmt: skip
        median = gettext("n/a") if total.lead_time is None else formats.number(total.lead_time, 1)
        return [
            Answer(_("Working days until sent"), median, gettext("median of %(count)s") % {"count": total.sent}, "",
                   self.to_list("sent")),
            Answer(_("In time"), percent(total.in_time), gettext("within the days allowed")),
            Answer(_("Hit rate by number"), percent(total.hit_rate), said, "", self.to_list("accepted")),
            Answer(_("Hit rate by value"), percent(total.hit_rate_value), worth),
            Answer(_("Against the list"), percent(total.realisation), gettext("accepted offers, by value")),
        ]  # fmt: skip

    def label(self, one: Figures) -> str:
        """What a row is called."""
        return month_name(one.key) if self.by == "month" else one.label or gettext("None")

    def chart(self, rows: list[Figures]) -> ChartData:
        """What was won and lost."""
        shown = rows if self.by == "month" else rows[:12]
        return ChartData(
            "offers",
            _("Won and lost"),
            [self.label(one) for one in shown],
            [
                Series(str(_("Won")), [one.won_value for one in shown], addresses=[self._of(one, "accepted") for one in shown]),
                Series(str(_("Lost")), [one.lost_value for one in shown], tone="light",
                       addresses=[self._of(one, "lost") for one in shown]),
            ],
            settings.BASE_CURRENCY,
            note=_("The value of a year, by the day of the decision."),
        )  # fmt: skip

    def _of(self, one: Figures, what: str) -> str:
        """The offers behind a figure of a row; nothing for what has no key."""
        return self.to_list(what, one.key) if one.key is not None else ""

    def context(self) -> dict[str, Any]:
        refuse_without_prices(self.reader)
        rows = figures_by(self.rows(), self.by, self.year)
        total = together(rows)
        lines = [(one, self.label(one), self._of(one, "sent"), self._of(one, "accepted"), self._of(one, "lost")) for one in rows]
        return super().context() | {
            "answers": self.answers(total),
            "chart": self.chart(rows),
            "lines": lines,
            "total": total,
            "of": BY[self.by][0],
            "year": self.year,
            "base_currency": settings.BASE_CURRENCY,
            "unfiltered": True,
            "choosers": [
                ("by", _("Broken down by"), [(name, label) for name, (label, _key, _model) in BY.items()], self.by),
                ("year", _("Year"), recent_years(), str(self.year)),
            ],
        }
