"""What is done to sales meetings: held, and their minutes written on."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.models import SalesMeeting
from budgets.reports.my_year import people_to_see, sees_the_company
from kam.core import clock
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

TEXTS = ("minutes", "decisions")


@verb("budgets.hold_meeting", _("Hold sales meeting"))
def hold_meeting(
    model: type[SalesMeeting],
    *,
    actor: Any,
    reason: str = "",
    person: User | None = None,
    held_on: date | None = None,
    **texts: Any,
) -> SalesMeeting:
    """Begin the minutes of a meeting about one person's year, or without a person about the team's; one a day. Raises Denied."""
    day = held_on or clock.today()
    if day > clock.today():
        raise Denied("day_to_come", _("Minutes are written of a meeting that was held."), field="held_on", status=400)
    if actor is not None and not (sees_the_company(actor) if person is None else person in people_to_see(actor)):
        raise Denied("person_unknown", _("Choose a person whose year you may see."), field="person", status=400)
    meeting = model(held_on=day, person=person, held_by=actor)
    change(meeting, texts, allowed=TEXTS)
    try:
        with transaction.atomic():
            meeting.save(force_insert=True)
    except IntegrityError:
        raise Denied("held_already", _("There are minutes of this day. Write on in those."), field="held_on") from None
    return meeting


@verb("budgets.edit_meeting", _("Write minutes"))
def edit_meeting(meeting: SalesMeeting, *, actor: Any, reason: str = "", **texts: Any) -> SalesMeeting:
    """Write on in the minutes and decisions."""
    if change(meeting, texts, allowed=TEXTS):
        meeting.save()
    return meeting
