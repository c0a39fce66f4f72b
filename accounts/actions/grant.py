"""Roles granted and ended: what a person may do, where and from when; nobody grants themselves one."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.dates import checked_end, checked_period, end_on
from accounts.actions.user import refuse_last_administrator
from accounts.models import Location, Role, RoleGrant, User
from kam.core import clock, formats
from kam.core.access_log import AccessLog, log_access
from kam.core.parameters import define, parameter
from kam.core.periods import save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied

#: Roles that oversee all locations by their nature; an area manager's is always of one location.
EVERYWHERE = frozenset({Role.ACCOUNT_MANAGER})

define("accounts.auditor_days", default=366, unit="cd", label=_("How many days an auditor's account holds at most"))


@verb("accounts.grant_role", _("Grant role"))
def grant_role(
    model: type[RoleGrant],
    *,
    actor: Any,
    reason: str = "",
    user: User,
    role: str,
    location: Location | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> RoleGrant:
    """Grant a person a role at one location, or at all of them, from a day (today unless told) to a day.

    Raises Denied for oneself, for somebody who may not log in, for an area manager without a location, for a past
    beginning, and where the person holds the role on one of these days already.
    """
    if actor is not None and user.pk == actor.pk:
        raise Denied("no_self_grant", _("Nobody grants themselves a role. Ask another administrator."), field="user", status=403)
    if not user.is_active:
        raise Denied("inactive_user", _("This person may not log in. Let them in again first."), field="user")
    if role not in Role.values:
        raise Denied("unknown_role", _("Choose one of the offered roles."), field="role", status=400)
    if role == Role.AREA_MANAGER and location is None:
        raise Denied("location_needed", _("An area manager is one of a location: choose it."), field="location", status=400)
    if role in EVERYWHERE and location is not None:
        raise Denied(
            "no_location",
            _("An account manager leads accounts in all locations: leave the location empty."),
            field="location",
            status=400,
        )
    first_day = first_day or clock.today()
    if actor is not None and role == Role.AUDITOR:
        _refuse_undated(first_day, last_day)
    if actor is not None and first_day < clock.today():
        raise Denied("not_backwards", _("A role begins today at the earliest."), field="first_day", status=400)
    grant = model(user=user, role=role, location=location, period=checked_period(first_day, last_day))
    others = RoleGrant.objects.filter(user=user, period__overlap=grant.period)
    others = others.exclude(role=Role.AUDITOR) if role == Role.AUDITOR else others.filter(role=Role.AUDITOR)
    if others.exists():
        raise Denied(
            "auditor_reads_only", _("An auditor only reads: on these days they hold no other role."), field="role", status=400
        )
    save_apart(grant, lambda: _held(grant))
    log_access(AccessLog.Kind.ROLE, actor, about=f"grant {role} {location.code if location else '*'} {user.email}")
    return grant


def _refuse_undated(first_day: date, last_day: date | None) -> None:
    """An auditor's account is for an audit: it has an end, not too far away."""
    most = int(parameter("accounts.auditor_days"))
    if last_day is None or (last_day - first_day).days >= most:
        text = _("An auditor reads until a day, %(days)d days at most: state it.") % {"days": most}
        raise Denied("auditor_dated", text, field="last_day", status=400)


def _held(grant: RoleGrant) -> Denied:
    """Who holds what already, in words."""
    other = RoleGrant.objects.filter(
        user=grant.user, role=grant.role, location=grant.location, period__overlap=grant.period
    ).first()
    said = {"person": grant.user, "role": other or grant, "day": formats.day(other.first_day if other else None)}
    return Denied("role_held", _("%(person)s holds this role already: %(role)s, from %(day)s.") % said, field="role")


@verb("accounts.end_role", _("End role"))
def end_role(grant: RoleGrant, *, actor: Any, reason: str = "", last_day: date | None = None) -> RoleGrant:
    """End a role after a day; without one it ends at once. Raises Denied where nobody would administer, and for the past."""
    last_day = last_day or clock.today() - timedelta(days=1)
    checked_end(grant, last_day)
    if grant.role == Role.ADMINISTRATOR:
        refuse_last_administrator(grant.user, grant, last_day + timedelta(days=1))
    if end_on(grant, last_day + timedelta(days=1)):
        log_access(
            AccessLog.Kind.ROLE,
            actor,
            about=f"end {grant.role} {grant.location.code if grant.location else '*'} {grant.user.email}",
        )
    return grant
