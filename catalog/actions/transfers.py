"""Transfers of a customer's plant or a product between our locations: planned with what they touch, then carried out as one (house: ports)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actions.assignment import assign, check_person
from accounts.actions.dated import between, clear_from
from accounts.actions.dates import EARLIEST, LATEST
from accounts.actions.plant import LEADS, NOT_SERVED, SERVES, serve_plant
from accounts.models import Assignment, Customer, Location, Plant, PlantService, User, leading_location
from accounts.models.assignments import account_manager_of
from catalog.models import Product
from catalog.models.transfers import Moving, Outcome, Stage, Transfer, blocking, touched
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.numbering import next_number
from kam.core.ports import ports
from kam.core.verbs import verb
from kam.core.workflow import Denied

PLANNED = define_notification("transfer_planned", _("A plant or a product passes to another of our locations"), way=Way.MAIL)
BLOCKED = define_notification("transfer_blocked", _("A transfer cannot be carried out"), way=Way.MAIL)


@verb("catalog.plan_transfer", _("Plan transfer"))
def plan_transfer(
    model: type[Transfer],
    *,
    actor: Any,
    reason: str = "",
    plant: Plant | None = None,
    product: Product | None = None,
    source: Location | None = None,
    target: Location,
    day: date,
    manager: User | None = None,
) -> Transfer:
    """Plan that a plant is served, or a product made, by another of our locations from a day on; what needs time is prepared at once.

    Drafts of the price agreements at the new location are made, and whoever leads a customer that has to approve is told.
    Raises Denied where it is not there, goes nowhere or is planned already.
    """
    if (plant is None) == (product is None):
        raise Denied("plant_or_product", _("Choose a customer's plant or a product, one of them."), field="plant", status=400)
    if not max(clock.today(), EARLIEST) <= day <= LATEST:
        raise Denied("not_backwards", _("A transfer takes place today at the earliest."), field="day", status=400)
    transfer = model(
        plant=plant,
        product=product,
        source=_source(plant, product, source, day),
        target=target,
        day=day,
        manager=manager,
        planned_by=actor,
    )
    _check(transfer)
    transfer.number = next_number("TR", location=transfer.source.code, year=clock.today().year)
    transfer.save(force_insert=True)
    for function in ports("transfer_touches"):
        list(function(transfer, stage=Stage.PREPARE))
    notify(PLANNED, transfer, to=_people(transfer), occasion="planned", actor=actor)
    return transfer


def _source(plant: Plant | None, product: Product | None, given: Location | None, day: date) -> Location:
    """Where it is now. Raises Denied where that is unknown or another than was said."""
    if product is not None:
        found = product.producing_location
        if found is None or given not in (None, found):
            text = _("This location does not make the product. Look at the product's page.")
            raise Denied("not_made_there", text, field="source", status=400)
        return found
    assert plant is not None
    found = given or leading_location(plant)
    if found is None or not PlantService.objects.on(day).filter(plant=plant, location=found).exists():
        text = _("This location does not serve the plant on that day. Choose the one that does.")
        raise Denied("not_served", text, field="source", status=400)
    return found


def _check(transfer: Transfer) -> None:
    """What is refused of a transfer as a whole. Raises Denied."""
    target, manager = transfer.target, transfer.manager
    if target.pk == transfer.source_id:
        raise Denied("same_location", _("It is at this location already. Choose another one."), field="target", status=400)
    if not target.is_active or not (target.sells if transfer.plant else target.produces):
        text = _("This location does not sell or does not produce. Choose one that does.")
        raise Denied("cannot_take", text, field="target", status=400)
    if transfer.plant is not None and transfer.plant.closed_on is not None:
        raise Denied("plant_closed", _("This plant is closed already, or its closing is planned."), field="plant")
    same = {"plant": transfer.plant, "source": transfer.source} if transfer.plant else {"product": transfer.product}
    if Transfer.objects.filter(status=Transfer.Status.PLANNED, **same).exists():
        raise Denied("planned_already", _("A transfer of this is planned already. Call that one off first."), field="day")
    if manager is None:
        return
    if transfer.plant is None:
        text = _("A product has no area manager. Leave this empty.")
        raise Denied("no_manager_of_products", text, field="manager", status=400)
    kind = Assignment.Kind.AREA_MANAGER
    check_person(Assignment(kind=kind, user=manager, plant=transfer.plant, location=target), transfer.day, field="manager")


def _people(transfer: Transfer) -> list[User]:
    """Who is told of a transfer: whoever comes to serve, and who leads a customer that has to approve it."""
    leaders = [account_manager_of(customer, clock.today()) for customer in approving(transfer)]
    return list({one.pk: one for one in [transfer.manager, *leaders] if one is not None}.values())


def approving(transfer: Transfer) -> list[Customer]:
    """The customers whose approval of this change of the production site is needed."""
    if transfer.plant is not None:
        return [transfer.plant.customer] if transfer.plant.customer.approves_site else []
    return list(Customer.objects.filter(items__product=transfer.product, approves_site=True).distinct().order_by("name", "pk"))


@verb("catalog.carry_out_transfer", _("Carry out"))
def carry_out_transfer(transfer: Transfer, *, actor: Any, reason: str = "") -> Transfer:
    """Move everything that moves, all of it or nothing. Raises Denied before its day, and while something blocks it."""
    Transfer.workflow.move(transfer, "catalog.carry_out_transfer")
    denied = blocking(touched(transfer))
    if denied is not None:
        raise denied
    moved = [row for row in touched(transfer, Stage.MOVE) if row.outcome == Outcome.MOVES]
    transfer.moved = {sort: sum(row.sort == sort for row in moved) for sort in dict.fromkeys(row.sort for row in moved)}
    transfer.done_at = clock.now()
    transfer.save()
    notify(PLANNED, transfer, to=_people(transfer), occasion="done", actor=actor)
    return transfer


@verb("catalog.cancel_transfer", pgettext_lazy("transfer", "Call off"))
def cancel_transfer(transfer: Transfer, *, actor: Any, reason: str = "") -> Transfer:
    """Call off a planned transfer: everything stays where it is; drafts that were prepared stay drafts."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it does not take place."), field="reason", status=400)
    Transfer.workflow.move(transfer, "catalog.cancel_transfer")
    transfer.save()
    notify(PLANNED, transfer, to=_people(transfer), occasion="cancelled", actor=actor)
    return transfer


def carry_out_due() -> int:
    """Carry out the transfers whose day has come; of one that is blocked its planner is told, once. Answers how many were done."""
    done = 0
    for transfer in Transfer.objects.filter(status=Transfer.Status.PLANNED, day__lte=clock.today()).order_by("pk"):
        try:
            carry_out_transfer(transfer, actor=None)
            done += 1
        except Denied:
            notify(BLOCKED, transfer, to=[one for one in [transfer.planned_by] if one], occasion=str(transfer.day))
    return done


def move_accounts(transfer: Transfer, *, stage: str) -> Iterator[Moving]:
    """What the floors below keep: approvals of customers, the producing location of a product, who serves a plant and as whom."""
    for customer in approving(transfer):
        missing = bool(transfer.lacks_approval([customer]))
        note = _("its approval with the number %(number)s is to be filed among its documents") % {"number": transfer.number}
        outcome = Outcome.BLOCKED if missing else Outcome.MOVES
        yield Moving("approvals", customer.name, outcome, note if missing else _("approved in writing"), customer)
    if transfer.product is not None:
        yield Moving("product", transfer.product, note=transfer.target.name, record=transfer.product)
        if stage == Stage.MOVE:
            transfer.product.producing_location = transfer.target
            transfer.product.save()
        return
    yield from _move_service(transfer, stage)


def _move_service(transfer: Transfer, stage: str) -> Iterator[Moving]:
    plant, source, target, manager = transfer.plant, transfer.source, transfer.target, transfer.manager
    assert plant is not None
    leads = PlantService.objects.on(transfer.day).filter(plant=plant, location=source, leads=True).exists()
    yield Moving("services", target.name, note=_("leads the plant") if leads else _("serves the plant"), record=plant)
    held = list(Assignment.objects.on(transfer.day).filter(plant=plant, location=source).select_related("user"))
    for row in held:
        yield Moving("assignments", row.user, note=_("ends at %(location)s") % {"location": source.name}, record=row)
    there = Assignment.objects.filter(plant=plant, location=target, period__overlap=between(transfer.day, None))
    if manager is not None:
        yield Moving("assignments", manager, note=_("begins at %(location)s") % {"location": target.name}, record=manager)
    elif not there.exists():
        text = _("nobody is area manager at %(location)s; the gap is listed") % {"location": target.name}
        yield Moving("assignments", plant.name, Outcome.STAYS, text, plant)
    if stage != Stage.MOVE:
        return
    today = clock.today()
    serve_plant(plant, actor=None, location=target, service=LEADS if leads else SERVES, from_day=today)
    serve_plant(plant, actor=None, location=source, service=NOT_SERVED, from_day=today)
    if manager is not None and not there.filter(user=manager, period__contains=today).exists():
        clear_from(Assignment.objects.filter(plant=plant, location=target), today)
        assign(
            Assignment, actor=None, kind=Assignment.Kind.AREA_MANAGER, user=manager, plant=plant, location=target, first_day=today
        )
