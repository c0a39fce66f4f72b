"""The board of negotiations, stage beside stage, and their figures: the forecast by month, the pipeline by what one chooses, hit rates."""

from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kam.core import clock, formats
from kam.core.charts import ChartData, Series
from kam.core.forms import dress_filters
from kam.core.views import Page
from kam.core.views.list_state import chips
from orders.filters import NegotiationFilter
from orders.models import Negotiation, Stage
from orders.models.negotiations import OPEN
from orders.reports.pipeline import BY, Month, Pipeline, by_month, lost_by_reason, pipeline_by, together
from orders.views.asking import last_day_of, month_name, recent_years, year_of
from orders.views.negotiations import refuse_without_negotiations
from orders.views.shown import Answer

CARDS = 40


class NegotiationsPage(Page):
    """What the pages over all negotiations share: the filters of the list, and who reads none."""

    model = Negotiation
    #: What is chosen beside the filters.
    choosers: tuple[str, ...] = ()

    @cached_property
    def filterset(self) -> NegotiationFilter:
        """The filters of the address over the reader's rows."""
        whole = self.request.GET.get("part") == "filters"
        return NegotiationFilter(self.request.GET, queryset=self.rows(), request=self.request, whole=whole)

    def filtered(self) -> Any:
        """The reader's rows that the filters leave."""
        return self.filterset.qs if self.filterset.is_valid() else self.rows().none()

    def kept(self, *apart: str) -> list[tuple[str, str]]:
        """The filters of the address, some left out."""
        known = NegotiationFilter.parameters()
        return [
            (name, value)
            for name in self.request.GET
            if name in known and name not in apart
            for value in self.request.GET.getlist(name)
        ]

    def to_list(self, *apart: str, **values: Any) -> str:
        """The list with the same filters and these."""
        pairs = [pair for pair in self.kept(*apart) if pair[0] not in values]
        pairs += [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
        return f"{reverse('orders:negotiation_list')}?{urlencode(pairs)}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_negotiations(self.reader)
        if request.GET.get("part") == "filters":
            chosen = [(name, request.GET[name]) for name in self.choosers if request.GET.get(name)]
            form = dress_filters(self.filterset.form)
            return render(request, "orders/filter_form.html", {"filters": form, "kept": chosen})
        return super().get(request, *args, **kwargs)

    def tabs(self) -> list[dict[str, Any]]:
        """List, board and figures, each with the same filters."""
        query = urlencode(self.kept())
        pages = (
            ("orders:negotiation_list", _("Negotiations")),
            ("orders:negotiation_board", _("Board")),
            ("orders:negotiation_pipeline", _("Pipeline")),
        )
        return [
            {
                "label": label,
                "address": f"{reverse(name)}{'?' if query else ''}{query}",
                "active": reverse(name) == self.request.path,
            }
            for name, label in pages
        ]

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "chips": chips(self.filterset, self.request.GET),
            "filter_errors": self.filterset.form.errors if self.request.GET else {},
            "base_currency": settings.BASE_CURRENCY,
            "negotiation_tabs": self.tabs(),
        }


class NegotiationBoard(NegotiationsPage):
    """The open negotiations as cards, a column a stage; a card is dragged, or moved by its own field."""

    title = _("Board")
    template_name = "orders/negotiation_board.html"

    def context(self) -> dict[str, Any]:
        rows = self.filtered()
        figures = {one.key: one for one in pipeline_by(rows, "stage", clock.today().year)}
        cards: dict[str, list[Negotiation]] = {stage.value: [] for stage in OPEN}
        for one in rows.open().for_list().order_by("decision_on", "pk"):
            if len(cards[one.stage]) < CARDS:
                cards[one.stage].append(one)
        shown = [row.pk for column in cards.values() for row in column]
        columns = [
            {
                "stage": stage.value,
                "label": stage.label,
                "cards": cards[stage.value],
                "figures": figures.get(stage.value) or Pipeline(stage.value, ""),
                "all": self.to_list("stage", "open", stage=stage.value),
            }
            for stage in OPEN
        ]
        movable = Negotiation.objects.permitted(self.reader, "orders.move_negotiation").filter(pk__in=shown)
        return super().context() | {
            "columns": columns,
            "stages": [(stage.value, stage.label) for stage in OPEN],
            "movable": set(movable.values_list("pk", flat=True)),
            "may_create": self.reader.may("orders.create_negotiation"),
            "today": clock.today(),
        }


class NegotiationPipeline(NegotiationsPage):
    """The figures of negotiations: forecast by month, the pipeline by what one chooses, what was won and lost in a year."""

    title = _("Pipeline")
    template_name = "orders/negotiation_pipeline.html"
    choosers = ("by", "year")

    @property
    def by(self) -> str:
        """What the table is by."""
        asked = self.request.GET.get("by", "")
        return asked if asked in BY else "stage"

    @property
    def year(self) -> int:
        """Of which year decisions count."""
        return year_of(self.request.GET)

    def answers(self, total: Pipeline) -> list[Answer]:
        """The strip on top."""
        said = gettext("%(won)s won, %(lost)s lost, %(apart)s undecided") % {
            "won": total.won, "lost": total.lost, "apart": total.undecided,
        }  # fmt: skip
        worth = gettext("%(won)s won, %(lost)s lost") % {
            "won": formats.number(total.won_value), "lost": formats.number(total.lost_value),
        }  # fmt: skip
        stale = self.filtered().stale().count()
        return [
            Answer(_("Open"), formats.number(total.count), gettext("%(count)s stale") % {"count": stale}, "amb" if stale else "",
                   self.to_list("stage", open="true")),
            Answer(_("Annual value"), formats.number(total.value), settings.BASE_CURRENCY),
            Answer(_("Weighted"), formats.number(total.weighted), settings.BASE_CURRENCY),
            Answer(gettext("Hit rate %(year)s by number") % {"year": self.year}, formats.percent(total.hit_rate, 2), said),
            Answer(gettext("Hit rate %(year)s by value") % {"year": self.year}, formats.percent(total.hit_rate_value, 2), worth),
        ]  # fmt: skip

    def month_label(self, month: Month) -> str:
        """A month as it stands below its bar."""
        if month.first is None:
            return gettext("Without a day")
        return gettext("Overdue") if month.over else f"{month_name(month.first.month)} {month.first.year % 100:02d}"

    def month_address(self, month: Month, last: bool) -> str:
        """The negotiations behind a month."""
        apart = ("stage", "open", "decision_after", "decision_before")
        if month.first is None:
            return self.to_list(*apart, open="true")
        if month.over:
            return self.to_list(*apart, open="true", decision_before=(last_day_of(month.first)).isoformat())
        until = {} if last else {"decision_before": last_day_of(month.first).isoformat()}
        return self.to_list(*apart, open="true", decision_after=month.first.isoformat(), **until)

    def chart(self) -> ChartData:
        """The forecast: what the customers decide month by month, and what of it is likely."""
        months = by_month(self.filtered(), clock.today())
        dated: list[date] = [month.first for month in months if month.first and not month.over]
        addresses = [self.month_address(month, month.first == dated[-1]) for month in months]
        return ChartData(
            "forecast",
            _("Decisions by month"),
            [self.month_label(month) for month in months],
            [
                Series(str(_("Annual value")), [month.value for month in months], tone="light", addresses=addresses),
                Series(str(_("Weighted")), [month.weighted for month in months], tone="accent", addresses=addresses),
            ],
            settings.BASE_CURRENCY,
            note=_("By the day of the customer's decision; what is decided later stands in the last month."),
        )

    def address_of(self, key: Any) -> str:
        """The negotiations behind a row; nothing for what has no key."""
        if key is None:
            return ""
        return self.to_list("stage" if self.by == "stage" else "open", **{self.by: key})

    def context(self) -> dict[str, Any]:
        rows = self.filtered()
        lines = pipeline_by(rows, self.by, self.year)
        total = together(lines)
        losses = [
            (label, count, value, self.to_list("stage", "open", stage=Stage.LOST.value, loss_reason=reason,
                                               decided_after=f"{self.year}-01-01", decided_before=f"{self.year}-12-31"))
            for reason, label, count, value in lost_by_reason(rows, self.year)
        ]  # fmt: skip
        return super().context() | {
            "answers": self.answers(total),
            "chart": self.chart(),
            "lines": [(one, self.address_of(one.key)) for one in lines],
            "total": total,
            "of": BY[self.by][0],
            "year": self.year,
            "losses": losses,
            "choosers": [
                ("by", _("Broken down by"), [(name, label) for name, (label, _key, _model) in BY.items()], self.by),
                ("year", _("Decided in"), recent_years(), str(self.year)),
            ],
            "asking": {"kept": self.kept()},
        }
