"""What is done to customers' plants: created, edited, served by our locations."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actions.customer import ADDRESS, refuse_merged
from accounts.actions.dated import between, clear_from
from accounts.actions.placing import begin_plant, serving_location
from accounts.countries import checked_country
from accounts.models import Assignment, Customer, Location, Plant, PlantService
from kam.core import clock
from kam.core.shape import change, refuse_misshapen
from kam.core.verbs import verb
from kam.core.workflow import Denied

EDITABLE = ("code", "name", "products_made", *ADDRESS, "phone", "unloading_point", "transit_days", "packaging", "calendar")
LEADS, SERVES, NOT_SERVED = "leads", "serves", "none"


@verb("accounts.create_plant", _("Create plant"))
def create_plant(
    model: type[Plant],
    *,
    actor: Any,
    reason: str = "",
    customer: Customer,
    name: str,
    country: str = "",
    code: str = "",
    location: Location | None = None,
    **details: Any,
) -> Plant:
    """Create a further plant of a customer. For an area manager or a back office their location serves and leads it.

    Raises Denied when the customer is not one that this person may write.
    """
    if actor is not None and not Customer.objects.permitted(actor, "accounts.create_plant").filter(pk=customer.pk).exists():
        raise Denied("not_your_customer", _("Only who works for this customer adds a plant to it."), field="customer", status=403)
    refuse_merged(customer)
    plant = model(customer=customer, code=code.strip(), country=checked_country(country or customer.country))
    change(plant, {"name": name, **details}, allowed=EDITABLE)
    refuse_misshapen(plant, ["code"] if plant.code else [])
    begin_plant(plant, location=serving_location(actor, "accounts.create_plant", location))
    return plant


@verb("accounts.edit_plant", _("Edit plant"))
def edit_plant(plant: Plant, *, actor: Any, reason: str = "", **values: Any) -> Plant:
    """Change name, address, unloading point, transit days, packaging and calendar of a plant."""
    if "country" in values:
        values["country"] = checked_country(values["country"])
    changed = change(plant, values, allowed=EDITABLE)
    if "code" in changed and Plant.objects.filter(code=plant.code).exclude(pk=plant.pk).exists():
        raise Denied("code_taken", _("This code is in use already. Choose another one."), field="code")
    if changed:
        plant.save()
    return plant


@verb("accounts.serve_plant", _("Decide who serves"))
def serve_plant(
    plant: Plant,
    *,
    actor: Any,
    reason: str = "",
    location: Location,
    service: str = SERVES,
    from_day: date | None = None,
    until: date | None = None,
) -> PlantService | None:
    """Say from which day one of our locations leads or serves the plant, or no longer does (`service` leads, serves, none).

    Whoever led until then goes on serving. A location that no longer serves ends its area manager's assignment.
    Raises Denied for a closed plant and for a last day before the first.
    """
    day = from_day or clock.today()
    if service not in (LEADS, SERVES, NOT_SERVED):
        raise Denied(
            "unknown_service", _("Choose whether the location leads, serves or does not serve."), field="service", status=400
        )
    if plant.closed_on is not None and day >= plant.closed_on:
        raise Denied("plant_closed", _("The plant is closed from that day."), field="from_day")
    if until is not None and until < day:
        raise Denied("ends_before_start", _("The last day lies before the first."), field="until", status=400)
    upper = date.fromordinal(until.toordinal() + 1) if until else None
    rows = PlantService.objects.filter(plant=plant)
    same = rows.filter(location=location, leads=service == LEADS, period__contains=between(day, upper))
    if service != NOT_SERVED and same.exists():
        return same.get()
    clear_from(rows.filter(location=location), day, upper)
    if service == NOT_SERVED:
        clear_from(Assignment.objects.filter(plant=plant, location=location), day, upper)
        return None
    if service == LEADS:
        for former in rows.filter(Q(leads=True), period__overlap=between(day, upper)).order_by("pk"):
            first = max(filter(None, (former.period.lower, day)))
            last = min(filter(None, (former.period.upper, upper)), default=None)
            clear_from(rows.filter(pk=former.pk), first, last)
            PlantService.objects.create(plant=plant, location=former.location, leads=False, period=between(first, last))
    return PlantService.objects.create(plant=plant, location=location, leads=service == LEADS, period=between(day, upper))
