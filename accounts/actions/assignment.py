"""Who leads an account and who serves a plant: assigned and ended, never two at once."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actions.dates import checked_end, checked_period, end_on
from accounts.models import Assignment, Customer, CustomerGroup, HandOver, Location, Plant, PlantService, RoleGrant, User
from kam.core import clock, formats
from kam.core.notifications import define_notification, notify
from kam.core.periods import save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied

ASSIGNED = define_notification("assignment_made", _("An account or a plant is assigned to you"), way="mail")
SEVERAL = define_notification("assignments_made", _("Several accounts or plants are assigned to you"), way="mail")
ENDED = define_notification("assignment_ended", _("An assignment of yours ends"))


@verb("accounts.assign", _("Assign"))
def assign(
    model: type[Assignment],
    *,
    actor: Any,
    reason: str = "",
    kind: str,
    user: User,
    group: CustomerGroup | None = None,
    customer: Customer | None = None,
    plant: Plant | None = None,
    location: Location | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    told: bool = True,
) -> Assignment:
    """Make somebody account manager of a group or a company, or area manager of a plant at a location, from a day (today).

    The person is told, unless whoever assigns several at once does that (`tell_assigned`).
    Raises Denied where the person does not hold that role on the first day, where the location does not serve the plant
    then, for a beginning in the past, and where somebody holds it on one of these days already, naming them.
    """
    first_day = first_day or clock.today()
    if actor is not None and first_day < clock.today():
        raise Denied("not_backwards", _("An assignment begins today at the earliest."), field="first_day", status=400)
    row = model(
        kind=kind,
        user=user,
        group=group,
        customer=customer,
        plant=plant,
        location=location,
        period=checked_period(first_day, last_day),
    )
    check_subject(row)
    check_person(row, first_day)
    save_apart(row, lambda: taken(row))
    if told:
        tell_assigned([row], actor=actor)
    return row


def tell_assigned(rows: Iterable[Assignment], *, actor: Any) -> None:
    """Tell everybody what is theirs now: of one assignment by itself, of several once, on their own page."""
    of: dict[int, list[Assignment]] = {}
    for row in rows:
        of.setdefault(row.user_id, []).append(row)
    for first, *others in of.values():
        if others:
            count = {"count": len(others) + 1}
            notify(SEVERAL, first.user, to=[first.user], occasion=str(first.pk), context=count, actor=actor)
        else:
            notify(ASSIGNED, first, to=[first.user], occasion=str(first.first_day), actor=actor)


def check_subject(row: Assignment) -> None:
    """Refuse an assignment of nothing, of two things, or of a plant that the location does not serve."""
    if row.kind not in Assignment.Kind.values:
        raise Denied("unknown_kind", _("Choose account manager or area manager."), field="kind", status=400)
    if row.kind == Assignment.Kind.ACCOUNT_MANAGER:
        if (row.group is None) == (row.customer is None) or row.plant or row.location:
            raise Denied(
                "one_account",
                _("An account manager leads a group or a single company: choose one of them."),
                field="group",
                status=400,
            )
        return
    if row.plant is None or row.location is None or row.group or row.customer:
        raise Denied(
            "plant_and_location",
            _("An area manager serves a plant from one of our locations: choose both."),
            field="plant",
            status=400,
        )
    if not PlantService.objects.filter(plant=row.plant, location=row.location, period__overlap=row.period).exists():
        said = {"location": row.location, "plant": row.plant}
        raise Denied("not_served", _("%(location)s does not serve %(plant)s. Say first that it does.") % said, field="location")


def check_person(row: Assignment, day: date, *, field: str = "user") -> None:
    """Refuse a person who does not hold the role on that day."""
    if not row.user.is_active:
        raise Denied("inactive_user", _("This person may not log in. Choose somebody else."), field=field)
    at = Q(location=row.location) if row.location else Q()
    if not RoleGrant.objects.on(day).filter(at, user=row.user, role=row.kind).exists():
        said = {
            "person": row.user,
            "role": row.get_kind_display(),
            "day": formats.day(day),
            "place": row.location.name if row.location else _("all locations"),
        }
        text = _("%(person)s does not hold the role %(role)s (%(place)s) on %(day)s. Have the role granted first.")
        raise Denied("role_not_held", text % said, field=field)


def taken(row: Assignment) -> Denied:
    """The refusal that names who holds it already, and until when."""
    rows = Assignment.objects.filter(
        group=row.group, customer=row.customer, plant=row.plant, location=row.location, period__overlap=row.period
    )
    other = rows.exclude(pk=row.pk).select_related("user").first()
    said = {
        "person": other.user if other else "–",
        "subject": row.subject,
        "first": formats.day(other.first_day) if other and other.first_day else "…",
        "last": formats.day(other.last_day) if other and other.last_day else "…",
    }
    return Denied(
        "already_assigned",
        _("%(person)s holds %(subject)s from %(first)s to %(last)s. Hand it over, or choose other days.") % said,
        field="first_day",
    )


@verb("accounts.end_assignment", _("End assignment"))
def end_assignment(assignment: Assignment, *, actor: Any, reason: str = "", last_day: date | None = None) -> Assignment:
    """End an assignment after a day, at once without one; the gap is listed until somebody is assigned.

    Raises Denied for a day in the past and while a planned hand-over begins it.
    """
    if assignment.hand_over and assignment.hand_over.status == HandOver.Status.PLANNED:
        raise Denied("planned_hand_over", _("A planned hand-over begins this assignment: cancel the hand-over."))
    last_day = last_day or clock.today() - timedelta(days=1)
    checked_end(assignment, last_day)
    if assignment.first_day is None or assignment.first_day <= last_day:
        notify(ENDED, assignment, to=[assignment.user], occasion=str(last_day), actor=actor)
    end_on(assignment, last_day + timedelta(days=1))
    return assignment
