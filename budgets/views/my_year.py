"""My year: where a person, a location or the company stands against its targets, where the year will end, and what is behind."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import Http404
from django.utils.dates import MONTHS_3
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, Measure, Target, months_of, year_name
from budgets.models.years import month_after
from budgets.reports.account_costs import account_costs, total_of
from budgets.reports.attainment import Standing
from budgets.reports.coverage import coverage
from budgets.reports.estimates import Estimate, estimate_accuracy, last_estimate
from budgets.reports.letter import letter_targets
from budgets.reports.my_year import (
    OVERVIEW,
    OVERVIEW_OF_MANY,
    Breakdown,
    breakdown,
    colour_of,
    locations_to_see,
    people_to_see,
    plan_accuracy,
    reads_measure,
    running_year,
    sees_the_company,
    whole,
    years_to_see,
)
from budgets.reports.outlook import outlook
from budgets.reports.standings import DIMENSIONS, Owner, Plan, Question, Rates, currency_of
from budgets.reports.thresholds import Colour
from budgets.views.prints import papers_of
from kam.core import formats
from kam.core.badges import Badge
from kam.core.charts import ChartData, Series
from kam.core.views import Fact, Page

TONES = {Colour.GREEN: ("ok", "check"), Colour.AMBER: ("wait", "trending-down"), Colour.RED: ("no", "circle-alert")}
#: Where a row of each table leads.
PAGES = {
    "person": "/budgets/my-year/?of=person-{}",
    "group": "/customer-groups/{}/",
    "customer": "/customers/{}/",
    "plant": "/plants/{}/",
    "family": "/product-families/{}/",
    "product": "/products/{}/",
    "area": "/markets/{}/",
    "sector": "/markets/{}/",
    "location": "/locations/{}/",
}
Choice = TypeVar("Choice", bound=TextChoices)
COMPANY = "company"
AT_FIRST = 10


def colour_badge(colour: Colour) -> Badge:
    """A colour as mark, icon and word together."""
    tone, icon = TONES[colour]
    return Badge(colour.label, tone, icon)


def tone_of(colour: Colour) -> str:
    """The colour of a word in a line of figures."""
    return {Colour.AMBER: "amb", Colour.RED: "neg"}.get(colour, "")


class MyYear(Page):
    """A year beside its targets."""

    model = Target
    title = _("My year")
    template_name = "budgets/my_year.html"

    @cached_property
    def whose(self) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Whose years the reader may open: how each is asked for, its name and what it narrows the question to."""
        found: dict[str, tuple[Any, dict[str, Any]]] = {}
        if sees_the_company(self.reader):
            found[COMPANY] = (_("The company"), {})
        found |= {f"location-{one.pk}": (one.name, {"location": one}) for one in locations_to_see(self.reader)}
        return found | {f"person-{one.pk}": (str(one), {"person": one}) for one in people_to_see(self.reader)}

    @cached_property
    def of(self) -> str:
        """Whose year is asked for; else one's own, the company's, the first."""
        asked = self.request.GET.get("of", "")
        if asked:
            if asked not in self.whose:
                raise Http404
            return asked
        mine = [] if sees_the_company(self.reader) else [f"person-{self.reader.pk}"]
        return next((one for one in [*mine, *self.whose] if one in self.whose), "")

    @cached_property
    def years(self) -> list[date]:
        """The years that there are."""
        return years_to_see(self.reader)

    @cached_property
    def first_month(self) -> date | None:
        """The year that is asked for, else the one that runs, else the last one."""
        asked = self.request.GET.get("year", "")
        return next((one for one in self.years if one.isoformat() == asked), running_year(self.years))

    def chosen(self, name: str, choices: type[Choice]) -> Choice:
        """What is chosen of these; the first where nothing is."""
        asked = self.request.GET.get(name, "")
        return choices(asked) if asked in choices.values else next(iter(choices))

    @cached_property
    def asked(self) -> Question | None:
        """The question of the address; None while there is nothing to ask."""
        if self.first_month is None or not self.of:
            return None
        asked = Question(
            self.first_month,
            plan=self.chosen("plan", Plan),
            owner=self.chosen("owner", Owner),
            rates=self.chosen("rates", Rates),
            measure=self.chosen("measure", Measure),
            **self.whose[self.of][1],
        )
        return asked if reads_measure(asked, self.reader) else replace(asked, measure=Measure.REVENUE)

    @cached_property
    def dimensions(self) -> dict[str, Any]:
        """By what this year can be broken down: a person's not by people, a location's not by locations."""
        left_out = {"person": "person", "location": "location"}.get(self.of.partition("-")[0], "")
        return {name: one.label for name, one in DIMENSIONS.items() if name != left_out}

    @cached_property
    def by(self) -> str:
        """The dimension that is asked for; empty for a first look at several."""
        asked = self.request.GET.get("by", "")
        return asked if asked in self.dimensions else ""

    def chart(self, asked: Question, standing: Standing) -> ChartData:
        """Actuals as bars, the plan as a tick over each month."""
        actual = [*standing.actual, *[None] * (12 - standing.months)]
        return ChartData(
            "year",
            _("Month by month"),
            [MONTHS_3[month.month] for month in months_of(asked.first_month)],
            [
                Series(_("Actual"), actual, stack="sold"),
                *self.to_come(standing),
                Series(_("Target"), standing.plan, kind="tick", tone="text"),
            ],
            unit=self.unit,
        )

    @cached_property
    def estimate(self) -> Estimate | None:
        """The last estimate of this year: of revenue, as estimates are."""
        revenue = self.asked is not None and self.asked.measure == Measure.REVENUE
        return last_estimate(self.asked) if revenue and self.asked else None

    def to_come(self, standing: Standing) -> list[Series]:
        """The months to come as they were last estimated."""
        if self.estimate is None or standing.months == 12:
            return []
        months = [*[None] * standing.months, *self.estimate.months[standing.months :]]
        return [Series(_("Estimate"), months, tone="hatched", stack="sold")]

    @cached_property
    def unit(self) -> str:
        """The currency of the targets; quantities have the units of their products."""
        money = self.asked is not None and self.asked.measure != Measure.QUANTITY
        return currency_of(self.asked.first_month) if money and self.asked else ""

    def choosers(self) -> list[tuple[str, Any, Any, Any]]:
        """What can be chosen, each with its options."""
        asked = self.asked
        if asked is None:
            return []
        measures = [(one.value, one.label) for one in Measure if reads_measure(replace(asked, measure=one), self.reader)]
        found: list[tuple[str, Any, Any, Any]] = [
            ("year", _("Year"), [(one.isoformat(), year_name(one)) for one in self.years], asked.first_month.isoformat()),
            ("by", _("Breakdown"), [("", _("At a glance")), *self.dimensions.items()], self.by),
            ("measure", _("Measure"), measures, asked.measure),
            ("plan", _("Targets"), Plan.choices, asked.plan),
            ("owner", _("Whose customers"), Owner.choices, asked.owner),
            ("rates", _("Exchange rates"), Rates.choices, asked.rates),
        ]
        if len(self.whose) > 1:
            found.insert(0, ("of", _("Whose year"), [(key, name) for key, (name, _asked) in self.whose.items()], self.of))
        return found

    def tables(self, asked: Question, standing: Standing) -> list[dict[str, Any]]:
        """The tables of the page: one in full, or the first rows of several."""
        several = OVERVIEW if asked.person else OVERVIEW_OF_MANY
        names = [self.by] if self.by else [name for name in several if name in self.dimensions]
        found = [breakdown(asked, name, standing, *([] if self.by else [AT_FIRST])) for name in names]
        return [self.table(one) for one in found]

    def table(self, one: Breakdown) -> dict[str, Any]:
        """A table with its rows, what each leads to, and what is not shown."""
        page = PAGES[one.by]
        rows = [(part, page.format(part.key) if part.key else "", colour_badge(part.colour)) for part in one.parts]
        return {"by": one.by, "name": self.dimensions[one.by], "rows": rows, "others": one.others}

    def estimated(self, asked: Question) -> list[Fact]:
        """What was last estimated, and how well the estimate before it met what came."""
        last = self.estimate
        if last is None:
            return []
        met = estimate_accuracy(asked)
        found = [Fact(_("Last estimate"), formats.number(last.year), last.round.get_absolute_url(), last.round.name)]
        if met is None:
            return found
        one, accuracy = met
        note = _("%(estimate)s by customer, family and month; bias %(bias)s (+ = estimated too high)") % {
            "estimate": one.name,
            "bias": formats.percent(accuracy.bias.percent, 2, signed=True),
        }
        return [*found, Fact(_("Accuracy of the estimate"), formats.percent(100 * (accuracy.accuracy or 0), 2), note=note)]

    def facts(self, asked: Question, standing: Standing) -> list[Fact]:
        """Where the year may end, each way with its figure; and how well the plan met what came."""
        figures = [
            (_("At the pace so far"), standing.linear, _("K-B3, each month like the others")),
            (_("In the plan's shape"), standing.seasonal, "K-B4"),
            (_("If the rest is on plan"), standing.base, "K-B5"),
        ]
        found = [Fact(label, _("n/a") if one is None else formats.number(one), note=note) for label, one, note in figures]
        found += self.outlook(asked)
        found += self.estimated(asked)
        met = plan_accuracy(asked)
        if met is None or met.accuracy is None:
            return found
        note = _("K-B8 by family and month; bias %(bias)s (+ = planned too high)") % {
            "bias": formats.percent(met.bias.percent, 2, signed=True)
        }
        return [*found, Fact(_("Accuracy of the plan"), formats.percent(100 * met.accuracy, 2), note=note)]

    def outlook(self, asked: Question) -> list[Fact]:
        """Where the year ends with what is ordered and likely, and where its parts stand."""
        ahead = outlook(asked, self.reader)
        if ahead is None:
            return [Fact(_("With orders and negotiations"), _("n/a"), note="K-B6")]
        note = _("K-B6: sold %(sold)s, backlog %(backlog)s, likely %(pipeline)s") % {
            "sold": formats.number(ahead.standing.reached),
            "backlog": formats.number(ahead.backlog),
            "pipeline": formats.number(ahead.pipeline),
        }
        return [Fact(_("With orders and negotiations"), formats.number(ahead.year), note=note)]

    def letter(self, asked: Question) -> Budget | None:
        """The budget whose target letter the reader may print: of the person whose year it is."""
        if asked.person is None or not letter_targets(self.reader, asked.person, asked.first_month).exists():
            return None
        theirs = Budget.objects.visible_to(self.reader).filter(contributor=asked.person, round__first_month=asked.first_month)
        return theirs.filter(round__published_at__isnull=False).order_by("-round__published_at", "pk").first()

    def documents(self, asked: Question) -> str:
        """Where the documents behind the actual account costs stand."""
        months = months_of(asked.first_month)
        whose = {name: one.pk for name, one in (("person", asked.person), ("location", asked.location)) if one is not None}
        last = month_after(months[-1], 1) - timedelta(days=1)
        return urlencode({"since": months[0].isoformat(), "until": last.isoformat(), **whose})

    def context(self) -> dict[str, Any]:
        year = self.first_month and year_name(self.first_month)
        context = super().context() | {"whose": self.whose[self.of][0] if self.of else "", "year": year}
        if self.asked is None:
            return context
        standing = whole(self.asked)
        colour = colour_of(standing)
        costs = account_costs(self.asked, self.reader)
        return context | {
            "choosers": self.choosers(),
            "standing": standing,
            "mark": colour_badge(colour),
            "mark_whole": colour_badge(colour),
            "mark_tone": tone_of(colour),
            "currency": self.unit,
            "letter": self.letter(self.asked),
            "chart": self.chart(self.asked, standing),
            "facts": self.facts(self.asked, standing),
            "coverage": coverage(self.asked, standing, self.reader),
            "tables": self.tables(self.asked, standing),
            "account_costs": [*costs, total_of(costs)] if costs else [],
            "costs_currency": currency_of(self.asked.first_month),
            "documents": self.documents(self.asked),
            **(papers_of(self.reader, person=self.asked.person, first_month=self.asked.first_month) if self.asked.person else {}),
        }
