"""Parts of the first screen: a contributor's year or the company's, the round that runs, and what departs from the plan."""

from typing import Any

from django.http import Http404

from accounts.models import Role, User, access_of
from budgets.models import BudgetRound, Deviation
from budgets.reports.board import standing_of as round_standing
from budgets.reports.effect import action_figures
from budgets.reports.meeting import actions_due, cases_of
from budgets.reports.my_year import colour_of, people_to_see, whole
from budgets.views.my_year import MyYear, tone_of
from kam.core.views import Page

#: So many rows of each stand on the first screen.
IN_SHORT = 5


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


class HomeDeviations(Page):
    """The largest cases that run and the actions that are due: one's own, or a person's whose year the reader may open.

    Whoever oversees the sales sees everybody's, with K-A1.
    """

    model = Deviation
    template_name = "budgets/home_deviations.html"

    def person(self) -> User | None:
        """Whose cases; nobody is everybody."""
        asked = self.request.GET.get("person", "")
        if asked:
            found = next((one for one in people_to_see(self.reader) if str(one.pk) == asked), None)
            if found is None:
                raise Http404
            return found
        return None if Role.SALES_MANAGER in access_of(self.reader).roles else self.reader

    def context(self) -> dict[str, Any]:
        person = self.person()
        return super().context() | {
            "cases": cases_of(self.reader, person, None)[:IN_SHORT],
            "actions": actions_due(self.reader, person)[:IN_SHORT],
            "figures": action_figures(self.reader) if person is None else None,
        }
