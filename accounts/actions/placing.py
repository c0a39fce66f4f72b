"""Where something new stands in the matrix: who leads or serves it from its first day, so that its maker keeps seeing it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Location, Plant, PlantOwnership, PlantService, Role, User, access_of
from kam.core import clock
from kam.core.numbering import next_number
from kam.core.periods import period
from kam.core.ports import port
from kam.core.workflow import Denied


def leading_as(actor: Any, verb: str) -> User | None:
    """As which account manager a person acts: themselves, else one whom they substitute; None for everybody else."""
    if actor is None:
        return None
    carrying = port("role_verbs").get(verb, frozenset())
    grants = [grant for grant in access_of(actor).grants if grant.role == Role.ACCOUNT_MANAGER and grant.role in carrying]
    grants.sort(key=lambda grant: grant.user_id != actor.pk)
    return grants[0].user if grants else None


def serving_location(actor: Any, verb: str, wanted: Location | None) -> Location | None:
    """Which of our locations serves what this person makes: the one they name, else their own. Raises Denied for a foreign one."""
    if actor is None:
        return wanted
    scope = access_of(actor).scope(verb)
    leads = leading_as(actor, verb) is not None
    if wanted is not None:
        if not (scope.everything or leads or wanted.pk in scope.location_ids):
            raise Denied(
                "not_your_location", _("You may choose only a location where you have a role."), field="location", status=403
            )
        return wanted
    if scope.everything or leads or not scope.location_ids:
        return None
    return Location.objects.get(pk=scope.location_ids[0])


def begin_plant(plant: Plant, *, location: Location | None) -> None:
    """Save a new plant with its owner and, where a location is known, its service: the first one leads."""
    plant.code = plant.code or next_number("P", location=plant.country, year=clock.today().year)
    save_new(plant, "code")
    PlantOwnership.objects.create(plant=plant, customer=plant.customer, period=period(None))
    if location is not None:
        PlantService.objects.create(plant=plant, location=location, leads=True, period=period(clock.today()))


def begin_leading(actor: Any, verb: str, **subject: Any) -> None:
    """Assign what an account manager has made to them, unless they lead its group already."""
    leader = leading_as(actor, verb)
    customer = subject.get("customer")
    if leader is None or (customer is not None and customer.group_id in access_of(actor).group_ids):
        return
    Assignment.objects.create(kind=Assignment.Kind.ACCOUNT_MANAGER, user=leader, period=period(clock.today()), **subject)


def save_new(row: Any, *fields: str) -> None:
    """Insert a row whose named fields must be unique. Raises Denied at the field when another one was first."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        field = next((field for field in fields if f"_{field}_" in name), None)
        if field is None:
            raise
        raise Denied("code_taken", _("This code is in use already. Choose another one."), field=field) from None
