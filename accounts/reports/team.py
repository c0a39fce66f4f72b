"""How the team stands: who leads and serves how much and, where a location allows it, how single persons do; what set-up is missing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Department, Location, Role, RoleGrant, User, access_of, away
from kam.core import clock
from kam.core.jobs import Job
from kam.core.parameters import GENERAL, define, parameter, parameter_by_scope
from kam.core.work import WorkItem

LED = (Role.ACCOUNT_MANAGER, Role.AREA_MANAGER)
MOST = 40
PERSON_FIGURES = define(
    "accounts.person_figures",
    default=False,
    label=_("Show how much single persons have open, late and done in time, per location"),
)
PERSON_FIGURES_READERS = define(
    "accounts.person_figures_readers", default=[str(Role.SALES_MANAGER)], label=_("Roles that see the figures of single persons")
)
PERSON_FIGURES_DAYS = define(
    "accounts.person_figures_days", default=90, unit="cd", label=_("How far back the figures of single persons reach")
)


@dataclass(frozen=True)
class Work:
    """What one person has to do, and what they did lately: figures of a person, shown only where a location allows it."""

    open: int
    late: int
    done: int
    in_time: int


@dataclass(frozen=True)
class Member:
    """One person of the team today; `work` is None where figures of single persons are switched off."""

    person: User
    roles: str
    assignments: int
    work: Work | None
    away: bool


def team(reader: User) -> list[Member]:
    """The account and area managers of today with their load, in a fixed number of queries; for the sales manager.

    Figures of single persons are off until an administrator switches them on for the location of the person (a matter
    for the works council); who leads accounts everywhere follows the general value.
    """
    if not reader.may("accounts.assign"):
        return []
    today = clock.today()
    held: dict[int, list[str]] = {}
    places: dict[int, set[str]] = {}
    rows = RoleGrant.objects.on(today).filter(role__in=LED, user__is_active=True)
    for user, role, location in rows.values_list("user", "role", "location").distinct():
        held.setdefault(user, []).append(str(Role(role).label))
        places.setdefault(user, set()).add(f"location:{location}" if location else GENERAL)
    people = User.objects.filter(pk__in=held).order_by("last_name", "first_name", "pk")[:MOST]
    keys = [person.pk for person in people]
    led = dict(Assignment.objects.on(today).filter(user__in=keys).values_list("user").annotate(n=Count("pk")))
    work = _work(reader, {key: places[key] for key in keys})
    gone = away(keys)
    return [
        Member(person, ", ".join(sorted(set(held[person.pk]))), led.get(person.pk, 0), work.get(person.pk), person.pk in gone)
        for person in people
    ]


def _work(reader: User, places: dict[int, set[str]]) -> dict[int, Work]:
    """The figures of those persons all of whose locations allow it, if the reader holds a role that sees them."""
    if not access_of(reader).roles & set(parameter(PERSON_FIGURES_READERS.key)):
        return {}
    scopes = sorted({scope for found in places.values() for scope in found})
    allowed = parameter_by_scope(PERSON_FIGURES.key, scopes)
    keys = [key for key, found in places.items() if all(allowed[scope] for scope in found)]
    if not keys:
        return {}
    now = clock.now()
    since = now - timedelta(days=parameter(PERSON_FIGURES_DAYS.key))
    items = WorkItem.objects.with_due().filter(assignee__in=keys).order_by().values("assignee")
    done = Q(state=WorkItem.State.DONE, done_at__gte=since)
    found = items.annotate(
        open=Count("pk", filter=Q(state=WorkItem.State.OPEN)),
        late=Count("pk", filter=Q(state=WorkItem.State.OPEN, due__lt=now)),
        done=Count("pk", filter=done),
        in_time=Count("pk", filter=done & (Q(due=None) | Q(done_at__lte=F("due")))),
    )
    figures = {row["assignee"]: Work(row["open"], row["late"], row["done"], row["in_time"]) for row in found}
    return {key: figures.get(key, Work(0, 0, 0, 0)) for key in keys}


def missing_setup(reader: User) -> list[tuple[Any, int, str]]:
    """What an administrator still has to set up: words, how many, where; only what is not zero."""
    if not reader.may("accounts.edit_user"):
        return []
    today = clock.today()
    granted = RoleGrant.objects.filter(Q(period__endswith__gt=today) | Q(period__endswith=None), user=OuterRef("pk"))
    own = Department.objects.filter(location=OuterRef("pk"))
    found = [
        (_("People without a role"), User.objects.active().filter(~Exists(granted)).count(), "/people/?without_role=true"),
        (_("Departments without a head"), Department.objects.filter(head=None).count(), "/departments/?without_head=true"),
        (_("Locations without a department"), Location.objects.filter(~Exists(own), is_active=True).count(), "/locations/"),
        (_("Failed jobs"), Job.objects.filter(state="failed").count(), "/jobs/?state=failed"),
    ]
    return [line for line in found if line[1]]
