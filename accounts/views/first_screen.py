"""Sections of the first screen: figures, plants, visits ahead, the sales manager's team, the set-up that is still owed."""

from typing import Any

from accounts.filters.customer import plants_of
from accounts.models import Activity, Plant, User
from accounts.reports.first_screen import figures, looked_after, plants_at_a_glance, visits_ahead
from accounts.reports.team import PERSON_FIGURES_DAYS, missing_setup, team
from kam.core.parameters import parameter
from kam.core.views import Page


class HomeFigures(Page):
    """The line of figures on top, each leading to its rows."""

    model = Plant
    template_name = "accounts/home_figures.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"figures": figures(self.reader, plants_of(self.reader))}


class HomePlants(Page):
    """The reader's own plants, or those that their department serves, with the last and the next visit."""

    model = Plant
    template_name = "accounts/home_plants.html"

    def context(self) -> dict[str, Any]:
        own = self.rows().filter(pk__in=plants_of(self.reader).values("pk"))
        return super().context() | {"plants": plants_at_a_glance(self.reader, looked_after(self.reader, own))}


class HomeVisits(Page):
    """The visits that colleagues have planned where the reader's department serves."""

    model = Activity
    template_name = "accounts/home_visits.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"visits": visits_ahead(self.reader)}


class HomeTeam(Page):
    """Who leads and serves how much; what single persons have open, late and done only where their location allows it."""

    model = User
    template_name = "accounts/home_team.html"

    def context(self) -> dict[str, Any]:
        people = team(self.reader)
        shown = any(one.work is not None for one in people)
        return super().context() | {"team": people, "figures": shown, "days": parameter(PERSON_FIGURES_DAYS.key) if shown else 0}


class HomeSetup(Page):
    """What is missing before everybody can work."""

    model = User
    template_name = "accounts/home_setup.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"open": missing_setup(self.reader)}
