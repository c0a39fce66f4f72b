"""Row rules of plans: whose budget it is, at which of our locations, and who oversees them all.

A person reads the budgets that they prepare and, through a role at one of our locations, those of that location (domain 11.3);
the departments but finance read no plan with prices. Who substitutes somebody reads what they would. A budget that is shared is
read by those with whom, as long as it is (`budgets.models.shares`); its costs are not. A row that account manager and area manager
share is read by its counterpart (`budgets.models.counterparts`).
"""

from dataclasses import dataclass
from typing import Any, Self

from django.apps import apps
from django.db.models import BooleanField, ExpressionWrapper, Q, Value

from accounts.models import Role, RoleGrant, access_of
from accounts.models.access import COST_READERS
from budgets.models.counterparts import shared_rows
from kam.core import clock
from kam.core.scoping import ScopedQuerySet

#: Who reads plans: those who make them, those who approve and account for them.
BUDGET_READERS = frozenset(
    {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER, Role.FINANCE, Role.MANAGEMENT, Role.AUDITOR}
)
#: Who prepares a budget.
CONTRIBUTORS = frozenset({Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER})
#: Who leads accounts, margins of the group included; an area manager reads those of their location.
LEADING = frozenset({Role.ACCOUNT_MANAGER, Role.SALES_MANAGER})
#: Verbs of whoever prepares the budget: nobody else writes in it, whatever they oversee.
OWN = frozenset(
    {
        "budgets.submit_budget",
        "budgets.fill_budget",
        "budgets.paste_lines",
        "budgets.explain_zeros",
        "budgets.add_line",
        "budgets.edit_line",
        "budgets.remove_line",
        "budgets.phase_line",
        "budgets.edit_cells",
        "budgets.adjust_cells",
        "budgets.answer_challenge",
        "budgets.plan_account_cost",
        "budgets.edit_account_cost",
        "budgets.remove_account_cost",
        "budgets.answer_row",
        "budgets.accept_rest",
        "budgets.look_again",
    }
)
#: Verbs of whoever decides on a budget.
DECIDING = frozenset(
    {
        "budgets.approve_budget",
        "budgets.return_budget",
        "budgets.challenge_line",
        "budgets.withdraw_challenge",
        "budgets.decide_row",
    }
)


#: Verbs of whoever prepares the budget, and of the sales manager.
SHARING = frozenset({"budgets.share_budget", "budgets.withdraw_share"})


def reads_budgets(user: Any) -> bool:
    """Whether there may be any plan that this person reads."""
    return bool(access_of(user).roles & BUDGET_READERS)


def shared_with(user: Any) -> Any:
    """The budgets that are shared with this person today, as keys to be asked of the database: withdrawn is withdrawn at once."""
    return apps.get_model("budgets", "BudgetShare").objects.given_to(user).order_by().values("budget")


def people_of(user: Any) -> list[int]:
    """Whose plans are this person's today: their own, and those of whom they substitute in everything."""
    return sorted({grant.user_id for grant in access_of(user).grants if grant.role in CONTRIBUTORS and grant.wholly})


def of_people(user: Any, person: str, location: str) -> Q:
    """Rows of these people's plans, by the paths to person and location; of whom one substitutes at one location, those there."""
    whole = people_of(user)
    found = Q(**{f"{person}__in": whole})
    for grant in access_of(user).grants:
        if grant.role in CONTRIBUTORS and grant.user_id not in whole:
            found |= Q(**{person: grant.user_id} | ({location: grant.location_id} if grant.location_id else {}))
    return found


@dataclass(frozen=True)
class CostReach:
    """Whose costs and margins in plans a person reads: everybody's, those of the budgets that they lead, and at their locations
    of what these make and sell themselves; what another location's goods cost is not told by a plan either (domain 11.3)."""

    everything: bool
    people: list[int]
    location_ids: list[int]

    def of_rows(self, person: str, selling: str, producing: str) -> Q:
        """The rows as a condition, by the paths to their person, selling and producing location."""
        local = Q(**{f"{selling}__in": self.location_ids, f"{producing}__in": self.location_ids})
        return Q(**{f"{person}__in": self.people}) | local

    @property
    def nothing(self) -> bool:
        """Whether there is no plan whose costs this person reads."""
        return not (self.everything or self.people or self.location_ids)


def cost_reach_of(user: Any) -> CostReach:
    """The plans whose costs and margins a person reads."""
    access = access_of(user)
    leading = {grant.user_id for grant in access.grants if grant.role in LEADING}
    scope = access.scope_of(COST_READERS & BUDGET_READERS)
    return CostReach(scope.everything, sorted(leading), list(scope.location_ids))


def whole_margins_of(user: Any) -> list[int]:
    """Over whose whole years a person reads margins: of those that lead accounts and serve nothing else.

    An area manager reads the margins of what their location makes and sells, row by row, and none over a whole year.
    """
    serving = {grant.user_id for grant in access_of(user).grants if grant.role == Role.AREA_MANAGER}
    return [person for person in cost_reach_of(user).people if person not in serving]


def reads_plan_costs(user: Any) -> bool:
    """Whether there may be any plan whose costs this person reads."""
    return not cost_reach_of(user).nothing


class CostedQuerySet(ScopedQuerySet):
    """Rows of a plan that carry costs."""

    def _costs(self, reach: CostReach) -> Q:
        raise NotImplementedError

    def costs_visible_to(self, user: Any) -> Self:
        """The rows whose cost and margin this person reads."""
        reach = cost_reach_of(user)
        rows = self.visible_to(user)
        return rows if reach.everything else rows.filter(self._costs(reach))

    def with_cost_rights(self, user: Any) -> Self:
        """The same rows, each with whether this person reads its cost (`reads_cost`)."""
        reach = cost_reach_of(user)
        known: Any = Value(True) if reach.everything else ExpressionWrapper(self._costs(reach), output_field=BooleanField())
        return self.annotate(reads_cost=known)


class RoundQuerySet(ScopedQuerySet):
    """Rounds: known to everyone who reads plans, written by who has the verb everywhere."""

    def visible_to(self, user: Any) -> Self:
        return self if reads_budgets(user) else self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        return self if access_of(user).scope(verb).everything else self.none()


class BudgetOwnedQuerySet(CostedQuerySet):
    """Rows of a budget; `budget_path` leads to it from the row (empty: the row itself), `line_path` to the line where it is of one."""

    budget_path = ""
    line_path = ""

    def _path(self, name: str) -> str:
        return f"{self.budget_path}__{name}" if self.budget_path else name

    def _mine(self, user: Any) -> Q:
        return of_people(user, self._path("contributor"), self._path("location"))

    def _by_role(self, user: Any) -> Q | None:
        scope = access_of(user).scope_of(BUDGET_READERS)
        return None if scope.everything else self._mine(user) | Q(**{self._path("location__in"): scope.location_ids})

    def by_role(self, user: Any) -> Self:
        """One's own budgets, and those of the locations where one holds a role that reads them."""
        own = self._by_role(user)
        return self if own is None else self.filter(own)

    def visible_to(self, user: Any) -> Self:
        """Those that one reads by role, those that are shared with one, and the rows whose counterpart one is."""
        own = self._by_role(user)
        if own is None:
            return self
        own |= Q(**{f"{self.budget_path or 'pk'}__in": shared_with(user)})
        return self.filter(own | Q(**{f"{self.line_path}__in": shared_rows(user)}) if self.line_path else own)

    def commented_by(self, user: Any) -> Self:
        """Those that one reads by role, and those that are shared with one to be commented."""
        own = self._by_role(user)
        shared = shared_with(user).filter(may_comment=True)
        return self if own is None else self.filter(own | Q(**{f"{self.budget_path or 'pk'}__in": shared}))

    def permitted(self, user: Any, verb: str) -> Self:
        """One's own for what a contributor does; for the rest the scope of a role that carries the verb everywhere.

        Management decides only on budgets that a sales manager prepares: the sales manager decides on all others.
        """
        if verb in OWN:
            return self.filter(self._mine(user)) if user.may(verb) else self.none()
        if verb == "budgets.propose_row":
            return self.filter(pk__in=shared_rows(user)) if self.line_path and user.may(verb) else self.none()
        access = access_of(user)
        if verb in SHARING:
            leads = Role.SALES_MANAGER in access.roles
            return self if leads else self.filter(self._mine(user)) if user.may(verb) else self.none()
        if not access.scope(verb).everything:
            return self.none()
        if verb in DECIDING and Role.SALES_MANAGER not in access.roles:
            directing = RoleGrant.objects.on(clock.today()).filter(role=Role.SALES_MANAGER)
            return self.filter(**{self._path("contributor__in"): directing.values("user")})
        return self
