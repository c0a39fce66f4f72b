"""Keeping the prints of offers and letters about prices as they were sent: made once, in the background, a document with its hash."""

from typing import Any

from kam.core.jobs import Job
from kam.core.kept_prints import keep_print
from orders.actions.campaign_letters import kept_letter
from orders.actions.mailing import mail_kept
from orders.actions.offer_papers import kept_print
from orders.documents.campaign_letter import letter_contents
from orders.documents.offer import offer_contents
from orders.documents.price_letter import letter_as_sent
from orders.models import CampaignCustomer, Offer, PriceLetter


def run(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_offer`: print an offer that was sent and keep it; a second run finds it done."""
    offer = Offer.objects.for_list().get(pk=job.params["offer"])
    if offer.sent_at is None or kept_print(offer) is not None:
        return {"kept": 0}
    contents = offer_contents(offer)
    title = f"{contents.title} {offer.name} · {offer.sent_to}"
    keep_print(offer, contents, report, by=offer.sent_by, on=offer.sent_at.date(), title=title, number=offer.name)
    mail_kept(offer)
    return {"kept": 1}


def run_letter(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_campaign_letter`: print the letter that was sent to a customer of a campaign and keep it; once."""
    row = CampaignCustomer.objects.for_list().get(pk=job.params["row"])
    if row.sent_at is None or kept_letter(row) is not None:
        return {"kept": 0}
    contents = letter_contents(row)
    title = f"{contents.title} · {row.sent_to}"
    keep_print(row, contents, report, by=row.sent_by, on=row.sent_at.date(), title=title, number=row.campaign.number)
    return {"kept": 1}


def run_price_letter(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.keep_price_letter`: print a letter about wrong prices that was sent and keep it; once."""
    letter = PriceLetter.objects.for_list().get(pk=job.params["letter"])
    if letter.paper is not None:
        return {"kept": 0}
    contents = letter_as_sent(letter)
    title = f"{contents.title} {letter.addressee} · {letter.sent_to}"
    keep_print(letter, contents, report, by=letter.sent_by, on=letter.sent_at.date(), title=title, number="")
    return {"kept": 1}
