"""My year: where a person stands against their targets, where the year will end, and which customers and families are behind."""

from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404
from django.utils.dates import MONTHS_3
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.models import Target, months_of, year_name
from budgets.reports.my_year import PersonYear, people_to_see, year_of, years_to_see
from budgets.reports.thresholds import Colour
from kam.core import clock
from kam.core.badges import Badge
from kam.core.charts import ChartData, Series
from kam.core.views import Page

TONES = {Colour.GREEN: ("ok", "check"), Colour.AMBER: ("wait", "trending-down"), Colour.RED: ("no", "circle-alert")}
NAMES = {"customer": _("Customers"), "family": _("Product families"), "location": _("Locations")}
#: Where a row of each table leads.
PAGES = {"customer": "/customers/{}/", "family": "/product-families/{}/", "location": "/locations/{}/"}


def colour_badge(colour: Colour) -> Badge:
    """A colour as mark, icon and word together."""
    tone, icon = TONES[colour]
    return Badge(colour.label, tone, icon)


def tone_of(colour: Colour) -> str:
    """The colour of a word in a line of figures."""
    return {Colour.AMBER: "amb", Colour.RED: "neg"}.get(colour, "")


class MyYear(Page):
    """A person's year beside their targets."""

    model = Target
    title = _("My year")
    template_name = "budgets/my_year.html"

    @cached_property
    def people(self) -> list[User]:
        """Whose years the reader may open."""
        return people_to_see(self.reader)

    @cached_property
    def person(self) -> User | None:
        """Who is asked for, else the reader, else the first."""
        asked = self.request.GET.get("person", "")
        if asked:
            found = next((one for one in self.people if str(one.pk) == asked), None)
            if found is None:
                raise Http404
            return found
        return next((one for one in self.people if one.pk == self.reader.pk), next(iter(self.people), None))

    @cached_property
    def first_month(self) -> date | None:
        """The year that is asked for, else the one that runs, else the last one."""
        years = years_to_see(self.reader)
        asked = self.request.GET.get("year", "")
        running = [one for one in years if one <= clock.today()]
        return next((one for one in years if one.isoformat() == asked), next(iter(running or years), None))

    def chart(self, found: PersonYear) -> ChartData:
        """Actuals as bars, the plan as a tick over each month."""
        standing = found.standing
        actual = [*standing.actual, *[None] * (12 - standing.months)]
        return ChartData(
            "year",
            _("Month by month"),
            [MONTHS_3[month.month] for month in months_of(found.first_month)],
            [Series(_("Actual"), actual), Series(_("Target"), standing.plan, kind="tick", tone="text")],
            unit=self.currency,
        )

    @cached_property
    def currency(self) -> str:
        """The currency of the targets."""
        rows = Target.objects.in_force().filter(round__first_month=self.first_month or date.min)
        return rows.values_list("currency", flat=True).first() or ""

    def context(self) -> dict[str, Any]:
        years = [(one.isoformat(), year_name(one)) for one in years_to_see(self.reader)]
        context = super().context() | {"person": self.person, "year": self.first_month and year_name(self.first_month)}
        if self.person is None or self.first_month is None:
            return context
        found = year_of(self.person, self.first_month)
        people = [(one.pk, str(one)) for one in self.people]
        choosers = [("year", _("Year"), years, self.first_month.isoformat())]
        if len(people) > 1:
            choosers.insert(0, ("person", _("Person"), people, self.person.pk))  # type: ignore[arg-type]
        return context | {
            "choosers": choosers,
            "found": found,
            "standing": found.standing,
            "mark": colour_badge(found.colour),
            "mark_tone": tone_of(found.colour),
            "currency": self.currency,
            "chart": self.chart(found),
            "tables": [
                (
                    NAMES[name],
                    [(part, PAGES[name].format(part.key) if part.key else "", colour_badge(part.colour)) for part in parts],
                )
                for name, parts in found.parts.items()
            ],
        }
