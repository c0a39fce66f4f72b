"""Confirming to the customer that a complaint came: by mail in their language with our number, or as it was said by phone; it admits nothing (AT-73)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.actions.deadlines import hand_on, meet_steps
from complaints.actions.letters import address_of, write_letter
from complaints.models import Complaint, ComplaintLetter, Step
from kam.core import clock
from kam.core.mails import reaches_out
from kam.core.verbs import verb
from kam.core.workflow import Denied

VERB = "complaints.send_receipt"


@verb(VERB, _("Confirm receipt to the customer"))
def send_receipt(
    complaint: Complaint, *, actor: Any, reason: str = "", way: str = Complaint.ReceiptWay.MAIL, sent_to: str = ""
) -> Complaint:
    """Confirm to the customer that their complaint came: a mail to the contact unless told, or note that it was confirmed otherwise.

    Raises Denied where nobody can be mailed.
    """
    denied = Complaint.workflow.why_not(complaint, VERB)
    if denied:
        raise denied
    if way not in Complaint.ReceiptWay.values:
        raise Denied("unknown_way", _("Choose one of the offered ways."), field="way", status=400)
    if way == Complaint.ReceiptWay.MAIL:
        if not reaches_out():
            raise Denied("no_mail_server", _("No mail server is set up here. Confirm it otherwise and note how."), field="way")
        to = address_of(complaint, sent_to, by_mail=True)
        write_letter(complaint, ComplaintLetter.Kind.RECEIPT, actor=actor, to=to)
    complaint.receipt_at, complaint.receipt_way = clock.now(), way
    if complaint.status == Complaint.Status.REGISTERED:
        Complaint.workflow.move(complaint, VERB)
    complaint.save()
    meet_steps(complaint, Step.RECEIPT)
    hand_on(complaint, actor=actor)
    return complaint
