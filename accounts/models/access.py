"""THE row rule: what a person's role grants, assignments and delegations of today let them read and do.

Two axes decide (domain 1.2 and 11): the account axis (group → company → plant, led by the account manager) and the
location axis (our location × the customer's plant, served by the area manager and the departments there). At the other
plants of a global account an area manager sees the card only. A record on which a person has or had a work item is seen as
a card too. A person is resolved once per request, in one query, to a few scopes (accounts.models.reach); who sees everything
is filtered by nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import connection

from accounts.models.locations import FUNCTIONS, Role
from accounts.models.people import User
from accounts.models.reach import Scope
from kam.core import clock
from kam.core.ports import port

#: Roles that read the margins of what they see.
COST_READERS = frozenset(
    {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER, Role.MANAGEMENT, Role.FINANCE, Role.AUDITOR}
)

GRANTS = """
SELECT held.user_id, held.role, held.location_id, department.id, led.group_ids, led.company_ids,
    ARRAY(SELECT id FROM accounts_location WHERE stand_in_id = held.location_id ORDER BY id),
    held.user_id = %(person)s OR EXISTS (SELECT FROM accounts_delegation wholly
        WHERE wholly.principal_id = held.user_id AND wholly.substitute_id = %(person)s AND wholly.period @> %(today)s::date
          AND wholly.role = '' AND wholly.location_id IS NULL)
FROM accounts_rolegrant held
LEFT JOIN accounts_department department ON department.location_id = held.location_id AND department.function = held.role
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT group_id) FILTER (WHERE group_id IS NOT NULL) AS group_ids,
           array_agg(DISTINCT customer_id) FILTER (WHERE customer_id IS NOT NULL) AS company_ids
    FROM accounts_assignment
    WHERE held.role = 'account_manager' AND kind = 'account_manager' AND user_id = held.user_id AND period @> %(today)s::date
) led ON true
WHERE held.period @> %(today)s::date AND (held.user_id = %(person)s OR EXISTS (
    SELECT FROM accounts_delegation away JOIN accounts_user principal ON principal.id = away.principal_id AND principal.is_active
    WHERE away.principal_id = held.user_id AND away.substitute_id = %(person)s AND away.period @> %(today)s::date
      AND away.role IN ('', held.role) AND (away.location_id IS NULL OR away.location_id = held.location_id)))
ORDER BY held.user_id, held.role, held.id
"""


@dataclass(frozen=True)
class Grant:
    """A role as it is held today, with the department that it makes one a member of, and what its holder leads by it."""

    user_id: int
    role: str
    location_id: int | None
    department_id: int | None
    group_ids: list[int] | None
    company_ids: list[int] | None
    #: Our locations for whose reviews the departments of its location stand in.
    stood_in_ids: list[int]
    #: Whether it is one's own, or of somebody whom one substitutes in everything.
    wholly: bool = True

    @property
    def user(self) -> User:
        """Whose role it is: the person's own, or somebody's whom they substitute."""
        return User.objects.get(pk=self.user_id)


class Access:
    """What one person may read and do today."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.today = clock.today()

    @cached_property
    def grants(self) -> list[Grant]:
        """The role grants of today, the person's own and those of the people whom they substitute."""
        if not (self.user.is_authenticated and self.user.is_active):
            return []
        with connection.cursor() as cursor:
            cursor.execute(GRANTS, {"person": self.user.pk, "today": self.today})
            return [Grant(*row) for row in cursor.fetchall()]

    @cached_property
    def principals(self) -> list[int]:
        """The people for whom this person acts today."""
        return sorted({grant.user_id for grant in self.grants} - {self.user.pk})

    def of(self, person: int) -> "Access":
        """What this person may do through the grants of one person only: their own, or those of one whom they substitute."""
        part = Access(self.user)
        part.__dict__["grants"] = [grant for grant in self.grants if grant.user_id == person]
        return part

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles of today."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def sees_all(self) -> bool:
        """Whether nothing needs to be filtered: a role for all locations, other than account manager."""
        return self.details.everything

    @property
    def location_ids(self) -> tuple[int, ...]:
        """Our locations where this person holds a role of the location axis."""
        return self.details.location_ids

    @property
    def group_ids(self) -> tuple[int, ...]:
        """The groups that this person leads."""
        return self.details.group_ids

    def _scope(self, grants: list[Grant]) -> Scope:
        """The two axes: what is led as account manager, and the locations of every other role."""
        leading = [grant for grant in grants if grant.role == Role.ACCOUNT_MANAGER]
        others = [grant for grant in grants if grant.role != Role.ACCOUNT_MANAGER]
        return Scope(
            self.today,
            everything=any(grant.location_id is None for grant in others),
            group_ids=_keys(key for grant in leading for key in grant.group_ids or ()),
            company_ids=_keys(key for grant in leading for key in grant.company_ids or ()),
            location_ids=_keys(grant.location_id for grant in others),
        )

    @cached_property
    def details(self) -> Scope:
        """What this person reads with terms, prices and amounts: more than the card."""
        return self._scope(self.grants)

    @cached_property
    def reading(self) -> Scope:
        """What this person reads, cards included."""
        if not self.grants:
            return self.details
        people = sorted({self.user.pk, *self.principals})
        departments = _keys(grant.department_id for grant in self.grants if grant.role in FUNCTIONS)
        return replace(
            self.details,
            card_locations=_keys(grant.location_id for grant in self.grants if grant.role == Role.AREA_MANAGER),
            people=tuple(people),
            audiences=(
                *(f"user:{key}" for key in people),
                *(f"role:{role}" for role in sorted(self.roles)),
                *(f"department:{key}" for key in departments),
            ),
        )

    @cached_property
    def cards(self) -> Scope:
        """What opens only a card of what it reaches; it may be read in detail on another way."""
        return replace(self.reading, everything=False, group_ids=(), company_ids=(), location_ids=())

    @cached_property
    def accounts(self) -> Scope:
        """What this person leads as account manager, in all our locations."""
        return self.details.led

    @cached_property
    def cost_location_ids(self) -> list[int]:
        """The locations whose costs and margins this person reads through a role there."""
        return sorted({grant.location_id for grant in self.grants if grant.location_id and grant.role in COST_READERS})

    @cached_property
    def reads_all_costs(self) -> bool:
        """Whether costs of every location are read: who oversees everything, finance of all locations, account managers."""
        return any(grant.location_id is None and grant.role in COST_READERS for grant in self.grants)

    def reach(self) -> dict[str, list[Any]]:
        """All of what this person may read, to be compared with another moment; who sees everything is bound to nothing else."""
        wide: dict[str, list[Any]] = {
            "roles": sorted(self.roles),
            "everything": [1] * self.sees_all,
            "all_costs": [1] * self.reads_all_costs,
        }
        if self.sees_all:
            return wide
        return wide | {
            "locations": list(self.location_ids),
            "cost_locations": self.cost_location_ids,
            "stood_in": list(self.stood_in_ids(FUNCTIONS)),
            "principals": self.principals,
            "groups": list(self.group_ids),
            "customers": self.reading.companies.keys(),
            "detailed_customers": self.details.companies.keys(),
            "plants": self.reading.plants.keys(),
            "detailed_plants": self.details.plants.keys(),
        }

    def may(self, verb: str) -> bool:
        """Whether any role of today carries the verb."""
        return bool(self.roles & port("role_verbs").get(verb, frozenset()))

    def scope(self, verb: str) -> Scope:
        """Where this person may do the verb: only inside the scope of a grant that carries it."""
        return self.scope_of(port("role_verbs").get(verb, frozenset()))

    def stood_in_ids(self, roles: Collection[str]) -> tuple[int, ...]:
        """Our locations for whose reviews this person stands in with one of these roles of a department elsewhere."""
        return _keys(key for grant in self.grants if grant.role in roles for key in grant.stood_in_ids)

    def scope_of(self, roles: Collection[str]) -> Scope:
        """Where this person holds one of these roles."""
        return self._scope([grant for grant in self.grants if grant.role in roles])


def _keys(found: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(sorted({key for key in found if key is not None}))


def access_of(user: Any) -> Access:
    """The access of a person, resolved once for this instance of the user, that is once per request."""
    access = getattr(user, "_access", None)
    if access is None or access.today != clock.today():
        access = Access(user)
        user._access = access
    return access
