"""Rows that two people share: the account manager and the area manager of a plant; one of them owns the row, the other is its counterpart.

Whose budget a plant belongs to says `budgets.reports.portfolio.OWNERS`; the other one reads and answers the rows that plan it, and
nothing else of that budget: neither its other rows nor its totals, and no cost that their role does not read.
"""

from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from accounts.models import (
    Assignment,
    Plant,
    PlantService,
    Role,
    User,
    access_of,
    account_manager_of,
    area_manager_of,
    leading_location,
)
from kam.core import clock


def counterpart_of(line: Any) -> User | None:
    """With whom a row is shared today; None for a rest, and where only one person works for the plant."""
    if line.plant is None:
        return None
    day, owner, at = clock.today(), line.budget.contributor_id, line.budget.location
    leader = account_manager_of(line.plant.customer, day)
    server = area_manager_of(line.plant, at, day)
    if server is not None and server.pk == owner:
        return leader if leader is not None and leader.pk != owner else None
    if leader is None or leader.pk != owner:
        return None
    if server is None and (leading := leading_location(line.plant)) is not None:
        server = area_manager_of(line.plant, leading, day)
    return server if server is not None and server.pk != owner else None


def shared_rows(user: Any) -> Any:
    """The rows whose counterpart this person is today, or substitutes, as keys to be asked of the database."""
    lines = apps.get_model("budgets", "BudgetLine")._base_manager
    grants = access_of(user).grants
    leaders = sorted({grant.user_id for grant in grants if grant.role == Role.ACCOUNT_MANAGER})
    servers = {(grant.user_id, grant.location_id or 0) for grant in grants if grant.role == Role.AREA_MANAGER}
    if not leaders and not servers:
        return lines.none().values("pk")
    served = Q(pk__in=[])
    for who, where in sorted(servers):
        served |= Q(user=who, location=where) if where else Q(user=who)
    day = clock.today()
    assigned = Assignment.objects.on(day)
    here = assigned.filter(plant=OuterRef("plant"), location=OuterRef("budget__location"))
    of_theirs = Plant.objects.filter(_led_by(assigned.filter(kind=Assignment.Kind.ACCOUNT_MANAGER, user__in=leaders)))
    serving = Q(Exists(here.filter(user=OuterRef("budget__contributor"))))
    led = Q(plant__in=of_theirs.values("pk")) & _leads(assigned, user__in=leaders) & serving
    leads = PlantService.objects.on(day).filter(leads=True, plant=OuterRef("plant"), location=OuterRef("location"))
    at_leading = assigned.filter(served, Exists(leads), plant=OuterRef("plant"))
    of_leader = _leads(assigned, user=OuterRef("budget__contributor"))
    own_there = Exists(here.filter(served)) | ~Exists(here) & Exists(at_leading)
    serves = Q(plant__in=assigned.filter(served).values("plant")) & Q(own_there) & of_leader
    others = ~Q(budget__contributor__in=sorted({grant.user_id for grant in grants}))
    return lines.filter(led | serves, others, plant__isnull=False).order_by().values("pk")


def _led_by(theirs: Any) -> Q:
    """Plants of companies or groups that these assignments name, so that the rows are looked up by plant and not one by one."""
    companies = Q(customer__in=theirs.filter(customer__isnull=False).values("customer"))
    return companies | Q(customer__group__in=theirs.filter(group__isnull=False).values("group"))


def _leads(assigned: Any, **who: Any) -> Q:
    """Rows of plants whose account manager is one of these people: their company's own, else its group's."""
    own = assigned.filter(kind=Assignment.Kind.ACCOUNT_MANAGER, customer=OuterRef("plant__customer"))
    group = assigned.filter(kind=Assignment.Kind.ACCOUNT_MANAGER, group=OuterRef("plant__customer__group"), **who)
    return Q(Exists(own.filter(**who))) | Q(~Exists(own) & Exists(group))
