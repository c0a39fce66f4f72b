"""Rows of accounts for tests: people with roles, locations, customers with their plant, the matrix between them."""

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import (
    Assignment,
    Contact,
    Customer,
    CustomerGroup,
    Delegation,
    Department,
    GroupMembership,
    Location,
    Market,
    Plant,
    PlantOwnership,
    PlantService,
    RoleGrant,
    User,
)
from kam.core.calendars import WorkingCalendar
from kam.core.periods import period

ALWAYS = period(None)
COUNTRIES = {
    "IT": ("Italy", "Italia", "Italien", "Europe/Rome", "EUR"),
    "DE": ("Germany", "Germania", "Deutschland", "Europe/Berlin", "EUR"),
    "US": ("USA", "USA", "USA", "America/New_York", "USD"),
    "CN": ("China", "Cina", "China", "Asia/Shanghai", "CNY"),
}


class WorkingCalendarFactory(DjangoModelFactory):
    """A calendar of a country: Monday to Friday and its holidays."""

    class Meta:
        model = WorkingCalendar
        django_get_or_create = ("code",)

    country = "IT"
    code = factory.LazyAttribute(lambda made: made.country)
    name = factory.LazyAttribute(lambda made: f"Calendar {made.country}")
    time_zone = factory.LazyAttribute(lambda made: COUNTRIES[made.country][3])


class LocationFactory(DjangoModelFactory):
    """One of our locations; the same country is the same location."""

    class Meta:
        model = Location
        django_get_or_create = ("code",)

    country = "IT"
    code = factory.LazyAttribute(lambda made: made.country)
    name_en = factory.LazyAttribute(lambda made: COUNTRIES[made.country][0])
    name_it = factory.LazyAttribute(lambda made: COUNTRIES[made.country][1])
    name_de = factory.LazyAttribute(lambda made: COUNTRIES[made.country][2])
    time_zone = factory.LazyAttribute(lambda made: COUNTRIES[made.country][3])
    currency = factory.LazyAttribute(lambda made: COUNTRIES[made.country][4])
    calendar = factory.LazyAttribute(lambda made: WorkingCalendarFactory(country=made.country))


class UserFactory(DjangoModelFactory):
    """A person; with `role` (and `location`) they hold that role always."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda number: f"person{number}@kam.example")
    first_name = "Ada"
    last_name = factory.Sequence(lambda number: f"Person{number}")
    language = "en"
    password = "!"

    @factory.post_generation
    def role(self, create: bool, role: str | None, **extra: Any) -> None:
        """Grant a role: `UserFactory(role="area_manager", role__location=germany)`."""
        if create and role:
            RoleGrantFactory(user=self, role=role, **extra)


class RoleGrantFactory(DjangoModelFactory):
    """A role that is always held, for all locations unless one is named."""

    class Meta:
        model = RoleGrant

    user = factory.SubFactory(UserFactory)
    role = "sales_manager"
    location = None
    period = ALWAYS


class DelegationFactory(DjangoModelFactory):
    """A substitute who acts for a century."""

    class Meta:
        model = Delegation

    principal = factory.SubFactory(UserFactory)
    substitute = factory.SubFactory(UserFactory)
    period = period(date(2000, 1, 1), date(2099, 12, 31))


class DepartmentFactory(DjangoModelFactory):
    """A department of a location."""

    class Meta:
        model = Department
        django_get_or_create = ("location", "function")

    location = factory.SubFactory(LocationFactory)
    function = "quality"
    name_en = factory.LazyAttribute(lambda made: f"{made.function} {made.location.code}".capitalize())


class MarketFactory(DjangoModelFactory):
    """An application sector."""

    class Meta:
        model = Market

    code = factory.Sequence(lambda number: f"SECTOR-{number}")
    dimension = "sector"
    name_en = factory.Sequence(lambda number: f"Sector {number}")


class CustomerGroupFactory(DjangoModelFactory):
    """A customer group; `is_global_account=True` makes it a global account."""

    class Meta:
        model = CustomerGroup

    code = factory.Sequence(lambda number: f"G-{number:04d}")
    name = factory.Sequence(lambda number: f"Group {number}")


class PlantFactory(DjangoModelFactory):
    """A customer's plant with its ownership; `served_by=[location, …]`, the first leads."""

    class Meta:
        model = Plant
        skip_postgeneration_save = True

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory", plant=False)
    code = factory.Sequence(lambda number: f"P-{number:05d}")
    country = factory.SelfAttribute("customer.country")
    city = factory.SelfAttribute("customer.city")
    name = factory.LazyAttribute(lambda made: f"{made.customer.name} {made.city}")

    @factory.post_generation
    def ownership(self, create: bool, given: Any, **extra: Any) -> None:
        """The dated row beside `customer`."""
        if create and given is not False:
            PlantOwnership.objects.create(plant=self, customer=self.customer, period=given or ALWAYS)

    @factory.post_generation
    def served_by(self, create: bool, locations: Any, **extra: Any) -> None:
        """Who of us serves it."""
        for number, location in enumerate(locations or []):
            PlantServiceFactory(plant=self, location=location, leads=number == 0)


class CustomerFactory(DjangoModelFactory):
    """A legal entity, active, with one plant; `plant__served_by=[location]` says who serves it, `plant=False` makes none."""

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    code = factory.Sequence(lambda number: f"C-{number:05d}")
    name = factory.Sequence(lambda number: f"Customer {number} S.p.A.")
    country = "IT"
    city = "Bologna"
    status = "active"

    @factory.post_generation
    def membership(self, create: bool, given: Any, **extra: Any) -> None:
        """The dated row beside `group`."""
        if create and self.group is not None and given is not False:
            GroupMembership.objects.create(customer=self, group=self.group, period=given or ALWAYS)

    @factory.post_generation
    def plant(self, create: bool, given: Any, **extra: Any) -> None:
        """The plant from birth."""
        if create and given is not False:
            PlantFactory(customer=self, **extra)


class PlantServiceFactory(DjangoModelFactory):
    """One of our locations serves a plant, always."""

    class Meta:
        model = PlantService

    plant = factory.SubFactory(PlantFactory)
    location = factory.SubFactory(LocationFactory)
    leads = False
    period = ALWAYS


class AssignmentFactory(DjangoModelFactory):
    """An account manager of a `group` or a `customer`; with `plant` and `location` an area manager."""

    class Meta:
        model = Assignment

    kind = factory.LazyAttribute(lambda made: "area_manager" if made.plant else "account_manager")
    user = factory.SubFactory(UserFactory)
    group = None
    customer = None
    plant = None
    location = None
    period = ALWAYS


class ContactFactory(DjangoModelFactory):
    """A person at a customer."""

    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    first_name = "Carla"
    last_name = factory.Sequence(lambda number: f"Contact{number}")
    email = factory.LazyAttribute(lambda made: f"{made.last_name.lower()}@customer.example")
