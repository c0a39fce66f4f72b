"""The row rule said a second time: in plain Python over all rows, one person after the other, from the procedure and not from the queries."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import (
    FUNCTIONS,
    Activity,
    Assignment,
    Contact,
    Customer,
    CustomerGroup,
    Delegation,
    Department,
    GroupMembership,
    HandOver,
    Plant,
    PlantOwnership,
    PlantService,
    Promise,
    Role,
    RoleGrant,
    User,
)
from catalog.models import CustomerItem, Programme, StandardCost, WorkCentre
from kam.core import clock
from kam.core.comments import Comment
from kam.core.links import Link
from kam.core.work import WorkItem
from kam.roles import ROLE_VERBS

MODELS = (
    Activity,
    Assignment,
    Comment,
    Contact,
    Customer,
    CustomerGroup,
    CustomerItem,
    GroupMembership,
    HandOver,
    Link,
    Plant,
    PlantOwnership,
    PlantService,
    Programme,
    Promise,
    StandardCost,
    WorkCentre,
)
DETAILED = (Customer, CustomerGroup, Plant)
COST_READERS = {"account_manager", "area_manager", "sales_manager", "management", "finance", "auditor"}


class Facts:
    """All rows there are, and those of them that hold today."""

    def __init__(self) -> None:
        self.today = clock.today()
        self.rows = {model: list(model._base_manager.all()) for model in MODELS}
        self.customers = {row.pk: row for row in self.rows[Customer]}
        self.plants = {row.pk: row for row in self.rows[Plant]}
        self.groups = {row.pk: row for row in self.rows[CustomerGroup]}
        self.active = {row.pk for row in User._base_manager.filter(is_active=True)}
        self.grants = self.holding(RoleGrant._base_manager.all())
        self.delegations = self.holding(Delegation._base_manager.all())
        self.assignments = self.holding(self.rows[Assignment])
        self.services = self.holding(self.rows[PlantService])
        self.departments = list(Department._base_manager.all())
        self.work = list(WorkItem._base_manager.select_related("content_type"))
        self.joined = set(Activity.participants.through._base_manager.values_list("activity", "user"))

    def holding(self, rows: Any) -> list[Any]:
        """Those that hold today."""
        return [row for row in rows if row.holds_on(self.today)]

    def plants_of(self, groups: set[int], customers: set[int]) -> set[int]:
        """The plants that belong today to a company of these groups, or to one of these companies."""
        return {
            key
            for key, plant in self.plants.items()
            if plant.customer_id in customers or self.customers[plant.customer_id].group_id in groups
        }

    def served(self, locations: set[int]) -> set[int]:
        """The plants that one of these locations serves today."""
        return {row.plant_id for row in self.services if row.location_id in locations}


@dataclass
class Reach:
    """Everything, or the plants, companies, groups and locations that an answer consists of."""

    everything: bool = False
    plants: set[int] = field(default_factory=set)
    customers: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    locations: set[int] = field(default_factory=set)

    def has(self, row: Any) -> bool:
        """Whether what a row belongs to lies within: its plant, where it has one, else its company."""
        return row.plant_id in self.plants if row.plant_id else row.customer_id in self.customers


class Reader:
    """One person, and which rows of each model are theirs to read and to write."""

    def __init__(self, facts: Facts, user: Any) -> None:
        self.facts, self.user = facts, user
        self.grants = [grant for grant in facts.grants if self._holds(grant)] if user.is_active else []
        self.people = {user.pk, *(grant.user_id for grant in self.grants)}
        self.roles = {grant.role for grant in self.grants}
        self.read = self._reading()
        self.detail = self._of(self.grants)

    def _holds(self, grant: RoleGrant) -> bool:
        if grant.user_id == self.user.pk:
            return True
        return any(
            away.substitute_id == self.user.pk
            and away.principal_id == grant.user_id
            and away.principal_id in self.facts.active
            and away.role in ("", grant.role)
            and away.location_id in (None, grant.location_id)
            for away in self.facts.delegations
        )

    def _of(self, grants: list[RoleGrant]) -> Reach:
        """What these grants reach on the account axis and on the location axis."""
        facts, reach = self.facts, Reach()
        reach.everything = any(grant.location_id is None and grant.role != Role.ACCOUNT_MANAGER for grant in grants)
        reach.locations = {grant.location_id for grant in grants if grant.location_id and grant.role != Role.ACCOUNT_MANAGER}
        reach.plants = facts.served(reach.locations)
        if any(grant.role == Role.ACCOUNT_MANAGER for grant in grants):
            leaders = {grant.user_id for grant in self.grants if grant.role == Role.ACCOUNT_MANAGER}
            led = [row for row in facts.assignments if row.kind == Assignment.Kind.ACCOUNT_MANAGER and row.user_id in leaders]
            reach.groups = {row.group_id for row in led if row.group_id}
            reach.customers = {row.customer_id for row in led if row.customer_id}
            reach.plants |= facts.plants_of(reach.groups, reach.customers)
        reach.customers |= {facts.plants[key].customer_id for key in reach.plants}
        return reach

    def _reading(self) -> Reach:
        """What is read: the two axes, the other plants of the global accounts that an area manager's location serves, work."""
        facts, reach = self.facts, self._of(self.grants)
        if not self.grants:
            return reach
        served = facts.served({grant.location_id for grant in self.grants if grant.role == Role.AREA_MANAGER})
        accounts = {facts.customers[facts.plants[key].customer_id].group_id for key in served}
        reach.plants |= facts.plants_of({key for key in accounts if key and facts.groups[key].is_global_account}, set())
        for item in facts.work:
            if item.content_type.app_label == "accounts" and self._has_to_do(item):
                if item.content_type.model == "plant":
                    reach.plants |= {item.object_id} & set(facts.plants)
                elif item.content_type.model == "customer":
                    reach.customers |= {item.object_id}
        reach.customers |= {facts.plants[key].customer_id for key in reach.plants}
        return reach

    def _has_to_do(self, item: WorkItem) -> bool:
        """Whether a work item is or was this person's, of those for whom they act, of their roles or of their departments."""
        held = {(grant.role, grant.location_id) for grant in self.grants if grant.role in FUNCTIONS}
        departments = {row.audience for row in self.facts.departments if (row.function, row.location_id) in held}
        audiences = {f"user:{key}" for key in self.people} | {f"role:{role}" for role in self.roles} | departments
        return item.assignee_id in self.people or item.done_by_id in self.people or item.audience in audiences

    # Reading

    def visible(self, model: Any) -> set[int]:
        """The rows of a model that this person reads."""
        return {row.pk for row in self.facts.rows[model] if self._reads(row)}

    def detailed(self, model: Any) -> set[int]:
        """The rows of which this person reads more than the card."""
        within = {Customer: self.detail.customers, CustomerGroup: self.detail.groups, Plant: self.detail.plants}[model]
        return {row.pk for row in self.facts.rows[model] if self.detail.everything or row.pk in within}

    def _own(self, row: Any) -> bool:
        return row.owner_id == self.user.pk or (row.pk, self.user.pk) in self.facts.joined

    def _reads_record(self, kind: Any, key: int, *, more_than_the_card: bool) -> bool:
        model = kind.model_class()
        if model not in MODELS:
            return bool(self.user.is_active)
        detailed = more_than_the_card and model in DETAILED
        return key in (self.detailed(model) if detailed else self.visible(model))

    def _reads(self, row: Any) -> bool:
        read, everything = self.read, self.read.everything
        match row:
            case Activity():
                open_to_all = not row.private or self._own(row)
                within = everything or (read.has(row) if row.plant_id or row.customer_id else False)
                return bool(self.user.is_active and open_to_all and (within or (row.customer_id is None and self._own(row))))
            case Assignment():
                groups = self.visible(CustomerGroup)
                return everything or row.group_id in groups or row.customer_id in read.customers or row.plant_id in read.plants
            case Comment() | Link():
                if not (self.user.is_active and self._reads_record(row.content_type, row.object_id, more_than_the_card=True)):
                    return False
                return isinstance(row, Comment) or self._reads_record(row.other_type, row.other_id, more_than_the_card=False)
            case Contact():
                return everything or read.has(row)
            case Promise():
                return everything or self.detail.has(row) or (row.owner_id == self.user.pk and read.has(row))
            case Customer():
                return everything or row.pk in read.customers
            case CustomerGroup():
                of_companies = {self.facts.customers[key].group_id for key in read.customers if key in self.facts.customers}
                return everything or row.pk in read.groups | of_companies
            case CustomerItem():
                return everything or self.detail.has(row)
            case GroupMembership():
                return everything or row.customer_id in read.customers
            case HandOver():
                return everything or self.user.pk in {row.source_id, row.target_id}
            case Plant():
                return everything or row.pk in read.plants
            case PlantOwnership():
                return everything or (row.plant_id in read.plants and row.customer_id in read.customers)
            case PlantService():
                return everything or row.plant_id in read.plants
            case Programme():
                return everything or row.customer_id in self.detail.customers
            case StandardCost():
                readers = [grant.location_id for grant in self.grants if grant.role in COST_READERS]
                return None in readers or row.location_id in readers
            case WorkCentre():
                return bool(self.user.is_active)
        raise AssertionError(f"no rule for {type(row).__name__}")

    # Writing

    def permitted(self, model: Any, verb: str) -> set[int]:
        """The rows inside the scope of a grant of this person that carries the verb."""
        carrying = [grant for grant in self.grants if grant.role in ROLE_VERBS.get(verb, ())]
        scope = self._of(carrying)
        return {row.pk for row in self.facts.rows[model] if self._writes(row, scope, bool(carrying), verb)}

    def _writes(self, row: Any, scope: Reach, may: bool, verb: str) -> bool:
        everything = scope.everything
        match row:
            case Activity() | Promise():
                return self._reads(row) and (everything or (may and (self._belongs(row, scope) or row.owner_id == self.user.pk)))
            case Assignment():
                return (
                    everything
                    or row.group_id in scope.groups
                    or row.customer_id in scope.customers
                    or row.plant_id in scope.plants
                )
            case Comment():
                return may and self._reads(row) and (verb == "core.write_comment" or row.author_id == self.user.pk)
            case Link():
                record = self._writable(row.content_type.model_class(), verb)
                return may and self._reads(row) and row.object_id in record
            case Contact() | CustomerItem():
                return everything or scope.has(row)
            case Customer():
                return everything or row.pk in scope.customers
            case CustomerGroup():
                return everything or row.pk in scope.groups
            case HandOver():
                return everything
            case GroupMembership() | PlantOwnership():
                return False
            case Plant():
                return everything or row.pk in scope.plants
            case PlantService():
                return everything or row.plant_id in scope.plants
            case Programme():
                return everything or row.customer_id in scope.customers
            case StandardCost() | WorkCentre():
                return everything or row.location_id in scope.locations
        raise AssertionError(f"no rule for {type(row).__name__}")

    def _writable(self, model: Any, verb: str) -> set[int]:
        return self.permitted(model, verb) if model in MODELS else {row.pk for row in model._base_manager.all()}

    @staticmethod
    def _belongs(row: Any, scope: Reach) -> bool:
        return scope.has(row) if row.plant_id or row.customer_id else False
