"""Substitution while somebody is away (W7): set by oneself or by a manager, ended, and summed up on return."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actions.dates import checked_end, checked_period, end_on
from accounts.models import Delegation, Location, Role, RoleGrant, User
from kam.core import clock, formats
from kam.core.access_log import AccessLog, log_access
from kam.core.notifications import define_notification, notify
from kam.core.periods import save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied

SET = define_notification("delegation_set", _("You are somebody's substitute"), way="mail")
ENDED = define_notification("delegation_ended", _("A substitution ended"))
LONGEST = 366


@verb("accounts.delegate", _("Name a substitute"))
def delegate(model: type[Delegation], *, actor: Any, reason: str = "", **values: Any) -> Delegation:
    """Name who acts for oneself from a day to a day, in all roles or in one. Raises the refusals of `delegate_for_other`."""
    return _delegate(model, actor, principal=actor, **values)


@verb("accounts.delegate_for_other", _("Name a substitute for somebody"))
def delegate_for_other(model: type[Delegation], *, actor: Any, reason: str = "", principal: User, **values: Any) -> Delegation:
    """Name who acts for somebody who is away already and did not do it; both are told.

    Raises Denied for a substitute who is the same person, may not log in or is away on these days themselves; for a
    manager who would name themselves; for days in the past, in the wrong order or more than a year; for a role that
    the person away does not hold; and where somebody else is substitute on one of these days already, naming them.
    """
    if actor is not None and getattr(values.get("substitute"), "pk", None) == actor.pk and principal.pk != actor.pk:
        raise Denied(
            "not_yourself",
            _("Name somebody other than yourself, or ask another manager to name you."),
            field="substitute",
            status=403,
        )
    return _delegate(model, actor, principal=principal, **values)


def _delegate(
    model: type[Delegation],
    actor: Any,
    *,
    principal: User,
    substitute: User | None,
    first_day: date,
    last_day: date,
    role: str = "",
    location: Location | None = None,
    note: str = "",
) -> Delegation:
    if not principal.is_active:
        raise Denied("inactive_user", _("This person may not log in."), field="principal")
    if substitute is not None and substitute.pk == principal.pk:
        raise Denied("two_persons", _("The substitute is somebody else."), field="substitute", status=400)
    if substitute is not None and not substitute.is_active:
        raise Denied("inactive_user", _("This person may not log in. Choose another substitute."), field="substitute")
    if actor is not None and first_day < clock.today():
        raise Denied("not_backwards", _("A substitution begins today at the earliest."), field="first_day", status=400)
    days = checked_period(first_day, last_day)
    if (last_day - first_day).days >= LONGEST:
        raise Denied(
            "too_long",
            _("A substitution lasts a year at most. For longer, hand the accounts over."),
            field="last_day",
            status=400,
        )
    if role:
        _refuse_role_not_held(principal, role, location, days)
    elif location is not None:
        raise Denied("role_needed", _("Choose the role that the location goes with."), field="role", status=400)
    if substitute is not None:
        if RoleGrant.objects.filter(user=substitute, role=Role.AUDITOR, period__overlap=days).exists():
            raise Denied(
                "auditor_reads_only",
                _("An auditor only reads and stands in for nobody. Choose another substitute."),
                field="substitute",
            )
        absent = Delegation.objects.filter(principal=substitute, role="", location__isnull=True, period__overlap=days).first()
        if absent:
            said = {"person": substitute, "first": formats.day(absent.first_day), "last": formats.day(absent.last_day)}
            raise Denied(
                "substitute_away",
                _("%(person)s is away from %(first)s to %(last)s. Choose another substitute.") % said,
                field="substitute",
            )
    row = model(principal=principal, substitute=substitute, period=days, role=role, location=location, note=note.strip()[:200])
    save_apart(row, lambda: _taken(row))
    _tell(SET, row, actor)
    log_access(AccessLog.Kind.DELEGATION, actor, about=f"set {principal.email} → {substitute.email if substitute else '–'}")
    return row


def _refuse_role_not_held(principal: User, role: str, location: Location | None, days: Any) -> None:
    if role not in Role.values:
        raise Denied("unknown_role", _("Choose one of the offered roles."), field="role", status=400)
    held = RoleGrant.objects.filter(user=principal, role=role, period__overlap=days)
    if location is not None:
        held = held.filter(Q(location=location))
    if not held.exists():
        raise Denied(
            "role_not_held", _("%(person)s does not hold this role on these days.") % {"person": principal}, field="role"
        )


def _taken(row: Delegation) -> Denied:
    """Who acts on these days already."""
    other = Delegation.objects.filter(
        principal=row.principal, role=row.role, location=row.location, period__overlap=row.period
    ).first()
    said = {
        "person": row.principal,
        "substitute": (other and other.substitute) or "–",
        "first": formats.day(other.first_day) if other else "–",
        "last": formats.day(other.last_day) if other else "–",
    }
    return Denied(
        "substitute_set",
        _("%(substitute)s acts for %(person)s from %(first)s to %(last)s. End that first.") % said,
        field="first_day",
    )


def _tell(kind: str, row: Delegation, actor: Any) -> None:
    people = [person for person in (row.principal, row.substitute) if person is not None]
    notify(kind, row, to=people, occasion=str(row.version), actor=actor)


@verb("accounts.end_delegation", _("End substitution"))
def end_delegation(delegation: Delegation, *, actor: Any, reason: str = "", last_day: date | None = None) -> Delegation:
    """End a substitution after a day, at once without one: the person is back."""
    last_day = last_day or clock.today() - timedelta(days=1)
    checked_end(delegation, last_day)
    if delegation.first_day is None or delegation.first_day <= last_day:
        _tell(ENDED, delegation, actor)
    if end_on(delegation, last_day + timedelta(days=1)):
        log_access(AccessLog.Kind.DELEGATION, actor, about=f"end {delegation.principal.email}")
    return delegation


@verb("accounts.welcome_back", _("Summary read"))
def welcome_back(delegation: Delegation, *, actor: Any, reason: str = "") -> Delegation:
    """Note that the person has read what happened while they were away; it is shown once by itself and stays reachable."""
    if delegation.welcomed_at is None:
        delegation.welcomed_at = clock.now()
        delegation.save()
    return delegation
