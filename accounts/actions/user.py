"""What is done with people: made, edited, let in again, shut out at once; and what a person does with their own profile."""

import zoneinfo
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actions.dates import end_on
from accounts.actions.session import cut_off
from accounts.models import Assignment, Delegation, Department, HandOver, Role, RoleGrant, User, manager_audience
from kam.core import clock
from kam.core.access_log import AccessLog, log_access
from kam.core.notifications import define_notification, notify
from kam.core.turns import take_turn
from kam.core.verbs import verb
from kam.core.work import WorkItem, reassign_work
from kam.core.workflow import Denied, Refusals

GONE = define_notification("person_left", _("A colleague left and accounts need a new manager"), way="mail")
EDITABLE = ("email", "first_name", "last_name", "language", "time_zone", "phone")
OWN = ("first_name", "last_name", "language", "time_zone", "phone")


def _checked(user: User, values: dict[str, Any], allowed: tuple[str, ...]) -> bool:
    """Put the values on the person, everything checked at once; says whether anything changes."""
    refusals = []
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items() if name in allowed}
    if "email" in values:
        values["email"] = values["email"].lower()
        try:
            validate_email(values["email"])
        except ValidationError:
            refusals.append(
                Denied("invalid_email", _("Type an e-mail address like name@company.com."), field="email", status=400)
            )
        if User.objects.filter(email__iexact=values["email"]).exclude(pk=user.pk).exists():
            refusals.append(Denied("email_taken", _("Somebody with this e-mail address exists already."), field="email"))
    for name in ("first_name", "last_name"):
        if not values.get(name, getattr(user, name)):
            refusals.append(Denied("required", _("Type a name."), field=name, status=400))
    if "time_zone" in values and values["time_zone"] not in zoneinfo.available_timezones():
        refusals.append(Denied("unknown_time_zone", _("Choose one of the offered time zones."), field="time_zone", status=400))
    if "language" in values and values["language"] not in {"it", "en", "de"}:
        refusals.append(Denied("unknown_language", _("Choose Italian, English or German."), field="language", status=400))
    if refusals:
        raise Refusals(refusals)
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, values[name])
    return bool(changed)


@verb("accounts.create_user", _("Add person"))
def create_user(model: type[User], *, actor: Any, reason: str = "", **values: Any) -> User:
    """Add a person who may log in once they have set a password through the link of “forgotten password”.

    Raises Denied for an e-mail address that is taken or is none, an unknown language or time zone, a missing name.
    """
    user = model()
    _checked(user, {"email": ""} | values, EDITABLE)
    user.set_unusable_password()
    user.save()
    log_access(AccessLog.Kind.ACCOUNT, actor, about=f"create {user.email}")
    return user


@verb("accounts.edit_user", _("Edit person"))
def edit_user(user: User, *, actor: Any, reason: str = "", **values: Any) -> User:
    """Change a person's name, e-mail, phone, language or time zone."""
    before = user.email
    if _checked(user, values, EDITABLE):
        user.save()
        if user.email != before:
            log_access(AccessLog.Kind.ACCOUNT, actor, about=f"e-mail {before} → {user.email}")
    return user


@verb("accounts.edit_profile", _("Edit own profile"))
def edit_profile(user: User, *, actor: Any, reason: str = "", **values: Any) -> User:
    """Change one's own name, phone, language or time zone; the e-mail address is the administrator's to change."""
    if _checked(user, values, OWN):
        user.save()
    return user


def refuse_last_administrator(user: User, grant: RoleGrant | None = None, from_day: date | None = None) -> None:
    """Raise the refusal where, without a person's role from a day on (all of theirs from today unless told), nobody could administer.

    Looked at are the first of the days and those on which the role of somebody else ends. Two who try at once do so one
    after the other.
    """
    take_turn("administrators")
    from_day = from_day or clock.today()
    grants = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True, location__isnull=True)
    ending = grants.filter(user=user) if grant is None else grants.filter(pk=grant.pk)
    others = [other.period for other in grants.exclude(pk__in=ending)]
    for mine in ending:
        begins = max(mine.period.lower or from_day, from_day)
        ends = [period.upper for period in others if period.upper is not None and period.upper > begins]
        for day in [begins, *ends]:
            if day in mine.period and not any(day in period for period in others):
                raise Denied("last_administrator", _("This is the last administrator. Make somebody else administrator first."))


@verb("accounts.deactivate_user", _("Deactivate"))
def deactivate_user(user: User, *, actor: Any, reason: str = "") -> User:
    """Shut a person out at once: sessions, tokens and calendar feeds end, roles and substitutions end, open work goes up.

    Accounts and plants that they led are without a manager from today, and the sales manager is told. Raises Denied
    for oneself and for the last administrator. Doing it twice changes nothing.
    """
    if actor is not None and user.pk == actor.pk:
        raise Denied("not_yourself", _("Nobody deactivates themselves. Ask another administrator."))
    if not user.is_active:
        return user
    refuse_last_administrator(user)
    above = manager_audience(f"user:{user.pk}")
    user.is_active = False
    user.save()
    cut_off(user)
    led = _end_duties(user)
    for item in WorkItem.objects.open().filter(assignee=user).locked():
        reassign_work(item, actor=None, to=above, reason=str(reason))
    if led:
        notify(GONE, user, to=[f"role:{Role.SALES_MANAGER}"], occasion=f"{user.version}", context={"count": led}, actor=actor)
    log_access(AccessLog.Kind.ACCOUNT, actor, about=f"deactivate {user.email}")
    return user


def _end_duties(user: User) -> int:
    """End roles, assignments, substitutions and planned hand-overs as of today; answers how many accounts were led."""
    today = clock.today()
    led = 0
    for row in Assignment.objects.filter(user=user, period__endswith__gt=today) | Assignment.objects.filter(
        user=user, period__endswith=None
    ):
        led += row.holds_on(today)
        end_on(row, today)
    for grant in RoleGrant.objects.filter(user=user):
        end_on(grant, today)
    for delegation in Delegation.objects.filter(Q(principal=user) | Q(substitute=user)):
        end_on(delegation, today)
    for planned in HandOver.objects.filter(status=HandOver.Status.PLANNED, target=user):
        planned.status = HandOver.Status.CANCELLED
        planned.save()
    for department in Department.objects.filter(head=user):
        department.head = None
        department.save()
    return led


def audits_over() -> list[User]:
    """Auditors who may still log in although their days have ended and they hold no other role."""
    today = clock.today()
    ended = RoleGrant.objects.filter(role=Role.AUDITOR, period__endswith__lte=today).values("user")
    holding = RoleGrant.objects.filter(Q(period__endswith=None) | Q(period__endswith__gt=today)).values("user")
    return list(User.objects.active().filter(pk__in=ended).exclude(pk__in=holding).order_by("pk"))


@verb("accounts.reactivate_user", _("Let in again"))
def reactivate_user(user: User, *, actor: Any, reason: str = "") -> User:
    """Let a deactivated person log in again; roles have to be granted anew, and the old password holds no more."""
    if not user.is_active:
        user.is_active = True
        user.set_unusable_password()
        user.save()
        log_access(AccessLog.Kind.ACCOUNT, actor, about=f"reactivate {user.email}")
    return user
