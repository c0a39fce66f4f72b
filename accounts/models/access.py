"""THE row rule: what a person's role grants, assignments and delegations of today let them read and do.

Two axes decide (domain 1.2 and 11): the account axis (group → company → plant, led by the account manager) and the
location axis (our location × the customer's plant, served by the area manager and the departments there). At the other
plants of a global account an area manager sees the card only. A record on which a person has or had a work item is seen as
a card too. A person is resolved once per request, in three queries,
to arrays of ids; who sees everything is filtered by nothing.
"""

from collections import defaultdict
from functools import cached_property
from typing import Any

from django.db import connection

from accounts.models.grants import RoleGrant
from accounts.models.locations import FUNCTIONS, Role
from kam.core import clock
from kam.core.ports import port

#: Roles that read the margins of what they see.
COST_READERS = frozenset(
    {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER, Role.MANAGEMENT, Role.FINANCE, Role.AUDITOR}
)

GRANTS = """
SELECT held.* FROM accounts_rolegrant held
WHERE held.period @> %(today)s::date AND (held.user_id = %(person)s OR EXISTS (
    SELECT FROM accounts_delegation away JOIN accounts_user principal ON principal.id = away.principal_id AND principal.is_active
    WHERE away.principal_id = held.user_id AND away.substitute_id = %(person)s AND away.period @> %(today)s::date
      AND away.role IN ('', held.role) AND (away.location_id IS NULL OR away.location_id = held.location_id)))
ORDER BY held.user_id, held.role, held.id
"""
ASSIGNED = """
SELECT array_agg(DISTINCT group_id) FILTER (WHERE group_id IS NOT NULL),
       array_agg(DISTINCT customer_id) FILTER (WHERE customer_id IS NOT NULL)
FROM accounts_assignment
WHERE kind = 'account_manager' AND user_id = ANY(%s) AND period @> %s::date
"""
PLANTS = """
WITH account AS (
    SELECT plant.id, plant.customer_id FROM accounts_plant plant
    JOIN accounts_customer customer ON customer.id = plant.customer_id
    WHERE customer.group_id = ANY(%(groups)s) OR customer.id = ANY(%(customers)s)
), served AS (
    SELECT service.location_id, plant.id, plant.customer_id FROM accounts_plantservice service
    JOIN accounts_plant plant ON plant.id = service.plant_id
    WHERE service.location_id = ANY(%(locations)s) AND service.period @> %(today)s::date
), card AS (
    SELECT plant.id, plant.customer_id FROM accounts_plant plant
    JOIN accounts_customer customer ON customer.id = plant.customer_id
    JOIN accounts_customergroup grp ON grp.id = customer.group_id AND grp.is_global_account
    WHERE cardinality(%(card_locations)s::bigint[]) > 0 AND EXISTS (
        SELECT FROM accounts_customer c JOIN accounts_plant p ON p.customer_id = c.id
        JOIN accounts_plantservice s ON s.plant_id = p.id
        WHERE c.group_id = grp.id AND s.location_id = ANY(%(card_locations)s) AND s.period @> %(today)s::date)
), work AS (
    SELECT kind.model, item.object_id FROM core_workitem item
    JOIN django_content_type kind ON kind.id = item.content_type_id AND kind.app_label = 'accounts'
    WHERE kind.model IN ('plant', 'customer')
      AND (item.assignee_id = ANY(%(people)s) OR item.done_by_id = ANY(%(people)s) OR item.audience = ANY(%(audiences)s)
           OR item.audience IN (SELECT 'department:' || department.id FROM accounts_department department
                                JOIN unnest(%(functions)s::text[], %(function_locations)s::bigint[]) AS held (function, location_id)
                                  ON held.function = department.function AND held.location_id = department.location_id))
), worked AS (
    SELECT plant.id, plant.customer_id FROM accounts_plant plant
    WHERE plant.id IN (SELECT object_id FROM work WHERE model = 'plant')
    UNION SELECT NULL, object_id FROM work WHERE model = 'customer'
)
SELECT 'account' AS axis, NULL::bigint AS location_id, array_agg(id), array_agg(customer_id) FROM account
UNION ALL SELECT 'location', location_id, array_agg(id), array_agg(customer_id) FROM served GROUP BY location_id
UNION ALL SELECT 'card', NULL, array_agg(id), array_agg(customer_id) FROM card
UNION ALL SELECT 'work', NULL, coalesce(array_agg(id) FILTER (WHERE id IS NOT NULL), '{}'), array_agg(customer_id) FROM worked
"""


class Scope:
    """Where a person may do one verb: everything, or these plants, companies, groups and locations.

    Plants and companies are looked up when they are asked for: who writes the catalogue of a location needs none.
    """

    def __init__(self, access: "Access", *, everything: bool, leads: bool, location_ids: list[int]) -> None:
        self._access, self._leads = access, leads
        self.everything, self.location_ids = everything, location_ids

    @cached_property
    def plant_ids(self) -> list[int]:
        """The plants that this person leads or whose location they serve."""
        return self._access.reached(0, leads=self._leads, locations=self.location_ids)

    @cached_property
    def customer_ids(self) -> list[int]:
        """The companies of those plants, and those that this person leads without a plant."""
        return self._access.reached(1, leads=self._leads, locations=self.location_ids)

    @property
    def group_ids(self) -> list[int]:
        """The groups that this person leads."""
        return self._access.group_ids if self._leads else []

    @property
    def account_plant_ids(self) -> list[int]:
        """The plants on the account axis."""
        return self._access.account_plant_ids if self._leads else []


class Access:
    """What one person may read and do today."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.today = clock.today()

    @cached_property
    def grants(self) -> list[RoleGrant]:
        """The role grants of today, the person's own and those of the people whom they substitute."""
        if not (self.user.is_authenticated and self.user.is_active):
            return []
        return list(RoleGrant.objects.raw(GRANTS, {"person": self.user.pk, "today": self.today}))

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

    @cached_property
    def sees_all(self) -> bool:
        """Whether nothing needs to be filtered: a role for all locations, other than account manager."""
        return any(grant.location_id is None and grant.role != Role.ACCOUNT_MANAGER for grant in self.grants)

    @cached_property
    def location_ids(self) -> list[int]:
        """Our locations where this person holds a role of the location axis."""
        return sorted({grant.location_id for grant in self.grants if grant.location_id and grant.role != Role.ACCOUNT_MANAGER})

    @cached_property
    def _assigned(self) -> tuple[list[int], list[int]]:
        people = sorted({grant.user_id for grant in self.grants if grant.role == Role.ACCOUNT_MANAGER})
        if not people:
            return [], []
        with connection.cursor() as cursor:
            cursor.execute(ASSIGNED, [people, self.today])
            groups, customers = cursor.fetchone()
        return groups or [], customers or []

    @cached_property
    def _plants(self) -> dict[str, dict[int | None, tuple[list[int], list[int]]]]:
        found: dict[str, dict[int | None, tuple[list[int], list[int]]]] = defaultdict(dict)
        groups, customers = self._assigned
        if not self.grants:
            return found
        people = [self.user.pk, *self.principals]
        functions = [grant for grant in self.grants if grant.role in FUNCTIONS]
        with connection.cursor() as cursor:
            cursor.execute(
                PLANTS,
                {
                    "groups": groups,
                    "customers": customers,
                    "locations": self.location_ids,
                    "today": self.today,
                    "card_locations": [grant.location_id for grant in self.grants if grant.role == Role.AREA_MANAGER],
                    "people": people,
                    "audiences": [f"user:{key}" for key in people] + [f"role:{role}" for role in self.roles],
                    "functions": [grant.role for grant in functions],
                    "function_locations": [grant.location_id for grant in functions],
                },
            )
            for axis, location, plants, owners in cursor.fetchall():
                if owners:
                    found[axis][location] = (plants, owners)
        return found

    def _ids(self, position: int, *axes: str) -> list[int]:
        return sorted({key for axis in axes for ids in self._plants.get(axis, {}).values() for key in ids[position]})

    @cached_property
    def group_ids(self) -> list[int]:
        """The groups that this person leads."""
        return self._assigned[0]

    @cached_property
    def account_plant_ids(self) -> list[int]:
        """The plants on the account axis: margins of all locations included."""
        return self._ids(0, "account")

    @cached_property
    def plant_ids(self) -> list[int]:
        """The plants that this person may see, cards included."""
        return self._ids(0, "account", "location", "card", "work")

    @cached_property
    def detailed_plant_ids(self) -> list[int]:
        """The plants of which this person sees more than the card."""
        return self._ids(0, "account", "location")

    @cached_property
    def customer_ids(self) -> list[int]:
        """The companies that this person may see; one without plants is seen by its account manager."""
        return sorted({*self._ids(1, "account", "location", "card", "work"), *self._assigned[1]})

    @cached_property
    def detailed_customer_ids(self) -> list[int]:
        """The companies whose commercial data this person may read."""
        return sorted({*self._ids(1, "account", "location"), *self._assigned[1]})

    @cached_property
    def _detailed_customers(self) -> frozenset[int]:
        return frozenset(self.detailed_customer_ids)

    def details(self, customer: int) -> bool:
        """Whether this person sees more than the card of this company, which they see."""
        return self.sees_all or customer in self._detailed_customers

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
        wide = {"roles": sorted(self.roles), "everything": [1] * self.sees_all, "all_costs": [1] * self.reads_all_costs}
        if self.sees_all:
            return wide
        return wide | {
            "locations": self.location_ids,
            "cost_locations": self.cost_location_ids,
            "groups": self.group_ids,
            "customers": self.customer_ids,
            "detailed_customers": self.detailed_customer_ids,
            "plants": self.plant_ids,
            "detailed_plants": self.detailed_plant_ids,
        }

    def may(self, verb: str) -> bool:
        """Whether any role of today carries the verb."""
        return bool(self.roles & port("role_verbs").get(verb, frozenset()))

    def scope(self, verb: str) -> Scope:
        """Where this person may do the verb: only inside the scope of a grant that carries it."""
        carrying = port("role_verbs").get(verb, frozenset())
        grants = [grant for grant in self.grants if grant.role in carrying]
        return Scope(
            self,
            everything=any(grant.location_id is None and grant.role != Role.ACCOUNT_MANAGER for grant in grants),
            leads=any(grant.role == Role.ACCOUNT_MANAGER for grant in grants),
            location_ids=sorted(
                {grant.location_id for grant in grants if grant.location_id and grant.role != Role.ACCOUNT_MANAGER}
            ),
        )

    def reached(self, position: int, *, leads: bool, locations: list[int]) -> list[int]:
        """The plants (0) or companies (1) on the account axis, if this person leads there, and of these locations."""
        axes: list[tuple[str, int | None]] = [("account", None)] if leads else []
        axes += [("location", location) for location in locations]
        found = {key for axis, of in axes if of in self._plants.get(axis, {}) for key in self._plants[axis][of][position]}
        return sorted(found | set(self._assigned[1] if leads and position == 1 else []))


def access_of(user: Any) -> Access:
    """The access of a person, resolved once for this instance of the user, that is once per request."""
    access = getattr(user, "_access", None)
    if access is None or access.today != clock.today():
        access = Access(user)
        user._access = access
    return access
