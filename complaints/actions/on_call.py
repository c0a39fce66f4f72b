"""Planning who is on call for a department: a turn is given, changed, taken away."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.models import OnCall
from kam.core.periods import period
from kam.core.verbs import verb
from kam.core.workflow import Denied

FIELDS = ("department", "person", "place", "phone")


@verb("complaints.plan_on_call", _("New turn on call"))
def plan_on_call(
    model: type[OnCall],
    *,
    actor: Any,
    reason: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    **values: Any,
) -> OnCall:
    """Put a person on call for a department, from a day to a day, as the first, second … to be called. Raises Denied."""
    turn = OnCall(**_known(values))
    turn.period = _days(first_day, last_day)
    _check(turn)
    turn.save(force_insert=True)
    return turn


@verb("complaints.edit_on_call", _("Edit turn"))
def edit_on_call(
    turn: OnCall, *, actor: Any, reason: str = "", first_day: date | None = None, last_day: date | None = None, **values: Any
) -> OnCall:
    """Change a turn; its days are given together. Raises Denied."""
    before = {name: getattr(turn, name) for name in (*FIELDS, "period")}
    for name, value in _known(values).items():
        setattr(turn, name, value)
    if first_day is not None or last_day is not None:
        turn.period = _days(first_day, last_day)
    if before != {name: getattr(turn, name) for name in (*FIELDS, "period")}:
        _check(turn)
        turn.save()
    return turn


@verb("complaints.remove_on_call", _("Remove turn"), leaves=True)
def remove_on_call(turn: OnCall, *, actor: Any, reason: str = "") -> None:
    """Take a turn away."""
    turn.delete()


def _known(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if name not in FIELDS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    return values


def _days(first: date | None, last: date | None) -> Any:
    if first is None:
        raise Denied("required", _("This field is required."), field="first_day", status=400)
    if last is not None and last < first:
        raise Denied("turned_round", _("The last day lies before the first."), field="last_day", status=400)
    return period(first, last)


def _check(turn: OnCall) -> None:
    wrong = faults(turn, exclude=("period",))
    if not wrong:
        same = OnCall.objects.filter(department=turn.department, place=turn.place, period__overlap=turn.period).exclude(
            pk=turn.pk
        )
        if same.exists():
            text = _("Somebody has this place on some of these days already. Choose another place or other days.")
            wrong.append(Denied("place_taken", text, field="place"))
        if not turn.phone and not turn.person.phone:
            wrong.append(Denied("no_phone", _("Give the number to call: the person has none in KAM."), field="phone", status=400))
    refuse(wrong)
