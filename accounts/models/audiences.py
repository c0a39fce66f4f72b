"""Who stands behind an audience (`user:5`, `department:12`, `role:sales_manager`) and who is told when work is late."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models.access import access_of
from accounts.models.assignments import account_manager_of
from accounts.models.customers import Customer
from accounts.models.grants import Delegation, RoleGrant
from accounts.models.locations import FUNCTIONS, Department, Role
from accounts.models.people import User
from accounts.models.plants import Plant, leading_location
from kam.core import clock


def audiences_of(user: Any) -> list[str]:
    """Every audience that a person belongs to today, their own and those of the people whom they substitute."""
    grants = access_of(user).grants
    people = {user.pk, *(grant.user_id for grant in grants)}
    found = {f"user:{key}" for key in people} | {f"role:{grant.role}" for grant in grants}
    held = [(grant.role, grant.location_id) for grant in grants if grant.role in FUNCTIONS]
    if held:
        rows = Q(pk__in=[])
        for role, location in held:
            rows |= Q(function=role) if location is None else Q(function=role, location=location)
        found |= {department.audience for department in Department.objects.filter(rows)}
    return sorted(found)


def audience_members(audience: str) -> QuerySet[User]:
    """The active people behind an audience today, substitutes not included."""
    return User.objects.filter(pk__in=_members_of_each([audience])[audience])


def people_to_act(audience: str, excluded: Iterable[int] = ()) -> list[User]:
    """Who can act today for an audience: its members who are there and the substitutes of those away (W7).

    Who is excluded from the work cannot, nor whoever substitutes somebody excluded (W3).
    """
    return people_of_each([audience], excluded)[audience][1]


def people_of_each(audiences: Iterable[str], excluded: Iterable[int] = ()) -> dict[str, tuple[list[User], list[User]]]:
    """Of each audience its members today, substitutes not included, and who of or for them can act (`people_to_act`)."""
    members = _members_of_each(audiences)
    excluded = set(excluded)
    today = Delegation.objects.on(clock.today())
    barred = excluded | set(today.filter(principal__in=excluded).values_list("substitute", flat=True)) if excluded else set()
    whole = today.filter(role="", location__isnull=True)
    everybody = {key for people in members.values() for key in people}
    away = {row.principal_id: row.substitute for row in whole.filter(principal__in=everybody).select_related("substitute")}
    substitutes = {person.pk for person in away.values() if person is not None and person.is_active}
    gone = set(whole.filter(principal__in=substitutes).values_list("principal", flat=True)) if substitutes else set()
    found = {}
    for audience, people in members.items():
        acting = {key: person for key, person in people.items() if key not in away}
        instead = (away[key] for key in people if key in away)
        acting.update({one.pk: one for one in instead if one is not None and one.pk in substitutes - gone})
        able = [person for key, person in sorted(acting.items()) if key not in barred]
        found[audience] = list(people.values()), able
    return found


def _members_of_each(audiences: Iterable[str]) -> dict[str, dict[int, User]]:
    """The active people behind each audience today by their key, substitutes not included."""
    named: dict[str, list[Any]] = {"user": [], "role": [], "department": []}
    found: dict[str, dict[int, User]] = {}
    for audience in audiences:
        kind, _, key = audience.partition(":")
        found[audience] = {}
        named.get(kind, []).append(key)
    if named["user"]:
        for person in User.objects.filter(pk__in=map(int, named["user"]), is_active=True):
            found[f"user:{person.pk}"][person.pk] = person
    places: dict[str, list[Department]] = defaultdict(list)
    if named["department"]:
        for department in Department.objects.filter(pk__in=map(int, named["department"])):
            places[department.function].append(department)
    roles = {*named["role"], *places}
    if roles:
        grants = RoleGrant.objects.filter(period__contains=clock.today(), user__is_active=True, role__in=roles)
        for grant in grants.select_related("user").order_by("user"):
            if grant.role in named["role"]:
                found[f"role:{grant.role}"][grant.user_id] = grant.user
            for department in places.get(grant.role, ()):
                if grant.location_id in (None, department.location_id):
                    found[department.audience][grant.user_id] = grant.user
    return found


def substitute_of(user: User) -> User | None:
    """Who acts for a person today, or None."""
    row = (
        Delegation.objects.on(clock.today())
        .filter(principal=user, substitute__is_active=True)
        .select_related("substitute")
        .first()
    )
    return row.substitute if row else None


def audience_label(audience: str) -> str:
    """An audience as a person reads it: a name, a department with its location, a role."""
    kind, _, key = audience.partition(":")
    if kind == "department":
        department = Department.objects.filter(pk=int(key)).select_related("location").first()
        return f"{department.name} {department.location.code}" if department else ""
    if kind == "role":
        return str(dict(Role.choices).get(key, key))
    return str(User.objects.filter(pk=int(key)).first() or "")


def manager_audience(audience: str) -> str:
    """Who stands above an audience: the head of a department, the sales manager of an account or area manager, else management."""
    kind, _, key = audience.partition(":")
    if kind == "department":
        head = Department.objects.filter(pk=int(key), head__is_active=True).values_list("head", flat=True).first()
        return f"user:{head}" if head else f"role:{Role.MANAGEMENT}"
    if kind == "role":
        return f"role:{Role.MANAGEMENT}"
    grants = access_of(User.objects.get(pk=int(key))).grants
    roles = {grant.role for grant in grants}
    if roles & {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.BACK_OFFICE} and Role.SALES_MANAGER not in roles:
        return f"role:{Role.SALES_MANAGER}"
    for grant in grants:
        if grant.role in FUNCTIONS and grant.location_id:
            headed = Department.objects.filter(location=grant.location_id, function=grant.role, head__is_active=True)
            for department in headed.exclude(head=int(key)):
                return f"user:{department.head_id}"
    return f"role:{Role.MANAGEMENT}"


def escalation_audience(item: Any, level: int) -> list[str]:
    """Who is told at a level of the ladder (domain 1.7): 1 owner and substitute, 2 + manager, 3 + account manager and process owner, 4 + management."""
    owner = f"user:{item.assignee_id}" if item.assignee_id else item.audience
    told = [owner]
    if item.assignee_id:
        substitute = substitute_of(item.assignee)
        told += [f"user:{substitute.pk}"] if substitute else []
    if level >= 2:
        told.append(manager_audience(owner))
    if level >= 3:
        leader = _account_manager(item.record)
        told += [f"user:{leader.pk}"] if leader else [f"role:{Role.SALES_MANAGER}"]
        told += [item.definition.owner] if item.definition.owner else []
    if level >= 4:
        told.append(f"role:{Role.MANAGEMENT}")
    return list(dict.fromkeys(told))


def _account_manager(record: Any) -> User | None:
    """The account manager whom a record concerns, through its plant or its customer."""
    if isinstance(record, Plant):
        record = record.customer
    customer = (
        record
        if isinstance(record, Customer)
        else getattr(record, "customer", None) or getattr(getattr(record, "plant", None), "customer", None)
    )
    return account_manager_of(customer, clock.today()) if customer else None


def working_calendar(record: Any) -> Any:
    """The working calendar by which deadlines on a record run: its handling location's, that is its own, else the one that leads its plant."""
    location = getattr(record, "location", None) or getattr(record, "selling_location", None) or leading_location(record)
    return location.calendar if location else None
