"""Who may say what in a contract review: for which functions a person speaks, and that nobody reviews what they entered (W3)."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Location, Plant, Role, RoleGrant, User, access_of
from accounts.models.assignments import account_manager_of, area_manager_of
from kam.core import clock
from kam.core.work import hands_of
from kam.core.workflow import Denied
from orders.models import ContractReview
from orders.models.checklists import ReviewClass
from orders.models.customer_orders import DEPARTMENTS

#: What is looked at where it is made; the other departments are those of the location that sells.
OF_THE_PRODUCER = frozenset({Role.TECHNICAL, Role.QUALITY, Role.PRODUCTION})
#: For whom the sales manager speaks, too: the commercial side.
COMMERCIAL = frozenset({Role.BACK_OFFICE, Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER})


def running(review: ContractReview) -> None:
    """Raises Denied once it is decided: what was signed stays, and a change opens the next round."""
    if not review.is_running:
        raise Denied("review_decided", _("This review is decided. It opens again when what was reviewed changes."))


def at_work(review: ContractReview) -> None:
    """Somebody has begun to look at it. Raises Denied once it is decided."""
    running(review)
    if review.state == ContractReview.State.OPEN:
        review.state = ContractReview.State.IN_REVIEW
        review.save()


def place_of(review: ContractReview, function: str) -> Location:
    """At which of our locations a function looks at it."""
    return (review.producing_location or review.selling_location) if function in OF_THE_PRODUCER else review.selling_location


def places_of(review: ContractReview, function: str) -> set[int]:
    """The locations whose people speak for a function: where it is looked at, and of a department the location that stands in there."""
    place = place_of(review, function)
    standing_in = {place.stand_in_id} if place.stand_in_id and function in DEPARTMENTS else set()
    return {place.pk} | standing_in


def asked_at(review: ContractReview, function: str, busy: set[int]) -> Location:
    """At which location a function is asked: at its own, or at the one that stands in where nobody is left there.

    Who entered it, and who is the only one for another function (`busy`), is not there: everybody signs once (W3).
    """
    place = place_of(review, function)
    if place.stand_in is None or function not in DEPARTMENTS:
        return place
    held = RoleGrant.objects.on(clock.today()).filter(Q(location=place) | Q(location=None), role=function, user__is_active=True)
    there = set(held.values_list("user", flat=True)) - busy
    if review.klass != ReviewClass.REPETITIVE:
        there.discard(review.entered_by_id)
    if not there:
        return place.stand_in
    if len(there) == 1:
        busy |= there
    return place


def functions_held(person: Any, review: ContractReview) -> frozenset[str]:
    """For which functions a person may speak in a review, by their own roles and those whom they substitute."""
    held = set()
    access = access_of(person)
    for grant in access.grants:
        if grant.role == Role.ACCOUNT_MANAGER:
            continue
        if grant.location_id is None or grant.location_id in places_of(review, grant.role):
            held.add(grant.role)
    led = access.scope_of({Role.ACCOUNT_MANAGER}).led
    if Plant.objects.within(led.plants).filter(pk=review.plant_id).exists():
        held.add(Role.ACCOUNT_MANAGER)
    if Role.SALES_MANAGER in held:
        held |= COMMERCIAL
    if held & {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER}:
        held.add(Role.BACK_OFFICE)  # who entered it is often the only one there
    return frozenset(str(role) for role in held)


def may_act_for(person: Any, review: ContractReview, function: str) -> bool:
    """Whether a person speaks for a function in a review."""
    return function in functions_held(person, review)


def entered_it(review: ContractReview, person: Any) -> bool:
    """Whether a person, or one whom they substitute, entered what is reviewed."""
    return review.entered_by_id is not None and review.entered_by_id in hands_of(person).people


def not_entered_by(review: ContractReview, person: Any) -> None:
    """Raises Denied for who entered the order, and for who substitutes them; what repeats itself may be signed by them (AT-70)."""
    if review.klass != ReviewClass.REPETITIVE and entered_it(review, person):
        raise Denied(
            "own_order",
            _("Whoever entered it does not review it, nor does who stands in for them. Another person does."),
            status=403,
        )


def audience_of(review: ContractReview, function: str, place: Location) -> str:
    """Whom to ask for a function's opinion: the account or area manager, the department of the place, else whoever holds the role."""
    person: User | None = None
    if function == Role.ACCOUNT_MANAGER:
        person = account_manager_of(review.plant.customer, clock.today())
    elif function == Role.AREA_MANAGER:
        person = area_manager_of(review.plant, review.selling_location, clock.today())
    if person is not None:
        return f"user:{person.pk}"
    department = Department.objects.filter(function=function, location=place).first()
    if department is not None:
        return str(department.audience)
    return f"role:{Role.SALES_MANAGER if function in COMMERCIAL else function}"
