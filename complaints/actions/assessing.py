"""Judging a complaint: how grave, how deep it is answered, whether it is justified, whether the defect is recognised; parts that are waited for."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions.alerting import alert
from complaints.actions.deadlines import AGREE, account_of, end_steps, hand_on, plan_steps
from complaints.actions.letters import address_of, write_letter
from complaints.models import Complaint, ComplaintLetter, Depth
from complaints.models.process import IN_WORK
from kam.core import clock
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work
from kam.core.workflow import Denied


def said(text: str, field: str) -> str:
    """A text that must be there. Raises Denied."""
    if not text.strip():
        raise Denied("required", _("This field is required."), field=field, status=400)
    return text.strip()


@verb("complaints.assess_complaint", _("Assess complaint"))
def assess_complaint(
    complaint: Complaint, *, actor: Any, reason: str = "", severity: int, depth: str, leader: Any = None
) -> Complaint:
    """Say how grave it is, how deep it is answered and who leads it; the clocks of its steps run by that. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.assess_complaint")
    if severity not in Complaint.Severity.values:
        raise Denied("unknown_severity", _("Choose one of the offered severities."), field="severity", status=400)
    if depth not in Depth.values:
        raise Denied("unknown_depth", _("Choose one of the offered depths."), field="depth", status=400)
    if severity != Complaint.Severity.SAFETY and (complaint.line_stop or complaint.safety):
        text = _("Safety or a standstill of the customer's line is severity 1.")
        raise Denied("grave_is_first", text, field="severity")
    complaint.severity, complaint.depth, complaint.assessed_at = severity, depth, clock.now()
    complaint.leader = leader or actor or complaint.leader
    if complaint.leader is None:
        raise Denied("required", _("Say who leads it."), field="leader", status=400)
    complaint.save()
    plan_steps(complaint)
    hand_on(complaint, actor=actor)
    alert(complaint, actor=actor)
    return complaint


def why_not_recognised(complaint: Complaint) -> Denied | None:
    """A defect is recognised once, while the complaint is alive."""
    if complaint.recognised_at is not None:
        return Denied("recognised_already", _("The defect was recognised already."))
    if complaint.status in Complaint.VOID:
        return Denied("complaint_over", _("This complaint has ended. What it says stays as it is."))
    return None


@verb("complaints.recognise_defect", _("Recognise the defect"))
def recognise_defect(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Recognise the defect towards the customer: an act of quality or the sales manager alone (AT-73, art. 1495 c.c.). Raises Denied."""
    denied = why_not_recognised(complaint)
    if denied:
        raise denied
    said(reason, "reason")
    complaint.recognised_at, complaint.recognised_by = clock.now(), actor
    complaint.save()
    return complaint


def why_not_asked(complaint: Complaint) -> Denied | None:
    """Parts are asked for while somebody works on it."""
    if complaint.status not in IN_WORK:
        return Denied("not_in_work", _("Parts are asked for between assessment and answer."))
    if complaint.awaits_parts:
        return Denied("parts_asked_already", _("Parts have been asked for already."))
    return None


@verb("complaints.ask_parts", _("Wait for parts"))
def ask_parts(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Note that parts were asked of the customer; our own deadlines from D4 on stand still until they come. Raises Denied."""
    denied = why_not_asked(complaint)
    if denied:
        raise denied
    complaint.parts_asked_at, complaint.parts_arrived_at = clock.now(), None
    complaint.save()
    clock.pause_clocks(complaint, reason=str(_("waiting for parts")))
    return complaint


def why_not_arrived(complaint: Complaint) -> Denied | None:
    """Only what was asked for arrives."""
    return None if complaint.awaits_parts else Denied("no_parts_asked", _("No parts are waited for."))


@verb("complaints.note_parts", _("Parts arrived"))
def note_parts(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Note that the parts came; what stood still runs again, by so much later. Raises Denied."""
    denied = why_not_arrived(complaint)
    if denied:
        raise denied
    complaint.parts_arrived_at = clock.now()
    complaint.save()
    clock.resume_clocks(complaint)
    return complaint


def why_not_proposed(complaint: Complaint) -> Denied | None:
    """What is worked on may turn out not to be justified."""
    if complaint.status not in IN_WORK:
        return Denied("not_in_work", _("Whether it is justified is said between assessment and answer."))
    return Denied("proposed_already", _("It was found not justified already.")) if complaint.rejection else None


@verb("complaints.propose_rejection", _("Find it not justified"))
def propose_rejection(complaint: Complaint, *, actor: Any, reason: str = "", grounds: str = "") -> Complaint:
    """Say why a complaint is not justified, with the evidence; who leads the account decides. Raises Denied."""
    denied = why_not_proposed(complaint)
    if denied:
        raise denied
    complaint.rejection, complaint.rejection_by = said(grounds, "grounds"), actor
    complaint.save()
    payload = {"scopes": complaint.scopes, "customer": complaint.plant.customer.name}
    occasion = str(complaint.version)
    excluded = [actor] if actor is not None else []
    assign_work(complaint, AGREE, to=account_of(complaint), actor=actor, occasion=occasion, excluded=excluded, payload=payload)
    return complaint


@verb("complaints.decline_rejection", _("It is justified"))
def decline_rejection(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Do not agree that it is not justified: the work goes on. Raises Denied."""
    denied = why_not_declined(complaint)
    if denied:
        raise denied
    said(reason, "reason")
    complaint.rejection, complaint.rejection_by = "", None
    complaint.save()
    close_work(complaint, AGREE, actor=actor, comment=reason)
    return complaint


def why_not_declined(complaint: Complaint) -> Denied | None:
    """Only what was proposed is declined, and before it was carried out."""
    if complaint.rejection and complaint.status in IN_WORK:
        return None
    return Denied("nothing_proposed", _("Quality has not said yet why it is not justified."))


@verb("complaints.reject_complaint", _("Reject as not justified"))
def reject_complaint(
    complaint: Complaint, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False
) -> Complaint:
    """Agree that a complaint is not justified, as another than who found it; a letter tells the customer why, by mail where told.

    They may contest it. Raises Denied.
    """
    Complaint.workflow.move(complaint, "complaints.reject_complaint")
    if actor is not None and actor.pk == complaint.rejection_by_id:
        raise Denied("own_proposal", _("Somebody else than who found it not justified has to agree."), status=403)
    to = address_of(complaint, sent_to, by_mail=by_mail)
    complaint.rejected_at, complaint.rejected_by = clock.now(), actor
    complaint.save()
    write_letter(complaint, ComplaintLetter.Kind.REJECTION, actor=actor, to=to)
    close_work(complaint, AGREE, actor=actor)
    hand_on(complaint, actor=actor)
    end_steps(complaint)
    return complaint
