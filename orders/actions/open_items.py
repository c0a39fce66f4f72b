"""Taking over the open items of a location: the list of a later day replaces the one before, one of the same day completes it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core import clock
from kam.core.import_kinds import Change, Plan, write_plan
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import OpenItem, OpenItemList


def list_fault(held: OpenItemList | None, as_of: date) -> Denied | None:
    """Why a list of this day cannot be taken over."""
    if as_of > clock.today():
        return Denied("future_list", _("A list cannot be of a day to come."), field="as_of")
    if held is not None and as_of < held.as_of:
        text = _("KAM has the list of %(day)s already, which is later.")
        return Denied("older_list", text % {"day": held.as_of.isoformat()}, field="as_of")
    return None


@verb("orders.record_open_items", _("Record open items"))
def record_open_items(
    model: type[OpenItemList],
    *,
    actor: Any,
    reason: str = "",
    location: Location,
    system: str,
    as_of: date,
    new: Sequence[Change] = (),
    changed: Sequence[Change] = (),
) -> OpenItemList:
    """Record a location's list: its new items, and those that changed or are settled. Raises Denied."""
    held = model.objects.select_for_update().filter(location=location).first()
    fault = list_fault(held, as_of)
    if fault is not None:
        raise fault
    if held is None:
        held = model.objects.create(location=location, system=system, as_of=as_of)
    elif (held.system, held.as_of) != (system, as_of):
        held.system, held.as_of = system, as_of
        held.save()
    write_plan(OpenItem, Plan(create=list(new), update=list(changed)))
    return held
