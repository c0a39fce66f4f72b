"""The deadlines that customers impose: added, changed and ended with their documents."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.models import CustomerDeadline
from kam.core import clock
from kam.core.periods import period, save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied

FIELDS = ("customer", "profile", "step", "amount", "unit", "roll")


@verb("complaints.create_deadline", _("New customer's deadline"))
def create_deadline(
    model: type[CustomerDeadline],
    *,
    actor: Any,
    reason: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    **values: Any,
) -> CustomerDeadline:
    """Write down within which time a customer's document wants a step, from a day on. Raises Denied."""
    row = CustomerDeadline()
    _write(row, values, first_day or clock.today(), last_day)
    return row


@verb("complaints.edit_deadline", _("Edit customer's deadline"))
def edit_deadline(
    row: CustomerDeadline,
    *,
    actor: Any,
    reason: str = "",
    first_day: date | None = None,
    last_day: date | None = None,
    **values: Any,
) -> CustomerDeadline:
    """Change a customer's deadline; complaints that are under way keep theirs. Raises Denied."""
    first, last = (first_day or row.first_day, last_day) if first_day or last_day else (row.first_day, row.last_day)
    same = all(name in FIELDS and getattr(row, name) == value for name, value in values.items())
    if not same or (first, last) != (row.first_day, row.last_day):
        _write(row, values, first, last)
    return row


@verb("complaints.remove_deadline", _("Remove customer's deadline"), leaves=True)
def remove_deadline(row: CustomerDeadline, *, actor: Any, reason: str = "") -> None:
    """Take a customer's deadline away; complaints that are under way keep it."""
    row.delete()


def _write(row: CustomerDeadline, values: dict[str, Any], first: date | None, last: date | None) -> None:
    for name, value in values.items():
        if name not in FIELDS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)
    if first is not None and last is not None and last < first:
        raise Denied("turned_round", _("The last day lies before the first."), field="last_day", status=400)
    row.period = period(first, last)
    refuse(faults(row, exclude=("period",)))
    save_apart(row, _taken)


def _taken() -> Denied:
    text = _("This document has a deadline for this step on some of these days already.")
    return Denied("step_taken", text, field="step")
