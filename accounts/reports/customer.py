"""Customers at a glance: who leads and serves them, the matrix of a global account, what stands on them; read only."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import Activity, Assignment, Contact, Customer, CustomerGroup, Location, Plant, PlantService, User
from kam.core import clock
from kam.core.sql import Sql
from kam.core.words import reader_language

# At most one leads a group or company, and one location a plant, on a day: the database's own constraints say so.
LEADER = """(SELECT person.first_name || ' ' || person.last_name
FROM accounts_assignment led JOIN accounts_user person ON person.id = led.user_id
WHERE led.kind = 'account_manager' AND led.period @> %s::date AND led.{of} = {key})"""
LOCATIONS = """(SELECT string_agg(DISTINCT coalesce(nullif(location.name_{language}, ''), location.name_en), ', ')
FROM accounts_plantservice service JOIN accounts_location location ON location.id = service.location_id
JOIN accounts_plant plant ON plant.id = service.plant_id
WHERE service.period @> %s::date AND {of} = {{0}}{also})"""


def _leader_of_company(day: date) -> Sql:
    """Who leads a company: its own account manager, else its group's."""
    own, led = (LEADER.format(of=of, key=key) for of, key in (("customer_id", "{0}"), ("group_id", "{1}")))
    return Sql(f"coalesce({own}, {led})", "pk", "group", parameters=[day, day])


def _leader_of_group(day: date) -> Sql:
    return Sql(LEADER.format(of="group_id", key="{0}"), "pk", parameters=[day])


def _locations(day: date, of: str, also: str = "") -> Sql:
    """The names of our locations that serve a plant or a company, in the reader's language."""
    return Sql(LOCATIONS.format(language=reader_language(), of=of, also=also), "pk", parameters=[day])


def with_matrix(customers: QuerySet[Customer], reader: Any) -> QuerySet[Customer]:
    """The customers with `leader_name`, `location_names`, `plant_count` and `last_visit`, each read once for a whole page."""
    today = clock.today()
    visits = (
        Activity.objects.visible_to(reader)
        .few()
        .filter(customer=OuterRef("pk"), kind=Activity.Kind.VISIT, status=Activity.Status.DONE)
    )
    plants = Plant.objects.visible_to(reader).few().filter(customer=OuterRef("pk"), status=Plant.Status.OPEN)
    return customers.annotate(
        leader_name=_leader_of_company(today),
        location_names=_locations(today, "plant.customer_id"),
        plant_count=Subquery(plants.order_by().values("customer").annotate(all=Count("pk")).values("all")),
        last_visit=Subquery(visits.order_by().values("customer").annotate(last=Max("starts_at")).values("last")),
    )


def plants_with_matrix(plants: QuerySet[Plant]) -> QuerySet[Plant]:
    """The plants with `leading_name` and `location_names`."""
    today = clock.today()
    return plants.annotate(
        leading_name=_locations(today, "plant.id", " AND service.leads"), location_names=_locations(today, "plant.id")
    )


def groups_with_matrix(groups: QuerySet[CustomerGroup], reader: Any) -> QuerySet[CustomerGroup]:
    """The groups with `leader_name`, `company_count` and `plant_count` of what the reader sees."""
    companies = Customer.objects.visible_to(reader).few().filter(group=OuterRef("pk"))
    plants = Plant.objects.visible_to(reader).few().filter(customer__group=OuterRef("pk"), status=Plant.Status.OPEN)
    return groups.annotate(
        leader_name=_leader_of_group(clock.today()),
        company_count=Subquery(companies.order_by().values("group").annotate(all=Count("pk")).values("all")),
        plant_count=Subquery(plants.order_by().values("customer__group").annotate(all=Count("pk")).values("all")),
    )


@dataclass(frozen=True)
class Cell:
    """One of our locations at one of their plants: whether it leads, and its area manager."""

    leads: bool
    area_manager: User | None


@dataclass
class Line:
    """One of their plants across our locations; `cells` follows the order of the columns, None where we do not serve."""

    plant: Plant
    cells: list[Cell | None]

    @property
    def led(self) -> bool:
        """Whether a location leads the plant."""
        return any(cell is not None and cell.leads for cell in self.cells)


@dataclass
class Picture:
    """The matrix of their plants and our locations on a day, with what the reader sees of it."""

    day: date
    locations: list[Location]
    lines: list[Line]
    totals: list[int] = field(default_factory=list)

    @property
    def company_count(self) -> int:
        """How many companies the plants belong to."""
        return len({line.plant.customer_id for line in self.lines})

    @property
    def led_count(self) -> int:
        """How many plants a location leads."""
        return sum(line.led for line in self.lines)

    @property
    def area_managers(self) -> list[tuple[User, list[str]]]:
        """Who manages plants where they lead, each once with the names of their plants."""
        found: dict[User, list[str]] = {}
        for line in self.lines:
            for cell in line.cells:
                if cell is not None and cell.leads and cell.area_manager is not None:
                    found.setdefault(cell.area_manager, []).append(line.plant.name)
        return list(found.items())

    @property
    def without_area_manager(self) -> int:
        """How many served cells nobody manages."""
        return sum(cell is not None and cell.area_manager is None for line in self.lines for cell in line.cells)


def matrix_of(plants: QuerySet[Plant], *, day: date | None = None) -> Picture:
    """Who leads and serves these plants on a day; the plants are the reader's already. Three queries."""
    day = day or clock.today()
    shown = list(plants.filter(status=Plant.Status.OPEN).select_related("customer").order_by("customer__name", "name", "pk"))
    keys = [plant.pk for plant in shown]
    services: dict[int, dict[int, PlantService]] = defaultdict(dict)
    locations: dict[int, Location] = {}
    for service in PlantService.objects.on(day).filter(plant__in=keys).select_related("location"):
        services[service.plant_id][service.location_id] = service
        locations[service.location_id] = service.location
    people = {
        (row.plant_id, row.location_id): row.user
        for row in Assignment.objects.on(day).filter(plant__in=keys).select_related("user")
    }
    columns = sorted(locations.values(), key=lambda location: (location.code, location.pk))
    lines = [
        Line(
            plant,
            [
                Cell(services[plant.pk][column.pk].leads, people.get((plant.pk, column.pk)))
                if column.pk in services[plant.pk]
                else None
                for column in columns
            ],
        )
        for plant in shown
    ]
    totals = [sum(line.cells[place] is not None for line in lines) for place in range(len(columns))]
    return Picture(day, columns, lines, totals)


@dataclass(frozen=True)
class Overview:
    """A customer at a glance: who leads it since when, its plants in the matrix, how many people and open promises."""

    leader: User | None
    leads_since: date | None
    picture: Picture
    contacts: int
    deciders: int
    last_visit: datetime | None


def customer_overview(customer: Customer, reader: Any) -> Overview:
    """What the head and the first part of a customer's page show, of what the reader sees."""
    today = clock.today()
    rows = Assignment.objects.on(today).filter(kind=Assignment.Kind.ACCOUNT_MANAGER).select_related("user")
    led = (
        rows.filter(Q(customer=customer) | Q(group=customer.group_id, group__isnull=False))
        .order_by(F("customer").asc(nulls_last=True))
        .first()
    )
    people = Contact.objects.visible_to(reader).filter(customer=customer, is_active=True)
    visits = Activity.objects.visible_to(reader).filter(customer=customer, kind=Activity.Kind.VISIT, status=Activity.Status.DONE)
    counted = people.aggregate(all=Count("pk"), deciders=Count("pk", filter=Q(decision_role=Contact.DecisionRole.DECIDER)))
    return Overview(
        led.user if led else None,
        led.first_day if led else None,
        matrix_of(Plant.objects.visible_to(reader).filter(customer=customer)),
        counted["all"],
        counted["deciders"],
        visits.aggregate(last=Max("starts_at"))["last"],
    )


def count_plants(customer: Customer, reader: Any) -> int:
    """How many plants of a customer the reader sees."""
    return Plant.objects.visible_to(reader).filter(customer=customer).count()


def count_contacts(record: CustomerGroup | Customer | Plant, reader: Any) -> int:
    """How many people of a group, a customer or a plant the reader sees."""
    field = {CustomerGroup: "customer__group", Customer: "customer", Plant: "plant"}[type(record)]
    return Contact.objects.visible_to(reader).filter(is_active=True, **{field: record}).count()
