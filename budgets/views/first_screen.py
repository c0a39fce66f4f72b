"""Parts of the first screen: a contributor's year or the company's, and the round that runs for the sales manager."""

from typing import Any

from budgets.models import BudgetRound
from budgets.reports.board import standing_of as round_standing
from budgets.reports.my_year import colour_of, whole
from budgets.views.my_year import MyYear, tone_of
from kam.core.views import Page


class HomeYear(MyYear):
    """Where the reader stands against their targets; whoever oversees all sees the company."""

    template_name = "budgets/home_year.html"

    def context(self) -> dict[str, Any]:
        context = Page.context(self)
        if self.asked is None:
            return context
        standing = whole(self.asked)
        if not standing.year:
            return context
        colour = colour_of(standing)
        return context | {"standing": standing, "currency": self.unit, "mark": colour, "mark_tone": tone_of(colour)}


class HomeRound(Page):
    """The round that runs, or the one that was asked for last: how far it is."""

    model = BudgetRound
    template_name = "budgets/home_round.html"

    def context(self) -> dict[str, Any]:
        status = BudgetRound.Status
        running = self.rows().exclude(status__in=[status.PUBLISHED, status.CLOSED, status.CANCELLED])
        one = running.order_by("deadline", "pk").first()
        return super().context() | ({"record": one, "standing": round_standing(one, self.reader)} if one else {})
