"""Keeping the print of an offer as it was sent: made once, in the background, a document with its hash."""

from typing import Any

from django.core.files import File

from kam.core.documents import Document, attach_document, standard_type
from kam.core.jobs import Job
from kam.core.printing import render
from orders.actions.mailing import mail_kept
from orders.actions.offer_papers import kept_print
from orders.documents.offer import offer_contents
from orders.models import Offer


def run(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_offer`: print an offer that was sent and keep it; a second run finds it done."""
    offer = Offer.objects.for_list().get(pk=job.params["offer"])
    if offer.sent_at is None or kept_print(offer) is not None:
        return {"kept": 0}
    contents = offer_contents(offer)
    path = report.file(contents.file_name)
    render(contents, path, actor=offer.sent_by)
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
    mail_kept(offer)
    return {"kept": 1}
