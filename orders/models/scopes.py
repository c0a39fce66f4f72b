"""Row rules of the sales ledger: who reads amounts on which of the two axes, and who reads costs and margins beside them.

The account manager reads everything of their accounts at all locations; a role at one of our locations reads what that
location sold (domain 1.2, 11.3). Only roles that deal with prices read amounts at all.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from django.db.models import Q

from accounts.models import Role, access_of
from accounts.models.access import COST_READERS
from catalog.models.scopes import PRICE_READERS
from kam.core.scoping import ScopedQuerySet


@dataclass(frozen=True)
class Reach:
    """Which rows of the ledger: all, or those of these customers' plants and those of these locations of ours."""

    everything: bool = False
    plant_ids: list[int] = field(default_factory=list)
    location_ids: list[int] = field(default_factory=list)

    def condition(self) -> Q:
        """The rows as a condition; where everything is read there is none."""
        return Q(plant__among=self.plant_ids) | Q(selling_location__among=self.location_ids)


def _reach(user: Any, roles: frozenset[str]) -> Reach:
    access = access_of(user)
    grants = [grant for grant in access.grants if grant.role in roles]
    if any(grant.location_id is None and grant.role != Role.ACCOUNT_MANAGER for grant in grants):
        return Reach(everything=True)
    leads = any(grant.role == Role.ACCOUNT_MANAGER for grant in grants)
    locations = {grant.location_id for grant in grants if grant.location_id and grant.role != Role.ACCOUNT_MANAGER}
    return Reach(plant_ids=access.account_plant_ids if leads else [], location_ids=sorted(locations))


def reach_of(user: Any) -> Reach:
    """What a person reads of the ledger."""
    return _reach(user, PRICE_READERS)


def cost_reach_of(user: Any) -> Reach:
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

    def costs_visible_to(self, user: Any) -> Self:
        """The sales whose cost and margin of the group this person reads: an area manager reads the margin of their location only."""
        reach = cost_reach_of(user)
        return self if reach.everything else self.filter(plant__among=reach.plant_ids)
