"""What happens to companies and plants in the world: a company changes its group, a plant is sold or closed, from a day on.

The decision is a dated row, kept for good; the present group, owner and status follow on the day itself (nightly).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.actions.customer import refuse_merged
from accounts.actions.dated import between, clear_from
from accounts.models import Assignment, Customer, CustomerGroup, GroupMembership, Plant, PlantOwnership, PlantService
from kam.core import clock
from kam.core.ports import ports
from kam.core.touches import Touch, move
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _label(model: Any) -> Any:
    return model._meta.verbose_name_plural


def _planned(rows: Any, day: date) -> list[Touch]:
    """Rows that were planned for later and give way to the decision."""
    count = rows.filter(period__startswith__gt=day).count()
    return [Touch(_("changes planned for later that this replaces"), count)] if count else []


def acquire_preview(customer: Customer, group: CustomerGroup | None, from_day: date) -> list[Touch]:
    """What moving a company to another group touches: who leads it, which plants come under another account manager."""
    plants = customer.plants.filter(status=Plant.Status.OPEN).count()
    own = Assignment.objects.on(from_day).filter(customer=customer).count()
    found = [Touch(_label(Plant), plants, _("are seen by whoever leads the new group"))]
    if own:
        found.append(Touch(_label(Assignment), own, _("of the company itself stay and go before those of the group")))
    return [*found, *_planned(customer.memberships, from_day)]


@verb("accounts.acquire_company", _("Move to another group"))
def acquire_company(
    customer: Customer, *, actor: Any, reason: str = "", group: CustomerGroup | None = None, from_day: date | None = None
) -> Customer:
    """Say that a company belongs to another group, or to none, from a day on; reports of earlier days keep the former group."""
    refuse_merged(customer)
    day = from_day or clock.today()
    held = customer.memberships.on(day).first()
    later = customer.memberships.filter(period__startswith__gt=day).exists()
    if (held.group_id if held else None) == (group.pk if group else None) and not later:
        raise Denied("same_group", _("The company belongs to this group on that day already."), field="group")
    clear_from(GroupMembership.objects.filter(customer=customer), day)
    if group is not None:
        GroupMembership.objects.create(customer=customer, group=group, period=between(day, None))
    apply_membership(customer)
    return customer


def apply_membership(customer: Customer) -> bool:
    """Make the present group that of today's row; says whether it changed."""
    held = customer.memberships.on(clock.today()).first()
    if customer.group_id == (held.group_id if held else None):
        return False
    customer.group = held.group if held else None
    customer.save(update_fields=["group"])
    return True


def sell_preview(plant: Plant, to: Customer, from_day: date) -> list[Touch]:
    """What selling a plant touches."""
    found = [
        Touch(_label(type(rows[0])), len(rows), note)
        for rows, note in (
            (list(plant.contacts.all()), _("go along to the new owner")),
            (list(plant.services.filter(period__contains=from_day)), _("go on as they are")),
            (list(plant.assignments.filter(period__contains=from_day)), _("of area managers go on as they are")),
        )
        if rows
    ]
    return [*found, *_planned(plant.ownerships, from_day)]


@verb("accounts.sell_plant", _("Sell to another company"))
def sell_plant(plant: Plant, *, actor: Any, reason: str = "", to: Customer, from_day: date | None = None) -> Plant:
    """Say that a plant belongs to another company from a day on; its people go along, its past stays with the former owner.

    Raises Denied when it is the only plant of the company that sells.
    """
    day = from_day or clock.today()
    refuse_merged(to)
    _refuse_closed(plant, day)
    if actor is not None and not Customer.objects.visible_to(actor).filter(pk=to.pk).exists():
        raise Denied("unknown_customer", _("Choose a customer of your area."), field="to", status=400)
    held = plant.ownerships.on(day).first()
    if held is not None and held.customer_id == to.pk:
        raise Denied("same_owner", _("The plant belongs to this company on that day already."), field="to")
    if not Plant.objects.filter(customer=plant.customer_id).exclude(pk=plant.pk).exists():
        raise Denied(
            "last_plant", _("This is the only plant of the company. Create another plant first, or merge the companies.")
        )
    clear_from(PlantOwnership.objects.filter(plant=plant), day)
    PlantOwnership.objects.create(plant=plant, customer=to, period=between(day, None))
    apply_ownership(plant)
    return plant


def apply_ownership(plant: Plant) -> bool:
    """Make the present owner that of today's row, and take the plant's people along; says whether it changed."""
    held = plant.ownerships.on(clock.today()).first()
    if held is None or plant.customer_id == held.customer_id:
        return False
    plant.customer = held.customer
    plant.save(update_fields=["customer"])
    plant.contacts.update(customer=held.customer)
    return True


def close_preview(plant: Plant, successor: Plant | None, from_day: date) -> list[Touch]:
    """What closing a plant touches, floor by floor."""
    return [touch for function in ports("close_plant_touches") for touch in function(plant, successor, from_day, write=False)]


@verb("accounts.close_plant", _("Close plant"))
def close_plant(
    plant: Plant, *, actor: Any, reason: str = "", from_day: date | None = None, successor: Plant | None = None
) -> Plant:
    """Say that a plant is closed from a day on, and which plant succeeds it: its people move there, its services end.

    Raises Denied when it is closed already, without a reason, and for a successor that is closed or is the plant itself.
    """
    day = from_day or clock.today()
    if plant.closed_on is not None:
        raise Denied("plant_closed", _("This plant is closed already, or its closing is planned."))
    if not reason.strip():
        raise Denied("reason_needed", _("Say why the plant closes."), field="reason", status=400)
    if successor is not None:
        rows = Plant.objects.visible_to(actor) if actor is not None else Plant.objects.all()
        fresh = rows.filter(pk=successor.pk, closed_on__isnull=True).exclude(pk=plant.pk).first()
        if fresh is None:
            raise Denied(
                "unknown_successor", _("Choose another open plant of your area as successor."), field="successor", status=400
            )
    plant.closed_on, plant.successor = day, successor
    plant.save(update_fields=["closed_on", "successor"])
    clear_from(PlantService.objects.filter(plant=plant), day)
    clear_from(Assignment.objects.filter(plant=plant), day)
    apply_closing(plant)
    return plant


def apply_closing(plant: Plant) -> bool:
    """Close the plant when its day has come, and move what moves to its successor; says whether it changed."""
    if plant.closed_on is None or plant.status == Plant.Status.CLOSED or plant.closed_on > clock.today():
        return False
    plant.status = Plant.Status.CLOSED
    plant.save(update_fields=["status"])
    for function in ports("close_plant_touches"):
        list(function(plant, plant.successor, plant.closed_on, write=True))
    return True


def close_accounts(plant: Plant, successor: Plant | None, from_day: date, *, write: bool) -> Iterator[Touch]:
    """What accounts keeps of a plant: services and assignments end that day, its people go to the successor."""
    if not write:
        for model in (PlantService, Assignment):
            count = model.objects.filter(plant=plant, period__overlap=between(from_day, None)).count()
            if count:
                yield Touch(_label(model), count, _("end the day before"))
    if successor is not None:
        yield from move(
            plant.contacts.all(),
            {"plant": successor, "customer": successor.customer},
            write=write,
            note=_("move to the successor"),
        )


def _refuse_closed(plant: Plant, day: date) -> None:
    if plant.closed_on is not None and plant.closed_on <= day:
        raise Denied("plant_closed", _("The plant is closed from that day."))


@verb("accounts.apply_dated_changes", _("Apply planned changes"))
def apply_dated_changes(model: type[Customer], *, actor: Any = None, reason: str = "") -> int:
    """Let the decisions whose day has come take effect: groups of companies, owners of plants, closings. Twice without harm."""
    today = clock.today()
    group = GroupMembership.objects.filter(customer=OuterRef("pk"), period__contains=today).values("group")[:1]
    owner = PlantOwnership.objects.filter(plant=OuterRef("pk"), period__contains=today).values("customer")[:1]
    gone = Q(held__isnull=True, group__isnull=False) | Q(held__isnull=False, group__isnull=True) | ~Q(held=F("group"))
    customers = Customer.objects.alias(held=Subquery(group)).filter(gone)
    plants = Plant.objects.alias(held=Subquery(owner)).filter(~Q(held=F("customer")), held__isnull=False)
    closing = Plant.objects.filter(closed_on__lte=today, status=Plant.Status.OPEN)
    done = sum(apply_membership(customer) for customer in Customer.objects.filter(pk__in=customers.values("pk")).locked())
    done += sum(apply_ownership(plant) for plant in Plant.objects.filter(pk__in=plants.values("pk")).locked())
    return done + sum(apply_closing(plant) for plant in closing.locked())
