"""Confirming to the customer that a complaint came: by mail in their language with our number, or as it was said by phone; it admits nothing (AT-73)."""

from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions.deadlines import hand_on, meet_steps
from complaints.models import Complaint, ComplaintReceipt, Step
from kam.core import clock, formats, history
from kam.core.dispatch import dispatch
from kam.core.kept_prints import mail_to_customer
from kam.core.mails import State, post, reaches_out
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.mailing import addresses_of

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
        _write(complaint, actor, sent_to)
    complaint.receipt_at, complaint.receipt_way = clock.now(), way
    if complaint.status == Complaint.Status.REGISTERED:
        Complaint.workflow.move(complaint, VERB)
    complaint.save()
    meet_steps(complaint, Step.RECEIPT)
    hand_on(complaint, actor=actor)
    return complaint


def _write(complaint: Complaint, actor: Any, sent_to: str) -> None:
    if not reaches_out():
        raise Denied("no_mail_server", _("No mail server is set up here. Confirm it otherwise and note how."), field="way")
    if not sent_to.strip() and complaint.contact is not None:
        sent_to = complaint.contact.email
    to = addresses_of(sent_to)
    language = language_of(complaint)
    subject, text = letter(complaint, sender=actor, language=language)
    mail = complaint.receipts.create(written_by=actor, recipients=to, language=language, subject=subject, text=text)
    dispatch("complaints.tasks.deliver_receipt", mail.pk)


def language_of(complaint: Complaint) -> str:
    """The language of whoever complained."""
    return str(complaint.contact.language if complaint.contact else complaint.plant.customer.language)


def letter(complaint: Complaint, *, sender: Any, language: str) -> tuple[str, str]:
    """Subject and words of the confirmation: that it came, our number, and nothing about cause or answer."""
    with translation.override(language):
        values = {
            "number": complaint.number,
            "day": formats.day(complaint.received_at.date()),
            "reference": complaint.customer_reference or "–",
            "person": str(sender or ""),
            "location": complaint.selling_location.name,
        }
        subject = gettext("Your report of %(day)s: our number %(number)s") % values
        parts = (
            gettext("Good day,"),
            gettext(
                "we have received your report of %(day)s (your number: %(reference)s) and keep it under our number %(number)s."
            ),
            gettext("We are looking into it and will tell you what we find."),
            gettext("This message only confirms the receipt; it says nothing about causes or obligations."),
            gettext("Kind regards"),
        )
        text = "\n\n".join(part % values for part in parts) + f"\n{values['person']}\n{values['location']}"
    return subject[:200], text


def due_receipts() -> list[int]:
    """The keys of confirmations that should have gone out: for the sweeper."""
    rows = ComplaintReceipt.objects.filter(state=State.WAITING, not_before__lte=clock.now())
    return list(rows.order_by("not_before", "pk").values_list("pk", flat=True)[:200])


def deliver(key: int) -> bool:
    """Send one confirmation; says whether it went out. Twice without harm."""
    rows = ComplaintReceipt.objects.filter(pk=key).select_related("complaint", "written_by")
    with transaction.atomic(), history.bound(actor=None, verb=VERB):
        done = post(rows, _message)
    return done is not None and done.state == State.SENT


def _message(mail: ComplaintReceipt) -> EmailMessage | None:
    """The mail as it goes out, or None where whoever wrote it may not write to this customer any more."""
    person = mail.written_by
    if person is not None and not (
        person.is_active and Complaint.objects.permitted(person, VERB).filter(pk=mail.complaint_id).exists()
    ):
        mail.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    return mail_to_customer(mail, person)
