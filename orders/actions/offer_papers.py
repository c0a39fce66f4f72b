"""The print of an offer as it was sent: made once, in the background, kept as a document with its hash; and the letter around it."""

from email.message import EmailMessage
from typing import Any

from django.core.files import File
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from kam.core.documents import Document, attach_document, standard_type
from kam.core.formats import day
from kam.core.jobs import Job, start_job
from kam.core.ports import port
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.models import Offer

KIND, PRINT = "orders.keep_offer", "orders.offer"


def start_keeping(offer: Offer, *, actor: Any) -> Job:
    """Have the print of an offer that was sent made and kept."""
    return start_job(KIND, actor=actor, params={"offer": offer.pk, "title": offer.name})


def kept_print(offer: Offer) -> Document | None:
    """The print as it was sent, once it is there."""
    found: Document | None = Document.objects.about(offer).filter(type__code="print", number=offer.name).order_by("pk").first()
    return found


def run(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_offer`: print an offer that was sent and keep it; a second run finds it done."""
    offer = Offer.objects.select_related("plant__customer").get(pk=job.params["offer"])
    if offer.sent_at is None or kept_print(offer) is not None:
        return {"kept": 0}
    contents = import_string(port("prints")[PRINT])(str(offer.pk), actor=job.actor)
    path = report.file(contents.file_name)
    render(contents, path, actor=job.actor)
    with path.open("rb") as file:
        attach_document(
            Document,
            actor=None,  # nobody writes to what was sent; who sent it stands on the offer
            record=offer,
            type=standard_type("print"),
            file=File(file, name=contents.file_name),
            title=f"{contents.title} {offer.name} · {offer.sent_to}"[:200],
            number=offer.name,
            language=offer.language,
            issued_on=offer.sent_at.date(),
        )
    return {"kept": 1}


def unsent_mail(offer: Offer, *, sender: Any) -> EmailMessage:
    """A mail to the customer with the print as it was sent, to be opened in one's own mail program and sent from there.

    Raises Denied while the print is not there.
    """
    paper = kept_print(offer)
    if paper is None:
        raise Denied("no_print_yet", _("The print of this offer is being made. Try again in a moment."))
    mail = EmailMessage()
    with translation.override(offer.language):
        mail["Subject"] = _("Offer %(number)s: %(subject)s") % {"number": offer.name, "subject": offer.subject}
        text = _("Please find attached our offer %(number)s, valid until %(day)s. We look forward to hearing from you.")
        mail.set_content(text % {"number": offer.name, "day": day(offer.valid_until)} + f"\n\n{sender}\n")
    if "@" in offer.sent_to:
        mail["To"] = offer.sent_to
    mail["From"] = sender.email
    mail["X-Unsent"] = "1"
    with paper.file.open("rb") as file:
        mail.add_attachment(file.read(), maintype="application", subtype="pdf", filename=paper.original_name)
    return mail
