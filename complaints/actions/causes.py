"""Causes and actions of a complaint, one by one: found, verified, carried out with proof, verified by another."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.actions.assessing import said
from complaints.actions.eight_d import why_not_worked_on
from complaints.models import Cause, Complaint, ComplaintAction
from kam.core import clock
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied

CARRY_OUT = define_work(
    "carry_out_complaint_action", _("Carry out the action about %(complaint)s: %(record)s"), on_record=True, owner="role:quality"
)
VERIFY = define_work(
    "verify_complaint_action", _("Verify the action about %(complaint)s: %(record)s"), on_record=True, owner="role:quality"
)
OF_A_CAUSE = ("complaint", "kind", "category", "text", "parent", "root", "verification")
OF_AN_ACTION = ("complaint", "discipline", "text", "cause", "owner", "due_on")


def _set(row: Any, values: dict[str, Any], allowed: tuple[str, ...]) -> bool:
    """Write known values; says whether any differs. Raises Denied for others."""
    different = False
    for name, value in values.items():
        if name not in allowed or (name == "complaint" and row.pk and value != row.complaint):
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        different |= getattr(row, name, None) != value
        setattr(row, name, value)
    return different


def _in_work(complaint: Complaint) -> None:
    denied = why_not_worked_on(complaint)
    if denied:
        raise denied


def _cause_faults(cause: Cause) -> list[Denied]:
    wrong = faults(cause)
    if cause.root and not cause.verification.strip():
        text = _("A root cause is verified: say how it was shown.")
        wrong.append(Denied("not_verified", text, field="verification", status=400))
    above, seen = cause.parent, {cause.pk}
    while above is not None and not wrong:
        if above.pk in seen or above.complaint_id != cause.complaint_id:
            text = _("Choose a cause of this complaint that does not lie below this one.")
            wrong.append(Denied("no_parent", text, field="parent", status=400))
        seen.add(above.pk)
        above = above.parent
    return wrong


def _known(complaint: Any) -> Complaint:
    """The complaint that is written about. Raises Denied where none is named."""
    if complaint is None:
        raise Denied("required", _("This field is required."), field="complaint", status=400)
    found: Complaint = complaint
    return found


@verb("complaints.add_cause", _("Add cause"))
def add_cause(model: type[Cause], *, actor: Any, reason: str = "", **values: Any) -> Cause:
    """Write down a cause; below another one it says why that came about. Raises Denied."""
    _in_work(_known(values.get("complaint")))
    cause = Cause()
    _set(cause, values, OF_A_CAUSE)
    refuse(_cause_faults(cause))
    cause.save(force_insert=True)
    return cause


@verb("complaints.edit_cause", _("Edit cause"))
def edit_cause(cause: Cause, *, actor: Any, reason: str = "", **values: Any) -> Cause:
    """Change a cause, or say that it is the root and how that was shown. Raises Denied."""
    _in_work(cause.complaint)
    if _set(cause, values, OF_A_CAUSE):
        refuse(_cause_faults(cause))
        cause.save()
    return cause


@verb("complaints.remove_cause", _("Remove cause"), leaves=True)
def remove_cause(cause: Cause, *, actor: Any, reason: str = "") -> None:
    """Take a cause away that turned out to be none. Raises Denied while others hang on it."""
    _in_work(cause.complaint)
    if cause.deeper.exists() or cause.actions.exists():
        raise Denied("cause_used", _("Other causes or actions hang on this one. Remove those first."))
    cause.delete()


@verb("complaints.add_action", _("Add action"))
def add_action(model: type[ComplaintAction], *, actor: Any, reason: str = "", **values: Any) -> ComplaintAction:
    """Plan an action: what, against which cause, who, by when; who has to do it is told. Raises Denied."""
    complaint = _known(values.get("complaint"))
    _in_work(complaint)
    action = ComplaintAction()
    _set(action, values, OF_AN_ACTION)
    refuse(_action_faults(action))
    action.save(force_insert=True)
    _ask(action, actor)
    return action


def _action_faults(action: ComplaintAction) -> list[Denied]:
    wrong = faults(action)
    if action.cause is not None and action.cause.complaint_id != action.complaint_id:
        wrong.append(Denied("cause_of_another", _("Choose a cause of this complaint."), field="cause", status=400))
    return wrong


def _ask(action: ComplaintAction, actor: Any) -> None:
    complaint = action.complaint
    due = clock.due(
        clock.now(),
        max((action.due_on - clock.today()).days, 0),
        clock.Unit.CALENDAR_DAYS,
        complaint.producing_location.calendar,
        clock.Roll.NONE,
    ).at
    payload = {"scopes": complaint.scopes, "complaint": complaint.number}
    assign_work(action, CARRY_OUT, to=action.owner, actor=actor, occasion=str(action.owner_id), due=due, payload=payload)


@verb("complaints.edit_action", _("Edit action"))
def edit_action(action: ComplaintAction, *, actor: Any, reason: str = "", **values: Any) -> ComplaintAction:
    """Change an action that is not done yet. Raises Denied."""
    if action.done_on is not None:
        raise Denied("done_already", _("This was done already."))
    owner = action.owner_id
    if _set(action, values, OF_AN_ACTION):
        refuse(_action_faults(action))
        action.save()
        if action.owner_id != owner:
            withdraw_work(action, actor=actor, kind=CARRY_OUT)
            _ask(action, actor)
    return action


@verb("complaints.finish_action", _("Done"))
def finish_action(action: ComplaintAction, *, actor: Any, reason: str = "", proof: str = "") -> ComplaintAction:
    """Say that an action was carried out, with its proof; another person verifies it. Raises Denied."""
    if action.done_on is not None:
        raise Denied("done_already", _("This was done already."))
    action.proof, action.done_on = said(proof, "proof"), clock.today()
    action.save()
    close_work(action, CARRY_OUT, actor=actor)
    leader = action.complaint.leader
    to: Any = leader if leader is not None and leader.pk != action.owner_id else "role:quality"
    payload = {"scopes": action.complaint.scopes, "complaint": action.complaint.number}
    assign_work(action, VERIFY, to=to, actor=actor, excluded=[action.owner], payload=payload)
    return action


@verb("complaints.verify_action", _("Verify action"))
def verify_action(action: ComplaintAction, *, actor: Any, reason: str = "") -> ComplaintAction:
    """Verify an action that was carried out, as another than who did it. Raises Denied."""
    if action.done_on is None:
        raise Denied("not_done", _("It was not carried out yet."))
    if action.verified_on is not None:
        raise Denied("verified_already", _("This was verified already."))
    if actor is not None and actor.pk == action.owner_id:
        raise Denied("own_work", _("Somebody else than who carried it out verifies it."), status=403)
    action.verified_on, action.verified_by = clock.today(), actor
    action.save()
    close_work(action, VERIFY, actor=actor)
    return action
