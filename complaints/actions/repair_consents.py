"""What the customer says to an estimate: approved in time or refused, by whom, shown by what; no repair begins without it (domain 7.2)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.actions.repair_findings import promised_day, to_repair
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import people_of
from complaints.models import RepairEstimate, RepairLetter, RepairPiece
from complaints.models.repair_estimates import expired
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.work import withdraw_work
from kam.core.workflow import Denied

ANSWERED = define_notification("estimate_answered", _("A customer has answered an estimate"), way=Way.MAIL)
Channel = RepairEstimate.Channel


@verb("complaints.approve_estimate", _("Approved by the customer"))
def approve_estimate(
    estimate: RepairEstimate,
    *,
    actor: Any,
    reason: str = "",
    decided_by: str = "",
    decided_on: date | None = None,
    purchase_order: str = "",
    file: Any = None,
    document: Document | None = None,
) -> RepairEstimate:
    """Record that the customer approved an estimate in writing: who, when, under which order, and the paper that shows it.

    The day of the answer decides, and it lies within the validity (AT-81). Raises Denied.
    """
    if estimate.status == RepairEstimate.Status.EXPIRED:
        raise expired(estimate)
    denied = RepairEstimate.workflow.why_not(estimate, "complaints.approve_estimate")
    if denied is not None:
        raise denied
    day = decided_on or clock.today()
    refuse(_by_hand(estimate, decided_by, day, file, document))
    assert estimate.valid_until is not None
    if day > estimate.valid_until:
        raise expired(estimate)
    keep_evidence(estimate, actor, file, document)
    return approved(estimate, actor=actor, channel=Channel.HAND, decided_by=decided_by, on=day, purchase_order=purchase_order)


@verb("complaints.refuse_estimate", _("Refused by the customer"))
def refuse_estimate(
    estimate: RepairEstimate,
    *,
    actor: Any,
    reason: str = "",
    decided_by: str = "",
    decided_on: date | None = None,
    instruction: str = "",
    file: Any = None,
    document: Document | None = None,
) -> RepairEstimate:
    """Record that the customer refused an estimate in writing, and what is to become of the piece. Raises Denied."""
    denied = RepairEstimate.workflow.why_not(estimate, "complaints.refuse_estimate")
    if denied is not None:
        raise denied
    day = decided_on or clock.today()
    wrong = _by_hand(estimate, decided_by, day, file, document)
    if instruction not in RepairEstimate.Instruction.values:
        wrong.append(Denied("required", _("Say what the customer wants to be done with it."), field="instruction", status=400))
    refuse(wrong)
    keep_evidence(estimate, actor, file, document)
    return refused(
        estimate, actor=actor, channel=Channel.HAND, decided_by=decided_by, on=day, instruction=instruction, answer=reason
    )


def keep_evidence(estimate: RepairEstimate, actor: Any, file: Any, document: Document | None) -> None:
    """Keep the paper that shows an answer with the estimate."""
    estimate.recorded_by = actor
    if document is None:
        document = attach_document(Document, actor=actor, record=estimate, type=standard_type("other"), file=file)
    estimate.evidence = document


def approved(
    estimate: RepairEstimate, *, actor: Any, channel: str, decided_by: str, on: date, purchase_order: str = ""
) -> RepairEstimate:
    """The customer approved: the workshop may begin, and the customer has it in writing with the day by which it is done."""
    piece = RepairPiece.objects.locked().get(pk=estimate.piece_id)
    estimate.purchase_order = purchase_order.strip()[:35]
    _decided(estimate, RepairEstimate.Status.APPROVED, channel, decided_by, on, actor)
    piece.status = RepairPiece.Status.IN_REPAIR if estimate.further else RepairPiece.Status.APPROVED
    piece.promised_on, piece.expected_on, piece.late_because = promised_day(piece, estimate.lead_days), None, ""
    piece.save()
    if not estimate.further:
        to_repair(piece, actor)
    tell_customer(piece.repair, RepairLetter.Kind.APPROVAL, actor=actor, piece=piece)
    return estimate


def refused(
    estimate: RepairEstimate, *, actor: Any, channel: str, decided_by: str, on: date, instruction: str, answer: str
) -> RepairEstimate:
    """The customer refused: the piece goes where they say."""
    piece = RepairPiece.objects.locked().get(pk=estimate.piece_id)
    estimate.instruction, estimate.answer = instruction, answer.strip()[:2000]
    _decided(estimate, RepairEstimate.Status.REFUSED, channel, decided_by, on, actor)
    piece.status = RepairPiece.Status.REFUSED
    piece.save()
    return estimate


def _decided(estimate: RepairEstimate, status: str, channel: str, decided_by: str, on: date, actor: Any) -> None:
    estimate.status, estimate.channel, estimate.decided_at, estimate.decided_on = status, channel, clock.now(), on
    estimate.decided_by = decided_by.strip()[:120]
    estimate.save()
    withdraw_work(estimate, actor=actor)
    notify(ANSWERED, estimate, to=people_of(estimate.piece.repair), actor=actor)


def _by_hand(estimate: RepairEstimate, decided_by: str, day: date, file: Any, document: Document | None) -> list[Denied]:
    wrong = []
    if not decided_by.strip():
        wrong.append(Denied("required", _("Say who of the customer answered."), field="decided_by", status=400))
    if estimate.sent_at is not None and not estimate.sent_at.date() <= day <= clock.today():
        text = _("A customer answers after the estimate was sent and not later than today.")
        wrong.append(Denied("impossible_day", text, field="decided_on", status=400))
    if file is None and document is None:
        wrong.append(Denied("evidence_needed", _("Attach what the customer wrote."), field="file", status=400))
    if document is not None and document.record != estimate:
        text = _("Choose a document that is attached to this estimate.")
        wrong.append(Denied("document_of_another", text, field="document", status=400))
    return wrong
