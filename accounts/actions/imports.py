"""What an import of customers, plants, contacts and groups writes: whole sets at once, with all that a single action would make."""

from collections import Counter
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions.customer import ADDRESS
from accounts.actions.placing import leading_as
from accounts.models import (
    Assignment,
    Contact,
    Customer,
    CustomerGroup,
    GroupMembership,
    Plant,
    PlantOwnership,
    PlantService,
    access_of,
)
from kam.core import clock
from kam.core.import_kinds import Plan, write_plan
from kam.core.numbering import next_numbers
from kam.core.periods import period
from kam.core.workflow import Denied

BATCH = 2000


def _number(rows: list[Any], kind: str, place: Any) -> None:
    """Draw a number for every row that has none, in one step a place."""
    missing = [row for row in rows if not row.code]
    year = clock.today().year
    numbers = {
        where: iter(next_numbers(kind, location=where, year=year, count=count)) for where, count in sorted(Counter(map(place, missing)).items())
    }
    for row in missing:
        row.code = next(numbers[place(row)])


def _conflict() -> Denied:
    return Denied("import_changed", _("The data in KAM have changed since the preview. Look at it again and confirm."))


def take_over_customers(plan: Plan, *, actor: Any) -> list[Customer]:
    """Create the new customers, each with its plant, its leading location or its account manager, and change the others."""
    extras = [{name: change.values.pop(name, None) for name in ("location", "plant_name")} for change in plan.create]
    made = [Customer(**change.values) for change in plan.create]
    _number(made, "C", lambda row: row.country)
    try:
        with transaction.atomic():
            Customer.objects.bulk_create(made, batch_size=BATCH)
            write_plan(Customer, Plan(update=plan.update))
    except IntegrityError:
        raise _conflict() from None
    always, today = period(None), period(clock.today())
    plants = [
        Plant(customer=customer, name=extra["plant_name"] or customer.city, **{name: getattr(customer, name) for name in ADDRESS})
        for customer, extra in zip(made, extras, strict=True)
    ]
    _number(plants, "P", lambda row: row.country)
    Plant.objects.bulk_create(plants, batch_size=BATCH)
    PlantOwnership.objects.bulk_create([PlantOwnership(plant=plant, customer=plant.customer, period=always) for plant in plants], batch_size=BATCH)
    GroupMembership.objects.bulk_create(
        [GroupMembership(customer=customer, group=customer.group, period=always) for customer in made if customer.group_id], batch_size=BATCH
    )
    PlantService.objects.bulk_create(
        [
            PlantService(plant=plant, location=extra["location"], leads=True, period=today)
            for plant, extra in zip(plants, extras, strict=True)
            if extra["location"]
        ],
        batch_size=BATCH,
    )
    leader = leading_as(actor, "accounts.create_customer")
    if leader is not None:
        led = set(access_of(actor).group_ids)
        rows = [
            Assignment(kind=Assignment.Kind.ACCOUNT_MANAGER, user=leader, customer=customer, period=today)
            for customer in made
            if customer.group_id not in led
        ]
        Assignment.objects.bulk_create(rows, batch_size=BATCH)
    return made


def take_over_plants(plan: Plan) -> list[Plant]:
    """Create the new plants with their owners and services, and change the others."""
    places = [change.values.pop("location", None) for change in plan.create]
    made = [Plant(**change.values) for change in plan.create]
    _number(made, "P", lambda row: row.country)
    try:
        with transaction.atomic():
            Plant.objects.bulk_create(made, batch_size=BATCH)
            write_plan(Plant, Plan(update=plan.update))
    except IntegrityError:
        raise _conflict() from None
    PlantOwnership.objects.bulk_create([PlantOwnership(plant=plant, customer=plant.customer, period=period(None)) for plant in made], batch_size=BATCH)
    today = period(clock.today())
    services = [PlantService(plant=plant, location=place, leads=True, period=today) for plant, place in zip(made, places, strict=True) if place]
    PlantService.objects.bulk_create(services, batch_size=BATCH)
    return made


def take_over_contacts(plan: Plan) -> list[Contact]:
    """Create the new contacts and change the others."""
    return write_plan(Contact, plan)


def take_over_groups(plan: Plan, *, actor: Any) -> list[CustomerGroup]:
    """Create the new groups and change the others; an account manager leads what they bring."""
    made = [CustomerGroup(**change.values) for change in plan.create]
    _number(made, "G", lambda row: "KAM")
    try:
        with transaction.atomic():
            CustomerGroup.objects.bulk_create(made, batch_size=BATCH)
            write_plan(CustomerGroup, Plan(update=plan.update))
    except IntegrityError:
        raise _conflict() from None
    leader = leading_as(actor, "accounts.create_group")
    if leader is not None:
        today = period(clock.today())
        Assignment.objects.bulk_create([Assignment(kind=Assignment.Kind.ACCOUNT_MANAGER, user=leader, group=group, period=today) for group in made])
    return made
