"""By when a repair is promised: counted from the customer's consent, told with it, and told anew when it will be later (domain 7.5)."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import people_of
from complaints.models import RepairLetter, RepairPiece
from kam.core import clock
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied

TELL = define_work("tell_delay", _("Tell %(customer)s that %(record)s is late"), on_record=True)


@verb("complaints.announce_delay", _("Tell of a delay"))
def announce_delay(piece: RepairPiece, *, actor: Any, reason: str = "", expected_on: date | None = None) -> RepairPiece:
    """Tell the customer that their piece is ready later than promised, from which day on and why; what was promised stays. Raises Denied."""
    denied = why_no_delay(piece)
    if denied is not None:
        raise denied
    wrong = []
    if not reason.strip():
        wrong.append(Denied("reason_needed", _("Say why, in words that the customer reads."), field="reason", status=400))
    last = piece.expected_on or piece.promised_on
    if expected_on is None:
        wrong.append(Denied("required", _("Say until when it takes."), field="expected_on", status=400))
    elif expected_on < clock.today() or (last is not None and expected_on <= last):
        text = _("A delay ends today or later, and after the day that the customer was told last.")
        wrong.append(Denied("impossible_day", text, field="expected_on", status=400))
    refuse(wrong)
    piece.expected_on, piece.late_because = expected_on, reason.strip()[:2000]
    piece.save()
    close_work(piece, TELL, actor=actor)
    tell_customer(piece.repair, RepairLetter.Kind.DELAY, actor=actor, piece=piece)
    return piece


def why_no_delay(piece: RepairPiece) -> Denied | None:
    """Why the customer is told of no delay, or None: something was promised, and it is not ready."""
    if piece.promised_on is None or piece.status not in RepairPiece.PROMISED:
        return Denied("nothing_promised", _("Nothing is promised of this piece, or it is ready."))
    return None


def look_after_promises() -> int:
    """Have customers told whose piece is not ready on the day that they were told last; twice without harm."""
    day = clock.today()
    late = RepairPiece.objects.filter(Q(expected_on=None, promised_on__lt=day) | Q(expected_on__lt=day)).filter(
        status__in=RepairPiece.PROMISED
    )
    return sum(have_delay_told(piece, actor=None) is not None for piece in late.for_list().order_by("pk") if not _asked(piece))


@verb("complaints.have_delay_told", _("Have the customer told of a delay"))
def have_delay_told(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Ask who serves the customer to tell them. Raises Denied."""
    denied = why_no_delay(piece)
    if denied is not None:
        raise denied
    repair = piece.repair
    to = (people_of(repair) or ["role:sales_manager"])[-1]
    due = clock.due(clock.now(), 1, clock.Unit.WORKING_DAYS, repair.selling_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(piece, TELL, to=to, actor=actor, due=due.at, payload=payload, occasion=_occasion(piece))
    return piece


def _occasion(piece: RepairPiece) -> str:
    """Each day that passes unkept asks once."""
    return str(piece.expected_on or piece.promised_on)


def _asked(piece: RepairPiece) -> bool:
    return bool(WorkItem.objects.on(piece).filter(kind=TELL, occasion=_occasion(piece)).exists())
