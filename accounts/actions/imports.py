"""What an import of customers, plants, contacts and groups writes: whole sets at once, with all that a single action would make."""

from collections import Counter
from dataclasses import dataclass
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
from kam.core.bulk import copy_in
from kam.core.import_kinds import Change, Plan, write_plan
from kam.core.numbering import next_numbers
from kam.core.periods import period
from kam.core.workflow import Denied

RELATIONS = frozenset({"group", "sector", "customer", "calendar", "parent"})


@dataclass(frozen=True)
class _Key:
    """A record of which only the key is at hand."""

    pk: int


def _number(changes: list[Change], kind: str, place: str) -> None:
    """Draw a number for every new row that has none, in one step a place (the name of its column, or the place itself)."""
    missing = [change.values for change in changes if not change.values.get("code")]
    wheres = [values.get(place, place) for values in missing]
    year = clock.today().year
    numbers = {
        where: iter(next_numbers(kind, location=where, year=year, count=count))
        for where, count in sorted(Counter(wheres).items())
    }
    for values, where in zip(missing, wheres, strict=True):
        values["code"] = next(numbers[where])


def _insert(model: Any, changes: list[Change]) -> list[int]:
    """Write the new rows of a plan; the columns are those of its first row, which every row of a sheet has."""
    if not changes:
        return []
    names = list(changes[0].values)
    related = [name in RELATIONS for name in names]
    columns = list(zip(names, related, strict=True))
    rows = (
        [getattr(change.values[name], "pk", None) if key else change.values[name] for name, key in columns] for change in changes
    )
    return copy_in(model, names, rows)


def _write(model: Any, plan: Plan) -> list[int]:
    """Write a plan, or refuse it when somebody else was first with a number or a code."""
    try:
        with transaction.atomic():
            keys = _insert(model, plan.create)
            write_plan(model, Plan(update=plan.update))
    except IntegrityError:
        raise Denied(
            "import_changed", _("The data in KAM have changed since the preview. Look at it again and confirm.")
        ) from None
    return keys


def take_over_customers(plan: Plan, *, actor: Any) -> list[int]:
    """Create the new customers, each with its plant, its leading location or its account manager, and change the others."""
    extras = [(change.values.pop("location", None), change.values.pop("plant_name", "")) for change in plan.create]
    _number(plan.create, "C", "country")
    customers = _write(Customer, plan)
    always, today = period(None), period(clock.today())
    plants = [
        Change(
            change.number,
            "",
            {
                "code": "",
                "name": name or change.values["city"],
                "customer": _Key(key),
                **{field: change.values.get(field, "") for field in ADDRESS},
            },
        )
        for change, key, (_place, name) in zip(plan.create, customers, extras, strict=True)
    ]
    _number(plants, "P", "country")
    keys = _insert(Plant, plants)
    copy_in(
        PlantOwnership,
        ("plant", "customer", "period"),
        [(key, owner, always) for key, owner in zip(keys, customers, strict=True)],
    )
    groups = [change.values.get("group") for change in plan.create]
    joined = [(key, group.pk, always) for key, group in zip(customers, groups, strict=True) if group is not None]
    copy_in(GroupMembership, ("customer", "group", "period"), joined)
    served = [(key, place.pk, True, today) for key, (place, _name) in zip(keys, extras, strict=True) if place is not None]
    copy_in(PlantService, ("plant", "location", "leads", "period"), served)
    leader = leading_as(actor, "accounts.create_customer")
    if leader is not None:
        led = set(access_of(actor).group_ids)
        kind = Assignment.Kind.ACCOUNT_MANAGER.value
        own = [
            (kind, leader.pk, key, today)
            for key, group in zip(customers, groups, strict=True)
            if group is None or group.pk not in led
        ]
        copy_in(Assignment, ("kind", "user", "customer", "period"), own)
    return customers


def take_over_plants(plan: Plan) -> list[int]:
    """Create the new plants with their owners and services, and change the others."""
    places = [change.values.pop("location", None) for change in plan.create]
    owners = [change.values["customer"].pk for change in plan.create]
    _number(plan.create, "P", "country")
    keys = _write(Plant, plan)
    always, today = period(None), period(clock.today())
    copy_in(
        PlantOwnership, ("plant", "customer", "period"), [(key, owner, always) for key, owner in zip(keys, owners, strict=True)]
    )
    served = [(key, place.pk, True, today) for key, place in zip(keys, places, strict=True) if place is not None]
    copy_in(PlantService, ("plant", "location", "leads", "period"), served)
    return keys


def take_over_contacts(plan: Plan) -> list[Contact]:
    """Create the new contacts and change the others."""
    return write_plan(Contact, plan)


def take_over_groups(plan: Plan, *, actor: Any) -> list[int]:
    """Create the new groups and change the others; an account manager leads what they bring."""
    _number(plan.create, "G", "KAM")
    keys = _write(CustomerGroup, plan)
    leader = leading_as(actor, "accounts.create_group")
    if leader is not None:
        kind, today = Assignment.Kind.ACCOUNT_MANAGER.value, period(clock.today())
        copy_in(Assignment, ("kind", "user", "group", "period"), [(kind, leader.pk, key, today) for key in keys])
    return keys
