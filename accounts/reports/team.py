"""How the team stands: who leads and serves how much, what they have open and late; and what set-up is missing."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Department, Location, Role, RoleGrant, User, away
from kam.core import clock
from kam.core.jobs import Job
from kam.core.work import WorkItem

LED = (Role.ACCOUNT_MANAGER, Role.AREA_MANAGER)
MOST = 40


@dataclass(frozen=True)
class Member:
    """One person of the team today."""

    person: User
    roles: str
    assignments: int
    open: int
    late: int
    away: bool


def team(reader: User) -> list[Member]:
    """The account and area managers of today with their load, in six queries; for the sales manager."""
    if not reader.may("accounts.assign"):
        return []
    today, now = clock.today(), clock.now()
    held: dict[int, list[str]] = {}
    for user, role in (
        RoleGrant.objects.on(today).filter(role__in=LED, user__is_active=True).values_list("user", "role").distinct()
    ):
        held.setdefault(user, []).append(str(Role(role).label))
    people = User.objects.filter(pk__in=held).order_by("last_name", "first_name", "pk")[:MOST]
    keys = [person.pk for person in people]
    led = dict(Assignment.objects.on(today).filter(user__in=keys).values_list("user").annotate(n=Count("pk")))
    work = WorkItem.objects.open().with_due().filter(assignee__in=keys).order_by().values("assignee")
    loads: dict[int, dict[str, Any]] = {
        row["assignee"]: dict(row) for row in work.annotate(n=Count("pk"), late=Count("pk", filter=Q(due__lt=now)))
    }
    gone = away(keys)
    return [
        Member(
            person,
            ", ".join(sorted(set(held[person.pk]))),
            led.get(person.pk, 0),
            loads.get(person.pk, {}).get("n", 0),
            loads.get(person.pk, {}).get("late", 0),
            person.pk in gone,
        )
        for person in people
    ]


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
