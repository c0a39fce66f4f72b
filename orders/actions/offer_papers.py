"""The print of an offer as it was sent, which a job makes and keeps (orders.documents.keeping), and the mail around it."""

from email.message import EmailMessage
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kam.core.documents import Document
from kam.core.formats import day
from kam.core.jobs import Job, start_job
from kam.core.kept_prints import unsent_mail
from kam.core.workflow import Denied
from orders.models import Offer


def start_keeping(offer: Offer) -> Job:
    """Have the print of an offer that was sent made and kept, in nobody's name: no one waits for it, nobody is told."""
    return start_job("orders.keep_offer", actor=None, params={"offer": offer.pk, "title": offer.name})


def kept_print(offer: Offer) -> Document | None:
    """The print as it was sent, once it is there."""
    found: Document | None = Document.objects.about(offer).filter(type__code="print", number=offer.name).order_by("pk").first()
    return found


def letter_of(offer: Offer, *, sender: Any) -> tuple[str, str]:
    """Subject and text of a mail with this offer, in the customer's language."""
    with translation.override(offer.language):
        subject = _("Offer %(number)s: %(subject)s") % {"number": offer.name, "subject": offer.subject}
        text = _("Please find attached our offer %(number)s, valid until %(day)s. We look forward to hearing from you.")
        return subject, text % {"number": offer.name, "day": day(offer.valid_until)} + (f"\n\n{sender}\n" if sender else "")


def unsent_offer(offer: Offer, *, sender: Any) -> EmailMessage:
    """A mail to the customer with the print as it was sent, to be opened in one's own mail program and sent from there.

    Raises Denied while the print is not there.
    """
    paper = kept_print(offer)
    if paper is None:
        raise Denied("no_print_yet", _("The print of this offer is being made. Try again in a moment."))
    subject, text = letter_of(offer, sender=sender)
    return unsent_mail(paper, subject, text, to=offer.sent_to, sender=sender)
