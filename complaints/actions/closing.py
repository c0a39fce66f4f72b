"""The end of a complaint: the final answer, the customer's reply, closure by another, effectiveness afterwards, and reopening."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions.alerting import alert
from complaints.actions.assessing import said
from complaints.actions.deadlines import EFFECT_DAYS, hand_on, meet_steps
from complaints.actions.letters import address_of, write_letter
from complaints.models import Acceptance, Complaint, ComplaintLetter, Step
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied

SILENCE_DAYS = define(
    "complaints.silence_days",
    default=7,
    unit="cd",
    label=_("Days without reply to a reminder after which a complaint may be closed"),
)


@verb("complaints.send_answer", _("Final answer sent"))
def send_answer(
    complaint: Complaint, *, actor: Any, reason: str = "", answer: str = "", sent_to: str = "", by_mail: bool = False
) -> Complaint:
    """Answer the customer for good, in which words and to whom, by a mail from here where told; its steps are met. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.send_answer")
    complaint.answer = said(answer, "answer")
    to = address_of(complaint, sent_to, by_mail=by_mail)
    complaint.answered_to = to.words
    complaint.answered_at, complaint.reminded_at, complaint.acceptance = clock.now(), None, ""
    complaint.save()
    write_letter(complaint, ComplaintLetter.Kind.FINAL, actor=actor, to=to)
    meet_steps(complaint, *Step.values)
    hand_on(complaint, actor=actor)
    return complaint


def why_no_reminder(complaint: Complaint) -> Denied | None:
    """Who has not replied is reminded once."""
    if complaint.status != Complaint.Status.ANSWER_SENT or complaint.acceptance:
        return Denied("nothing_to_remind", _("No reply to a final answer is waited for."))
    return Denied("reminded_already", _("The customer was reminded already.")) if complaint.reminded_at else None


@verb("complaints.remind_customer", _("Customer reminded"))
def remind_customer(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Note that the customer was reminded of the answer that they have not replied to. Raises Denied."""
    denied = why_no_reminder(complaint)
    if denied:
        raise denied
    complaint.reminded_at = clock.now()
    complaint.save()
    return complaint


def why_no_reply(complaint: Complaint) -> Denied | None:
    """A reply is noted while it is waited for."""
    if complaint.status != Complaint.Status.ANSWER_SENT:
        return Denied("nothing_answered", _("There is no final answer that the customer could reply to."))
    return Denied("replied_already", _("The customer's reply was noted already.")) if complaint.acceptance else None


@verb("complaints.note_reply", _("Note the reply"))
def note_reply(complaint: Complaint, *, actor: Any, reason: str = "", reply: str = Acceptance.ACCEPTED) -> Complaint:
    """Note that the customer accepted the answer, or did not reply within the days after a reminder. Raises Denied."""
    denied = why_no_reply(complaint)
    if denied:
        raise denied
    if reply not in Acceptance.values:
        raise Denied("unknown_reply", _("Choose one of the offered replies."), field="reply", status=400)
    if reply == Acceptance.SILENCE:
        days = parameter(SILENCE_DAYS.key, complaint.scopes)
        if complaint.reminded_at is None or clock.now() < complaint.reminded_at + timedelta(days=days):
            text = _("Remind the customer first and wait %(days)d days.") % {"days": days}
            raise Denied("too_early", text, field="reply")
    complaint.acceptance = reply
    complaint.save()
    return complaint


def _still_open(complaint: Complaint) -> Denied | None:
    """A complaint with open work is not closed (AT-76), its alerts included."""
    if complaint.settlements.open().exists():
        return Denied("settlement_open", _("A settlement is not decided or not carried out yet."))
    rows = WorkItem.objects.on(complaint).open().exclude(kind="close_complaint")
    if not rows.exists() and not complaint.actions.filter(verified_on=None).exists():
        return None
    return Denied("open_work", _("Something is still to be done about it; see who has to act on this page."))


@verb("complaints.close_complaint", _("Close complaint"))
def close_complaint(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Close what the customer accepted and nothing is open of, as another than its leader and the author of its analysis (AT-76).

    Raises Denied.
    """
    Complaint.workflow.move(complaint, "complaints.close_complaint")
    if actor is not None and actor.pk in {complaint.leader_id, complaint.analysed_by_id}:
        text = _("Somebody else than its leader and the author of its analysis closes a complaint.")
        raise Denied("own_work", text, status=403)
    denied = _still_open(complaint)
    if denied:
        raise denied
    complaint.closed_at, complaint.closed_by = clock.now(), actor
    complaint.save()
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.confirm_effectiveness", _("Effectiveness verified"))
def confirm_effectiveness(complaint: Complaint, *, actor: Any, reason: str = "", evidence: str = "") -> Complaint:
    """Verify, once the days since its closure have passed without a repeat, that what was done works. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.confirm_effectiveness")
    days = parameter(EFFECT_DAYS.key, complaint.scopes)
    if complaint.closed_at is None or clock.now() < complaint.closed_at + timedelta(days=days):
        text = _("Effectiveness is verified %(days)d days after closure at the earliest.") % {"days": days}
        raise Denied("too_early", text)
    again = complaint.repeated_by.filter(received_at__gt=complaint.closed_at).exclude(status__in=Complaint.VOID)
    if again.exists():
        raise Denied("repeated", _("It was complained about again: what was done does not work. Reopen it."))
    complaint.effectiveness, complaint.effective_at = said(evidence, "evidence"), clock.now()
    complaint.save()
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.reopen_complaint", _("Reopen complaint"))
def reopen_complaint(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Open again what came back or is contested; what was closed is one step graver. It is assessed anew. Raises Denied."""
    contested = complaint.status == Complaint.Status.UNJUSTIFIED
    Complaint.workflow.move(complaint, "complaints.reopen_complaint")
    said(reason, "reason")
    if not contested:
        complaint.severity = max(Complaint.Severity.SAFETY, complaint.severity - 1)
    complaint.reopened_at, complaint.reopenings = clock.now(), complaint.reopenings + 1
    complaint.rejection, complaint.rejection_by, complaint.rejected_at, complaint.rejected_by = "", None, None, None
    complaint.save()
    hand_on(complaint, actor=actor)
    alert(complaint, actor=actor)
    return complaint
