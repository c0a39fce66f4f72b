"""Who leads and serves what: gaps, what ends soon, and who had an account on a day or has it now (as-was, as-is)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Customer, CustomerGroup, GroupMembership, PlantService, User
from kam.core import clock
from kam.core.parameters import define, parameter

define(
    "accounts.assignment_ends_soon",
    default=60,
    unit="cd",
    label=_("Days before its end from which an assignment is listed as ending"),
)

OPEN = (Customer.Status.PROSPECT, Customer.Status.ACTIVE, Customer.Status.BLOCKED)


def groups_without_account_manager(user: Any, day: date | None = None) -> QuerySet[CustomerGroup]:
    """Groups with open companies that nobody leads on a day, among the reader's."""
    day = day or clock.today()
    led = Assignment.objects.on(day).filter(group=OuterRef("pk"))
    companies = Customer.objects.filter(group=OuterRef("pk"), status__in=OPEN)
    own = Assignment.objects.on(day).filter(customer=OuterRef("pk"))
    uncovered = companies.filter(~Exists(own))
    return (
        CustomerGroup.objects.visible_to(user)
        .filter(~Exists(led))
        .filter(Exists(uncovered) | Q(is_global_account=True))
        .order_by("name", "pk")
    )


def customers_without_account_manager(user: Any, day: date | None = None) -> QuerySet[Customer]:
    """Open companies outside any group that nobody leads on a day, among the reader's; those of a group are told with it."""
    day = day or clock.today()
    led = Assignment.objects.on(day).filter(customer=OuterRef("pk"))
    return Customer.objects.visible_to(user).filter(~Exists(led), group__isnull=True, status__in=OPEN).order_by("name", "pk")


def services_without_area_manager(user: Any, day: date | None = None) -> QuerySet[PlantService]:
    """Plants served by a location where nobody is area manager for them on a day, among the reader's."""
    day = day or clock.today()
    run = Assignment.objects.on(day).filter(plant=OuterRef("plant"), location=OuterRef("location"))
    rows = PlantService.objects.visible_to(user).on(day).filter(~Exists(run), plant__status="open")
    return rows.select_related("plant", "plant__customer", "location").order_by("location__code", "plant__name", "pk")


def ending_assignments(user: Any, day: date | None = None) -> QuerySet[Assignment]:
    """Assignments that end soon and that nobody takes over the day after, among the reader's."""
    day = day or clock.today()
    horizon = day + timedelta(days=int(parameter("accounts.assignment_ends_soon")))
    same = (
        Q(group=OuterRef("group")) | Q(customer=OuterRef("customer")) | Q(plant=OuterRef("plant"), location=OuterRef("location"))
    )
    next_one = Assignment.objects.filter(same, period__contains=OuterRef("period__endswith"))
    rows = (
        Assignment.objects.visible_to(user)
        .filter(period__endswith__gt=day, period__endswith__lte=horizon)
        .filter(~Exists(next_one))
    )
    return rows.for_list().order_by("period__endswith", "pk")


@dataclass(frozen=True)
class Gaps:
    """Everything that nobody leads or serves, as querysets, with how many of each."""

    groups: QuerySet[CustomerGroup]
    customers: QuerySet[Customer]
    services: QuerySet[PlantService]
    ending: QuerySet[Assignment]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {name: getattr(self, name).count() for name in ("groups", "customers", "services", "ending")}


def gaps(user: Any, day: date | None = None) -> Gaps:
    """The gaps in the matrix that a reader may see."""
    return Gaps(
        groups_without_account_manager(user, day),
        customers_without_account_manager(user, day),
        services_without_area_manager(user, day),
        ending_assignments(user, day),
    )


def account_managers(customers: QuerySet[Customer], day: date) -> dict[int, User | None]:
    """Who led each company on a day, in three queries: its own assignment, else that of its group of that day."""
    keys = list(customers.values_list("pk", flat=True))
    rows = Assignment.objects.on(day).filter(kind=Assignment.Kind.ACCOUNT_MANAGER).select_related("user")
    own = {row.customer_id: row.user for row in rows.filter(customer__in=keys)}
    groups = dict(GroupMembership.objects.on(day).filter(customer__in=keys).values_list("customer", "group"))
    led = {row.group_id: row.user for row in rows.filter(group__in=set(groups.values()))}
    return {key: own.get(key) or led.get(groups.get(key, 0)) for key in keys}


def responsibility(user: Any, day: date, *, as_is: bool = False) -> list[tuple[Customer, User | None]]:
    """The reader's companies with their account manager: as it was on a day, or, as-is, who has them today."""
    customers = Customer.objects.visible_to(user).order_by("name", "pk")
    leaders = account_managers(customers, clock.today() if as_is else day)
    return [(customer, leaders[customer.pk]) for customer in customers]
