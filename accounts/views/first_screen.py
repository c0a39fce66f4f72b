"""The sections of the first screen about people: the team of the sales manager, the set-up that an administrator still owes."""

from typing import Any

from accounts.models import User
from accounts.reports.team import missing_setup, team
from kam.core.views import Page


class HomeTeam(Page):
    """Who leads and serves how much, and what they have open and late."""

    model = User
    template_name = "accounts/home_team.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"team": team(self.reader)}


class HomeSetup(Page):
    """What is missing before everybody can work."""

    model = User
    template_name = "accounts/home_setup.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"open": missing_setup(self.reader)}
