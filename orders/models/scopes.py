"""Row rules of the sales ledger: who reads amounts on which of the two axes, and who reads costs and margins beside them.

The account manager reads everything of their accounts at all locations; a role at one of our locations reads what that
location sold (domain 1.2, 11.3). Only roles that deal with prices read amounts at all.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import BooleanField, ExpressionWrapper, Q, Value

from accounts.models import access_of
from accounts.models.access import COST_READERS
from catalog.models.scopes import PRICE_READERS
from kam.core.scoping import Reach, ScopedQuerySet


@dataclass(frozen=True)
class LedgerReach:
    """Which rows of the ledger: all, or those of the plants of one's accounts and those that one's locations sold."""

    everything: bool = False
    accounts: Reach = field(default_factory=Reach)
    location_ids: tuple[int, ...] = ()

    def condition(self) -> Any:
        """The rows as a condition; where everything is read there is none."""
        return self.accounts.has("plant") | Q(selling_location__in=self.location_ids)

    @property
    def mark(self) -> Any:
        """The same as a yes or no beside each row of a page."""
        if self.everything or self.nothing:
            return Value(self.everything)
        return ExpressionWrapper(self.condition(), output_field=BooleanField())

    @property
    def nothing(self) -> bool:
        """Whether there is no sale within."""
        return not (self.everything or self.accounts.statement or self.location_ids)

    def has_accounts_of(self, other: "LedgerReach") -> bool:
        """Whether the accounts of another reach are the same as these."""
        mine, others = self.accounts, other.accounts
        return (mine.statement, mine.parameters) == (others.statement, others.parameters)


def _reach(user: Any, roles: frozenset[str]) -> LedgerReach:
    scope = access_of(user).scope_of(roles)
    return LedgerReach(scope.everything, scope.led.plants, scope.location_ids)


def reach_of(user: Any) -> LedgerReach:
    """What a person reads of the ledger."""
    return _reach(user, PRICE_READERS)


def cost_reach_of(user: Any) -> LedgerReach:
    """Where a person reads costs: of a location the local ones; on the account axis, and for who oversees all, the group's too."""
    return _reach(user, COST_READERS & PRICE_READERS)


def reads_ledger(user: Any) -> bool:
    """Whether there is any sale that this person may read."""
    access = access_of(user)
    return any(grant.role in PRICE_READERS for grant in access.grants)


class LedgerQuerySet(ScopedQuerySet):
    """Rows of the ledger with `plant` and `selling_location`."""

    def visible_to(self, user: Any) -> Self:
        """What was sold to one's accounts, and by one's locations."""
        reach = reach_of(user)
        return self if reach.everything else self.filter(reach.condition())

    def local_costs_visible_to(self, user: Any) -> Self:
        """The sales whose local margin this person reads: revenue less what the selling location pays for the goods."""
        reach = cost_reach_of(user)
        return self if reach.everything else self.filter(reach.condition())

    def with_cost_rights(self, user: Any) -> Self:
        """The same rows, each with whether this person reads its cost (`reads_cost`) and its local cost (`reads_local_cost`)."""
        reach = cost_reach_of(user)
        group = Value(True) if reach.everything else reach.accounts.mark("plant")
        return self.annotate(reads_cost=group, reads_local_cost=reach.mark)

    def costs_visible_to(self, user: Any) -> Self:
        """The sales whose cost and margin of the group this person reads: an area manager reads the margin of their location only."""
        reach = cost_reach_of(user)
        return self if reach.everything else self.within(reach.accounts, "plant")


class LocalQuerySet(LedgerQuerySet):
    """What is written for a plant by one of our locations: read like sales."""

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts; of an area manager the plants served, at the own location (domain 10.5)."""
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        at_home = scope.served.plants.has("plant") & Q(selling_location__in=scope.location_ids)
        return self.filter(scope.led.plants.has("plant") | at_home)
